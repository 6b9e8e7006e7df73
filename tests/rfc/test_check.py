"""An RFC's source against a model: each kind of difference, planted one at a time."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from flux_conform.artefacts import artefact
from flux_conform.language import load
from flux_conform.language.specification import Specification
from flux_conform.rfc import compare_diagram, diagram
from flux_conform.rfc.difference import DIFFERENCE, KINDS, NOTE, Difference
from flux_conform.rfc.source_check import CannotRead, Report, check, to_json
from toys import unmarked

HERE = Path(__file__).parent
TEXT = (HERE / "kettle.rst").read_text(encoding="utf-8")
DRAWING = (HERE / "kettle.dot").read_text(encoding="utf-8")

UNREAD = '"include common/language.rst" is left out: no file is read'

Compare = Callable[..., Report]


@pytest.fixture(scope="module")
def kettle() -> Specification:
    """The model that text and drawing agree with."""
    return load(str(HERE / "kettle.yaml"))


@pytest.fixture
def compare(tmp_path: Path, kettle: Specification) -> Compare:
    """A function that compares a text, and a drawing if there is one, with the kettle's model."""

    def compare(text: str, drawing: str | None = None) -> Report:
        (tmp_path / "kettle.rst").write_text(text, encoding="utf-8")
        if drawing is not None:
            (tmp_path / "kettle.dot").write_text(drawing, encoding="utf-8")
        return check(str(tmp_path / "kettle.rst"), kettle, "kettle")

    return compare


def test_a_text_that_agrees_gives_no_difference_and_says_how_much_was_read(
    compare: Compare,
) -> None:
    """An empty reading could not pass for this one."""
    report = compare(TEXT, DRAWING)
    assert report.verdict == "agrees"
    assert [difference.what for difference in of_form(report)] == [UNREAD]
    assert report.text._asdict() == {
        "states": 4,
        "virtual_states": 2,
        "events": 10,
        "keys": 10,
        "examples": 4,
        "edges": None,
        "sentences": 45,
    }
    assert report.drawn is not None
    assert (report.drawn.states, report.drawn.events, report.drawn.edges) == (4, 5, 6)
    assert (report.model.states, report.model.events, report.model.edges) == (4, 10, 6)
    assert report.model.keys == 10


def of_form(report: Report) -> list[Difference]:
    """What is said of the form of a text; its sentences are tied to nothing here."""
    return [one for one in report.differences if one.kind not in ("no-ties", "rule-level")]


class Planted(NamedTuple):
    """A mistake: what is replaced, with a mark on the line to be told, and what is said of it."""

    kind: str
    changes: tuple[tuple[str, str], ...]
    says: tuple[str, ...]


def put(kind: str, *changes: tuple[str, str], says: tuple[str, ...]) -> Planted:
    return Planted(kind, changes, says)


NO_CONTEXT = "No context is defined for this event."

IN_TEXT = (
    put("other-rfc", ("9998/Kettles\n############", "§50/Kettles\n############"), says=("the text is RFC 50", "kettle describes RFC 9998", "--machine exec", "give the text of RFC 9998")),
    put("unclear", ("who\n   (integer) Who", "§who\n   (integer, REQUIRED) Who"), says=('"who" is announced as OPTIONAL and described as REQUIRED',)),
    put("state-missing", ("EMPTY\n   Nothing is left to say.\n", ""), ("State Descriptions", "§State Descriptions"), says=("EMPTY", "the tea is made")),
    put("state-unknown", ("EMPTY\n   Nothing", "§HOTT\n   Too hot.\n\nEMPTY\n   Nothing"), says=("HOTT", "write HOT")),
    put("virtual-missing", ("WARM\n  The kettle is BUSY, or in EMPTY.\n", ""), ("Virtual States", "§Virtual States"), says=("WARM = HEATING, HOT, EMPTY",)),
    put("virtual-unknown", ("WARM\n", "§LUKEWARM\n  It is HOT.\n\nWARM\n"), says=("LUKEWARM is described", "BUSY, WARM")),
    put("virtual-members", ("BUSY\n  The kettle is in HEATING or HOT", "§BUSY\n  The kettle is in HEATING or COLD"), says=("lacks HOT", "holds COLD besides", "BUSY = HEATING, HOT")),
    put("move-unknown", ("the ``whistle`` event is logged. The state transitions to HOT.", "the ``whistle`` event is\n§   logged. The state transitions to EMPTY."), says=("HEATING is told to lead to EMPTY by none", "whistle → HOT")),
    put("move-unknown", ("the ``pour`` event is\n   logged,", "another event is\n§   logged,"), says=("HOT is told to lead to EMPTY by none", "pour → EMPTY")),
    put("move-missing", ("HEATING\n   The fire", "§HEATING\n   The fire"), (" The state transitions to HOT.", ""), says=("whistle leads from HEATING to HOT",)),
    put("move-missing", ("HEATING\n   The fire", "§HEATING\n   The fire"), ("HOT\n   It boils;", "HOT\n   It boils (after a ``mishap`` it transitions to EMPTY);"), ("SHALL cause the kettle to transition to ``EMPTY``", "is bad"), says=("mishap leads from HEATING to EMPTY",)),
    put("event-others", ("Event Descriptions", "§Event Descriptions"), ("beyond those listed below MAY appear in the log", "of all kinds are in the log"), says=("may come", "unlisted")),
    put("event-missing", ("Event Descriptions", "§Event Descriptions"), ("Jot Event\n^^^^^^^^^\n\nThe context object SHALL contain a set of key-value pairs to be kept.\n", ""), says=("the event jot", '"Jot Event"')),
    put("event-missing", ("Event Descriptions", "§Event Descriptions"), ("Cool-Down Event\n^^^^^^^^^^^^^^^\n\nNo context is defined for this event.\n", ""), says=("the event cool-down", "rfc9998/cool-down/no-context")),
    put("event-unknown", ("Jot Event\n^^^^^^^^^\n", f"§Stir Event\n^^^^^^^^^^\n\n{NO_CONTEXT}\n\nJot Event\n^^^^^^^^^\n"), says=("stir is described", "add the event")),
    put("context", ("The context SHALL be empty.", f"§{NO_CONTEXT}"), says=("none is defined", "pour: empty", "rfc9998/pour/context")),
    put("context", (f"It boils.\n\n{NO_CONTEXT}", "It boils.\n\n§The context SHALL be empty."), says=("whistle: empty", "whistle: undefined", "rfc9998/whistle/no-context")),
    put("context", (f"It boils.\n\n{NO_CONTEXT}", "The following key is REQUIRED:\n\n§tone\n   (string) Which."), ('"name":"whistle"', '"name":"whistle","context":{"tone":"a"}'), says=("it has keys: tone", "whistle: undefined")),
    put("context", ("The context object SHALL contain a set of key-value pairs to be kept.", "§The context object SHALL contain at least one key."), says=("an object of one key at least", "jot: object")),
    put("context", ("There are no specific requirements for the event context.", "§The context SHALL be empty."), says=("empty", "debug.*: any")),
    put("key-missing", ("Fill Event", "§Fill Event"), ("The following key is OPTIONAL:\n\nlid\n   (boolean) Whether the lid is on.\n", ""), says=("the key lid of fill", "OPTIONAL, boolean", "rfc9998/fill/context")),
    put("key-unknown", ("who\n   (integer) Who did it.", "who\n   (integer) Who did it.\n\n§where\n   (string) Where it was."), says=("where is named as a key of mishap", "kind, harm, words, who")),
    put("key-required", ("key is OPTIONAL:\n\nlid", "key is REQUIRED:\n\n§lid"), says=("lid of fill is REQUIRED", "OPTIONAL, boolean")),
    put("key-required", ("version\n   (integer) Version of the log.\n\nThe following key is OPTIONAL:\n", "The following keys are OPTIONAL:\n\n§version\n   (integer) Version of the log.\n"), says=("version of fill is OPTIONAL", "REQUIRED, integer")),
    put("key-type", ("by\n   (string) The cook.", "§by\n   (integer) The cook."), says=("by of fill is (integer)", "REQUIRED, string")),
    put("key-type", ("labels\n   (array of string)", "§labels\n   (array of integer)"), says=("(array of integer)", "list of string")),
    put("key-type", ("The event context object SHALL hold the key ``amount`` with an integer", "§The event context object SHALL hold the key ``amount`` with a string"), says=("amount of top-up is (string)",)),
    put("key-range", ("litres\n   (integer) How much, in the range of 1-3.", "§litres\n   (integer) How much, in the range of 1 to 4."), says=("the range 1 to 4", "integer 1..3")),
    put("unclear", ("litres\n   (integer) How much, in the range of 1-3.", f"§litres\n   (integer) How much, in the range of 1 to {'4' * 5000}."), says=("integer, with a bound of 5,000 digits",)),
    put("key-range", ("harm\n   (integer) How bad it is, in range of 0 (very bad)\n   to to 9 (hardly).", "§harm\n   (integer) How bad it is."), says=("no range", "integer 0..9")),
    put("example-json", ('{"timestamp":3,"name":"whistle"}', '{"timestamp":3,\n§    "name":whistle}'), says=("not JSON",)),
    put("example-line", ('{"timestamp":3,"name":"whistle"}', '§{"timestamp":-3,"name":"whistle"}'), says=("-3", "rfc18/timestamp")),
    put("example-event", ('{"timestamp":3,"name":"whistle"}', '§{"timestamp":3,"name":"pour"}'), says=('"pour"', "whistle")),
    put("example-event", ('{"timestamp":3,"name":"whistle"}', '{"timestamp":3,"name":"whistle"}\n§   {"timestamp":3,"name":"wistle"}'), says=('"wistle"',)),
    put("example-context", ('   {\n     "timestamp": 2.5', '§   {\n     "timestamp": 2.5'), ('{"litres": 1, ', '{"litres": 7, '), says=('"litres" is 7', "rfc9998/fill/context")),
    put("example-context", ('{"timestamp":4,"name":"pour","context":{}}', '§{"timestamp":4,"name":"pour","context":{"cups":3}}'), says=('"cups"', "rfc9998/pour/context")),
    put("unclear", ("Pour Event", "§Pour Event"), ("The context SHALL be empty.", "We do not care."), says=('nothing is understood of the context in "Pour Event"',)),
    put("unclear", ("Kinds of mishaps:\n\nburn\n   Somebody", "Kinds of mishaps:\n\n§burn\n   (string) Somebody"), says=('"burn" looks like a key',)),
    put("unclear", ("who\n   (integer) Who did it.\n", "who\n   (integer) Who did it.\n\n§The following keys are REQUIRED:\n"), says=("none follows",)),
    put("unclear", ("The following key is REQUIRED in the event context object:\n\nlabels\n   (array of string) The labels.", "§The following key is REQUIRED in the event context object:"), says=("none follows",)),
    put("unclear", ("lid\n   (boolean) Whether", "§lid\n   Whether"), says=('"lid" does not begin with a type',)),
    put("unclear", ("lid\n   (boolean) Whether", "§lid\n   (sometimes) Whether"), says=("(sometimes)",)),
    put("unclear", ("EMPTY\n   Nothing is left to say.", "EMPTY\n   Nothing is left to say.\n\n§COLD\n   Once more."), says=('"COLD" is described a second time',)),
    put("unclear", ("Jot Event\n^^^^^^^^^\n", "§Of Jotting\n^^^^^^^^^^\n\nIt is allowed.\n\nJot Event\n^^^^^^^^^\n"), says=('"Of Jotting" stands among the events',)),
    put("form", ("who\n   (integer) Who did it.", "who\n   (integer) Who\n   did it,\n§     so to say."), says=("Unexpected indentation",)),
    put("form", ("COLD\n   All", "§.. raw:: html\n\n   <b>\n\nCOLD\n   All"), says=('"raw html" is left out',)),
)  # fmt: skip

IN_DRAWING = (
    put("node-missing", ("digraph kettle {", "§digraph kettle {"), ("HEATING; HOT;", "HEATING;"), ('HOT -> HEATING [label="cool-down"]', ""), ('HOT -> EMPTY [label="pour"];', ""), ("HEATING -> HOT [\n        label=\"whistle\"\n    ];", ""), ("{ HEATING HOT }", "HEATING"), ('label = "busy"', 'label = "some"'), says=("the state HOT is not drawn",)),
    put("node-unknown", ("    edge [weight", "§    BROKEN;\n    edge [weight"), says=("BROKEN is drawn",)),
    put("initial", ("    edge [weight", '§    x [shape=point]; x -> HOT;\n    edge [weight'), says=("HOT is drawn", "COLD")),
    put("group-members", ("subgraph cluster_busy", "§subgraph cluster_busy"), ("HEATING; HOT;", "HEATING; HOT; COLD"), says=('"busy" holds COLD besides',)),
    put("edge-missing", ('HOT -> EMPTY [label="pour"];', '§HOT -> EMPTY [label="pour"];'), ('HOT -> HEATING [label="cool-down"]', ""), says=("cool-down leads from HOT to HEATING",)),
    put("edge-missing", ('HOT -> EMPTY [label="pour"];', '§HOT -> EMPTY [label="pour"];'), ("{ HEATING HOT } -> EMPTY", "HEATING -> EMPTY"), says=("mishap leads from HOT to EMPTY",)),
    put("edge-unknown", ("    edge [weight", '§    HOT -> COLD [label="cool-down"]\n    edge [weight'), says=("from HOT to COLD by cool-down",)),
    put("edge-unknown", ("    edge [weight", "§    HEATING -> HOT\n    edge [weight"), says=("from HEATING to HOT", "a label says so already")),
    put("edge-unknown", ('COLD -> HEATING [label="fill"]', '§COLD -> HEATING [label="pour"]'), says=("from COLD to HEATING by pour", "leads fill")),
    put("edge-unlabelled", ('COLD -> HEATING [label="fill"]', "§COLD -> HEATING"), says=("names no event", "leads fill", '[label="fill"]')),
    put("edge-unlabelled", ('HOT -> EMPTY [label="pour"]', "§HOT -> EMPTY"), says=("from HOT to EMPTY leads pour",)),
    put("edge-label", ("HEATING -> HOT [", "§HEATING -> HOT ["), ('label="whistle"', 'label="wistle"'), says=('bears "wistle"', "write whistle")),
    put("form", ("node [shape=doublecircle fixedsize", "§node [shape=doublecircle fixsize"), says=('did you mean "fixedsize"?',)),
)  # fmt: skip


def changed(text: str, planted: Planted) -> str:
    """The text with each change made; each must find its place once."""
    for old, new in planted.changes:
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def names(planted: Planted) -> str:
    return f"{planted.kind}: {' '.join(planted.says)}"[:60]


@pytest.mark.parametrize("planted", IN_TEXT, ids=names)
def test_a_mistake_in_the_text_is_one_difference_at_its_line(
    planted: Planted, compare: Compare
) -> None:
    """And it says what the model says."""
    text, place = unmarked(changed(TEXT, planted))
    report = compare(text)
    found = [one for one in of_form(report) if one.kind != "no-diagram"]
    one = expect(planted, place.line, found, UNREAD)
    assert Path(one.file).name == "kettle.rst"
    assert report.verdict == ("agrees" if one.level == NOTE else "differs")


def test_an_arrow_that_is_turned_around_hides_no_other_that_is_lacking(compare: Compare) -> None:
    """Its event is lacking where it belongs, so it does not stand for whistle."""
    drawing = DRAWING.replace("HOT -> HEATING", "HEATING -> HOT")
    assert 'label="whistle"' in drawing
    drawing = drawing.replace('HEATING -> HOT [\n        label="whistle"\n    ];', "")
    assert "whistle" not in drawing
    found = [one for one in of_form(compare(TEXT, drawing)) if one.what != UNREAD]
    assert sorted((one.kind, one.what) for one in found) == [
        ("edge-missing", "no edge shows that cool-down leads from HOT to HEATING"),
        ("edge-missing", "no edge shows that whistle leads from HEATING to HOT"),
        ("edge-unknown", "an edge leads from HEATING to HOT by cool-down"),
    ]


@pytest.mark.parametrize("planted", IN_DRAWING, ids=names)
def test_a_mistake_in_the_drawing_is_one_difference_at_its_line(
    planted: Planted, kettle: Specification
) -> None:
    """And it says what the model says."""
    drawing, place = unmarked(changed(DRAWING, planted))
    drawn = diagram.read(drawing)
    expect(planted, place.line, compare_diagram.compare(drawn, kettle), "")


def expect(planted: Planted, line: int, found: Iterable[Difference], known: str) -> Difference:
    (one,) = [one for one in found if one.what != known]
    assert (one.kind, one.line) == (planted.kind, line)
    told = f"{one.what} | {one.model} | {one.rule} | {one.remedy}"
    for words in planted.says:
        assert words in told
    return one


def test_every_kind_of_difference_is_planted() -> None:
    """None of them is a word that nothing says."""
    planted = {planted.kind for planted in (*IN_TEXT, *IN_DRAWING)}
    elsewhere = {"edge-basis", "no-diagram", "no-states"}  # below
    of_sentences = {kind for kind in KINDS if kind.startswith("sentence")}  # test_sentences
    assert planted | elsewhere | of_sentences | {"rule-level", "no-ties"} == set(KINDS)


def test_a_text_without_the_known_headings_is_told_to_be_unclear_and_never_agrees(
    compare: Compare,
) -> None:
    """What is not found is not passed over."""
    report = compare("Tea\n===\n\nWe make tea.\n")
    assert report.verdict == "differs"
    assert [one.what for one in report.differences if one.kind == "unclear"] == [
        'there is no section "State Descriptions"',
        "there is no section on an event",
    ]
    assert report.text[:5] == (0, 0, 0, 0, 0)


def test_a_text_of_another_rfc_is_one_difference_whatever_else_differs(tmp_path: Path) -> None:
    """Everything would; and where no shipped machine describes it, none is proposed."""
    (tmp_path / "a.rst").write_text(TEXT, encoding="utf-8")
    (tmp_path / "a.dot").write_text(DRAWING, encoding="utf-8")
    (one,) = check(str(tmp_path / "a.rst"), load("job"), "job").differences
    assert (one.kind, one.what, one.model) == (
        "other-rfc",
        "the text is RFC 9998",
        "job describes RFC 21",
    )
    assert one.remedy == "give the text of RFC 21"


EVENTS_ALONE = (
    """\
50/Of Execution
===============

Events beyond those listed below MAY appear. Names prefixed with ``shell.`` are the shell's.

"""
    + "\n".join(
        f"{name} Event\n{'-' * 20}\n\nThe context SHALL be empty.\n"
        for name in ("Init", "Starting", "Recoverable", "Reattach", "Done")
    )
    + """
Log Event
---------

There are no specific requirements for the context.

Complete Event
--------------

.. data:: status
   :noindex:

   (*integer*, REQUIRED) How it ended.

Shell-exit Event
----------------

.. data:: rank

   (*integer*, REQUIRED) Which.

.. object:: wait_status

   (*integer*, REQUIRED) How.

   .. data:: inner

      (*string*, OPTIONAL) A key of something else.

.. data:: active_ranks

   (*string*, OPTIONAL) An idset.
"""
)


def compare_with_exec(text: str, folder: Path) -> Report:
    (folder / "a.rst").write_text(text, encoding="utf-8")
    return check(str(folder / "a.rst"), load("exec"), "exec@none")


def test_an_rfc_that_describes_events_and_no_states_can_agree(tmp_path: Path) -> None:
    """Its states have names in the model alone, which a note says; keys stand in directives."""
    report = compare_with_exec(EVENTS_ALONE, tmp_path)
    assert [one.kind for one in of_form(report)] == ["no-states"]
    assert report.verdict == "agrees"
    assert (report.text.events, report.text.keys) == (8, 4)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("(*integer*, REQUIRED) Which", "(*integer*, OPTIONAL) Which", "key-required"),
        ("(*string*, OPTIONAL) An", "(*boolean*, OPTIONAL) An", "key-type"),
        ("data:: active_ranks", "data:: active", "key-missing"),
        ("shell's.", "shell's, until the state is DONE.", "unclear"),
    ],
)
def test_a_change_of_an_rfc_that_describes_no_states_is_a_difference(
    old: str, new: str, kind: str, tmp_path: Path
) -> None:
    """A text that names a state of the model should describe it."""
    assert EVENTS_ALONE.count(old) == 1
    report = compare_with_exec(EVENTS_ALONE.replace(old, new), tmp_path)
    assert kind in [one.kind for one in report.differences]
    assert report.verdict == "differs"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("image:: kettle.svg", "image:: https://example.org/kettle.svg", "beside https:"),
        ("image:: kettle.svg", "image:: ../other.svg", "beside ../other.svg"),
        ("image:: kettle.svg", "replace:: no picture", "the text shows no image"),
    ],
)
def test_without_a_drawing_a_note_says_that_none_was_compared(
    old: str, new: str, says: str, compare: Compare
) -> None:
    """No image is fetched."""
    *_, note = compare(TEXT.replace(old, new).replace("   :alt: states\n", ""), DRAWING).differences
    assert (note.kind, note.level) == ("no-diagram", NOTE)
    assert says in note.what
    assert "--diagram" in note.remedy


def test_a_key_that_differs_is_told_once_though_its_example_is_rejected_too(
    compare: Compare,
) -> None:
    """The example only follows the text."""
    text = TEXT.replace("by\n   (string) The", "by\n   (integer) The").replace(
        '"by":"me"', '"by":1'
    )
    kinds = [one.kind for one in compare(text).differences if one.level == DIFFERENCE]
    assert kinds == ["key-type"]


@pytest.mark.parametrize("machine", ["job", "exec"])
def test_our_own_drawings_agree_with_their_models(machine: str) -> None:
    """Whatever they show that comes from elsewhere than a diagram is a note."""
    with open(artefact("diagrams", f"{machine}.dot"), encoding="utf-8") as file:
        drawn = diagram.read(file.read())
    found = compare_diagram.compare(drawn, load(machine))
    assert {difference.kind for difference in found} == {"edge-basis"}


def test_a_drawing_on_another_machine_differs(kettle: Specification) -> None:
    """Agreement is no matter of course."""
    with open(artefact("diagrams", "job.dot"), encoding="utf-8") as file:
        drawn = diagram.read(file.read())
    kinds = {one.kind for one in compare_diagram.compare(drawn, kettle)}
    assert {"node-missing", "node-unknown", "initial"} <= kinds


def test_json_tells_all_of_a_difference(compare: Compare) -> None:
    """With its level, and what was read."""
    value = json.loads(json.dumps(to_json(compare(TEXT.replace("Jot Event\n^", "Jott Event\n^^")))))
    assert value["verdict"] == "differs"
    assert value["read"]["text"]["events"] == 10
    missing, unknown = (one for one in value["differences"] if one["level"] == "difference")
    assert (missing["kind"], unknown["kind"]) == ("event-missing", "event-unknown")
    assert unknown["mark"] == "Jott Event"
    assert unknown["remedy"] == "write jot, if that is meant; else add the event to the model"
    assert set(unknown) == {
        "level",
        "kind",
        "what",
        "file",
        "line",
        "mark",
        "model",
        "rule",
        "remedy",
    }


NESTED = "\n\n".join(f"{' ' * depth}x" for depth in range(400))


@pytest.mark.parametrize(
    ("text", "drawing", "says"),
    [
        (b"Tea\n===\n\xff", DRAWING.encode(), "kettle.rst:3: the text is not UTF-8"),
        (TEXT.encode(), b"digraph {\n A -> \n}", "syntax error in line 3"),
        (TEXT.encode(), b"graph { A -- B }", "not a digraph"),
        (NESTED.encode(), DRAWING.encode(), "kettle.rst: the text nests too deep"),
    ],
)
def test_what_cannot_be_read_is_named(
    text: bytes, drawing: bytes, says: str, tmp_path: Path, kettle: Specification
) -> None:
    """The file, and the line where it is known."""
    (tmp_path / "kettle.rst").write_bytes(text)
    (tmp_path / "kettle.dot").write_bytes(drawing)
    with pytest.raises(CannotRead, match=says):
        check(str(tmp_path / "kettle.rst"), kettle, "kettle")

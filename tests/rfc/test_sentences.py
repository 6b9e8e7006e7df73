"""The sentences of an RFC's text: none is new, changed, moved or gone in silence."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
import yaml

from flux_conform.artefacts import artefact
from flux_conform.language import load
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.specification import Specification
from flux_conform.rfc import reading
from flux_conform.rfc.clauses import clauses
from flux_conform.rfc.compare_sentences import BINDING
from flux_conform.rfc.difference import DIFFERENCE, Difference
from flux_conform.rfc.sentences import fingerprint
from flux_conform.rfc.source_check import check
from flux_conform.rfc.stated import StatedSentence
from flux_conform.rfc.ties import Ties, dumps, path_of, read_ties

HERE = Path(__file__).parent
TEXT = (HERE / "retold.rst").read_text(encoding="utf-8")
TIES = HERE / "retold.yaml"
DOCS = HERE.parent.parent / "docs" / "rfc-check.md"


class Changed(NamedTuple):
    """A change of the stand-in, and what must be said of the sentence."""

    name: str
    old: str
    new: str
    kind: str
    answer: str


CHANGES = [
    Changed(*row)
    for row in yaml.safe_load((HERE / "retold_changes.yaml").read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def job() -> Specification:
    """The model that answers the stand-in."""
    return load("job")


@cache
def reported(name: str) -> tuple[Difference, ...]:
    """All that is said of the stand-in with one change."""
    changed = next(one for one in CHANGES if one.name == name)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "retold.rst"
        path.write_text(replaced(changed.old, changed.new), encoding="utf-8")
        return check(str(path), load("job"), "job", ties_file=str(TIES)).differences


Found = Callable[[str], list[Difference]]


@pytest.fixture
def found(tmp_path: Path, job: Specification) -> Found:
    """A function that gives the differences of sentences in a text like the stand-in."""

    def found(text: str) -> list[Difference]:
        (tmp_path / "retold.rst").write_text(text, encoding="utf-8")
        report = check(str(tmp_path / "retold.rst"), job, "job", ties_file=str(TIES))
        return [one for one in report.differences if one.kind.startswith("sentence")]

    return found


def replaced(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, f"{old!r} stands there {TEXT.count(old)} times"
    return TEXT.replace(old, new)


def sentences(text: str) -> tuple[StatedSentence, ...]:
    return reading.read(text, "a.rst").sentences


def test_the_stand_in_agrees_with_the_model_sentence_by_sentence(job: Specification) -> None:
    """And its form does; so what is said of a change is due to the change."""
    report = check(str(HERE / "retold.rst"), job, "job", ties_file=str(TIES))
    assert report.verdict == "agrees"
    assert report.text.sentences == report.model.sentences == 138
    assert (report.text.states, report.text.events, report.text.keys) == (7, 25, 26)


@pytest.mark.parametrize("changed", CHANGES, ids=lambda changed: changed.name)
def test_a_change_of_the_text_is_told_at_its_sentence_with_its_answer(
    changed: Changed,
) -> None:
    """Once, and with what to do."""
    (one,) = [one for one in reported(changed.name) if one.kind.startswith("sentence")]
    assert (one.kind, one.level) == (changed.kind, DIFFERENCE)
    assert any(answer in one.model for answer in changed.answer.split("|"))
    assert "flux-conform rfc tie" in one.remedy
    before = TEXT.splitlines()
    after = replaced(changed.old, changed.new).splitlines()
    differs = next(n for n, line in enumerate(after, 1) if line != before[n - 1])
    if changed.kind == "sentence-changed":
        # A sentence begins at most two lines before the first line that differs; where a line lost
        # its beginning, it may begin below.
        assert differs - 2 <= one.line <= differs + 2


def test_the_number_of_changes_that_are_noticed_is_the_one_that_the_page_states() -> None:
    """By the form of the text alone, as before there were ties, and with them."""
    by_form = by_ties = 0
    for changed in CHANGES:
        kinds = [one.kind for one in reported(changed.name) if one.level == DIFFERENCE]
        by_form += any(not kind.startswith("sentence") for kind in kinds)
        by_ties += bool(kinds)
    assert by_ties == len(CHANGES) == 69
    page = " ".join(DOCS.read_text(encoding="utf-8").split())
    assert f"Of {len(CHANGES)} single changes of such a text, {by_form} show without ties" in page


HARMLESS = {
    "a reflowed paragraph": lambda: replaced(
        "An ``exception`` of severity 0 SHALL make the job transition to CLEANUP at once. Those of other\n"
        "severities leave the state alone.",
        "An ``exception`` of\nseverity 0 SHALL\nmake the job transition to CLEANUP at once. Those\nof "
        "other  severities\nleave the state alone.",
    ),
    "other markup": lambda: replaced(
        "Until a ``prolog-finish`` ends it, the job SHALL NOT be\nstarted.",
        "Until a *prolog-finish* ends it, the **job** SHALL **NOT** be\nstarted.",
    ),
    "other blanks": lambda: replaced(
        "Where every job begins.", "Where\u00a0every  job\n   begins."
    ),
    "a comment with a key word": lambda: replaced(
        "\nStart Event\n", "\n.. This SHALL be nothing.\n\nStart Event\n"
    ),
    "a key word in an example": lambda: replaced("SHALL bind nobody", "MUST bind everybody"),
    "a block of code": lambda: replaced(
        "The shells of the job are up.\n",
        "The shells of the job are up.\n\n.. code:: text\n\n   It SHALL be.\n\n",
    ),
    "prose where nothing binds": lambda: replaced("Tools want to wait", "Programs want to wait"),
    "another editor": lambda: replaced("- nobody", "- somebody"),
    "an event that stands elsewhere": lambda: moved("Free Event", "Start Event", "Clean Event"),
}


def moved(heading: str, following: str, before: str) -> str:
    """The text with a section at another place."""
    start, end = TEXT.index(f"\n{heading}\n-"), TEXT.index(f"\n{following}\n-")
    section = TEXT[start:end]
    rest = TEXT[:start] + TEXT[end:]
    place = rest.index(f"\n{before}\n-")
    return rest[:place] + section + rest[place:]


@pytest.mark.parametrize("name", HARMLESS)
def test_what_changes_no_sentence_is_not_told(name: str, found: Found) -> None:
    """An editor would soon overlook what is told for nothing."""
    text = HARMLESS[name]()
    assert text != TEXT
    assert found(text) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It SHALL be so.", "It shall be so."),
        ("It SHALL be so.", "It ``SHALL`` be so."),
        ("It SHALL be so.", "It SHALL be So."),
        ("It SHALL be so.", "It SHALL be so"),
        ("It MAY be started.", "It MAYbe started."),
        ("It SHALL be so, in part.", "It SHALL be so in part."),
        ("It SHALL be \u0430.", "It SHALL be a."),
        ("It SHALL\u200b be so.", "It SHALL be so."),
        ("It SHALL be 1 000.", "It SHALL be 1000."),
        ("It SHALL be -1.", "It SHALL be 1."),
    ],
)
def test_sentences_that_look_alike_have_fingerprints_of_their_own(one: str, other: str) -> None:
    """Case, a key word that is only quoted, stops, letters of another alphabet."""
    (first,), (second,) = sentences(one), sentences(other)
    assert first.fingerprint != second.fingerprint


def test_a_fingerprint_heeds_neither_lines_nor_blanks_nor_markup() -> None:
    (first,) = sentences("It\nSHALL  be ``so``.")
    (second,) = sentences("*It* SHALL be\u00a0so.")
    assert first.fingerprint == second.fingerprint == fingerprint("It SHALL be so.", ("SHALL",))


def test_a_sentence_that_is_repeated_is_new_the_second_time(found: Found) -> None:
    """One tie answers one sentence."""
    sentence = "``submit`` SHALL come first in each log.\n"
    (one,) = found(replaced(sentence, f"{sentence}\n{sentence}"))
    assert one.kind == "sentence-new"
    assert (
        one.line
        == replaced(sentence, f"{sentence}\n{sentence}").splitlines().index(sentence.strip())
        + 1
        + 2
    )


def test_a_substitution_is_read_as_what_stands_for_it(found: Found) -> None:
    """A word that turns a sentence could hide in it."""
    text = replaced("``submit`` SHALL come first", "``submit`` SHALL |not| come first")
    (one,) = found(f"{text}\n.. |not| replace:: NOT\n")
    assert one.kind == "sentence-changed"
    assert '"submit SHALL NOT come first in each log."' in one.what
    text = replaced("``submit`` SHALL come first", "``submit`` |shall| come first")
    assert found(f"{text}\n.. |shall| replace:: SHALL\n") == []


def test_marks_of_generated_parts_hide_nothing_in_the_text_of_another(found: Found) -> None:
    """They mean something in our own text alone."""
    marked = ".. generated: nothing\n\nIt SHALL rain.\n\n.. end of generated text\n"
    (one,) = found(
        replaced("The shells of the job are up.\n", f"The shells of the job are up.\n\n{marked}")
    )
    assert one.kind == "sentence-new"


def test_a_sentence_cannot_hide_in_values_that_are_separated_by_commas(found: Found) -> None:
    """They are a table like any other."""
    table = ".. csv-table:: Words\n   :header: a, b\n\n   1, It SHALL rain.\n   2, It SHALL NOT.\n"
    text = replaced("The shells of the job are up.\n", f"The shells of the job are up.\n\n{table}")
    first, second = found(text)
    assert [one.kind for one in (first, second)] == ["sentence-new"] * 2
    assert second.line == text.splitlines().index("   2, It SHALL NOT.") + 1


def test_a_heading_that_is_renamed_is_told_once(found: Found) -> None:
    """And not for each of its sentences; but one that changed with it is told by itself."""
    text = replaced("Exceptions\n==========", "What goes wrong\n===============")
    (one,) = found(text)
    assert one.kind == "sentence-moved"
    assert one.what == 'the 9 sentences of "Exceptions" stand under "What goes wrong" now'
    assert "claim first-fatal-counts" in one.model
    assert text.splitlines()[one.line - 1] == "An exception MAY strike a job in any phase."
    kinds = [one.kind for one in found(text.replace("MAY strike a job", "SHALL strike a job"))]
    assert sorted(kinds) == ["sentence-gone", "sentence-moved", "sentence-new"]


def test_two_changes_that_exchange_words_are_both_told(found: Found) -> None:
    """What was reworded did not move to where another sentence got its words."""
    text = replaced(
        "The job holds nothing any more.\n\nThe context SHALL be empty.",
        "The job holds nothing any more.\n\nThe context MAY be empty.",
    ).replace(
        "The job is in order.\n\nNo context is defined for this event.",
        "The job is in order.\n\nThe context SHALL be empty.",
    )
    told = {one.rule: (one.kind, one.what) for one in found(text)}
    assert {rule: kind for rule, (kind, _) in told.items()} == {
        "rfc21/free/context": "sentence-changed",
        "rfc21/validate/no-context": "sentence-changed",
    }
    assert "its key words were SHALL, and are MAY" in told["rfc21/free/context"][1]


def test_our_own_text_is_known_by_its_place_and_not_by_its_name(
    tmp_path: Path, job: Specification
) -> None:
    """A text of another that has its name is read whole."""
    own = Path(artefact("rfc", "job-states.rst")).read_text(encoding="utf-8")
    (tmp_path / "job-states.rst").write_text(own, encoding="utf-8")
    ties = artefact("model", "sentences", "job-states.yaml")
    report = check(str(tmp_path / "job-states.rst"), job, "job", ties_file=ties)
    kinds = {one.kind for one in report.differences}
    assert {"sentence-new", "unclear"} <= kinds  # its tables, and that it has another form


def test_what_a_key_word_introduces_counts_with_it() -> None:
    """The items of a list, and a block of code, have no key word of their own."""
    text = (
        "Title\n=====\n\nAll\n---\n\nIt SHALL be one of:\n\n- this\n- that\n\n"
        "It SHALL be written so::\n\n   a = b\n\nCode::\n\n   c = d\n"
    )
    assert [one.text for one in sentences(text) if one.is_tracked] == [
        "It SHALL be one of:",
        "this",
        "that",
        "It SHALL be written so:",
        "a = b",
    ]


def test_key_words_are_read_in_sentences_rows_and_terms_alone() -> None:
    """With a place for each, and the words of two in one."""
    text = (
        "It MUST NOT be\n==============\n\n"
        "x (REQUIRED)\n   It is there, e.g. here. See No. 5 of it. It MUST NOT\n   go, and SHALL stay.\n\n"
        ":field: It SHOULD\n  NOT.\n\n.. note:: It is NOT RECOMMENDED.\n\n"
        "| It MAY\n| be.\n\n``SHALL`` is a word.\n\n::\n\n  It MUST.\n\n"
        ".. table:: MUST\n\n   ==== ========\n   a    b\n   ==== ========\n   1    REQUIRED\n   ==== ========\n"
    )
    assert [(one.line, one.term, one.key_words) for one in sentences(text) if one.key_words] == [
        (4, "x (REQUIRED)", ("REQUIRED",)),
        (5, "x (REQUIRED)", ("MUST NOT", "SHALL")),
        (8, "", ("SHOULD NOT",)),
        (11, "", ("NOT RECOMMENDED",)),
        (13, "", ("MAY",)),
        (27, "", ("REQUIRED",)),
    ]
    assert [one.text for one in sentences(text)][1:4] == [
        "It is there, e.g. here.",
        "See No. 5 of it.",
        "It MUST NOT go, and SHALL stay.",
    ]


def test_a_sentence_stands_in_the_line_in_which_it_begins() -> None:
    """Of a paragraph, an item, a cell and a definition."""
    text = (
        "One of\nthree lines. Two\nof them. Three.\n\n- Four\n  lines. Five\n\n  and six.\n\n"
        "a\n   Seven.\n   Eight.\n\n"
        "=== ===\n1   2\n3   4\n=== ===\n"
    )
    assert [(one.line, one.text) for one in sentences(text)] == [
        (1, "One of three lines."),
        (2, "Two of them."),
        (3, "Three."),
        (5, "Four lines."),
        (6, "Five"),
        (8, "and six."),
        (11, "Seven."),
        (12, "Eight."),
        (15, "1 | 2"),
        (16, "3 | 4"),
    ]


def test_a_row_of_a_table_counts_wherever_it_stands_but_at_the_head_of_the_text() -> None:
    """No key word is in most tables that lay something down."""
    table = "==== ====\n1    2\n==== ====\n\n"
    text = f"Title\n=====\n\n{table}Part\n----\n\nProse.\n\n{table}"
    assert [(one.section, one.text) for one in sentences(text) if one.is_tracked] == [
        ("Part", "1 | 2"),
    ]


def test_sections_with_one_heading_are_told_apart_by_the_one_above() -> None:
    part = "Use\n---\n\nIt MAY be.\n\n"
    text = f"Title\n=====\n\nA\n-\n\n{part.replace('-', '~')}B\n-\n\n{part.replace('-', '~')}"
    assert [one.section for one in sentences(text)] == ["A / Use", "B / Use"]


# The files of ties


SMALL = """\
text: rfc21
machine: job
sentences:
  - section: Submit Event
    words: [SHALL]
    sentence: "0123456789abcdef01234567"
    rules: rfc21/submit/first
  - {section: Here, sentence: "0123456789abcdef01234567", unchecked: so it is}
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("rules: rfc21/submit/first", "rules: rfc21/submit/fist", "7:12", 'did you mean "rfc21/submit/first"'),
        ("rules: rfc21/submit/first", "claims: run-by-aloc", "7:13", 'did you mean "run-by-alloc"'),
        ("rules: rfc21/submit/first", "questions: alloc-rase", "7:16", 'did you mean "alloc-race"'),
        ("rules: rfc21/submit/first", "model: [RUN, CLEANSE]", "7:18", 'no part "CLEANSE"'),
        ("    rules: rfc21/submit/first\n", "", "4:5", "nothing answers the sentence"),
        (", unchecked: so it is", ", unchecked: so, rules: rfc21/submit/once", "8:70", "what is answered is checked"),
        ("words: [SHALL]", "words: [SHALT]", "5:13", 'did you mean "SHALL"'),
        ('    sentence: "0123456789abcdef01234567"\n', '    sentence: "0123"\n', "6:15", "24 hexadecimal digits"),
        ("section: Submit Event", "sektion: Submit Event", "4:5", 'did you mean "section"'),
        ("text: rfc21", "text: rfc30", "1:7", "these are ties of rfc30"),
        ("machine: job", "machine: exec", "2:10", "these are ties of exec"),
        ("unchecked: so it is", "unchecked: ''", "8:70", "a text"),
        ("sentences:", "sentense:", "1:1", 'lacks its key "sentences"'),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_of_ties_is_told_with_its_place(
    old: str, new: str, place: str, says: str, tmp_path: Path, job: Specification
) -> None:
    """The rules, claims, questions and parts are those of the model."""
    path = tmp_path / "rfc21.yaml"
    path.write_text(SMALL, encoding="utf-8")
    assert len(read_ties(str(path), "rfc21", job).all) == 2
    assert SMALL.count(old) == 1
    path.write_text(SMALL.replace(old, new), encoding="utf-8")
    with pytest.raises(SpecificationFaults) as caught:
        read_ties(str(path), "rfc21", job)
    assert f"{path}:{place}: " in str(caught.value)
    assert says in str(caught.value)


def test_ties_of_another_specification_are_one_fault(tmp_path: Path) -> None:
    """That it lacks all that they name follows from it."""
    path = tmp_path / "rfc21.yaml"
    path.write_text(SMALL, encoding="utf-8")
    with pytest.raises(SpecificationFaults) as caught:
        read_ties(str(path), "rfc21", load("exec"))
    (fault,) = caught.value.faults
    assert (fault.line, fault.message) == (2, "these are ties of job")


def test_a_file_of_ties_is_read_as_it_was_written(tmp_path: Path, job: Specification) -> None:
    """Whatever stands in its texts."""
    path = tmp_path / "rfc21.yaml"
    ties = read_ties(str(TIES), "rfc21", job)
    odd = ties.all[0]._replace(
        section='a: {"b"}, #c', term="no", unchecked="- 'x' & *y: [z]", is_proposed=True
    )
    ties = Ties("of today: 'now'", (odd, *ties.all))
    path.write_text(dumps("rfc21", "job", ties), encoding="utf-8")
    assert read_ties(str(path), "rfc21", job) == ties
    path.write_text(dumps("rfc21", "job", Ties("", ())), encoding="utf-8")
    assert read_ties(str(path), "rfc21", job) == Ties("", ())


def test_a_tie_that_nobody_reviewed_is_a_difference(tmp_path: Path, job: Specification) -> None:
    """A proposal may be wrong."""
    ties = read_ties(str(TIES), "rfc21", job)
    proposed = ties._replace(
        all=tuple(tie._replace(is_proposed=place == 5) for place, tie in enumerate(ties.all))
    )
    (tmp_path / "a.yaml").write_text(dumps("rfc21", "job", proposed), encoding="utf-8")
    report = check(str(HERE / "retold.rst"), job, "job", ties_file=str(tmp_path / "a.yaml"))
    (one,) = [one for one in report.differences if one.level == DIFFERENCE]
    assert one.kind == "sentence-proposed"
    assert "Each event SHALL be written" in one.what


def test_a_rule_that_binds_must_have_a_sentence_that_does(
    tmp_path: Path, job: Specification
) -> None:
    """Whoever accepts a MAY in place of a SHALL is told what the model has."""
    text = replaced("``submit`` SHALL come first", "``submit`` MAY come first")
    (tmp_path / "a.rst").write_text(text, encoding="utf-8")
    ties = read_ties(str(TIES), "rfc21", job)
    changed = next(one for one in sentences(text) if one.text.startswith("submit MAY come"))
    renewed = tuple(
        tie._replace(key_words=("MAY",), fingerprint=changed.fingerprint)
        if tie.rules == ("rfc21/submit/first",)
        else tie
        for tie in ties.all
    )
    assert renewed != ties.all
    (tmp_path / "a.yaml").write_text(dumps("rfc21", "job", Ties("", renewed)), encoding="utf-8")
    report = check(str(tmp_path / "a.rst"), job, "job", ties_file=str(tmp_path / "a.yaml"))
    said = [one.what for one in report.differences if one.rule == "rfc21/submit/first"]
    assert said == ["rfc21/submit/first is MUST, but the sentences tied to it bear MAY"]


# What the project ships


OWN_TEXTS = [
    ("job", "job-states", 200),
    ("resource", "resource-eventlog", 50),
    ("io", "io-eventlog", 30),
]
"""Our own texts, each with its machine, and a number of sentences that it exceeds."""


@pytest.mark.parametrize(("machine", "name", "least"), OWN_TEXTS)
def test_every_sentence_of_our_own_text_is_tied_and_reviewed(
    machine: str, name: str, least: int
) -> None:
    """A change of it is made together with a look at what answers it."""
    report = check(artefact("rfc", f"{name}.rst"), load(machine), machine)
    assert report.ties is not None
    assert report.differences == ()
    assert report.text.sentences == report.model.sentences
    assert (report.text.sentences or 0) > least


@pytest.mark.parametrize(("machine", "name"), [own[:2] for own in OWN_TEXTS])
def test_every_rule_of_the_model_has_a_sentence_in_our_own_text(machine: str, name: str) -> None:
    specification = load(machine)
    path = artefact("model", "sentences", f"{name}.yaml")
    tied = {rule for tie in read_ties(path, name, specification).all for rule in tie.rules}
    assert {clause.id for clause in clauses(specification)} - tied == set()


@pytest.mark.parametrize(
    ("machine", "name", "rules"),
    [
        ("exec", "rfc50", {"rfc50/init/first", "rfc50/done/last", "rfc50/shell-exit/once"}),
        ("job@2023-07", "rfc21", {"rfc21/submit/first", "rfc21/dependency-remove/matches"}),
    ],
)
def test_the_ties_of_an_rfc_name_what_the_model_has(
    machine: str, name: str, rules: set[str]
) -> None:
    """The texts are not here; that they agree was seen when the ties were made."""
    path = path_of(machine, name)
    assert path is not None
    ties = read_ties(path, name, load(machine))
    assert "flux-framework/rfc" in ties.edition
    assert not any(tie.is_proposed for tie in ties.all)
    assert rules <= {rule for tie in ties.all for rule in tie.rules}


def test_the_page_names_the_rule_of_rfc_50_that_binds_more_than_its_sentence() -> None:
    """The only one whose sentences say MAY: it follows from one that is SHALL."""
    machine, name = load("exec"), "rfc50/reattach/after-init"
    path = path_of("exec", "rfc50")
    assert path is not None
    words: dict[str, set[str]] = {}
    for tie in read_ties(path, "rfc50", machine).all:
        for rule in tie.rules:
            words.setdefault(rule, set()).update(tie.key_words)
    may = {
        clause.id
        for clause in clauses(machine)
        if clause.level in BINDING and words.get(clause.id) == {"MAY"}
    }
    assert may == {name}
    assert words["rfc50/init/first"] == {"SHALL"}
    page = DOCS.read_text(encoding="utf-8")
    assert f"`{name}` is MUST in the model" in page


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("job", "model/sentences/rfc21.yaml"),
        ("job@2023-07", "model/sentences/rfc21@2023-07.yaml"),
        ("job@2026-03-18", "model/sentences/rfc21.yaml"),
        ("job@1999", None),
        ("a/b.yaml", "a/sentences/rfc21.yaml"),
        ("b.yml", "sentences/rfc21.yaml"),
    ],
)
def test_ties_are_kept_beside_the_specification_that_answers(
    machine: str, expected: str | None
) -> None:
    """Those of a revision have its date; the revision of today is the specification itself."""
    found = path_of(machine, "rfc21")
    root = Path(artefact("model")).parent
    assert found == expected or (found and expected and Path(found).resolve() == root / expected)


def test_files_of_ties_hold_no_words_of_a_text() -> None:
    """Fingerprints, headings, terms, ids, and our reasons."""
    for path in Path(artefact("model", "sentences")).glob("*.yaml"):
        for tie in yaml.safe_load(path.read_text(encoding="utf-8"))["sentences"]:
            assert re.fullmatch("[0-9a-f]{24}", tie["sentence"])
            assert set(tie) <= {
                *("section", "term", "words", "sentence", "rules", "claims"),
                *("questions", "model", "unchecked"),
            }

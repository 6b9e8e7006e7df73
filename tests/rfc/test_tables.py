"""Tables of a specification as values and as reStructuredText, and logs that break a rule."""

import docutils.core
import docutils.nodes as n
import pytest
from docutils.nodes import make_id

from flux_conform.checking.judge import Options, judge
from flux_conform.language import load, machines
from flux_conform.language.faults import SpecificationFaults
from flux_conform.machine.step import Machine
from flux_conform.rfc.breaches import find_breaking_log
from flux_conform.rfc.clauses import anchor, clauses
from flux_conform.rfc.marked import UnknownPart, regenerate
from flux_conform.rfc.parts import Parts
from flux_conform.rfc.rst import inline, list_table
from flux_conform.rfc.table import Code, Column, Link, Row, Table, plain
from flux_conform.rfc.tables import TABLES, event_context, outcomes, states, transitions
from toys import TURNSTILE, load_toy, turnstile

TOY = load(str(TURNSTILE))


def texts(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[plain(cell) for cell in row.cells] for row in table.rows]


def doctree(text: str) -> n.document:
    settings = {"report_level": 2, "halt_level": 2, "warning_stream": False}
    return docutils.core.publish_doctree(text, settings_overrides=settings)


def test_the_tables_of_the_turnstile() -> None:
    """What stands in its file, and what follows from it."""
    assert texts(states(TOY)) == [
        ["Locked", "L", "Nobody can pass (initial)", "push", "coin"],
        ["Unlocked", "U", "One visitor can pass", "coin", "push"],
    ]
    assert texts(transitions(TOY)) == [
        ["Locked", "coin", "", "Unlocked", "text"],
        ["Unlocked", "push", "", "Locked", "text"],
    ]
    assert texts(outcomes(TOY)) == [
        ["coin", "→ Unlocked", "stays"],
        ["push", "undefined", "→ Locked"],
        ["any other event", "stays", "stays"],
    ]
    assert texts(event_context(TOY, "coin")) == [
        ["value", "an integer from 1 to 50", "required"],
        ["visitor", "a string", "optional"],
    ]
    assert event_context(TOY, "push") is None
    with pytest.raises(KeyError):
        event_context(TOY, "pusch")


@pytest.mark.parametrize(
    ("guard", "said"),
    [
        (".value == 5 and not has(.visitor)", "value is 5 and visitor is absent"),
        ("has(.visitor) or .value >= 9", "visitor is present or value is at least 9"),
        ("size([1, 2]) < 3", "size([1, 2]) is below 3"),
    ],
)
def test_a_guard_is_told_in_words(guard: str, said: str) -> None:
    """As far as it is simple."""
    row = f"{{on: coin, from: Locked, when: '{guard}', to: Unlocked, basis: text}}"
    changed = load_toy(turnstile(("{on: coin, from: Locked, to: Unlocked, basis: text}", row)))
    assert texts(transitions(changed))[0][2] == said


def test_a_cell_is_written_so_that_docutils_reads_it_again() -> None:
    """Signs of markup in a text stay what they are, also beside markup."""
    cells = [
        ("a*b* `c` |d| e_ _f \\g", " and ", Code("h_ i*")),
        (Code("x"), "s and", Code("y"), Link("z", "nowhere"), "t_"),
        ("→ ", Code("A"), ", ", Link("rule/a", "rule/a"), "; "),
        (Code(" odd`"), ""),
    ]
    for cell in cells:
        told = inline(cell, {"rule/a"})
        document = doctree(f".. _rule/a:\n\nx\n\n{told}\n")
        assert document.children[-1].astext() == plain(cell).strip()


def test_a_table_is_a_list_table_with_its_targets() -> None:
    """A row's target is its id in docutils."""
    rows = (Row(((Code("a"),), ()), "rfc0/a/b"), Row((("b",), (Link("see", "rfc0/a/b"),))))
    table = Table("t", "A title", (Column("One"), Column("Two", 3)), rows)
    document = doctree(list_table(table, {"rfc0/a/b"}))
    (found,) = document.findall(n.table)
    assert [row.astext().split() for row in found.findall(n.row)] == [
        ["One", "Two"],
        ["a"],
        ["b", "see"],
    ]
    assert "rfc0-a-b" in document.ids
    assert [each["colwidth"] for each in found.findall(n.colspec)] == [1, 3]


def test_every_table_is_read_by_docutils() -> None:
    """Of machines that no text of ours shows."""
    for specification in (load("exec"), TOY):
        tables = [make(specification) for make in TABLES.values()]
        doctree("\n".join(list_table(table) for table in tables if table.rows))


def test_anchors_are_those_of_docutils() -> None:
    """So that a link can be made without it."""
    for machine in machines():
        for clause in clauses(load(machine)):
            assert anchor(clause.id) == make_id(clause.id)


def test_clauses_are_all_that_a_log_can_break() -> None:
    """Each rule once, and for each event that of its context."""
    ids = [clause.id for clause in clauses(TOY) if not clause.id.startswith("rfc18/")]
    assert ids == [
        "rfc9999/states/undefined",
        "rfc9999/states/silent",
        "rfc9999/coin/context",
        "rfc9999/push/context",
        "rfc9999/coin/worth",
        "rfc9999/coin/once",
    ]


def test_a_part_says_what_is_wrong_with_its_name() -> None:
    """In the manner of all faults."""
    parts = Parts(TOY)
    for told, name in [
        ('unknown event "coim"; did you mean "coin"?', "event coim"),
        ('"event" of what?; expected one of coin', "event"),
        ('"states" takes no argument, and "all" is one', "states all"),
        ('unknown part "stats"; did you mean "states"?', "stats"),
        (
            "no scenario can be changed so that it breaks rfc9999/coin/once",
            "breach rfc9999/coin/once",
        ),
    ]:
        text = f".. generated: {name}\n.. end of generated text\n"
        with pytest.raises(SpecificationFaults) as caught:
            regenerate(text, "t.rst", parts)
        assert str(caught.value.faults[0]).partition(": ")[2] == told or told in str(caught.value)
    with pytest.raises(UnknownPart):
        parts("states", "all")


def test_a_rule_is_broken_by_a_scenario_with_one_thing_changed() -> None:
    """Such a log is found for every rule of the exec machine but two, and breaks it where it says."""
    specification = load("exec")
    lacking = set()
    for clause in clauses(specification):
        found = find_breaking_log(specification, clause.id)
        if found is None:
            lacking.add(clause.id)
            continue
        told = judge(Machine(specification), found.log, Options(notes=True, strict=True))
        assert clause.id in {each.rule for each in told.findings}
        assert plain(found.how)
        assert not found.others or clause.id == "rfc50/reattach/after-init"
    # Two snapshots; nothing is undefined or silent; a second done is after the end.
    assert lacking == {
        "rfc18/append-only",
        "rfc50/states/undefined",
        "rfc50/states/silent",
        "rfc50/done/once",
    }

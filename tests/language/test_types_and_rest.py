"""Types with names, enumerations, first values, and rows that match where no other does."""

import itertools

import pytest

from flux_conform.checking.judge import judge
from flux_conform.language.compiled import decode, encode
from flux_conform.language.specification import Specification
from flux_conform.language.types import show
from flux_conform.machine.step import Machine
from prove.machines import FINDINGS
from toys import event, faults_of, load_toy, unmarked

LAMP = f"""
machine: lamp
title: A lamp
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
states:
  OFF: {{initial: true}}
  ON: {{}}
types:
  level: integer 0..9
  place: '"hall" | "attic" | "cellar"'
  room: "{{at: place, floor: optional level}}"
variables:
  glow: {{type: level, start: 3, says: how bright}}
  wired: {{type: boolean, start: true}}
  last: {{type: place, start: hall}}
  free: {{type: optional level}}
  name: {{type: optional string, start: "17"}}
events:
  set: {{context: {{to: level, at: place, in: optional room}}, elsewhere: undefined,
    effect: {{glow: .to, last: .at}}}}
  dim: {{context: empty, elsewhere: stays, effect: {{glow: if glow > 0 then glow - 1 else 0}}}}
  unlisted: {{context: any, elsewhere: stays}}
transitions:
  - {{on: set, when: .to == 0, from: [OFF, ON], to: OFF}}
  - {{on: set, when: .at == "attic", from: OFF, stays: true}}
  - {{on: set, when: else, from: [OFF, ON], to: ON}}
"""


def lamp(*changes: tuple[str, str]) -> str:
    text = LAMP
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def spec(*changes: tuple[str, str]) -> Specification:
    return load_toy(lamp(*changes))


def test_a_type_with_a_name_is_what_it_names() -> None:
    loaded = spec()
    keys = {name: show(of) for name, of in loaded.event("set").key_types.items()}
    places = '"hall" | "attic" | "cellar"'
    assert keys == {
        "to": "integer 0..9",
        "at": places,
        "in": f"optional {{at: {places}, floor: optional integer 0..9}}",
    }


def test_a_variable_starts_where_it_says() -> None:
    values = {variable.name: variable.first_value for variable in spec().variables}
    assert values == {"glow": 3, "wired": True, "last": "hall", "free": None, "name": "17"}
    assert Machine(spec(("says: how bright", "says: bright"))).initial.values == {}
    loaded = spec(("when: .to == 0", "when: .to == glow"))
    assert Machine(loaded).initial.values == {"glow": 3}


def test_what_a_type_gives_anyway_is_no_start() -> None:
    """So that two specifications that mean the same say the same."""
    assert spec(("start: 3", "start: 0")).variables[0].start is None
    assert (
        spec(("type: optional level}", "type: optional level, start: 0}")).variables[3].start == 0
    )
    assert decode(encode(spec())) == spec()
    assert [*encode(spec())["variables"][3]] == ["name", "type", "says"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("start: 3", "start: §12", "12 is no integer 0..9"),
        ("start: hall", "start: §hal", '"hal" is no "hall" | "attic" | "cellar"'),
        ("start: true", "start: §1", "1 is no boolean"),
        (
            "wired: {type: boolean, start: true}",
            "wired: {type: set of string, start: §[a]}",
            "starts as it does by its type",
        ),
        (", start: hall", "", 'a variable of type "hall" | "attic" | "cellar" has no first value'),
        ("level: integer 0..9", "string: §integer 0..9", '"string" is a type of the language'),
        ("to: level", "to: §levle", 'unknown type "levle"'),
        ('.at == "attic"', '.at == §"atic"', '"atic" is none of "hall" | "attic" | "cellar"'),
        ('when: .at == "attic"', """when: '.at in ["hall", §"atic"]'""", '"atic" is none of "hall"'),
        ('.at == "attic"', 'not (§"atic" != .at)', '"atic" is none of "hall"'),
        ("last: .at", 'last: §if .to > 1 then "hall" else "roof"', '"hall" | "roof"'),
        ("glow: .to", "glow: §.to + 1", "but this is integer 1..10"),
        ("when: .to == 0, ", "", '"else" never matches for set in OFF, where another row has no'),
        ("when: .at == \"attic\"", "when: else", 'a second "else" for set in OFF'),
    ],
)  # fmt: skip
def test_a_fault_is_told_where_it_is(old: str, new: str, message: str) -> None:
    text = lamp((old, new))
    place = None
    if "§" in text:
        text, place = unmarked(text)
    faults = faults_of(text)
    assert any(message in str(fault) for fault in faults), [str(fault) for fault in faults]
    if place is not None:
        assert (faults[0].line, faults[0].column) == (place.line, place.column)


def test_a_near_miss_of_an_enumeration_is_named() -> None:
    (fault,) = faults_of(lamp(('.at == "attic"', '.at == "atic"')))
    assert 'did you mean "attic"?' in str(fault)


def test_else_without_another_row_is_a_fault() -> None:
    rest = "  - {on: dim, when: else, from: ON, to: OFF}\n"
    (fault,) = faults_of(LAMP + rest)
    assert 'no other row is beside "else"' in str(fault)


def test_else_matches_where_no_other_row_does() -> None:
    """By the rows themselves, read one after another."""
    machine = Machine(spec())
    for before, to, at in itertools.product((0, 5), range(3), ("hall", "attic")):
        state = "OFF" if before == 0 else "ON"
        log = event("set", {"to": before, "at": "hall"}) + event("set", {"to": to, "at": at})
        stays = state == "OFF" and at == "attic"
        expected = "OFF" if to == 0 or stays else "ON"
        found = judge(machine, log)
        assert found.findings == ()
        assert found.state == expected


def test_a_key_that_cannot_be_read_makes_no_guard_true_and_no_else() -> None:
    """The outcome is that of `elsewhere`, as it is of the guard written out."""
    found = judge(Machine(spec()), event("set", {"to": "x", "at": "hall"}))
    assert {finding.rule for finding in found.findings} >= {"rfc99/states/undefined"}


GENERATIONS = """
generations:
  new: {today: true, says: x}
  old: {on: dim, says: x}
"""


def test_else_beside_rows_of_one_generation_is_of_each() -> None:
    """What is left differs from one generation to the other."""
    text = lamp(('.at == "attic", from: OFF', '.at == "attic", generation: old, from: OFF'))
    rows = [row for row in load_toy(text + GENERATIONS).transitions if row.row == 2]
    guards = {(row.source, row.generation): row.when.text for row in rows if row.when is not None}
    assert guards == {
        ("OFF", "new"): "not .to == 0",
        ("OFF", "old"): 'not (.to == 0 or .at == "attic")',
        ("ON", None): "not .to == 0",
    }

"""A change gives names of its neighbour other ones, and nothing that the neighbour says is lost."""

import json
from pathlib import Path

import pytest

from flux_conform.language import load, machines
from flux_conform.language.expressions import show
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loader import (
    change_neighbour,
    load_changed,
    load_file,
    load_neighbour,
    load_neighbouring,
)
from flux_conform.language.specification import Specification
from toys import TURNSTILE, turnstile

GATE = """
machine: gate
title: Gate
source: {rfc: 9998, version: 2, date: 2026-01-01}
lines: eventlog
states:
  Shut: {initial: true}
  Open: {}
virtual states:
  Passable: [Open]
definitions:
  stiff(turns): turns > 3
  loose: turns < 3 and state != "Shut"
variables:
  turns: integer
  last: optional string
findings:
  undefined: {id: rfc9998/states/undefined, level: MUST, section: S, says: Defined.}
  silent: {id: rfc9998/states/silent, level: note, section: S, says: Said.}
  context: {id: "rfc9998/{event}/context", level: MUST, says: "Context {context}."}
  no-context: {id: "rfc9998/{event}/no-context", level: implied, says: No context.}
events:
  pull: {context: {turns: integer}, elsewhere: stays, effect: {turns: turns + .turns, last: event}}
  slam: {context: empty, elsewhere: stays}
  unlisted: {context: any, elsewhere: stays}
transitions:
  - {on: [pull, slam], from: Shut, when: 'turns > 0', to: Open}
  - {on: slam, from: Passable, to: Shut}
rules:
  - {id: rfc9998/pull/gently, level: MUST, on: pull, require: .turns < 9 and not stiff(turns), says: Gently., breach: "{turns} of {.turns}, {{turns}", repair: r}
  - {id: rfc9998/gate/first, level: note, on: [slam, pull], section: S, require: 'seen(pull) or state in ["Shut", "Open"] or event == "slam" or last == "slam"', says: Later., breach: b, repair: r, supplies: pull}
report:
  turns: turns
  opened: entered(Open)
properties:
  - {id: opens, reachable: each state, says: Each is reached.}
  - {id: turned, on: pull, then: turns != old(turns) or visited(Shut), says: It turns.}
  - {id: left, on: pull, then: 'old(state) in ["Shut"] or state == old(state)', says: X.}
  - {id: goes, cycles: [[Shut, Open]], says: X.}
  - {id: kept, on: slam, keeps: [turns], says: X.}
  - {id: taken-in, on: slam, accepts: [Shut, Passable], when: "turns == 1", says: X.}
participants:
  me: {says: X}
scenarios:
  usual:
    title: T
    says: X
    ends: Open
    breaks: [rfc9998/gate/first, rfc9998/pull/context]
    steps:
      - {at: 0, event: pull, along: [me], context: {turns: 1}}
      - {at: 1, event: pull, along: [me], breaks: {rfc9998/pull/gently: MUST, rfc9998/pull/context: MUST}}
questions:
  - id: grease
    about: [pull, Shut, rfc9998/pull/gently, rfc9998/pull/context]
    readings:
      text: oil is grease
      other: {says: o, change: {rules: {rfc9998/pull/gently: {require: turns > 1}}, transitions: [{on: pull, from: Shut, stays: true}]}}
    chosen: text
    why: it says so
    log: [slam, {pull: {turns: 1}}]
"""

ALL = """
renamed:
  states: {Shut: Closed}
  events: {pull: tug, slam: pull}
  variables: {turns: twists}
  rules: {rfc9998/pull/gently: rfc9998/tug/gently}
"""


@pytest.fixture
def gate(tmp_path: Path) -> str:
    """A file with the gate."""
    path = tmp_path / "gate.yaml"
    path.write_text(GATE)
    return str(path)


def expected_text() -> str:
    """The gate as a person would write it with the other names."""
    text = GATE
    for old, new in (
        ("Shut", "Closed"),
        ("rfc9998/pull/context", "rfc9998/tug/context"),
        ("rfc9998/pull/gently", "rfc9998/tug/gently"),
        ("[pull, slam]", "[tug, pull]"),
        ("[slam, pull]", "[pull, tug]"),
        ("seen(pull)", "seen(tug)"),
        ('event == "slam"', 'event == "pull"'),
        ("on: pull,", "on: tug,"),
        ("on: slam,", "on: pull,"),
        ("supplies: pull", "supplies: tug"),
        ("  pull: {context", "  tug: {context"),
        ("  slam: {context", "  pull: {context"),
        ("about: [pull", "about: [tug"),
        ("log: [slam, {pull", "log: [pull, {tug"),
        ("event: pull", "event: tug"),
        ("  turns: integer\n", "  twists: integer\n"),
        ("loose: turns <", "loose: twists <"),
        ("effect: {turns: turns +", "effect: {twists: twists +"),
        ("when: 'turns > 0'", "when: 'twists > 0'"),
        ("stiff(turns), says", "stiff(twists), says"),
        ('breach: "{turns} of', 'breach: "{twists} of'),
        ("turns: turns\n", "turns: twists\n"),
        ("turns != old(turns)", "twists != old(twists)"),
        ("keeps: [turns]", "keeps: [twists]"),
        ('when: "turns == 1"', 'when: "twists == 1"'),
        ("require: turns > 1", "require: twists > 1"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    return text


def shown(specification: Specification) -> object:
    """What compares: definitions and the rest, and readings as values."""
    return repr(tuple(specification))


def test_every_mention_follows(gate: str, tmp_path: Path) -> None:
    """Rows, rules, effects, claims, scenarios, questions, readings and expressions."""
    other = tmp_path / "other.yaml"
    other.write_text(expected_text())
    found = load_changed(gate, ALL)
    expected = load_file(str(other))
    assert found == expected
    assert shown(found) == shown(expected)


def test_a_text_that_is_compared_with_something_else_stays(gate: str) -> None:
    (rule,) = [each for each in load_changed(gate, ALL).rules if each.id == "rfc9998/gate/first"]
    assert show(rule.require.tree) == (
        'seen(tug) or state in ["Closed", "Open"] or event == "pull" or last == "slam"'
    )


def test_the_change_speaks_of_the_new_names(gate: str) -> None:
    """And what it removes then is gone with all that is said of it."""
    found = load_changed(gate, "{renamed: {events: {pull: tug}}, events: {tug: {says: hard}}}")
    assert {event.name: event.says for event in found.events} == {
        "tug": "hard",
        "slam": "",
        "unlisted": "",
    }
    assert len(found.rules) == 2


@pytest.mark.parametrize(
    ("renames", "message", "suggestion"),
    [
        ("{events: {pul: tug}}", 'there is no "pul" to rename', "pull"),
        ("{events: {pull: slam}}", 'there is a "slam" already', None),
        ("{events: {pull: tug, slam: tug}}", 'there is a "tug" already', None),
        ("{events: {pull: null}}", '"pull" gets no name', None),
        ("{event: {pull: tug}}", 'unknown key "event" of renamed', "events"),
        ("[pull]", "no names stand here", None),
    ],
)
def test_what_cannot_be_renamed_is_a_fault(
    gate: str, renames: str, message: str, suggestion: str | None
) -> None:
    with pytest.raises(SpecificationFaults) as caught:
        load_changed(gate, f"renamed: {renames}\n")
    first = caught.value.faults[0]
    assert (first.message.split(" (as")[0], first.suggestion) == (message, suggestion)


def test_names_can_change_places(gate: str) -> None:
    found = load_changed(gate, "renamed: {states: {Shut: Open, Open: Shut}}")
    assert found.initial.name == "Open"
    assert {(row.source, row.target) for row in found.transitions} == {
        ("Open", "Shut"),
        ("Shut", "Open"),
    }


def test_a_whole_specification_renames_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    text = TURNSTILE.read_text(encoding="utf-8")
    path.write_text(text + "\nrenamed: {events: {coin: penny}}\n", encoding="utf-8")
    with pytest.raises(SpecificationFaults, match='unknown key "renamed"'):
        load_file(str(path))


@pytest.mark.parametrize("name", machines())
def test_a_machine_whose_every_name_is_another_and_again_its_own_is_the_same(name: str) -> None:
    """Each mention is found, and nothing else is taken for one."""
    before = load(name)
    sections = {
        "states": [state.name for state in before.states],
        "events": [event.name for event in before.events if not event.is_family],
        # The members of a lane in a state, and the keys of a map, are named by what they are of.
        "variables": [each.name for each in before.variables if each.name.isidentifier()],
        "rules": [rule.id for rule in before.rules],
    }
    there = {kind: {old: f"{old}0x" for old in names} for kind, names in sections.items()}
    back = {kind: {new: old for old, new in names.items()} for kind, names in there.items()}
    away = change_neighbour(load_neighbour(name), json.dumps({"renamed": there}))
    other = load_neighbouring(away)
    assert {event.name for event in other.events if not event.is_family} == {
        f"{each}0x" for each in sections["events"]
    }
    assert not {rule.id for rule in other.rules} & {rule.id for rule in before.rules}
    again = load_neighbouring(change_neighbour(away, json.dumps({"renamed": back})))
    source = before.source._replace(text=None)
    assert again._replace(source=source) == before._replace(source=source)


LANED = (
    (
        "variables:\n",
        "lanes:\n  visit: {key: .value, states: {Locked: {initial: true}, In: {}}}\nvariables:\n",
    ),
    (
        "transitions:\n",
        "transitions:\n  - {on: coin, lane: visit, from: Locked, to: In}\n",
    ),
)


def test_the_states_of_a_lane_are_its_own(tmp_path: Path) -> None:
    """Those of the machine may have the same names."""
    path = tmp_path / "gate.yaml"
    path.write_text(turnstile(*LANED), encoding="utf-8")
    before = load_file(str(path)).lanes
    (lane,) = load_changed(str(path), "renamed: {states: {Locked: Shut}}").lanes
    assert lane.states == before[0].states
    assert [(row.sources, row.target) for row in lane.rows] == [(("Locked",), "In")]

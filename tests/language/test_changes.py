"""A specification can be written as what differs from a neighbour."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flux_conform.checking.judge import judge
from flux_conform.cli.main import main
from flux_conform.language import UnknownMachine, load
from flux_conform.language.expressions import Expression
from flux_conform.language.faults import Fault, SpecificationFaults
from flux_conform.language.loader import load_changed, load_file, load_text
from flux_conform.language.scenarios import scenario_log
from flux_conform.language.specification import Rule, Specification, TypedContext
from flux_conform.language.types import show
from flux_conform.machine.step import Machine
from toys import PUSH, TURNSTILE, coin, find_lines, unmarked

# Rows, lists and virtual states of several, to be split and shortened.
GATE = """
machine: gate
title: Gate
source: {rfc: 9998, version: 2, date: 2026-01-01}
lines: eventlog
generations:
  now: {today: true, says: as it is}
  old: {on: oil, says: a gate that was oiled first}
states:
  Shut: {initial: true}
  Ajar: {}
  Open: {}
virtual states:
  Passable: [Ajar, Open]
  Gaping: [Open]
  Wide: [Gaping]
definitions:
  stiff: turns > 3
variables:
  turns: integer
findings:
  undefined: {id: rfc9998/states/undefined, level: MUST, section: S, says: Defined.}
  silent: {id: rfc9998/states/silent, level: note, section: S, says: Said.}
  context: {id: "rfc9998/{event}/context", level: MUST, says: "Context {context}."}
  no-context: {id: "rfc9998/{event}/no-context", level: implied, says: No context.}
events:
  pull: {context: {force: integer, by: optional string}, elsewhere: stays, effect: {turns: turns + 1}}
  wind: {context: any, elsewhere: stays, question: weather}
  slam: {context: empty, elsewhere: stays}
  oil: {context: empty, elsewhere: stays, effect: {turns: 0}}
  unlisted: {context: any, elsewhere: stays}
transitions:
  - {on: [pull, wind], from: [Shut, Ajar], to: Open, basis: text, question: weather}
  - {on: slam, from: Passable, to: Shut, basis: text}
  - {on: oil, from: Shut, when: stiff, to: Ajar}
  - {on: oil, from: Ajar, generation: old, to: Open}
rules:
  - {id: rfc9998/pull/gently, level: MUST, on: pull, require: .force < 9, says: Gently., breach: b, repair: r}
  - {id: rfc9998/gate/well, level: SHOULD, on: [slam, oil], require: not stiff, section: S, says: Well., breach: b, repair: r}
  - {id: rfc9998/oil/first, level: note, on: oil, require: seen(pull), says: Later., breach: b, repair: r, supplies: pull}
properties:
  - {id: opens, reachable: each state, says: Each is reached.}
  - {id: oiled, on: oil, then: turns == 0, assuming: MUST, says: Oil helps.}
questions:
  - {id: weather, about: [wind], readings: {text: the wind opens it, reference: it does not}, chosen: text, why: it says so}
  - {id: grease, about: [oil, Ajar], readings: {text: oil is grease}, chosen: text, why: it says so}
  - {id: gentleness, about: [rfc9998/pull/gently, rfc9998/pull/context], readings: {text: below 9}, chosen: text, why: it says so}
"""


@pytest.fixture
def gate(tmp_path: Path) -> str:
    """A file with the gate."""
    path = tmp_path / "gate.yaml"
    path.write_text(GATE)
    return str(path)


def turnstile(change: str) -> Specification:
    return load_changed(str(TURNSTILE), change)


def the_fault(base: str, marked: str) -> Fault:
    """The one fault of a change, which must stand in it where its mark does."""
    change, place = unmarked(marked)
    with pytest.raises(SpecificationFaults) as caught:
        load_changed(base, change)
    (fault,) = caught.value.faults
    assert fault[:3] == ("<change>", place.line, place.column)
    return fault


def rows(specification: Specification) -> set[str]:
    return {
        f"{row.event} {row.source} {row.target or row.outcome}" for row in specification.transitions
    }


def rule(specification: Specification, name: str) -> Rule:
    (found,) = [each for each in specification.rules if each.id == name]
    return found


def texts(expressions: tuple[tuple[str, Expression], ...]) -> dict[str, str]:
    return {name: expression.text for name, expression in expressions}


def context(specification: Specification, event: str) -> str:
    found = specification.event(event).context
    assert isinstance(found, TypedContext)
    return show(found.type)


# Merging


def test_what_a_change_does_not_speak_of_is_the_neighbours() -> None:
    """A change that says nothing gives the same value."""
    assert turnstile("{}") == load_file(str(TURNSTILE))


def test_mappings_are_merged_key_by_key() -> None:
    """However deep they lie."""
    after = turnstile("{title: New, events: {coin: {context: {value: integer 1..9}}}}")
    assert after.title == "New"
    assert context(after, "coin") == "{value: integer 1..9, visitor: optional string}"
    assert after.event("coin").by == ("visitor",)


def test_null_removes_a_key() -> None:
    """One that the language does not need."""
    after = turnstile("{source: {version: null}, events: {coin: {context: {visitor: ~}}}}")
    assert (after.source.version, after.source.rfc) == (None, 9999)
    assert context(after, "coin") == "{value: integer 1..50}"


def test_null_in_quotes_is_a_text() -> None:
    """As everywhere in YAML."""
    assert turnstile('{title: "null"}').title == "null"


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("{coins: coins + 2}", {"coins": "coins + 2"}),
        ("{coins: coins + 2, total: total + 1}", {"coins": "coins + 2", "total": "total + 1"}),
        ("{coins: null, total: total + 1}", {"total": "total + 1"}),
        ("null", {}),
    ],
)
def test_effects_change_key_by_key(effect: str, expected: dict[str, str]) -> None:
    """One is replaced whole, added or taken away."""
    after = turnstile(f"{{variables: {{total: integer}}, events: {{coin: {{effect: {effect}}}}}}}")
    assert texts(after.event("coin").effects) == expected


def test_a_word_for_a_context_replaces_its_keys_and_keys_replace_a_word() -> None:
    """There is nothing to merge."""
    after = turnstile(
        "{events: {coin: {context: any}, push: {context: {force: integer}}}, rules: null}"
    )
    assert type(after.event("coin").context).__name__ == "AnyContext"
    assert context(after, "push") == "{force: integer}"


def test_lists_without_ids_are_replaced_whole(gate: str) -> None:
    """Such as the members of a virtual state."""
    after = load_changed(gate, "{virtual states: {Passable: [Ajar]}, events: {pull: {by: [a, b]}}}")
    assert after.virtual_states[0].members == ("Ajar",)
    assert after.event("pull").by == ("a", "b")


def test_items_with_ids_are_changed_by_their_ids() -> None:
    """What is not said of a rule stays, and so does its place."""
    before = load_file(str(TURNSTILE))
    after = turnstile("{rules: {rfc9999/coin/worth: {level: MUST}}}")
    assert rule(after, "rfc9999/coin/worth") == rule(before, "rfc9999/coin/worth")._replace(
        level="MUST"
    )
    assert [each.id for each in after.rules] == [each.id for each in before.rules]


def test_items_with_ids_are_removed_by_their_ids() -> None:
    """Rules, claims and questions alike."""
    after = turnstile("{rules: {rfc9999/coin/once: null}, properties: {no-dead-end: null}}")
    assert [each.id for each in after.rules] == ["rfc9999/coin/worth"]
    assert "no-dead-end" not in [each.id for each in after.properties]


def test_an_item_with_another_id_is_renamed() -> None:
    """Its id is a key like others."""
    after = turnstile("{rules: {rfc9999/coin/once: {id: rfc9999/coin/single}}}")
    assert [each.id for each in after.rules] == ["rfc9999/coin/worth", "rfc9999/coin/single"]


def test_a_section_that_the_neighbour_lacks_can_be_added() -> None:
    """One of items with ids too."""
    after = turnstile(
        "{questions: {a: {readings: {text: b}, chosen: text, why: c}}, virtual states: {Any: [Locked]}}"
    )
    assert [each.id for each in after.questions] == ["a"]
    assert [each.name for each in after.virtual_states] == ["Any"]


def test_a_section_can_be_removed() -> None:
    """Where the language does not need it."""
    assert turnstile("{rules: null, report: null}").rules == ()


@pytest.mark.parametrize(
    ("states", "order"),
    [
        ("{New: {}}", ["Locked", "Unlocked", "New"]),
        ("{Locked: {}, New: {}, Newer: {}}", ["Locked", "New", "Newer", "Unlocked"]),
        ("{Unlocked: {}, New: {}}", ["Locked", "Unlocked", "New"]),
    ],
)
def test_a_new_entry_comes_after_the_one_named_before_it(states: str, order: list[str]) -> None:
    """Else at the end; an empty mapping changes nothing."""
    after = turnstile(f"{{states: {states}}}")
    assert [state.name for state in after.states] == order


def test_a_change_can_be_json() -> None:
    """Which is YAML, so that programs can write changes."""
    change = {"events": {"push": {"elsewhere": "stays"}}, "rules": {"rfc9999/coin/once": None}}
    after = turnstile(json.dumps(change))
    assert after.event("push").elsewhere == "stays"
    assert len(after.rules) == 1


# Transitions


@pytest.mark.parametrize(
    ("change", "gone", "new"),
    [
        ("{on: wind, from: Shut, remove: true}", "wind Shut Open", None),
        ("{on: slam, from: Ajar, remove: true}", "slam Ajar Shut", None),
        ("{on: pull, from: Ajar, to: Shut}", "pull Ajar Open", "pull Ajar Shut"),
        ("{on: slam, from: Shut, undefined: true}", None, "slam Shut undefined"),
        ("{on: oil, from: Shut, when: stiff, remove: true}", "oil Shut Ajar", None),
        ("{on: oil, from: Ajar, generation: old, remove: true}", "oil Ajar Open", None),
        ("{on: oil, from: Shut, when: not stiff, to: Open}", None, "oil Shut Open"),
    ],
)
def test_a_row_of_several_is_split(gate: str, change: str, gone: str | None, new: str) -> None:
    """Only the pair of event and state that the change names is another."""
    before, after = rows(load_file(gate)), rows(load_changed(gate, f"{{transitions: [{change}]}}"))
    assert before - after == ({gone} if gone else set())
    assert after - before == ({new} if new else set())


def test_what_is_left_of_a_split_row_keeps_its_other_keys(gate: str) -> None:
    """And events left with the same states stay in one row."""
    after = load_changed(gate, "{transitions: [{on: [pull, wind], from: Shut, remove: true}]}")
    left = [row for row in after.transitions if row.event in ("pull", "wind")]
    assert [(row.event, row.source, row.target, row.question) for row in left] == [
        ("pull", "Ajar", "Open", "weather"),
        ("wind", "Ajar", "Open", "weather"),
    ]
    assert len({row.row for row in left}) == 1
    assert {row.basis for row in left} == {("text",)}


def test_a_changed_row_replaces_the_old_one_whole_and_in_its_place(gate: str) -> None:
    """Nothing of the old row is left to it."""
    after = load_changed(gate, "{transitions: [{on: pull, from: Shut, stays: true}]}")
    row = after.transitions[3]
    assert [each.event for each in after.transitions[:5]] == [
        "pull",
        "wind",
        "wind",
        "pull",
        "slam",
    ]
    assert (row.event, row.outcome, row.basis, row.question) == ("pull", "stays", (), None)


def test_virtual_states_of_rows_mean_what_the_change_makes_of_them(gate: str) -> None:
    """In the neighbour's rows and in the change's."""
    change = "{virtual states: {Passable: [Ajar]}, transitions: [{on: wind, from: Passable, stays: true}]}"
    after = rows(load_changed(gate, change))
    assert {"slam Ajar Shut", "wind Ajar stays", "wind Shut Open"} <= after
    assert not {"slam Open Shut", "wind Ajar Open"} & after


# Removing


def test_with_an_event_go_its_rows_rules_claims_and_questions(gate: str) -> None:
    """Those of several events lose its name alone."""
    after = load_changed(
        gate, "{events: {oil: null}, generations: null, questions: {grease: {about: Ajar}}}"
    )
    assert {row.event for row in after.transitions} == {"pull", "wind", "slam"}
    assert [(each.id, each.on) for each in after.rules] == [
        ("rfc9998/pull/gently", ("pull",)),
        ("rfc9998/gate/well", ("slam",)),
    ]
    assert [each.id for each in after.properties] == ["opens"]


def test_with_a_question_goes_its_name(gate: str) -> None:
    """Of events and of rows; and with an event go the questions on it alone."""
    for change in ("{questions: {weather: null}}", "{events: {wind: null}}"):
        after = load_changed(gate, change)
        assert "weather" not in [each.id for each in after.questions]
        assert {each.question for each in after.events} == {None}
        assert {each.question for each in after.transitions} == {None}


def test_with_an_event_go_questions_on_its_rules_and_contexts(gate: str) -> None:
    """Their ids bear its name; what a rule supplies is not said any more."""
    after = load_changed(
        gate, "{events: {pull: null}, rules: {rfc9998/oil/first: {require: stiff}}}"
    )
    assert [each.id for each in after.questions] == ["weather", "grease"]
    assert rule(after, "rfc9998/oil/first").supplies is None


def test_with_a_state_go_its_rows_and_virtual_states_lose_it(gate: str) -> None:
    """Those left without any state go too, one through the other."""
    after = load_changed(gate, "{states: {Open: null}}")
    assert rows(after) == {"slam Ajar Shut", "oil Shut Ajar"}
    assert [(each.name, each.members) for each in after.virtual_states] == [("Passable", ("Ajar",))]


def test_with_a_variable_go_its_effects(gate: str) -> None:
    """Expressions that read it are for the change to deal with."""
    after = load_changed(
        gate,
        "{variables: {turns: null}, definitions: {stiff: 'true'}, properties: {oiled: null}}",
    )
    assert [each.effects for each in after.events] == [()] * 5


def test_claims_lose_the_states_and_variables_that_are_gone(tmp_path: Path) -> None:
    """What an event keeps, and where it is accepted; with the last of them goes the claim."""
    path = tmp_path / "gate.yaml"
    more = """  - {id: kept, on: wind, keeps: [state, turns], says: Wind winds nothing.}
  - {id: turned, on: wind, keeps: turns, says: Wind turns nothing.}
  - {id: slams, on: slam, accepts: Passable, says: It slams.}
  - {id: winds, on: wind, accepts: [Ajar, Wide], says: It winds.}
  - {id: wide, on: wind, accepts: Wide, says: It winds.}
questions:
"""
    path.write_text(GATE.replace("questions:\n", more))
    after = load_changed(
        str(path),
        "{states: {Open: null}, variables: {turns: null}, definitions: {stiff: 'true'}, "
        "properties: {oiled: null}}",
    )
    claims = {each.id: each.claim.text for each in after.properties if each.claim is not None}
    assert claims == {
        "kept": "state == old(state)",
        "slams": 'state in ["Ajar"]',
        "winds": 'state in ["Ajar"]',
    }


def test_with_a_generation_go_its_rows(gate: str) -> None:
    """Where no generation is left there is the one of today."""
    for change in ("{generations: {old: null}}", "{generations: null}"):
        assert "oil Ajar Open" not in rows(load_changed(gate, change))


def test_what_goes_by_itself_may_be_removed_by_name_as_well(gate: str) -> None:
    """A change may be as plain as it likes."""
    after = load_changed(
        gate,
        "{events: {wind: null}, questions: {weather: null}, transitions: [{on: wind, from: [Shut, Ajar], remove: true}]}",
    )
    assert "wind" not in {row.event for row in after.transitions}


# Faults


@pytest.mark.parametrize(
    ("change", "message", "suggestion"),
    [
        ("{rules: {§rfc9998/pull/gentle: null}}", "no .* to remove", "rfc9998/pull/gently"),
        ("{events: {§slamm: null}}", "no .* to remove", "slam"),
        ("{events: {pull: {context: {§forse: null}}}}", "no .* to remove", "force"),
        ("{events: {oil: {context: {§a: null}}}}", "no .* to remove", None),
        (
            "{rules: {§rfc9998/pull/gentle: {level: MUST}}}",
            "to change.* lacks on, ",
            "rfc9998/pull/gently",
        ),
        ("{events: {§slamm: {says: a}}}", "to change.* lacks context, elsewhere", "slam"),
        ("{§evnets: {slam: null}}", "unknown key", "events"),
        ("{transitions: [{on: §slamm, from: Open, remove: true}]}", "no transition", "slam"),
        ("{transitions: [{on: pull, from: §Shutt, remove: true}]}", "no transition", "Shut"),
        ("{transitions: [{on: pull, from: [Shut, §Open], remove: true}]}", "no transition", None),
        ("{transitions: [{on: §oil, from: Shut, remove: true}]}", "no transition", None),
        (
            "{transitions: [{on: oil, from: Shut, §wen: a, remove: true}]}",
            'key "wen" of a row to remove',
            "when",
        ),
        ("{transitions: [{on: slam, from: Open, remove: §no}]}", '"no" stands here', None),
        ("{transitions: [§{on: slam, remove: true}]}", 'lacks its key "from"', None),
        ("{rules: §[]}", "a list stands here", None),
        ("{change: §gate.yaml}", "is given already", None),
        ("§{machine: null}", 'lacks its key "machine"', None),
        ("{title: §[]}", "a list stands here", None),
        ("{states: {Shut: {§inital: true}}}", "unknown key", "initial"),
        ("{events: {pull: {effect: {turns: turns + §trun}}}}", "unknown variable", "turns"),
        ("{rules: {rfc9998/pull/gently: {on: [pull, §pul]}}}", "unknown event", "pull"),
        ("§[]", "a list stands here", None),
    ],
)
def test_a_fault_of_a_change_is_told_in_the_change(
    gate: str, change: str, message: str, suggestion: str | None
) -> None:
    """At its place, and with what was meant."""
    fault = the_fault(gate, change)
    assert re.search(message, fault.message), fault
    assert fault.suggestion == suggestion


def test_a_transition_that_is_there_under_another_guard_is_named(gate: str) -> None:
    """To remove it, its guard must be said."""
    fault = the_fault(gate, "{transitions: [{on: §oil, from: Shut, remove: true}]}")
    assert fault.expected == "one on oil from Shut when stiff"


def test_a_transition_is_changed_once(gate: str) -> None:
    """Two rows for one pair cannot both be meant."""
    fault = the_fault(
        gate,
        "transitions:\n  - {on: slam, from: Open, stays: true}\n  - §{on: slam, from: Passable, to: Ajar}\n",
    )
    assert "changed twice (first in line 2)" in fault.message


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        ("{variables: {turns: null}}", "  stiff: §turns > 3", 'unknown variable "turns"'),
        ("{events: {pull: {context: {force: null}}}}", "require: §.force < 9", "force"),
        ("{virtual states: {Gaping: null}}", "  Wide: [§Gaping]", 'unknown state "Gaping"'),
        ("{states: {Shut: {initial: null}}}", None, "no initial state"),
        ("{events: {pull: null}}", "require: §seen(pull)", 'unknown event "pull"'),
        (
            "{events: {slam: null, oil: null}, rules: {rfc9998/gate/well: {level: note}}}",
            "on: [§slam, oil]",
            "slam",
        ),
    ],
)
def test_what_the_neighbour_says_of_what_is_gone_is_told_in_the_neighbour(
    gate: str, change: str, place: str | None, message: str
) -> None:
    """With the name of the change, which the neighbour knows nothing of."""
    with pytest.raises(SpecificationFaults) as caught:
        load_changed(gate, change)
    faults = {fault[:3]: fault for fault in caught.value.faults}
    if place is None:
        (fault,) = faults.values()
        assert fault.file == "<change>"
    else:
        bare, _ = unmarked(place)
        before = GATE[: GATE.index(bare) + place.index("§")]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        fault = faults[gate, line, column]
        assert fault.message.endswith("(as <change> changes it)")
        assert GATE.splitlines()[line - 1][column - 1 :][:30] in str(caught.value)
    assert message in fault.message


def test_all_faults_are_told_in_one_run(gate: str) -> None:
    """Of the change and of the neighbour."""
    change = "{rules: {rfc9998/x/y: null}, events: {slamm: null}, variables: {turns: null}}"
    with pytest.raises(SpecificationFaults) as caught:
        load_changed(gate, change)
    files = [fault.file for fault in caught.value.faults]
    assert files.count("<change>") == 2
    assert files.count(gate) >= 2


# Files and chains


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def test_a_file_names_its_neighbour_from_where_it_stands(gate: str, tmp_path: Path) -> None:
    """Whatever the working directory is."""
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub", new="change: ../gate.yaml\ntitle: New gate\n")
    after = load(str(tmp_path / "sub" / "new.yaml"))
    assert after == load_file(gate)._replace(title="New gate")


def test_a_neighbour_can_be_a_specification_of_the_package(tmp_path: Path) -> None:
    """Named as everywhere."""
    write(tmp_path, mine="change: exec\ntitle: Mine\n", older="change: job@2019-03\n")
    assert load(str(tmp_path / "mine.yaml")) == load("exec")._replace(title="Mine")
    assert load(str(tmp_path / "older.yaml")) == load("job@2019-03")
    assert load_changed("exec", "title: Mine") == load("exec")._replace(title="Mine")


def test_the_line_rules_stand_beside_the_file_that_names_them(gate: str, tmp_path: Path) -> None:
    """Not beside a change that says nothing of them."""
    lines = Path(find_lines("eventlog")).read_text(encoding="utf-8")
    write(tmp_path, eventlog=lines.replace("level: note", "level: SHOULD"))
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub", new="change: ../gate.yaml\n")
    levels = {each.level for each in load(str(tmp_path / "sub" / "new.yaml")).lines}
    assert levels == {"MUST", "SHOULD", "implied"}


def test_changes_follow_each_other(gate: str, tmp_path: Path) -> None:
    """The last word counts."""
    write(
        tmp_path,
        a="change: gate.yaml\ntitle: A\nsource: {version: null}\n",
        b="change: a.yaml\ntitle: B\nevents: {bell: {context: empty, elsewhere: stays}}\n",
        c="change: b.yaml\nevents: {bell: null, horn: {context: empty, elsewhere: stays}}\n",
    )
    after = load(str(tmp_path / "c.yaml"))
    assert (after.title, after.source.version) == ("B", None)
    assert [each.name for each in after.events] == [
        "pull",
        "wind",
        "slam",
        "oil",
        "unlisted",
        "horn",
    ]


def test_a_fault_in_a_chain_stands_in_the_file_that_holds_it(gate: str, tmp_path: Path) -> None:
    """With its line of text."""
    write(
        tmp_path,
        a="change: gate.yaml\nevents:\n  pull: {effect: {turns: turnz}}\n",
        b="change: a.yaml\ntitle: B\n",
    )
    with pytest.raises(SpecificationFaults) as caught:
        load(str(tmp_path / "b.yaml"))
    (fault,) = caught.value.faults
    assert fault[:3] == (str(tmp_path / "a.yaml"), 3, 26)
    assert "    " + "  pull: {effect: {turns: turnz}}" in str(caught.value)


@pytest.mark.parametrize("way", ["a", "ab", "abc"])
def test_changes_that_come_back_are_a_fault(tmp_path: Path, way: str) -> None:
    """However long the way round, and whatever the paths look like."""
    for name, other in zip(way, way[1:] + way[0], strict=True):
        write(tmp_path, **{name: f"change: ../{tmp_path.name}/{other}.yaml\n"})
    with pytest.raises(SpecificationFaults) as caught:
        load(str(tmp_path / "a.yaml"))
    (fault,) = caught.value.faults
    assert fault[:3] == (str(tmp_path / f"{way[-1]}.yaml"), 1, 9)
    assert "come back to where they began" in fault.message


@pytest.mark.parametrize(("count", "loads"), [(50, True), (51, False)])
def test_a_chain_is_bounded(gate: str, tmp_path: Path, count: int, loads: bool) -> None:
    """A clear fault instead of Python's."""
    for number in range(count):
        other = f"c{number - 1}" if number else "gate"
        write(tmp_path, **{f"c{number}": f"change: {other}.yaml\ntitle: T{number}\n"})
    last = str(tmp_path / f"c{count - 1}.yaml")
    if loads:
        assert load(last).title == f"T{count - 1}"
    else:
        with pytest.raises(SpecificationFaults, match="more than 50 changes follow each other"):
            load(last)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no.yaml", "the neighbour cannot be read: No such file"),
        ("jobb", 'no specification "jobb"'),
        ("job@1999", 'no revision "1999" of job; there are 2019-03, '),
        ("[a]", "names no neighbour"),
        ("''", "names no neighbour"),
    ],
)
def test_a_neighbour_that_is_not_there_is_told_where_it_is_named(
    tmp_path: Path, name: str, message: str
) -> None:
    """With the reason."""
    write(tmp_path, a=f"title: A\nchange: {name}\n")
    with pytest.raises(SpecificationFaults) as caught:
        load(str(tmp_path / "a.yaml"))
    (fault,) = caught.value.faults
    assert fault[:3] == (str(tmp_path / "a.yaml"), 2, 9)
    assert message in fault.message


def test_a_neighbour_that_is_no_yaml_is_told_in_its_file(tmp_path: Path) -> None:
    """Not in the change."""
    write(tmp_path, a="change: b.yaml\n", b="machine: [\n")
    with pytest.raises(SpecificationFaults) as caught:
        load(str(tmp_path / "a.yaml"))
    assert {fault.file for fault in caught.value.faults} == {str(tmp_path / "b.yaml")}


def test_a_base_that_is_not_there(tmp_path: Path) -> None:
    """A call with a wrong name, or a wrong path."""
    with pytest.raises(UnknownMachine):
        load_changed("jobb", "{}")
    with pytest.raises(SpecificationFaults, match="cannot be read"):
        load_changed(str(tmp_path / "no.yaml"), "{}")


def test_a_text_can_be_a_change_too(gate: str) -> None:
    """Its neighbour stands beside the file whose name it is given."""
    file = str(Path(gate).with_name("virtual.yaml"))
    assert load_text("change: gate.yaml\ntitle: T", file, find_lines).title == "T"


def test_the_example_of_the_documentation_does_what_it_says(tmp_path: Path) -> None:
    """The turnstile at its beginning, the question about it, and the change on it."""
    docs = Path(__file__).parents[2] / "docs"
    pages = [docs / "language.md", *sorted((docs / "language").glob("*.md"))]
    marked = r"<!-- (?:file|more of): (\S+) -->\n```yaml\n(.*?)```"
    blocks = [
        block
        for page in pages
        for block in re.findall(marked, page.read_text(encoding="utf-8"), re.DOTALL)
    ]
    whole, *more = [text for name, text in blocks if name == "turnstile.yaml"]
    (question,) = [text for text in more if text.startswith("questions:")]
    (scenario,) = [text for text in more if "\nscenarios:\n" in text]
    site, tickets, change = [
        dict(blocks)[f"{name}.yaml"] for name in ("site", "tickets", "two-coins")
    ]
    write(tmp_path, turnstile=whole, double=change, asked=whole + question, told=whole + scenario)
    assert main(["questions", "--machine", str(tmp_path / "asked.yaml")]) == 0
    before, after = load(str(tmp_path / "turnstile.yaml")), load(str(tmp_path / "double.yaml"))
    assert [each.name for each in after.states] == ["LOCKED", "HALF", "OPEN"]
    assert rows(before) == {"coin LOCKED OPEN", "push OPEN LOCKED"}
    assert rows(after) == {"coin LOCKED HALF", "coin HALF OPEN", "push OPEN LOCKED"}
    assert (before.variables[0].says, after.variables[0].says) == ("coins in the box", "")
    assert after.rules == (before.rules[0]._replace(level="SHOULD"),)
    write(tmp_path, tickets=tickets, site=site)
    policies = load(str(tmp_path / "site.yaml")).rules[len(load("job").rules) :]
    assert [rule.level for rule in policies] == ["policy", "policy"]
    assert [lane.name for lane in load(str(tmp_path / "tickets.yaml")).lanes] == ["ticket"]
    told = load(str(tmp_path / "told.yaml"))
    log = scenario_log(told.scenario("usual"))
    assert judge(Machine(told), log).findings == ()
    assert log.count(b"\n") == 2


# What reads specifications reads changes


def test_a_changed_machine_judges_logs() -> None:
    """As the change says."""
    log = coin() + coin() + PUSH + PUSH
    before = judge(Machine(load_file(str(TURNSTILE))), log)
    after = judge(Machine(turnstile("{events: {push: {elsewhere: stays}}}")), log)
    assert (before.verdict, after.verdict) == ("violates", "conforms")


@pytest.mark.parametrize("verb", ["check", "prove", "model", "draw", "replay"])
def test_every_verb_takes_a_change(
    verb: str, gate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it takes a file."""
    write(tmp_path, new="change: gate.yaml\nevents: {oil: {elsewhere: undefined}}\n")
    (tmp_path / "log.eventlog").write_bytes(b'{"timestamp":1,"name":"oil"}\n')
    file, log = str(tmp_path / "new.yaml"), str(tmp_path / "log.eventlog")
    call = {
        "check": ["check", "--machine", file, log],
        "prove": ["prove", "--machine", file, "--property", "oiled"],
        "model": ["model", "check", file],
        "draw": ["draw", "--machine", file],
        "replay": ["replay", "--machine", file, log],
    }[verb]
    code = main(call)
    out = capsys.readouterr().out
    assert code == (1 if verb == "check" else 0), out
    assert "oil" in out if verb == "check" else out


WORDS = st.sampled_from(
    ["", "virtual states", "remove", "undefined", *sorted(set(re.findall(r"[\w./-]+", GATE)))]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"on": VALUES, "from": VALUES},
        optional={"to": WORDS, "remove": st.just(True), "when": WORDS, "generation": WORDS},
    ),
    max_size=3,
)


@given(st.dictionaries(WORDS, VALUES, max_size=4), ROWS | st.none())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_change_says_it_loads_or_is_told_its_faults(
    change: dict[str, Any], rows: list[Any] | None
) -> None:
    """No other error comes of it."""
    if rows is not None:
        change["transitions"] = rows
    with TemporaryDirectory() as folder:
        file = Path(folder, "gate.yaml")
        file.write_text(GATE)
        try:
            outcome: object = load_changed(str(file), json.dumps(change)).name
        except SpecificationFaults as error:
            outcome = {fault.file for fault in error.faults} <= {str(file), "<change>"}
        assert outcome

"""No rule asks nothing: each is obeyed by one run and broken alone by another, or it is told."""

import json

import pytest

from flux_conform.checking.judge import Options, judge
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.prove import prove
from prove.machines import case, machine, rule, shipped_proofs

STATES = """
    A: {initial: true, says: x}
    B: {says: x}
    Z: {final: true, says: x}
"""
EVENTS = """
    arm: {says: x, context: empty, elsewhere: stays, effect: {armed: 'true'}}
    fire: {says: x, context: {power: integer 0..9}, elsewhere: stays}
    go: {says: x, context: empty, elsewhere: undefined}
    end: {says: x, context: empty, elsewhere: undefined}
"""
ROWS = """
    - {on: go, from: A, to: B}
    - {on: end, from: B, to: Z}
"""


def uses(rules, transitions=ROWS):
    """What becomes of the rules of a toy, by id."""
    toy = machine(
        states=STATES,
        variables="armed: boolean",
        events=EVENTS,
        transitions=transitions,
        rules=rules,
    )
    exercise = prove(toy).exercise
    return {use.id.removeprefix("rfc99/"): use for use in exercise.rules}, exercise


def test_an_independent_rule_has_a_log_that_obeys_it_and_one_that_breaks_it():
    found, exercise = uses(rule("armed", "fire", "armed"))
    use = found["armed"]
    assert (use.verdict, use.is_good) == ("independent", True)
    assert (use.obeyed.names, use.broken.names) == ("arm, fire", "fire")
    assert exercise.verdict == "good"


def test_obeying_a_rule_takes_what_stands_before_its_implies():
    found, _ = uses(rule("strong", "fire", "armed implies .power > 3"))
    assert found["strong"].obeyed.names == "arm, fire"
    assert found["strong"].broken.names == "arm, fire"


@pytest.mark.parametrize("premise", [".power > 3", "armed"])
def test_what_stands_before_implies_is_looked_at_where_the_rule_holds_whatever_it_is(premise):
    """No context that the types allow breaks the rule, which is obeyed none the less."""
    found, _ = uses(rule("there", "fire", f"{premise} implies has(.power)"))
    obeyed = found["there"].obeyed
    assert obeyed is not None
    assert obeyed.names == ("arm, fire" if premise == "armed" else "fire")
    assert (found["there"].verdict, found["there"].follows) == ("redundant", ())


def test_a_rule_that_follows_from_another_is_redundant():
    found, exercise = uses(
        rule("armed", "fire", "armed") + rule("came", "fire", "seen(arm) or seen(go)")
    )
    assert found["came"].verdict == "redundant"
    assert found["came"].follows == ("rfc99/armed",)
    assert found["armed"].verdict == "independent"
    assert exercise.verdict == "bad"


def test_a_rule_said_to_follow_is_held_to_it():
    follows = rule("came", "fire", "seen(arm)").replace("repair: r}", "repair: r, follows: armed}")
    found, _ = uses(rule("armed", "fire", "armed") + follows)
    assert found["came"].is_good
    alone, wrong = uses(follows)
    assert (alone["came"].verdict, alone["came"].is_good) == ("independent", False)
    assert wrong.verdict == "bad"


def test_a_rule_that_no_event_can_break_is_redundant_without_any_other():
    found, _ = uses(rule("once", "end", "not seen(end)"))
    assert (found["once"].verdict, found["once"].follows) == ("redundant", ())


def test_a_rule_that_never_applies_is_empty():
    found, exercise = uses(rule("late", "go", 'state == "Z" implies armed'))
    assert found["late"].verdict == "empty"
    assert exercise.verdict == "bad"


def test_rules_that_never_let_another_apply_are_in_conflict_with_it():
    found, exercise = uses(
        rule("never", "fire", "not armed") + rule("strong", "fire", "armed implies .power > 3")
    )
    assert found["strong"].verdict == "conflict"
    assert found["strong"].conflicts == ("rfc99/never",)
    assert exercise.verdict == "bad"


def test_a_guard_is_taken_by_one_run_and_passed_by_another():
    rows = ROWS + "    - {on: fire, from: B, when: .power > 3, to: A}\n"
    _, exercise = uses("", rows)
    (guard,) = exercise.guards
    assert guard.taken.names == guard.passed.names == "go, fire"
    assert guard.taken.log != guard.passed.log


def test_a_guard_that_always_holds_is_not_good():
    rows = ROWS + "    - {on: fire, from: B, when: .power >= 0, to: A}\n"
    _, exercise = uses("", rows)
    assert exercise.guards[0].passed is None
    assert exercise.verdict != "good"


def test_of_two_rows_that_are_alike_the_second_is_never_taken():
    """A row that lists a state twice is two rows, the first of which matches whenever both do."""
    rows = ROWS + "    - {on: fire, from: [B, B], when: .power > 3, to: A}\n"
    _, exercise = uses("", rows)
    first, second = exercise.guards
    assert first.transition == second.transition
    assert (first.is_good, second.is_good) == (True, False)
    assert second.taken is None
    assert second.passed is not None


@pytest.mark.parametrize("name", [pytest.param("job", marks=pytest.mark.slow), "exec"])
class TestShippedModels:
    """The rules of the shipped specifications ask something, and the checker sees it so."""

    def test_every_rule_is_independent_or_follows_as_the_model_says(self, name):
        exercise = shipped_proofs(name).exercise
        assert exercise.verdict == "good"
        assert [use.id for use in exercise.rules] == [rule_.id for rule_ in load(name).rules]
        assert all(use.is_good for use in exercise.rules)

    def test_the_checker_finds_just_that_rule_broken_in_its_log(self, name):
        specification = load(name)
        machine_ = Machine(specification)
        checked = 0
        for use in shipped_proofs(name).exercise.rules:
            notes = {rule_.id for rule_ in specification.rules if rule_.level == "note"}
            notes |= {f.id for f in specification.findings if f.kind == "silent"}
            if use.alone:
                found = judge(machine_, use.broken.log, Options(notes=True)).findings
                assert {f.rule for f in found} - notes <= {use.id}
                assert use.id in {f.rule for f in found}
                checked += 1
            found = judge(machine_, use.obeyed.log, Options(notes=True)).findings
            assert {f.rule for f in found} <= notes
        assert checked >= 8


def test_the_command_tells_of_rules_and_leaves_them_out_when_quick(capsys):
    assert main(["prove", "--machine", "exec", "--format", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    table = {item["id"]: item for item in value["rules"]}
    assert table["rfc50/reattach/after-init"]["follows_from"] == ["rfc50/init/first"]
    assert main(["prove", "--machine", "exec", "--quick", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"] is None


def test_a_note_that_reads_what_no_other_rule_does_can_be_broken():
    """By a key that equals a variable which nothing else asks for."""
    (use,) = prove(case("min_note3")).exercise.rules
    assert use.verdict == "independent"
    assert use.broken.names == "a"
    assert '"n":0' in use.broken.events[0].line


def test_a_note_about_an_event_that_never_takes_effect_cannot_be_broken():
    """It asks nothing of its own, and that is proved."""
    (use,) = prove(case("min_seen")).exercise.rules
    assert (use.verdict, use.follows) == ("redundant", ())

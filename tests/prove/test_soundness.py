"""Ways out that only seem to be there: nothing is proved of them, and nothing is hidden in a log."""

import json

import pytest

from flux_conform.checking.judge import Options, judge
from flux_conform.machine.step import Machine
from flux_conform.prove import prove
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN
from flux_conform.prove.waiting.reachable import prover_for
from prove.machines import machine, outcomes, rule

TWO = """
    A: {initial: true, says: x}
    Z: {final: true, says: x}
"""
GONE = TWO + "    R: {removed: true, says: x}\n"
ENDS = "- {id: ends, recoverable: 'state == \"Z\"', says: Ends.}\n"
LEAVES = "- {id: leaves, leavable: every other state, says: Leaves.}\n"


@pytest.mark.parametrize("kind", ["set", "bag"])
def test_a_description_of_a_few_known_strings_is_not_always_a_new_one(kind):
    """Three descriptions can be held at once, and then none is left for the way out."""
    specification = machine(
        states=TWO,
        variables=f"one: {kind} of string",
        events="""
            add: {says: x, context: {what: '"a" | "b" | "c"'}, elsewhere: stays, effect: {one: one + .what}}
            end: {says: x, context: {what: '"a" | "b" | "c"'}, elsewhere: undefined}
        """,
        transitions="- {on: end, from: A, to: Z}",
        rules=rule("end/new", "end", "not (.what in one)"),
        properties=ENDS,
    )
    # The explicit instance is too small to hold the dead end, so no log can show it.
    assert outcomes(specification)["ends"].verdict != PROVED


def test_a_description_of_a_few_known_strings_can_be_proved_about_all_the_same():
    specification = machine(
        states=TWO,
        variables="one: set of string",
        events="""
            add: {says: x, context: {what: '"a" | "b" | "c"'}, elsewhere: stays, effect: {one: one + .what}}
            drop: {says: x, context: {what: '"a" | "b" | "c"'}, elsewhere: stays, effect: {one: one - .what}}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="- {on: end, from: A, when: size(one) < 4, to: Z}",
        properties=ENDS + "- {id: few, always: size(one) < 4, says: Few.}\n",
    )
    found = outcomes(specification)
    assert found["few"].verdict == PROVED
    assert found["ends"].verdict == PROVED


def test_a_member_need_not_be_a_description_that_an_event_of_a_narrower_type_can_bear():
    """Ten members that are no idsets, then a lock: no idset is a member, and none can become one."""
    specification = machine(
        states=TWO,
        variables="one: set of string\nlocked: boolean",
        events="""
            add: {says: x, context: {what: string}, elsewhere: stays, effect: {one: one + .what}}
            lock: {says: x, context: empty, elsewhere: stays, effect: {locked: "true"}}
            end: {says: x, context: {which: idset}, elsewhere: undefined}
        """,
        transitions="- {on: end, from: A, to: Z}",
        rules=rule("end/in", "end", ".which in one or size(one) < 10")
        + rule("add/open", "add", "not locked"),
        properties=ENDS,
    )
    outcome = outcomes(specification)["ends"]
    assert outcome.verdict == UNKNOWN
    assert outcome.summary.startswith("counts of one allow more steps")


def test_removal_of_the_log_is_no_step_on_the_way_to_an_end():
    """With ten members only removal is left, and nothing is owed to what is removed."""
    specification = machine(
        states=GONE,
        variables="held: bag of string",
        events="""
            add: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held + .what}}
            quit: {says: x, context: empty, elsewhere: undefined}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: end, from: A, when: size(held) < 10, to: Z}
            - {on: quit, from: A, to: R}
        """,
        properties=ENDS + LEAVES,
    )
    found = outcomes(specification)
    assert found["ends"].verdict == UNKNOWN
    assert found["leaves"].verdict == UNKNOWN


def test_a_claim_about_any_event_is_refuted_by_one_that_changes_nothing():
    specification = machine(
        states=TWO,
        events="""
            foo: {says: x, context: {n: integer}, elsewhere: stays}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="- {on: end, from: A, to: Z}",
        properties="- {id: none, on: any, when: not first, never: 'event == \"foo\"', says: None.}",
    )
    outcome = outcomes(specification)["none"]
    assert outcome.verdict == REFUTED
    assert [event.name for event in outcome.counterexample.events] == ["foo", "foo"]


@pytest.mark.parametrize("outcome", ["silent", "undefined"])
def test_a_run_tells_what_a_checker_finds_in_its_last_event(outcome):
    """The last event of an overlap may be one of which nothing is said, or that is undefined."""
    specification = machine(
        states=TWO + "    B: {says: x}\n",
        events="""
            step: {says: x, context: empty, elsewhere: undefined}
            end: {says: x, context: empty, elsewhere: undefined}
            go: {says: x, context: {n: integer 0..5}, elsewhere: stays}
        """,
        transitions=f"""
            - {{on: step, from: A, to: B}}
            - {{on: end, from: B, to: Z}}
            - {{on: go, from: B, when: .n < 4, {outcome}: true}}
            - {{on: go, from: B, when: .n > 2, to: Z}}
        """,
        rules=rule("go/odd", "go", ".n > 4"),
        properties="- {id: apart, disjoint: each pair, says: Apart.}",
    )
    run = outcomes(specification)["apart"].counterexample
    last = run.events[-1]
    assert json.loads(last.line)["context"] == {"n": 3}
    assert (last.state, last.silent) == ("B", outcome == "silent")
    judgement = judge(Machine(specification), run.log, Options(notes=True))
    found = [finding.rule for finding in judgement.findings if finding.line == len(run.events)]
    silent = ["rfc99/states/silent"] if last.silent else []
    assert sorted(found) == sorted([*last.breaks, *silent])


def test_a_way_out_of_the_final_state_is_found_in_whatever_generation_has_it():
    text = machine(
        states=TWO,
        variables="old: boolean",
        events="""
            end: {says: x, context: {v: optional integer}, elsewhere: undefined, effect: {old: not has(.v)}}
            back: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: end, from: A, to: Z}
            - {on: back, from: Z, when: old, to: A}
        """,
        rules="- {id: rfc99/end/v, level: MUST, on: end, require: 'first', section: S, says: S., breach: b, repair: r}",
        generations="""
            new: {today: true, says: x}
            old: {on: end, when: not has(.v), says: x}
        """,
        properties="- {id: captive, closed: final, says: Captive.}",
    )
    outcome = outcomes(text)["captive"]
    assert outcome.verdict == REFUTED
    assert [event.state for event in outcome.counterexample.events] == ["Z", "A"]


def test_generations_that_ask_whether_the_event_is_the_first_can_be_confused_all_the_same():
    """Both conditions hold of a first event without the key; the first generation is taken."""
    specification = machine(
        states=TWO + "    B: {says: x}\n",
        events="end: {says: x, context: {v: optional integer}, elsewhere: undefined}",
        transitions="""
            - {on: end, from: A, generation: new, to: B}
            - {on: end, from: A, generation: old, to: Z}
            - {on: end, from: A, generation: older, silent: true}
        """,
        rules=rule("end/v", "end", "has(.v) or first", "note") + rule("end/w", "end", "has(.v)"),
        generations="""
            new: {today: true, says: x}
            old: {on: end, when: first and not has(.v), says: x}
            older: {on: end, when: first, says: x}
        """,
        properties="""
            - {id: apart, separate: generations, assuming: nothing, says: Apart.}
            - {id: obeying, separate: generations, says: Apart.}
        """,
    )
    found = outcomes(specification)
    outcome = found["apart"]
    assert (outcome.verdict, outcome.summary) == (REFUTED, "one log is of old and older")
    (event,) = outcome.counterexample.events
    assert (event.state, event.breaks) == ("Z", ("rfc99/end/w",))
    # A run that obeys the rules has the key, and so begins no log of that generation.
    assert found["obeying"].summary == "no log is of the generation old"


def test_a_run_that_passes_a_guard_tells_that_its_last_event_is_undefined():
    specification = machine(
        states=TWO,
        events="end: {says: x, context: {n: integer 0..5}, elsewhere: undefined}",
        transitions="- {on: end, from: A, when: .n > 4, to: Z}",
    )
    (guard,) = prove(specification).exercise.guards
    (event,) = guard.passed.events
    assert (event.state, event.breaks) == ("A", ("rfc99/states/undefined",))


@pytest.mark.parametrize(
    ("rules", "needed"),
    [
        pytest.param(("n > 3", "n < 9"), (), id="a lemma, and rules that say no more"),
        pytest.param(("armed", "n < 9"), ("0",), id="one rule with a lemma"),
        pytest.param((".m > n", ".m < n"), ("0", "1"), id="two rules together"),
        pytest.param((".m > n", "n < 9", ".m < n"), ("0", "2"), id="two with another between"),
        pytest.param(("n > 3", "n < 3"), ("0",), id="a lemma in place of the second"),
        pytest.param(("n < 3", "n > 3"), ("1",), id="a lemma in place of the first"),
        pytest.param(("n < 9",), None, id="nothing: the step can be taken"),
    ],
)
def test_why_no_run_takes_a_step_is_said_with_the_rules_that_it_takes(rules, needed):
    """None of them that the lemmas, or the others, do without; and no step is barred that is not."""
    lemma_bars = needed == ()
    specification = machine(
        states=TWO,
        variables="n: integer\narmed: boolean",
        events="""
            tick: {says: x, context: empty, elsewhere: stays, effect: {n: "if n < 3 then n + 1 else n"}}
            end: {says: x, context: {m: integer}, elsewhere: undefined}
        """,
        transitions=f"- {{on: end, from: A, when: {'n > 5' if lemma_bars else 'n >= 0'}, to: Z}}",
        rules="".join(rule(f"rule/{name}", "end", text) for name, text in enumerate(rules)),
        properties="- {id: small, always: n < 4 and not armed, says: Small.}\n",
    )
    prover = prover_for(specification, specification.today.name, "MUST", False)
    induction = prover.induction("MUST", False)
    invariant = prover.invariant("MUST", False)
    steps = [step for step in induction.steps if step.event == "end"]
    assert steps
    for step in steps:
        reasons = induction.bars(invariant, step, [])
        if needed is None:
            assert reasons is None
            continue
        assert reasons is not None
        lemmas, named = reasons
        assert named == tuple(f"rfc99/rule/{number}" for number in needed)
        # What it says is enough, as Z3 says again, and with one of the rules less it is not.
        truths = dict(step.rules)
        fixed = [step.possible, step.allowed]
        alone = invariant._replace(lemmas=lemmas)
        assert induction.refutes(alone, [*fixed, *(truths[name] for name in named)]) is not None
        for left in named:
            rest = [truths[name] for name in named if name != left]
            assert induction.refutes(invariant, [*fixed, *rest]) is None

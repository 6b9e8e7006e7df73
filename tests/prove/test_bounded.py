"""Logs that lie beyond what the search explores are found in symbols, and then taken event by event."""

import json

import pytest

from flux_conform.language.specification import Specification
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.prove import bounded, prove
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Outcome
from flux_conform.prove.prover import Prover
from flux_conform.verify import verify
from prove.machines import by_id, machine, names, rule

NINE = ["take"] * 8 + ["go"]


def shelf(claim: str) -> Specification:
    """A machine that goes on where a set has so many members: more than the search tries."""
    return machine(
        states="""
            A: {initial: true, says: x}
            B: {says: x}
            Z: {final: true, says: x}
        """,
        variables="held: set of string",
        events="""
            take: {says: x, context: {id: string}, elsewhere: undefined, effect: {held: held + .id}}
            go: {says: x, context: empty, elsewhere: undefined}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: take, from: A, stays: true}
            - {on: go, from: A, when: size(held) == 8, to: B}
            - {on: end, from: [A, B], to: Z}
        """,
        rules=rule("take/new", "take", "not .id in held"),
        properties=f"- {{id: c, {claim}, says: C.}}",
    )


def decided(specification: Specification, **options: int) -> Outcome:
    return by_id(prove(specification, certified=True, quick=True, **options))["c"]


CLAIMS = ['always: state != "B"', "on: go, never: size(held) == 8", 'on: go, then: state != "B"']


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_counterexample_of_nine_events_is_found(claim):
    outcome = decided(shelf(claim))
    assert (outcome.verdict, names(outcome)) == (REFUTED, NINE)
    taken = [json.loads(event.line) for event in outcome.counterexample.events[:8]]
    assert len({line["context"]["id"] for line in taken}) == 8


def test_the_search_does_not_find_it():
    specification = shelf(CLAIMS[0])
    search = Prover(specification, specification.today.name, 2).search("implied")
    assert not any(search.in_state(specification.state("B")))


@pytest.mark.parametrize(("depth", "verdict"), [(8, UNKNOWN), (9, REFUTED)])
def test_runs_are_sought_up_to_the_depth_that_is_asked_for(depth, verdict):
    outcome = decided(shelf(CLAIMS[0]), depth=depth)
    assert outcome.verdict == verdict
    why = f"runs were sought in symbols up to {depth} events, and no further"
    assert (why in outcome.because) == (verdict == UNKNOWN)


@pytest.mark.parametrize(
    ("claim", "log"), [("reachable: each state", NINE), ("taken: each transition", [*NINE, "end"])]
)
def test_states_and_transitions_beyond_the_search_are_reached(claim, log):
    outcome = decided(shelf(claim))
    assert outcome.verdict == PROVED
    runs = [[event.name for event in witness.run.events] for witness in outcome.witnesses]
    assert log in runs


def test_the_verifier_replays_the_log():
    from flux_conform.language.compiled import encode
    from flux_conform.prove.certificate import dumps

    specification = shelf(CLAIMS[0])
    outcome = decided(specification)
    (result,) = verify(json.loads(dumps([outcome.certificate])), encode(specification))
    assert (result.problem, result.verified) == (None, True)


def test_a_run_that_the_machine_does_not_take_refutes_nothing(monkeypatch):
    """The symbolic steps may be wrong: here the guard is forgotten."""
    true_step = SymbolicMachine.step

    def careless(self, event):
        step = true_step(self, event)
        return step._replace(allowed=True) if event == "go" else step

    monkeypatch.setattr(SymbolicMachine, "step", careless)
    outcome = decided(shelf(CLAIMS[0]), depth=4)
    assert (outcome.verdict, outcome.counterexample) == (UNKNOWN, None)


def test_a_run_that_lacks_an_event_refutes_nothing(monkeypatch):
    """With seven members the machine does not go on, whatever the symbols said."""
    true_runs = bounded.Unrolled.runs

    def one_too_few(self, bad, depth):
        for run in true_runs(self, bad, depth):
            place = next(n for n, taken in enumerate(run) if taken.step.event == "take")
            yield [*run[:place], *run[place + 1 :]]

    monkeypatch.setattr(bounded.Unrolled, "runs", one_too_few)
    assert decided(shelf(CLAIMS[0]), depth=9).verdict == UNKNOWN


def test_members_that_events_bring_and_take_away_are_followed():
    """Three are taken, of which each is given back but one; the members are tuples."""
    specification = machine(
        states="""
            A: {initial: true, says: x}
            B: {says: x}
            Z: {final: true, says: x}
        """,
        variables="out: set of list of string\nback: set of list of string",
        events="""
            take: {says: x, context: {id: string, n: string}, elsewhere: undefined, effect: {out: 'out + [.id, .n]'}}
            give: {says: x, context: {id: string, n: string}, elsewhere: undefined, effect: {out: 'out - [.id, .n]', back: 'back + [.id, .n]'}}
            go: {says: x, context: empty, elsewhere: undefined}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: [take, give], from: A, stays: true}
            - {on: go, from: A, when: size(back) == 2 and size(out) == 1, to: B}
            - {on: end, from: [A, B], to: Z}
        """,
        rules=rule("take/new", "take", "not [.id, .n] in out and not [.id, .n] in back")
        + rule("give/there", "give", "[.id, .n] in out"),
        properties="- {id: c, always: 'state != \"B\"', says: C.}",
    )
    outcome = decided(specification, limit=50)
    assert outcome.verdict == REFUTED
    assert sorted(names(outcome)) == ["give"] * 2 + ["go"] + ["take"] * 3

"""What only claims ask of keys is tried at the last event of a run, and on the way where needed."""

import pytest

from flux_conform.language.specification import Specification
from flux_conform.prove.claims import counterexample
from flux_conform.prove.outcomes import PROVED, REFUTED
from flux_conform.prove.prover import Prover
from prove.machines import machine, outcomes, rule

STATES = "A: {initial: true, says: x}\nB: {says: x}"
EVENTS = """
    set: {says: x, context: {n: integer}, elsewhere: stays, effect: {x: .n}}
    also: {says: x, context: {n: integer}, elsewhere: stays, effect: {y: .n}}
    go: {says: x, context: {m: integer}, elsewhere: stays, effect: {x: EFFECT}}
"""


def numbered(claim: str, effect: str = "x", asked: str = "x != 2") -> Specification:
    """A machine with two numbers, of which go changes one; a note asks for one number."""
    return machine(
        states=STATES,
        variables="x: optional integer\ny: optional integer",
        events=EVENTS.replace("EFFECT", effect),
        transitions="- {on: set, from: A, stays: true}",
        rules=rule("telling", "go", f"not has(x) or {asked}", "note"),
        properties="- {id: c, says: C., " + claim + "}",
    )


def configurations(specification: Specification) -> int:
    """How many a proof explores at first."""
    prover = Prover(specification, specification.today.name)
    return len(prover.search(prover.strictest).configurations)


def test_what_a_claim_asks_of_a_key_makes_no_configurations():
    keeping = "on: set, then: x == old(.n)"
    asked = "on: set, when: '.n in [3, 5, 7, 11]', then: x == old(.n)"
    assert configurations(numbered(asked)) == configurations(numbered(keeping))


def test_what_a_claim_asks_of_a_variable_is_explored():
    """A number of its own, and none that is not asked for, so that both can be told."""
    places = "always: not has(x) or x != 7"
    assert configurations(numbered(places)) > configurations(numbered("on: go, keeps: [state]"))
    assert outcomes(numbered(places))["c"].verdict == REFUTED


@pytest.mark.parametrize(
    ("claim", "effect", "verdict"),
    [
        # The key of the last event tells.
        ("on: go, when: .m == 41, never: has(x)", "x", REFUTED),
        ("on: go, then: x != 41", ".m", REFUTED),
        ("on: go, then: x == old(.m)", "if .m == 41 then 0 else .m", REFUTED),
        ("on: go, then: x == old(.m)", ".m", PROVED),
        # What an event before it gave must differ from what this one leaves.
        ("on: go, keeps: [x]", "y", REFUTED),
        ("on: go, keeps: [x]", "x", PROVED),
        # An event before it must have given the number that the claim asks of a key.
        ("on: set, when: has(x) and .n == 41, never: .n == x", "x", REFUTED),
        ("on: set, when: has(x) and .n > 40, never: .n == x", "x", REFUTED),
        ("on: set, when: has(x) and .n == 41, then: old(x) != old(.n)", "x", REFUTED),
    ],
)
def test_a_claim_is_decided_wherever_the_telling_event_is(claim, effect, verdict):
    outcome = outcomes(numbered(claim, effect))["c"]
    assert outcome.verdict == verdict
    assert (outcome.counterexample is not None) == (verdict == REFUTED)


def test_what_is_kept_has_two_values_from_the_start():
    """The first search finds the log, though nothing is compared with any number."""
    specification = numbered("on: go, when: has(x) and has(y), keeps: [x]", "y", "seen(also)")
    (claim,) = specification.properties
    prover = Prover(specification, specification.today.name)
    run = counterexample(prover, claim)
    assert run is not None
    assert sorted(event.name for event in run.events) == ["also", "go", "set"]


def test_what_a_claim_asks_of_any_event_makes_no_step_read_more():
    """A step is taken once for all configurations that agree in what the machine reads."""

    def read(event: str) -> set[tuple[str, ...]]:
        specification = numbered(f"on: {event}, when: has(x), never: 'state == \"B\"'")
        search = Prover(specification, specification.today.name).search("nothing")
        fields = search.space.fields
        return {(step.name, *(fields[place] for place in step.places)) for step in search.steps}

    assert any("x" not in parts for parts in read("any"))
    assert read("any") == read("go")

"""What the proofs cannot speak of is any value to them; the rest is proved all the same."""

import json

import pytest

from flux_conform.language.compiled import encode
from flux_conform.language.specification import Specification
from flux_conform.machine.symbolic import components
from flux_conform.prove import prove
from flux_conform.prove.certificate import dumps
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Outcome
from flux_conform.prove.report import json_text, text
from flux_conform.verify import verify
from prove.machines import machine, outcomes

STATES = """
    A: {initial: true, says: x}
    B: {says: x}
    Z: {final: true, says: x}
"""


def mixed(*claims: str, to: str = "B") -> Specification:
    """A guard and an effect that ask for a value of any type."""
    return machine(
        states=STATES,
        variables="n: integer 0..9",
        events="""
            go:
              says: x
              context: {what: any, n: integer 0..5}
              elsewhere: undefined
              effect: {n: 'if .what == "more" then .n else n'}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions=f"- {{on: go, from: A, when: '.what != \"less\"', to: {to}}}\n"
        "- {on: end, from: B, to: Z}",
        properties="".join(
            f"- {{id: c{n}, {claim}, says: C.}}\n" for n, claim in enumerate(claims)
        ),
    )


def decided(claim: str, **change: str) -> Outcome:
    return outcomes(mixed(claim, **change), certified=True)["c0"]


@pytest.mark.parametrize(
    "claim",
    [
        'on: end, never: state == "A"',  # the state is known, whatever .what is
        "always: n <= 9",  # a free value is one of the variable's type
        'recoverable: state == "Z"',
        "disjoint: each pair",
        'on: go, then: state == "B"',
    ],
)
def test_what_does_not_hang_on_a_free_value_is_proved(claim):
    outcome = decided(claim)
    assert (outcome.verdict, outcome.because) == (PROVED, ())


def test_a_proof_with_free_values_has_no_certificate_and_says_why():
    """A verifier would have to take on trust that any value may stand there."""
    outcome = decided('on: end, never: state == "A"')
    assert outcome.certificate is None
    assert outcome.detail[-1] == (
        'no certificate: .what != "less" is any value in this proof: go.what is any'
    )


def test_a_claim_that_only_a_free_value_breaks_is_not_decided():
    """The proofs do not know that == and != exclude each other there, and no log refutes it."""
    outcome = decided('on: go, never: .what == "less"')
    assert (outcome.verdict, outcome.counterexample) == (UNKNOWN, None)
    assert '.what != "less" is any value to the proofs: go.what is any' in outcome.because


def test_text_and_json_say_why_a_claim_is_not_decided():
    proofs = prove(mixed('on: go, never: .what == "less"'))
    why = '.what != "less" is any value to the proofs: go.what is any'
    assert f"not decided because {why}" in text(proofs)
    (claim,) = json.loads(json_text(proofs))["properties"]
    assert (claim["verdict"], why in claim["because"]) == ("unknown", True)


def test_what_is_false_is_refuted_by_a_log_as_ever():
    outcome = outcomes(mixed("on: go, never: .n == 3"))["c0"]
    assert outcome.verdict == REFUTED
    assert json.loads(outcome.counterexample.events[-1].line)["context"]["n"] == 3


def test_one_expression_is_one_value_at_one_event():
    """Two guards that exclude each other do so whatever the value is."""
    specification = machine(
        states=STATES,
        events="go: {says: x, context: {what: any}, elsewhere: undefined}",
        transitions="""
            - {on: go, from: A, when: .what == "b", to: B}
            - {on: go, from: A, when: not .what == "b", to: Z}
        """,
        properties="- {id: apart, disjoint: each pair, says: C.}",
    )
    assert outcomes(specification)["apart"].verdict == PROVED


def test_one_expression_may_be_another_value_after_an_event():
    specification = machine(
        states=STATES,
        variables="last: optional number",
        events="go: {says: x, context: {what: number}, elsewhere: stays, effect: {last: .what}}",
        transitions="- {on: go, from: B, to: Z}",
        properties="- {id: same, on: go, then: 'last == 1 implies old(last == 1)', says: C.}",
    )
    assert outcomes(specification)["same"].verdict != PROVED


def test_null_is_none_where_any_value_may_stand():
    """That no key of the type any equals none is false: null does."""
    specification = machine(
        states=STATES,
        events="go: {says: x, context: {what: any}, elsewhere: stays}",
        transitions="- {on: go, from: B, to: Z}",
        properties="- {id: some, on: go, never: .what == none, says: C.}",
    )
    outcome = outcomes(specification, certified=True)["some"]
    assert outcome.verdict == UNKNOWN
    assert ".what == none is any value to the proofs: go.what is any" in outcome.because


COLLECTIONS = """
    swap: {says: x, context: {old: string, new: string}, elsewhere: stays, effect: {held: held - .old + .new}}
    add: {says: x, context: {new: string}, elsewhere: stays, effect: {other: other + .new}}
    take: {says: x, context: {new: string}, elsewhere: stays, effect: {other: other - .new}}
    go: {says: x, context: empty, elsewhere: undefined}
    end: {says: x, context: empty, elsewhere: undefined}
"""


def swapping(claim: str) -> Outcome:
    """An event that bears two members, which the counts of classes cannot follow."""
    specification = machine(
        states=STATES,
        variables="held: set of string\nother: set of string",
        events=COLLECTIONS,
        transitions="""
            - {on: go, from: A, when: size(held) < 2, to: B}
            - {on: end, from: B, when: empty(other), to: Z}
        """,
        properties=f"- {{id: c, {claim}, says: C.}}",
    )
    return outcomes(specification)["c"]


@pytest.mark.parametrize(
    "claim",
    [
        'on: end, never: state == "A"',
        "on: end, never: not empty(other)",
        "on: add, then: not empty(other)",
        "on: swap, keeps: [other, state]",
    ],
)
def test_collections_that_cannot_be_counted_leave_the_others_as_they_are(claim):
    assert swapping(claim).verdict == PROVED


def test_nothing_is_known_of_a_collection_that_cannot_be_counted():
    outcome = swapping("always: size(held) <= 5")
    assert outcome.verdict == UNKNOWN
    why = "is any value to the proofs: the event swap bears several descriptions: .new, .old"
    assert f"held {why}" in outcome.because


def test_the_verifier_knows_null_too(monkeypatch):
    """A prover that takes no value of the type any for none is refused."""
    specification = machine(
        states=STATES,
        events="go: {says: x, context: {what: any}, elsewhere: stays}",
        transitions="- {on: go, from: B, to: Z}",
        properties="- {id: some, on: go, never: .what == none, says: C.}",
    )
    monkeypatch.setattr(components.t, "accepts", lambda of, value: value is not None)
    outcome = outcomes(specification, certified=True)["some"]
    assert outcome.verdict == PROVED
    (result,) = verify(json.loads(dumps([outcome.certificate])), encode(specification))
    assert not result.verified

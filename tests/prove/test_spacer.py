"""Where our lemmas do not suffice Spacer's do, once they are proved like any others."""

import json

import pytest

from flux_conform.language.compiled import encode
from flux_conform.language.specification import Specification
from flux_conform.prove import prove, spacer
from flux_conform.prove.certificate import dumps
from flux_conform.prove.lemmas import Atom, Formula, Lemma, Literal
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN
from flux_conform.verify import verify
from prove.machines import by_id, machine, outcomes, rule

# n and m grow together, and m stays below 11. That n does follows only from n <= m, of which
# neither the model nor the claim speaks.


def counters(claim: str, end: str = "n >= 0") -> Specification:
    return machine(
        states="""
            A: {initial: true, says: x}
            Z: {final: true, says: x}
        """,
        variables="""
            n: integer
            m: integer
        """,
        events="""
            both: {says: x, context: empty, elsewhere: stays, effect: {n: n + 1, m: m + 1}}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions=f"- {{on: end, from: A, when: {end}, to: Z}}",
        rules=rule("both/less", "both", "m < 10"),
        properties=f"- {{id: c, {claim}, assuming: MUST, says: C.}}",
    )


CLAIMS = ["always: n <= 10", "on: both, then: n <= 10", "on: both, never: n >= 10"]


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_that_needs_a_lemma_of_another_shape_is_proved(claim):
    specification = counters(claim)
    outcome = outcomes(specification, certified=True)["c"]
    assert outcome.verdict == PROVED
    assert outcome.uses == ("rfc99/both/less",)
    (result,) = verify(json.loads(dumps([outcome.certificate])), encode(specification))
    assert (result.problem, result.verified) == (None, True)


@pytest.mark.parametrize("claim", ["reachable: each state", "taken: each transition"])
def test_that_no_run_takes_a_transition_is_proved(claim):
    """So the claim that it is taken is refuted, and the certificate says why."""
    specification = counters(claim, end="n > 10")
    outcome = outcomes(specification, certified=True)["c"]
    assert outcome.verdict == REFUTED
    (result,) = verify(json.loads(dumps([outcome.certificate])), encode(specification))
    assert (result.problem, result.verified) == (None, True)


@pytest.mark.parametrize("claim", CLAIMS)
def test_without_spacer_nobody_knows(claim, monkeypatch):
    monkeypatch.setattr(spacer, "lemmas", lambda *_: [])
    assert by_id(prove(counters(claim), depth=3))["c"].verdict == UNKNOWN


def test_what_is_false_is_refuted_by_a_log():
    outcome = outcomes(counters("always: n <= 9"))["c"]
    assert outcome.verdict == REFUTED
    assert [event.name for event in outcome.counterexample.events] == ["both"] * 10


def test_a_lemma_is_not_believed_but_proved(monkeypatch):
    """Spacer may be wrong: what it says of n and m must be kept by each event."""

    def lying(machine, bad):
        n = machine.components["n"].before
        return [Lemma((Literal(Atom("n is small", Formula(n <= 3)), True),))]

    monkeypatch.setattr(spacer, "lemmas", lying)
    assert by_id(prove(counters("always: n <= 10"), depth=3))["c"].verdict == UNKNOWN

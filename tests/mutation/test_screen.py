"""The screen finds what the whole proof finds, in runs of the specification itself."""

import pytest

from flux_conform.language.specification import Specification
from flux_conform.mutation.mutants import REPORT, Mutant, mutants
from flux_conform.mutation.screen import Screen
from flux_conform.prove import prove
from flux_conform.prove.outcomes import PROVED, REFUTED
from flux_conform.prove.prover import Prover
from toys import load_toy, turnstile

STATES = ("states:\n", "states:\n  Broken: {final: true}\n")
FINDINGS = (
    "findings:\n",
    """findings:
  captive: {id: rfc9999/broken/captive, level: MUST, says: Nothing comes once it is broken.}
""",
)
EVENTS = ("events:\n", "events:\n  kick: {by: visitor, context: empty, elsewhere: undefined}\n")
ROWS = ("transitions:\n", "transitions:\n  - {on: kick, from: Unlocked, to: Broken}\n")
FIELD = ("report:\n", "report:\n  loss: if coins > 2 then coins else none\n")
CLAIMS = (
    "properties:\n",
    """properties:
  - {id: push-is-accepted, on: push, accepts: [Unlocked], says: Whoever has paid may pass.}
  - {id: coin-unlocks, on: coin, then: state == "Unlocked", says: A coin unlocks.}
  - {id: unpaid-push, on: push, never: state == "Locked", says: Nobody passes without a coin.}
  - {id: small-loss, reports: not has(loss), says: No more than one coin is lost.}
""",
)


def screen_of(machine: Specification) -> Screen:
    verdicts = {each.id: each.verdict for each in prove(machine, quick=True).outcomes}
    kinds = ("always", "then", "never", "keeps", "accepts", "reports")
    proved = [
        claim
        for claim in machine.properties
        if claim.kind in kinds and verdicts[claim.id] == PROVED
    ]
    return Screen(Prover(machine, machine.today.name), proved)


def found(machine: Specification) -> dict[Mutant, str]:
    screen = screen_of(machine)
    return {m: by for m in mutants(machine) if (by := screen.noticed(m))}


@pytest.fixture(scope="module")
def machine() -> Specification:
    return load_toy(turnstile(STATES, FINDINGS, EVENTS, ROWS, FIELD, CLAIMS))


def test_a_claim_that_the_screen_names_is_refuted_by_the_proof(machine: Specification) -> None:
    noticed = found(machine)
    assert len(noticed) > 10
    for mutant, by in noticed.items():
        (outcome,) = prove(mutant.specification, properties=[by], quick=True).outcomes
        assert outcome.verdict == REFUTED, mutant.id


def test_claims_of_the_report_speak_of_the_report_of_the_mutant(machine: Specification) -> None:
    noticed = {m.says: by for m, by in found(machine).items() if m.operator == REPORT}
    assert noticed["coins"] == "small-loss"
    assert "none" not in noticed


def test_the_specification_itself_is_not_noticed(machine: Specification) -> None:
    """What changes nothing refutes nothing, at any event."""
    screen = screen_of(machine)
    assert screen.noticed(Mutant("nothing", "", "", machine, None)) == ""

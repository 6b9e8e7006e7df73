"""Claims of what is reported at the end of a log."""

import json

import pytest

from flux_conform.language.compiled import decode, encode
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.specification import Specification
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.prove.encoded import differences
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Outcome
from flux_conform.verify import verify
from prove.machines import machine, names

EVENTS = """
    mild.*: {says: x, context: any, elsewhere: stays}
    error: {says: x, context: {grade: integer 0..7}, elsewhere: stays, effect: {worst: "if has(worst) then worst else .grade", grade: .grade}}
    note: {says: x, context: object, elsewhere: stays, effect: {notes: "update(notes, .)"}}
    go: {says: x, context: empty, elsewhere: undefined}
    end: {says: x, context: empty, elsewhere: undefined}
"""
REPORT = """
    t_end: entered(Z)
    t_error: first(error)
    first_worst: worst
    result: "if not has(worst) then 'good' else if worst == 0 then 'fatal' else 'bad'"
    is_good: result == "good"
    grade: if has(grade) then grade + 1 else 0
    later: grade
    notes: notes
""".replace("'", '\\"')
NEXT = "\n  "


def ended(claim: str, events: str = EVENTS, final: str = "{final: true, says: x}") -> Specification:
    """A machine with one claim."""
    return machine(
        states=f"A: {{initial: true, says: x}}\nB: {{says: x}}\nZ: {final}",
        variables="""
            worst: optional integer 0..7
            grade: optional integer 0..7
            notes: object
        """,
        events=events,
        transitions="- {on: go, from: A, to: B}\n- {on: end, from: B, to: Z}",
        report=REPORT,
        properties=f"- id: p{NEXT}says: x{NEXT}{claim.replace('; ', NEXT)}",
    )


def outcome(claim: str, events: str = EVENTS) -> Outcome:
    (found,) = prove(ended(claim, events), certified=True).outcomes
    return found


@pytest.mark.parametrize(
    "claim",
    [
        "reports: result in [\"good\", \"bad\", \"fatal\"]",
        "reports: result == \"fatal\"; when: worst == 0",
        "reports: result == \"good\"; when: not seen(error)",
        "reports: is_good == (result == \"good\")",
        "reports: has(t_end) and has(entered(B))",
        "reports: has(t_error) == has(first_worst)",
        "reports: grade >= 1; when: seen(error)",
        "reports: is_good == (not has(first_worst)); assuming: nothing",
    ],
)  # fmt: skip
def test_what_is_reported_is_proved_and_its_certificate_verified(claim: str) -> None:
    found = outcome(claim)
    assert found.verdict == PROVED
    assert found.certificate is not None
    specification = ended(claim)
    file = json.loads(json.dumps(document([found.certificate])))
    model = json.loads(json.dumps(encode(specification)))
    (result,) = verify(file, model)
    assert result.verified, result.line
    assert differences(specification, file) == {}
    assert decode(model) == specification


@pytest.mark.parametrize(
    ("claim", "log"),
    [
        ("reports: is_good", ["error", "go", "end"]),
        ("reports: result == \"bad\"; when: has(worst)", ["error", "go", "end"]),
        ("reports: not is_good", ["go", "end"]),
        ("reports: has(t_error)", ["go", "end"]),
    ],
)  # fmt: skip
def test_what_is_not_reported_is_refuted_by_a_log_that_ended(claim: str, log: list[str]) -> None:
    found = outcome(claim)
    assert found.verdict == REFUTED
    assert sorted(names(found)) == sorted(log)


def test_the_last_error_reported_instead_of_the_first_is_noticed() -> None:
    """The mistake that `reports` and `keeps` are there for."""
    claim = "reports: first_worst == 0; when: worst == 0"
    assert outcome(claim).is_right
    kept = "on: error; when: has(worst); keeps: worst"
    assert outcome(kept).is_right
    slip = EVENTS.replace("if has(worst) then worst else .grade", ".grade")
    assert outcome(kept, slip).verdict == REFUTED


def test_a_field_with_a_variables_name_is_what_is_reported() -> None:
    assert outcome("reports: grade != 0; when: seen(error)").verdict == PROVED
    # In the report itself it is the variable.
    assert outcome("reports: later < grade; when: seen(error)").verdict == PROVED


def test_a_claim_of_logs_that_never_end_so_is_vacuous() -> None:
    found = outcome("reports: is_good; when: seen(error) and not has(worst) and is_good")
    assert (found.verdict, found.vacuous, found.is_right) == (PROVED, True, False)


def test_what_proofs_do_not_look_into_is_unknown_and_says_why() -> None:
    found = outcome("reports: empty(notes)")
    assert found.verdict == UNKNOWN
    assert any("notes" in why for why in found.because)


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("reports: results == 1", 'unknown variable "results"'),
        ("reports: result == 1", "can never equal"),
        ("reports: t_end > 0", r"entered\(Z\) is a time"),
        ("reports: is_good; when: first(error) == none", r"first\(error\) is a time"),
        ("reports: is_good; when: last(error) == none", r"last\(error\) is a time"),
        ("reports: has(first(mild.*))", "is a time"),
        ("reports: has(entered(A))", "is a time"),
        ("reports: has(first(eror))", 'unknown event "eror"'),
        ("on: end; reports: is_good", "does not speak of one event"),
        ("reports: result", "what is claimed is boolean"),
    ],
)
def test_a_mistake_is_told_at_its_place(claim: str, message: str) -> None:
    with pytest.raises(SpecificationFaults, match=message) as raised:
        ended(claim)
    assert raised.value.faults[0].line > 1


def test_a_machine_without_an_end_reports_nothing() -> None:
    with pytest.raises(SpecificationFaults, match="there is no final state"):
        ended("reports: is_good", final="{says: x}")

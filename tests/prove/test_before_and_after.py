"""Claims that compare what is after an event with what was before it: `keeps`, and `old`."""

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

STATES = """
    A: {initial: true, says: x}
    B: {says: x}
    Z: {final: true, says: x}
"""
EVENTS = """
    add: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held + .what, ever: "true"}}
    drop: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held - .what}}
    set: {says: x, context: {k: integer}, elsewhere: stays, effect: {last: .k, count: count + 1}}
    memo: {says: x, context: object, elsewhere: stays, effect: {notes: "update(notes, .)"}}
    mild: {says: x, context: {grade: integer 0..7}, elsewhere: stays, effect: {first: "if has(first) then first else {grade: .grade}"}}
    go: {says: x, context: empty, elsewhere: silent}
"""
VARIABLES = """
    held: set of string
    ever: boolean
    last: optional integer
    count: integer
    notes: object
    first: "optional {grade: integer 0..7}"
"""
ROWS = """
    - {on: go, from: A, to: B}
    - {on: go, from: B, when: ever, to: Z}
"""
NEXT = "\n  "
"""Between the keys of a claim."""


def shelf(claim: str, events: str = EVENTS) -> Specification:
    """A machine with one claim."""
    return machine(
        states=STATES,
        variables=VARIABLES.replace("first:", "one:"),
        events=events.replace("first", "one"),
        transitions=ROWS,
        properties=f"- id: p\n  says: x\n  {claim.replace('; ', NEXT)}",
    )


def outcome(claim: str, events: str = EVENTS) -> Outcome:
    (found,) = prove(shelf(claim, events), certified=True).outcomes
    return found


@pytest.mark.parametrize(
    "claim",
    [
        "on: add; keeps: [state, last, count, notes, one]",
        "on: add; when: .what in held; keeps: held",
        "on: any; when: event != \"go\"; keeps: state",
        "on: any; when: not (event in [\"add\", \"drop\"]); keeps: held",
        "on: mild; when: has(one); keeps: one",
        "on: set; then: last == old(.k) and count == old(count) + 1",
        "on: add; then: held == old(held + .what)",
        "on: add; then: held == old(held) + old(.what)",
        "on: add; then: old(.what) in held",
        "on: drop; then: not (old(.what) in held)",
        "on: add; then: '[old(.what)] <= held'",
        "on: add; then: old([.what]) <= held",
        "on: drop; then: (old(\"x\") in held) implies \"x\" in old(held)",
        "on: add; then: size(held) - old(size(held)) in [0, 1]",
        "on: any; then: ever or not old(ever)",
        "on: go; then: old(state) == \"A\" implies state == \"B\"",
    ],
)  # fmt: skip
def test_what_holds_is_proved_and_its_certificate_verified(claim: str) -> None:
    found = outcome(claim)
    assert found.verdict == PROVED
    assert found.certificate is not None
    specification = shelf(claim)
    file = json.loads(json.dumps(document([found.certificate])))
    model = json.loads(json.dumps(encode(specification)))
    (result,) = verify(file, model)
    assert result.verified, result.line
    assert differences(specification, file) == {}
    assert decode(model) == specification


@pytest.mark.parametrize(
    ("claim", "log"),
    [
        ("on: add; keeps: held", ["add"]),
        ("on: any; keeps: state", ["go"]),
        ("on: set; keeps: [held, last]", ["set"]),
        ("on: mild; keeps: one", ["mild"]),
        ("on: set; then: last != old(.k)", ["set"]),
        ("on: drop; then: size(held) == old(size(held)) - 1", ["drop"]),
        ("on: go; then: state == old(state)", ["go"]),
        ('on: add; then: old("x") in held', ["add"]),
        ('on: add; then: held == old(held) + old("x")', ["add"]),
        ('on: drop; then: not (old("x") in held)', ["add", "drop"]),
        ('on: add; then: old(["x"]) <= held', ["add"]),
    ],
)
def test_what_does_not_hold_is_refuted_by_a_shortest_log(claim: str, log: list[str]) -> None:
    found = outcome(claim)
    assert found.verdict == REFUTED
    assert names(found) == log


@pytest.mark.parametrize(
    ("claim", "log"),
    [
        ('on: add; when: .what == "x"; then: size(held) >= old(size(held))', ["add"]),
        ("on: go; when: seen(drop); keeps: held", ["drop", "go"]),
        ("on: go; when: visited(B); keeps: held", ["add", "go", "go"]),
        ("on: go; when: last == 7; keeps: held", ["set", "go"]),
        ("on: mild; when: size(held) > 0; keeps: count", ["add", "mild"]),
    ],
)
def test_the_premise_may_ask_what_no_step_asks(claim: str, log: list[str]) -> None:
    """What only this claim reads is known to a slice of its own, which finds the premise."""
    found = outcome(claim)
    assert (found.verdict, found.vacuous) == (PROVED, False)
    assert found.premise is not None
    assert sorted(event.name for event in found.premise.events) == sorted(log)


def test_a_premise_that_asks_what_no_step_asks_may_be_impossible() -> None:
    found = outcome("on: go; when: count < 0; keeps: held")
    assert (found.verdict, found.vacuous) == (PROVED, True)


def test_a_list_that_is_written_out_is_the_same_before_and_after() -> None:
    assert outcome('on: set; then: old(["x"]) <= ["x", "y"]').verdict == PROVED


def test_an_effect_too_many_is_noticed() -> None:
    """The mistake that `keeps` is there for."""
    claim = "on: mild; keeps: [held, ever]"
    assert outcome(claim).verdict == PROVED
    slip = EVENTS.replace("effect: {first:", 'effect: {ever: "true", first:')
    assert outcome(claim, slip).verdict == REFUTED


def test_the_value_of_an_object_is_unknown_and_no_other_claim_suffers() -> None:
    found = outcome("on: any; keeps: notes")
    assert found.verdict == UNKNOWN
    assert any("objects" in why for why in found.because)


def test_a_claim_of_an_event_that_never_comes_so_is_vacuous() -> None:
    found = outcome("on: go; when: state == \"Z\"; keeps: state")  # fmt: skip
    assert (found.verdict, found.vacuous, found.is_right) == (PROVED, True, False)


def test_a_claim_that_reads_what_decides_no_step_leaves_other_proofs_as_they_are() -> None:
    """It has a system of its own, which names what is in it besides."""
    both = "on: add; then: ever\n- id: q; says: x; on: add; keeps: [last]"
    first, second = prove(shelf(both), certified=True).outcomes
    assert first.certificate is not None
    assert second.certificate is not None
    ((name, system),), ((other, more),) = first.certificate.systems, second.certificate.systems
    assert (name != other, "also" in system, more["also"]) == (True, False, ["last"])
    parts = [[item["name"] for item in each["components"]] for each in (system, more)]
    assert "last" not in parts[0]
    assert "last" in parts[1]


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("on: add; keeps: hold", 'unknown variable "hold"'),
        ("keeps: held", '"keeps" speaks of one event'),
        ("on: add; then: held == .what", "whose key .what could be"),
        ("on: add; then: old(old(ever))", "alone, once"),
        ("on: add; never: old(ever)", "alone, once"),
        ("always: old(ever)", "alone, once"),
        ("on: add; then: old(.which) == last", 'unknown key "which"'),
        ("on: any; then: old(.what) == last", "whose key .what could be"),
        ("on: add; then: old(ever, ever)", "takes 1 argument"),
    ],
)
def test_a_mistake_is_told_at_its_place(claim: str, message: str) -> None:
    with pytest.raises(SpecificationFaults, match=message.replace("(", r"\(")) as raised:
        shelf(claim)
    assert raised.value.faults[0].line > 1


def test_a_forged_certificate_is_refused() -> None:
    """Of other values after the event, of no event, and of a claim of one time alone."""
    claim = "on: set; then: count == old(count) + 1"
    specification = shelf(claim)
    (found,) = prove(specification, certified=True).outcomes
    assert found.certificate is not None
    file = json.loads(json.dumps(document([found.certificate])))
    model = json.loads(json.dumps(encode(specification)))
    (shows,) = file["properties"][0]["arguments"][0]["shows"]
    genuine = dict(shows)

    def refused() -> bool:
        (result,) = verify(file, model)
        return not result.verified or differences(specification, file) != {}

    assert not refused()
    for forged in (
        {"claim": "true"},
        {"claim": "(= |count| (+ |count| 1))"},
        {"kind": "then"},
        {"kind": "never"},
        {"event": "go"},
        {"when": "false"},
    ):
        shows.update(forged)
        assert refused(), forged
        shows.update(genuine)
    file["properties"][0]["arguments"][0]["shows"] = []
    assert refused()

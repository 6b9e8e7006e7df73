"""Defaults, narrowed values and divisors that are positive by their type, in proofs and their verifier."""

import json

import pytest

from flux_conform.language.compiled import decode, encode
from flux_conform.language.specification import Specification
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.prove.outcomes import PROVED, REFUTED, Outcome
from flux_conform.verify import verify
from prove.machines import machine, names, rule

EVENTS = """
    set: {says: x, context: {k: optional integer 0..9, sure: optional boolean}, elsewhere: stays,
      effect: {last: .k else 0, held: if has(.k) then .k + 1 else held,
        sure: if has(.sure) then .sure else sure}}
    part: {says: x, context: {n: integer 1..4}, elsewhere: stays,
      effect: {share: 12 / .n, rest: 13 % .n, by: .n}}
    name: {says: x, context: {what: optional string}, elsewhere: stays,
      effect: {names: if has(.what) then names + .what else names}}
    go: {says: x, context: empty, elsewhere: silent}
"""
VARIABLES = """
    last: integer 0..9
    held: integer 0..10
    sure: boolean
    share: integer 0..12
    rest: integer 0..3
    by: integer 0..4
    names: set of string
"""


def till(claim: str) -> Specification:
    return machine(
        states="""
            A: {initial: true, says: x}
            Z: {final: true, says: x}
        """,
        variables=VARIABLES,
        events=EVENTS,
        transitions="- {on: go, from: A, when: sure and last > 8, to: Z}",
        rules=rule("set/sure", "set", "has(.sure) implies .sure or (.k else 0) == 0"),
        properties=f"- id: p\n  says: x\n  {claim.replace('; ', chr(10) + '  ')}",
    )


def outcome(claim: str) -> Outcome:
    (found,) = prove(till(claim), certified=True).outcomes
    return found


@pytest.mark.parametrize(
    "claim",
    [
        "always: last <= 9 and last >= 0",
        "always: held <= 10",
        "always: share in [0, 12, 6, 4, 3]",
        "always: rest <= 1",
        "on: part; then: share * 1 == old(12 / .n)",
        "on: set; then: last == old(.k else 0)",
        "on: set; when: .k else 5 > 5; then: last > 5",
        "on: set; when: not has(.k); keeps: [held, names]",
        "on: set; never: has(.sure) and not .sure and .k else 0 > 0",
        "on: name; when: not has(.what); keeps: names",
    ],
)
def test_what_holds_is_proved_and_its_certificate_verified(claim: str) -> None:
    found = outcome(claim)
    assert found.verdict == PROVED, found.summary
    assert found.certificate is not None
    model = json.loads(json.dumps(encode(till(claim))))
    file = json.loads(json.dumps(document([found.certificate])))
    (result,) = verify(file, model)
    assert result.verified, result.line
    assert decode(model) == till(claim)


@pytest.mark.parametrize(
    ("claim", "log"),
    [
        ("always: last <= 8", ["set"]),
        ("always: share < 12", ["part"]),
        ("always: rest == 0", ["part"]),
        ("on: set; keeps: last", ["set"]),
        ("on: name; keeps: names", ["name"]),
        ("always: not sure", ["set"]),
    ],
)
def test_what_does_not_hold_is_refuted_by_a_shortest_log(claim: str, log: list[str]) -> None:
    found = outcome(claim)
    assert found.verdict == REFUTED
    assert names(found) == log


STARTS = """
    tries: {type: integer 0..3, start: 3}
    mood: {type: '"glad" | "sad"', start: glad}
    note: {type: optional string, start: none yet}
    open: {type: boolean, start: true}
"""


def gate(claim: str) -> Specification:
    return machine(
        states="""
            A: {initial: true, says: x}
            Z: {final: true, says: x}
        """,
        variables=STARTS,
        events="""
            try: {says: x, context: {what: optional string}, elsewhere: stays,
              effect: {tries: if tries > 0 then tries - 1 else 0, note: .what,
                mood: 'if tries == 1 then "sad" else mood'}}
            go: {says: x, context: empty, elsewhere: stays, effect: {open: "false"}}
        """,
        transitions="""
            - {on: go, from: A, when: tries > 0, to: Z}
            - {on: go, from: A, when: else, undefined: true}
        """,
        properties=f"- id: p\n  says: x\n  {claim.replace('; ', chr(10) + '  ')}",
    )


@pytest.mark.parametrize(
    "claim",
    [
        "always: tries <= 3 and tries >= 0",
        'always: (tries == 0) == (mood == "sad")',
        'always: not seen(try) implies note == "none yet" and tries == 3',
        "always: open or seen(go)",
        "disjoint: each pair",
        'always: state == "Z" implies tries > 0 or seen(try)',
    ],
)
def test_where_variables_start_is_known_to_proofs_and_to_their_verifier(claim: str) -> None:
    (found,) = prove(gate(claim), certified=True).outcomes
    assert found.verdict == PROVED, found.summary
    assert found.certificate is not None
    file = json.loads(json.dumps(document([found.certificate])))
    model = json.loads(json.dumps(encode(gate(claim))))
    (result,) = verify(file, model)
    assert result.verified, result.line
    model["variables"][0]["start"] = 2
    (result,) = verify(file, model)
    assert not result.verified or "tries" not in claim


def test_a_claim_of_another_start_is_refuted() -> None:
    (found,) = prove(gate("always: tries < 3")).outcomes
    assert found.verdict == REFUTED
    assert names(found) == []

"""Claims that ask for times are decided as logs of a second, plain reading show them."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product

import pytest
from hypothesis import strategies as st

from flux_conform.prove import prove
from flux_conform.prove.outcomes import PROVED, REFUTED
from plain.drawn import LARGE, Parts, Writer
from plain.expressions import Here
from plain.machine import SILENT, UNDEFINED, Claim, Machine, Place, faulty, initial, step
from plain.machines_at_random import at_random
from plain.runs import letters
from plain.test_time import timed, timed_machines
from plain.writing import text
from prove.machines import loaded

TINY = Fraction(1, 10**9)
GAPS = [
    Fraction(each)
    for each in ("0", "0.5", "1", "1.5", "2", "60", "60.5", "-1")
] + [Fraction(1) + TINY, Fraction(2) - TINY, Fraction(60) + TINY]  # fmt: skip
MOST = 3_000
"""Maximum number of logs that are tried against a claim that is proved."""


@st.composite
def claimed(draw: st.DrawFn) -> Machine:
    """A machine with policies, and a claim that asks for times."""
    machine = draw(timed_machines())
    names = tuple(name for name in machine.events if name != "unlisted")
    parts = Parts(
        names, machine.states, machine.virtual, machine.variables, draw(st.sampled_from(LARGE))
    )
    event = draw(st.sampled_from(names))
    when = Writer(draw, parts).condition(0) if draw(st.integers(0, 2)) == 0 else None
    assuming = draw(st.sampled_from(["policy", "policy", "implied", "MUST"]))
    claim = Claim("t", "never", event, when, timed(draw, parts, depth=1), assuming)
    return replace(machine, claims=(claim,))


def is_taken(machine: Machine, before: Place, name: str, context: object, time: Fraction) -> bool:
    """Whether an event is a step of the runs that the claim is about."""
    levels = ["MUST", "SHOULD", "implied", "policy"]
    (claim,) = machine.claims
    assumed = levels[: levels.index(claim.assuming) + 1]
    did = step(machine, before, name, context, time)  # type: ignore[arg-type]
    of_today = did.after.generation == machine.today
    took = did.row is not None or did.outcome not in (UNDEFINED, "captive", "removed")
    took = took and did.outcome not in (UNDEFINED, "captive", "removed")
    took = took and (claim.silent or did.outcome != SILENT)
    return of_today and took and not any(machine.level(rule) in assumed for rule in did.breaks)


def refutes(machine: Machine, log: list[tuple[str, object, Fraction]]) -> bool:
    """Whether a log is a run, and the claim does not hold before its last event."""
    (claim,) = machine.claims
    place = initial(machine)
    for name, context, time in log:
        if not is_taken(machine, place, name, context, time):
            return False
        before, place = place, step(machine, place, name, context, time).after  # type: ignore[arg-type]
    name, context, time = log[-1]
    if machine.entry(name) != claim.event:
        return False
    event = machine.events[machine.entry(name)]
    keys = context if isinstance(context, dict) else {}
    here = Here(before, name, keys, faulty(event, keys), time=time)
    return all(each is None or here.holds(each) for each in (claim.when, claim.claim))


def agree(machine: Machine) -> str:
    """What is refuted is so by its log, and no log refutes what is proved."""
    (outcome,) = prove(loaded(text(machine)), properties=["t"], quick=True).outcomes
    if outcome.verdict == REFUTED:
        assert outcome.counterexample is not None
        lines = [
            json.loads(each.line, parse_float=Fraction) for each in outcome.counterexample.events
        ]
        log = [(each["name"], each.get("context"), Fraction(each["timestamp"])) for each in lines]
        assert refutes(machine, log)
    if outcome.verdict == PROVED:
        alphabet = letters(machine)[:8]
        tried = 0
        for length in (1, 2, 3):
            for names in product(alphabet, repeat=length):
                for gaps in islice(product(GAPS, repeat=length - 1), 20):
                    tried += 1
                    if tried > MOST:
                        return outcome.verdict
                    time, log = Fraction(1_700_000_000), []
                    for (name, context, _), gap in zip(names, (Fraction(0), *gaps), strict=True):
                        time += gap
                        log.append((name, context or None, time))
                    assert not refutes(machine, log)
    return outcome.verdict


@pytest.mark.slow
def test_claims_with_times_are_decided_as_the_plain_reading_has_it() -> None:
    at_random(claimed(), 12)(agree)


@pytest.mark.slow
def test_many_claims_with_times_are_decided_so() -> None:
    verdicts: list[str] = []
    at_random(claimed(), 40, seeded=2)(lambda machine: verdicts.append(agree(machine)))
    assert {PROVED, REFUTED} <= set(verdicts)

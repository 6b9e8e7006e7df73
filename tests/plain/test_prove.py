"""What `prove` says of small random machines is what a visit to every place shows."""

from collections import Counter

import pytest
from hypothesis import reject

from flux_conform.prove import prove
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN
from plain.claims import Visited
from plain.drawn import claimed, machines
from plain.exercised import exercised
from plain.machine import Machine
from plain.machines_at_random import at_random
from plain.runs import TooMany
from plain.writing import text
from prove.machines import loaded


def answers(visited: Visited) -> dict[str, str]:
    """The right verdict on each claim."""
    claims = visited.machine.claims
    return {claim.name: PROVED if visited.holds(claim) else REFUTED for claim in claims}


def verdicts_on(many: int, seeded: int = 1, some: int | None = None) -> Counter[tuple[str, str]]:
    """Hold `prove` against the visit on so many machines, and count its verdicts by claims."""
    verdicts: Counter[tuple[str, str]] = Counter()

    def agree(machine: Machine) -> None:
        try:
            held = answers(Visited(machine))
        except TooMany:
            reject()
        for each in prove(loaded(text(machine)), quick=True).outcomes:
            verdicts[each.verdict, each.id] += 1
            if each.verdict != UNKNOWN:
                assert each.verdict == held[each.id], each.id

    at_random(claimed(some), many, seeded=seeded)(agree)
    return verdicts


def share(verdicts: Counter[tuple[str, str]], verdict: str) -> float:
    """Which part of the questions has the verdict."""
    return sum(n for (each, _), n in verdicts.items() if each == verdict) / verdicts.total()


@pytest.mark.slow
def test_prove_proves_what_holds_at_every_place_and_refutes_the_rest() -> None:
    verdicts = verdicts_on(30, some=4)
    assert share(verdicts, PROVED) > 0.2
    assert share(verdicts, REFUTED) > 0.2


@pytest.mark.slow
@pytest.mark.parametrize("seeded", [2, 3, 4])
def test_of_many_machines_few_questions_stay_open(seeded: int) -> None:
    """And none is answered otherwise than by a visit to every place."""
    verdicts = verdicts_on(100, seeded)
    assert share(verdicts, UNKNOWN) <= 0.04
    assert len({claim for verdict, claim in verdicts if verdict == PROVED}) >= 12
    assert len({claim for verdict, claim in verdicts if verdict == REFUTED}) >= 12


def exercised_by(many: int, seeded: int = 1) -> Counter[str]:
    """Hold what `prove` says of rules and guards against the visit, and count what it says."""
    counts: Counter[str] = Counter()

    def agree(machine: Machine) -> None:
        if not machine.rules and not any(row.guard for row in machine.rows):
            reject()
        try:
            known = exercised(machine)
        except TooMany:
            reject()
        exercise = prove(loaded(text(machine))).exercise
        assert exercise is not None
        for rule, use in zip(machine.rules, exercise.rules, strict=True):
            counts[use.verdict] += 1
            assert use.id == f"rfc99/{rule.name}"
            assert (use.obeyed is not None) == (rule.name in known.obeyed)
            assert use.alone == (rule.name in known.alone)
            if use.verdict == "redundant":
                assert rule.name not in known.alone
            if use.verdict in ("conflict", "empty"):
                assert rule.name not in known.obeyed
        guarded = [row.number for row in machine.rows if row.guard is not None]
        for row, guard in zip(guarded, exercise.guards, strict=True):
            for run, surely, perhaps in (
                (guard.taken, known.taken, known.lax_taken),
                (guard.passed, known.passed, known.lax_passed),
            ):
                counts["shown" if run else "not shown"] += 1
                assert row in perhaps if run else row not in surely

    at_random(machines(), many, seeded=seeded)(agree)
    return counts


@pytest.mark.slow
def test_rules_and_guards_are_exercised_by_the_runs_that_there_are() -> None:
    counts = exercised_by(60)
    assert counts["shown"] >= 100
    assert counts["independent"] >= 8
    assert counts["redundant"] + counts["conflict"] + counts["empty"] >= 8


@pytest.mark.slow
@pytest.mark.parametrize("seeded", [2, 3])
def test_of_the_rules_of_many_machines_few_stay_undecided(seeded: int) -> None:
    """And what is said of any is what a visit to every place shows."""
    counts = exercised_by(200, seeded)
    decided = ("independent", "redundant", "conflict", "empty")
    assert all(counts[verdict] >= 20 for verdict in decided)
    assert counts["unknown"] <= 0.2 * sum(counts[verdict] for verdict in decided)

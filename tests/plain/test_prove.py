"""What `prove` says of small random machines is what a visit to every place shows."""

from collections import Counter

import pytest
from hypothesis import reject

from flux_conform.prove import prove
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN
from plain.claims import Visited
from plain.drawn import claimed
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

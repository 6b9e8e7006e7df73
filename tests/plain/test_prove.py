"""What `prove` says of small random machines is what a visit to every place shows."""

from collections import Counter
from dataclasses import replace

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

ILL_TYPED = "right for contexts of the right types alone"
TWINS = "of two rows that say the same"


def has_twins(machine: Machine) -> bool:
    """Whether two transitions say the same."""
    return len({replace(row, number=0, by="") for row in machine.rows}) < len(machine.rows)


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
            typed = answers(Visited(machine, ill=False))
        except TooMany:
            reject()
        claims = {claim.name: claim for claim in machine.claims}
        for each in prove(loaded(text(machine)), quick=True).outcomes:
            verdicts[each.verdict, each.id] += 1
            if each.verdict in (UNKNOWN, held[each.id]):
                continue
            # A known fault: of two rows that say the same, both count as taken.
            if has_twins(machine) and claims[each.id].kind == "taken":
                verdicts[TWINS, each.id] += 1
                continue
            # A known fault: `assuming: nothing` still assumes contexts of the right types.
            assert each.verdict == typed[each.id], each.id
            verdicts[ILL_TYPED, each.id] += 1

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
    assert share(verdicts, UNKNOWN) <= 0.03
    assert share(verdicts, ILL_TYPED) <= 0.01
    assert share(verdicts, TWINS) <= 0.01
    assert len({claim for verdict, claim in verdicts if verdict == PROVED}) >= 12
    assert len({claim for verdict, claim in verdicts if verdict == REFUTED}) >= 12

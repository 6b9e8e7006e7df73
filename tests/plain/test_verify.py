"""What `prove` decides of small random machines, the verifier finds again by its own reading."""

import json
from collections import Counter

import pytest

from flux_conform.language.compiled import encode
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.verify import verify
from plain.drawn import claimed
from plain.machine import Machine
from plain.machines_at_random import at_random
from plain.writing import text
from prove.machines import loaded


def marks_on(many: int, seeded: int, some: int | None = None) -> Counter[str]:
    """Verify the certificates of so many machines; count what becomes of them."""
    marks: Counter[str] = Counter()

    def verified(machine: Machine) -> None:
        specification = loaded(text(machine))
        found = prove(specification, quick=True, certified=True).outcomes
        certificates = [item.certificate for item in found if item.certificate is not None]
        marks["without"] += len([item for item in found if item.verdict != "unknown"])
        marks["without"] -= len(certificates)
        if not certificates:
            return
        data = json.loads(json.dumps(document(certificates)))
        for result in verify(data, encode(specification)):
            assert result.problem is None, (result, text(machine))
            marks["verified" if result.verified else result.shown] += 1

    at_random(claimed(some), many, seeded=seeded)(verified)
    return marks


@pytest.mark.slow
def test_every_certificate_of_a_machine_drawn_at_random_is_verified() -> None:
    """Two translators and two evaluators that share no code agree on steps, claims and logs.

    A few proofs have no certificate, as they compare what no formula can name.
    """
    marks = marks_on(20, seeded=5, some=4)
    assert marks["verified"] > 50
    assert {*marks} <= {"verified", "without"}, marks
    assert marks["without"] < marks.total() / 5


@pytest.mark.slow
@pytest.mark.parametrize("seeded", [6, 7, 8])
def test_so_are_those_of_many_machines(seeded: int) -> None:
    marks = marks_on(80, seeded)
    assert {*marks} <= {"verified", "without"}, marks
    assert marks["without"] < marks.total() / 5

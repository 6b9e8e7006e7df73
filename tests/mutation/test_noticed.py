"""Changes of the job machine that a claim should notice, each with that claim."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from flux_conform.language import load
from flux_conform.mutation.mutants import Mutant, mutants
from flux_conform.prove import prove

NOTICED = yaml.safe_load((Path(__file__).parent / "noticed.yaml").read_text(encoding="utf-8"))


@cache
def by_id() -> dict[str, Mutant]:
    return {mutant.id: mutant for mutant in mutants(load("job"))}


def test_there_are_at_least_sixty_six() -> None:
    assert len(NOTICED) >= 66
    assert set(NOTICED) <= set(by_id())


@pytest.mark.slow
def test_the_claims_hold_of_the_machine_as_it_is() -> None:
    claims = set(NOTICED.values())
    outcomes = prove(load("job"), properties=claims, quick=True).outcomes
    assert {outcome.id for outcome in outcomes} == claims
    assert [outcome.id for outcome in outcomes if not outcome.is_right] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTICED)
def test_the_claim_notices(name: str) -> None:
    (outcome,) = prove(by_id()[name].specification, properties=[NOTICED[name]], quick=True).outcomes
    assert not outcome.is_right

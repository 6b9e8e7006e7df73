"""Each way to break the job machine is caught by the property that should catch it."""

import re
from pathlib import Path

import pytest
import yaml

from flux_conform.prove import prove
from flux_conform.prove.outcomes import UNKNOWN
from prove.machines import edited, shipped_text

MUTATIONS = yaml.safe_load((Path(__file__).parent / "mutations.yaml").read_text())

pytestmark = pytest.mark.slow


def test_there_are_thirty_of_them_and_all_are_different():
    assert len({(item["replace"], item["by"]) for item in MUTATIONS}) == len(MUTATIONS) >= 30


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda item: re.sub(r"\W+", "-", item["says"]))
def test_a_broken_machine_is_caught(mutation):
    specification = edited("job", mutation["replace"], mutation["by"])
    (outcome,) = prove(specification, properties=[mutation["caught by"]]).outcomes
    assert not outcome.is_right
    assert outcome.verdict != UNKNOWN


def test_what_catches_them_holds_of_the_machine_as_it_is():
    names = {item["caught by"] for item in MUTATIONS}
    assert len(names) >= 20
    text = shipped_text("job")
    assert all(f"  - id: {name}\n" in text for name in names)

"""The committed figures of what notices the mutants of the shipped machines."""

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flux_conform.artefacts import artefact
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.language.specification import Specification
from flux_conform.mutation.mutants import Mutant, mutants
from flux_conform.mutation.notices import EQUIVALENT, FATES, UNNOTICED, Notices

CLAIMS = Path(__file__).parents[2] / "docs" / "language" / "claims.md"
SAMPLE = {"job": 60, "exec": 40, "resource": 25, "start": 40}
"""The machines that are measured, and how many of their mutants are decided anew."""


def figures(name: str) -> dict[str, Any]:
    path = Path(artefact("model", "mutants", f"{name}.json"))
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def measured(specification: Specification) -> list[Mutant]:
    return [
        each for each in mutants(specification) if each.specification.lines == specification.lines
    ]


@pytest.mark.parametrize("name", SAMPLE)
def test_the_figures_are_of_todays_mutants(name: str) -> None:
    """Where this fails, `flux-conform prove --machine NAME --mutants --write` measures anew."""
    found, today = figures(name), measured(load(name))
    assert found["mutants"] == len(today)
    counts = {operator: sum(fates.values()) for operator, fates in found["operators"].items()}
    assert counts == Counter(mutant.operator for mutant in today)
    for fate in FATES:
        assert found["fates"][fate] == sum(each[fate] for each in found["operators"].values())
    ids = {mutant.id for mutant in today}
    for fate in (EQUIVALENT, UNNOTICED):
        assert len(set(found[fate])) == len(found[fate]) == found["fates"][fate]
        assert set(found[fate]) <= ids


def test_every_file_of_figures_is_held() -> None:
    assert {path.stem for path in Path(artefact("model", "mutants")).iterdir()} == set(SAMPLE)


@pytest.mark.parametrize("name", SAMPLE)
def test_nothing_goes_unnoticed_but_what_makes_no_difference(name: str) -> None:
    assert figures(name)[UNNOTICED] == []


@pytest.mark.parametrize("name", SAMPLE)
def test_the_page_on_claims_shows_the_figures(name: str) -> None:
    found = figures(name)
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", CLAIMS.read_text(encoding="utf-8"), re.MULTILINE)
    shown = [int(cell.replace(",", "")) for cell in dict(rows)[name].split("|")]
    assert shown == [found["mutants"], *(found["fates"][fate] for fate in FATES)]


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_a_sample_decided_anew_agrees_with_the_figures(name: str) -> None:
    found, specification = figures(name), load(name)
    named = {mutant: fate for fate in (EQUIVALENT, UNNOTICED) for mutant in found[fate]}
    notices = Notices(specification)
    for mutant in random.Random(name).sample(measured(specification), SAMPLE[name]):
        fate = notices.fate(mutant).fate
        said = named.get(mutant.id)
        assert fate == said if said else fate not in (EQUIVALENT, UNNOTICED), mutant.id


def test_figures_are_written_of_shipped_machines_alone(capsys: pytest.CaptureFixture[str]) -> None:
    other = str(Path(__file__).parent.parent / "turnstile.yaml")
    assert main(["prove", "--machine", other, "--mutants", "--write"]) == 2
    assert "--write is for shipped machines alone" in capsys.readouterr().err
    assert main(["prove", "--write"]) == 2
    assert "--write goes with --mutants alone" in capsys.readouterr().err

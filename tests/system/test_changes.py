"""Single changes of the mended system: each is noticed by the claim that was named beforehand."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flux_conform.artefacts import artefact
from flux_conform.system.system_claims import decide
from flux_conform.system.system_file import load_system
from yaml12 import load_yaml

CHANGES = load_yaml(Path(__file__).with_name("changes.yaml"))
BASE = artefact("model", "system-mended.yaml")
NONE = {"changes": 0, "restarts": 0}


def refuted(path: str, budgets: dict[str, int]) -> set[str]:
    """The claims that do not hold; `notes` does not hold of the base either."""
    found = decide(load_system(path).with_budgets(budgets)).claims
    return {each.claim.name for each in found if each.verdict == "refuted"} - {"notes"}


@cache
def refuted_of_base(changes: int, restarts: int) -> set[str]:
    return refuted(BASE, {"changes": changes, "restarts": restarts})


def test_the_list_is_long_and_touches_every_participant() -> None:
    assert len(CHANGES) >= 30
    members = {change["participant"] for change in CHANGES}
    assert members == set(load_system(BASE).participants)
    proved = {claim.name for claim in load_system(BASE).claims} - {"notes"}
    assert {change["noticed"] for change in CHANGES if "because" not in change} == proved - {
        "request answered"  # which the claim on one request is about as well
    }


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change["says"])
def test_a_change_is_noticed_by_its_claim(change: dict[str, Any], tmp_path: Path) -> None:
    budgets = NONE | change.get("budgets", {})
    assert refuted_of_base(**budgets) == set()
    path = tmp_path / "changed.yaml"
    document = {
        "system": "changed",
        "title": change["says"],
        "based on": BASE,
        "participants": {change["participant"]: {"steps": change["steps"]}},
    }
    path.write_text(json.dumps(document))
    found = refuted(str(path), budgets)
    if "because" in change:  # why nothing can notice it
        assert found == set()
    else:
        assert change["noticed"] in found

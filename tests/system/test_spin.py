"""SPIN decides the claims of the shipped systems as well, from their Promela models."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flux_conform.artefacts import artefact
from flux_conform.cli.main import main
from flux_conform.system.participants import System
from flux_conform.system.promela import promela
from flux_conform.system.system_claims import PROVED, REFUTED, decide
from flux_conform.system.system_file import load_system
from flux_conform.system.system_product import NotWhole, Product

Spin = Callable[[str, System], dict[str, str]]


@pytest.fixture
def spin(tmp_path: Path, require_tool: Callable[[str], str]) -> Spin:
    """What SPIN says of each claim of a model. Fairness counts where a claim leads to states."""
    programs = require_tool("spin"), require_tool("gcc")

    def verdicts(model: str, of: System) -> dict[str, str]:
        (tmp_path / "model.pml").write_text(model)
        options = ("-w", "-O1", "-DNOREDUCE", "-DNFAIR=4", "-o", "pan", "pan.c")
        for command in ((programs[0], "-a", "model.pml"), (programs[1], *options)):
            subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        found = {}
        for claim in of.claims:
            fair = ["-f"] if claim.kind == "leads to" else []
            name = "claim_" + re.sub(r"\W", "_", claim.name)
            command = ["./pan", "-a", *fair, "-m1000000", "-N", name]
            told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
            assert "max search depth too small" not in told
            assert "assertion violated 0" not in told, "a log that was not explored"
            (errors,) = re.findall(r"errors: (\d+)", told)
            assert int(errors) or "Search not completed" not in told
            found[claim.name] = REFUTED if int(errors) else PROVED
        return found

    return verdicts


def system(name: str, changes: int, restarts: int) -> System:
    loaded = load_system(artefact("model", name))
    return loaded.with_budgets({"changes": changes, "restarts": restarts})


def decided(of: System) -> dict[str, str]:
    return {each.claim.name: each.verdict for each in decide(of).claims}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "budgets"),
    [
        ("system.yaml", (0, 1)),
        ("system.yaml", (1, 1)),
        ("system-mended.yaml", (1, 0)),
        ("system-mended.yaml", (1, 1)),
    ],
)
def test_spin_decides_every_claim_alike(spin: Spin, name: str, budgets: tuple[int, int]) -> None:
    """Fairness included: which job ends, if each participant does its share."""
    of = system(name, *budgets)
    assert spin(promela(Product(of)), of) == decided(of)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("removed", "changed"),
    [
        # A participant's send, a guard, an effect on a variable, an event that breaks a rule.
        (r"q\d+!m_release;\n", {"ends", "no deadlock"}),
        (r" && \(v_job_manager_request == 0\)", {"one request"}),
        (r"v_scheduler_request = 0;\n", {"one request", "ends", "places"}),
    ],
)
def test_a_model_that_is_another_is_noticed(spin: Spin, removed: str, changed: set[str]) -> None:
    """What is taken away from the export makes SPIN say otherwise of some claim that rests on it."""
    of = system("system-mended.yaml", 1, 0)
    model = promela(Product(of))
    wrong, times = re.subn(removed, "", model)
    assert times
    told, expected = spin(wrong, of), decided(of)
    differing = {name for name in told if told[name] != expected[name]}
    assert differing & changed, differing


def test_the_command_writes_the_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.pml"
    options = ["--budget", "changes=0", "--budget", "restarts=0"]
    assert main(["prove", "--system", *options, "--promela", str(path)]) == 0
    assert capsys.readouterr().out == ""
    text = path.read_text()
    assert text == promela(Product(system("system.yaml", 0, 0)))
    assert main(["prove", "--system", *options, "--promela", "-"]) == 0
    assert capsys.readouterr().out == text
    for claim in load_system(artefact("model", "system.yaml")).claims:
        assert f"/* {claim.says} */" in text


def test_what_was_not_explored_to_its_end_is_not_written() -> None:
    with pytest.raises(NotWhole):
        promela(Product(system("system.yaml", 0, 0), limit=10))


@pytest.mark.parametrize(
    "words",
    [
        ["--machine", "exec"],
        ["--mutants"],
        ["--certificates", "x"],
        ["--smtlib", "x"],
        ["--quick"],
        ["--depth", "3"],
        ["--witnesses", "x"],
        ["--generation", "v0"],
        ["--write"],
    ],
)
def test_an_option_that_says_nothing_of_a_system_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", "--system", *words]) == 2
    assert f"{words[0]} is for a machine" in capsys.readouterr().err


def test_what_is_of_systems_needs_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--promela", "x.pml"]) == 2
    assert "--promela goes with --system alone" in capsys.readouterr().err

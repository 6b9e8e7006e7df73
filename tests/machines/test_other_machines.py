"""Machines that are not Flux, and those that were drafted before the language could say them."""

import json
import sys
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from flux_conform.checking.judge import judge
from flux_conform.cli.main import main
from flux_conform.language.loading.file_schema import json_schema
from flux_conform.machine.rehearsal import load_rehearsed
from flux_conform.machine.step import Machine
from flux_conform.prove import prove
from flux_conform.strategies import eventlogs
from flux_conform.suite.folder import Suite
from toys import faults_of
from yaml12 import load_yaml

TESTS = Path(__file__).parents[1]
EXAMPLES = TESTS.parent / "examples" / "machines"
DRAFTS = TESTS / "cases" / "drafts"

OTHERS = {path.stem: str(path) for path in sorted(EXAMPLES.glob("*.yaml"))}
DRAFTED = {
    "slurm": OTHERS["slurm"],
    "pod": OTHERS["pod"],
    "resource44": "resource",
    "io24": "io",
    "alloc27": "alloc",
    "start32": "start",
}
"""The machine that says what a draft had to bend, as a name or a file."""

MANIFEST_SCHEMA = TESTS.parent / "conformance" / "manifest.schema.json"
ALL = {**OTHERS, "resource": "resource"}


def test_there_are_the_machines_that_the_page_shows() -> None:
    page = (TESTS.parent / "docs" / "machines.md").read_text(encoding="utf-8")
    assert len(OTHERS) == 4
    assert [name for name in OTHERS if f"examples/machines/{name}.yaml" not in page] == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_machine_of_another_source_loads_with_its_scenarios_and_without_a_warning(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And none of its ids claims to be of an RFC."""
    assert main(["model", "check", OTHERS[name]]) == 0
    assert capsys.readouterr().err == ""
    specification = load_rehearsed(OTHERS[name], compiled=False)
    assert specification.source.name == name
    assert {rule.rfc for rule in specification.rules} == {0}
    assert specification.scenarios
    jsonschema.validate(load_yaml(Path(OTHERS[name])), json_schema())


@pytest.mark.parametrize("name", OTHERS)
def test_each_view_of_it_is_drawn(name: str, tmp_path: Path) -> None:
    specification = load_rehearsed(OTHERS[name], compiled=False)
    views = [[], ["lifecycle"], *(["--lane", lane.name] for lane in specification.lanes)]
    for number, view in enumerate(views):
        out = tmp_path / f"{number}.svg"
        assert main(["draw", *view, "--machine", OTHERS[name], "-o", str(out)]) == 0
        shown = out.read_text(encoding="utf-8")
        wanted = specification.states[1].name if number == 0 else "</svg>"
        assert wanted in shown


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_logs_that_are_drawn_from_it_are_what_was_asked_for(name: str) -> None:
    machine = Machine(load_rehearsed(ALL[name]))

    # The first log waits until the machine is explored.
    slow = [HealthCheck.too_slow]

    @settings(
        max_examples=8, database=None, derandomize=True, deadline=None, suppress_health_check=slow
    )
    @given(eventlogs(ALL[name]), eventlogs(ALL[name], verdict="violates"))
    def drawn(good: object, bad: object) -> None:
        assert judge(machine, good.data).verdict != "violates"  # type: ignore[attr-defined]
        assert judge(machine, bad.data).verdict == "violates"  # type: ignore[attr-defined]

    drawn()


@pytest.mark.parametrize("told", [{"rfc": 21}, {"source": "ci"}, {"rfc": 0}, {}])
def test_a_suite_is_of_an_rfc_or_of_a_source_that_has_a_name(told: dict[str, object]) -> None:
    """In manifests of earlier versions, a source that had a name was the RFC 0."""
    suite = Suite("", {"machine": "ci", "specification": told}, ())
    assert suite.is_of_rfc == (told in ({"rfc": 21}, {}))


def test_strength_is_measured_by_one_process_at_least(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suite", "strength", "--jobs", "0"]) == 2
    assert "--jobs 0: give a number from 1 to 256" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_each_claim_is_decided_as_its_author_says(name: str) -> None:
    """And none is left undecided, no rule and no guard."""
    proofs = prove(load_rehearsed(OTHERS[name], compiled=False))
    assert {each.id for each in proofs.outcomes if not each.is_right or each.vacuous} == set()
    assert proofs.verdict == "proved"
    assert proofs.exercise is not None
    assert {guard.transition for guard in proofs.exercise.guards if not guard.is_good} == set()


# That of slurm takes as long as the others together, and no lane is in it, as in that of tcp.
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in OTHERS if name != "slurm"])
def test_its_suite_passes_the_reader_of_this_project_and_fails_one_of_another_machine(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = str(tmp_path / "suite")
    assert main(["suite", "export", "--machine", OTHERS[name], suite]) == 0
    manifest = json.loads((tmp_path / "suite" / "manifest.json").read_bytes())
    jsonschema.validate(manifest, json.loads(MANIFEST_SCHEMA.read_bytes()))
    assert manifest["specification"]["source"] == name
    told = [("rfc" in clause, clause["id"].startswith("rfc")) for clause in manifest["clauses"]]
    assert set(told) == {(True, True), (False, False)}
    reader = [sys.executable, "-m", "flux_conform", "suite", "harness", "--machine"]
    badge = tmp_path / "badge.svg"
    run = ["suite", "run", "--suite", suite, "--badge", str(badge)]
    assert main([*run, "--", *reader, OTHERS[name]]) == 0
    assert f"conformance: {name}" in badge.read_text(encoding="utf-8")
    assert "RFC" not in badge.read_text(encoding="utf-8")
    other = next(path for stem, path in OTHERS.items() if stem != name)
    assert main([*run, "--group", "rules", "--", *reader, other]) in (1, 2)
    capsys.readouterr()


@pytest.mark.slow
@pytest.mark.parametrize("draft", DRAFTED)
def test_a_draft_is_told_apart_from_the_machine_that_needs_no_bending(
    draft: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a log that each accepts and the other does not; but the draft of io asks more alone."""
    path = DRAFTS / f"{draft}.yaml"
    assert faults_of(path.read_text(encoding="utf-8")) == ()
    assert main(["diff", "--format", "json", str(path), DRAFTED[draft]]) == 1
    meaning = json.loads(capsys.readouterr().out)["meaning"]
    for side in ("first-only", "second-only")[draft == "io24" :]:
        assert meaning[side]["verdict"] == "different"
        assert meaning[side]["log"]

"""`prove --system` from a command line."""

import json
from pathlib import Path

import pytest

from flux_conform.cli.main import main

NONE = ("--budget", "changes=0", "--budget", "restarts=0")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["prove", "--system", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_verdicts_that_the_file_does_not_expect_end_with_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The shipped file expects the race, which takes a change of mind."""
    code, out, _ = run(capsys, "--format", "json", *NONE)
    assert code == 1
    found = json.loads(out)
    assert found["machine"] == "job"
    ends = next(claim for claim in found["claims"] if claim["id"] == "ends")
    assert (ends["verdict"], ends["expect"], ends["run"]) == ("proved", "refuted", None)


def test_the_race_comes_with_its_log_and_its_messages(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "--format", "json", "--property", "ends", "--budget", "restarts=0"
    )  # fmt: skip
    assert code == 0
    (ends,) = json.loads(out)["claims"]
    posted = [event["name"] for step in ends["run"] for event in step["events"]]
    assert [json.loads(line)["name"] for line in ends["log"]] == posted
    sent = [name for step in ends["run"] for name in step["sends"]]
    got = [step["gets"] for step in ends["run"] if step["gets"]]
    assert set(got) <= set(sent)
    assert "alloc" in posted


def test_a_search_that_ends_early_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--limit", "10", *NONE)
    assert code == 2
    assert "unknown" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--budget", "luck=1"], 'no budget "luck"; known are changes, restarts'),
        (["--budget", "changes=x"], '"x" is no whole number'),
        (["--property", "end"], 'no claim "end"'),
        (["missing.yaml"], "missing.yaml"),
    ],
)
def test_a_call_that_cannot_be_carried_out_is_told(
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, *words)
    assert code == 2
    assert message in err


def test_a_budget_goes_with_a_system_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--budget", "changes=1"]) == 2
    assert "--budget goes with --system alone" in capsys.readouterr().err

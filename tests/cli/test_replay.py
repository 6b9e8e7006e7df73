"""The verb `replay` where there is nothing to replay."""

import json
from pathlib import Path

import pytest

from cli.conftest import Run


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_empty_log_is_what_check_says_it_is(run: Run, tmp_path: Path, form: str) -> None:
    """It violates, so that a program which asks for its state does not take it for a sound log."""
    log = tmp_path / "empty.eventlog"
    log.write_bytes(b"")
    replayed = run("replay", "--format", form, log)
    assert replayed == run("check", "--format", form, log)
    code, out, err = replayed
    assert (code, err) == (1, "")
    assert "rfc18/not-empty" in out


def test_what_cannot_be_read_outranks_an_empty_log(run: Run, tmp_path: Path) -> None:
    log, bad = tmp_path / "empty.eventlog", tmp_path / "bad.eventlog"
    log.write_bytes(b"")
    bad.write_text("[" * 300)
    code, out, _ = run("replay", "--format", "json", log, bad)
    verdicts = [json.loads(line)["verdict"] for line in out.splitlines()]
    assert (code, verdicts) == (2, ["violates", "unreadable"])

"""`check --partial`: windows of logs on the command line."""

import json
from importlib.resources import files
from pathlib import Path

from jsonschema import Draft202012Validator

from cli.conftest import Run

SCHEMA = json.loads(files("flux_conform.checking").joinpath("verdict.schema.json").read_text())


def window(folder: Path, name: str, *lines: str) -> Path:
    path = folder / f"{name}.eventlog"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_windows_are_told_with_what_hangs_on_the_past(run: Run, tmp_path: Path) -> None:
    """The exit code is bad where one violates; what hangs on the past does not."""
    free = '{"timestamp":2,"name":"free"}'
    window(tmp_path, "a", 'ragment"}', free)
    code, out, _ = run("check", "--partial", tmp_path)
    assert code == 0
    assert "a.eventlog: inconclusive (1 event, may end in NEW or DEPEND" in out
    assert "line 1 is a fragment, and left out" in out
    assert "line 2:  Every epilog is finished before free. (rfc21/epilog-start/blocks-free)" in out
    window(tmp_path, "b", '{"timestamp":1,"name":"clean"}', free)
    (tmp_path / "c.eventlog").write_text("[" * 300)
    code, out, _ = run("check", "--partial", tmp_path)
    assert code == 2
    assert "MUST[rfc21/inactive/captive]" in out
    assert out.endswith("3 windows: 1 inconclusive, 1 violate, 1 unreadable\n")
    (tmp_path / "c.eventlog").unlink()
    code, out, _ = run("check", "--partial", "--format", "json", tmp_path)
    assert code == 1
    rows = [json.loads(line) for line in out.splitlines()]
    for row in rows:
        Draft202012Validator(SCHEMA).validate(row)
    assert [row["verdict"] for row in rows] == ["inconclusive", "violates"]
    assert rows[0]["doubts"][0]["line"] == 2


def test_windows_have_no_earlier_snapshot(run: Run, tmp_path: Path) -> None:
    code, _, err = run("check", "--partial", "--previous", "x", tmp_path)
    assert code == 2
    assert err == (
        "flux-conform check: --previous compares whole logs, and --partial takes parts; give one\n"
    )

"""`check --follow`: logs that grow, and journals, judged event by event."""

import io
import json
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cli.conftest import Run
from flux_conform.logs.growing import POLL, Line, Shrunk, growing_lines

SCHEMA = json.loads(files("flux_conform.conformance").joinpath("verdict.schema.json").read_text())
SUBMIT = {
    "timestamp": 1,
    "name": "submit",
    "context": {"userid": 1, "urgency": 16, "flags": 0, "version": 1},
}
VALIDATE = {"timestamp": 2, "name": "validate"}
FATAL = {
    "timestamp": 3,
    "name": "exception",
    "context": {"type": "cancel", "severity": 0, "note": ""},
}
CLEAN = {"timestamp": 4, "name": "clean"}


def piped(monkeypatch: pytest.MonkeyPatch, *rows: object) -> None:
    text = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def entry(job: int, *events: object) -> dict[str, object]:
    return {"id": job, "events": list(events), "t": 1}


def test_a_log_from_a_pipe_is_told_of_as_it_comes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only follows from an earlier finding is not told; the last line is the verdict."""
    depend = {"timestamp": 2, "name": "depend"}
    piped(monkeypatch, SUBMIT, depend, {"timestamp": 3, "name": "alloc"})
    code, out, _ = run("check", "--follow", "-")
    assert code == 1
    assert out.count("MUST[rfc21/states/undefined]") == 1
    assert out.endswith("\n-: violates (3 events, ends in NEW)\n")
    piped(monkeypatch, SUBMIT, VALIDATE)
    assert run("check", "--follow", "-")[:2] == (0, "-: incomplete (2 events, ends in DEPEND)\n")
    piped(monkeypatch)
    code, out, _ = run("check", "--follow", "-")
    assert code == 1
    assert "rfc18/not-empty" in out


def test_a_journal_is_followed_job_by_job(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job is told when it ends; what comes after its end is still its own."""
    rows = [
        entry(7, SUBMIT, VALIDATE),
        entry(8, SUBMIT),
        entry(-1),
        "no entry",
        entry(7, FATAL, CLEAN),
        entry(7, {"timestamp": 5, "name": "memo", "context": {}}),
        entry(9, SUBMIT),
    ]
    piped(monkeypatch, *rows)
    code, out, _ = run("check", "--follow", "--format", "json", "-")
    assert code == 2
    told = [json.loads(line) for line in out.splitlines()]
    for row in told:
        Draft202012Validator(SCHEMA).validate(row)
    assert [row.get("verdict") for row in told] == [
        *("unreadable", "conforms", None, "incomplete", "incomplete"),
    ]
    assert told[2]["finding"]["rule"] == "rfc21/inactive/captive"
    assert told[1]["log"].startswith("-: ƒ8 (7)")
    piped(monkeypatch, *rows)
    code, out, _ = run("check", "--follow", "--job", "8", "-")
    assert (code, out.count("incomplete")) == (2, 1)


def test_a_file_is_followed_until_its_log_has_ended(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.eventlog"
    path.write_text("".join(json.dumps(e) + "\n" for e in (SUBMIT, VALIDATE, FATAL, CLEAN)))
    assert run("check", "--follow", path)[:2] == (
        0,
        f"{path}: conforms (4 events, ends in INACTIVE)\n",
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("a", "b"), "follows one file"),
        (("--previous", "x", "a"), "leave --previous out"),
        (("no-such-file",), "no-such-file: No such file or directory"),
    ],
)
def test_what_cannot_be_followed_is_said(run: Run, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = run("check", "--follow", *arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_lines_come_when_their_newline_does(tmp_path: Path) -> None:
    """Each look at the file sees what was added since; what never ended comes last."""
    path = tmp_path / "log"
    path.write_bytes(b"a\nb")
    additions = [b"c\n", b"", b"d"]

    def grow(seconds: float) -> None:
        assert seconds == POLL
        with path.open("ab") as file:
            file.write(additions.pop(0))

    lines = list(growing_lines(str(path), lambda: bool(additions), grow))
    assert lines == [Line(b"a", True), Line(b"bc", True), Line(b"d", False)]


def test_a_file_that_is_cut_or_replaced_is_noticed(tmp_path: Path) -> None:
    path, other = tmp_path / "log", tmp_path / "other"

    def cut(seconds: float) -> None:
        path.write_bytes(b"a\n")

    def replaced(seconds: float) -> None:
        other.write_bytes(b"a\nb\nc\n")
        other.replace(path)

    for change in (cut, replaced):
        path.write_bytes(b"a\nb\n")
        with pytest.raises(Shrunk):
            list(growing_lines(str(path), lambda: True, change))


def test_that_nobody_reads_the_output_is_no_fault_of_the_log(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind `| head`: it ends without a word about the log."""

    def broken(*_: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    piped(monkeypatch, {"timestamp": 1, "name": "validate"})
    monkeypatch.setattr("flux_conform.cli.check_follow._Text.finding", broken)
    monkeypatch.setattr("flux_conform.cli.main._forget_output", lambda: None)
    code, _, err = run("check", "--follow", "-")
    assert (code, err) == (2, "")

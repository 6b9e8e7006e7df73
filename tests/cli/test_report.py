"""`flux-conform report`: what it writes, of which sources, and how it exits."""

import gzip
import io
import json
import sqlite3
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from facts.cases import LIFE, line, lines

Run = Callable[..., tuple[int, str, str]]

SOUND = lines(*LIFE)
MUST = "rfc21/states/undefined"
SECRET = lines(LIFE[0].replace("1001", "98765"), line("memo", secret="secret"), *LIFE[2:])
"""Nobody validates the job."""

OTHER = lines(*LIFE, LIFE[-1])
JOB = 1234


def log_file(folder: Path, data: bytes) -> Path:
    path = folder / "job.eventlog"
    path.write_bytes(data)
    return path


def dump(folder: Path) -> Path:
    """A dump of two jobs."""
    path = folder / "dump.tar"
    with tarfile.open(path, "w") as tar:
        for number, data in ((JOB, SECRET), (JOB + 1, OTHER)):
            digits = f"{number:016x}"
            parts = [digits[start : start + 4] for start in range(0, 16, 4)]
            header = tarfile.TarInfo(f"job/{'/'.join(parts)}/eventlog")
            header.size = len(data)
            tar.addfile(header, io.BytesIO(data))
    return path


def archive(folder: Path) -> Path:
    """A job archive of the same."""
    path = folder / "jobs.sqlite"
    with sqlite3.connect(path) as made:
        made.execute(
            "CREATE TABLE jobs(id CHAR(16) PRIMARY KEY, userid INT, ranks TEXT, t_submit REAL, "
            "t_run REAL, t_cleanup REAL, t_inactive REAL, eventlog TEXT, jobspec TEXT, R TEXT)"
        )
        for number, data in ((JOB, SECRET), (JOB + 1, OTHER)):
            row = (str(number), data.decode())
            made.execute("INSERT INTO jobs(id, eventlog) VALUES(?, ?)", row)
    made.close()
    return path


def journal(folder: Path) -> Path:
    """A journal of the same, from the start of the instance."""
    path = folder / "journal.ndjson"
    entries: list[object] = [
        {"id": number, "events": list(map(json.loads, data.splitlines()))}
        for number, data in ((JOB, SECRET), (JOB + 1, OTHER))
    ]
    entries.append({"id": -1, "events": []})
    path.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    return path


def test_a_report_has_what_can_be_pasted(run: Run, tmp_path: Path) -> None:
    """The rule with its link, the line, who may post it, what shows it, versions, and a log."""
    code, out, err = run("report", log_file(tmp_path, SECRET))
    flat = " ".join(out.split())
    assert (code, err) == (1, "")
    assert out.startswith(f'MUST[{MUST}]: "depend" is not defined in NEW\n')
    assert "In the state NEW, depend in line 3 of " in flat
    assert "flux-rfc/en/latest/spec_21.html) It may be posted by job manager or depend" in flat
    assert "It came 250 ms after memo." in flat
    assert "flux-conform check fault.eventlog shows it (flux-conform " in flat
    assert ", machine job: RFC 21 version " in flat
    assert "secret" not in out
    assert "98765" not in out
    assert str(tmp_path) not in out


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_the_log_that_is_written_shows_what_the_report_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """By the very command that the report names."""
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(
        "report", "--format", form, "-o", "small.eventlog", log_file(tmp_path, SECRET)
    )
    assert code == 1
    command = "flux-conform check small.eventlog"
    assert command in out
    code, seen, _ = run(*command.split()[1:])
    assert code == 1
    assert f"MUST[{MUST}]" in seen
    small = Path("small.eventlog").read_text()
    if form == "json":
        (row,) = json.loads(out)["reports"]
        assert row["log"] == small
        assert (row["rule"], row["event"], row["line"]) == (MUST, "depend", 2)
        assert row["by"] == ["job manager", "dependency plugin"]
        assert row["whole"]["after"] == {"event": "memo", "line": 2, "seconds": 0.25}
        assert (row["kept"], row["smallest"]) == ([], True)
    else:
        assert all(text in out for text in small.splitlines())


def test_each_rule_has_a_section_and_a_file(run: Run, tmp_path: Path) -> None:
    """One of them alone by its id, of whatever level."""
    broken = log_file(tmp_path, lines(LIFE[0], b"{secret", *LIFE[2:]))
    out_file = tmp_path / "f.eventlog"
    code, out, _ = run("report", "--format", "markdown", "-o", out_file, broken)
    assert code == 1
    assert out.count("### `") == 2
    assert out_file.read_bytes() == b"{xxxxxx\n"
    assert b"depend" in (tmp_path / "f-2.eventlog").read_bytes()
    code, out, _ = run("report", "--rule", MUST, broken)
    assert code == 1
    assert out.count("MUST[") == 1
    code, _, err = run("report", "--rule", "rfc21/clean/nothing", broken)
    assert code == 2
    assert f"does not break rfc21/clean/nothing; it breaks rfc18/lines, {MUST}\n" in err


def test_a_note_is_reported_when_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    """The log conforms; what shows the note is another call."""
    path = log_file(tmp_path, lines(LIFE[0], *LIFE[1:])[:-1])
    code, out, _ = run("report", path)
    assert code == 0
    assert "conforms; there is nothing to report (lesser findings: rfc18/last-newline; " in out
    code, out, _ = run("report", "--rule", "rfc18/last-newline", path)
    assert code == 0
    assert out.startswith("implied[rfc18/last-newline]")


@pytest.mark.parametrize("source", [dump, archive, journal])
def test_a_job_of_any_source_is_reported(
    run: Run, tmp_path: Path, source: Callable[[Path], Path]
) -> None:
    """Of a source with many jobs one has to be named."""
    path = source(tmp_path)
    code, out, _ = run("report", "--job", JOB + 1, path)
    assert code == 1
    assert out.startswith("MUST[rfc21/inactive/captive]")
    code, _, err = run("report", path)
    assert code == 2
    assert "here are more logs; name one with --job ID" in err
    assert run("report", "--job", JOB + 2, path)[0] == 2


def test_a_log_that_may_lack_events_is_not_blamed(run: Run, tmp_path: Path) -> None:
    """No log of the journal has validate: it may be filtered, as check says, too."""
    code, out, err = run("report", "--job", JOB, journal(tmp_path))
    assert code == 0
    assert "inconclusive; there is nothing to report\n" in out
    assert "no log of the journal has validate" in err


def test_a_log_with_lost_lines_is_to_be_taken_from_where_it_is_stored(
    run: Run, tmp_path: Path
) -> None:
    """What breaks a rule all the same may yet come of what is lost."""
    path = journal(tmp_path)
    events = list(map(json.loads, OTHER.splitlines()))
    parts = [json.dumps({"id": JOB + 1, "events": part}) for part in (events[:5], events[5:])]
    path.write_text("\n".join([parts[0], "lost", parts[1], '{"id":-1,"events":[]}', ""]))
    code, out, err = run("report", "--job", JOB + 1, path)
    assert (code, out) == (2, "")
    assert "the log may lack events, and faults may come of that; take the stored log" in err


def test_a_log_on_standard_input_and_compressed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = gzip.compress(SECRET)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    code, out, _ = run("report", "-")
    assert code == 1
    assert out.startswith(f"MUST[{MUST}]")


def test_nothing_to_report_is_said(run: Run, tmp_path: Path) -> None:
    """And so is what cannot be read, or is no way to call it."""
    path = log_file(tmp_path, SOUND)
    assert run("report", path) == (0, f"{path}: conforms; there is nothing to report\n", "")
    code, out, _ = run("report", "--format", "json", path)
    assert (code, json.loads(out)["reports"]) == (0, [])
    assert run("report", tmp_path / "missing")[0] == 2
    code, _, err = run("report", "-o", "-", path)
    assert code == 2
    assert "-o - would mix the log with the report" in err
    code, _, err = run("report", "-o", path, log_file(tmp_path, SECRET))
    assert code == 2
    assert path.read_bytes() == SECRET


def test_the_call_is_named_with_the_options_that_it_needs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the small log does not tell its kind by itself, and for a specification of one's own."""
    monkeypatch.chdir(tmp_path)
    path = log_file(tmp_path, b'{"timestamp":1,"name":"done"}\n')
    _, out, _ = run("report", "--machine", "exec", "-o", "small", path)
    told = " ".join(out.split())
    assert "flux-conform check --machine exec small shows it" in told
    assert run("check", "--machine", "exec", "small")[0] == 1

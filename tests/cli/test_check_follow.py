"""`check --follow`: logs that grow, and journals, judged event by event."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cli.conftest import Run
from flux_conform.logs.growing import GrowingFile

SCHEMA = json.loads(files("flux_conform.checking").joinpath("verdict.schema.json").read_text())
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


def archive() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("job/0000/0000/0000/0007/eventlog"))
    return file.getvalue()


TAR = archive()


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
    code, out, _ = run("check", "--follow", "-")
    assert (code, out.splitlines()) == (
        0,
        [
            "-: incomplete (2 events, ends in DEPEND)",
            "  waits for its dependencies to be declared satisfied since 1970-01-01 00:00:02 UTC",
        ],
    )


EMPTY_PIPE = (
    "-: unreadable: there was no input; the command that writes to this pipe may have failed"
)


@pytest.mark.parametrize("verb", ["check", "check --follow", "check --partial", "replay"])
def test_a_pipe_without_a_byte_is_no_empty_log(
    run: Run, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """The command before it failed: there is no log that could break a rule."""
    piped(monkeypatch)
    assert run(*verb.split(), "-")[:2] == (2, f"{EMPTY_PIPE}\n")


@pytest.mark.parametrize("follow", [[], ["--follow"]])
def test_an_empty_log_that_was_compressed_is_an_empty_log(
    run: Run, monkeypatch: pytest.MonkeyPatch, follow: list[str]
) -> None:
    """Somebody wrote it: RFC 18 demands an event of it, as of an empty file."""
    stdin = io.TextIOWrapper(io.BytesIO(gzip.compress(b"")))
    monkeypatch.setattr(sys, "stdin", stdin)
    code, out, _ = run("check", *follow, "-")
    assert (code, "MUST[rfc18/not-empty]: the log is empty" in out) == (1, True)


@pytest.mark.parametrize("follow", [[], ["--follow"]])
def test_a_journal_without_the_job_that_is_asked_for_holds_no_empty_log_of_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, follow: list[str]
) -> None:
    """Nor one without any job."""
    piped(monkeypatch, entry(7, SUBMIT, VALIDATE), entry(-1))
    code, out, _ = run("check", *follow, "--job", "5", "-")
    assert (code, out) == (2, "ƒ6 (5): unreadable: there is no log of this job\n")
    piped(monkeypatch, entry(-1))
    code, out, _ = run("check", *follow, "-")
    assert (code, out) == (2, "-: unreadable: it holds no eventlog\n")


def test_a_journal_is_followed_job_by_job(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job is told when it ends; what comes after its end is still its own."""
    rows = [
        entry(-1),
        "no entry",
        entry(7, SUBMIT, VALIDATE),
        entry(8, SUBMIT),
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


def verdicts(out: str) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in out.splitlines()]
    return [(row["log"].partition(" ")[2], row["verdict"]) for row in rows if "verdict" in row]


def test_a_backlog_that_comes_again_is_not_judged_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the consumer reconnected; an event that is logged twice is, all the same."""
    again = [entry(7, SUBMIT, VALIDATE), entry(8, SUBMIT), entry(-1)]
    piped(monkeypatch, *again, *again, entry(7, FATAL, CLEAN), entry(8, VALIDATE))
    code, out, _ = run("check", "--follow", "--format", "json", "-")
    assert code == 0
    assert verdicts(out) == [("ƒ8 (7)", "conforms"), ("ƒ9 (8)", "incomplete")]
    piped(monkeypatch, *again, entry(8, SUBMIT), entry(8, VALIDATE))
    code, out, _ = run("check", "--follow", "--strict", "-")
    assert (code, "implied[rfc21/submit/once]" in out) == (1, True)


def test_a_backlog_that_lacks_an_event_that_is_never_stored_is_not_judged_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal alone has annotations, and a backlog after a reconnect comes from the store."""
    notes = [{"timestamp": 2 + at / 8, "name": "annotations"} for at in range(3)]
    piped(
        monkeypatch,
        entry(-1),
        *(entry(7, event) for event in (SUBMIT, VALIDATE, *notes)),
        entry(7, SUBMIT, VALIDATE, FATAL),
        entry(-1),
        entry(7, CLEAN),
    )
    code, out, _ = run("check", "--follow", "--format", "json", "-")
    (end,) = [row for row in map(json.loads, out.splitlines()) if "verdict" in row]
    assert (code, end["verdict"], end["events"]) == (0, "conforms", 7)


@pytest.mark.parametrize("follow", [(), ("--follow",)])
def test_a_backlog_comes_again_event_by_event(
    run: Run, monkeypatch: pytest.MonkeyPatch, follow: tuple[str, ...]
) -> None:
    """As where the example script writes a second journal after a first one, to one file."""
    first = [entry(job, event) for event in (SUBMIT, VALIDATE) for job in (7, 8)]
    second = [entry(job, event) for event in (SUBMIT, VALIDATE, FATAL) for job in (7, 8)]
    piped(monkeypatch, *first, entry(-1), *second, entry(-1), entry(7, CLEAN), entry(8, CLEAN))
    code, out, _ = run("check", *follow, "--strict", "--format", "json", "-")
    ends = [row for row in map(json.loads, out.splitlines()) if "verdict" in row]
    assert (code, [(row["verdict"], row["events"]) for row in ends]) == (0, [("conforms", 4)] * 2)


@pytest.mark.parametrize(
    ("rows", "arguments", "says"),
    [
        ([entry(-1)], (), "-: unreadable: it holds no eventlog"),
        (
            [entry(7, SUBMIT), entry(-1)],
            ("--job", "8"),
            "ƒ9 (8): unreadable: there is no log of this job",
        ),
        ([SUBMIT, VALIDATE], ("--job", "8"), "ƒ9 (8): unreadable: there is no log of this job"),
    ],
)
def test_a_source_without_a_log_that_is_asked_for_is_no_empty_log(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[object],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    """Of an instance without jobs there is a journal, too; without --follow the same is said."""
    for follow in ((), ("--follow",)):
        piped(monkeypatch, *rows)
        assert run("check", *follow, *arguments, "-")[:2] == (2, f"{says}\n")


def test_a_file_that_is_the_log_of_another_job_is_not_followed_for_it(
    run: Run, tmp_path: Path
) -> None:
    log = tmp_path / "7.eventlog"
    log.write_text("".join(f"{json.dumps(each)}\n" for each in (SUBMIT, VALIDATE, FATAL, CLEAN)))
    for follow in ((), ("--follow",)):
        assert run("check", *follow, "--job", "7", str(log))[0] == 0
        code, out, _ = run("check", *follow, "--job", "8", str(log))
        assert (code, out) == (2, "ƒ9 (8): unreadable: there is no log of this job\n")


def test_of_a_violating_log_of_a_journal_is_said_that_a_filter_may_explain_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal has no validate in it; read as a whole, that is taken to be left out."""
    rows = [
        row
        for job in (7, 8)
        for row in (entry(job, SUBMIT, {"timestamp": 2, "name": "depend"}, FATAL, CLEAN),)
    ]
    piped(monkeypatch, *rows, entry(-1))
    code, out, _ = run("check", "--format", "json", "-")
    assert (code, [verdict for _, verdict in verdicts(out)]) == (0, ["inconclusive"] * 2)
    piped(monkeypatch, entry(9, SUBMIT), *rows, entry(-1))
    code, out, _ = run("check", "--follow", "--format", "json", "-")
    ends = [row for row in map(json.loads, out.splitlines()) if "verdict" in row]
    assert (code, [row["verdict"] for row in ends]) == (1, ["violates", "violates", "incomplete"])
    for row in ends[:2]:
        assert "whether an allow or deny list of the journal explains" in row["lost"][0]
    assert "lost" not in ends[2]


def test_a_log_of_which_a_line_may_be_lost_is_not_judged_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never as violating; which job the line was about, its beginning may say."""
    bad = '{"id": 7, "events": [{"timest'
    piped(monkeypatch, entry(7, SUBMIT), entry(8, SUBMIT), entry(-1), bad, entry(7, CLEAN))
    code, out, _ = run("check", "--follow", "--format", "json", "-")
    assert code == 2
    assert verdicts(out)[1:] == [("ƒ8 (7)", "unreadable"), ("ƒ9 (8)", "incomplete")]
    piped(
        monkeypatch,
        entry(7, SUBMIT),
        entry(-1),
        "x",
        entry(7, CLEAN),
        entry(9, CLEAN),
        entry(5, SUBMIT),
    )
    code, out, _ = run("check", "--follow", "--format", "json", "-")
    assert verdicts(out)[1:] == [
        ("ƒ8 (7)", "unreadable"), ("ƒA (9)", "unreadable"), ("ƒ6 (5)", "incomplete"),
    ]  # fmt: skip
    piped(monkeypatch, entry(7, SUBMIT), entry(7), entry(-1))
    code, out, _ = run("check", "--follow", "-")
    assert (code, "it was filtered by an allow or deny list" in out) == (2, True)


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
        (("s3://a/b",), "s3://a/b: an address cannot be followed"),
        ((os.curdir,), ".: this is a directory, and --follow follows one file; name it"),
    ],
)
def test_what_cannot_be_followed_is_said(run: Run, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = run("check", "--follow", *arguments)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (TAR, "a tar archive"), (gzip.compress(TAR), "a tar archive"), (b"\0" * 1024, "a tar archive"),
        (b"SQLite format 3\0" + bytes(600), "an SQLite database"), (b"PK\3\4", "a ZIP archive"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a picture (PNG)"), (b"\x7fELF\2", "a program"),
        ("{}".encode("utf-16"), "UTF-16 text"), (b"\x1f\x8b\0\0 no gzip", "damaged"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_piped", [False, True])
def test_what_does_not_grow_by_lines_is_refused_by_name(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: bytes,
    says: str,
    *,
    is_piped: bool,
) -> None:
    """At once, and never judged as lines; a file of it is not waited for."""
    path = tmp_path / "a.eventlog"
    path.write_bytes(data)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    code, out, _ = run("check", "--follow", "-" if is_piped else path)
    assert (code, out.count("\n")) == (2, 1)
    assert ": unreadable: " in out
    assert says in out


def followed(run: Run, *arguments: object) -> tuple[object, ...]:
    """What is said of the one log that is followed."""
    *found, end = (
        json.loads(line) for line in run("check", "--follow", *arguments)[1].splitlines()
    )
    for row in (*found, end):
        Draft202012Validator(SCHEMA).validate(row)
    return (
        *(end[key] for key in ("machine", "verdict", "state", "events")), end.get("lost"),
        [row["finding"] for row in found],
    )  # fmt: skip


@pytest.mark.slow
def test_every_printed_form_is_judged_alike_with_and_without_follow(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its path, in a pipe, and compressed there."""
    paths = sorted((corpus / "artefacts" / "text").glob("*.txt"))
    assert len(paths) == 42
    for path in paths:
        row = json.loads(run("check", "--format", "json", path)[1])
        keys = ("machine", "verdict", "state", "events")
        whole = (*(row[key] for key in keys), row.get("lost"), row["findings"])
        assert followed(run, "--format", "json", path) == whole
        for data in (path.read_bytes(), gzip.compress(path.read_bytes())):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
            assert followed(run, "--format", "json", "-") == whole


@pytest.mark.parametrize("form", ["raw", "iso", "offset", "human", "json"])
@pytest.mark.parametrize("change", ["dropped", "doubled", "coloured", "copied", "cut"])
def test_a_faulty_text_has_the_same_findings_with_and_without_follow(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch, form: str, change: str
) -> None:
    lines = (corpus / "artefacts" / "text" / f"40013660160.{form}.txt").read_text().splitlines()
    lines = [line for line in lines if line]
    if change == "dropped":
        lines.pop(2)
    elif change == "doubled":
        lines.insert(2, lines[1])
    elif change == "coloured":
        lines = [f"\x1b[1m{line}\x1b[0m" if form != "json" else line for line in lines[:5]]
    elif change == "copied":
        lines = ["$ flux job eventlog f1", *lines, "$ "]
    else:
        lines = lines[:-1]
    data = "\n".join(lines).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    row = json.loads(run("check", "--format", "json", "-")[1])
    keys = ("machine", "verdict", "state", "events")
    whole = (*(row[key] for key in keys), row.get("lost"), row["findings"])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    found = followed(run, "--format", "json", "-")
    assert [each["rule"] for each in found[-1]] == [each["rule"] for each in whole[-1]]
    assert found[:-1] == whole[:-1]
    assert row["verdict"] == ("violates" if change in ("dropped", "doubled") else row["verdict"])


def test_a_job_that_is_stuck_is_incomplete_and_not_violating(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`flux job eventlog --follow` prints text unless it is asked for JSON."""
    text = (
        "1660700516.260104 submit userid=4101 urgency=16 flags=0 version=1\n"
        "1660700516.279641 validate\n1660700516.292295 depend\n"
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    code, out, _ = run("check", "--follow", "-")
    assert (code, out.splitlines()[0]) == (0, "-: incomplete (3 events, ends in PRIORITY)")
    assert "not judged: times are rounded to the microsecond" in out


@pytest.mark.parametrize("folder", ["exec", "io", "resource", "job"])
def test_a_followed_log_is_judged_by_the_machine_of_its_kind(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    paths = sorted((corpus / folder).rglob("*.eventlog"))[::40]
    for path in paths:
        outcomes = []
        for follow in ([], ["--follow"]):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
            code, out, _ = run("check", *follow, "--format", "json", "-")
            row = json.loads(out.splitlines()[-1])
            outcomes.append((code, row.get("machine"), row["verdict"], row.get("error")))
        assert outcomes[0] == outcomes[1], path
        assert outcomes[0][1] == folder


def test_a_log_that_turns_out_to_be_of_another_kind_is_not_judged_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first event alone does not decide for all that follow."""
    piped(monkeypatch, {"timestamp": 1, "name": "init"}, SUBMIT, VALIDATE)
    code, out, _ = run("check", "--follow", "-")
    assert code == 2
    assert "it begins as an exec eventlog, and goes on as a job eventlog" in out
    piped(monkeypatch, SUBMIT, VALIDATE)
    code, out, _ = run("check", "--follow", "--machine", "exec", "-")
    assert (code, "the machine exec knows none of its first events" in out) == (2, True)
    piped(monkeypatch, *({"timestamp": 1, "name": f"x{number}"} for number in range(100)))
    code, out, _ = run("check", "--follow", "-")
    assert (code, out.count("MUST[rfc21/submit/first]")) == (1, 1)


def test_a_file_without_an_event_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    """Unless what is there so far may stand before one."""
    path = tmp_path / "a.json"
    for text in ('[{"timestamp": 1, "name": "submit"}]\n', '[{"timestamp": 1}]', "[\n1\n]\n"):
        path.write_text(text)
        code, out, _ = run("check", "--follow", path)
        assert (code, "this is a JSON array" in out) == (2, True)
    for data in (b"JOBID ST\n", b"\0\1", b"0.000s: job.x", b"hello\n"):
        path.write_bytes(data)
        code, out, _ = run("check", "--follow", path)
        assert (code, out.count("\n")) == (2, 1)


def test_that_nobody_reads_the_output_is_no_fault_of_the_log(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind `| head`: it ends without a word about the log."""

    def broken(*_: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    piped(monkeypatch, {"timestamp": 1, "name": "validate"})
    monkeypatch.setattr("flux_conform.reports.live_report.LiveText.finding", broken)
    monkeypatch.setattr("flux_conform.cli.main._forget_output", lambda: None)
    code, _, err = run("check", "--follow", "-")
    assert (code, err) == (2, "")


@pytest.mark.parametrize(("rows", "code"), [([SUBMIT, VALIDATE], 0), ([SUBMIT, CLEAN], 1)])
def test_ctrl_c_ends_a_look_and_the_exit_code_is_what_was_found(
    tmp_path: Path, rows: list[object], code: int
) -> None:
    """It is how a look at something that never ends is ended, and no error."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "flux_conform", "check", "--follow", "--format", "json", "-"],
        stdin=reader,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )
    os.close(reader)
    # Of a log without findings nothing is printed before its end, so another one ends behind it.
    for each in (entry(1, *rows), entry(2, SUBMIT, VALIDATE, FATAL, CLEAN)):
        os.write(writer, json.dumps(each).encode() + b"\n")
    assert process.stdout is not None
    assert any(b'"conforms"' in line for line in iter(process.stdout.readline, b""))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    os.close(writer)
    assert (process.returncode, errors) == (code, b"")


def test_ctrl_c_says_that_no_event_came(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, for there is no verdict on a log without an event that may still grow."""

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(
        "flux_conform.session.live.GrowingFile", partial(GrowingFile, wait=interrupted)
    )
    log = tmp_path / "new.eventlog"
    log.write_bytes(b"")
    assert run("check", "--follow", log) == (0, "", f"{log}: no event came\n")
    log.write_text(json.dumps(SUBMIT) + "\n")
    code, out, err = run("check", "--follow", log)
    waits = "  waits for its validation since 1970-01-01 00:00:01 UTC\n"
    assert (code, out, err) == (0, f"{log}: incomplete (1 event, ends in NEW)\n{waits}", "")

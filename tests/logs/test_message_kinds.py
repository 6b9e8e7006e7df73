"""Logs of messages are known by the form of their lines and by their first messages."""

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flux_conform import check, check_many
from flux_conform.checking.known_kinds import kinds_for
from flux_conform.language import load
from flux_conform.logs.eventlog import UnreadableLog

Run = Callable[..., tuple[int, str, str]]

OF_JOB = kinds_for(load("job"), is_given=False)


def messages(*names: str, **further: object) -> bytes:
    """A log of messages that carry nothing."""
    return b"".join(
        json.dumps({"timestamp": number, "message": name, **further}).encode() + b"\n"
        for number, name in enumerate(names, 1)
    )


def events(*names: str) -> bytes:
    return messages(*names).replace(b'"message"', b'"name"')


UP = ("hello", "hello-end", "ready", "alloc", "success")
LIFE = ("submit", "validate", "depend", "priority", "alloc")


@pytest.mark.parametrize("start", range(len(UP)))
def test_a_log_of_messages_is_known_without_its_beginning(start: int) -> None:
    assert OF_JOB.of(messages(*UP[start:]), "-") == "alloc"


@pytest.mark.parametrize(
    ("log", "path", "kind"),
    [
        (messages("hello-end"), "-", "alloc"), (messages("x", "hello-end"), "-", "alloc"),
        (b"\n{}\n" + messages("ready"), "-", "alloc"),
        (messages("ready").replace(b'"timestamp": 1, ', b""), "-", "alloc"),
        (messages("x"), "-", None), (messages("x"), "a/1.alloc.eventlog", "alloc"),
        # A name means in each form what it means there.
        (events("alloc", "free"), "-", "job"), (messages("alloc", "free"), "-", "alloc"),
        (events("hello-end"), "-", None), (events("hello-end"), "1.alloc.eventlog", None),
        (messages("submit", "validate"), "-", None), (messages("init"), "-", None),
        (messages("header"), "-", None), (messages("drain"), "1.resource.eventlog", "resource"),
        # The first line that is an event says in which form the log is.
        (messages("ready") + events(*LIFE), "-", "alloc"), (events(*LIFE) + messages(*UP), "-", "job"),
        (events("x") + messages(*UP), "-", None), (messages("submit") + events(*LIFE), "-", "job"),
    ],
)  # fmt: skip
def test_the_form_of_a_log_decides_which_kinds_it_can_be(
    log: bytes, path: str, kind: str | None
) -> None:
    assert OF_JOB.of(log, path) == kind


def test_a_machine_that_is_named_takes_no_log_of_the_other_form(run: Run, tmp_path: Path) -> None:
    """The kind of the log is named; in a folder it is counted."""
    talk, life = tmp_path / "talk.eventlog", tmp_path / "life.eventlog"
    talk.write_bytes(messages(*UP))
    life.write_bytes(events(*LIFE))
    for machine, other, kind in (("job", talk, "an alloc"), ("alloc", life, "a job")):
        code, out, err = run("check", "--machine", machine, other)
        assert code == 2
        assert f"this is {kind} eventlog, and the machine {machine} knows none" in out + err
        with pytest.raises(UnreadableLog, match="knows none"):
            check(other, machine=machine)
        _, out, _ = run("check", "--machine", machine, tmp_path)
        assert f"1 skipped, {kind.split()[1]} eventlogs" in out


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_folder_of_both_forms_is_judged_in_one_call(run: Run, tmp_path: Path, jobs: int) -> None:
    """By names that say nothing; other lines of JSON that bear a message are left alone."""
    (tmp_path / "1.eventlog").write_bytes(messages(*UP))
    (tmp_path / "2.eventlog").write_bytes(events(*LIFE))
    (tmp_path / "3.eventlog.gz").write_bytes(gzip.compress(messages(*UP)))
    (tmp_path / "talk.jsonl").write_bytes(messages(*UP))
    (tmp_path / "service.jsonl").write_bytes(messages(*UP, level="info"))
    (tmp_path / "other.jsonl").write_bytes(messages("listening"))
    code, out, _ = run("check", "--jobs", str(jobs), "--format", "json", tmp_path)
    rows = [json.loads(line) for line in out.splitlines()]
    judged = {Path(row["log"]).name: row["machine"] for row in rows if "machine" in row}
    assert judged == {
        "1.eventlog": "alloc", "2.eventlog": "job", "3.eventlog.gz": "alloc", "talk.jsonl": "alloc"
    }  # fmt: skip
    assert code == 1
    assert [row["skipped"] for row in rows if row["verdict"] == "skipped"] == [2]


@pytest.mark.parametrize("options", [[], ["--partial"], ["--follow"], ["--summary"]])
def test_a_log_of_messages_is_read_from_a_pipe(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    """What is missing in these messages is a fault, and none of it a job's."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(messages(*UP))))
    code, out, _ = run("check", *options, "-")
    assert code == 1
    assert "rfc27/ready/context" in out
    assert "rfc21" not in out


def test_a_program_has_its_logs_of_messages_judged() -> None:
    (judged,) = check_many([messages(*UP)])
    assert judged.machine.specification.name == "alloc"  # type: ignore[union-attr]
    assert check(messages("hello", "hello-end")).verdict == "incomplete"

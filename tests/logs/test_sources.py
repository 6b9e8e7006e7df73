"""Any source, told by its content: on standard input, in directories, and what `check` makes of it."""

import gzip
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from dumps import JOB, KEY
from flux_conform.logs.remote import UnreachablePlace, read_log
from flux_conform.logs.sniff import form_of
from flux_conform.logs.source_items import LogFilter, Problem, Skipped, SourcedLog
from flux_conform.logs.sources import read_sources

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("source", "verdicts"),
    [
        ("dump.tgz", {"job conforms": 18, "job incomplete": 1, "exec conforms": 18, "io conforms": 34, "io violates": 1, "resource conforms": 1}),
        ("shutdown-dump.tar.bz2", {"job conforms": 18, "job incomplete": 1, "exec conforms": 18, "io conforms": 34, "io violates": 1, "resource conforms": 1}),
        ("content.sqlite", {"job conforms": 18, "job incomplete": 1, "exec conforms": 18, "io conforms": 34, "io violates": 1, "resource conforms": 1}),
        ("journal.ndjson", {"job conforms": 18, "job incomplete": 1}),
        ("journal-live.ndjson", {"job conforms": 112, "job incomplete": 5, "job violates": 3}),
    ],
)  # fmt: skip
def test_every_form_of_an_instance_is_judged_on_standard_input(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch, source: str, verdicts: dict[str, int]
) -> None:
    """In one call, each log by the machine of its kind, and nothing is left out in silence."""
    data = (corpus / "artefacts" / source).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    code, out, err = run("check", "--format", "json", "-")
    rows = [row for row in map(json.loads, out.splitlines()) if row["verdict"] != "skipped"]
    assert Counter(f"{row['machine']} {row['verdict']}" for row in rows) == verdicts
    assert code == (0 if source == "journal.ndjson" else 1)
    assert ("-: 1 skipped, admin eventlogs\n" in err) is (not source.startswith("journal"))
    bad = {row["job"]["id"] for row in rows if row["verdict"] == "violates"}
    # The corpus names them: their expiration is a floating-point number. One job's output has no header.
    live = source == "journal-live.ndjson"
    dumped = not source.startswith("journal")
    assert bad == {*([573579460608, 611865067520, 669142482944] * live), *([45818576896] * dumped)}


def test_a_machine_takes_the_logs_of_its_kind(run: Run, corpus: Path) -> None:
    """The others are told, and a text says which machines judged how many."""
    dump = corpus / "artefacts" / "dump.tgz"
    code, out, _ = run("check", dump)
    assert code == 1
    assert "73 logs: 71 conform, 1 incomplete, 1 violate" in out
    assert "judged 18 by exec, 35 by io, 19 by job, 1 by resource" in out
    assert f"{dump}: 57 skipped, other keys than eventlogs" in out
    code, out, _ = run("check", "--machine", "exec", dump)
    assert code == 0
    assert "18 logs: 18 conform" in out
    assert "19 skipped, job eventlogs" in out
    code, _, err = run("check", "--earlier", os.devnull, dump)
    assert (code, "here are more; name one by --job" in err) == (2, True)


def test_one_job_is_taken_by_its_id(run: Run, corpus: Path) -> None:
    """By every verb that reads logs; what was asked for must be there."""
    dump = corpus / "artefacts" / "dump.tgz"
    code, out, _ = run("check", "--job", "fKCaBeX", dump)
    assert code == 0
    assert f"{dump}: {JOB}: conforms (10 events, ends in INACTIVE)" in out
    assert f"{dump}: {JOB} exec: conforms" in out
    code, out, err = run("replay", "--job", "0x2c8000000", "--machine", "job", dump)
    assert code == 0
    assert f"{dump}: {JOB}: 10 events, ends in INACTIVE" in out
    assert f"{dump}: 1 skipped, exec eventlogs" in err
    code, out, _ = run("draw", "trace", "--format", "text", "--job", "11945377792", dump)
    assert code == 0
    assert f"the road of {dump}: {JOB}" in " ".join(out.split())  # long paths are wrapped
    code, _, err = run("draw", "trace", dump)
    assert (code, f"{dump} holds many logs; name one by --job" in err) == (2, True)
    code, out, _ = run("certify", "--job", "11945377792", dump)
    assert code == 0
    assert "1 conform; 10 events" in out
    code, out, _ = run("check", "--job", "7", dump)
    assert (code, "ƒ8 (7): unreadable: there is no log of this job" in out) == (2, True)
    code, _, err = run("check", "--job", "seven", dump)
    assert (code, '--job: "seven" is no job id' in err) == (2, True)


def test_an_unpacked_dump_is_read_by_its_keys(run: Run, tmp_path: Path) -> None:
    """Beside files that are named as eventlogs, compressed or not; the rest is counted."""
    log = b'{"timestamp":1,"name":"x"}\n'
    job = tmp_path / KEY
    (job / "guest" / "exec").mkdir(parents=True)
    (job / "eventlog").write_bytes(log)
    (job / "guest" / "exec" / "eventlog").write_bytes(log * 2)
    (job / "R").write_bytes(b"{}")
    (tmp_path / "9.eventlog.gz").write_bytes(gzip.compress(log * 3))
    logs = list(read_sources([str(tmp_path)]))
    told = [(*each[1:4], each.name) for each in logs if isinstance(each, SourcedLog)]
    assert [(data, str(number), kind) for data, number, kind, _ in told] == [
        (log * 3, "ƒA (9)", None), (log, JOB, "job"), (log * 2, JOB, "exec"),
    ]  # fmt: skip
    assert logs[3:] == [
        Skipped(str(tmp_path), 1, "files not named *.eventlog, and no sources by their content")
    ]
    _, out, _ = run("check", "--format", "json", tmp_path)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["machine"] for row in rows if "machine" in row] == ["job", "job", "exec"]
    assert rows[-1]["verdict"] == "skipped"


@pytest.mark.parametrize(
    "verb", [["check"], ["check", "--jobs", "2"], ["check", "--partial"], ["replay"]]
)
def test_a_log_that_no_machine_judges_is_told(run: Run, tmp_path: Path, verb: list[str]) -> None:
    """Where it is named by itself; a machine that is named judges it if it knows its events."""
    path = tmp_path / KEY / "guest" / "mine" / "eventlog"
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"timestamp":1,"name":"header"}\n{"timestamp":1,"name":"data"}\n')
    code, *told = run(*verb, path)
    why = (
        "this is a mine eventlog; flux-conform has no machine for it, give one with --machine FILE"
    )
    assert (code, why in str(told)) == (2, True)
    code, *told = run(*verb, "--machine", "exec", path)
    why = "this is an io eventlog, and the machine exec knows none of its first events"
    assert (code, why in str(told)) == (2, True)
    path.write_bytes(b'{"timestamp":1,"name":"init"}\n')
    assert run(*verb, "--machine", "exec", path)[0] != 2


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("{}".encode("utf-16"), "UTF-16 text"), ("{}".encode("utf-16-le"), "UTF-16 text"),
        ("{}".encode("utf-32"), "UTF-32 text"), (b"PK\x03\x04", "a ZIP archive"),
        (b"\x7fELF\x02", "a program"), (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
        (b"\xff\xd8\xff\xe0", "a picture (JPEG)"), (b"#!/bin/sh\n", "a script"),
        (b"RIFF\0\0\0\0WEBP", "a picture (WebP)"),
    ],
)  # fmt: skip
def test_what_is_something_else_is_named(tmp_path: Path, data: bytes, what: str) -> None:
    """It is unreadable, rather than a log with faults."""
    path = tmp_path / "x.eventlog"
    path.write_bytes(data)
    (problem,) = read_sources([str(path)])
    assert isinstance(problem, Problem)
    assert problem.error.startswith(f"this is {what}, which is not read")


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"\xef\xbb\xbf{}", b'{"id":1,"timestamp":2}', b'{"name":7}', b'{"timestamp":1,"na',
     b'  {"context":', b'{"name":"x","context":' + b'{"a":' * 1000],
)  # fmt: skip
def test_what_begins_with_an_event_is_judged_as_an_eventlog(data: bytes) -> None:
    """However badly it is formed, so that its lines are named, and what is wrong with them."""
    assert form_of(data) == "eventlog"


@pytest.mark.parametrize(
    "data", [b"\xff", b"1 a", b"[1]", b"\n{}", b'{"events":"x"}', b"{'name'", b"null", b"{", b"\n"]
)
def test_in_what_is_nothing_else_events_are_looked_for(data: bytes) -> None:
    """Line by line."""
    assert form_of(data) == "text"


def test_an_address_stands_for_a_file_a_folder_or_a_pattern() -> None:
    """As a path stands for a file or a directory."""
    log = b'{"timestamp":1,"name":"x"}\n'
    for name in ("b.eventlog", "a.eventlog.gz", "c.txt"):
        with fsspec.open(f"memory://box/{name}", "wb") as file:
            file.write(gzip.compress(log) if name.endswith("gz") else log)
    names = {
        address: [each.name.rpartition("/")[2] for each in read_sources([address])]
        for address in ("memory://box", "memory://box/*.txt", "memory://box/c.txt")
    }
    assert list(names.values()) == [["a.eventlog.gz", "b.eventlog"], ["c.txt"], ["c.txt"]]
    (problem,) = read_sources(["memory://box/*.none"])
    assert problem == Problem("memory://box/*.none", "no eventlog is there")


FORBIDDEN = ("sqlite3", "tarfile", "msgspec", "gzip", "bz2", "lzma", "lz4", "tempfile")


def test_what_changed_since_it_was_found_is_told_and_not_waited_for(tmp_path: Path) -> None:
    """A pipe, a directory, or nothing where a file was, whoever reads it."""
    paths = [tmp_path / f"{name}.eventlog" for name in "abcd"]
    for path in paths:
        path.write_text("{}")
    found = read_sources([str(tmp_path)])
    unread = read_sources([str(tmp_path)], LogFilter(unread=True))
    assert [next(found), next(unread)] == [
        SourcedLog(str(paths[0]), data, is_unread=not data) for data in (b"{}", b"")
    ]
    for path in paths[1:]:
        path.unlink()
    os.mkfifo(paths[1])
    paths[2].mkdir()
    told = [problem.error for problem in found if isinstance(problem, Problem)]
    for error, said in zip(told, ("it is a pipe", "Is a directory", "No such file"), strict=True):
        assert error.startswith(said)
        with pytest.raises(UnreachablePlace, match=re.escape(error)):
            read_log(next(unread).name)


def test_a_plain_file_loads_nothing_that_other_sources_need(tmp_path: Path) -> None:
    """So that checking it stays quick."""
    path = tmp_path / "9.eventlog"
    path.write_bytes(b'{"timestamp":1,"name":"x"}\n')
    code = (
        "import sys; from flux_conform.cli.main import main; main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr)"
    )
    source = Path(__file__).resolve().parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, "check", path],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(source)}, capture_output=True, check=True,
    )  # fmt: skip
    modules = set(done.stderr.decode().split())
    assert "flux_conform.logs.unsupported" not in modules
    loaded = {name.partition(".")[0] for name in modules}
    assert "flux_conform" in loaded
    assert loaded & set(FORBIDDEN) == set()

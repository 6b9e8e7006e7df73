"""What lies in a source is read as what it is, or named, or counted with its reason."""

import gzip
import io
import json
import lzma
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dumps import KEY, OTHER_KEY, Store, node
from flux_conform.logs import database, journal_entry, source_items, stream
from flux_conform.logs.jobid import JobId
from flux_conform.logs.source_items import Problem, Skipped, SourcedLog
from flux_conform.logs.sources import read_sources

Run = Callable[..., tuple[int, str, str]]

SUBMIT = (
    b'{"timestamp":1760000000.125,"name":"submit",'
    b'"context":{"userid":4101,"urgency":16,"flags":0,"version":1}}\n'
)
ROOT = Path(__file__).resolve().parents[2]


def tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as made:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            made.addfile(header, io.BytesIO(data))
    return path


def read(path: Path) -> tuple[dict[str, SourcedLog], list[str], dict[str, int]]:
    """The logs by name, the problems, and what was skipped."""
    all_ = list(read_sources([str(path)]))
    return (
        {
            each.name.removeprefix(f"{path}: "): each
            for each in all_
            if isinstance(each, SourcedLog)
        },
        [f"{each.name}: {each.error}" for each in all_ if isinstance(each, Problem)],
        {each.what: each.number for each in all_ if isinstance(each, Skipped)},
    )


# Dumps and content stores


def test_kinds_that_keys_make_up_are_counted_together_after_the_first(tmp_path: Path) -> None:
    """Any key can name one, and a dump has a million."""
    path = tar(tmp_path / "odd.tar", {f"k{n}/eventlog": SUBMIT for n in range(100)})
    wanted = source_items.LogFilter(lambda kind: kind == "job")
    skipped = {
        e.what: e.number for e in read_sources([str(path)], wanted) if isinstance(e, Skipped)
    }
    assert sum(skipped.values()) == 100
    assert len(skipped) == 21
    assert skipped["k0 eventlogs"] == 1
    assert skipped["eventlogs of further kinds"] == 80


def test_jobs_in_lost_and_found_are_judged_and_named(run: Run, tmp_path: Path) -> None:
    """Flux put them there because it could not load them: under two names, by its version."""
    broken = SUBMIT + b'{"timestamp":1760000001,"name":"alloc"}\n'
    path = tar(
        tmp_path / "dump.tar",
        {
            f"{KEY}/eventlog": SUBMIT,
            "job-lost+found/job/ƒABCDEF/eventlog": broken,
            "job-lost+found/job/ƒABCDEF/guest/exec/eventlog": b"",
            "lost+found/job/ƒABCDEG/eventlog": broken,
            f"lost+found/{OTHER_KEY}/eventlog": broken,
        },
    )
    logs, problems, _ = read(path)
    assert [(each.job, each.kind) for each in logs.values()][1:] == [
        (JobId.parse("ƒABCDEF"), "job"), (JobId.parse("ƒABCDEF"), "exec"),
        (JobId.parse("ƒABCDEG"), "job"), (JobId.parse(OTHER_KEY.replace("/", ".")), "job"),
    ]  # fmt: skip
    assert [name for name in logs if name.startswith("ƒABCDEF")] == [
        f"{JobId.parse('ƒABCDEF')} in job-lost+found",
        f"{JobId.parse('ƒABCDEF')} exec in job-lost+found",
    ]
    assert problems == []
    code, out, _ = run("check", "--job", "ƒABCDEG", path)
    assert (code, "violates" in out, "in lost+found" in out) == (1, True, True)


def test_a_job_whose_directory_holds_no_eventlog_is_named(run: Run, tmp_path: Path) -> None:
    """Wherever its keys lie in the archive; one with other logs is counted with its id."""
    members = {
        f"{KEY}/R": b"{}",
        f"{OTHER_KEY}/R": b"{}",
        f"{KEY}/eventlog": SUBMIT,
        f"{OTHER_KEY}/jobspec": b"{}",
        f"{KEY}/jobspec": b"{}",
        "job/0000/0002/c802/0000/guest/exec/eventlog": b'{"timestamp":1,"name":"init"}\n',
    }
    path = tar(tmp_path / "dump.tar", members)
    other, third = (JobId.parse(f"0000.0002.{part}.0000") for part in ("c801", "c802"))
    logs, problems, skipped = read(path)
    assert len(logs) == 2
    assert problems == [f"{path}: {other}: its directory holds no eventlog"]
    assert skipped[f"jobs whose own eventlog is missing ({third.f58})"] == 1
    assert run("check", path)[0] == 2
    assert run("check", "--machine", "exec", path)[0] == 0
    assert run("check", "--job", third.f58, path)[0] == 0


def test_a_content_store_tells_the_same_of_its_jobs(tmp_path: Path) -> None:
    """Of what is in lost and found, and of jobs without an eventlog, also with nothing at all."""
    path = tmp_path / "content.sqlite"
    store = Store(path)
    log = node("val", "e30K")
    empty = node("dir", {})
    group = node("dir", {"0000": node("dir", {"a100": node("dir", {"0000": empty})})})
    lost = node("dir", {"job": node("dir", {"ƒABCDEF": node("dir", {"eventlog": log})})})
    root = {"job": node("dir", {"0000": group}), "job-lost+found": lost}
    store.close(store.directory(**root))
    logs, problems, _ = read(path)
    assert [each.job for each in logs.values()] == [JobId.parse("ƒABCDEF")]
    (problem,) = problems
    assert "its directory holds no eventlog" in problem


def test_an_archive_of_files_is_read_as_its_directory_is(run: Run, tmp_path: Path) -> None:
    """Eventlogs by their names, compressed or not, and an unpacked dump wherever it lies in it."""
    path = tar(
        tmp_path / "logs.tar",
        {
            "logs/7.eventlog": SUBMIT,
            "logs/ƒA.eventlog.gz": gzip.compress(SUBMIT),
            f"old/dump/{KEY}/eventlog": SUBMIT,
            "logs/notes.txt": b"x",
        },
    )
    logs, problems, skipped = read(path)
    assert [(name, each.job, each.data) for name, each in logs.items()] == [
        ("logs/7.eventlog", JobId(7), SUBMIT),
        ("logs/ƒA.eventlog.gz", JobId(9), SUBMIT),
        (str(JobId(11945377792)), JobId(11945377792), SUBMIT),
    ]
    assert (problems, skipped) == ([], {"other keys than eventlogs": 1})
    code, out, _ = run("check", path)
    assert (code, "3 logs: 3 incomplete" in out) == (0, True)


def test_an_archive_within_an_archive_ends_the_reading_of_that_member(tmp_path: Path) -> None:
    """One can be made that holds itself."""
    inner = tar(tmp_path / "inner.tar", {"a.eventlog": SUBMIT}).read_bytes()
    members = {"x.eventlog": inner, "y.eventlog.gz": gzip.compress(inner), "7.eventlog": SUBMIT}
    logs, problems, _ = read(tar(tmp_path / "outer.tar", members))
    assert list(logs) == ["7.eventlog"]
    assert ["an archive within an archive" in each for each in problems] == [True, True]


# Directories


def test_a_directory_is_read_by_what_its_files_hold(run: Run, tmp_path: Path, corpus: Path) -> None:
    """Dumps, journals and databases, whatever they are called; what is no source is counted."""
    folder = tmp_path / "kept"
    folder.mkdir()
    for number, name in enumerate(("dump.tgz", "content.sqlite", "journal.ndjson")):
        (folder / f"file{number}").write_bytes((corpus / "artefacts" / name).read_bytes())
    (folder / "job.log").write_bytes(SUBMIT)
    (folder / "notes.txt").write_text("nothing\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (folder / "broken.gz").write_bytes(b"\x1f\x8b" + b"x" * 99)
    (folder / "printed.txt").write_text("1660700516.260104 submit userid=4101\n")
    tar(folder / "code.tar", {"main.c": b"int main;"})
    with sqlite3.connect(folder / "other.db") as made:
        made.execute("CREATE TABLE birds(name)")
    made.close()
    code, out, _ = run("check", folder)
    assert code == 1  # the output of a job has no header
    # 71, 1 and 1 in the dump and in the store, 18 and 1 in the journal, and the one log.
    assert "166 logs: 160 conform, 4 incomplete, 2 violate" in out
    assert f"{folder}: 3 skipped, files not named *.eventlog" in out
    assert f"{folder}: 1 skipped, files of printed text that may be logs" in out
    assert f"{folder}: 2 skipped, archives and databases without eventlogs" in out


def test_a_source_without_a_log_to_check_says_whether_it_skipped_any(
    run: Run, tmp_path: Path
) -> None:
    """What was skipped is counted beside; where nothing was, there is nothing to look for."""
    empty = tmp_path / "empty.tar"
    tarfile.open(empty, "w").close()
    code, out, _ = run("check", empty)
    assert (code, out) == (2, f"{empty}: unreadable: it holds no eventlog\n")
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "x.output.eventlog").write_text(
        '{"timestamp":1,"name":"header"}\n{"timestamp":1,"name":"data"}\n'
    )
    code, out, _ = run("check", "--machine", "exec", folder)
    assert code == 2
    assert f"{folder}: unreadable: everything that it holds was skipped\n" in out
    assert f"{folder}: 1 skipped, output eventlogs\n" in out


def test_what_is_damaged_in_a_directory_is_a_problem(tmp_path: Path, corpus: Path) -> None:
    """It was a source."""
    dump = (corpus / "artefacts" / "shutdown-dump.tar.bz2").read_bytes()
    (tmp_path / "dump.tar").write_bytes(dump[: len(dump) // 2])
    _, problems, _ = read(tmp_path)
    assert ["cut off" in each for each in problems] == [True]


# What is skipped, for programs


def test_what_is_skipped_is_an_object_of_its_own(run: Run, corpus: Path) -> None:
    """A line each, and in the summary by its reason; standard error has it as ever."""
    dump = corpus / "artefacts" / "dump.tgz"
    machine = ("--machine", "job")
    for options in ((), ("--partial",)):
        _, out, err = run("check", *machine, "--format", "json", *options, dump)
        rows = [row for row in map(json.loads, out.splitlines()) if row["verdict"] == "skipped"]
        assert {
            "log": str(dump),
            "verdict": "skipped",
            "skipped": 18,
            "what": "output eventlogs",
        } in rows
        assert f"{dump}: 18 skipped, output eventlogs" in err
    _, out, _ = run("check", *machine, "--format", "json", "--summary", dump)
    told = json.loads(out)["summary"]["skipped"]
    assert told == {row["what"]: row["skipped"] for row in rows}


# A job's id for a path


@pytest.mark.parametrize("id_", ["ƒABC", "fdPRvxMZpj1", "11945377792", "0x2c8000000"])
def test_a_job_that_is_given_for_a_file_is_told_how_to_come_by_its_log(run: Run, id_: str) -> None:
    """From a running instance, and from what was kept."""
    code, out, _ = run("check", id_)
    assert code == 2
    assert (
        f"No such file or directory; for a job of a running instance: flux job eventlog {id_} |"
        in out
    )
    assert f"flux-conform check --job {id_} FILE" in out
    code, _, err = run("check", "--follow", id_)
    assert code == 2
    assert f"flux job eventlog --follow {id_} | flux-conform check --follow -" in err


def test_a_word_is_no_job(run: Run) -> None:
    """Words can be read as ids, too."""
    _, out, _ = run("check", "foo", "full")
    assert out.count("unreadable: No such file or directory\n") == 2


# Databases


TABLES = "CREATE TABLE objects(hash BLOB, size INT, object BLOB);"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (TABLES + "CREATE TABLE checkpt_v2(id INTEGER PRIMARY KEY, value AS (instr(printf('%.*c', "
         "40000000, 'a'), printf('%.*c', 20000000, 'a') || 'b')));", "generated"),
        ("CREATE TABLE jobs(id, x, eventlog AS (x || x) STORED);", "generated"),
        ("CREATE TABLE t(x); CREATE VIEW jobs AS SELECT x AS id, x AS eventlog FROM t;", "a view"),
        ("CREATE TABLE t(x); CREATE VIEW Objects AS SELECT x AS hash FROM t;", "a view"),
        ("CREATE TABLE jobs(id, eventlog); CREATE TRIGGER a AFTER INSERT ON jobs BEGIN SELECT 1; "
         "END;", "a trigger"),
        ("CREATE VIRTUAL TABLE jobs USING fts5(id, eventlog);", "a virtual table"),
    ],
)  # fmt: skip
def test_a_database_that_brings_code_is_refused(
    run: Run, tmp_path: Path, script: str, why: str
) -> None:
    """Before anything is read from it."""
    path = tmp_path / "bad.sqlite"
    with sqlite3.connect(path) as made:
        made.executescript(script)
    made.close()
    code, out, _ = run("check", path)
    assert (code, why in out, "not read" in out) == (2, True, True)


def test_names_of_tables_do_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    """As they are; they are shown escaped."""
    path = tmp_path / "names.sqlite"
    with sqlite3.connect(path) as made:
        made.execute('CREATE TABLE "\x1b[31mEVIL\nrm" (a)')
    made.close()
    code, out, err = run("check", path)
    assert (code, "\x1b" in out + err, r"\x1b[31mEVIL\nrm" in out) == (2, False, True)


def hostile_store(path: Path, count: int) -> None:
    """A store without an index, in which each look-up goes through all objects."""
    made = Store(path)
    made.database.execute("DROP TABLE objects")
    made.database.execute("CREATE TABLE objects(hash BLOB, size INT, object BLOB, epoch INT)")
    entries = {f"a{n}": node("dirref", [made.put(b'{"ver":1,"type":"dir","data":{"e%d":{"ver":1,"type":"val","data":""}}}' % n)])
               for n in range(count)}  # fmt: skip
    made.close(made.directory(**entries))


def test_a_database_takes_no_more_work_than_its_size_explains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes more is given up, and said."""
    path = tmp_path / "content.sqlite"
    hostile_store(path, 2000)
    monkeypatch.setattr(database, "_MIN_STEPS", 1_000_000)
    _, problems, _ = read(path)
    assert ["takes more work than its size explains" in each for each in problems] == [True]


def test_a_signal_ends_the_work_of_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite swallows what is raised in the middle of it; it is raised again."""
    watch = database._WorkLimit(0)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    looks = 0

    def look() -> bool:
        nonlocal looks
        looks += 1
        if looks == 3:
            monkeypatch.setattr(database, "_CHECK_INTERVAL", 1)
            watch._left = _Interrupting()  # type: ignore[assignment]
        return watch()

    made = sqlite3.connect(":memory:")
    made.set_progress_handler(look, 100)
    endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        made.execute(endless).fetchone()
    made.close()
    signal.signal(signal.SIGINT, handler)
    with pytest.raises(KeyboardInterrupt):
        watch.check()


class _Interrupting:
    """A number whose use comes together with Ctrl-C."""

    def __sub__(self, _: int) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
        return 1


# Job archives


LIFE = [
    ("submit", {"userid": 4101, "urgency": 16, "flags": 0, "version": 1}), ("validate", None),
    ("depend", None), ("priority", {"priority": 16}), ("alloc", None), ("start", None),
    ("finish", {"status": 0}), ("release", {"ranks": "all", "final": True}), ("free", None),
    ("clean", None),
]  # fmt: skip
EVENTS = [
    {"timestamp": 1760000000 + place / 8, "name": name}
    | ({} if context is None else {"context": context})
    for place, (name, context) in enumerate(LIFE)
]


def job_table(path: Path, eventlog: str, **columns: object) -> Path:
    names = ["id", "eventlog", *columns]
    with sqlite3.connect(path) as made:
        made.execute(f"CREATE TABLE jobs({', '.join(names)})")
        row = ("50331648", eventlog, *columns.values())
        made.execute(f"INSERT INTO jobs VALUES({', '.join('?' * len(row))})", row)
    made.close()
    return path


def differs(run: Run, path: Path) -> tuple[int, dict[str, list[Any]]]:
    code, out, _ = run("check", "--format", "json", path)
    (row,) = map(json.loads, out.splitlines())
    return code, {key: [each["told"], each["log"]] for key, each in row.get("differs", {}).items()}


LINES = "".join(json.dumps(event) + "\n" for event in EVENTS)


def test_what_other_columns_say_is_held_against_the_log(run: Run, tmp_path: Path) -> None:
    """Also in a column with JSON, and also as the numbers that Flux has for names."""
    path = tmp_path / "jobs.sqlite"
    data = {"t_submit": 1, "t_run": 1760000000.5, "result": 2, "waitstatus": 0, "name": "x"}
    code, found_ = differs(
        run, job_table(path, LINES, t_submit=1760000000.0, jobdata=json.dumps(data))
    )
    assert (code, found_) == (
        1,
        {"jobdata.t_submit": [1.0, 1760000000.0], "result": ["FAILED", "COMPLETED"]},
    )
    path.unlink()
    code, found_ = differs(run, job_table(path, LINES, state=64, result="COMPLETED", userid=4101))
    assert (code, found_) == (0, {})
    path.unlink()
    code, found_ = differs(run, job_table(path, LINES, state="CLEANUP", userid=1, ranks="0-3"))
    assert (code, found_) == (1, {"state": ["CLEANUP", "INACTIVE"], "userid": [1, 4101]})


@pytest.mark.parametrize("number", ["1" + 400 * "0", "1e999", "-1e999", "NaN"])
def test_a_number_that_no_float_holds_differs(run: Run, tmp_path: Path, number: str) -> None:
    """It is shown as text; of what the log says nothing, it is not compared."""
    data = f'{{"t_run": {number}, "userid": {number}, "ranks": {number}}}'
    code, found_ = differs(run, job_table(tmp_path / "jobs.sqlite", LINES, jobdata=data))
    shown = {"1e999": "inf", "-1e999": "-inf", "NaN": "nan"}.get(number, number)
    assert (code, found_) == (
        1,
        {"t_run": [shown, EVENTS[4]["timestamp"]], "userid": [shown, 4101]},
    )


def test_what_an_instance_says_of_its_jobs_is_what_their_logs_say(
    run: Run, tmp_path: Path, corpus: Path
) -> None:
    """All that `flux jobs` gives as JSON, in the column of newer accounting."""
    folder = corpus / "artefacts"
    told = {job["id"]: job for job in json.loads((folder / "flux-jobs.json").read_bytes())["jobs"]}
    path = tmp_path / "jobs.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE jobs(id CHAR(16) PRIMARY KEY, jobdata JSON, eventlog TEXT)")
        for log in read_sources([str(folder / "dump.tgz")]):
            if isinstance(log, SourcedLog) and log.kind == "job" and log.job is not None:
                row = (str(log.job.number), json.dumps(told[log.job.number]), log.data.decode())
                made.execute("INSERT INTO jobs VALUES(?, ?, ?)", row)
    made.close()
    code, out, _ = run("check", path)
    assert (code, "19 logs: 18 conform, 1 incomplete" in out, "differs" in out) == (0, True, False)


def test_an_eventlog_that_is_an_array_is_read(run: Run, tmp_path: Path) -> None:
    """With the bytes of its events; what is none is unreadable, said once."""
    path = tmp_path / "jobs.sqlite"
    job_table(path, json.dumps(EVENTS, indent=1))
    code, out, _ = run("check", path)
    assert (code, "conforms (10 events" in out) == (0, True)
    path.unlink()
    job_table(path, json.dumps(EVENTS)[:-5])
    code, out, _ = run("check", path)
    assert (code, out.count("unreadable"), "not JSON from column" in out) == (2, 1, True)


# Bombs


def test_a_log_of_very_many_lines_is_unreadable_and_the_others_are_judged(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They cost most when they are empty; compressed, 64 MB of them are 260 bytes."""
    bomb = tmp_path / "bomb.gz.xz"
    bomb.write_bytes(lzma.compress(gzip.compress(b"\n" * (64 << 20))))
    good = tmp_path / "good.eventlog"
    good.write_bytes(SUBMIT)
    tracemalloc.start()
    try:
        code, out, _ = run("check", good, bomb, good)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (code, "2 incomplete, 1 unreadable" in out) == (2, True)
    assert "more than the 1,048,576 lines that are read of one log" in out
    assert peak < 40 << 20
    # The same in every source, with a smaller bound.
    for module in (source_items, stream):
        monkeypatch.setattr(module, "MAX_LOG_LINES", 5)
    many = SUBMIT * 6
    tar(tmp_path / "dump.tar", {f"{KEY}/eventlog": many, f"{OTHER_KEY}/eventlog": SUBMIT})
    job_table(tmp_path / "jobs.sqlite", many.decode())
    entry = b'{"id":7,"events":[' + SUBMIT.strip() + b"]}\n"
    (tmp_path / "journal").write_bytes(b'{"id":-1,"events":[]}\n' + entry * 6)
    store = Store(tmp_path / "content.sqlite")
    store.close(
        store.directory(resource=node("dir", {"eventlog": node("valref", [store.put(many)])}))
    )
    for name in ("dump.tar", "jobs.sqlite", "journal", "content.sqlite"):
        _, problems, _ = read(tmp_path / name)
        assert ["6 lines" in each for each in problems] == [True], name


def test_a_line_of_very_many_events_is_unreadable(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its job is named, and the others of the journal are judged."""
    monkeypatch.setattr(journal_entry, "MAX_LOG_LINES", 1000)
    monkeypatch.setattr(journal_entry, "_QUICK", 100)
    path = tmp_path / "journal"
    good = b'{"id":7,"events":[' + SUBMIT.strip() + b"]}\n"
    many = b'{"id":1,"events":[' + b"0," * 4_000_000 + b"0]}\n"
    path.write_bytes(good + many + b'{"id":-1,"events":[]}\n')
    tracemalloc.start()
    try:
        code, out, _ = run("check", path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (code, "1 incomplete, 2 unreadable" in out) == (2, True)
    assert f"{path}: ƒ2 (1): unreadable: a line of the journal holds more than" in out
    assert peak < 60 << 20


# The script that writes a journal


@pytest.mark.parametrize(
    ("source", "options", "verdicts"),
    [
        ("journal.ndjson", [], "19 logs: 18 conform, 1 incomplete"),
        ("journal.ndjson", ["--follow"], "19 logs: 18 conform, 1 incomplete"),
        ("journal-live.ndjson", ["--follow"], "120 logs: 112 conform, 5 incomplete, 3 violate"),
    ],
)
def test_the_script_writes_a_journal_that_is_judged_as_the_instance_sent_it(
    run: Run, corpus: Path, tmp_path: Path, source: str, options: list[str], verdicts: str
) -> None:
    """Line by line as the consumer gives events, with the sentinel."""
    journal = corpus / "artefacts" / source
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "tests" / "stand_in"),
        "STAND_IN_JOURNAL": str(journal),
    }
    script = [sys.executable, str(ROOT / "examples" / "journal.py"), *options]
    done = subprocess.run(script, env=environment, capture_output=True, check=True, timeout=60)
    path = tmp_path / "written.ndjson"
    path.write_bytes(done.stdout)
    assert [json.loads(line) for line in done.stdout.splitlines()].count(
        {"id": -1, "events": []}
    ) == 1
    _, out, _ = run("check", path)
    assert out.rstrip().endswith(verdicts)
    for mine, theirs in zip(read(path)[0].values(), read(journal)[0].values(), strict=True):
        assert (mine.job, mine.lost) == (theirs.job, ())
        assert list(map(json.loads, mine.data.splitlines())) == [
            {key: value for key, value in json.loads(line).items() if key != "context" or value}
            for line in theirs.data.splitlines()
        ]


def following_an_instance(journal: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests" / "stand_in"))),
        "STAND_IN_JOURNAL": str(journal),
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-m", "flux_conform", "check", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, check=False, timeout=60, encoding="utf-8"
    )


@pytest.mark.parametrize(
    "uri", [(), pytest.param(("local:///run/flux/local",), marks=pytest.mark.slow)]
)
def test_an_instance_is_followed_as_its_journal_is_by_the_script(
    run: Run, corpus: Path, uri: tuple[str, ...]
) -> None:
    """Each verdict is that on the recorded journal, whatever the order of its past events."""
    journal = corpus / "artefacts" / "journal-live.ndjson"
    done = following_an_instance(
        journal, "--follow", "--format", "json", "--strict", "--instance", *uri
    )
    assert done.stderr == ""
    name = uri[0] if uri else "instance"
    mine = {row["log"].removeprefix(name): row for row in map(json.loads, done.stdout.splitlines())
            if "verdict" in row}  # fmt: skip
    code, out, _ = run("check", "--format", "json", "--strict", journal)
    theirs = {row["log"].removeprefix(str(journal)): row for row in map(json.loads, out.splitlines())
              if "verdict" in row}  # fmt: skip
    assert len(mine) == 120
    assert {log: (row["verdict"], row["events"]) for log, row in mine.items()} == {
        log: (row["verdict"], row["events"]) for log, row in theirs.items()
    }
    assert done.returncode == code


def test_an_instance_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    done = following_an_instance(tmp_path / "no", "--follow", "--instance", "local:///else")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--instance local:///else: No such file or directory" in done.stderr
    done = following_an_instance(tmp_path / "no", "--follow", "--instance", "--", "a.eventlog")
    assert "--instance stands for PATH; give one of them" in done.stderr


def test_without_flux_an_instance_is_not_followed(run: Run) -> None:
    """What to call instead is said; without --follow nothing is read."""
    code, out, err = run("check", "--follow", "--instance")
    assert (code, out) == (2, "")
    assert "flux python -m flux_conform check --follow --instance" in err
    code, _, err = run("check", "--instance")
    assert (code, "add --follow" in err) == (2, True)
    code, _, err = run("check")
    assert (code, "the following arguments are required: PATH" in err) == (2, True)

"""Content stores and job archives: what is read of them, and what is wrong with them."""

import base64
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dumps import JOB, Store, node
from flux_conform.logs import database
from flux_conform.logs.jobid import JobId
from flux_conform.logs.source_items import Problem, Skipped, SourcedLog, SourceItem
from flux_conform.logs.sources import read_sources

Run = Callable[..., tuple[int, str, str]]
LOG = b'{"timestamp":1,"name":"x"}\n'


def found_in(path: Path) -> list[SourceItem]:
    return list(read_sources([str(path)]))


def logs_of(found: list[SourceItem]) -> dict[tuple[JobId | None, str | None], bytes]:
    return {(each.job, each.kind): each.data for each in found if isinstance(each, SourcedLog)}


def errors_of(found: list[SourceItem]) -> list[str]:
    return [each.error for each in found if isinstance(each, Problem)]


def test_a_content_store_holds_what_a_dump_of_it_holds(corpus: Path, tmp_path: Path) -> None:
    """Byte for byte, and reading leaves nothing beside it."""
    folder = corpus / "artefacts"
    dump = logs_of(found_in(folder / "shutdown-dump.tar.bz2"))
    path = tmp_path / "store"
    path.write_bytes((folder / "content.sqlite").read_bytes())
    assert logs_of(found_in(path)) == dump
    assert len(dump) == 19 + 18 + 17 + 18 + 2
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "content.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    made = Store(path)
    yield made
    made.database.close()


def below_job(store: Store, entry: object) -> str:
    """The root of a tree in which a job's directory holds the entry as its log."""
    reference = store.directory(eventlog=entry)
    for part in ("0000", "c800", "0002", "0000", "job"):
        reference = store.directory(**{part: node("dirref", [reference])})
    return reference


def test_every_way_of_storing_a_log_is_read(store: Store, path: Path) -> None:
    """In the tree itself, in several objects, compressed, and in directories within directories."""
    value = node("val", base64.b64encode(LOG).decode())
    parts = node("valref", [store.put(LOG), store.put(LOG * 9, compress=True)])
    others = {"a.b": value, "link": node("symlink", "job"), "eventlog": value}
    root = store.directory(
        a=node("dir", {"eventlog": value}), b=node("dir", {"eventlog": parts}), **others
    )
    store.close(root)
    found = found_in(path)
    assert logs_of(found) == {(None, "a"): LOG, (None, "b"): LOG * 10}
    assert found[2:] == [
        Skipped(str(path), 1, "entries whose names are no parts of keys"),
        Skipped(str(path), 2, "other keys than eventlogs"),
    ]


def test_an_object_that_is_too_long_costs_no_other_log(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told with its log, and the walk goes on."""
    monkeypatch.setattr(database, "_MAX_FIELD", 1000)
    logs = {"a": LOG * 99, "b": LOG}
    entries = {name: node("valref", [store.put(log)]) for name, log in logs.items()}
    store.close(
        store.directory(**{name: node("dir", {"eventlog": at}) for name, at in entries.items()})
    )
    found = found_in(path)
    assert logs_of(found) == {(None, "b"): LOG}
    assert ["too big" in error for error in errors_of(found)] == [True]


def test_what_is_wrong_with_a_log_is_told_with_its_job(store: Store, path: Path) -> None:
    """And no bytes are trusted whose hash is another."""
    wrong = store.put(LOG)
    store.database.execute("UPDATE objects SET object = x'00'")
    cases = {
        "has another hash": node("valref", [wrong]),
        "is not in the store": node("valref", ["sha1-" + "0" * 40]),
        "a reference that is none": node("valref", ["sha1-0", 1]),
        "its LZ4 block is damaged": node("valref", [store.put(b"\xff" * 9, claim=90)]),
        "is said to have": node("valref", [store.put(b"b" * 9, claim=1 << 40)]),
        "is not base64": node("val", "?"),
        "which holds no log": node("symlink", "x"),
        "no node of it": 7,
        "are not read": node("hdir", {}),
        "is not one reference": node("dirref", []),
    }
    entries = {f"{n:04x}": node("dir", {"eventlog": case}) for n, case in enumerate(cases.values())}
    root = store.directory(
        a=node("dir", entries), z=node("dirref", [below_job(store, cases["is not base64"])])
    )
    store.close(root)
    found = found_in(path)
    assert len(found) == len(cases) + 1
    for error, text in zip(errors_of(found), cases, strict=False):
        assert text in error
    store = Store(path.with_name("second"))
    store.close(below_job(store, node("val", "?")))
    (problem,) = found_in(path.with_name("second"))
    assert problem[0] == f"{path.with_name('second')}: {JOB}"


def test_a_tree_that_leads_to_itself_over_and_over_is_left(store: Store, path: Path) -> None:
    """Hashes keep it from being a circle, but not from having billions of ways."""
    reference = store.directory()
    for _ in range(14):
        below = node("dirref", [reference])
        reference = store.directory(**dict.fromkeys("abcdef", below))
    store.close(reference)
    assert errors_of(found_in(path))[0] == "the tree leads to the same objects over and over"


def test_a_database_is_read_from_a_pipe_with_a_path(store: Store, path: Path) -> None:
    """As a shell gives it for what a command prints."""
    store.close(below_job(store, node("valref", [store.put(LOG)])))
    reading, writing = os.pipe()
    with open(writing, "wb") as pipe:  # it holds so much
        pipe.write(path.read_bytes())
    found = found_in(Path(f"/dev/fd/{reading}"))
    os.close(reading)
    assert [each.data for each in found if isinstance(each, SourcedLog)] == [LOG]


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        (["CREATE TABLE a(b)", "CREATE TABLE c(d)"], "its tables: a, c"),
        (["CREATE TABLE jobs(id, t_submit)"], "its tables: jobs"),
        (["CREATE TABLE objects(hash, size, object)"], "has no checkpoint"),
        (["CREATE TABLE objects(hash, size, object)", "CREATE TABLE checkpt_v2(id, value)",
          "INSERT INTO checkpt_v2 VALUES(1, '{}')"], "names no root"),
        (["CREATE TABLE objects(hash, size, object)", "CREATE TABLE checkpt_v2(id, value)",
          f"INSERT INTO checkpt_v2 VALUES(1, '{'[' * 100_000}')"], "names no root"),
        (["CREATE TABLE objects(hash)", "CREATE TABLE checkpt(key, value)",
          f"INSERT INTO checkpt VALUES('kvs-primary', 'sha1-{'0' * 40}')"], "no such column"),
    ],
)  # fmt: skip
def test_another_database_is_told_as_such(path: Path, statements: list[str], why: str) -> None:
    """With its tables, or with what it lacks."""
    with sqlite3.connect(path) as made:
        for statement in statements:
            made.execute(statement)
    made.close()
    (error,) = errors_of(found_in(path))
    assert why in error


def test_a_database_that_is_in_use_or_broken_is_told(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever locks it is waited for a moment."""
    monkeypatch.setattr(database, "_LOCK_TIMEOUT", 0.01)
    store.close(store.directory())
    user = sqlite3.connect(path, isolation_level=None)
    user.execute("BEGIN EXCLUSIVE")
    (error,) = errors_of(found_in(path))
    assert error.startswith("database is locked: whoever uses it must end first")
    user.close()
    path.write_bytes(path.read_bytes()[:3000])
    (error,) = errors_of(found_in(path))
    assert "malformed" in error


JOB_ARCHIVE = """
    CREATE TABLE jobs(id CHAR(16) PRIMARY KEY, userid INT, ranks TEXT, t_submit REAL, t_run REAL,
        t_cleanup REAL, t_inactive REAL, eventlog TEXT, jobspec TEXT, R TEXT)
"""


@pytest.fixture
def archive(tmp_path: Path, corpus: Path) -> Path:
    """A job archive of the jobs of an instance, with the times that the instance gave."""
    path = tmp_path / "jobs.sqlite"
    folder = corpus / "artefacts"
    told = {job["id"]: job for job in json.loads((folder / "flux-jobs.json").read_bytes())["jobs"]}
    with sqlite3.connect(path) as made:
        made.execute(JOB_ARCHIVE)
        for log in found_in(folder / "dump.tgz"):
            if isinstance(log, SourcedLog) and log.kind == "job" and log.job is not None:
                job = told[log.job.number]
                times = [
                    job.get(f"t_{name}", 0.0) for name in ("submit", "run", "cleanup", "inactive")
                ]
                row = (
                    str(log.job.number),
                    job["userid"],
                    "",
                    *times,
                    log.data.decode(),
                    "{}",
                    "{}",
                )
                made.execute("INSERT INTO jobs VALUES(?,?,?,?,?,?,?,?,?,?)", row)
    made.close()
    return path


def test_the_times_of_a_job_archive_are_held_against_its_logs(run: Run, archive: Path) -> None:
    """Those of a real instance agree; one that was changed is told, and is bad news."""
    code, out, err = run("check", archive)
    assert (code, err) == (0, "")
    assert "19 logs: 18 conform, 1 incomplete" in out
    with sqlite3.connect(archive) as changed:
        changed.execute(
            "UPDATE jobs SET t_run = t_run + 1, t_inactive = 0 WHERE id = '11945377792'"
        )
        changed.execute("UPDATE jobs SET eventlog = NULL WHERE id = '6996099072'")
        changed.execute("UPDATE jobs SET id = 'word' WHERE id = '9412018176'")
    changed.close()
    code, out, _ = run("check", "--format", "json", archive)
    rows: list[Any] = [json.loads(line) for line in out.splitlines()]
    schema = files("flux_conform.checking").joinpath("verdict.schema.json").read_text()
    validator = Draft202012Validator(json.loads(schema))
    assert all(validator.is_valid(row) for row in rows)
    (row,) = [row for row in rows if "differs" in row]
    assert row["job"]["id"] == 11945377792
    assert row["verdict"] == "conforms"
    assert set(row["differs"]) == {"t_run", "t_inactive"}
    assert row["differs"]["t_inactive"]["told"] is None
    assert row["differs"]["t_run"]["told"] - row["differs"]["t_run"]["log"] == 1
    errors = [row["error"] for row in rows if "error" in row]
    assert [error.partition(";")[0] for error in errors] == [
        "it has no eventlog",
        '"word" is no job id',
    ]
    assert code == 2
    code, out, _ = run("check", "--job", "ƒKCaBeX", archive)
    assert code == 1
    assert "differs: t_inactive is never in the source" in out

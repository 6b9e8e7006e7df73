"""Databases of SQLite: opened for reading alone, and told apart by their tables.

A database can bring code of its own: views, triggers, generated and virtual columns. A table with
any of that is refused before it is read, and reading takes no more work than its size explains.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flux_conform.leftovers import gone_with_signals
from flux_conform.logs.found import NOT_OURS, Found, SourceError, Wanted
from flux_conform.logs.stream import Stream

_MAX_FIELD = 80 << 20
_MAX_SPOOLED = 4 << 30
_MAX_SCHEMA = 1 << 20
_TABLES = ("objects", "checkpt_v2", "checkpt", "jobs")
"""The tables that are read."""

_STEPS = 20_000
"""Instructions of SQLite's machine between two looks at signals and at the work that was done."""

_STEPS_A_BYTE = 20
"""The instructions that reading may take for each byte of a database; most take far less than 1."""

_LEAST_STEPS = 20_000_000
"""What it may take in any case: about a second."""

_PATIENCE = 2.0
"""Seconds to wait for whoever locks a database."""
_WAL = b"\2"
"""The byte 18 of a database whose changes go to a file beside it first."""


def read_database(path: str, name: str, wanted: Wanted) -> Iterator[Found]:
    """The logs of a content store or a job archive. Raises SourceError."""
    watch = _Watch(os.path.getsize(path))
    try:
        database = _opened(path, watch)
        try:
            yield from _read(database, name, wanted)
        finally:
            database.close()
    except sqlite3.Error as error:
        watch.check()
        raise SourceError(_why(error)) from error
    except UnicodeDecodeError as error:  # SQLite's own message, which quotes the database
        raise SourceError("the database is damaged") from error


def read_database_stream(stream: Stream, name: str, wanted: Wanted) -> Iterator[Found]:
    """The same of a database that comes as a stream: it is laid down in a temporary file first.

    Raises SourceError, and OSError where there is no room for the file.
    """
    with (
        tempfile.NamedTemporaryFile(prefix="flux-conform-", suffix=".sqlite") as file,
        gone_with_signals(lambda: os.unlink(file.name)),
    ):
        while chunk := stream.some():
            if stream.offset > _MAX_SPOOLED:
                raise SourceError(
                    f"a database of more than {_MAX_SPOOLED >> 30} GiB is not read from a stream; "
                    "name its file"
                )
            file.write(chunk)
        file.flush()
        yield from read_database(file.name, name, wanted)


class _Watch:
    """Looks at the work of a database now and then, and ends it where it is too much.

    It also gives Python the time to note a signal, whose exception SQLite would swallow.
    """

    def __init__(self, size: int) -> None:
        self._left = (size * _STEPS_A_BYTE + _LEAST_STEPS) // _STEPS
        self._raised: BaseException | None = None

    def __call__(self) -> bool:
        """Whether the work is to end."""
        try:
            self._left -= 1
        except BaseException as error:  # `check` raises it again
            self._raised = error
        return self._left < 0 or self._raised is not None

    def check(self) -> None:
        """Raise what ended the work, if this did: the exception of a signal, or SourceError."""
        if self._raised is not None:
            raise self._raised
        if self._left < 0:
            raise SourceError("reading the database takes more work than its size explains")


def _opened(path: str, watch: _Watch) -> sqlite3.Connection:
    with open(path, "rb") as file:
        is_wal = file.read(19)[18:] == _WAL
    options = "mode=ro"
    if is_wal and not os.path.exists(f"{path}-wal"):
        # Nobody has it open, or that file would be there; SQLite would make it, even to read.
        options += "&immutable=1"
    database = sqlite3.connect(
        f"{Path(path).absolute().as_uri()}?{options}", uri=True, timeout=_PATIENCE
    )
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_FIELD)
    for limit, value in _LIMITS.items():
        database.setlimit(limit, value)
    database.set_progress_handler(watch, _STEPS)
    for pragma in ("trusted_schema=OFF", "query_only=ON", "mmap_size=0"):
        database.execute(f"PRAGMA {pragma}")
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    return database


_LIMITS = {
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: _MAX_SCHEMA,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 4,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 8,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 16,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


def _refuse_code(database: sqlite3.Connection) -> None:
    """Raises SourceError where a table that is read brings code of its own."""
    marks = ", ".join("?" * len(_TABLES))
    query = f"""
        SELECT type, lower(tbl_name), sql FROM sqlite_master
        WHERE lower(tbl_name) IN ({marks}) OR lower(name) IN ({marks})
    """
    for kind, table, sql in database.execute(query, (*_TABLES, *_TABLES)):
        if kind in ("view", "trigger"):
            raise SourceError(f"a {kind} on {table} brings code into this database; not read")
        if kind == "table" and _VIRTUAL.match(sql or ""):
            raise SourceError(f"{table} is a virtual table, which brings code; not read")
    for table in _TABLES:
        for _, column, *_, hidden in database.execute(f"PRAGMA table_xinfo({table})"):
            if hidden:
                what = f"the column {column} of {table}"
                raise SourceError(f"{what} is generated by code in this database; not read")


_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\b", re.IGNORECASE)


def _read(database: sqlite3.Connection, name: str, wanted: Wanted) -> Iterator[Found]:
    _refuse_code(database)
    query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    tables = [row[0] for row in database.execute(query)]
    columns = [row[1] for row in database.execute("PRAGMA table_info(jobs)")]
    if "objects" in tables:
        from flux_conform.logs.content import read_content

        yield from read_content(database, name, wanted)
    elif "jobs" in tables and {"id", "eventlog"} <= set(columns):
        from flux_conform.logs.job_archive import read_job_archive

        yield from read_job_archive(database, name, wanted, columns)
    else:
        shown = ", ".join(tables[:8]) or "none"
        raise SourceError(f"this SQLite database is {NOT_OURS} with eventlogs; its tables: {shown}")


def _why(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text:
        return f"{text}: whoever uses it must end first, or take `flux dump`"
    return text

"""Reader for SQLite databases: opens them read-only and identifies them by their tables.

A database can carry code: views, triggers, generated columns and virtual tables. A table with any
of these is refused before it is read, and a read stops if it does more work than the size of the
database explains.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from flux_conform.leftovers import removed_on_signals
from flux_conform.logs.source_items import (
    NOT_OURS,
    ColumnValue,
    LogFilter,
    SourceError,
    SourceItem,
)
from flux_conform.logs.stream import Stream

_MAX_FIELD = 80 << 20
_MAX_SPOOLED = 4 << 30
_MAX_SCHEMA = 1 << 20
_TABLES = ("objects", "checkpt_v2", "checkpt", "jobs")
"""The tables that may be read."""

_CHECK_INTERVAL = 20_000
"""SQLite VM instructions between two checks for signals and for excessive work."""

_STEPS_PER_BYTE = 20
"""Maximum number of VM instructions per byte of database; most databases need far less than 1."""

_MIN_STEPS = 20_000_000
"""Number of VM instructions that are always allowed: about one second."""

_LOCK_TIMEOUT = 2.0
"""Seconds to wait for a lock on the database."""
_WAL = b"\2"
"""Byte 18 of a database in WAL mode, whose changes go to a separate file first."""


def read_database(path: str, name: str, wanted: LogFilter) -> Iterator[SourceItem]:
    """Yield the logs of a content store or a job archive.

    Raises SourceError if the database is neither, or cannot be read.
    """
    watch = _WorkLimit(os.path.getsize(path))
    try:
        database = _opened(path, watch)
        try:
            yield from _read(database, name, wanted)
        finally:
            database.close()
    except sqlite3.Error as error:
        watch.check()
        hint = ": whoever uses it must end first, or take `flux dump`"
        raise SourceError(f"{error}{hint if 'locked' in str(error) else ''}") from error
    except UnicodeDecodeError as error:  # SQLite's message quotes the database
        raise SourceError("the database is damaged") from error


def read_job_rows(path: str) -> Iterator[tuple[str, Mapping[str, ColumnValue]]]:
    """Yield each row of the table `jobs`: the text of its id, and its other columns.

    Raises SourceError where there is no such table.
    """
    from flux_conform.logs.job_archive import column_values

    watch = _WorkLimit(os.path.getsize(path))
    try:
        database = _opened(path, watch)
        try:
            _refuse_code(database)
            columns = [row[1] for row in database.execute("PRAGMA table_info(jobs)")]
            if "id" not in columns:
                raise SourceError("this SQLite database has no table of jobs with their ids")
            others = [name for name in columns if name not in ("id", "eventlog", "jobspec", "R")]
            names = ", ".join(["CAST(id AS TEXT)", *(f'"{name}"' for name in others)])
            for id_, *values in database.execute(f"SELECT {names} FROM jobs"):
                yield id_ or "", column_values(dict(zip(others, values, strict=True)))
        finally:
            database.close()
    except sqlite3.Error as error:
        watch.check()
        raise SourceError(str(error)) from error


def read_database_stream(stream: Stream, name: str, wanted: LogFilter) -> Iterator[SourceItem]:
    """Yield the logs of a database that arrives as a stream, by way of a temporary file.

    Raises SourceError, and OSError if there is no room for the file.
    """
    with (
        tempfile.NamedTemporaryFile(prefix="flux-conform-", suffix=".sqlite") as file,
        removed_on_signals(lambda: os.unlink(file.name)),
    ):
        while chunk := stream.available():
            if stream.offset > _MAX_SPOOLED:
                raise SourceError(
                    f"a database of more than {_MAX_SPOOLED >> 30} GiB is not read from a stream; "
                    "name its file"
                )
            file.write(chunk)
        file.flush()
        yield from read_database(file.name, name, wanted)


class _WorkLimit:
    """Checks the work of a query at intervals and stops it when it is excessive.

    It also lets Python handle signals; SQLite would swallow the exception of a handler, so it is
    kept and raised by `check`.
    """

    def __init__(self, size: int) -> None:
        self._left = (size * _STEPS_PER_BYTE + _MIN_STEPS) // _CHECK_INTERVAL
        self._raised: BaseException | None = None

    def __call__(self) -> bool:
        """Return whether the query is to stop."""
        try:
            self._left -= 1
        except BaseException as error:  # `check` raises it again
            self._raised = error
        return self._left < 0 or self._raised is not None

    def check(self) -> None:
        """Raise what stopped the query, if anything did: a signal's exception, or SourceError."""
        if self._raised is not None:
            raise self._raised
        if self._left < 0:
            raise SourceError("reading the database takes more work than its size explains")


def _opened(path: str, watch: _WorkLimit) -> sqlite3.Connection:
    with open(path, "rb") as file:
        is_wal = file.read(19)[18:] == _WAL
    options = "mode=ro"
    if is_wal and not os.path.exists(f"{path}-wal"):
        # No process has the database open, or the WAL file would exist. Without this option, SQLite
        # creates that file even to read.
        options += "&immutable=1"
    database = sqlite3.connect(
        f"{Path(path).absolute().as_uri()}?{options}", uri=True, timeout=_LOCK_TIMEOUT
    )
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_FIELD)
    for limit, value in _LIMITS.items():
        database.setlimit(limit, value)
    database.set_progress_handler(watch, _CHECK_INTERVAL)
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
    """Refuse tables that carry code. Raises SourceError."""
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


def _read(database: sqlite3.Connection, name: str, wanted: LogFilter) -> Iterator[SourceItem]:
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

"""Databases of SQLite: opened for reading alone, and told apart by their tables."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flux_conform.files import gone_with_signals
from flux_conform.logs.found import Found, SourceError, Wanted
from flux_conform.logs.stream import Stream

_MAX_FIELD = 80 << 20
_MAX_SPOOLED = 4 << 30
_PATIENCE = 2.0
"""Seconds to wait for whoever locks a database."""
_WAL = b"\2"
"""The byte 18 of a database whose changes go to a file beside it first."""


def read_database(path: str, name: str, wanted: Wanted) -> Iterator[Found]:
    """The logs of a content store or a job archive. Raises SourceError."""
    try:
        database = _opened(path)
        try:
            yield from _read(database, name, wanted)
        finally:
            database.close()
    except sqlite3.Error as error:
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


def _opened(path: str) -> sqlite3.Connection:
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
    for pragma in ("trusted_schema=OFF", "query_only=ON", "mmap_size=0"):
        database.execute(f"PRAGMA {pragma}")
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    return database


def _read(database: sqlite3.Connection, name: str, wanted: Wanted) -> Iterator[Found]:
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
        raise SourceError(
            "this SQLite database is neither a content store nor a job archive with eventlogs; "
            f"its tables: {shown}"
        )


def _why(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text:
        return f"{text}: whoever uses it must end first, or take `flux dump`"
    return text

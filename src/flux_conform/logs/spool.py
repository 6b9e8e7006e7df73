"""Lines of many logs, mixed, put together again in bounded memory.

Lines are kept until they pass a limit. Then they go into a temporary database, which SQLite sorts
in its own bounded memory; its file has no name and goes away by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter

_LINE_COST = 200
"""Bytes that Python needs to hold a line and the number of its log, beside its own."""

_SMALLEST = -(1 << 63)
"""What 0 is in the database, whose integers have a sign."""

_LAID_OUT = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE line (number INTEGER, data BLOB);
"""


class Spool:
    """Takes lines, each of the log of a number below 2**64, and gives logs.

    `limit` is how many bytes are held in memory. `add` and `logs` raise OSError where there is no
    room for the temporary file.
    """

    def __init__(self, limit: int = 32 << 20) -> None:
        self._limit = limit
        self._held = 0
        self._lines: list[tuple[int, bytes]] = []
        self._database: sqlite3.Connection | None = None

    def add(self, number: int, line: bytes) -> None:
        """Take the next line of a log."""
        self._lines.append((number + _SMALLEST, line))
        self._held += len(line) + _LINE_COST
        if self._held > self._limit:
            self._lay_down()

    def logs(self, longest: int) -> Iterator[tuple[int, bytes | None]]:
        """The logs by number, each with its lines in the order in which they came.

        In place of one of more than `longest` bytes comes None. They can be gone through again,
        also before that has ended.
        """
        for number, lines in groupby(self._sorted(), key=itemgetter(0)):
            parts: list[bytes] = []
            length = 0
            for _, line in lines:
                length += len(line)
                if length <= longest:
                    parts.append(line)
                else:
                    parts.clear()
            yield number - _SMALLEST, b"".join(parts) if length <= longest else None

    def _sorted(self) -> Iterator[tuple[int, bytes]]:
        if self._database is None:
            yield from sorted(self._lines, key=itemgetter(0))
            return
        self._lay_down()
        with _as_os_error():
            yield from self._database.execute("SELECT * FROM line ORDER BY number, rowid")

    def _lay_down(self) -> None:
        with _as_os_error():
            if self._database is None:
                self._database = sqlite3.connect("", isolation_level=None)
                self._database.executescript(_LAID_OUT)
            self._database.execute("BEGIN")
            self._database.executemany("INSERT INTO line VALUES (?, ?)", self._lines)
            self._database.execute("COMMIT")
        self._lines.clear()
        self._held = 0


@contextmanager
def _as_os_error() -> Iterator[None]:
    """A full disk is an OSError, whoever writes there."""
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(f"the temporary file of the journal: {error}") from error

"""Collects the interleaved lines of many logs in bounded memory, and returns each log.

Lines are kept in memory up to a limit, then moved to a temporary SQLite database, which sorts in
bounded memory. Its file has no name and disappears by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter

_LINE_COST = 200
"""Overhead in bytes of a line and the number of its log in memory."""

_SMALLEST = -(1 << 63)
"""The number 0 in the database, whose integers are signed."""

_SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE line (number INTEGER, data BLOB);
"""


class Spool:
    """Takes lines of logs, which are numbered below 2**64, and returns the logs.

    At most `limit` bytes are held in memory. `add` and `logs` raise OSError if there is no room for
    the temporary file.
    """

    def __init__(self, limit: int = 32 << 20) -> None:
        self._limit = limit
        self._held = 0
        self._lines: list[tuple[int, bytes]] = []
        self._database: sqlite3.Connection | None = None

    def add(self, number: int, line: bytes) -> None:
        """Add the next line of a log."""
        self._lines.append((number + _SMALLEST, line))
        self._held += len(line) + _LINE_COST
        if self._held > self._limit:
            self._store()

    def logs(self, longest: int) -> Iterator[tuple[int, bytes | None]]:
        """Yield the logs by number, each with its lines in the order of arrival.

        A log of more than `longest` bytes is None. Several iterations may be active at a time.
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
        self._store()
        with _as_os_error():
            yield from self._database.execute("SELECT * FROM line ORDER BY number, rowid")

    def _store(self) -> None:
        with _as_os_error():
            if self._database is None:
                self._database = sqlite3.connect("", isolation_level=None)
                self._database.executescript(_SCHEMA)
            self._database.execute("BEGIN")
            self._database.executemany("INSERT INTO line VALUES (?, ?)", self._lines)
            self._database.execute("COMMIT")
        self._lines.clear()
        self._held = 0


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Convert errors of SQLite, such as a full disk, to OSError."""
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(f"the temporary file of the journal: {error}") from error

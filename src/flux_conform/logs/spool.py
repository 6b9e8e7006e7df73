"""Lines of many logs, mixed, put together again in bounded memory.

Lines are kept until they pass a limit; then they are sorted by the number of their log and laid
down in a temporary file, as one run. At the end the runs are merged, and each log comes once, by
number. The file has no name and goes away by itself.
"""

from __future__ import annotations

import heapq
import struct
import tempfile
import weakref
from collections.abc import Iterator
from typing import IO, NamedTuple

_LINE_COST = 120
"""Bytes that Python needs to hold a line, beside its own."""

_LOG_COST = 250
"""And to hold another log."""

_WINDOW, _WINDOWS = 1 << 14, 16 << 20
"""A run is read in pieces of so many bytes at least; all runs together in so many."""

_RECORD = struct.Struct("<QI")


class _Run(NamedTuple):
    start: int
    end: int


class Spool:
    """Takes lines, each of the log of a number below 2**64, and gives logs.

    `limit` is how many bytes are held in memory. `add` and `logs` raise OSError where there is no
    room for the temporary file.
    """

    def __init__(self, limit: int = 32 << 20) -> None:
        self._limit = limit
        self._held = 0
        self._lines: dict[int, list[bytes]] = {}
        self._runs: list[_Run] = []
        self._file: IO[bytes] | None = None

    def add(self, number: int, line: bytes) -> None:
        """Take the next line of a log."""
        if number not in self._lines:
            self._lines[number] = []
            self._held += _LOG_COST
        self._lines[number].append(line)
        self._held += len(line) + _LINE_COST
        if self._held > self._limit:
            self._lay_down()

    def logs(self, longest: int) -> Iterator[tuple[int, bytes | None]]:
        """The logs by number, each with its lines in the order in which they came.

        In place of one of more than `longest` bytes comes None. They can be gone through again,
        also before that has ended.
        """
        window = max(_WINDOW, _WINDOWS // max(1, len(self._runs)))
        runs = [self._read(run, window) for run in self._runs]
        runs.append((number, b"".join(self._lines[number])) for number in sorted(self._lines))
        current: int | None = None
        parts: list[bytes] = []
        length = 0
        # The merge is stable, so what came earlier stays in front.
        for number, data in heapq.merge(*runs, key=lambda record: record[0]):
            if number != current:
                if current is not None:
                    yield current, b"".join(parts) if length <= longest else None
                current, parts, length = number, [], 0
            length += len(data)
            if length <= longest:
                parts.append(data)
            else:
                parts.clear()
        if current is not None:
            yield current, b"".join(parts) if length <= longest else None

    def _lay_down(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="flux-conform-")  # noqa: SIM115
            weakref.finalize(self, self._file.close)
        start = self._file.tell()
        for number in sorted(self._lines):
            for line in self._lines[number]:
                self._file.write(_RECORD.pack(number, len(line)))
                self._file.write(line)
        self._runs.append(_Run(start, self._file.tell()))
        self._lines.clear()
        self._held = 0

    def _read(self, run: _Run, window: int) -> Iterator[tuple[int, bytes]]:
        file = self._file
        assert file is not None
        at = run.start
        while at < run.end:
            file.seek(at)  # other runs are read in between
            piece = file.read(min(window, run.end - at))
            place = 0
            while place + _RECORD.size <= len(piece):
                number, length = _RECORD.unpack_from(piece, place)
                if place + _RECORD.size + length > len(piece):
                    break
                place += _RECORD.size + length
                yield number, piece[place - length : place]
            at += place
            if not place:  # a line longer than the piece
                number, length = _RECORD.unpack_from(piece)
                file.seek(at + _RECORD.size)
                yield number, file.read(length)
                at += _RECORD.size + length

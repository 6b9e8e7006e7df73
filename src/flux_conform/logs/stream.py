"""Bytes that come one after the other: read on, looked ahead at, passed over, never held whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from flux_conform.logs.found import MAX_LOG_LINES, SourceError

_CHUNK = 1 << 18


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, up to `size` of them; b"" at the end."""
        ...


class File(Readable, Protocol):
    """What can also be moved about in."""

    def seek(self, offset: int, whence: int, /) -> int:
        """Move on, and say where that is."""
        ...


class Stream:
    """Bytes from a file or a decompressor. All of its methods may raise SourceError or OSError."""

    def __init__(
        self, source: Readable, begun: bytes = b"", *, file: File | None = None, size: int = 0
    ) -> None:
        """`begun` are bytes that were read already.

        `file` is the source itself where it can be moved about in, and has `size` bytes.
        """
        self._source = source
        self._file = file
        self._size = size
        self._buffer = begun
        self._at = 0
        self._before = 0

    @property
    def offset(self) -> int:
        """How many bytes were read or passed over so far."""
        return self._before + self._at

    @property
    def ahead(self) -> bytes:
        """What is there already and not read."""
        return self._buffer[self._at :]

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay unread; fewer where the end is near."""
        self._fill(size)
        return self._buffer[self._at : self._at + size]

    def begin(self, suffices: Callable[[bytes], bool]) -> bytes:
        """The next bytes, which stay unread: no more than suffice, so that a pipe need not end."""
        there = -1
        while there < len(head := self.ahead) and not suffices(head):
            there = len(head)
            self._fill(there + 1)
        return head

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end alone."""
        if len(self._buffer) - self._at < size:
            self._fill(size)
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        return data

    def unread(self, size: int) -> None:
        """Go back by so many bytes of the latest reading."""
        self._at -= size

    def some(self) -> bytes:
        """The next bytes, as many as are there already; b"" at the end."""
        self._fill(1)
        data = self._buffer[self._at :]
        self._at += len(data)
        return data

    def skip(self, size: int) -> int:
        """Pass over bytes, and say how many there were."""
        left = size
        while left:
            there = min(left, len(self._buffer) - self._at)
            self._at += there
            left -= there
            if left and self._file is not None:
                left -= self._seek(left)
            if left and not self._fill(1):
                break
        return size - left

    def all(self, limit: int) -> bytes:
        """What is left.

        Raises SourceError where that is more than `limit` bytes, or more lines than a log may have.
        """
        parts = []
        left = limit
        lines = MAX_LOG_LINES
        while data := self.some():
            parts.append(data)
            left -= len(data)
            if left < 0:
                raise SourceError(f"it has more than the {limit:,} bytes that are read of one log")
            lines -= data.count(b"\n")
            if lines < 0:
                limit = MAX_LOG_LINES
                raise SourceError(f"it has more than the {limit:,} lines that are read of one log")
        return b"".join(parts)

    def lines(self, limit: int, *, cuts: bool = False) -> LineReader:
        """The lines that are left."""
        return LineReader(self, limit, cuts=cuts)

    def _fill(self, size: int) -> bool:
        """See that `size` bytes are there, or all that are left; say whether any is."""
        there = len(self._buffer) - self._at
        if there >= size:
            return True
        parts = [self._buffer[self._at :]]
        while there < size and (data := self._source.read(_CHUNK)):
            parts.append(data)
            there += len(data)
        self._before += self._at
        self._at = 0
        self._buffer = b"".join(parts)
        return there > 0

    def _seek(self, size: int) -> int:
        """Move the file on, whose buffered bytes were all passed over; say how far."""
        assert self._file is not None
        step = max(0, min(size, self._size - self.offset))
        if step <= _CHUNK:  # reading on is as quick
            return 0
        self._file.seek(step, os.SEEK_CUR)
        self._before += step
        return step


class Some:
    """A stream of which reading gives what is there already, and does not wait for more."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """The next bytes; b"" at the end. May raise SourceError or OSError."""
        return self._stream.some()


class LineReader:
    """Iterates over lines without their newline; one longer than `limit` bytes is given as None.

    Where it `cuts`, such a line is given cut, and still longer than `limit`. `ended` says, after
    each line, whether it had a newline.
    """

    def __init__(self, stream: Stream, limit: int, *, cuts: bool = False) -> None:
        self._stream = stream
        self._limit = limit
        self._cuts = cuts
        self._rest: list[bytes] = []
        self.ended = True

    def __iter__(self) -> LineReader:
        return self

    def __next__(self) -> bytes | None:
        parts: list[bytes] = []
        length = 0
        while True:
            if not self._rest:
                chunk = self._stream.some()
                if not chunk:
                    break
                self._rest = _pieces(chunk)
            piece = self._rest.pop()
            ends = piece.endswith(b"\n")
            if length <= self._limit:
                parts.append(piece.removesuffix(b"\n"))
            length += len(piece) - ends
            if length > self._limit and not self._cuts:
                parts.clear()
            if ends:
                self.ended = True
                return self._line(parts, length)
        if not length:
            raise StopIteration
        self.ended = False
        return self._line(parts, length)

    def _line(self, parts: list[bytes], length: int) -> bytes | None:
        if length <= self._limit:
            return b"".join(parts)
        return b"".join(parts)[: self._limit + 1] if self._cuts else None


def _pieces(chunk: bytes) -> list[bytes]:
    """The lines and the beginning of one in a chunk, the last first."""
    lines = chunk.split(b"\n")
    last = lines.pop()
    pieces = [last] if last else []
    pieces.extend(line + b"\n" for line in reversed(lines))
    return pieces

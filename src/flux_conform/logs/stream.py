"""Streams of bytes with look-ahead and skipping, which never hold the whole content."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from flux_conform.logs.source_items import MAX_LOG_LINES, SourceError

_CHUNK = 1 << 18


class Readable(Protocol):
    """A source of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, or b"" at the end."""
        ...


class File(Readable, Protocol):
    """A source of bytes that can seek."""

    def seek(self, offset: int, whence: int, /) -> int:
        """Change the position, and return it."""
        ...


class Stream:
    """Bytes from a file or a decompressor. All methods may raise SourceError or OSError."""

    def __init__(
        self, source: Readable, head: bytes = b"", *, file: File | None = None, size: int = 0
    ) -> None:
        """`head` are bytes that were read already.

        `file` is the source itself if it can seek, and has `size` bytes.
        """
        self._source = source
        self._file = file
        self._size = size
        self._buffer = head
        self._at = 0
        self._before = 0

    @property
    def offset(self) -> int:
        """Number of bytes read or skipped so far."""
        return self._before + self._at

    @property
    def ahead(self) -> bytes:
        """The bytes that are buffered and not read yet."""
        return self._buffer[self._at :]

    def peek(self, size: int) -> bytes:
        """Return the next bytes without consuming them; fewer than `size` near the end."""
        self._fill(size)
        return self._buffer[self._at : self._at + size]

    def begin(self, suffices: Callable[[bytes], bool]) -> bytes:
        """Return the next bytes without consuming them; no more than `suffices` needs.

        Reading no further matters for a pipe, which may not end.
        """
        there = -1
        while there < len(head := self.ahead) and not suffices(head):
            there = len(head)
            self._fill(there + 1)
        return head

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes; fewer only at the end."""
        if len(self._buffer) - self._at < size:
            self._fill(size)
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        return data

    def unread(self, size: int) -> None:
        """Go back by `size` bytes of the latest read."""
        self._at -= size

    def available(self) -> bytes:
        """Return the bytes that are available now, without waiting for more; b"" at the end."""
        self._fill(1)
        data = self._buffer[self._at :]
        self._at += len(data)
        return data

    def skip(self, size: int) -> int:
        """Skip up to `size` bytes, and return the number skipped."""
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
        """Return the rest.

        Raises SourceError if it has more than `limit` bytes, or more lines than a log may have.
        """
        parts = []
        left = limit
        lines = MAX_LOG_LINES
        while data := self.available():
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
        """Iterate over the remaining lines."""
        return LineReader(self, limit, cuts=cuts)

    def _fill(self, size: int) -> bool:
        """Buffer `size` bytes, or all that remain; return whether there are any."""
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
        """Seek in the file, once its buffer is consumed; return the distance."""
        assert self._file is not None
        step = max(0, min(size, self._size - self.offset))
        if step <= _CHUNK:  # for short distances, reading is as fast
            return 0
        self._file.seek(step, os.SEEK_CUR)
        self._before += step
        return step


class AvailableBytes:
    """A stream whose reads return what is available, without waiting for more."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, or b"" at the end. May raise SourceError or OSError."""
        return self._stream.available()


class LineReader:
    """Iterates over lines without newlines; a line longer than `limit` bytes is returned as None.

    If `cuts`, such a line is truncated instead, to a length above `limit`. After each line, `ended`
    says whether it had a newline.
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
                chunk = self._stream.available()
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
    """Return the lines of a chunk and the start of the next line, reversed for `list.pop`."""
    lines = chunk.split(b"\n")
    last = lines.pop()
    pieces = [last] if last else []
    pieces.extend(line + b"\n" for line in reversed(lines))
    return pieces

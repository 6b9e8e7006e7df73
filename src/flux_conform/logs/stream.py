"""Bytes that come one after the other: read on, looked ahead at, passed over, never held whole."""

from __future__ import annotations

import os
from typing import Protocol

from flux_conform.logs.found import SourceError

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

    def __init__(self, source: Readable, *, file: File | None = None, size: int = 0) -> None:
        """`file` is the source itself where it can be moved about in, and has `size` bytes."""
        self._source = source
        self._file = file
        self._size = size
        self._ahead = b""
        self.offset = 0
        """How many bytes were read or passed over so far."""

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay unread; fewer where the end is near."""
        if len(self._ahead) < size:
            self._ahead += self._more(size - len(self._ahead))
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end alone."""
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            if len(data) < size:
                data += self._more(size - len(data))
        else:
            data = self._more(size)
        self.offset += len(data)
        return data

    def unread(self, data: bytes) -> None:
        """Put bytes back, to be read next."""
        self._ahead = data + self._ahead
        self.offset -= len(data)

    def some(self, size: int = _CHUNK) -> bytes:
        """Bytes that are there already, `size` at most; b"" at the end."""
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            data = self._source.read(size)
        self.offset += len(data)
        return data

    def skip(self, size: int) -> int:
        """Pass over bytes, and say how many there were."""
        left = size
        while left and (data := self.some(min(left, _CHUNK))):
            left -= len(data)
            if self._file is not None and not self._ahead and left > _CHUNK:
                step = max(0, min(left, self._size - self.offset))
                self._file.seek(step, os.SEEK_CUR)
                self.offset += step
                left -= step
        return size - left

    def all(self, limit: int) -> bytes:
        """What is left. Raises SourceError where that is more than `limit` bytes."""
        data = self.read(limit + 1)
        if len(data) > limit:
            raise SourceError(f"it is longer than the {limit >> 20} MiB that are read of one log")
        return data

    def lines(self, limit: int) -> LineReader:
        """The lines that are left."""
        return LineReader(self, limit)

    def _more(self, size: int) -> bytes:
        data = self._source.read(min(size, _CHUNK))
        if len(data) == size or not data:
            return data
        parts = [data]
        left = size - len(data)
        while left and (data := self._source.read(min(left, _CHUNK))):
            parts.append(data)
            left -= len(data)
        return b"".join(parts)


class LineReader:
    """Iterates over lines without their newline; one longer than `limit` bytes is given as None.

    `ended` says, after the last line, whether it had a newline.
    """

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream = stream
        self._limit = limit
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
            length += len(piece) - ends
            if length <= self._limit:
                parts.append(piece)
            else:
                parts.clear()
            if ends:
                self.ended = True
                return b"".join(parts)[:-1] if length <= self._limit else None
        if not length:
            raise StopIteration
        self.ended = False
        return b"".join(parts) if length <= self._limit else None


def _pieces(chunk: bytes) -> list[bytes]:
    """The lines and the beginning of one in a chunk, the last first."""
    lines = chunk.split(b"\n")
    last = lines.pop()
    pieces = [last] if last else []
    pieces.extend(line + b"\n" for line in reversed(lines))
    return pieces

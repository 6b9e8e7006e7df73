"""Readers for bytes that arrive over time: from a pipe, or from a file that grows."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from hashlib import sha256
from typing import BinaryIO, TypeAlias

POLL = 0.2
"""Seconds between two polls of a file that has not grown."""

_CHUNK = 1 << 16

_KEPT = 1 << 12
"""Number of first and of latest bytes kept, to detect that the file was changed."""


Mark: TypeAlias = tuple[int, str, str]
"""How many bytes of a file were read, and the digests of the first and of the latest of them."""


class FileChanged(Exception):
    """A file no longer begins with what was read of it; the message says what happened."""


class PipeReader:
    """Reads from a pipe as soon as data are available."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def read(self, size: int, /) -> bytes:
        """Return the next 1 to `size` bytes, or b"" when the pipe is closed."""
        read = getattr(self._source, "read1", self._source.read)
        data: bytes = read(size)
        return data


class GrowingFile:
    """Reads a file and what is appended to it, for as long as `goes_on` returns true.

    `read` raises OSError, and FileChanged if the file was truncated, rewritten, or replaced by
    another one of the same name. `caught_up` is called each time all available data were read.
    """

    def __init__(
        self,
        path: str,
        file: BinaryIO,
        goes_on: Callable[[], bool],
        *,
        wait: Callable[[float], None] = time.sleep,
        caught_up: Callable[[], None] = lambda: None,
    ) -> None:
        """`file` is open at its start, and unbuffered."""
        self._path = path
        self._file = file
        self._goes_on = goes_on
        self._wait = wait
        self._caught_up = caught_up
        self._read = 0
        self._first = b""
        self._latest = b""

    def read(self, size: int, /) -> bytes:
        """Return the next 1 to `size` bytes, or b"" when no more are expected."""
        while True:
            data = self._file.read(min(size, _CHUNK))
            if data:
                self._keep(data)
                return data
            self._check()
            self._caught_up()
            if not self._goes_on():
                return b""
            self._wait(POLL)
            # The file may have changed during the wait: check before new bytes are read.
            self._check()

    @property
    def mark(self) -> Mark:
        """What was read so far."""
        return self._read, _digest(self._first), _digest(self._latest)

    def _keep(self, data: bytes) -> None:
        self._read += len(data)
        if len(self._first) < _KEPT:
            self._first += data[: _KEPT - len(self._first)]
        self._latest = (self._latest + data)[-_KEPT:]

    def _check(self) -> None:
        """Raise FileChanged if the file no longer begins with what was read of it."""
        handle = self._file.fileno()
        own = os.fstat(handle)
        try:
            named = os.stat(self._path)
        except FileNotFoundError:
            named = own  # a deleted file can still grow
        if (own.st_ino, own.st_dev) != (named.st_ino, named.st_dev):
            raise FileChanged("another file has taken its place while it was followed")
        if own.st_size < self._read:
            raise FileChanged("it was cut while it was followed")
        first = os.pread(handle, len(self._first), 0)
        latest = os.pread(handle, len(self._latest), self._read - len(self._latest))
        if (first, latest) != (self._first, self._latest):
            raise FileChanged("it was written anew while it was followed")


def check_mark(path: str, mark: Mark) -> None:
    """Raise FileChanged if a file does not begin with what the mark is of. Raises OSError."""
    size, first, latest = mark
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size < size:
            raise FileChanged(f"it has fewer than {size:,} bytes")
        begins = file.read(min(size, _KEPT))
        file.seek(max(0, size - _KEPT))
        ends = file.read(min(size, _KEPT))
    if (_digest(begins), _digest(ends)) != (first, latest):
        raise FileChanged("it begins otherwise")


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def is_pipe(file: BinaryIO) -> bool:
    """Return whether an open file is a pipe: it ends when its writer closes it."""
    return not stat.S_ISREG(os.fstat(file.fileno()).st_mode)

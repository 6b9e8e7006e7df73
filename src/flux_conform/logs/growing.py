"""Bytes as they come: from a pipe, or from a file that grows."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from typing import BinaryIO

POLL = 0.2
"""Seconds between two looks at a file that has not grown."""

_CHUNK = 1 << 16

_KEPT = 1 << 12
"""How many of the first and of the latest bytes are kept, to see that they still stand there."""


class Changed(Exception):
    """What was read of a file is no longer what it begins with; the message says what happened."""


class Piped:
    """What comes through a pipe, as soon as it is there."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def read(self, size: int, /) -> bytes:
        """The next bytes, from 1 to `size` of them; b"" when the pipe is closed."""
        read = getattr(self._source, "read1", self._source.read)
        data: bytes = read(size)
        return data


class Growing:
    """What is in a file, and what is added to it for as long as `goes_on` says.

    `read` raises OSError, and Changed where the file was cut, written anew, or replaced by another
    one of its name. `caught_up` is called each time when all that is there was read.
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
        """The file is open at its beginning, and unbuffered."""
        self._path = path
        self._file = file
        self._goes_on = goes_on
        self._wait = wait
        self._caught_up = caught_up
        self._read = 0
        self._first = b""
        self._latest = b""

    def read(self, size: int, /) -> bytes:
        """The next bytes, from 1 to `size` of them; b"" when no more are waited for."""
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
            self._check()

    def _keep(self, data: bytes) -> None:
        self._read += len(data)
        if len(self._first) < _KEPT:
            self._first += data[: _KEPT - len(self._first)]
        self._latest = (self._latest + data)[-_KEPT:]

    def _check(self) -> None:
        """Raises Changed where the file does not begin with what was read of it."""
        handle = self._file.fileno()
        own = os.fstat(handle)
        try:
            named = os.stat(self._path)
        except FileNotFoundError:
            named = own  # a file that was removed can grow on
        if (own.st_ino, own.st_dev) != (named.st_ino, named.st_dev):
            raise Changed("another file has taken its place while it was followed")
        if own.st_size < self._read:
            raise Changed("it was cut while it was followed")
        first = os.pread(handle, len(self._first), 0)
        latest = os.pread(handle, len(self._latest), self._read - len(self._latest))
        if (first, latest) != (self._first, self._latest):
            raise Changed("it was written anew while it was followed")


def is_pipe(file: BinaryIO) -> bool:
    """Whether an open file ends when its writer closes it, as a pipe does, and cannot grow."""
    return not stat.S_ISREG(os.fstat(file.fileno()).st_mode)

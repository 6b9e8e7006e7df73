"""How much of the sources was read so far, to be looked at from another thread."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol

from flux_conform.inputs import files_below


class Underway(Protocol):
    """A file that is being read."""

    @property
    def offset(self) -> int:
        """How many of its bytes were read."""


class Meter:
    """Counts the bytes of files as they are read, compressed as they are.

    `total` is how many there are, None while that is not known. Where it `is_watched`, bytes that
    others read are counted too.
    """

    def __init__(self) -> None:
        self.total: int | None = None
        self.is_watched = False
        self._done = 0
        self._stream: Underway | None = None

    def whole(self, size: int) -> None:
        """A file of that size was read."""
        self._done += size

    def elsewhere(self, path: str) -> None:
        """The file at the path was read by another process; its size is looked at if watched."""
        if self.is_watched:
            self._done += _size(path)

    def begins(self, stream: Underway) -> None:
        """A longer file is read from now on."""
        self._stream = stream

    def ends(self) -> None:
        """The longer file is done with."""
        if self._stream is not None:
            self._done += self._stream.offset
            self._stream = None

    @property
    def read(self) -> int:
        """How many bytes were read."""
        stream = self._stream
        return self._done + (stream.offset if stream is not None else 0)


def bytes_at(paths: Iterable[str]) -> int | None:
    """How many bytes the files at and below the paths have; None where that cannot be told."""
    total = 0
    for path in paths:
        if os.path.isdir(path):
            total += sum(map(_size, files_below(path)))
        elif os.path.isfile(path):
            total += _size(path)
        else:
            return None
    return total


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0

"""Progress of reading, in bytes, for display by another thread."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from flux_conform.inputs import files_below


class FileInProgress(Protocol):
    """A file that is being read."""

    @property
    def offset(self) -> int:
        """Number of its bytes that were read."""


class Meter:
    """Counts the bytes of files as they are read; compressed files count as they are on disk.

    `total` is the expected number, or None if it is unknown. If `is_watched`, files that other
    processes read are counted too.
    """

    def __init__(self) -> None:
        self.total: int | None = None
        self.is_watched = False
        self._done = 0
        self._stream: FileInProgress | None = None

    def count(self, size: int) -> None:
        """Count a file of `size` bytes that was read completely."""
        self._done += size

    def count_elsewhere(self, path: str) -> None:
        """Count a file that another process read, if anybody watches.

        Otherwise the system call for its size is saved.
        """
        if self.is_watched:
            self._done += _size(path)

    @contextmanager
    def reading(self, stream: FileInProgress) -> Iterator[None]:
        """Count a longer file while it is read."""
        self._stream = stream
        try:
            yield
        finally:
            self._done += stream.offset
            self._stream = None

    @property
    def read(self) -> int:
        """Number of bytes read."""
        return self._done + (self._stream.offset if self._stream is not None else 0)


def bytes_at(paths: Iterable[str]) -> int | None:
    """Return the total size of the files at and below the paths; None if it cannot be known."""
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

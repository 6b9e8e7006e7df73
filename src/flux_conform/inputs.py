"""The files that a call reads, none of which it writes.

`reading` names what a call reads; meanwhile no such file is written, whatever path leads to it. A
reader of specifications notes each file that it opens (`note_read`), those that another names too.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import BinaryIO

Identity = tuple[int, int]
"""The device and the number of a file there: the same whatever path or link leads to it."""

_STANDARD_INPUT = 0
"""The handle of what a path "-" stands for; a shell can open a file there."""


class Given(OSError):
    """A file that is to be written is one that the call reads."""

    def __init__(self, path: str) -> None:
        super().__init__(
            errno.EEXIST, "this would overwrite a file that is read here; name another place", path
        )


class _Reading:
    """What a call reads: files, and those below folders, by their identity."""

    def __init__(self, paths: Iterable[str], is_source: Callable[[str], bool]) -> None:
        self._paths: Iterable[str] = paths
        self.files: set[Identity] = set()
        self.below: dict[Identity, str] = {}
        self.is_source = is_source

    def look(self) -> None:
        """Look at the paths once, when the first file is written: there can be very many."""
        for path in self._paths:
            status = _status(_STANDARD_INPUT if path == "-" else path)
            if status is not None and stat.S_ISREG(status.st_mode):
                self.files.add(_identity(status))
            elif status is not None and stat.S_ISDIR(status.st_mode):
                self._look_below(path)
        self._paths = ()

    def _look_below(self, folder: str) -> None:
        for path in files_below(folder):
            status = _status(path)
            if status is not None:
                self.below[_identity(status)] = path


_READING: ContextVar[_Reading | None] = ContextVar("reading", default=None)


@contextmanager
def reading(paths: Iterable[str], is_source: Callable[[str], bool]) -> Iterator[None]:
    """Meanwhile none of the files is written, and no file below a folder that `is_source`."""
    token = _READING.set(_Reading(paths, is_source))
    try:
        yield
    finally:
        _READING.reset(token)


def note_read(file: BinaryIO) -> None:
    """Note that a file is read, so that nothing is written over it."""
    read = _READING.get()
    if read is not None:
        read.files.add(_identity(os.fstat(file.fileno())))


@contextmanager
def rewriting() -> Iterator[None]:
    """Meanwhile what is read is not noted: the call reads it to write it anew."""
    token = _READING.set(None)
    try:
        yield
    finally:
        _READING.reset(token)


def check_writable(path: str) -> None:
    """Raises Given where the file at the path is one that is read.

    Below a folder that is read, only sources count as read; a report there may be overwritten.
    """
    read, status = _READING.get(), _status(path)
    # A terminal can be both, and so can a pipe.
    if read is None or status is None or not stat.S_ISREG(status.st_mode):
        return
    read.look()
    if _identity(status) in read.files:
        raise Given(path)
    below = read.below.get(_identity(status))
    if below is not None and (read.is_source(path) or read.is_source(below)):
        raise Given(path)


def place_of(path: str) -> tuple[Identity, str] | None:
    """What identifies the file of a path, whether it exists or not; None for a device."""
    status = _status(path)
    if status is not None:
        return (_identity(status), "") if stat.S_ISREG(status.st_mode) else None
    folder, name = os.path.split(os.path.realpath(path))
    status = _status(folder)
    return ((0, 0), os.path.join(folder, name)) if status is None else (_identity(status), name)


def files_below(folder: str) -> Iterator[str]:
    """The paths of all that is below a folder and is none, however deep; links are not followed.

    What cannot be listed is left out.
    """
    folders = [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as scan:
                for entry in scan:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        yield entry.path
        except OSError:
            continue


def _status(path: str | int) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino

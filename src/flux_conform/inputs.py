"""Protects the input files of a call from being overwritten by its output.

`reading` declares the inputs; while it is active, no input is written, whichever path leads to it.
The loader of specifications also notes each file that it opens (`note_read`), including files that
a specification refers to.
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
"""Device and inode number of a file: the same for every path or link to it."""

_STANDARD_INPUT = 0
"""The file descriptor that the path "-" stands for; a shell can redirect a file to it."""


class WouldOverwriteInput(OSError):
    """The output file is an input of the same call."""

    def __init__(self, path: str) -> None:
        super().__init__(
            errno.EEXIST, "this would overwrite a file that is read here; name another place", path
        )


class _Inputs:
    """The inputs of a call: files, and the files below folders, by their identity."""

    def __init__(self, paths: Iterable[str], is_source: Callable[[str], bool]) -> None:
        self._paths: Iterable[str] = paths
        self.files: set[Identity] = set()
        self.below: dict[Identity, str] = {}
        self.is_source = is_source

    def resolve(self) -> None:
        """Look the paths up, once and only when the first file is written: there can be many."""
        for path in self._paths:
            status = _status(_STANDARD_INPUT if path == "-" else path)
            if status is not None and stat.S_ISREG(status.st_mode):
                self.files.add(_identity(status))
            elif status is not None and stat.S_ISDIR(status.st_mode):
                self._resolve_below(path)
        self._paths = ()

    def _resolve_below(self, folder: str) -> None:
        for path in files_below(folder):
            status = _status(path)
            if status is not None:
                self.below[_identity(status)] = path


_INPUTS: ContextVar[_Inputs | None] = ContextVar("inputs", default=None)


@contextmanager
def reading(paths: Iterable[str], is_source: Callable[[str], bool]) -> Iterator[None]:
    """Declare the inputs of a call for the duration of the block.

    `paths` are files, folders, or "-". Below a folder, the files for which `is_source` is true are
    inputs.
    """
    token = _INPUTS.set(_Inputs(paths, is_source))
    try:
        yield
    finally:
        _INPUTS.reset(token)


def note_read(file: BinaryIO) -> None:
    """Note an open file as an input, so that it is not overwritten."""
    inputs = _INPUTS.get()
    if inputs is not None:
        inputs.files.add(_identity(os.fstat(file.fileno())))


@contextmanager
def rewriting() -> Iterator[None]:
    """Note no inputs for the duration of the block: the call updates files that it reads."""
    token = _INPUTS.set(None)
    try:
        yield
    finally:
        _INPUTS.reset(token)


def check_writable(path: str) -> None:
    """Check that the file at the path is not an input. Raises WouldOverwriteInput.

    Below an input folder only sources are protected; a report there may be overwritten.
    """
    inputs, status = _INPUTS.get(), _status(path)
    # A terminal or a pipe can be both input and output.
    if inputs is None or status is None or not stat.S_ISREG(status.st_mode):
        return
    inputs.resolve()
    if _identity(status) in inputs.files:
        raise WouldOverwriteInput(path)
    below = inputs.below.get(_identity(status))
    if below is not None and (inputs.is_source(path) or inputs.is_source(below)):
        raise WouldOverwriteInput(path)


def file_key(path: str) -> tuple[Identity, str] | None:
    """Return a key that identifies the file of a path, existing or not; None for a device.

    The key of a missing file is the identity of its folder and its name.
    """
    status = _status(path)
    if status is not None:
        return (_identity(status), "") if stat.S_ISREG(status.st_mode) else None
    folder, name = os.path.split(os.path.realpath(path))
    status = _status(folder)
    return ((0, 0), os.path.join(folder, name)) if status is None else (_identity(status), name)


def files_below(folder: str) -> Iterator[str]:
    """Yield the paths of all entries below a folder that are not folders, at any depth.

    Symbolic links are not followed. Folders that cannot be listed are skipped.
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

"""Finds the logs behind the paths that a caller gives."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

ENDING = ".eventlog"


class LogSource(NamedTuple):
    """Where a log lies: its name for people, and its path (None is standard input)."""

    name: str
    path: str | None

    def read(self) -> bytes:
        """The bytes of the log. Raises OSError."""
        if self.path is None:
            if sys.stdin is None:
                raise OSError(errno.EBADF, "standard input is closed")
            return sys.stdin.buffer.read()
        with open(self.path, "rb") as file:
            return file.read()


class Missing(NamedTuple):
    """A path that gives no log, and why."""

    name: str
    error: str


class Skipped(NamedTuple):
    """How much below a directory was left out: other files, pipes, links to directories."""

    directory: str
    files: int


def find_logs(paths: Iterable[str]) -> Iterator[LogSource | Missing | Skipped]:
    """The logs at the paths, in order: files as they are, `*.eventlog` below directories, sorted.

    `-` is standard input. A path without logs gives a Missing.
    """
    for path in paths:
        if path == "-":
            yield LogSource("-", None)
        elif os.path.isdir(path):
            yield from _below(path)
        else:
            yield LogSource(path, path)


def _below(directory: str) -> Iterator[LogSource | Missing | Skipped]:
    found = skipped = 0
    errors: list[Missing] = []

    def failed(error: OSError) -> None:
        errors.append(Missing(str(error.filename), error.strerror or str(error)))

    for folder, folders, files in os.walk(directory, onerror=failed):
        folders.sort()
        # Links to directories are not followed: they may lead in a circle.
        skipped += sum(os.path.islink(os.path.join(folder, name)) for name in folders)
        for name in sorted(files):
            path = os.path.join(folder, name)
            # A pipe would wait for a writer that may never come.
            if name.endswith(ENDING) and (os.path.isfile(path) or not os.path.exists(path)):
                found += 1
                yield LogSource(path, path)
            else:
                skipped += 1
    yield from errors
    if not found and not errors:
        yield Missing(directory, f"no *{ENDING} file below this directory")
    if skipped:
        yield Skipped(directory, skipped)

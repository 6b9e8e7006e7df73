"""Traversal of the files below a directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.logs.source_items import Problem


class FolderEntry(NamedTuple):
    """An entry below a directory; `is_file` means a regular file and not a link."""

    name: str
    path: str
    is_file: bool


def entries_below(directory: str, errors: list[Problem]) -> Iterator[FolderEntry]:
    """Yield what is below a directory, except the directories themselves.

    A link to a directory is yielded and not followed, because it may form a cycle. The entries of a
    folder precede those of its subfolders, sorted by name; folders that cannot be listed are added
    to `errors`.
    """
    folders = [directory]
    while folders:
        folder = folders.pop()
        # A folder may have millions of entries, so only their names are kept.
        names: list[str] = []
        others: set[str] = set()
        below: list[str] = []
        try:
            with os.scandir(folder) as scan:
                for entry in scan:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.name)
                        continue
                    names.append(entry.name)
                    if not entry.is_file(follow_symlinks=False):
                        others.add(entry.name)
        except OSError as error:
            errors.append(Problem(folder, error.strerror or str(error)))
            continue
        before = os.path.join(folder, "")
        folders += [before + name for name in sorted(below, reverse=True)]
        for name in sorted(names):
            yield FolderEntry(name, before + name, name not in others)


def can_be_read(entry: FolderEntry) -> bool:
    """Return whether an entry can be read; a broken link counts, and fails when it is opened.

    Other entries, such as pipes, are excluded: a pipe may wait for a writer that never comes.
    """
    return entry.is_file or os.path.isfile(entry.path) or not os.path.exists(entry.path)

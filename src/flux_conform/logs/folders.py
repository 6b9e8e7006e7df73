"""What stands below a directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.logs.found import Problem


class FolderEntry(NamedTuple):
    """What is below a directory; `is_file` tells that it was a file itself, and no link, then."""

    name: str
    path: str
    is_file: bool


def entries_below(directory: str, errors: list[Problem]) -> Iterator[FolderEntry]:
    """What is below a directory and is none, or a link to one: they may lead in a circle.

    A folder's entries come before those of its folders, sorted; what cannot be listed is an error.
    """
    folders = [directory]
    while folders:
        folder = folders.pop()
        # A folder may have millions of entries, so no more than their names is kept.
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
    """Whether it is a file or a link that leads nowhere, which is told when it is opened.

    A pipe would wait for a writer that may never come.
    """
    return entry.is_file or os.path.isfile(entry.path) or not os.path.exists(entry.path)

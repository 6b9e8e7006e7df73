"""The files that the options of a call read and write, which must not be the same.

They are listed here for all verbs, because a check in each verb would be forgotten in one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, file_errors
from flux_conform.files import write_whole
from flux_conform.inputs import WouldOverwriteInput, check_writable, file_key, reading

if TYPE_CHECKING:
    import argparse

READ = (
    *("paths", "log", "machine", "system", "against", "baseline", "rules", "allow", "previous"),
    *("known", "files", "specifications", "one", "two", "file", "diagram", "ties", "command"),
    *("exceptions", "names"),
)
"""The options and arguments for files to read, or for folders of such files."""

WRITTEN = {"output": "-o", "badge": "--badge", "table": "--table", "resume": "--resume",
           "repair": "--repair", "renewed": "--ties", "state": "--state",
           "promela": "--promela"}  # fmt: skip
"""The names of options for files to write, each with its spelling."""

FOLDERS = ("logs", "witnesses", "certificates", "smtlib", "folder", "suite", "root")
"""The options for folders to write into; each file there is checked when it is written."""


def file_name(name: str) -> str:
    """The name with characters replaced that are special to file systems or shells."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


def write_logs(
    directory: str, logs: Iterable[tuple[str, bytes]], option: str = "--witnesses"
) -> dict[str, str]:
    """Write eventlogs into a directory, which is made where it is missing; their paths by name.

    `option` is the one that names it. Raises UsageError where they cannot be written.
    """
    files: dict[str, str] = {}
    with file_errors(f"{option} ", directory):
        os.makedirs(directory, exist_ok=True)
        for name, log in logs:
            path = os.path.join(directory, f"{file_name(name)}.eventlog")
            write_whole(path, log)
            files[name] = path
    return files


@contextmanager
def keeping_inputs(arguments: argparse.Namespace) -> Iterator[None]:
    """Protect the files that the options read from being overwritten during the block.

    Raises UsageError if an option would write a file that another reads or writes.
    """
    with reading(list(_read(arguments)), _is_source):
        _check(arguments)
        yield


def _read(arguments: argparse.Namespace) -> Iterator[str]:
    for name in READ:
        given = getattr(arguments, name, None)
        yield from (given,) if isinstance(given, str) else (each for each in given or ())


def _written(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """The files that options write, each with its option."""
    for name, option in WRITTEN.items():
        path = getattr(arguments, name, None)
        if isinstance(path, str) and path != "-":
            if name == "table":
                from flux_conform.cli.check_table import files_of

                yield from ((option, file) for file in files_of(path).values())
            else:
                yield option, path


def _check(arguments: argparse.Namespace) -> None:
    named: dict[object, str] = {}
    for option, path in _written(arguments):
        try:
            check_writable(path)
        except WouldOverwriteInput as error:
            raise UsageError(f"{option} {path}: {error.strerror}") from error
        place = file_key(path)
        other = None if place is None else named.setdefault(place, option)
        if other is not None and other != option:
            raise UsageError(f"{option} {path}: {other} writes that file too; name another")


def _is_source(path: str) -> bool:
    """Whether a file in a folder that is read can be one of the sources there."""
    from flux_conform.logs.sniff import TEXT
    from flux_conform.logs.source_items import SourceError
    from flux_conform.logs.sources import form_below

    if ".eventlog" in os.path.basename(path):
        return True
    try:
        return form_below(path) not in (None, TEXT)
    except (OSError, SourceError):
        return False

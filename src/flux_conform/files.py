"""The contents of files: read up to a bound, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from flux_conform.inputs import check_writable

MOST_BYTES = 64 << 20
"""A text or a JSON document of more bytes is refused: a device or a pipe may have no end."""


def read_bounded(path: str, most: int = MOST_BYTES) -> bytes:
    """What is in a file. Raises OSError, where it is too large as well.

    It is not noted as read: what keeps a state is read to be written anew.
    """
    with open(path, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MB, or no end", path)
    return data


def write_whole(path: str, content: bytes) -> None:
    """Write a file next to its place, then move it there; make directories. Raises OSError."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """A file to write, which is in its place when all went well, and else is not there.

    It has the permissions of the file that it replaces, or else those of any new file. A device or
    a pipe is written to as it is. Makes directories. Raises OSError, and Given where the file is
    one that is read.
    """
    with whole_files() as begin:
        yield begin(path)


@contextmanager
def whole_files() -> Iterator[Callable[[str], BinaryIO]]:
    """Opens several files that are in their places together, when all went well, or none is.

    A file may be closed early. Raises as `whole_file` does.
    """
    drafts: list[tuple[str, str]] = []
    opened: list[BinaryIO] = []
    with ExitStack() as stack:

        def begin(path: str) -> BinaryIO:
            check_writable(path)
            if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
                file: BinaryIO = stack.enter_context(open(path, "wb"))
                return file
            place = os.path.realpath(path)
            if os.path.isdir(place):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            handle, draft = stack.enter_context(_draft(os.path.dirname(place)))
            file = stack.enter_context(os.fdopen(handle, "wb"))
            opened.append(file)
            drafts.append((draft, path))
            return file

        yield begin
        for file in opened:
            file.close()
        for draft, path in drafts:
            os.chmod(draft, _permissions(path))
            check_writable(path)
        for draft, path in drafts:
            os.replace(draft, os.path.realpath(path))


@contextmanager
def _draft(folder: str) -> Iterator[tuple[int, str]]:
    """A temporary file, which goes away however its writing ends, by a signal too."""
    import tempfile  # slow to load, and most calls write nothing

    from flux_conform.leftovers import gone_with_signals

    handle, draft = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)

    def remove() -> None:
        if os.path.exists(draft):
            os.unlink(draft)

    with gone_with_signals(remove):
        try:
            yield handle, draft
        finally:
            remove()


def _permissions(path: str) -> int:
    """Those of the file at the path; where none is there, those of a file that is made now."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode) & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask

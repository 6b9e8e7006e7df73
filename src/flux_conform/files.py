"""Reads files up to a size limit, and writes files atomically: whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from flux_conform.inputs import check_writable

MOST_BYTES = 64 << 20
"""Maximum size of a text or JSON document: a device or a pipe may never end."""


def read_bounded(path: str, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a file.

    The file is not noted as an input (see `inputs.note_read`): state files are read here, and the
    same call writes them again. Raises OSError, also if the file is larger than `most` bytes.
    """
    with open(path, "rb") as file:
        data = file.read(most + 1)  # one byte more shows that the file is too large
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MB, or no end", path)
    return data


def write_whole(path: str, content: bytes) -> None:
    """Write a temporary file next to `path` and rename it; create directories. Raises OSError."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """Open a file for writing; it appears at `path` only if the block succeeds.

    It gets the permissions of the file that it replaces, or those of a new file. A device or a pipe
    is written directly. Creates directories. Raises OSError, and WouldOverwriteInput if the file is
    an input of the call.
    """
    with whole_files() as begin:
        yield begin(path)


@contextmanager
def whole_files() -> Iterator[Callable[[str], BinaryIO]]:
    """Yield a function that opens files for writing; all of them appear together, or none does.

    A file may be closed early. Raises what `whole_file` raises.
    """
    drafts: list[tuple[str, str]] = []
    opened: list[BinaryIO] = []
    with ExitStack() as stack:

        def begin(path: str) -> BinaryIO:
            check_writable(path)
            if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
                file: BinaryIO = stack.enter_context(open(path, "wb"))
                return file
            # The rename must replace the target of a symbolic link, not the link.
            target = os.path.realpath(path)
            if os.path.isdir(target):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            handle, draft = stack.enter_context(_draft(os.path.dirname(target)))
            file = stack.enter_context(os.fdopen(handle, "wb"))
            opened.append(file)
            drafts.append((draft, path))
            return file

        yield begin
        for file in opened:
            file.close()
        # Everything that can fail comes before the first rename.
        for draft, path in drafts:
            os.chmod(draft, _permissions(path))
            check_writable(path)
        for draft, path in drafts:
            os.replace(draft, os.path.realpath(path))


@contextmanager
def _draft(folder: str) -> Iterator[tuple[int, str]]:
    """Create a temporary file, and remove it at the end, also if a signal ends the process."""
    import tempfile  # slow to load, and most calls write no file

    from flux_conform.leftovers import removed_on_signals

    handle, draft = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)

    def remove() -> None:
        if os.path.exists(draft):
            os.unlink(draft)

    with removed_on_signals(remove):
        try:
            yield handle, draft
        finally:
            remove()


def _permissions(path: str) -> int:
    """Return the permissions of the file at the path, or of a new file if there is none."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode) & 0o777
    except FileNotFoundError:
        mask = os.umask(0)  # the only way to read the mask is to set it
        os.umask(mask)
        return 0o666 & ~mask

"""Files that a verb writes: each is there whole or not at all, however the verb ends."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


def file_name(name: str) -> str:
    """The name with what file systems or shells mind replaced."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


def write_whole(path: str, content: bytes) -> None:
    """Write a file beside its place, then move it there; make directories. Raises OSError."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """A file to write, which is in its place when all went well, and else is not there.

    A device or a pipe is written to as it is. Makes directories. Raises OSError.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        with open(path, "wb") as file:
            yield file
        return
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        # A temporary file is readable by its owner alone; this one shall be like any other.
        os.chmod(draft, 0o666 & ~_mask())
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""Lines as they come: from a file that grows, or from standard input."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from flux_conform.logs.eventlog import MAX_LINE_BYTES

POLL = 0.2
"""Seconds between two looks at a file that has not grown."""

_CHUNK = 1 << 16


class Line(NamedTuple):
    """A line without its newline; `ended` tells whether it had one."""

    text: bytes
    ended: bool


class Shrunk(Exception):
    """The file has become shorter than what was read of it, or another one bears its name."""


def piped_lines(source: BinaryIO) -> Iterator[Line]:
    """The lines of a pipe until it ends. A line that is too long comes cut, and without an end."""
    while text := source.readline(MAX_LINE_BYTES + 2):
        ended = text.endswith(b"\n")
        yield Line(text.removesuffix(b"\n"), ended)
        while not ended and (rest := source.readline(_CHUNK)):
            ended = rest.endswith(b"\n")


def growing_lines(
    path: str, goes_on: Callable[[], bool], wait: Callable[[float], None] = time.sleep
) -> Iterator[Line]:
    """The lines of a file as it grows, for as long as `goes_on` says when no more are there.

    A line comes when its newline has; what stands after the last newline comes at the end.
    Raises OSError, and Shrunk where the file is cut or replaced.
    """
    with open(path, "rb") as file:
        rest = b""
        read = 0
        while True:
            chunk = file.read(_CHUNK)
            read += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for text in lines:
                yield Line(text, True)
            if len(rest) > MAX_LINE_BYTES:
                break
            if chunk:
                continue
            if not goes_on():
                break
            wait(POLL)
            if _is_another(path, file, read):
                raise Shrunk(path)
        if rest:
            yield Line(rest, False)


def _is_another(path: str, file: BinaryIO, read: int) -> bool:
    own = os.fstat(file.fileno())
    try:
        named = os.stat(path)
    except FileNotFoundError:
        return False  # a file that was removed can grow on
    return own.st_size < read or (own.st_ino, own.st_dev) != (named.st_ino, named.st_dev)

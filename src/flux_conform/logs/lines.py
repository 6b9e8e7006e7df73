"""The lines of a log without a list of them all: a log may hold a newline in each byte."""

from __future__ import annotations

from collections.abc import Iterator

_BLOCK = 256 << 10
"""Bytes of a log whose lines are taken apart at a time."""


def blocks(data: bytes) -> Iterator[tuple[list[bytes], int]]:
    """The lines of a log without their newlines, some at a time, and how many of them had one."""
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + _BLOCK) + 1 or data.find(b"\n", start) + 1
        lines = data[start : end or len(data)].split(b"\n")
        if end:
            lines.pop()
        yield lines, len(lines) if end else len(lines) - 1
        start = end or len(data)


def line_at(data: bytes, offset: int) -> bytes:
    """The line of a log that begins at a byte, with its newline where it has one."""
    end = data.find(b"\n", offset) + 1
    return data[offset:end] if end else data[offset:]


class Lines:
    """The lines of a log by their numbers, which is fast where each is near the one before."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._number, self._start = 1, 0

    def __call__(self, number: int) -> bytes | None:
        """The line of a number from 1, without its newline; None past the last."""
        while self._number > number:
            self._number -= 1
            self._start = self._data.rfind(b"\n", 0, self._start - 1) + 1
        while self._number < number:
            end = self._data.find(b"\n", self._start) + 1
            if not end:
                return None
            self._number, self._start = self._number + 1, end
        return line_at(self._data, self._start).removesuffix(b"\n")

"""Access to the lines of a log without a list of all lines: every byte may be a newline."""

from __future__ import annotations

from collections.abc import Iterator

_BLOCK = 256 << 10
"""Number of bytes of a log that are split into lines at a time."""


def blocks(data: bytes) -> Iterator[tuple[list[bytes], int]]:
    """Yield blocks of lines without newlines, and the number of them that had a newline."""
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + _BLOCK) + 1 or data.find(b"\n", start) + 1
        lines = data[start : end or len(data)].split(b"\n")
        if end:
            lines.pop()
        yield lines, len(lines) if end else len(lines) - 1
        start = end or len(data)


def line_at(data: bytes, offset: int) -> bytes:
    """Return the line of a log at a byte offset, with its newline if it has one."""
    end = data.find(b"\n", offset) + 1
    return data[offset:end] if end else data[offset:]


class Lines:
    """The lines of a log by number; fast if each is near the previous one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._number, self._start = 1, 0

    def __call__(self, number: int) -> bytes | None:
        """Return the line with a number from 1, without its newline; None past the last line."""
        while self._number > number:
            self._number -= 1
            self._start = self._data.rfind(b"\n", 0, self._start - 1) + 1
        while self._number < number:
            end = self._data.find(b"\n", self._start) + 1
            if not end:
                return None
            self._number, self._start = self._number + 1, end
        return line_at(self._data, self._start).removesuffix(b"\n")

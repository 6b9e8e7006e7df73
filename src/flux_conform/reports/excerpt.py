"""An excerpt of a log: a few lines around one, cut to a width."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.logs.lines import Lines
from flux_conform.text import printable

_WHOLE = 12
"""Maximum number of lines of a log that is shown whole."""

_BEFORE, _AFTER = 4, 1
_WIDTH = 150
_READ = 4 << 20
"""Maximum number of bytes that are read from the start of a log."""


class Line(NamedTuple):
    """A line of a log: its number from 1, its text with nothing hidden, whether it is the one."""

    number: int
    text: str
    marked: bool


class Excerpt(NamedTuple):
    """Lines of a log, and how many there are before and after them."""

    lines: tuple[Line, ...]
    before: int
    after: int


def excerpt(log: bytes, line: int | None) -> Excerpt:
    """The lines around a line; where there is none, the end of the log."""
    log = log[:_READ]
    total = log.count(b"\n") + (log != b"" and not log.endswith(b"\n"))
    line_of = Lines(log)
    first, last = 0, total
    if total > _WHOLE:
        at = total if line is None else min(line, total)
        first, last = max(0, at - 1 - _BEFORE), min(total, at + _AFTER)
    shown = tuple(
        Line(number, readable(line_of(number) or b""), number == line)
        for number in range(first + 1, last + 1)
    )
    return Excerpt(shown, first, total - last)


def readable(line: bytes, width: int = _WIDTH) -> str:
    """A line of a log as text that hides nothing, cut where it is long."""
    text = printable(line[: 4 * width].decode("utf-8", "backslashreplace"))
    return text if len(text) <= width and len(line) <= 4 * width else f"{text[:width]}…"

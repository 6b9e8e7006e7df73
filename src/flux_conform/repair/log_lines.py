"""A log as a repair sees it: its lines, the events on them, and what is wrong with the lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from flux_conform.logs.eventlog import Entry, read_entries
from flux_conform.repair.walker import Happening, Walker

NO_LINE = "not-empty"


class Line(NamedTuple):
    """A line of a log.

    `number` counts from 1. `happening` is the number of its event, None where it holds none.
    `checks` are the tests of lines that it fails, of those that count. `content` tells events
    apart whatever their times; it is the text of a line without an event.
    """

    number: int
    entry: Entry
    happening: int | None
    checks: tuple[str, ...]
    content: str

    @property
    def is_sound(self) -> bool:
        """Whether there is an event, and nothing wrong with how it is written."""
        return self.happening is not None and not self.checks

    @property
    def event(self) -> str | None:
        """The name of the event."""
        return self.entry.event.name if self.entry.event is not None else None

    @property
    def context(self) -> dict[str, Any] | None:
        """The context of the event, None where it is absent or no object."""
        return self.entry.event.context if self.entry.event is not None else None

    @property
    def timestamp(self) -> int | float | None:
        """The time of the event, None where there is none that can be read."""
        return self.entry.event.timestamp if self.entry.event is not None else None


def lines_of(walker: Walker, data: bytes) -> list[Line]:
    """The lines of a log, none where it is empty. Raises UnreadableLog."""
    grave = {rule.check for rule in walker.machine.specification.lines if walker.is_grave(rule)}
    lines = []
    for entry in read_entries(data):
        checks = tuple(fault.check for fault in entry.faults if fault.check in grave)
        if not data:
            break
        happening = None
        content = entry.text.decode("utf-8", "backslashreplace")
        if entry.event is not None:
            name, _, context = entry.event
            is_object = not any(fault.check == "context" for fault in entry.faults)
            happening = walker.happening(Happening(name, context, is_object))
            content = content_of(name, context)
        lines.append(Line(entry.line, entry, happening, checks, content))
    return lines


def content_of(name: str, context: Any) -> str:
    """What tells events apart, whatever their times."""
    return json.dumps([name, context or None], sort_keys=True, default=repr)


def may_be_empty(walker: Walker) -> bool:
    """Whether a log without lines violates nothing that counts."""
    rules = walker.machine.specification.lines
    return not any(rule.check == NO_LINE and walker.is_grave(rule) for rule in rules)


def is_repeat(lines: Sequence[Line], index: int) -> bool:
    """Whether the line before tells the same event."""
    return index > 0 and lines[index].is_sound and lines[index - 1].content == lines[index].content


def is_faulty(walker: Walker, line: Line) -> bool:
    """Whether a line breaks something that counts by itself, whatever came before it."""
    return not line.is_sound or (
        line.happening is not None and walker.is_faulty_in_itself(line.happening)
    )

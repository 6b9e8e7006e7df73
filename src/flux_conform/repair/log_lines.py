"""The lines of a log as a repair sees them: their events, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from flux_conform.logs.eventlog import Entry, read_entries
from flux_conform.repair.walker import Happening, Walker

NO_LINE = "not-empty"


class Line(NamedTuple):
    """A line of a log.

    `number` counts from 1. `happening` is the number of its event in the walker, or None if there
    is no event. `checks` are the failed line checks of violating levels. `content` identifies the
    event regardless of its time; for a line without an event, it is the text.
    """

    number: int
    entry: Entry
    happening: int | None
    checks: tuple[str, ...]
    content: str

    @property
    def is_sound(self) -> bool:
        """Whether the line has an event and passes all checks."""
        return self.happening is not None and not self.checks

    @property
    def event(self) -> str | None:
        """The name of the event."""
        return self.entry.event.name if self.entry.event is not None else None

    @property
    def context(self) -> dict[str, Any] | None:
        """The context of the event, or None if it is absent or not an object."""
        return self.entry.event.context if self.entry.event is not None else None

    @property
    def timestamp(self) -> int | float | None:
        """The time of the event, or None if it is unreadable."""
        return self.entry.event.timestamp if self.entry.event is not None else None


def lines_of(walker: Walker, data: bytes) -> list[Line]:
    """Return the lines of a log; an empty log has none. Raises UnreadableLog."""
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
            happening = walker.happening(Happening(name, context, entry.context_is_object))
            content = content_of(name, context)
        lines.append(Line(entry.line, entry, happening, checks, content))
    return lines


def content_of(name: str, context: Any) -> str:
    """Return a text that identifies an event regardless of its time."""
    return json.dumps([name, context or None], sort_keys=True, default=repr)


def may_be_empty(walker: Walker) -> bool:
    """Return whether a log without lines conforms."""
    rules = walker.machine.specification.lines
    return not any(rule.check == NO_LINE and walker.is_grave(rule) for rule in rules)


def is_repeat(lines: Sequence[Line], index: int) -> bool:
    """Return whether the previous line has the same event."""
    return index > 0 and lines[index].is_sound and lines[index - 1].content == lines[index].content


def is_faulty(walker: Walker, line: Line) -> bool:
    """Return whether a line violates a rule in itself, whatever precedes it."""
    return not line.is_sound or (
        line.happening is not None and walker.is_faulty_in_itself(line.happening)
    )

"""What an expression can ask: an event, the log before it, and what has no value there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""A boolean, integer, number, string, None (none), dict (record, object), list or Bag."""


Times: TypeAlias = Mapping[str, tuple[Fraction | None, Fraction | None]]
"""The exact times of the first and the last event of each name; None is one that is not known."""


class Unreadable(Exception):
    """An expression read a key that is missing or of the wrong type, or an unknown time."""


class Moment:
    """All that an expression can ask: an event, and the log's values just before it.

    `context` is None where the event has none; `unreadable` are its keys that are faulty or
    missing. `seen` are the names of the events that took effect, `first_times` their first
    timestamps, `entered_times` when each state was first entered, `report` the fields reported
    so far.
    """

    __slots__ = (
        "before",
        "context",
        "entered_times",
        "event",
        "first",
        "first_times",
        "last_times",
        "report",
        "seen",
        "state",
        "time",
        "times",
        "unreadable",
        "values",
    )
    before: Moment
    """Of a moment after an event: the one at it. Only a claim that asks for it needs one."""
    last_times: Mapping[str, Value]
    """The last timestamps of events. Only a report needs them."""
    time: Fraction
    """The exact time of the event. Only policies need it."""
    times: Times
    """The times of the events before it. Only policies need them."""

    def __init__(
        self,
        *,
        values: Mapping[str, Value],
        state: str,
        seen: Mapping[str, object] | frozenset[str] = frozenset(),
        event: str | None = None,
        context: Mapping[str, Value] | None = None,
        unreadable: frozenset[str] = frozenset(),
        first: bool = False,
        first_times: Mapping[str, Value] | None = None,
        entered_times: Mapping[str, Value] | None = None,
        report: Mapping[str, Value] | None = None,
    ) -> None:
        self.values = values
        self.state = state
        self.seen = seen
        self.event = event
        self.context = context
        self.unreadable = unreadable
        self.first = first
        self.first_times = first_times or {}
        self.entered_times = entered_times or {}
        self.report = {} if report is None else report


class EveryKey(frozenset[str]):
    """As the unreadable keys of a moment: whatever reads a key cannot be told."""

    def __contains__(self, key: object) -> bool:
        return True


def holds_at(
    condition: Callable[[Moment], Value], moment: Moment, *, unreadable: bool = True
) -> bool:
    """Whether a condition holds; `unreadable` where it reads what cannot be read."""
    try:
        return bool(condition(moment))
    except Unreadable:
        return unreadable

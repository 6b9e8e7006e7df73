"""Who may post the event of a finding, and which event came just before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flux_conform.checking.finding import Finding
from flux_conform.checking.waits_text import seconds
from flux_conform.language.families import UNLISTED
from flux_conform.logs.eventlog import Entry, read_entries
from flux_conform.logs.exact_time import exact_time
from flux_conform.logs.lines import line_at
from flux_conform.machine.step import Machine
from flux_conform.text import duration, printable, utc

_YEAR_10000 = 253_402_300_800

_MOST_BACK = 50
"""Maximum number of lines without an event between a finding and the event before it."""


class After(NamedTuple):
    """The event just before a finding, its line, and the seconds between the two.

    `seconds` is None where one of the times is missing or faulty, and negative where times go back.
    """

    event: str
    line: int
    seconds: float | None


class Posted(NamedTuple):
    """Who may post the event of a finding, as the specification says, and what came just before.

    `by` is empty where the line has no event, or the specification names nobody; `after` is None
    where no event comes before, or none is known.
    """

    by: tuple[str, ...]
    after: After | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields that a finding has in JSON."""
        after = None if self.after is None else self.after._asdict()
        return {"by": list(self.by), "after": after}


def poster(machine: Machine, found: Finding) -> tuple[str, ...]:
    """Return who may post the event of a finding; nobody where the specification names none."""
    return () if found.event is None else machine.event(found.event).by


def day_of(machine: Machine, found: Finding, data: bytes) -> str | None:
    """Return the day in UTC of the event of a finding, "2026-11-22"; None where none is known.

    `data` is the log.
    """
    entry = _entry(machine, line_at(data, found.offset).removesuffix(b"\n"))
    stamp = None if entry is None or entry.event is None else seconds(entry.event.timestamp)
    if stamp is None or not 0 <= stamp < _YEAR_10000:
        return None
    return utc(stamp)[: len("2026-11-22")]


def posted(machine: Machine, found: Finding, line_of: Callable[[int], bytes | None]) -> Posted:
    """Return who may post the event of a finding, and what came before it.

    `line_of` returns a line of the log by its number, or None where it is not at hand.
    """
    return Posted(poster(machine, found), _after(machine, found, line_of))


def posted_in_words(machine: Machine, found: Finding, where: Posted) -> str | None:
    """Return it as text, "by scheduler or user, 2.1 s after start (line 5)", or None.

    Where the specification names nobody who posts events, it says nothing. That anybody may post an
    event that it does not list is no news either.
    """
    if found.event is None or not any(event.by for event in machine.specification.events):
        return None
    is_listed = machine.specification.event(found.event).name != UNLISTED
    by = f"by {' or '.join(where.by)}" if where.by and is_listed else ""
    return ", ".join(part for part in (by, _after_in_words(where.after)) if part) or None


def _after_in_words(after: After | None) -> str:
    if after is None:
        return ""
    age = "" if after.seconds is None or after.seconds < 0 else f"{duration(after.seconds)} "
    return f"{age}after {printable(after.event)} (line {after.line})"


def _after(
    machine: Machine, found: Finding, line_of: Callable[[int], bytes | None]
) -> After | None:
    for number in range(found.line - 1, max(0, found.line - 1 - _MOST_BACK), -1):
        before = _entry(machine, line_of(number))
        if before is not None and before.event is not None:
            this = _entry(machine, line_of(found.line))
            began, ended = exact_time(before), None if this is None else exact_time(this)
            known = began is not None and ended is not None
            age = _number(ended - began) if known else None  # type: ignore[operator]
            return After(before.event.name, number, age)
    return None


def _entry(machine: Machine, line: bytes | None) -> Entry | None:
    if line is None:
        return None
    form = machine.specification.fields
    return next(read_entries(line if form is None else form.plain(line)))


def _number(seconds: Any) -> float | None:
    try:
        return float(seconds)
    except OverflowError:  # an integer of hundreds of digits is a time to JSON
        return None

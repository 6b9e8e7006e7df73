"""Who may post the event of a finding, and which event came just before it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from flux_conform.checking.finding import Finding
from flux_conform.language.families import UNLISTED
from flux_conform.logs.eventlog import read_entries
from flux_conform.logs.exact_time import exact_time
from flux_conform.logs.lines import line_at
from flux_conform.machine.step import Machine
from flux_conform.text import duration, printable, utc

_YEAR_10000, _DAY = 253_402_300_800, 86_400

_KEPT, _SHORT = 1024, 4096
"""Number of lines whose events are kept, and their length: several findings have one line."""

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
    _, stamp = _event(machine, line_at(data, found.offset).removesuffix(b"\n"))
    return None if stamp is None or stamp >= _YEAR_10000 else _day(int(stamp) // _DAY)


@lru_cache(_KEPT)
def _day(number: int) -> str:
    return utc(number * _DAY)[: len("2026-11-22")]


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
    is_listed = machine.event(found.event).name != UNLISTED
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
        name, began = _event(machine, line_of(number))
        if name is not None:
            ended = _event(machine, line_of(found.line))[1]
            known = began is not None and ended is not None
            age = _number(ended - began) if known else None  # type: ignore[operator]
            return After(name, number, age)
    return None


def _event(machine: Machine, line: bytes | None) -> tuple[str | None, Fraction | None]:
    """The name of the event in a line, and its time; None for each that it does not have."""
    if line is None:
        return None, None
    form = machine.specification.fields
    plain = line if form is None else form.plain(line)
    return _read(plain) if len(plain) <= _SHORT else _read.__wrapped__(plain)


@lru_cache(_KEPT)
def _read(line: bytes) -> tuple[str | None, Fraction | None]:
    entry = next(read_entries(line))
    return (None if entry.event is None else entry.event.name), exact_time(entry)


def _number(seconds: Any) -> float | None:
    try:
        return float(seconds)
    except OverflowError:  # an integer of hundreds of digits is a time to JSON
        return None

"""The course of a log through a machine: the transition of each event, and the time in states."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.language.specification import MOVES, SILENT, STAYS, Transition


class Passed(NamedTuple):
    """An event of a log: the states before and after it, and the transition that it took.

    `entry` is the name under which the specification speaks of the event, `timestamp` in seconds
    since 1970 (None where it is faulty); `outcome` is moves, stays, silent, undefined, captive or
    removed.
    """

    line: int
    timestamp: int | float | None
    event: str
    entry: str
    before: str
    outcome: str
    after: str
    transition: Transition | None

    @property
    def time(self) -> float | None:
        """The time in seconds since 1970; None where it is faulty, or passes what a float holds."""
        try:
            return None if self.timestamp is None else float(self.timestamp)
        except OverflowError:  # an integer of hundreds of digits is a number to JSON
            return None

    @property
    def moved(self) -> bool:
        """Whether it led along an edge."""
        return self.outcome == MOVES

    @property
    def alien(self) -> bool:
        """Whether the specification has nothing for the event where it came.

        It is undefined in that state, or the state is the end. Such an event has no effect.
        """
        return self.outcome not in (MOVES, STAYS, SILENT)


class Course(NamedTuple):
    """The events of a log in order, its generation, and the state in which it ends."""

    generation: str
    events: tuple[Passed, ...]
    state: str

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The times of the first and of the last event that have one."""
        known = [event.time for event in self.events if event.time is not None]
        return (known[0], known[-1]) if known else (None, None)


class Stay(NamedTuple):
    """How often a log came to a state, and for how many seconds (None: a time is missing)."""

    visits: int
    seconds: float | None


def stays(initial: str, course: Course) -> dict[str, Stay]:
    """The states that a log came to, in the order of coming there; `initial` is where it began.

    A stay ends with the event that leaves the state; the last one with the last event of the log.
    """
    visits: dict[str, int] = {}
    seconds: dict[str, float | None] = {}

    def leave(state: str, since: float | None, until: float | None) -> None:
        visits[state] = visits.get(state, 0) + 1
        before = seconds.get(state, 0.0)
        known = before is not None and since is not None and until is not None
        seconds[state] = before + until - since if known else None  # type: ignore[operator]

    state = initial
    since = course.events[0].time if course.events else None
    for event in course.events:
        if event.moved:
            leave(state, since, event.time)
            state, since = event.after, event.time
    leave(state, since, course.events[-1].time if course.events else None)
    return {name: Stay(visits[name], seconds[name]) for name in visits}

"""How long a log stayed in each state that it came to."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.machine.taken import Course


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

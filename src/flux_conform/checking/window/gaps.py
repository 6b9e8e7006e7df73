"""The gaps of a log, in which events may be missing, and what is known about the log after them.

A source may lose lines, so that any events may be missing at some offset. Or it leaves out all
events of certain names, as a filtered journal does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from flux_conform.checking.window.past import Edge, edges, pasts, unknown
from flux_conform.logs.eventlog import Entry, LoggedEvent, read_entries
from flux_conform.machine.partly_known import Facts
from flux_conform.machine.step import Machine


class Gaps(NamedTuple):
    """The gaps of a log.

    `at` are the offsets of the lines before which any events may be missing. Events of the `names`
    may be missing before every line.
    """

    at: tuple[int, ...] = ()
    names: frozenset[str] = frozenset()

    def of(self, machine: Machine, data: bytes) -> Gaps:
        """Return the gaps without one before the first line, if that is an opening event."""
        if 0 in self.at and begins(machine, first_event(read_entries(data))):
            return self._replace(at=tuple(offset for offset in self.at if offset))
        return self


def first_event(entries: Iterable[Entry]) -> LoggedEvent | None:
    """Return the first event, or None if there is none."""
    return next((entry.event for entry in entries if entry.event is not None), None)


def begins(machine: Machine, first: LoggedEvent | None) -> bool:
    """Whether a first event is an opening event, with which every log begins."""
    return first is not None and first.name in machine.specification.opening_events


def beginning(machine: Machine) -> Facts:
    """Return the facts about a log before its first event."""
    specification = machine.specification
    return Facts(
        {each.name: each.first_value for each in specification.variables},
        specification.initial.name,
        {event.name: False for event in specification.events},
    )


class GapFacts:
    """Computes what is known about a log after its gaps."""

    def __init__(self, machine: Machine, gaps: Gaps) -> None:
        self._machine = machine
        self._gaps = gaps
        self._at = frozenset(gaps.at)
        self._changed = {
            name
            for event in machine.specification.events
            if event.name in gaps.names
            for name, _ in event.effects
        }
        self._unknown = {
            variable.name: unknown(variable.type)
            for variable in machine.specification.variables
            if variable.name in self._changed
        }

    def before(self, offset: int, generation: str, facts: Facts) -> Iterator[Facts]:
        """Yield the possible facts before the line at an offset.

        `facts` are those if no event is missing.
        """
        if offset in self._at:
            yield facts
            yield from _everywhere(self._machine, generation)
        elif self._gaps.names:
            seen = {
                name: occurred
                for name, occurred in facts.seen.items()
                if occurred or name not in self._gaps.names
            }
            values = {**facts.values, **self._unknown}
            for state in _reached(self._machine, generation, self._gaps.names, facts.state):
                yield facts._replace(state=state, values=values, seen=seen)
        else:
            yield facts


# The following are the same for all logs that a machine judges, so they are cached.


@lru_cache(maxsize=16)
def _everywhere(machine: Machine, generation: str) -> tuple[Facts, ...]:
    """Return the possible facts after any events."""
    return tuple(pasts(machine, generation))


@lru_cache(maxsize=16)
def _edges(machine: Machine, generation: str) -> tuple[Edge, ...]:
    return tuple(edges(machine, generation))


@lru_cache(maxsize=1024)
def _reached(
    machine: Machine, generation: str, names: frozenset[str], state: str
) -> frozenset[str]:
    """Return the states that events of these names can reach from a state, which is included."""
    steps = [edge for edge in _edges(machine, generation) if edge.event in names]
    reached = {state}
    while more := {step.target for step in steps if step.source in reached} - reached:
        reached |= more
    return frozenset(reached)

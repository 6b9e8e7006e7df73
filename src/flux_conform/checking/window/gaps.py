"""Where events of a log may be missing, and what is known of the log after such a gap.

A source may lose lines, so that any events may be missing there; or it may leave out all events of
certain names, as a filtered journal does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from flux_conform.checking.window.past import Edge, edges, pasts, unknown
from flux_conform.language.values import start_value
from flux_conform.logs.eventlog import Entry, LoggedEvent, read_entries
from flux_conform.machine.partly_known import Facts
from flux_conform.machine.step import Machine


class Gaps(NamedTuple):
    """Where events may be missing: `at` are the offsets of the lines before which any may be.

    Events of the `names` may be missing before each line.
    """

    at: tuple[int, ...] = ()
    names: frozenset[str] = frozenset()

    def of(self, machine: Machine, data: bytes) -> Gaps:
        """The gaps of a log with these bytes: none comes before the event that begins every log."""
        if 0 in self.at and begins(machine, first_event(read_entries(data))):
            return self._replace(at=tuple(offset for offset in self.at if offset))
        return self


def first_event(entries: Iterable[Entry]) -> LoggedEvent | None:
    """The event of the first line that holds one."""
    return next((entry.event for entry in entries if entry.event is not None), None)


def begins(machine: Machine, first: LoggedEvent | None) -> bool:
    """Whether a first event is one that every log begins with."""
    return first is not None and first.name in machine.specification.opening_events


def beginning(machine: Machine) -> Facts:
    """What is known of a log before its first event."""
    specification = machine.specification
    return Facts(
        {each.name: start_value(each.type) for each in specification.variables},
        specification.initial.name,
        {event.name: False for event in specification.events},
    )


class GapFacts:
    """What is known after the gaps of a log."""

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
        """What may be known before the line at an offset; `facts` hold if nothing is missing."""
        if offset in self._at:
            yield facts
            yield from _everywhere(self._machine, generation)
        elif self._gaps.names:
            seen = {name: came for name, came in facts.seen.items() if self._is_sure(name, came)}
            values = {**facts.values, **self._unknown}
            for state in _reached(self._machine, generation, self._gaps.names, facts.state):
                yield facts._replace(state=state, values=values, seen=seen)
        else:
            yield facts

    def _is_sure(self, name: str, came: bool) -> bool:
        return came or name not in self._gaps.names


# They are the same for all logs that a machine judges.


@lru_cache(maxsize=16)
def _everywhere(machine: Machine, generation: str) -> tuple[Facts, ...]:
    """What may be known where any events may have come before."""
    return tuple(pasts(machine, generation))


@lru_cache(maxsize=16)
def _edges(machine: Machine, generation: str) -> tuple[Edge, ...]:
    return tuple(edges(machine, generation))


@lru_cache(maxsize=1024)
def _reached(
    machine: Machine, generation: str, names: frozenset[str], state: str
) -> frozenset[str]:
    """The states to which events of these names lead from a state, with itself."""
    steps = [edge for edge in _edges(machine, generation) if edge.event in names]
    reached = {state}
    while more := {step.target for step in steps if step.source in reached} - reached:
        reached |= more
    return frozenset(reached)

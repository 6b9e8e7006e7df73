"""The course of a log: which transition each of its events took, and which had none to take."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.conformance.machine import CAPTIVE, REMOVED, Machine
from flux_conform.logs.eventlog import read_entries
from flux_conform.model.specification import MOVES, UNDEFINED, Transition


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
    def moved(self) -> bool:
        """Whether it led along an edge."""
        return self.outcome == MOVES

    @property
    def alien(self) -> bool:
        """Whether the specification has nothing for the event where it came.

        It is undefined in that state, or the state is the end. Such an event has no effect.
        """
        return self.outcome in (UNDEFINED, CAPTIVE, REMOVED)


class Course(NamedTuple):
    """The events of a log in order, its generation, and the state in which it ends."""

    generation: str
    events: tuple[Passed, ...]
    state: str


def course(machine: Machine, data: bytes) -> Course:
    """The course of a log, given as the bytes of its file. Raises UnreadableLog."""
    configuration = machine.initial
    passed = []
    for entry in read_entries(data):
        if entry.event is None:
            continue
        name, timestamp, context = entry.event
        step = machine.step(configuration, name, context)
        passed.append(
            Passed(
                entry.line,
                timestamp,
                name,
                machine.event(name).name,
                configuration.state,
                step.outcome,
                step.after.state,
                step.transition if step.outcome == MOVES else None,
            )
        )
        configuration = step.after
    generation = configuration.generation or machine.specification.today.name
    return Course(generation, tuple(passed), configuration.state)

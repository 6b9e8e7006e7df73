"""Determines the transition that each event of a log takes, if any."""

from __future__ import annotations

from flux_conform.checking.message_logs import plainly
from flux_conform.language.specification import MOVES
from flux_conform.logs.eventlog import read_entries
from flux_conform.logs.limits import within_limits
from flux_conform.machine.step import Machine
from flux_conform.machine.taken import Course, Passed


@within_limits
def course(machine: Machine, data: bytes) -> Course:
    """Return the course of a log, given as the bytes of its file. Raises UnreadableLog."""
    machine, data = plainly(machine, data)
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

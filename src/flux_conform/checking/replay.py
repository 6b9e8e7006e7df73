"""Replays a log: the state after each event, and the specification's report."""

from __future__ import annotations

from typing import Any, NamedTuple

from flux_conform.checking.message_logs import plainly
from flux_conform.language.specification import UNDEFINED
from flux_conform.logs.eventlog import read_entries
from flux_conform.logs.limits import within_limits
from flux_conform.machine.configuration import CAPTIVE, REMOVED
from flux_conform.machine.evaluate import Value
from flux_conform.machine.final_report import final_report
from flux_conform.machine.step import Machine


class ReplayedEvent(NamedTuple):
    """An event, its outcome, and the state after it.

    `timestamp` is in seconds since 1970; None if it is faulty. `outcome` is moves, stays, silent,
    undefined, captive or removed; the last three have no effect.
    """

    line: int
    timestamp: int | float | None
    event: str
    outcome: str
    state: str


class Replay(NamedTuple):
    """The final state and the events of a log, and the report that the specification defines.

    `unread` are the numbers of the lines without an event. Fields of the report without a value are
    None.
    """

    state: str
    events: tuple[ReplayedEvent, ...]
    report: dict[str, Any]
    unread: tuple[int, ...]


@within_limits
def replay(machine: Machine, data: bytes) -> Replay:
    """Replay a log, given as the bytes of its file.

    `machine` is made with `report=True`. Raises UnreadableLog.
    """
    machine, data = plainly(machine, data)
    configuration = machine.initial
    events: list[ReplayedEvent] = []
    unread: list[int] = []
    first: dict[str, Value] = {}
    last: dict[str, Value] = {}
    entered: dict[str, Value] = {}
    for entry in read_entries(data):
        if entry.event is None:
            unread.append(entry.line)
            continue
        event = entry.event
        step = machine.step(configuration, event.name, event.context)
        if step.outcome not in (UNDEFINED, CAPTIVE, REMOVED):
            first.setdefault(event.name, event.timestamp)
            last[event.name] = event.timestamp
            if step.after.state != configuration.state:
                entered.setdefault(step.after.state, event.timestamp)
        configuration = step.after
        events.append(
            ReplayedEvent(
                entry.line, event.timestamp, event.name, step.outcome, configuration.state
            )
        )
    report = final_report(machine, configuration, first, last, entered)
    return Replay(configuration.state, tuple(events), report, tuple(unread))

"""Replays a log: the state after each event, and the specification's report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.checking.awaiting import Standing, standing_after, waiting_states
from flux_conform.checking.finding import Stuck, WaitsFor
from flux_conform.checking.message_logs import plainly
from flux_conform.language.specification import UNDEFINED
from flux_conform.logs.eventlog import Entry, read_entries
from flux_conform.logs.limits import within_limits
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Configuration
from flux_conform.machine.evaluate import Value
from flux_conform.machine.final_report import final_report
from flux_conform.machine.judged import WHOLE, telling_keys
from flux_conform.machine.step import Machine
from flux_conform.machine.taken import Course, Passed, Stay, stays


class ReplayedEvent(NamedTuple):
    """An event, its outcome, and the state after it.

    `timestamp` is in seconds since 1970; None if it is faulty. `outcome` is moves, stays, silent,
    undefined, captive or removed; the last three have no effect. `keys` are those of its context
    that rules, guards or effects of the specification read, with their values.
    """

    line: int
    timestamp: int | float | None
    event: str
    outcome: str
    state: str
    keys: Mapping[str, Any] = {}


class Replay(NamedTuple):
    """The final state and the events of a log, and the report that the specification defines.

    `unread` are the numbers of the lines without an event. Fields of the report without a value are
    None. `stays` is how long the log was in each state that it came to, `waits` what it waits for
    if it has not ended, `stuck` what is out of its reach.
    """

    state: str
    events: tuple[ReplayedEvent, ...]
    report: dict[str, Any]
    unread: tuple[int, ...]
    stays: Mapping[str, Stay] = {}
    waits: tuple[WaitsFor, ...] = ()
    stuck: tuple[Stuck, ...] = ()


@within_limits
def replay(machine: Machine, data: bytes) -> Replay:
    """Replay a log, given as the bytes of its file.

    `machine` is made with `report=True`. Raises UnreadableLog.
    """
    machine, data = plainly(machine, data)
    configuration = machine.initial
    events: list[ReplayedEvent] = []
    passed: list[Passed] = []
    after_each: list[Configuration] = []
    unread: list[int] = []
    telling = telling_keys(machine.specification)
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
        place = (entry.line, event.timestamp, event.name)
        governing = machine.event(event.name).name
        before, after = configuration.state, step.after.state
        passed.append(Passed(*place, governing, before, step.outcome, after, step.transition))
        keys = _told(event.context or {}, telling[governing])
        events.append(ReplayedEvent(*place, step.outcome, after, keys))
        configuration = step.after
        after_each.append(configuration)
    report = final_report(machine, configuration, first, last, entered)
    generation = configuration.generation or machine.specification.today.name
    course = Course(generation, tuple(passed), configuration.state)
    times = stays(machine.initial.state, course)
    standing = Standing()
    is_lost = any(event.outcome == UNDEFINED for event in events)
    if configuration.state in waiting_states(machine.specification) and not is_lost:
        standing = standing_after(machine, after_each, data)
    return Replay(configuration.state, tuple(events), report, tuple(unread), times, *standing)


def reports(machine: Machine, data: bytes) -> Iterator[tuple[Entry, str, dict[str, Any]]]:
    """Yield each event of a log with the state and the report after it.

    `machine` is made with `report=True`. Raises UnreadableLog.
    """
    machine, data = plainly(machine, data)
    configuration = machine.initial
    first: dict[str, Value] = {}
    last: dict[str, Value] = {}
    entered: dict[str, Value] = {}
    for entry in read_entries(data):
        if entry.event is not None:
            event = entry.event
            step = machine.step(configuration, event.name, event.context)
            if step.outcome not in (UNDEFINED, CAPTIVE, REMOVED):
                first.setdefault(event.name, event.timestamp)
                last[event.name] = event.timestamp
                if step.after.state != configuration.state:
                    entered.setdefault(step.after.state, event.timestamp)
            configuration = step.after
            report = final_report(machine, configuration, first, last, entered)
            yield entry, configuration.state, report


def _told(context: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The keys that tell something, with their values."""
    if WHOLE in keys:
        return context
    return {key: context[key] for key in keys if key in context}

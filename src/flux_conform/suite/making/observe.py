"""What a reader of a log can observe by one specification: the verdicts, the states, and the job.

This is the judgement of the checker without messages, in one pass that ends at the first breach of
a MUST: thousands of logs are read against thousands of mutants.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from flux_conform.checking.finding import CONFORMS, INCOMPLETE, VIOLATES
from flux_conform.language.levels import MUST, WEIGHTY
from flux_conform.language.specification import UNDEFINED, Specification
from flux_conform.logs.eventlog import LoggedEvent, read_entries
from flux_conform.logs.exact_time import exact_time
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Configuration
from flux_conform.machine.evaluate import Value
from flux_conform.machine.event_times import timed_parts
from flux_conform.machine.final_report import final_report
from flux_conform.machine.step import Machine


class ReadLine(NamedTuple):
    """A line: the checks that it fails, and its event, if it holds one.

    `time` is its exact time, where a policy may ask for that.
    """

    checks: tuple[str, ...]
    name: str | None
    context: Mapping[str, Any] | None
    is_object: bool
    timestamp: int | float | None
    time: Fraction | None = None


ReadLog = tuple[ReadLine, ...]
"""A log as its lines, read once for many specifications."""


class Observation(NamedTuple):
    """What a reader observes; `vector.Expected` describes the fields."""

    verdict: str
    strict: str
    states: tuple[str, ...]
    job: Mapping[str, Any] | None


def read_log(log: bytes, specification: Specification) -> ReadLog:
    """Read a log of a specification. Lines that are alike are one object. Raises UnreadableLog."""
    lines = []
    if len(_known) > MOST_KNOWN:
        _known.clear()
    if specification.fields is not None:
        log = specification.fields.plain_log(log)
    is_timed = timed_parts(specification) is not None
    for entry in read_entries(log):
        checks = tuple(fault.check for fault in entry.faults)
        key = entry.text, checks, is_timed
        if key not in _known:
            _known[key] = _read_line(entry.event, checks, exact_time(entry) if is_timed else None)
        lines.append(_known[key])
    return tuple(lines)


MOST_KNOWN = 100_000
_known: dict[tuple[bytes, tuple[str, ...], bool], ReadLine] = {}


def _read_line(
    event: LoggedEvent | None, checks: tuple[str, ...], time: Fraction | None
) -> ReadLine:
    if event is None:
        return ReadLine(checks, None, None, True, None)
    is_object = "context" not in checks
    return ReadLine(checks, event.name, event.context, is_object, event.timestamp, time)


class _Point(NamedTuple):
    """Where a reader is after some lines of a log: what it has seen up to there.

    `first` and `last` are the times of the first and last event of each name, `entered` those of
    the first event that led into each state.
    """

    configuration: Configuration
    states: tuple[str, ...] = ()
    is_strict: bool = True
    first: Mapping[str, Value] = MappingProxyType({})
    last: Mapping[str, Value] = MappingProxyType({})
    entered: Mapping[str, Value] = MappingProxyType({})


def is_beyond_64_bits(line: ReadLine) -> bool:
    """Whether a line holds an integer that 64 bits cannot, which many a language does not read."""
    ahead: list[Any] = [line.timestamp, line.context]
    for value in ahead:
        if isinstance(value, Mapping):
            ahead += value.values()
        elif isinstance(value, list):
            ahead += value
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            return True
    return False


class Observer:
    """Reads many logs by one specification.

    Of a log that begins as the one before it only the rest is read.
    """

    def __init__(self, specification: Specification) -> None:
        self.machine = Machine(specification, report=True)
        self._levels = {rule.check: rule.level for rule in specification.lines}
        self._start = _Point(self.machine.initial)
        self._trail: list[tuple[ReadLine, _Point]] = []
        """The lines of the last log up to a breach of a MUST, each with where it led."""
        self._ends = specification.ends
        self._endless = specification.final is None

    def observe(self, log: ReadLog) -> Observation:
        """What a reader observes of a log."""
        trail = self._trail
        known = 0
        while known < len(trail) and known < len(log) and log[known] is trail[known][0]:
            known += 1
        del trail[known:]
        point = trail[-1][1] if trail else self._start
        for line in log[known:]:
            after = self._after(point, line)
            if after is None:
                return Observation(VIOLATES, VIOLATES, point.states, None)
            trail.append((line, after))
            point = after
        is_end = self._endless or point.configuration.state in self._ends
        verdict = CONFORMS if is_end else INCOMPLETE
        strict = verdict if point.is_strict else VIOLATES
        times = point.first, point.last, point.entered
        job = final_report(self.machine, point.configuration, *times)
        return Observation(verdict, strict, point.states, job)

    def _after(self, point: _Point, line: ReadLine) -> _Point | None:
        """Where the reader is after one line more; None where it breaks a MUST."""
        levels = {self._levels.get(check) for check in line.checks}
        if line.name is None:
            if MUST in levels:
                return None
            return point._replace(is_strict=point.is_strict and levels.isdisjoint(WEIGHTY))
        step = self.machine.step(
            point.configuration,
            line.name,
            line.context,
            context_is_object=line.is_object,
            time=line.time,
        )
        levels.update(breach.rule.level for breach in step.breaches)
        if MUST in levels:
            return None
        first, last, entered, after = point.first, point.last, point.entered, step.after
        if step.outcome not in (UNDEFINED, CAPTIVE, REMOVED):
            if line.name not in first:
                first = {**first, line.name: line.timestamp}
            last = {**last, line.name: line.timestamp}
            if after.state != point.configuration.state and after.state not in entered:
                entered = {**entered, after.state: line.timestamp}
        is_strict = point.is_strict and levels.isdisjoint(WEIGHTY)
        return _Point(after, (*point.states, after.state), is_strict, first, last, entered)

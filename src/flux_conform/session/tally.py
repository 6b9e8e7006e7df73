"""Counts what followed logs do: states, transitions, times, waits and findings.

What is kept of a log goes when it ends, so that the memory is bounded by the logs that are alive.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple

from flux_conform.checking.waits_text import seconds
from flux_conform.logs.source_items import Problem
from flux_conform.session.live import FindingMade, LiveEvent, LogEnded

if TYPE_CHECKING:
    from flux_conform.checking.finding import WaitsFor
    from flux_conform.checking.incremental import LiveLog
    from flux_conform.language.specification import Specification
    from flux_conform.logs.jobid import JobId

BOUNDS = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 21600.0, 86400.0, 604800.0)
"""The upper bounds of the buckets of times, in seconds."""

MOST_RULES = 1_000
"""Number of rules of which findings are counted each by itself; events can be in their names."""

OTHER_RULES = "other"
"""In place of a rule beyond those."""


class Waiting(NamedTuple):
    """A log that is alive: its state, since when it is in it, and what it waits for."""

    state: str
    since: float | None
    waits: tuple[WaitsFor, ...]
    is_stuck: bool


class Times:
    """A histogram of times in seconds, by BOUNDS; the last bucket has what is longer."""

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0
        self.count = 0

    def add(self, time: float) -> None:
        """Count a time."""
        self.count += 1
        self.buckets[bisect_left(BOUNDS, time)] += 1
        self.sum += time


class Tally:
    """What followed logs did so far. Its fields are read and changed under its lock."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.order: list[str] = []
        """The states of the machines that judge, in the order of their specifications."""
        self.newest: float | None = None
        """The latest time of an event, in seconds since 1970."""
        self.machines: dict[str, Specification] = {}
        """Those that judge, by their names."""
        self.alive: dict[JobId | None, Waiting] = {}
        self.states: Counter[str] = Counter()
        """Logs that are alive, by state; states that had one stay, with 0."""
        self.waits: Counter[str] = Counter()
        """Logs that are alive, by what they wait for."""
        self.stuck = 0
        self.events = 0
        self.moves: Counter[tuple[str, str, str]] = Counter()
        """Changes of state: the state, the event, and the state after it."""
        self.times: dict[str, Times] = {}
        self.findings: Counter[tuple[str, str]] = Counter()
        """By rule and level."""
        self.verdicts: Counter[str] = Counter()
        """Logs that ended, by verdict."""
        self.problems = 0
        """Number of lines and logs that could not be read."""

    @property
    def transitions(self) -> Counter[tuple[str, str]]:
        """Changes of state, by the states before and after."""
        found: Counter[tuple[str, str]] = Counter()
        for (source, _, target), count in self.moves.items():
            found[source, target] += count
        return found

    def took(self, job: JobId | None, live: LiveLog, *, is_late: bool = False) -> None:
        """Count the event that a log has just taken; `is_late` says that it had ended before."""
        with self.lock:
            self.events += 1
            if is_late:
                return
            before = self.alive.get(job)
            time = seconds(live.time)
            self._see(live, time)
            begun = before is not None and before.state == live.state
            since = before.since if begun and before is not None else time
            if before is None:
                before = Waiting(live.machine.initial.state, None, (), False)
            if before.state != live.state:
                self.moves[before.state, live.event, live.state] += 1
                self._leave(before, time)
            self._drop(job)
            if live.is_over:
                return
            waits, stuck = live.standing
            self.alive[job] = Waiting(live.state, since, waits, bool(stuck))
            self.states[live.state] += 1
            self.waits.update({wait.what for wait in waits})
            self.stuck += bool(stuck)

    def _see(self, live: LiveLog, time: float | None) -> None:
        specification = live.machine.specification
        if specification.name not in self.machines:
            self.machines[specification.name] = specification
            names = (state.name for state in specification.machine_states)
            self.order.extend(name for name in names if name not in self.order)
        if time is not None and (self.newest is None or time > self.newest):
            self.newest = time

    def _leave(self, before: Waiting, time: float | None) -> None:
        if time is not None and before.since is not None and time >= before.since:
            self.times.setdefault(before.state, Times()).add(time - before.since)

    def lost(self, job: JobId | None) -> None:
        """Forget a log that is judged no further."""
        with self.lock:
            self._drop(job)

    def _drop(self, job: JobId | None) -> None:
        was = self.alive.pop(job, None)
        if was is not None:
            self.states[was.state] -= 1
            self.waits.subtract({wait.what for wait in was.waits})
            self.stuck -= was.is_stuck

    def take(self, event: LiveEvent) -> None:
        """Count what was found."""
        with self.lock:
            match event:
                case FindingMade():
                    self._found(event.finding.rule, event.finding.level, 1)
                case LogEnded():
                    self.verdicts[event.judgement.verdict] += 1
                    for row in event.judgement.counted:
                        self._found(row.rule, row.level, row.number)
                case Problem():
                    self.problems += 1

    def _found(self, rule: str, level: str, number: int) -> None:
        key = (rule, level)
        if key not in self.findings and len(self.findings) >= MOST_RULES:
            key = (OTHER_RULES, level)
        self.findings[key] += number

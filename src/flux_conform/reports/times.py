"""How long logs stay in each state: quantiles in bounded memory, exact to one part in a hundred."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

from flux_conform.language.specification import Specification
from flux_conform.machine.taken import Course, stays
from flux_conform.text import duration

ERROR = 0.01
"""How far a quantile may be off, as a part of itself."""

_GAMMA = (1 + ERROR) / (1 - ERROR)
_LOG_GAMMA = math.log(_GAMMA)
_LEAST = 1e-9
_MOST = 1e18
"""Shorter times count as none, and longer ones as this; so buckets are 3,100 at most."""


class Sketch:
    """The quantiles of a stream of numbers, none of them negative.

    Numbers are counted in buckets that each begin a fiftieth higher than the one before, so that
    the middle of a bucket is off by one part in a hundred at most. The least and the largest
    number are kept as they are.
    """

    def __init__(self) -> None:
        self.count = 0
        self.least = math.inf
        self.largest = -math.inf
        self._zeros = 0
        self._buckets: Counter[int] = Counter()

    def add(self, number: float) -> None:
        """Count a number."""
        self.count += 1
        self.least = min(self.least, number)
        self.largest = max(self.largest, number)
        if number < _LEAST:
            self._zeros += 1
        else:
            self._buckets[math.ceil(math.log(min(number, _MOST)) / _LOG_GAMMA)] += 1

    def quantile(self, part: float) -> float:
        """The number that so large a part of them does not exceed. Raises ValueError for none."""
        if not self.count:
            raise ValueError("there is no number")
        rank = max(1, math.ceil(part * self.count))
        passed = self._zeros
        if rank <= passed:
            return max(0.0, self.least)
        for bucket in sorted(self._buckets):
            passed += self._buckets[bucket]
            if rank <= passed:
                middle = 2 * _GAMMA**bucket / (_GAMMA + 1)
                return min(max(middle, self.least), self.largest)
        return self.largest


class TimeInState(NamedTuple):
    """How long logs stayed in a state, all visits of a log added up; times are in seconds.

    `logs` are those that left the state, and whose times tell how long they had stayed; the median
    and the 95th percentile are exact to one part in a hundred, `longest` is exact. The times are
    None where `logs` is 0. `there` are logs that end in the state, so that nobody knows how long
    they stay; `unknown` those with a time that is missing or goes back.
    """

    machine: str
    state: str
    logs: int
    median: float | None
    p95: float | None
    longest: float | None
    there: int
    unknown: int

    def cells(self, with_machine: bool) -> tuple[str, ...]:
        """The row as texts, the state with the name of its machine if asked for."""
        return (
            f"{self.machine}: {self.state}" if with_machine else self.state,
            f"{self.logs:,}",
            *(
                "-" if time is None else duration(time)
                for time in (self.median, self.p95, self.longest)
            ),
            f"{self.there:,}",
            f"{self.unknown:,}",
        )


class TimesInStates:
    """Adds up how long logs stay in the states of their machines."""

    def __init__(self) -> None:
        self._machines: dict[str, Specification] = {}
        self._sketches: dict[tuple[str, str], Sketch] = {}
        self._there: Counter[tuple[str, str]] = Counter()
        self._unknown: Counter[tuple[str, str]] = Counter()

    def add(self, specification: Specification, course: Course) -> None:
        """Count a log."""
        self._machines.setdefault(specification.name, specification)
        if not course.events:
            return
        for state, stay in stays(specification.initial.name, course).items():
            key = (specification.name, state)
            if state == course.state:
                self._there[key] += 1
            elif stay.seconds is None or not stay.seconds >= 0:
                self._unknown[key] += 1
            else:
                self._sketches.setdefault(key, Sketch()).add(stay.seconds)

    def rows(self) -> list[TimeInState]:
        """The states that logs came to, in the order of their specifications."""
        return [
            self._row(name, state.name)
            for name, specification in self._machines.items()
            for state in specification.states
            if any(
                (name, state.name) in found
                for found in (self._sketches, self._there, self._unknown)
            )
        ]

    def _row(self, machine: str, state: str) -> TimeInState:
        key = (machine, state)
        sketch = self._sketches.get(key)
        told: tuple[int, float | None, float | None, float | None] = (0, None, None, None)
        if sketch is not None:
            told = (sketch.count, sketch.quantile(0.5), sketch.quantile(0.95), sketch.largest)
        return TimeInState(machine, state, *told, self._there[key], self._unknown[key])

    def as_json(self) -> list[dict[str, Any]]:
        """The rows as JSON."""
        return [row._asdict() for row in self.rows()]

"""Finds what a log waits for that has not ended, and since which of its events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from flux_conform.checking.dead_ends import dead_ends
from flux_conform.checking.explain import filled
from flux_conform.checking.finding import MOST_LISTED, Stuck, WaitsFor
from flux_conform.checking.waits_text import waited
from flux_conform.language.bag import Bag
from flux_conform.language.equality import value_key
from flux_conform.language.loading.awaited import MEMBER, Awaited
from flux_conform.language.loading.awaited_claims import claim_of
from flux_conform.language.specification import UNDEFINED, Specification
from flux_conform.logs.eventlog import LoggedEvent, read_entries
from flux_conform.logs.lines import Lines
from flux_conform.machine.configuration import Configuration, Step
from flux_conform.machine.evaluate import Moment, Value
from flux_conform.machine.step import Machine
from flux_conform.text import duration

_Logged = tuple[int, LoggedEvent]
"""The line of an event, and the event."""

_KEPT = 16
"""Number of events beyond those that are needed that are kept of a log that grows."""


def waiting_states(specification: Specification) -> frozenset[str]:
    """The states of which the specification says what a log waits for that stops there."""
    return frozenset(state for row in specification.waits for state in row.states)


class Standing(NamedTuple):
    """What a log waits for that has not ended, and what it can no longer reach."""

    waits: tuple[WaitsFor, ...] = ()
    stuck: tuple[Stuck, ...] = ()


def late(waits: Iterable[WaitsFor], now: float, limit: float) -> tuple[Stuck, ...]:
    """Return what has been waited for longer than `limit` seconds by `now`, as for a stuck log."""
    found = []
    for wait in waits:
        time = waited(wait, now)
        if time is not None and time > limit:
            says = f"it has waited {duration(time)} for {wait.says}"
            since = (wait.event, wait.line, wait.since, wait.until)
            found.append(Stuck(claim_of(wait.what), says, (), *since))
    return tuple(found)


def replayed_standing(machine: Machine, data: bytes) -> Standing:
    """Return what a log waits for. Raises UnreadableLog and ArtefactDamaged."""
    configuration = machine.initial
    after_each: list[Configuration] = []
    for entry in read_entries(data):
        if entry.event is not None:
            step = machine.step(configuration, entry.event.name, entry.event.context)
            if step.outcome == UNDEFINED:
                return Standing()
            configuration = step.after
            after_each.append(configuration)
    return standing_after(machine, after_each, data)


def standing_after(
    machine: Machine, configurations: Sequence[Configuration], data: bytes
) -> Standing:
    """Return what a log waits for, given the configurations after each of its events.

    Where an event was undefined, nobody knows in which state the log really is; ask for no such.
    Raises ArtefactDamaged.
    """
    waits = Waits(machine)
    waits.take(configurations)
    count = len(configurations)
    return waits.standing(lambda numbers: _events(data, numbers, count))


class Waits:
    """What a log waits for, as its events come."""

    def __init__(self, machine: Machine) -> None:
        """Raises ArtefactDamaged."""
        specification = machine.specification
        states = tuple(state.name for state in specification.machine_states)
        self._ends = {
            Awaited(str(number), states, end.when, None, (end.says,)): end
            for number, end in enumerate(dead_ends(machine))
        }
        self._rows = [_Row(machine, row) for row in (*specification.waits, *self._ends)]
        self._last = machine.initial
        for row in self._rows:
            row.take(1, self._last)  # what it waits for from the start on, since its first event
        self._known = _key(self._last)
        self._count = 0

    def take(self, configurations: Iterable[Configuration]) -> None:
        """Take the configurations after the next events."""
        known, last = self._known, self._last
        number = count = self._count
        for number, after in enumerate(configurations, count + 1):
            if known != (key := _key(after)):
                known = key
                for row in self._rows:
                    row.take(number, after)
                last = after
        self._known, self._last, self._count = known, last, number

    def since(self) -> set[int]:
        """The numbers of the events since which something is so."""
        return {number for row in self._rows for number in row.since()}

    def standing(self, events: Callable[[set[int]], Mapping[int, _Logged]]) -> Standing:
        """What the log waits for; `events` gives those of these numbers, from 1."""
        found = [each for row in self._rows for each in row.found(self._last)]
        waits: list[WaitsFor] = []
        stuck: list[Stuck] = []
        numbers = {self._count, *(number for *_, number in found)}
        logged = events(numbers) if found else {}
        for awaited, told in _told(found, logged, self._count):
            end = self._ends.get(awaited)
            if end is None:
                waits.append(told)
            elif end.generation == self._last.generation:
                since = (told.event, told.line, told.since, told.until)
                stuck.append(Stuck(end.claim, end.says, end.without, *since))
        return Standing(tuple(waits), tuple(stuck))


class LiveWaits:
    """What a log waits for that grows; of its events those are kept since which something is so."""

    def __init__(self, machine: Machine) -> None:
        """Raises ArtefactDamaged."""
        self._waiting = waiting_states(machine.specification)
        self._waits = Waits(machine) if self._waiting else None
        self._events: dict[int, _Logged] = {}
        self._count = 0
        self._most = _KEPT
        self._state = machine.initial.state

    def take(self, step: Step, line: int, event: LoggedEvent) -> None:
        """Take the next event, on that line."""
        if self._waits is None:
            return
        if step.outcome == UNDEFINED:
            self._waits = None  # nobody knows any more in which state the log really is
            self._events.clear()
            return
        self._count += 1
        self._state = step.after.state
        self._waits.take((step.after,))
        self._events[self._count] = (line, event._replace(context=None))
        if len(self._events) > self._most:
            since = self._waits.since()
            self._events = {n: each for n, each in self._events.items() if n in since}
            self._events[self._count] = (line, event._replace(context=None))
            self._most = 2 * len(self._events) + _KEPT

    def standing(self) -> Standing:
        """What the log waits for by now."""
        if self._waits is None or self._state not in self._waiting:
            return Standing()
        return self._waits.standing(lambda _: self._events)


def _key(configuration: Configuration) -> tuple[str, int, frozenset[str]]:
    # Values are never changed in place, and each step that changes one makes another mapping.
    return configuration.state, id(configuration.values), configuration.seen


_Found = tuple[Awaited, str, Value, int]
"""A row, what it says, the member, and the number of the event since which it is so."""


class _Row:
    """One row, and the number of the event since which it holds."""

    def __init__(self, machine: Machine, row: Awaited) -> None:
        self._machine = machine
        self._row = row
        self._when = None if row.when is None else machine.evaluator(row.when)
        self._each = None if row.each is None else machine.evaluator(row.each)
        self._members = Bag()
        self._since: int | None = None
        self._came: dict[object, deque[int]] = {}
        """When each member came that is there, as often as it is: those that leave came first."""

    def take(self, number: int, after: Configuration) -> None:
        """Take the configuration after the event of that number."""
        if self._each is not None:
            members = self._each(after.moment())
            assert isinstance(members, Bag)
            for member, had, has in members.changes(self._members):
                came = self._came.setdefault(value_key(member), deque())
                came.extend([number] * (has - had))
                for _ in range(had - has):
                    came.popleft()
                if not came:
                    del self._came[value_key(member)]
            self._members = members
        elif not self._holds(after):
            self._since = None
        elif self._since is None:
            self._since = number

    def found(self, last: Configuration) -> Iterator[_Found]:
        """What is waited for at the end."""
        moment = last.moment()
        if self._each is None:
            if self._since is not None:
                yield self._row, self._words(moment), None, self._since
            return
        if not self._holds(last):
            return
        members = [(came, m) for m, _ in self._members.items() for came in self._came[value_key(m)]]
        members.sort(key=lambda pair: pair[0])
        for came, member in members[:MOST_LISTED]:
            moment.values = {**last.values, MEMBER: member}
            yield self._row, self._words(moment), member, came
        if len(members) > MOST_LISTED:
            more = f"{len(members) - MOST_LISTED:,} more like it"
            yield self._row, more, None, members[MOST_LISTED][0]

    def since(self) -> Iterator[int]:
        """The numbers of the events since which it is so, or would be in another state."""
        if self._since is not None:
            yield self._since
        for came in self._came.values():
            yield from came

    def _holds(self, after: Configuration) -> bool:
        if after.state not in self._row.states:
            return False
        return self._when is None or bool(self._when(after.moment()))

    def _words(self, moment: Moment) -> str:
        return filled(self._machine, self._row.says, moment)


def _told(
    found: Sequence[_Found], events: Mapping[int, _Logged], count: int
) -> Iterator[tuple[Awaited, WaitsFor]]:
    """What was found, with the events since which it is so; the log has so many events."""
    _, last = events.get(count, (None, None))
    until = None if last is None else last.timestamp
    for row, says, member, number in found:
        line, event = events.get(number, (None, None))
        name, since = (None, None) if event is None else (event.name, event.timestamp)
        yield row, WaitsFor(row.name, says, member, name, line, since, until)


def _events(data: bytes, numbers: Collection[int], count: int) -> dict[int, _Logged]:
    """The events of these numbers, from 1, each with its line."""
    if data.count(b"\n") + (not data.endswith(b"\n")) == count:
        # Each line is an event, so that the others need not be read again.
        line_of = Lines(data)
        texts = [(number, line_of(number) or b"") for number in sorted(numbers)]
        read = [(number, next(read_entries(text + b"\n"))) for number, text in texts]
        return {number: (number, e.event) for number, e in read if e.event is not None}
    entries = (entry for entry in read_entries(data) if entry.event is not None)
    return {
        number: (entry.line, entry.event)
        for number, entry in enumerate(entries, 1)
        if number in numbers and entry.event is not None
    }

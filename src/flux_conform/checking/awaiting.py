"""Finds what a log waits for that has not ended, and since which of its events."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
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
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.evaluate import Moment, Value
from flux_conform.machine.step import Machine
from flux_conform.text import duration


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
    specification = machine.specification
    states = tuple(state.name for state in specification.machine_states)
    ends = {
        Awaited(str(number), states, end.when, None, (end.says,)): end
        for number, end in enumerate(dead_ends(machine))
    }
    rows = [_Row(machine, row) for row in (*specification.waits, *ends)]
    last = machine.initial
    for row in rows:
        row.take(1, last)  # what it waits for from the start on, it does since its first event
    known = _key(last)
    for number, after in enumerate(configurations, 1):
        if known != (key := _key(after)):
            known = key
            for row in rows:
                row.take(number, after)
            last = after
    found = [each for row in rows for each in row.found(last)]
    waits: list[WaitsFor] = []
    stuck: list[Stuck] = []
    for awaited, told in _told(found, data, len(configurations)):
        end = ends.get(awaited)
        if end is None:
            waits.append(told)
        elif end.generation == last.generation:
            since = (told.event, told.line, told.since, told.until)
            stuck.append(Stuck(end.claim, end.says, end.without, *since))
    return Standing(tuple(waits), tuple(stuck))


def _key(configuration: Configuration) -> tuple[str, int, frozenset[str]]:
    # Values are never changed in place, and each step that changes one makes another mapping.
    return configuration.state, id(configuration.values), configuration.seen


_Logged = tuple[int, LoggedEvent]
"""The line of an event, and the event."""

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

    def _holds(self, after: Configuration) -> bool:
        if after.state not in self._row.states:
            return False
        return self._when is None or bool(self._when(after.moment()))

    def _words(self, moment: Moment) -> str:
        return filled(self._machine, self._row.says, moment)


def _told(found: Sequence[_Found], data: bytes, count: int) -> Iterator[tuple[Awaited, WaitsFor]]:
    """What was found, with the events since which it is so; the log has so many events."""
    events = _events(data, {count, *(number for *_, number in found)}, count) if found else {}
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

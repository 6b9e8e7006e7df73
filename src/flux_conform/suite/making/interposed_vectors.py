"""Vectors with events in between that must not matter: to a rule, or to what is reported.

A program that forgets a value at some event, or waits for what it need not, goes wrong where this
event comes before one that reads the value. So into a log that breaks or obeys a rule, or that ends
with some report, as many events are put as change nothing about its end. An event that breaks
something by itself is put in alone.

Where the log may go on, a second one does so with an event that may not come: there a program that
sees verdicts alone shows whether its state is right, and one that takes every log looks no better.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from flux_conform.language.expressions import About, expand, walk
from flux_conform.machine.configuration import Configuration, Step
from flux_conform.machine.final_report import final_report
from flux_conform.machine.fold import reads
from flux_conform.machine.step import Machine
from flux_conform.suite.making.clean_graph import CleanGraph, Place, is_sound, taken
from flux_conform.suite.making.history_vectors import HISTORIES
from flux_conform.suite.making.step_vectors import slug
from flux_conform.suite.making.telling_events import (
    Letter,
    Logged,
    dumped,
    log_of,
    plain_letters,
)
from flux_conform.suite.making.vector import Draft


class _End(NamedTuple):
    """How a log ends: the state, what its last event breaks above a note, and what is reported."""

    state: str
    broken: frozenset[str]
    words: tuple[tuple[str, str], ...] = ()


class _Walked(NamedTuple):
    """The configurations before each event of a log and after it, and its last step."""

    configurations: tuple[Configuration, ...]
    last: Step


def of_rules(
    graph: CleanGraph, letters: Sequence[Letter], drafts: Iterable[Draft]
) -> Iterator[Draft]:
    """What must not matter to a rule; the drafts are those that break or obey one."""
    specification = graph.machine.specification
    table = specification.definition_table
    remembering = {}
    for rule in specification.rules:
        tree = expand(rule.require.tree, table)
        variables = {v.name for v in specification.variables} & set(reads(tree))
        asked = {n.name for n in walk(tree) if isinstance(n, About) and n.function == "seen"}
        if variables or asked:
            remembering[rule.id] = frozenset(variables | asked)
    between = _Between(graph, letters, lambda configuration: ())
    alone: set[object] = set()
    for draft in drafts:
        read = next((remembering[name] for name in draft.clauses if name in remembering), None)
        if read is not None and not draft.name.endswith("to-the-end"):
            events = _events_of(draft.log)
            logs = [(draft.name, between.crowded(events))]
            for name, log in between.each_alone(events):
                mark = (name, read, draft.purpose)
                if mark not in alone:
                    alone.add(mark)
                    logs.append((f"{draft.name}-after-{slug(name)}", log))
            for name, log in logs:
                yield from _draft(name, draft.says, log)
                yield from between.refused(name, draft.says, log)


def of_reports(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """What must not matter to what is reported: each text, after each event in each state."""
    machine = Machine(graph.machine.specification, report=True)
    words = _words_of(machine)
    between = _Between(graph, letters, words)
    known: set[object] = set()
    for place in _after_each(graph):
        for letter in graph.letters:
            logged = letter.at(place.configuration)
            step = None if logged is None else graph.step(place, logged)
            ending = graph.ending(step.after) if step is not None and graph.is_clean(step) else None
            if logged is None or ending is None:
                continue
            events = (*place.log, logged, *ending)
            walked = _walk(machine, events)
            told = () if walked is None else words(walked.configurations[-1])
            mark = (place.state, place.log[-1].name, told)
            if told and mark not in known:
                known.add(mark)
                name = f"{slug(place.log[-1].name)}-in-{slug(place.state)}-{slug(letter.event)}"
                says = ", ".join(f"{field} {word}" for field, word in told)
                yield from _draft(f"{name}-{slug(told[0][1])}", says, events)
                yield from _draft(f"{name}-{slug(told[0][1])}-crowd", says, between.crowded(events))


def _after_each(graph: CleanGraph) -> Iterator[Place]:
    """The nearest place of each state after each event."""
    known: set[tuple[str, str]] = set()
    for place in graph.places:
        mark = (place.state, place.log[-1].name if place.log else "")
        if place.log and mark not in known:
            known.add(mark)
            yield place


def _draft(name: str, says: str, events: Sequence[Logged]) -> Iterator[Draft]:
    if events:
        told = f"events in between change nothing: {says}"
        yield Draft(HISTORIES, f"between-{name}", "history", told, log_of(events))


def _events_of(log: bytes) -> tuple[Logged, ...]:
    lines = map(json.loads, log.decode().splitlines())
    return tuple(
        Logged(line["name"], dumped(line["context"]) if "context" in line else None)
        for line in lines
    )


def _words_of(machine: Machine) -> Callable[[Configuration], tuple[tuple[str, str], ...]]:
    ends = machine.specification.ends

    def words(end: Configuration) -> tuple[tuple[str, str], ...]:
        job = final_report(machine, end, {}, {}, {}) if end.state in ends else {}
        return tuple((field, value) for field, value in job.items() if isinstance(value, str))

    return words


def _walk(machine: Machine, events: Sequence[Logged]) -> _Walked | None:
    """The steps of a log; None where an event but the last one breaks a MUST."""
    configurations = [machine.initial]
    step: Step | None = None
    for logged in events:
        if step is not None and not is_sound(step):
            return None
        step = taken(machine, configurations[-1], logged)
        configurations.append(step.after)
    return None if step is None else _Walked(tuple(configurations), step)


class _Between:
    """Puts events into logs so that these end as before."""

    def __init__(
        self,
        graph: CleanGraph,
        letters: Sequence[Letter],
        words: Callable[[Configuration], tuple[tuple[str, str], ...]],
    ) -> None:
        self._graph = graph
        self._machine = Machine(graph.machine.specification, report=True)
        self._words = words
        self._letters = tuple(plain_letters(letters).values())
        self._turn = 0

    def refused(self, name: str, says: str, events: tuple[Logged, ...]) -> Iterator[Draft]:
        """The log with an event more that may not come; not the same event each time."""
        walked = _walk(self._machine, events) if events else None
        if walked is None or not is_sound(walked.last):
            return
        end = walked.configurations[-1]
        for letter in (*self._letters[self._turn :], *self._letters[: self._turn]):
            logged = letter.at(end)
            if logged is not None and not is_sound(taken(self._machine, end, logged)):
                self._turn = (self._letters.index(letter) + 1) % len(self._letters)
                told = f"{says}, and {letter.event} may not come"
                yield from _draft(f"{name}-then-{slug(letter.event)}", told, (*events, logged))
                return

    def crowded(self, events: tuple[Logged, ...]) -> tuple[Logged, ...]:
        """The log with each event that is clean by itself, as late as it may come; or nothing."""
        grown = self._grown(events)
        return () if grown == events else grown

    def _grown(self, events: tuple[Logged, ...]) -> tuple[Logged, ...]:
        end = self._end(events)
        for letter in self._letters if end is not None else ():
            for place in range(len(events) - 1, 0, -1):
                more = self._put(events, place, letter, clean=True)
                if more is not None and self._end(more) == end:
                    events = more
                    break
        return events

    def each_alone(self, events: tuple[Logged, ...]) -> Iterator[tuple[str, tuple[Logged, ...]]]:
        """The log with one event that is not clean, by the name of the event."""
        end = self._end(events)
        for letter, place in product(self._letters, range(len(events) - 1, 0, -1)):
            more = self._put(events, place, letter, clean=False) if end is not None else None
            if more is not None and self._end(more) == end:
                yield letter.event, more

    def _put(
        self, events: tuple[Logged, ...], place: int, letter: Letter, *, clean: bool
    ) -> tuple[Logged, ...] | None:
        """The log with an event before another one, and back to the state where it came."""
        walked = _walk(self._machine, events[:place])
        if walked is None:
            return None
        before = walked.configurations[-1]
        logged = letter.at(before)
        if logged is None or letter.event in {self._machine.event(e.name).name for e in events}:
            return None
        step = taken(self._machine, before, logged)
        if not is_sound(step) or self._graph.is_clean(step) != clean:
            return None
        values = step.after.values.items()
        if clean and any(before.values[name] and not value for name, value in values):
            return None  # what is open stays so, and must not matter either
        back = self._back(step.after, before.state)
        return None if back is None else (*events[:place], logged, *back, *events[place:])

    def _back(self, here: Configuration, state: str) -> tuple[Logged, ...] | None:
        """No event, or one that leads back to a state."""
        if here.state == state:
            return ()
        for letter in self._letters:
            logged = letter.at(here)
            step = None if logged is None else taken(self._machine, here, logged)
            if step is not None and step.after.state == state and self._graph.is_clean(step):
                assert logged is not None
                return (logged,)
        return None

    def _end(self, events: tuple[Logged, ...]) -> _End | None:
        walked = _walk(self._machine, events)
        if walked is None:
            return None
        broken = {b.rule.id for b in walked.last.breaches if b.rule.level != "note"}
        after = walked.configurations[-1]
        return _End(after.state, frozenset(broken), self._words(after))

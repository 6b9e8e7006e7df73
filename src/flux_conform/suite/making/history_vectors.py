"""Vectors with a long history: what must be remembered, and what must not matter.

A program that forgets open members at some event, or does not ask a rule after a memo, goes wrong
only where much has come before. So each log begins with a history in which as much as possible has
come in one state. Then comes an event, and perhaps a way to an event whose rules read what may have
been forgotten. A log is kept where it shows something that none before it does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flux_conform.language.expressions import expand
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    UNDEFINED,
    Specification,
)
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Configuration, Step, key_of
from flux_conform.machine.final_report import final_report
from flux_conform.machine.fold import reads
from flux_conform.machine.step import Machine
from flux_conform.suite.making.clean_graph import CleanGraph, is_sound, taken
from flux_conform.suite.making.step_vectors import after, slug
from flux_conform.suite.making.telling_events import Letter, Logged, log_of, plain_letters
from flux_conform.suite.making.vector import Draft

HISTORIES = "histories"

WALKS = 60
"""Number of histories that are drawn, always the same."""

LONGEST = 30
"""Maximum number of events of a history."""

KEPT = 3
"""Number of histories that are kept for each state, those that differ most."""

MOST = 150
"""Maximum number of configurations in which a way on is looked for."""


class History(NamedTuple):
    """The beginning of a log, and where it leads."""

    events: tuple[Logged, ...]
    configuration: Configuration

    @property
    def marks(self) -> frozenset[object]:
        """What has come, and which variables hold something."""
        values = self.configuration.values.items()
        return self.configuration.seen | {(name, repr(value)) for name, value in values if value}


def histories(
    specification: Specification, graph: CleanGraph, letters: Sequence[Letter]
) -> Iterator[Draft]:
    """All of these vectors."""
    names = [event.name for event in specification.events if not event.is_family]
    machine = Machine(specification, report=True, asking=names)
    table = specification.definition_table
    read_at: dict[str, set[str]] = {}
    for rule in specification.rules:
        for event in rule.on:
            read_at.setdefault(event, set()).update(reads(expand(rule.require.tree, table)))
    numbers: dict[object, int] = {}
    candidates = []
    for events, says in _Histories(machine, graph, letters).logs():
        shown = _shown_by(machine, read_at, events)
        candidates.append(({numbers.setdefault(one, len(numbers)) for one in shown}, events, says))
    # Those that show most come first, so that few are needed; and illegal logs before legal ones,
    # of which there are half as many: a program that takes every log must not look good.
    candidates.sort(key=lambda candidate: -len(candidate[0]))
    known: set[int] = set()
    room = 0
    for is_legal in (False, True):
        for new, events, (first, last) in candidates:
            if _is_legal(machine, events) != is_legal or new <= known or (is_legal and room <= 0):
                continue
            known |= new
            room += -2 if is_legal else 1
            name = f"{slug(first)}-{slug(last)}" if last else slug(first)
            told = f"{last or 'the end'} after a long history in {first}"
            yield Draft(HISTORIES, name, "history", told, log_of(events))


def _is_legal(machine: Machine, events: Sequence[Logged]) -> bool:
    configuration = machine.initial
    for logged in events:
        step = taken(machine, configuration, logged)
        if step.outcome in (UNDEFINED, CAPTIVE, REMOVED) or not is_sound(step):
            return False
        configuration = step.after
    return True


def _shown_by(
    machine: Machine,
    read_at: Mapping[str, set[str]],
    events: Sequence[Logged],
) -> set[object]:
    """What a log shows: that values last until a rule reads them, and what does not matter.

    A value lasts from an event in a state to one whose rule reads it. What has come before, and
    what holds something, does not matter to what an event does.
    """
    found: set[object] = set()
    steps: list[tuple[str, Configuration, Step]] = []
    configuration = start = machine.initial
    for logged in events:
        step = taken(machine, configuration, logged)
        steps.append((machine.event(logged.name).name, configuration, step))
        configuration = step.after
    last, before, step = steps[-1]
    read = {
        variable
        for variable in read_at.get(last, ())
        if variable in before.values and before.values[variable] != start.values[variable]
    }
    broken = tuple(sorted(b.rule.id for b in step.breaches if b.rule.level != "note"))
    for variable in read:
        value = before.values[variable]
        for name, earlier, taken_there in reversed(steps[:-1]):
            if taken_there.after.values[variable] != value:
                break
            found.add((name, earlier.state, variable, last if broken else "", broken))
    is_broken = any(breach.rule.level == "MUST" for breach in step.breaches)
    for name, earlier, there in steps[-1:] if is_broken else steps:
        ids = tuple(sorted(b.rule.id for b in there.breaches if b.rule.level != "note"))
        if there.outcome in (UNDEFINED, CAPTIVE, REMOVED):
            continue
        held = {name for name, value in earlier.values.items() if value != start.values[name]}
        changed = {n for n, value in there.after.values.items() if value != earlier.values[n]}
        found.update((name, earlier.state, "changes", variable) for variable in changed)
        found.update((name, "changes", v, mark) for v in changed for mark in earlier.seen)
        found.update((name, ids and earlier.state, there.outcome, ids, mark) for mark in held)
        found.update((name, there.outcome, ids, mark) for mark in earlier.seen)
    if configuration.state in machine.specification.ends:
        job = final_report(machine, configuration, {}, {}, {})
        words = [(field, value) for field, value in job.items() if isinstance(value, str)]
        found.update((word, mark) for word in words for mark in configuration.seen)
    return found


class _Histories:
    def __init__(self, machine: Machine, graph: CleanGraph, letters: Sequence[Letter]) -> None:
        self._machine = machine
        self._graph = graph
        self._letters = letters
        self._plain = plain_letters(letters)
        specification = machine.specification
        table = specification.definition_table
        variables = {variable.name for variable in specification.variables}
        self._readers = {
            event
            for rule in specification.rules
            if ANY_EVENT not in rule.on and variables & set(reads(expand(rule.require.tree, table)))
            for event in rule.on
        }
        moving = {row.event for row in specification.transitions if row.outcome == MOVES}
        changing = {event.name for event in specification.events if event.effects}
        self._onward_letters = [
            letter
            for letter in letters
            if (letter.odd <= 1 and letter.event in moving | (changing - self._readers))
            or (letter.event in changing and not letter.odd)
        ]
        self._ways: dict[object, list[History]] = {}

    def logs(self) -> Iterator[tuple[tuple[Logged, ...], tuple[str, str]]]:
        """The logs, each with the state of its history and the event that is tried."""
        for state, kept in self._histories().items():
            for history in kept:
                yield from self._read(history, (state, ""))
            for place, history in enumerate(kept):
                for letter in self._letters:
                    logged = letter.at(history.configuration)
                    step = self._step(history.configuration, logged)
                    if logged is None or step is None:
                        continue
                    events = (*history.events, logged)
                    if not is_sound(step):
                        yield events, (state, letter.event)
                        continue
                    plain = self._plain[letter.event] == letter
                    endings = self._endings(step.after) if plain else [()]
                    for ending in endings:
                        yield (*events, *ending), (state, letter.event)
                    came = {each.name for each in history.events}
                    is_new = _changes(history.configuration, step.after) or logged.name not in came
                    if is_new and (plain or not place):
                        history_after = History(events, step.after)
                        yield from self._read(history_after, (state, letter.event))

    def _read(
        self, history: History, says: tuple[str, str]
    ) -> Iterator[tuple[tuple[Logged, ...], tuple[str, str]]]:
        """What a history leaves, read by rules in each state that can be come to."""
        for onward in self._onward(history.configuration):
            for letter in self._letters:
                if letter.event not in self._readers or letter.odd:
                    continue
                logged = letter.at(onward.configuration)
                if logged is not None and self._step(onward.configuration, logged) is not None:
                    name = f"{says[1]} {letter.event}".strip()
                    yield (*history.events, *onward.events, logged), (says[0], name)

    def _step(self, configuration: Configuration, logged: Logged | None) -> Step | None:
        """The step of an event; None where it may not come."""
        if logged is None:
            return None
        step = taken(self._machine, configuration, logged)
        is_over = step.outcome in (CAPTIVE, REMOVED, UNDEFINED)
        return None if is_over or step.after.generation != self._graph.generation else step

    def _onward(self, configuration: Configuration, without: str = "") -> list[History]:
        """The shortest way from a configuration to each state, breaking no MUST.

        Events `without` that name are not taken.
        """
        key = (key_of(configuration), without)
        if key not in self._ways:
            found = {configuration.state: History((), configuration)}
            ahead = [History((), configuration)]
            known = {key_of(configuration)}
            for way in ahead:
                for letter in self._onward_letters if len(known) < MOST else ():
                    logged = letter.at(way.configuration) if letter.event != without else None
                    step = self._step(way.configuration, logged)
                    if logged is None or step is None or not is_sound(step):
                        continue
                    reached = key_of(step.after)
                    if reached not in known:
                        known.add(reached)
                        ahead.append(History((*way.events, logged), step.after))
                        found.setdefault(step.after.state, ahead[-1])
            self._ways[key] = list(found.values())
        return self._ways[key]

    def _endings(self, configuration: Configuration) -> list[tuple[Logged, ...]]:
        """The shortest way to an end, and one without its first event; or no way at all."""
        ends = self._machine.specification.ends
        found: list[tuple[Logged, ...]] = []
        for _ in range(2):
            without = found[0][0].name if found and found[0] else ""
            ways = self._onward(configuration, without)
            found += [way.events for way in ways if way.configuration.state in ends][:1]
        return list(dict.fromkeys(found)) or [()]

    # Histories

    def _histories(self) -> dict[str, list[History]]:
        chance = random.Random(0)
        drawn: dict[str, list[History]] = {}
        for _ in range(WALKS):
            for events in self._walk(chance, drawn):
                history = History(events, after(self._machine, events))
                drawn.setdefault(history.configuration.state, []).append(history)
        return {state: _most_different(drawn[state]) for state in sorted(drawn)}

    def _walk(
        self, chance: random.Random, drawn: dict[str, list[History]]
    ) -> list[tuple[Logged, ...]]:
        """A clean log that takes what it has not taken before, cut where it leaves a state."""
        ends = self._machine.specification.ends
        configuration = self._machine.initial
        events: list[Logged] = []
        came: set[str] = set()
        kept: list[tuple[Logged, ...]] = []
        for _ in range(LONGEST):
            ways: list[tuple[float, Letter, Logged, Step]] = []
            for letter in chance.sample(self._letters, min(len(self._letters), 24)):
                logged = letter.at(configuration)
                step = self._step(configuration, logged)
                if logged is None or step is None or not self._graph.is_clean(step):
                    continue
                weight = 1.0 if letter.event in came else 6.0
                if step.after.state != configuration.state:
                    weight = 30 / (1 + len(drawn.get(step.after.state, ())))
                if step.after.state not in ends:
                    ways.append((weight, letter, logged, step))
            if not ways:
                continue
            _, letter, logged, step = chance.choices(ways, [way[0] for way in ways])[0]
            if step.after.state != configuration.state and events:
                kept.append(self._filled(events, configuration))
            events.append(logged)
            came.add(letter.event)
            configuration = step.after
        return [*kept, self._filled(events, configuration)] if events else kept

    def _filled(self, events: Sequence[Logged], configuration: Configuration) -> tuple[Logged, ...]:
        """The log, and then each event that stays, breaks nothing and takes nothing away."""
        more = list(events)
        for letter in self._plain.values():
            logged = letter.at(configuration)
            step = self._step(configuration, logged)
            if logged is None or step is None or step.after.state != configuration.state:
                continue
            values = step.after.values.items()
            lessens = any(configuration.values[name] and not value for name, value in values)
            if self._graph.is_clean(step) and not lessens:
                more.append(logged)
                configuration = step.after
        return tuple(more)


def _most_different(found: Sequence[History]) -> list[History]:
    """Those that have most that the others have not."""
    left = list(found)
    kept: list[History] = []
    known: set[object] = set()
    while left and len(kept) < KEPT:
        best = max(left, key=lambda each: (len(each.marks - known), len(each.marks)))
        kept.append(best)
        known |= best.marks
        left.remove(best)
    return kept


def _changes(one: Configuration, two: Configuration) -> bool:
    return one.state != two.state or one.values != two.values

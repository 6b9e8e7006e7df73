"""Vectors for single steps: each event in each state, each transition, each pair of transitions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from flux_conform.language.specification import MOVES, SILENT, UNDEFINED, Transition
from flux_conform.machine.configuration import Breach, Configuration, Step
from flux_conform.machine.step import Machine
from flux_conform.machine.steps import Done
from flux_conform.suite.making.clean_graph import CleanGraph, Place, Way, taken
from flux_conform.suite.making.telling_events import Letter, Logged, log_of
from flux_conform.suite.making.vector import About, Draft

_Key = TypeVar("_Key")

FIRST = "at first"
"""Stands for the state before the first event."""


class Trial(NamedTuple):
    """A letter taken at a place, and what it does there."""

    place: Place
    letter: Letter
    logged: Logged
    done: Done
    graph: CleanGraph

    @property
    def step(self) -> Step:
        """The step that it makes."""
        return self.graph.step(self.place, self.logged)

    @property
    def events(self) -> tuple[Logged, ...]:
        """The log that ends with it."""
        return (*self.place.log, self.logged)

    @property
    def broken(self) -> tuple[Breach, ...]:
        """What it breaks above a note."""
        return tuple(breach for breach in self.done.breaches if breach.rule.level != "note")

    @property
    def about(self) -> About:
        """The step that it is."""
        step = self.step
        return About(self.place.state, self.letter.event, step.outcome, step.after.state)

    @property
    def oddity(self) -> tuple[int, int, int, int]:
        """How far it is from an ordinary log."""
        return len(self.done.breaches), len(self.place.log), self.letter.odd, self.letter.another


def trials(graph: CleanGraph, letters: Sequence[Letter]) -> list[Trial]:
    """Every letter at every place."""
    found = []
    for number, place in enumerate(graph.places):
        for letter in letters:
            done = graph.take(number, letter)
            logged = None if done is None else letter.at(place.configuration)
            if done is not None and logged is not None:
                found.append(Trial(place, letter, logged, done, graph))
    return found


def plainest(keyed: Iterable[tuple[_Key, Trial]]) -> dict[_Key, Trial]:
    """For each key the trial that is nearest to an ordinary log, the first of several."""
    best: dict[_Key, Trial] = {}
    for key, trial in keyed:
        if key not in best or trial.oddity < best[key].oddity:
            best[key] = trial
    return best


class Ends:
    """The configurations after many logs, which often begin alike."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._known: dict[tuple[Logged, ...], Configuration] = {(): machine.initial}

    def after(self, events: tuple[Logged, ...]) -> Configuration:
        """The configuration after a log."""
        number = len(events)
        while events[:number] not in self._known:
            number -= 1
        configuration = self._known[events[:number]]
        for place, logged in enumerate(events[number:], number + 1):
            configuration = taken(self._machine, configuration, logged).after
            self._known[events[:place]] = configuration
        return configuration


def after(machine: Machine, events: Iterable[Logged]) -> Configuration:
    """The configuration after a log."""
    configuration = machine.initial
    for logged in events:
        configuration = taken(machine, configuration, logged).after
    return configuration


def ids(machine: Machine, trial: Trial) -> tuple[str, ...]:
    """The rules that a trial breaks, or that give its outcome."""
    name = trial.logged.name
    found = [breach.rule.id.replace("{event}", name) for breach in trial.done.breaches]
    if trial.done.outcome not in (SILENT, UNDEFINED):
        return tuple(dict.fromkeys(found))
    kinds = {finding.kind: finding.id for finding in machine.specification.findings}
    return tuple(dict.fromkeys([kinds[trial.done.outcome], *found]))


def pairs(graph: CleanGraph, tried: Sequence[Trial], mark: str = "") -> Iterator[Draft]:
    """Each event in each state, under each guard: the plainest log with that outcome."""
    best = plainest(
        (
            (
                trial.place.state if trial.place.log else FIRST,
                trial.letter.event,
                trial.done.row,
                trial.done.outcome,
            ),
            trial,
        )
        for trial in tried
        if not trial.place.log or trial.done.generation == graph.generation
    )
    count: Counter[tuple[str, str]] = Counter()
    for (state, event, _, outcome), trial in best.items():
        count[state, event] += 1
        number = count[state, event]
        name = f"{mark}{slug(state)}-{slug(event)}" + (f"-{number}" if number > 1 else "")
        where = f"{event} in {'the first event' if state == FIRST else state}"
        leads = f"leads to {trial.about.to}" if outcome == MOVES else outcome
        draft = Draft(
            "pairs",
            name,
            "event-in-state",
            f"{where}: {leads}",
            log_of(trial.events),
            ids(graph.machine, trial),
            trial.about,
        )
        yield draft
        ending = graph.ending(trial.step.after)
        if ending and not trial.broken:
            yield draft._replace(
                name=f"{name}-then-on",
                says=f"{where}, and the log goes on to its end",
                log=log_of((*trial.events, *ending)),
            )


def sequences(graph: CleanGraph, mark: str = "") -> Iterator[Draft]:
    """Each pair of transitions that can follow each other, with the events needed between them."""
    first: dict[tuple[Transition, Transition], tuple[Logged, ...]] = {}
    rows: dict[Transition, None] = {}
    for ways in graph.ways:
        for way in ways:
            if way.row is not None and way.row.outcome == MOVES:
                rows[way.row] = None
                _follow(graph, way, first)
    for row in graph.machine.specification.transitions:
        # A transition that breaks a rule which is only implied stands in no clean log.
        if row.outcome == MOVES and row.generation in (None, graph.generation) and row not in rows:
            first.update(_forced(graph, row))
    for (one, two), events in first.items():
        name = f"{mark}{slug(one.source)}-{slug(one.event)}-{slug(two.source)}-{slug(two.event)}"
        whole = (*events, *(graph.ending(after(graph.machine, events)) or ()))
        yield Draft(
            "sequences",
            name,
            "transition-pair",
            f"{one.event} to {one.target}, then {two.event} to {two.target}",
            log_of(whole),
            (),
            About(two.source, two.event, MOVES, two.target or ""),
        )


def _follow(
    graph: CleanGraph, way: Way, first: dict[tuple[Transition, Transition], tuple[Logged, ...]]
) -> None:
    """Search the transitions that can follow one, after events that stay in its target."""
    assert way.row is not None
    start = (*graph.places[way.source].log, way.logged)
    seen = {way.target}
    ahead: list[tuple[int, tuple[Logged, ...]]] = [(way.target, start)]
    for number, events in ahead:
        if number >= len(graph.ways):
            continue
        for onward in graph.ways[number]:
            row = onward.row
            if row is not None and row.outcome == MOVES:
                found = (*events, onward.logged)
                pair = (way.row, row)
                if pair not in first or len(found) < len(first[pair]):
                    first[pair] = found
            elif onward.target not in seen and len(events) < len(start) + 4:
                seen.add(onward.target)
                ahead.append((onward.target, (*events, onward.logged)))


def _forced(
    graph: CleanGraph, row: Transition
) -> dict[tuple[Transition, Transition], tuple[Logged, ...]]:
    """The pairs that begin with a transition that no clean log takes, in the shortest logs."""
    machine = graph.machine
    found: dict[tuple[Transition, Transition], tuple[Logged, ...]] = {}
    for place in graph.places:
        if place.state != row.source:
            continue
        for letter in graph.letters:
            logged = letter.at(place.configuration) if letter.event == row.event else None
            if logged is None:
                continue
            step = graph.step(place, logged)
            if step.transition != row:
                continue
            for onward in graph.letters:
                second = onward.at(step.after)
                if second is None:
                    continue
                then = taken(machine, step.after, second)
                if then.outcome == MOVES and then.transition is not None and not then.breaches:
                    events = (*place.log, logged, second)
                    found.setdefault((row, then.transition), events)
            return found
    return found


def slug(text: str) -> str:
    """A text as a part of a file's name."""
    return "-".join(re.findall(r"[^\W_]+", text))

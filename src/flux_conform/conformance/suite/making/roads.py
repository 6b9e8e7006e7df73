"""The shortest clean logs: breadth first through the configurations of the machine itself.

A log is clean where a checker finds nothing in it, not even a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from flux_conform.conformance.configurations import key_of
from flux_conform.conformance.machine import Configuration, Machine, Step
from flux_conform.conformance.suite.making.letters import Letter, Logged
from flux_conform.model.bags import Bag
from flux_conform.model.specification import SILENT, UNDEFINED, Transition

MOST = 20_000
"""So many configurations are met at most."""

LARGEST_BAG = 2
"""Clean logs hold no more members of a bag at a time."""

LARGEST_COUNT = 6
"""Numbers that events only count up are counted no further."""


class Place(NamedTuple):
    """A configuration that a clean log comes to, and the log."""

    configuration: Configuration
    road: tuple[Logged, ...]

    @property
    def state(self) -> str:
        """The state there."""
        return self.configuration.state


class Way(NamedTuple):
    """A clean step from one place to another, by their numbers; `row` is the row that matched."""

    source: int
    target: int
    logged: Logged
    row: Transition | None


class Roads:
    """The places of clean logs over some letters, the nearest first.

    Only logs of one generation are looked at.
    """

    def __init__(
        self,
        machine: Machine,
        letters: Sequence[Letter],
        *,
        generation: str,
        most: int = MOST,
        notes: bool = False,
    ) -> None:
        """`notes` takes steps that a checker makes a note of as clean, too."""
        self.machine = machine
        self.generation = generation
        self.letters = tuple(letters)
        self._notes = notes
        self.places: list[Place] = [Place(machine.initial, ())]
        self.ways: list[list[Way]] = []
        self._numbers: dict[object, int] = {key_of(machine.initial): 0}
        explored = 0
        while explored < len(self.places) < most:
            self.ways.append([])
            self._leave(explored, letters)
            explored += 1

    def _leave(self, number: int, letters: Iterable[Letter]) -> None:
        place = self.places[number]
        for letter in letters:
            logged = letter.at(place.configuration)
            if logged is None:
                continue
            step = self.step(place, logged)
            if not self.is_clean(step) or step.after.generation != self.generation:
                continue
            if _is_large(place.configuration, step.after):
                continue
            key = key_of(step.after)
            target = self._numbers.setdefault(key, len(self.places))
            if target == len(self.places):
                self.places.append(Place(step.after, (*place.road, logged)))
            self.ways[number].append(Way(number, target, logged, step.transition))

    def step(self, place: Place, logged: Logged) -> Step:
        """What an event does at a place."""
        return taken(self.machine, place.configuration, logged)

    def is_clean(self, step: Step) -> bool:
        """Whether a checker finds nothing at a step."""
        if step.outcome in (SILENT, UNDEFINED):
            return False
        return not any(not self._notes or b.rule.level != "note" for b in step.breaches)

    def number_of(self, configuration: Configuration) -> int | None:
        """The number of a configuration's place; None where no clean log was seen to come there."""
        return self._numbers.get(key_of(configuration))

    def ending(self, configuration: Configuration) -> tuple[Logged, ...] | None:
        """The shortest clean way from a configuration to the final state; None where none is known.

        It is empty in the final state.
        """
        number = self.number_of(configuration)
        events: list[Logged] = []
        while number is not None and number in self._homeward:
            way = self._homeward[number]
            if way is None:
                return tuple(events)
            events.append(way.logged)
            number = way.target
        return None

    @cached_property
    def _homeward(self) -> dict[int, Way | None]:
        """For each place from which an end can be reached the first step there; None at an end."""
        final = self.machine.specification.final
        ends = [n for n, place in enumerate(self.places) if final and place.state == final.name]
        into: dict[int, list[Way]] = {}
        for ways in self.ways:
            for way in ways:
                into.setdefault(way.target, []).append(way)
        found: dict[int, Way | None] = dict.fromkeys(ends)
        ahead = list(ends)
        for target in ahead:
            for way in into.get(target, ()):
                if way.source not in found:
                    found[way.source] = way
                    ahead.append(way.source)
        return found


def taken(machine: Machine, before: Configuration, logged: Logged) -> Step:
    """What an event does in a configuration."""
    context = logged.value
    if logged.context is not None and not isinstance(context, dict):
        return machine.step(before, logged.name, None, context_is_object=False)
    return machine.step(before, logged.name, context)


def _is_large(before: Configuration, after: Configuration) -> bool:
    """Whether a step leads beyond what is looked at: such steps have no end."""
    for name, value in after.values.items():
        if isinstance(value, Bag):
            if len(value) > LARGEST_BAG:
                return True
        elif isinstance(value, int) and not isinstance(value, bool):
            old = before.values[name]
            if isinstance(old, int) and abs(value) > max(abs(old), LARGEST_COUNT):
                return True
    return False

"""The shortest clean logs: breadth first through the configurations of the machine itself.

A log is clean where a checker finds nothing in it, not even a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from flux_conform.language.specification import SILENT, UNDEFINED, Transition
from flux_conform.language.values import Bag
from flux_conform.machine.configuration import Configuration, Step, key_of
from flux_conform.machine.step import Machine
from flux_conform.suite.making.step_memo import Recall, taken
from flux_conform.suite.making.telling_events import Letter, Logged

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
    """A clean step from one place to another, by their numbers; `row` is the row that matched.

    `logged` is what the letter is there.
    """

    source: int
    target: int
    logged: Logged
    row: Transition | None
    letter: Letter


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
        silent: bool = False,
        largest_bag: int = LARGEST_BAG,
    ) -> None:
        """`notes` takes steps that a checker makes a note of as clean, `silent` silent ones too."""
        self.machine = machine
        self.generation = generation
        self.letters = tuple(letters)
        self._notes = notes or silent
        self._unclean = (UNDEFINED,) if silent else (SILENT, UNDEFINED)
        self._most = most
        self._largest_bag = largest_bag
        self.places: list[Place] = [Place(machine.initial, ())]
        self.ways: list[list[Way]] = []
        self._recall = Recall(machine)
        self._numbers: dict[object, int] = {key_of(machine.initial): 0}
        self._explore()

    def extend(self, letters: Sequence[Letter]) -> None:
        """Take further letters, too; what they alone lead to comes after the other places."""
        self.letters += tuple(letters)
        self.__dict__.pop("into", None)
        self.__dict__.pop("_homeward", None)
        for number in range(len(self.ways)):
            self._leave(number, letters)
        self._explore()

    def _explore(self) -> None:
        while len(self.ways) < len(self.places) < self._most:
            self.ways.append([])
            self._leave(len(self.ways) - 1, self.letters)

    def _leave(self, number: int, letters: Iterable[Letter]) -> None:
        place = self.places[number]
        for letter in letters:
            logged = letter.at(place.configuration)
            if logged is None:
                continue
            step = self._recall.step(place.configuration, logged)
            if not self.is_clean(step) or step.after.generation != self.generation:
                continue
            if _is_same(place.configuration, step.after):
                target = number
            elif self._is_large(place.configuration, step.after):
                continue
            else:
                target = self._numbers.setdefault(key_of(step.after), len(self.places))
            if target == len(self.places):
                self.places.append(Place(step.after, (*place.road, logged)))
            self.ways[number].append(Way(number, target, logged, step.transition, letter))

    def _is_large(self, before: Configuration, after: Configuration) -> bool:
        """Whether a step leads beyond what is looked at: such steps have no end."""
        for name, value in after.values.items():
            if isinstance(value, Bag):
                if len(value) > self._largest_bag:
                    return True
            elif isinstance(value, int) and not isinstance(value, bool):
                old = before.values[name]
                if isinstance(old, int) and abs(value) > max(abs(old), LARGEST_COUNT):
                    return True
        return False

    def step(self, place: Place, logged: Logged) -> Step:
        """What an event does at a place."""
        return taken(self.machine, place.configuration, logged)

    def is_clean(self, step: Step) -> bool:
        """Whether a checker finds nothing at a step."""
        if step.outcome in self._unclean:
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
        return self.towards(ends)

    def towards(self, ends: Iterable[int], *, without: str = "") -> dict[int, Way | None]:
        """For each place from which one of the ends can be reached the first step there.

        None at an end. Events `without` that name are not taken.
        """
        found: dict[int, Way | None] = dict.fromkeys(ends)
        ahead = list(found)
        for target in ahead:
            for way in self.into.get(target, ()):
                if way.source not in found and way.letter.event != without:
                    found[way.source] = way
                    ahead.append(way.source)
        return found

    @cached_property
    def into(self) -> dict[int, list[Way]]:
        """The ways by the places that they lead to."""
        into: dict[int, list[Way]] = {}
        for ways in self.ways:
            for way in ways:
                into.setdefault(way.target, []).append(way)
        return into


def _is_same(one: Configuration, other: Configuration) -> bool:
    """Whether a step left all as it was, told without a look at the values."""
    return one.values is other.values and (one[:2], one.seen) == (other[:2], other.seen)

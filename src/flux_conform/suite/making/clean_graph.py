"""The shortest clean logs: breadth first through the configurations of the machine itself.

A log is clean where a checker finds nothing in it, not even a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from flux_conform.language.expressions import expand
from flux_conform.language.specification import MOVES, SILENT, STAYS, UNDEFINED, Transition
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.configuration import Configuration, Step
from flux_conform.machine.constants import Constants
from flux_conform.machine.exploration import Exploration, by_target, path_from, towards
from flux_conform.machine.growth import growth_of
from flux_conform.machine.interning import Interned, Numbers, applied
from flux_conform.machine.slice import slice_of
from flux_conform.machine.step import Machine
from flux_conform.machine.steps import Done, Ready, Steps
from flux_conform.suite.making.telling_events import Letter, Logged, dumped

BOUNDS = Bounds(descriptions=2, members=2, integer=6, configurations=20_000)
"""Clean logs hold few members at a time. Larger numbers come after what is reached without them."""

COUNTED = 1000
"""Maximum value to which numbers that events count up are followed."""


class Place(NamedTuple):
    """A configuration that a clean log reaches, and the log."""

    configuration: Configuration
    log: tuple[Logged, ...]

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


class CleanGraph:
    """The places of clean logs over some letters, the nearest first.

    Only logs of one generation are looked at. `near` places are reached with small numbers alone,
    and come before the others.
    """

    def __init__(
        self,
        machine: Machine,
        letters: Sequence[Letter],
        *,
        generation: str,
        bounds: Bounds = BOUNDS,
        notes: bool = False,
        silent: bool = False,
    ) -> None:
        """`notes` takes steps that a checker makes a note of as clean, `silent` silent ones too."""
        self.machine = machine
        self.generation = generation
        self.letters = tuple(letters)
        self._notes = notes or silent
        self._unclean = (UNDEFINED,) if silent else (SILENT, UNDEFINED)
        self._space = Interned(machine)
        self._steps = Steps(self._space, bounds, generation)
        self._ready: dict[Letter, Ready] = {}
        self.places: list[Place] = [Place(machine.initial, ())]
        self.ways: list[list[Way]] = []
        self._exploration: Exploration[Numbers, Logged] = Exploration(self._space.initial)
        self._left_out: list[tuple[int, Letter]] = []
        self.near = 0
        self._explore()

    def extend(self, letters: Sequence[Letter]) -> None:
        """Take further letters as well; places that only they reach come after the others."""
        self.letters += tuple(letters)
        self._take_large_numbers()
        self.__dict__.pop("_into", None)
        self.__dict__.pop("_homeward", None)
        for number in range(len(self.ways)):
            self._leave(number, letters)
        self._explore()

    def _explore(self) -> None:
        most = self._steps.bounds.configurations
        for number in self._exploration.pending():
            if len(self.places) >= most:
                break
            self.ways.append([])
            self._leave(number, self.letters)
        if not self.near:
            self.near = len(self.places)
            if self._left_out and self.near < most:
                self._take_large_numbers()
                for source, letter in self._left_out:
                    self._leave(source, [letter])
                self._explore()

    def _take_large_numbers(self) -> None:
        """From now on follow numbers as far as the letters and the constants have them."""
        machine = self.machine
        effects = [
            (variable, expand(effect.tree, machine.definitions))
            for event in machine.specification.events
            for variable, effect in event.effects
        ]
        constants = Constants(slice_of(machine.specification, self.generation))
        values = (value for letter in self.letters for value in letter.values.values())
        growth = growth_of(effects, constants.of_variable, values, most=COUNTED)
        bounds = self._steps.bounds._replace(growth=growth)
        self._steps = Steps(self._space, bounds, self.generation)
        self._ready = {}

    def _leave(self, number: int, letters: Iterable[Letter]) -> None:
        place, reached = self.places[number], self._exploration.nodes[number]
        for letter in letters:
            done = self.take(number, letter)
            if done is None or not self.is_clean(done) or done.generation != self.generation:
                continue
            if done.changes and done.is_cut:
                if not self.near:
                    self._left_out.append((number, letter))
                continue
            after = applied(reached, done.changes)
            logged = Logged(letter.name, letter.context)
            if letter.terms:
                logged = Logged(letter.name, dumped(done.context))
            target = self._exploration.add(after, number, logged)
            if target == len(self.places):
                configuration = self._space.configuration(after)
                self.places.append(Place(configuration, (*place.log, logged)))
            self.ways[number].append(Way(number, target, logged, done.row, letter))

    def take(self, number: int, letter: Letter) -> Done | None:
        """What a letter does at a place; None where a computed value does not fit its key."""
        if letter not in self._ready:
            value = Logged(letter.name, letter.context).value
            is_object = letter.context is None or isinstance(value, dict)
            self._ready[letter] = Ready(
                self._steps,
                letter.name,
                value if is_object else None,
                letter.terms,
                is_object=is_object,
            )
        return self._ready[letter].at(self._exploration.nodes[number])

    def target(self, number: int, done: Done) -> int | None:
        """The place that a step leads to; None if no known clean log reaches it."""
        return self._exploration.numbers.get(applied(self._exploration.nodes[number], done.changes))

    def changes(self, done: Done) -> Iterator[tuple[str, Any]]:
        """The variables that a step changes, with their values after it."""
        for place, number in done.changes:
            field = self._space.fields[place]
            if field in self._space.variables:
                yield field, self._space.tables[place].values[number]

    def step(self, place: Place, logged: Logged) -> Step:
        """The step of an event at a place."""
        return taken(self.machine, place.configuration, logged)

    def is_clean(self, step: Step | Done) -> bool:
        """Whether a checker finds nothing at a step."""
        if step.outcome in self._unclean:
            return False
        return not any(not self._notes or b.rule.level != "note" for b in step.breaches)

    def clean_at(self, logged: Logged) -> Place | None:
        """The nearest place, not the first, where an event is clean; None where there is none."""
        clean = (p for p in self.places if p.log and self.is_clean(self.step(p, logged)))
        return next(clean, None)

    def number_of(self, configuration: Configuration) -> int | None:
        """The number of a configuration's place; None if no known clean log reaches it."""
        return self._exploration.numbers.get(self._space.numbers(configuration))

    def ending(self, configuration: Configuration) -> tuple[Logged, ...] | None:
        """The shortest clean way from a configuration to a final state; None where none is known.

        It is empty in one.
        """
        number = self.number_of(configuration)
        if number is None or number not in self._homeward:
            return None
        return tuple(way.logged for way in path_from(self._homeward, number))

    @cached_property
    def _homeward(self) -> dict[int, Way | None]:
        """For each place from which an end can be reached the first step there; None at an end."""
        finals = {state.name for state in self.machine.specification.finals}
        ends = [number for number, place in enumerate(self.places) if place.state in finals]
        return self.towards(ends)

    def towards(self, ends: Iterable[int], *, without: str = "") -> dict[int, Way | None]:
        """For each place from which one of the ends can be reached the first step there.

        None at an end. Events `without` that name are not taken.
        """
        return towards(ends, self._into, lambda way: way.letter.event != without)

    @cached_property
    def _into(self) -> dict[int, list[Way]]:
        return by_target(way for ways in self.ways for way in ways)


def is_sound(step: Step) -> bool:
    """Whether an event takes effect and breaks no MUST."""
    return step.outcome in (MOVES, STAYS, SILENT) and not any(
        breach.rule.level == "MUST" for breach in step.breaches
    )


def taken(machine: Machine, before: Configuration, logged: Logged) -> Step:
    """The step of an event in a configuration."""
    context = logged.value
    if logged.context is not None and not isinstance(context, dict):
        return machine.step(before, logged.name, None, context_is_object=False)
    return machine.step(before, logged.name, context)

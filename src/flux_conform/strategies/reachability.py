"""The reachability map: where the clean logs of a specification lead, and the ways to any goal.

A map is made once for a specification and a generation of its logs. It draws nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

from flux_conform.language.specification import STAYS, Specification, Transition
from flux_conform.machine.configuration import Configuration, Step
from flux_conform.machine.exploration import path_from
from flux_conform.machine.slice import slice_of
from flux_conform.machine.step import Machine
from flux_conform.machine.steps import Done
from flux_conform.strategies.member_names import Members, members_of
from flux_conform.suite.making.clean_graph import BOUNDS, CleanGraph, Way, taken
from flux_conform.suite.making.further_letters import extend_everywhere, is_core
from flux_conform.suite.making.telling_events import Letter, letters_of

_OLDER = BOUNDS._replace(members=1, configurations=1000)
"""Older logs are rarely drawn and differ near their beginning, so few places are enough."""

_WAYS_HOME = 60
"""Maximum number of ways to the end tried from a configuration that no clean log reaches."""


class Case(NamedTuple):
    """An event in a state, and the transition that it takes; None where the log stays."""

    state: str
    event: str
    row: Transition | None

    @property
    def outcome(self) -> str:
        """Whether it moves or stays."""
        return STAYS if self.row is None else self.row.outcome

    @property
    def target(self) -> str:
        """The state that it leads to."""
        return self.state if self.row is None else self.row.target or self.state


class Planned(NamedTuple):
    """A step to take: what matches there, the rules that it breaks, and the place it leads to.

    `target` is None where that is no place of a clean log. `keeps` tells that what is broken is
    the context itself, so that no key of it is free to change.
    """

    letter: Letter
    row: Transition | None
    breaks: frozenset[str]
    target: int | None
    keeps: bool = False


class Option(NamedTuple):
    """A way to reach a goal from a place: a step, and a tail if one step alone leaves the map."""

    step: Planned
    tail: tuple[Planned, ...] = ()


class Goal:
    """Something to reach: the options for it by place, and the first way from any other place."""

    def __init__(self, reach: Reachability, options: Mapping[int, list[Option]]) -> None:
        self.options = options
        self._reach = reach
        self._plans: dict[int, tuple[Planned, ...] | None] = {}

    @cached_property
    def _next(self) -> dict[int, Way | None]:
        return self._reach.graph.towards(self.options)

    def plan(self, place: int) -> tuple[Planned, ...] | None:
        """The shortest steps from a place to the goal and through it; None where none lead there.

        The goal itself is the first of its options where the way meets it.
        """
        if place not in self._plans:
            self._plans[place] = self._plan(place)
        return self._plans[place]

    def _plan(self, place: int) -> tuple[Planned, ...] | None:
        if place not in self._next:
            return None
        ways = path_from(self._next, place)
        option = self.options[ways[-1].target if ways else place][0]
        return (*map(self._reach.planned, ways), option.step, *option.tail)


class Reachability:
    """The map of the clean logs of one generation.

    With `silent` they hold silent events too, of which a checker makes notes, as it does of the
    first event of each log of an older generation.
    """

    def __init__(
        self, specification: Specification, generation: str, *, silent: bool = False
    ) -> None:
        self.specification = specification
        self.generation = generation
        self._is_older = generation != specification.today.name
        self._silent = silent
        self.machine = Machine(specification)
        self.letters = letters_of(specification)
        slice_ = slice_of(specification, generation)
        self.members: Members = members_of(slice_)
        self.read = {item.event.name: frozenset(item.keys) for item in slice_.events}
        self.goals: dict[object, Goal] = {}
        self._homes: dict[tuple[int, str], tuple[Planned, ...] | None] = {}
        self._known_homeward: dict[str, tuple[dict[int, Way | None], ...]] = {}
        self._known_ways_home: dict[str, list[tuple[Planned, ...]]] = {}

    @cached_property
    def graph(self) -> CleanGraph:
        """The places and the ways between them."""
        graph = CleanGraph(
            self.machine,
            list(filter(is_core, self.letters)),
            generation=self.generation,
            notes=self._is_older,
            silent=self._silent,
            # Several members come with the names that are drawn.
            bounds=_OLDER if self._is_older else BOUNDS._replace(members=1),
        )
        extend_everywhere(graph, self.letters)
        return graph

    @cached_property
    def cases(self) -> dict[Case, dict[int, list[Way]]]:
        """Every case that a clean log meets, with the ways that take it by the place they leave."""
        found: dict[Case, dict[int, list[Way]]] = {}
        for number, ways in enumerate(self.graph.ways):
            for way in ways:
                case = Case(self.graph.places[number].state, way.letter.event, way.row)
                found.setdefault(case, {}).setdefault(number, []).append(way)
        return found

    def ways(self, place: int) -> list[Way]:
        """The ways that leave a place; none from places at which the map ends."""
        return self.graph.ways[place] if place < len(self.graph.ways) else []

    def planned(self, way: Way) -> Planned:
        """A way as a step to take."""
        breaks: frozenset[str] = frozenset()
        if self._is_older or self._silent:
            breaks = broken(self.graph.step(self.graph.places[way.source], way.logged))
        return Planned(way.letter, way.row, breaks, way.target)

    def goal(self, key: object, options: Callable[[], Mapping[int, list[Option]]]) -> Goal:
        """The goal of that key, made where it is new."""
        if key not in self.goals:
            self.goals[key] = Goal(self, options())
        return self.goals[key]

    def case_goal(self, case: Case, *, home: bool) -> Goal:
        """The goal to take a case; with `home`, only where the end can be reached after it."""

        def options() -> dict[int, list[Option]]:
            found = {}
            for place, ways in self.cases[case].items():
                kept = [w for w in ways if not home or self.home(w.target) is not None]
                if kept:
                    found[place] = [Option(self.planned(way)) for way in kept]
            return found

        return self.goal((case, home), options)

    # The end

    @cached_property
    def ends(self) -> frozenset[str]:
        """The states in which a log is over."""
        return self.specification.ends

    def home(self, place: int, without: str = "") -> tuple[Planned, ...] | None:
        """The shortest steps from a place to the end; None where none are known.

        They avoid the event `without` where possible.
        """
        key = place, without
        if key not in self._homes:
            steps = self._home(place, without)
            self._homes[key] = self.home(place) if steps is None and without else steps
        return self._homes[key]

    @cached_property
    def shortcuts(self) -> list[str]:
        """Events that a log can avoid on its way to the end; "" first, for none."""
        taken = [way for way in self._homeward("")[0].values() if way is not None]
        events = dict.fromkeys(way.letter.event for way in taken)
        return ["", *(event for event in events if 0 in self._homeward(event)[0])]

    def _home(self, place: int, without: str) -> tuple[Planned, ...] | None:
        for first in self._homeward(without):
            if place in first:
                return tuple(map(self.planned, path_from(first, place)))
        return None

    def _homeward(self, without: str) -> tuple[dict[int, Way | None], ...]:
        """The first way to a final state, by place; and to a removal, where there is no other."""
        if without not in self._known_homeward:
            removed = self.specification.removed
            ends = [{state.name for state in self.specification.finals}]
            ends += [] if removed is None else [{removed.name}]
            places = list(enumerate(self.graph.places))
            if not ends[0]:
                first: list[dict[int, Way | None]] = [dict.fromkeys(n for n, _ in places)]
            else:
                first = [
                    self.graph.towards(
                        [n for n, place in places if place.state in end], without=without
                    )
                    for end in ends
                ]
            self._known_homeward[without] = tuple(first)
        return self._known_homeward[without]

    def way_home(self, configuration: Configuration) -> tuple[Planned, ...] | None:
        """Steps to the end from a configuration that is no place; None where none is seen.

        They are steps that lead home from some place of the same state.
        """
        for steps in self.ways_home(configuration.state):
            after: Configuration | None = configuration
            for planned in steps:
                after = None if after is None else self._clean(after, planned)
            if after is not None:
                return steps
        return None

    def _clean(self, before: Configuration, planned: Planned) -> Configuration | None:
        logged = planned.letter.at(before)
        step = taken(self.machine, before, logged) if logged is not None else None
        fits = step is not None and step.transition == planned.row and not broken(step)
        return step.after if step is not None and fits else None

    def ways_home(self, state: str) -> list[tuple[Planned, ...]]:
        """Steps that lead to the end from some places of a state, the shortest first.

        Their targets are None: they are for configurations that are not on the map.
        """
        if state not in self._known_ways_home:
            found: dict[tuple[Letter, ...], tuple[Planned, ...]] = {}
            for number, place in enumerate(self.graph.places):
                steps = self.home(number) if place.state == state else None
                if steps is not None:
                    steps = tuple(step._replace(target=None) for step in steps)
                    found.setdefault(tuple(step.letter for step in steps), steps)
            self._known_ways_home[state] = sorted(found.values(), key=len)[:_WAYS_HOME]
        return self._known_ways_home[state]


def broken(step: Step | Done) -> frozenset[str]:
    """The ids of all rules that a step breaks, notes included."""
    return frozenset(breach.rule.id for breach in step.breaches)


@lru_cache(maxsize=32)
def reachability_of(
    specification: Specification, generation: str, *, silent: bool = False
) -> Reachability:
    """The reachability map of a specification, made at its first use.

    Claims are left out: what they ask would only add letters, and make the map larger.
    """
    return Reachability(specification.without_claims, generation, silent=silent)

"""Explicit search: every configuration of a small instance, in the order of the shortest logs.

The instance has few descriptions, small bags and a small alphabet of contexts. It uses the
machine's own evaluator, not Z3. Within the instance the answers are exact: whatever is found has a
log, and no log of these events is shorter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from flux_conform.language.expressions import Node
from flux_conform.language.specification import (
    SILENT,
    UNDEFINED,
    MachineFinding,
    Rule,
    State,
    Transition,
)
from flux_conform.machine.alphabet import Action
from flux_conform.machine.evaluate import Moment, compile_expression
from flux_conform.machine.exploration import Exploration, forward, path_to
from flux_conform.machine.fold import reads
from flux_conform.machine.interning import STATE, Changes, Numbers, applied
from flux_conform.machine.ready_actions import ReadyAction
from flux_conform.machine.slice import has_sound_contexts
from flux_conform.machine.steps import Done
from flux_conform.machine.tried_steps import TriedSteps

MOST_ALIKE = 4
"""Of configurations that differ in nothing that decides a step, so many are explored."""


class Edge(NamedTuple):
    """A step that was taken: from and to (numbers of configurations), by which action.

    `row` is the transition that matched, None where none did. `quiet` steps break no rule at all,
    not even a note, and are not silent.
    """

    source: int
    target: int
    action: int
    row: Transition | None
    silent: bool
    quiet: bool


class Move(NamedTuple):
    """What a step does wherever the parts that it reads are the same; see Edge and Done."""

    action: int
    row: Transition | None
    silent: bool
    quiet: bool
    changes: Changes


class Trial(NamedTuple):
    """What an action would do: the row that matches first, all that match, the rules it breaks.

    `breaks` are the ids of all that a checker finds, of whatever level, but for `silent`.
    """

    action: Action
    row: Transition | None
    outcome: str
    breaks: tuple[str, ...]
    matching: tuple[Transition, ...]


class Paths(NamedTuple):
    """The shortest logs to configurations: the order of their lengths, marks, and last edges."""

    order: list[int]
    reached: bytearray
    last: dict[int, Edge | None]

    def to(self, number: int) -> list[Edge]:
        """The edges of a shortest log to a configuration that is reached."""
        return path_to(self.last, number)


class Search:
    """The explicit instance of a slice, explored. Configurations are numbered in the order met.

    `bounded` tells that some steps led beyond the bounds; `clipped` are the configurations of which
    steps were left out because the limit of configurations was reached.
    """

    def __init__(
        self, tried: TriedSteps, levels: tuple[str, ...], *, without: frozenset[str] = frozenset()
    ) -> None:
        """Prepare. Runs obey the rules of the levels, but for those named in `without`."""
        self.tried = tried
        self.slice = tried.slice
        self.specification = tried.slice.specification
        self.levels = levels
        self.bounds = tried.bounds
        self.constants = tried.constants
        self.space = tried.space
        self._states = self.space.tables[0].values
        self._without = without
        self._each, moves = tried.sound, tried.moves
        if not has_sound_contexts(self.specification, levels):
            self._each, moves = [*self._each, *tried.faulty], [*moves, *tried.faulty_moves]
        steps = _first_of_each(moves, lambda step: step.signature)
        self.steps = [step for step in steps if not step.never_obeys(self.assumes)]
        self._known: dict[tuple[int, ...], tuple[ReadyAction, dict[object, list[Move]]]] = {
            step.places: (step, {}) for step in self.steps
        }
        self._exploration: Exploration[Numbers, int] = Exploration(self.space.initial)
        self.configurations = self._exploration.nodes
        self.edges: list[list[Edge]] = [[]]
        self._loops: defaultdict[int, list[Edge]] = defaultdict(list)
        self.bounded = False
        self._marks: dict[Node, bytearray] = {}
        deciding = [part for part in self.space.fields if part not in tried.slice.also]
        self._deciding: Callable[[Numbers], Any] = itemgetter(*self.space.places(deciding))
        self._alike: Counter[Any] = Counter()
        self.clipped: set[int] = set()

    # Exploring

    def explore(self, limit: int | None = None) -> None:
        """Explore until everything within the bounds, or `limit` configurations, are explored."""
        removed = self.specification.removed
        gone = None if removed is None else removed.name
        most = self.bounds.configurations if limit is None else limit
        for number in self._exploration.pending(most):
            if self.state_of(number) != gone:
                self._leave(number)

    def _leave(self, position: int) -> None:
        """Take every step that leaves a configuration."""
        configuration = self.configurations[position]
        try:
            moves = self._moves(configuration)
        except KeyError:
            self._learn(configuration)
            moves = self._moves(configuration)
        exploration, out = self._exploration, self.edges[position]
        for action, row, silent, quiet, changes in moves:
            if not changes:
                if row is not None:
                    loop = Edge(position, position, action, row, silent, quiet)
                    self._loops[position].append(loop)
                continue
            after = applied(configuration, changes)
            number = exploration.numbers.get(after)
            if number is None:
                if len(self.configurations) >= self.bounds.configurations or self._is_spared(after):
                    self.bounded = True
                    self.clipped.add(position)
                    continue
                number = exploration.add(after, position, action)
                self.edges.append([])
            out.append(Edge(position, number, action, row, silent, quiet))

    def _is_spared(self, configuration: Numbers) -> bool:
        """Whether enough are met that differ from it in nothing that decides a step."""
        if not self.slice.also:
            return False
        self._alike[self._deciding(configuration)] += 1
        return self._alike[self._deciding(configuration)] > MOST_ALIKE

    def _moves(self, configuration: Numbers) -> list[Move]:
        """The moves from a configuration, in the order of the steps; KeyError if not known yet.

        Steps that read the same parts share what is known, so that few parts are looked up.
        """
        found = [
            move for one, known in self._known.values() for move in known[one.part(configuration)]
        ]
        found.sort()  # by the steps, which are all different
        return found

    def _learn(self, configuration: Numbers) -> None:
        """Take the steps not known yet, in their order, since values are numbered as met."""
        new: dict[tuple[int, ...], list[Move]] = {
            places: []
            for places, (one, known) in self._known.items()
            if one.part(configuration) not in known
        }
        for number, step in enumerate(self.steps):
            done = self._take(step, configuration) if step.places in new else None
            if done is not None:
                kind = done.row, done.outcome == SILENT, done.is_quiet
                new[step.places].append(Move(number, *kind, done.changes))
        for places, moves in new.items():
            one, known = self._known[places]
            known[one.part(configuration)] = moves

    def _take(self, step: ReadyAction, configuration: Numbers) -> Done | None:
        """What a step does that obeys the rules assumed; None where it cannot be taken so."""
        done = self.attempt(step, configuration)
        if done is None or not done.has_effect:
            return None
        return None if any(map(self.assumes, done.breaks)) else done

    def assumes(self, rule: Rule) -> bool:
        """Whether the runs obey the rule."""
        return rule.level in self.levels and rule.id not in self._without

    def attempt(self, step: ReadyAction, configuration: Numbers) -> Done | None:
        """What a step does, obeying rules or not; None where the instance has no such step."""
        done = self._step_at(step, configuration)
        if done is None:
            return None
        self.bounded |= done.is_cut
        return None if done.is_cut else done

    def _step_at(self, step: ReadyAction, configuration: Numbers) -> Done | None:
        """What a step does, beyond the bounds too; None where it is of another generation."""
        done = step.at(configuration)
        return done if done and done.generation in (None, self.slice.generation) else None

    def meet(self, configuration: Numbers, source: int, action: int) -> int:
        """The number of a configuration to which an action leads, of the search from now on."""
        number = self._exploration.add(configuration, source, action)
        self.edges += [[]] * (len(self.configurations) - len(self.edges))
        return number

    def moment(self, configuration: Sequence[int], event: str | None = None) -> Moment:
        """A configuration as what expressions ask."""
        return self.space.moment(configuration, event)

    # Steps

    @cached_property
    def every_step(self) -> list[ReadyAction]:
        """A step for each action, those that break rules among them; each event is told apart."""
        return _first_of_each(self._each, lambda step: step.whole_signature)

    # Asking

    def paths(self, admits: Callable[[Edge], bool], start: int = 0) -> Paths:
        """The shortest runs from a configuration over the edges that are admitted."""
        last = forward([start], self.edges.__getitem__, admits)
        reached = bytearray(len(self.configurations))
        for number in last:
            reached[number] = 1
        return Paths(list(last), reached, last)

    def loops_at(self, number: int) -> list[Edge]:
        """The steps at a configuration that follow a row and change nothing."""
        return self._loops.get(number, [])

    def breaks(self, edge: Edge) -> tuple[str, ...]:
        """The rules, of whatever level, that a step breaks."""
        done = self.steps[edge.action].at(self.configurations[edge.source])
        return () if done is None else tuple(rule.id for rule in done.breaks)

    def state_of(self, number: int) -> str:
        """The state of a configuration."""
        return self.state_in(self.configurations[number])

    def state_in(self, configuration: Sequence[int]) -> str:
        """The state in a configuration, which need not be one of those met."""
        state: str = self._states[configuration[0]]
        return state

    def places(self, names: Iterable[str]) -> tuple[int, ...]:
        """The places of the parts that are asked for; that of the state where none is."""
        return self.space.places(names) or self.space.places([STATE])

    def column(self, field: str) -> tuple[list[int], list[Any]]:
        """A part of all configurations: the numbers of its values, and the values by number."""
        place = self.space.place[field]
        values = self.space.tables[place].values
        return [configuration[place] for configuration in self.configurations], values

    def satisfying(self, tree: Node) -> bytearray:
        """Marks of the configurations in which a condition holds that reads nothing of an event.

        The marks are shared: whoever changes them takes a copy.
        """
        known = self._marks.get(tree)
        if known is not None and len(known) == len(self.configurations):
            return known
        holds = compile_expression(tree, {})
        part = itemgetter(*self.places(reads(tree)))
        parts = list(map(part, self.configurations))
        # One configuration stands for all that agree in what the condition reads.
        table = {
            key: bool(holds(self.moment(configuration)))
            for key, configuration in dict(zip(parts, self.configurations, strict=True)).items()
        }
        marks = self._marks[tree] = bytearray(map(table.__getitem__, parts))
        return marks

    def in_state(self, *states: State | None) -> bytearray:
        """Marks of the configurations in one of some states."""
        names = {state.name for state in states if state is not None}
        numbers = {number for number, name in enumerate(self._states) if name in names}
        return bytearray(configuration[0] in numbers for configuration in self.configurations)

    def contexts(self, event: str, number: int) -> Iterator[Trial]:
        """What every action of an event would do at a configuration, obeying rules or not.

        Its contexts are of the right types, whatever runs may have.
        """
        for step in self._each:
            if step.event.name == event and not step.action.is_faulty:
                trial = self.trial(step, self.configurations[number])
                if trial is not None:
                    yield trial

    def trial(self, step: ReadyAction, configuration: Numbers) -> Trial | None:
        """What an action would do at a configuration; None where the instance has no such step."""
        done = self._step_at(step, configuration)
        if done is None:
            return None
        found = tuple(
            breach.rule.id.replace("{event}", step.name)
            for breach in done.breaches
            if not (isinstance(breach.rule, MachineFinding) and breach.rule.kind == SILENT)
        )
        outcome = done.outcome if done.has_effect else UNDEFINED
        return Trial(step.action, done.row, outcome, found, step.matching(configuration))


def _first_of_each(
    steps: Iterable[ReadyAction], kind: Callable[[ReadyAction], object]
) -> list[ReadyAction]:
    """The first step of each kind, in their order."""
    found: dict[object, ReadyAction] = {}
    for step in steps:
        found.setdefault(kind(step), step)
    return list(found.values())

"""Explicit search: every configuration of a small instance, in the order of the shortest logs.

The instance has few descriptions, small bags and a small alphabet of contexts, and runs through
the machine's own evaluator; Z3 has no part in it. Within the instance the answers are exact: what
is found here is found by a log, and the log is as short as any of these events can make it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple

from flux_conform.language.expressions import Node
from flux_conform.language.specification import MOVES, UNDEFINED, Rule, State, Transition
from flux_conform.language.values import Bag, start_value
from flux_conform.machine.actions import FIRST, IMPOSSIBLE, STATE, Part, Result, Step
from flux_conform.machine.alphabet import Action, Bounds, actions
from flux_conform.machine.deadline import hurry
from flux_conform.machine.evaluate import Moment, compile_expression
from flux_conform.machine.fold import reads
from flux_conform.machine.interning import Table
from flux_conform.machine.slice import Slice
from flux_conform.machine.telling import Pools

MOST_CONFIGURATIONS = 60_000
"""Beyond this the search ends; what it has not found may still be there."""


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
    """What a step does wherever the parts that it reads are the same; see Edge and Result."""

    action: int
    row: Transition | None
    silent: bool
    quiet: bool
    changes: tuple[tuple[int, int], ...]


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
    last: list[Edge | None]

    def to(self, number: int) -> list[Edge]:
        """The edges of a shortest log to a configuration that is reached."""
        edges: list[Edge] = []
        edge = self.last[number]
        while edge is not None:
            edges.append(edge)
            edge = self.last[edge.source]
        return edges[::-1]


class Search:
    """The explicit instance of a slice, explored. Configurations are numbered in the order met.

    `bounded` tells that the instance is not all there is; `clipped` are the configurations of which
    steps were left out because there were too many already.
    """

    def __init__(
        self,
        slice_: Slice,
        levels: tuple[str, ...],
        *,
        bounds: Bounds,
        pools: Pools,
        without: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare. Runs obey the rules of the levels, but for those named in `without`."""
        self.slice = slice_
        self.specification = slice_.specification
        self.levels = levels
        self.bounds = bounds
        self.pools = pools
        self.fields = (
            STATE,
            FIRST,
            *(f"seen({name})" for name in slice_.seen),
            *(f"visited({name})" for name in slice_.visited),
            *(variable.name for variable in slice_.variables),
        )
        self._place = {name: place for place, name in enumerate(self.fields)}
        self._tables = [Table() for _ in self.fields]
        self._without = without
        self._largest = max([16, *(abs(n) + 2 for n in pools.integers)])
        self.steps = list(self._steps())
        self._known: dict[tuple[int, ...], tuple[Part, dict[object, list[Move]]]] = {
            step.places: (step.part, {}) for step in self.steps
        }
        self.configurations: list[tuple[int, ...]] = [self.initial()]
        self.edges: list[list[Edge]] = [[]]
        self.loops: dict[int, list[Edge]] = {}
        self.bounded = False
        self._marks: dict[Node, bytearray] = {}
        self.clipped: set[int] = set()
        self._numbers = {self.configurations[0]: 0}
        self._explored = 0
        self._every: dict[str, list[Step]] = {}

    # Exploring

    def initial(self) -> tuple[int, ...]:
        """The configuration before the first event."""
        values: list[Any] = [self.specification.initial.name, True]
        values += [False] * (len(self.slice.seen) + len(self.slice.visited))
        values += [start_value(variable.type) for variable in self.slice.variables]
        return tuple(table.number(value) for table, value in zip(self._tables, values, strict=True))

    def explore(self, limit: int = MOST_CONFIGURATIONS) -> None:
        """Go on until all is explored, or so many configurations are."""
        removed = self.specification.removed
        gone = self._tables[0].number(removed.name) if removed is not None else -1
        while self._explored < min(limit, len(self.configurations)):
            if self._explored % 256 == 0:
                hurry()
            if self.configurations[self._explored][0] != gone:
                self._leave(self._explored)
            self._explored += 1

    def _leave(self, position: int) -> None:
        """Take every step that leaves a configuration."""
        configuration = self.configurations[position]
        try:
            moves = self._moves(configuration)
        except KeyError:
            self._learn(configuration)
            moves = self._moves(configuration)
        out = self.edges[position]
        for action, row, silent, quiet, changes in moves:
            if not changes:
                if row is not None:
                    loop = Edge(position, position, action, row, silent, quiet)
                    self.loops.setdefault(position, []).append(loop)
                continue
            changed = list(configuration)
            for index, value in changes:
                changed[index] = value
            after = tuple(changed)
            number = self._numbers.get(after)
            if number is None:
                if len(self.configurations) >= MOST_CONFIGURATIONS:
                    self.bounded = True
                    self.clipped.add(position)
                    continue
                number = self._numbers[after] = len(self.configurations)
                self.configurations.append(after)
                self.edges.append([])
            out.append(Edge(position, number, action, row, silent, quiet))

    def _moves(self, configuration: tuple[int, ...]) -> list[Move]:
        """What leaves a configuration, in the order of the steps; KeyError where it is not known.

        Steps that read the same parts share what is known, so that few parts are looked up.
        """
        found = [
            move for part, known in self._known.values() for move in known[part(configuration)]
        ]
        found.sort()  # by the steps, which are all different
        return found

    def _learn(self, configuration: tuple[int, ...]) -> None:
        """Work out what is not known, step by step in their order: values are numbered as met."""
        new: dict[tuple[int, ...], list[Move]] = {
            places: []
            for places, (part, known) in self._known.items()
            if part(configuration) not in known
        }
        for number, step in enumerate(self.steps):
            result = self._take(step, configuration) if step.places in new else None
            if result is not None:
                kind = result.row, result.silent, result.quiet
                new[step.places].append(Move(number, *kind, result.changes))
        for places, moves in new.items():
            part, known = self._known[places]
            known[part(configuration)] = moves

    def _take(self, step: Step, configuration: Sequence[int]) -> Result | None:
        """What a step does that obeys the rules assumed; None where it cannot be taken so."""
        result = self.attempt(step, configuration)
        if result is None or result.outcome == UNDEFINED:
            return None
        return None if any(map(self.assumes, result.breaks)) else result

    def assumes(self, rule: Rule) -> bool:
        """Whether the runs obey the rule."""
        return rule.level in self.levels and rule.id not in self._without

    def attempt(self, step: Step, configuration: Sequence[int]) -> Result | None:
        """What a step does, obeying rules or not; None where the instance has no such step."""
        moment = self.moment(configuration, step.action.name)
        context = step.context(moment)
        if context is IMPOSSIBLE:
            return None
        moment.context = context
        if moment.first and step.generation(moment) != self.slice.generation:
            return None
        row, outcome = step.outcome(moment)
        if outcome == UNDEFINED:
            return Result((), row, outcome, ())
        breaks = step.broken(moment)
        changes: dict[int, int] = {1: self._tables[1].number(False)}
        if outcome == MOVES and row is not None:
            changes[0] = self._tables[0].number(row.target)
            if row.target in self.slice.visited:
                place = self._place[f"visited({row.target})"]
                changes[place] = self._tables[place].number(True)
        if step.action.item.asked:
            place = self._place[f"seen({step.action.event})"]
            changes[place] = self._tables[place].number(True)
        for variable, effect in step.effects:
            place = self._place[variable]
            value = effect(moment)
            if self._too_large(value, moment.values[variable]):
                self.bounded = True
                return None
            changes[place] = self._tables[place].number(value)
        kept = tuple(pair for pair in changes.items() if configuration[pair[0]] != pair[1])
        return Result(kept, row, outcome, breaks)

    def _too_large(self, value: Any, before: Any) -> bool:
        if isinstance(value, Bag):
            return len(value) > self.bounds.members and len(value) > len(before)
        if isinstance(value, int) and not isinstance(value, bool):
            grows = not isinstance(before, int) or abs(value) > abs(before)
            return grows and abs(value) > self._largest
        return False

    def moment(self, configuration: Sequence[int], event: str | None = None) -> Moment:
        """A configuration as what expressions ask."""
        values = [table.values[n] for table, n in zip(self._tables, configuration, strict=True)]
        came, been = 2 + len(self.slice.seen), len(self.slice.visited)
        names = (variable.name for variable in self.slice.variables)
        return Moment(
            values=dict(zip(names, values[came + been :], strict=True)),
            state=values[0],
            seen=frozenset(compress(self.slice.seen, values[2:came])),
            event=event,
            first=values[1],
            entered_times=dict.fromkeys(compress(self.slice.visited, values[came:])),
        )

    # Steps

    def _steps(self) -> Iterator[Step]:
        yield from (step for step in self._distinct(False) if not step.hopeless(self.assumes))

    @cached_property
    def every_step(self) -> list[Step]:
        """A step for each action, those that break rules among them; each event is told apart."""
        return list(self._distinct(True))

    def _distinct(self, apart: bool) -> Iterator[Step]:
        known: set[object] = set()
        for action in actions(self.slice, self.pools, self.bounds):
            step = Step(action, self.slice, self.fields)
            signature = step.signature(apart)
            if signature not in known:
                known.add(signature)
                yield step

    # Asking

    def paths(self, admits: Callable[[Edge], bool]) -> Paths:
        """The shortest logs over the edges that are admitted."""
        last: list[Edge | None] = [None] * len(self.configurations)
        reached = bytearray(len(self.configurations))
        reached[0] = 1
        order = [0]
        for position in order:
            for edge in self.edges[position]:
                if not reached[edge.target] and admits(edge):
                    reached[edge.target] = 1
                    last[edge.target] = edge
                    order.append(edge.target)
        return Paths(order, reached, last)

    def loops_at(self, number: int) -> list[Edge]:
        """The steps at a configuration that follow a row and change nothing."""
        return self.loops.get(number, [])

    def onward(self, start: int, admits: Callable[[Edge], bool]) -> bytearray:
        """Marks of the configurations that a run over admitted edges can come to from one."""
        reached = bytearray(len(self.configurations))
        reached[start] = 1
        order = [start]
        for position in order:
            for edge in self.edges[position]:
                if not reached[edge.target] and admits(edge):
                    reached[edge.target] = 1
                    order.append(edge.target)
        return reached

    def breaks(self, edge: Edge) -> tuple[str, ...]:
        """The rules, of whatever level, that a step breaks."""
        step = self.steps[edge.action]
        moment = self.moment(self.configurations[edge.source], step.action.name)
        moment.context = step.context(moment)
        return tuple(rule.id for rule in step.broken(moment))

    def state_of(self, number: int) -> str:
        """The state of a configuration."""
        return self.state_in(self.configurations[number])

    def state_in(self, configuration: Sequence[int]) -> str:
        """The state in a configuration, which need not be one of those met."""
        state: str = self._tables[0].values[configuration[0]]
        return state

    def places(self, names: Iterable[str]) -> list[int]:
        """The places of the parts that are asked for; that of the state where none is."""
        found = [self._place[name] for name in dict.fromkeys(names) if name in self._place]
        return found or [self._place[STATE]]

    def column(self, field: str) -> tuple[list[int], list[Any]]:
        """A part of all configurations: the numbers of its values, and the values by number."""
        place = self._place[field]
        return [configuration[place] for configuration in self.configurations], self._tables[
            place
        ].values

    def satisfying(self, tree: Node) -> bytearray:
        """For each configuration whether a condition that asks no event holds in it.

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
        numbers = {n for n, name in enumerate(self._tables[0].values) if name in names}
        return bytearray(configuration[0] in numbers for configuration in self.configurations)

    def contexts(self, event: str, number: int) -> Iterator[Trial]:
        """What every action of an event would do at a configuration, obeying rules or not."""
        for step in self._all_of(event):
            trial = self.trial(step, self.configurations[number])
            if trial is not None:
                yield trial

    def trial(self, step: Step, configuration: Sequence[int]) -> Trial | None:
        """What an action would do at a configuration; None where the instance has no such step."""
        moment = self.moment(configuration, step.action.name)
        context = step.context(moment)
        if context is IMPOSSIBLE:
            return None
        moment.context = context
        if moment.first and step.generation(moment) != self.slice.generation:
            return None
        row, outcome = step.outcome(moment)
        found = step.findings(moment, row, outcome)
        return Trial(step.action, row, outcome, found, tuple(step.matching(moment)))

    def _all_of(self, event: str) -> list[Step]:
        if event not in self._every:
            self._every[event] = [
                Step(action, self.slice, self.fields)
                for action in actions(self.slice, self.pools, self.bounds)
                if action.event == event
            ]
        return self._every[event]

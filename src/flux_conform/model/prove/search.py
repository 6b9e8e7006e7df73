"""Explicit search: every configuration of a small instance, in the order of the shortest logs.

The instance has few descriptions, small bags and a small alphabet of contexts, and runs through
the machine's own evaluator; Z3 has no part in it. Within the instance the answers are exact: what
is found here is found by a log, and the log is as short as any of these events can make it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from flux_conform.model import types as t
from flux_conform.model.bags import Bag
from flux_conform.model.evaluate import Evaluator, Moment, compile_expression, start_value
from flux_conform.model.expressions import Constant, Name, Node
from flux_conform.model.prove.alphabet import Action, Bounds, actions
from flux_conform.model.prove.fold import fold, reads
from flux_conform.model.prove.slice import EventSlice, Slice
from flux_conform.model.prove.values import Pools
from flux_conform.model.specification import MOVES, SILENT, UNDEFINED, Transition

MOST_CONFIGURATIONS = 60_000
"""Beyond this the search ends; what it has not found may still be there."""

STATE, FIRST = "state", "first"


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


class Trial(NamedTuple):
    """What an action would do: the row that matches first, all that match, the rules it breaks."""

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


class _Result(NamedTuple):
    """What an action does wherever the configuration's parts that it reads are the same."""

    changes: tuple[tuple[int, int], ...]
    row: Transition | None
    silent: bool
    quiet: bool


class Search:
    """The explicit instance of a slice, explored. Configurations are numbered in the order met."""

    def __init__(
        self,
        slice_: Slice,
        levels: tuple[str, ...],
        *,
        bounds: Bounds,
        pools: Pools,
        apart: frozenset[str] = frozenset(),
    ) -> None:
        """Explore. Events named in `apart` are told from others that do the same."""
        self.slice = slice_
        self.specification = slice_.specification
        self.levels = levels
        self.bounds = bounds
        self.pools = pools
        self.fields = (
            STATE,
            FIRST,
            *(f"seen({name})" for name in slice_.seen),
            *(variable.name for variable in slice_.variables),
        )
        self._place = {name: place for place, name in enumerate(self.fields)}
        self._tables = [_Table() for _ in self.fields]
        self._largest = max([16, *(abs(n) + 2 for n in pools.integers)])
        self.steps = list(self._steps(apart))
        self._apart = apart
        self.configurations: list[tuple[int, ...]] = [self.initial()]
        self.edges: list[list[Edge]] = [[]]
        self.loops: dict[int, list[Edge]] = {}
        self.bounded = False
        self._numbers = {self.configurations[0]: 0}
        self._explored = 0
        self._every: dict[str, list[_Step]] = {}

    # Exploring

    def initial(self) -> tuple[int, ...]:
        """The configuration before the first event."""
        values: list[Any] = [self.specification.initial.name, True]
        values += [False] * len(self.slice.seen)
        values += [start_value(variable.type) for variable in self.slice.variables]
        return tuple(table.number(value) for table, value in zip(self._tables, values, strict=True))

    def explore(self, limit: int = MOST_CONFIGURATIONS) -> None:
        """Go on until all is explored, or so many configurations are."""
        removed = self.specification.removed
        gone = self._tables[0].number(removed.name) if removed is not None else -1
        while self._explored < min(limit, len(self.configurations)):
            if self.configurations[self._explored][0] != gone:
                self._leave(self._explored)
            self._explored += 1

    def _leave(self, position: int) -> None:
        """Take every step that leaves a configuration."""
        configuration = self.configurations[position]
        out = self.edges[position]
        for place, step in enumerate(self.steps):
            part = step.part(configuration)
            try:
                result = step.memo[part]
            except KeyError:
                result = step.memo[part] = self._take(step, configuration)
            if result is None:
                continue
            kind = result.row, result.silent, result.quiet
            if not result.changes:
                if result.row is not None or step.action.event in self._apart:
                    loop = Edge(position, position, place, *kind)
                    self.loops.setdefault(position, []).append(loop)
                continue
            changed = list(configuration)
            for index, value in result.changes:
                changed[index] = value
            after = tuple(changed)
            number = self._numbers.get(after)
            if number is None:
                if len(self.configurations) >= MOST_CONFIGURATIONS:
                    self.bounded = True
                    continue
                number = self._numbers[after] = len(self.configurations)
                self.configurations.append(after)
                self.edges.append([])
            out.append(Edge(position, number, place, *kind))

    def _take(self, step: _Step, configuration: Sequence[int]) -> _Result | None:
        moment = self.moment(configuration, step.action.name)
        context = step.context(moment)
        if context is _IMPOSSIBLE:
            return None
        moment.context = context
        if moment.first and step.generation(moment) != self.slice.generation:
            return None
        row, outcome = step.outcome(moment)
        if outcome == UNDEFINED:
            return None
        if not all(rule(moment) for rule in step.rules):
            return None
        quiet = outcome != SILENT and all(rule(moment) for rule in step.notes)
        changes: dict[int, int] = {1: self._tables[1].number(False)}
        if outcome == MOVES and row is not None:
            changes[0] = self._tables[0].number(row.target)
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
        return _Result(kept, row, outcome == SILENT, quiet)

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
        asked = len(self.slice.seen)
        seen = frozenset(
            name for name, came in zip(self.slice.seen, values[2 : 2 + asked], strict=True) if came
        )
        names = (variable.name for variable in self.slice.variables)
        return Moment(
            values=dict(zip(names, values[2 + asked :], strict=True)),
            state=values[0],
            seen=seen,
            event=event,
            first=values[1],
        )

    # Steps

    def _steps(self, apart: frozenset[str]) -> Iterator[_Step]:
        known: set[object] = set()
        for action in actions(self.slice, self.pools, self.bounds):
            step = _Step(action, self)
            if step.hopeless:
                continue
            signature = step.signature(action.event in apart)
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
        """The steps at a configuration that change nothing, of rows and of events kept apart."""
        return self.loops.get(number, [])

    def onward(self, start: int) -> bytearray:
        """Marks of the configurations that a run can come to from one."""
        reached = bytearray(len(self.configurations))
        reached[start] = 1
        order = [start]
        for position in order:
            for edge in self.edges[position]:
                if not reached[edge.target]:
                    reached[edge.target] = 1
                    order.append(edge.target)
        return reached

    def breaks(self, edge: Edge) -> tuple[str, ...]:
        """The rules, of whatever level, that a step breaks."""
        step = self.steps[edge.action]
        moment = self.moment(self.configurations[edge.source], step.action.name)
        moment.context = step.context(moment)
        return tuple(rule for rule, holds in step.every_rule if not holds(moment))

    def state_of(self, number: int) -> str:
        """The state of a configuration."""
        state: str = self._tables[0].values[self.configurations[number][0]]
        return state

    def column(self, field: str) -> tuple[list[int], list[Any]]:
        """A part of all configurations: the numbers of its values, and the values by number."""
        place = self._place[field]
        return [configuration[place] for configuration in self.configurations], self._tables[
            place
        ].values

    def satisfying(self, tree: Node) -> bytearray:
        """For each configuration whether a condition that asks no event holds in it."""
        holds = compile_expression(tree, {})
        places = [self._place[name] for name in dict.fromkeys(reads(tree)) if name in self._place]
        part = itemgetter(*places) if places else _nothing
        parts = list(map(part, self.configurations))
        # One configuration stands for all that agree in what the condition reads.
        table = {
            key: bool(holds(self.moment(configuration)))
            for key, configuration in dict(zip(parts, self.configurations, strict=True)).items()
        }
        return bytearray(map(table.__getitem__, parts))

    def contexts(self, event: str, number: int) -> Iterator[Trial]:
        """What every action of an event would do at a configuration, obeying rules or not."""
        for step in self._all_of(event):
            moment = self.moment(self.configurations[number], step.action.name)
            context = step.context(moment)
            if context is _IMPOSSIBLE:
                continue
            moment.context = context
            if moment.first and step.generation(moment) != self.slice.generation:
                continue
            row, outcome = step.outcome(moment)
            rules = [rule for rule, holds in step.every_rule if not holds(moment)]
            yield Trial(step.action, row, outcome, tuple(rules), tuple(step.matching(moment)))

    def _all_of(self, event: str) -> list[_Step]:
        if event not in self._every:
            self._every[event] = [
                _Step(action, self)
                for action in actions(self.slice, self.pools, self.bounds)
                if action.event == event
            ]
        return self._every[event]


def _nothing(configuration: Sequence[int]) -> None:
    return None


class _Table:
    """The values that one part of configurations has had, numbered."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[object, int] = {}

    def number(self, value: Any) -> int:
        key = _key(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.values)
            self.values.append(value)
        return number


def _key(value: Any) -> object:
    """What two values share if and only if they are the same value of the same type."""
    if isinstance(value, Bag):
        return ("bag", frozenset(value.items()))
    if isinstance(value, dict):
        return ("dict", frozenset((name, _key(item)) for name, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(_key(item) for item in value))
    return (type(value), value)


_IMPOSSIBLE: Mapping[str, Any] = {"impossible": True}


class _Step:
    """An action, compiled: its expressions with the context put in."""

    def __init__(self, action: Action, search: Search) -> None:
        self.action = action
        self.memo: dict[Any, _Result | None] = {}
        self._fixed = {key: c.value for key, c in action.choices if c.present and c.term is None}
        self._terms = [
            (key, _type(action.item, key), compile_expression(choice.term, {}))
            for key, choice in action.choices
            if choice.term is not None
        ]
        open_keys = {key for key, _, _ in self._terms}
        known = frozenset(key for key, _ in action.choices) - open_keys
        item = action.item

        def put(tree: Node) -> Node:
            return fold(tree, action.name, self._fixed, known)

        rules = [(rule.level, put(tree)) for rule, tree in item.rules]
        self._named = [(rule.id, put(tree)) for rule, tree in item.rules]
        self._rules = [tree for level, tree in rules if level in search.levels]
        self._notes = [tree for level, tree in rules if level not in search.levels]
        self._rows = [
            (state, [(row, None if guard is None else put(guard)) for row, guard in rows])
            for state, rows in item.rows
        ]
        self._effects = [(variable, put(tree)) for variable, tree in item.effects]
        self._effects = [(v, tree) for v, tree in self._effects if tree != Name(v)]
        self._selects = [(g, None if w is None else put(w)) for g, w in item.selects]
        self._today = search.specification.today.name
        self._final = search.specification.final
        self.rules = [_compiled(tree) for tree in self._rules if tree != Constant(True)]
        self.notes = [_compiled(tree) for tree in self._notes if tree != Constant(True)]
        self.effects = [(variable, _compiled(tree)) for variable, tree in self._effects]
        self._guards = {
            state: [(None if guard is None else _compiled(guard), row) for row, guard in rows]
            for state, rows in self._rows
        }
        self._generations = [
            (g.name, None if when is None else _compiled(when)) for g, when in self._selects
        ]
        names = {STATE, FIRST, f"seen({item.event.name})"}
        for tree in self._trees(action):
            names.update(reads(tree))
        names.update(variable for variable, _ in self._effects)
        places = [place for place, name in enumerate(search.fields) if name in names]
        self.part: Callable[[tuple[int, ...]], Any] = itemgetter(*places)

    def _trees(self, action: Action) -> Iterator[Node]:
        yield from self._rules
        yield from self._notes
        yield from (guard for _, rows in self._rows for _, guard in rows if guard is not None)
        yield from (tree for _, tree in self._effects)
        yield from (when for _, when in self._selects if when is not None)
        yield from (choice.term for _, choice in action.choices if choice.term is not None)

    @property
    def hopeless(self) -> bool:
        """Whether a rule forbids the action whatever the configuration."""
        return Constant(False) in self._rules

    @property
    def every_rule(self) -> list[tuple[str, Evaluator]]:
        """All rules of the event, whatever their level, by their ids."""
        return [(name, _compiled(tree)) for name, tree in self._named]

    def matching(self, moment: Moment) -> Iterator[Transition]:
        """The rows whose guards hold."""
        for guard, row in self._guards.get(moment.state, ()):
            if guard is None or guard(moment):
                yield row

    def signature(self, apart: bool) -> object:
        """What two actions share that do the same in every configuration."""
        item = self.action.item
        return (
            tuple(repr(tree) for tree in self._rules if tree != Constant(True)),
            tuple(repr(tree) for tree in self._notes if tree != Constant(True)),
            repr([(s, [(row.row, guard) for row, guard in rows]) for s, rows in self._rows]),
            repr(self._effects),
            repr([(g.name, when) for g, when in self._selects]),
            item.event.elsewhere,
            item.event.name if item.asked or item.rows or apart else "",
            repr([(key, c.term) for key, c in self.action.choices if c.term is not None]),
            repr(self.action.choices) if apart else "",
        )

    def context(self, moment: Moment) -> Mapping[str, Any] | None:
        """The keys that expressions read, at a moment; _IMPOSSIBLE where a term has no value."""
        if not self._terms:
            return self._fixed
        context = dict(self._fixed)
        for key, of, term in self._terms:
            value = term(moment)
            if not t.accepts(of, value):
                return _IMPOSSIBLE
            context[key] = value
        return context

    def generation(self, moment: Moment) -> str:
        """The generation that the action would choose as the first event."""
        for name, when in self._generations:
            if when is None or when(moment):
                return name
        return self._today

    def outcome(self, moment: Moment) -> tuple[Transition | None, str]:
        """The row that matches, and the outcome; in the final state all but rows is undefined."""
        for guard, row in self._guards.get(moment.state, ()):
            if guard is None or guard(moment):
                return row, row.outcome
        if self._final is not None and moment.state == self._final.name:
            return None, UNDEFINED
        return None, self.action.item.event.elsewhere


def _compiled(tree: Node) -> Evaluator:
    return compile_expression(tree, {})


def _type(item: EventSlice, key: str) -> t.Type:
    keys: dict[str, t.Type] = dict(getattr(item.event.context, "keys", ()))
    of = keys[key]
    return of.of if isinstance(of, t.Optional) else of

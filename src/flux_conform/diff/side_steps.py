"""One action on one side: what it does to each configuration, remembered by what it reads.

These are the checker's steps for logs in which nothing was found so far, over configurations that
are tuples of small numbers. Every log that comes of them is judged by the checker itself as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from flux_conform.diff.alike import Pair
from flux_conform.diff.events import Action, takes_context, unreadable_keys
from flux_conform.diff.side import CAPTIVE, FIRST, GENERATION, REMOVED, STATE, Entry, Side
from flux_conform.language.expressions import Key, Node, walk
from flux_conform.language.specification import MOVES, UNDEFINED
from flux_conform.language.values import Bag, start_value
from flux_conform.machine.evaluate import Evaluator, Moment, Unreadable, compile_expression
from flux_conform.machine.fold import fold, reads
from flux_conform.machine.interning import Table

Configuration: TypeAlias = tuple[int, ...]
Changes: TypeAlias = tuple[tuple[int, int], ...]

LARGEST_GROWTH = 16
"""An integer variable that only grows is followed so far beyond the constants."""


TOO_LARGE: Changes = ((-1, -1),)
"""Stands for the changes of a step that leads out of the bounds of the instance."""


class TooLarge(Exception):
    """The step leads out of the bounds of the instance."""


class Track:
    """The configurations of one side, of the parts that matter, as tuples of numbers."""

    def __init__(
        self, side: Side, parts: frozenset[str], *, members: int, integers: Sequence[int]
    ) -> None:
        self.side = side
        self.fields = tuple(field for field in side.fields if field in parts)
        self.place = {name: place for place, name in enumerate(self.fields)}
        self.tables = [Table() for _ in self.fields]
        self.asked = tuple(name for name in side.seen if f"seen({name})" in parts)
        self.variables = tuple(v for v in side.variables if v.name in parts)
        self.members = members
        self.largest = max([LARGEST_GROWTH, *(abs(n) + 2 for n in integers)])

    def initial(self) -> Configuration:
        """Before the first event."""
        values: dict[str, Any] = {STATE: self.side.specification.initial.name, GENERATION: None}
        values.update((f"seen({name})", False) for name in self.asked)
        values.update((v.name, start_value(v.type)) for v in self.variables)
        return tuple(self.number(field, values[field]) for field in self.fields)

    def number(self, field: str, value: Any) -> int:
        """The number of a value of a part."""
        return self.tables[self.place[field]].number(value)

    def value(self, configuration: Configuration, field: str) -> Any:
        """The value of a part."""
        place = self.place[field]
        return self.tables[place].values[configuration[place]]

    def moment(self, configuration: Configuration) -> Moment:
        """A configuration as what expressions ask."""
        values = {
            name: table.values[number]
            for name, table, number in zip(self.fields, self.tables, configuration, strict=True)
        }
        return Moment(
            values=values,
            state=values[STATE],
            seen=frozenset(name for name in self.asked if values[f"seen({name})"]),
            first=values.get(GENERATION, "") is None,
        )

    def bounded(self, value: Any, before: Any) -> Any:
        """The value; raises TooLarge where the instance holds no value of its size."""
        if isinstance(value, Bag):
            if len(value) > self.members and len(value) > len(before):
                raise TooLarge
        elif isinstance(value, int) and not isinstance(value, bool):
            grows = not isinstance(before, int) or abs(value) > abs(before)
            if grows and abs(value) > self.largest and not _comes_from_outside(before):
                raise TooLarge
        return value


def _comes_from_outside(before: Any) -> bool:
    # A value that replaces none was given by an event; only what grows step by step has no end.
    return before is None


class Stepper:
    """An action made ready for one side."""

    def __init__(
        self, track: Track, pair: Pair, entry: Entry, context: Mapping[str, Any] | None
    ) -> None:
        self._track = track
        self._memo: dict[Any, Changes | None] = {}
        side = track.side
        self._name = pair.name
        self._entry = entry
        self._context = context
        self._unreadable = unreadable_keys(entry.event.context, context)
        self.hopeless = not takes_context(side, entry, Action(pair, context))
        self._always = [self._put(tree) for _, tree in entry.always]
        self._rules = [self._put(tree) for _, tree in entry.rules]
        self._effects = [
            (name, self._put(tree)) for name, tree in entry.effects if name in track.place
        ]
        self._selects = [
            (name, None if when is None else self._put(when)) for name, when in entry.selects
        ]
        self._rows = [
            (
                state,
                [(row, None if row.guard is None else self._put(row.guard)) for row in rows],
            )
            for state, rows in entry.rows
        ]
        self._judge = (
            [_compiled(tree) for tree in self._always],
            [_compiled(tree) for tree in self._rules],
        )
        self._effect = [(name, _compiled(tree)) for name, tree in self._effects]
        self._cases = {
            state: [(row, None if guard is None else _compiled(guard)) for row, guard in rows]
            for state, rows in self._rows
        }
        self._selectors = [
            (name, None if when is None else _compiled(when)) for name, when in self._selects
        ]
        places = [track.place[name] for name in sorted(self._parts()) if name in track.place]
        self._part: Callable[[Configuration], Any] = itemgetter(*places)

    def _put(self, tree: Node) -> Node:
        if self._unreadable:
            return tree
        # Keys that are not there are known, too: they are none.
        keys = _keys(tree)
        return fold(tree, self._name, self._context or {}, keys)

    def _parts(self) -> set[str]:
        parts = {STATE, GENERATION, f"seen({self._entry.event.name})"}
        trees = [*self._always, *self._rules, *(tree for _, tree in self._effects)]
        trees += [when for _, when in self._selects if when is not None]
        trees += [guard for _, rows in self._rows for _, guard in rows if guard is not None]
        for tree in trees:
            parts.update(GENERATION if name == FIRST else name for name in reads(tree))
        parts.update(name for name, _ in self._effects)
        return parts

    @property
    def signature(self) -> object:
        """What two actions of one event share that do the same in every configuration."""
        return (
            self.hopeless,
            sorted(self._unreadable),
            repr((self._always, self._rules, self._effects, self._selects, self._rows)),
            self._entry.event.elsewhere,
            self._entry.event.name if self._entry.asked else "",
        )

    def take(self, configuration: Configuration) -> Changes | None:
        """What changes, as places and numbers; None where the side finds what counts.

        TOO_LARGE where the step leads out of the bounds of the instance.
        """
        if self.hopeless and not self._ends(configuration):
            return None
        part = self._part(configuration)
        if part not in self._memo:
            try:
                self._memo[part] = self._taken(configuration)
            except TooLarge:
                self._memo[part] = TOO_LARGE
        return self._memo[part]

    def _ends(self, configuration: Configuration) -> bool:
        """Whether nothing more is judged of an event than that it comes after the end."""
        return self._track.value(configuration, STATE) in self._track.side.specification.ends

    def _taken(self, configuration: Configuration) -> Changes | None:
        track, side = self._track, self._track.side
        moment = track.moment(configuration)
        moment.event, moment.context = self._name, self._context
        moment.unreadable = self._unreadable
        removed = side.specification.removed
        if removed is not None and moment.state == removed.name:
            return None if REMOVED in side.counted else ()
        generation = track.value(configuration, GENERATION) if GENERATION in track.place else None
        if generation is None:
            generation = self._generation(moment)
        outcome, target = self._outcome(moment, generation)
        if outcome == CAPTIVE:
            return None if CAPTIVE in side.counted else ()
        if self.hopeless or outcome in side.counted:
            return None
        always, rules = self._judge
        judged = always if outcome == UNDEFINED else [*always, *rules]
        if not all(_holds(rule, moment, unreadable=True) for rule in judged):
            return None
        changes: dict[str, Any] = {GENERATION: generation}
        if outcome != UNDEFINED:
            for name, effect in self._effect:
                try:
                    changes[name] = track.bounded(effect(moment), moment.values[name])
                except Unreadable:
                    continue
            if self._entry.asked:
                changes[f"seen({self._entry.event.name})"] = True
            if outcome == MOVES:
                changes[STATE] = target
        return tuple(
            (track.place[name], number)
            for name, value in changes.items()
            if name in track.place
            and (number := track.number(name, value)) != configuration[track.place[name]]
        )

    def _generation(self, moment: Moment) -> str:
        for name, when in self._selectors:
            if when is None or _holds(when, moment, unreadable=False):
                return name
        return self._track.side.specification.today.name

    def _outcome(self, moment: Moment, generation: str) -> tuple[str, str | None]:
        for row, guard in self._cases.get(moment.state, ()):
            if row.generation in (None, generation) and (
                guard is None or _holds(guard, moment, unreadable=False)
            ):
                return row.outcome, row.target
        return self._track.side.plain_outcome(self._entry, moment.state), None


def _keys(tree: Node) -> frozenset[str]:
    return frozenset(node.name for node in walk(tree) if isinstance(node, Key) and node.name)


def _compiled(tree: Node) -> Evaluator:
    return compile_expression(tree, {})


def _holds(condition: Evaluator, moment: Moment, *, unreadable: bool) -> bool:
    try:
        return bool(condition(moment))
    except Unreadable:
        return unreadable

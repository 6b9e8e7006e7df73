"""Actions made ready for the search: expressions with the context put in, and what they read."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from flux_conform.language import types as t
from flux_conform.language.expressions import Constant, Name, Node
from flux_conform.language.specification import ANY_EVENT, SILENT, UNDEFINED, Rule, Transition
from flux_conform.machine.alphabet import Action
from flux_conform.machine.evaluate import Evaluator, Moment, compile_expression
from flux_conform.machine.fold import fold, reads
from flux_conform.machine.slice import EventSlice, Slice

STATE, FIRST = "state", "first"
Part = Callable[[tuple[int, ...]], Any]
"""Takes from a configuration what an action reads of it."""


class Result(NamedTuple):
    """What an action does wherever the configuration's parts that it reads are the same.

    `breaks` are the rules, of whatever level, that it breaks. An undefined one changes nothing.
    """

    changes: tuple[tuple[int, int], ...]
    row: Transition | None
    outcome: str
    breaks: tuple[Rule, ...]

    @property
    def silent(self) -> bool:
        """The specification does not say what the event does here."""
        return self.outcome == SILENT

    @property
    def quiet(self) -> bool:
        """A checker finds nothing, not even a note."""
        return self.outcome not in (SILENT, UNDEFINED) and not self.breaks


IMPOSSIBLE: Mapping[str, Any] = {"impossible": True}


class Step:
    """An action, compiled: its expressions with the context put in."""

    def __init__(self, action: Action, slice_: Slice, fields: Sequence[str]) -> None:
        self.action = action
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

        rules = [(rule, put(tree)) for rule, tree in item.rules]
        rules = [(rule, tree) for rule, tree in rules if tree != Constant(True)]
        self._rules = rules
        self.judged = [(rule, _compiled(tree)) for rule, tree in rules]
        self._rows = [
            (state, [(row, None if guard is None else put(guard)) for row, guard in rows])
            for state, rows in item.rows
        ]
        self._effects = [(variable, put(tree)) for variable, tree in item.effects]
        self._effects = [(v, tree) for v, tree in self._effects if tree != Name(v)]
        self._claims = [put(tree) for tree in item.claims]
        self._selects = [(g, None if w is None else put(w)) for g, w in item.selects]
        self._specification = slice_.specification
        self._today = slice_.specification.today.name
        self._final = slice_.specification.final
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
        names.update(f"visited({row.target})" for _, rows in self._rows for row, _ in rows)
        names.update(name for tree in self._claims for name in reads(tree))
        self.places = tuple(place for place, name in enumerate(fields) if name in names)
        self.part: Part = itemgetter(*self.places)

    def _trees(self, action: Action) -> Iterator[Node]:
        yield from (tree for _, tree in self._rules)
        yield from (guard for _, rows in self._rows for _, guard in rows if guard is not None)
        yield from (tree for _, tree in self._effects)
        yield from (when for _, when in self._selects if when is not None)
        yield from (choice.term for _, choice in action.choices if choice.term is not None)

    def hopeless(self, assumed: Callable[[Rule], bool]) -> bool:
        """Whether a rule that is assumed forbids the action whatever the configuration."""
        return any(tree == Constant(False) and assumed(rule) for rule, tree in self._rules)

    def is_judged_by(self, rules: Container[str]) -> bool:
        """Whether one of some rules, by their ids, may be broken by the action."""
        return any(rule.id in rules for rule, _ in self.judged)

    def broken(self, moment: Moment) -> tuple[Rule, ...]:
        """The rules, of whatever level, that the action breaks at a moment."""
        return tuple(rule for rule, holds in self.judged if not holds(moment))

    def findings(self, moment: Moment, row: Transition | None, outcome: str) -> tuple[str, ...]:
        """The ids of all that a checker finds at the event, of whatever level, but `silent`.

        After the end nothing else is told; an undefined event is judged by the rules of any event.
        """
        rules = self.broken(moment)
        if outcome != UNDEFINED:
            return tuple(rule.id for rule in rules)
        state = self._specification.state(moment.state)
        if state.removed or (state.final and row is None):
            return (self._finding("removed" if state.removed else "captive"),)
        always = [rule.id for rule in rules if ANY_EVENT in rule.on]
        return (self._finding("undefined"), *always)

    def _finding(self, kind: str) -> str:
        finding = next(item for item in self._specification.findings if item.kind == kind)
        return finding.id.replace("{event}", self.action.name)

    def matching(self, moment: Moment) -> Iterator[Transition]:
        """The rows whose guards hold."""
        for guard, row in self._guards.get(moment.state, ()):
            if guard is None or guard(moment):
                yield row

    def signature(self, apart: bool) -> object:
        """What two actions share that do the same in every configuration."""
        item = self.action.item
        return (
            tuple((rule.id, repr(tree)) for rule, tree in self._rules),
            repr([(s, [(row.row, guard) for row, guard in rows]) for s, rows in self._rows]),
            repr(self._effects),
            repr([(g.name, when) for g, when in self._selects]),
            item.event.elsewhere,
            item.event.name if item.asked or item.rows or apart else "",
            repr([(key, c.term) for key, c in self.action.choices if c.term is not None]),
            repr(self._claims) if apart else "",
        )

    def context(self, moment: Moment) -> Mapping[str, Any] | None:
        """The keys that expressions read, at a moment; IMPOSSIBLE where a term has no value."""
        if not self._terms:
            return self._fixed
        context = dict(self._fixed)
        for key, of, term in self._terms:
            value = term(moment)
            if not t.accepts(of, value):
                return IMPOSSIBLE
            context[key] = value
        return context

    def generation(self, moment: Moment) -> str:
        """The generation that the action would choose as the first event."""
        for name, when in self._generations:
            if when is None or when(moment):
                return name
        return self._today

    def outcome(self, moment: Moment) -> tuple[Transition | None, str]:
        """The row that matches, and the outcome; after the end all but rows is undefined."""
        if self._specification.state(moment.state).removed:
            return None, UNDEFINED
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

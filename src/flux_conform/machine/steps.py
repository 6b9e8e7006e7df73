"""Steps that are remembered: one for all configurations that agree in what an event reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from flux_conform.language import types as t
from flux_conform.language.equality import value_key
from flux_conform.language.expressions import (
    Constant,
    Key,
    Node,
    walk,
)
from flux_conform.language.specification import (
    MOVES,
    SILENT,
    STAYS,
    Event,
    Rule,
    Transition,
)
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.configuration import Breach
from flux_conform.machine.evaluate import Moment, Unreadable, compile_expression
from flux_conform.machine.fold import fold, reads
from flux_conform.machine.interning import (
    GENERATION,
    SEEN,
    STATE,
    VISITED,
    Changes,
    Interned,
    Numbers,
    flag,
)
from flux_conform.machine.row_index import cases_of
from flux_conform.machine.slice import EventSlice, event_slice

Context: TypeAlias = Mapping[str, Any] | None
Term: TypeAlias = tuple[str, t.Type, Node]
"""A key, its type, and the expression over the configuration that gives its value."""


class Done(NamedTuple):
    """What an event does in all configurations that agree in what it reads.

    `generation` is that of the log after the event. `is_refused` tells that some breach counts (see
    Steps); `is_cut`, that the step leads beyond the bounds. The values in the moments of breaches
    may be those of another configuration.
    """

    context: Context
    changes: Changes
    outcome: str
    row: Transition | None
    generation: str | None
    breaches: tuple[Breach, ...]
    is_refused: bool
    is_cut: bool

    @property
    def has_effect(self) -> bool:
        """Whether the event takes effect: it moves, stays or is silent."""
        return self.outcome in (MOVES, STAYS, SILENT)

    @property
    def is_quiet(self) -> bool:
        """Whether a checker finds nothing, not even a note."""
        return not self.breaches

    @property
    def breaks(self) -> tuple[Rule, ...]:
        """The rules of events, of whatever level, that a step with an effect breaks."""
        rules = (breach.rule for breach in self.breaches if self.has_effect)
        return tuple(rule for rule in rules if isinstance(rule, Rule))


class _Folds:
    """A tree, folded at events: once for all of them that are alike in the keys that it reads."""

    def __init__(self, tree: Node) -> None:
        self.tree = tree
        self.keys = frozenset(node.name for node in walk(tree) if isinstance(node, Key))
        self._known: dict[object, Node] = {}

    def at(self, event: str, context: Mapping[str, Any], known: frozenset[str]) -> Node:
        """The tree folded at an event of which some keys are known."""
        if "" in self.keys:
            return fold(self.tree, event, context, known)
        given = ((key, key in context, value_key(context.get(key))) for key in sorted(known))
        alike = event, *given
        if alike not in self._known:
            self._known[alike] = fold(self.tree, event, context, known)
        return self._known[alike]


class Steps:
    """The steps of a machine over interned configurations, within bounds.

    With a `generation`, only logs of that generation are stepped through, and the rows of others
    are left out. `refuses` tells which breaches count.
    """

    def __init__(
        self,
        space: Interned,
        bounds: Bounds,
        generation: str | None = None,
        refuses: Callable[[Breach], bool] = lambda breach: False,
    ) -> None:
        self.space = space
        self.machine = space.machine
        self.bounds = bounds
        self._generation = generation
        self._refuses = refuses
        self._slices: dict[str, EventSlice] = {}
        self._folds: dict[int, _Folds] = {}
        self._beside: dict[int, tuple[EventSlice, tuple[Node, ...]]] = {}

    def folds_of(self, tree: Node) -> _Folds:
        """What a tree, known by its identity, is folded to."""
        if id(tree) not in self._folds:
            self._folds[id(tree)] = _Folds(tree)
        return self._folds[id(tree)]

    def asked_beside(self, item: EventSlice) -> tuple[Node, ...]:
        """What proofs ask of an event beside its step: always the same trees."""
        if id(item) not in self._beside:
            self._beside[id(item)] = item, item.asked_beside
        return self._beside[id(item)][1]

    def slice_of(self, event: Event) -> EventSlice:
        """What is evaluated at an event; of effects those on parts that are kept."""
        if event.name not in self._slices:
            self._slices[event.name] = event_slice(
                self.machine.specification, event, self._generation, kept=self.space.variables
            )
        return self._slices[event.name]

    def take(
        self,
        numbers: Numbers,
        name: str,
        context: Context,
        *,
        is_object: bool = True,
    ) -> Done:
        """The step of an event in a configuration."""
        before = self.space.configuration(numbers)
        step = self.machine.step(before, name, context, context_is_object=is_object)
        place, tables = self.space.place, self.space.tables
        old, after = before.values, step.after
        new = {n: v for n, v in after.values.items() if n in place and v is not old[n]}
        parts = {STATE: after.state, GENERATION: after.generation, **new}
        parts.update((flag(SEEN, event), True) for event in after.seen - before.seen)
        if step.outcome == MOVES:
            parts[flag(VISITED, after.state)] = True
        kept = ((place[part], value) for part, value in parts.items() if part in place)
        changes = ((at, tables[at].number(value)) for at, value in kept)
        return Done(
            context,
            tuple(change for change in changes if numbers[change[0]] != change[1]),
            step.outcome,
            step.transition,
            after.generation,
            step.breaches,
            any(map(self._refuses, step.breaches)),
            any(self.bounds.cuts(name, old[name], value) for name, value in new.items()),
        )


class Ready:
    """An event with its context, to be taken at many configurations.

    The expressions of the event are folded with its context, so that fewer parts of a
    configuration matter. Values of `terms` are computed where the event is taken. `also` are
    expressions that the caller may ask at the event; they tell it from others, and bear on no step.
    """

    def __init__(
        self,
        steps: Steps,
        name: str,
        context: Context,
        terms: Iterable[Term] = (),
        also: Iterable[Node] = (),
        *,
        is_object: bool = True,
    ) -> None:
        """`is_object` is false for a context that is no object; then `context` is None."""
        self.name = name
        self.event = steps.machine.event(name)
        self.context = context
        self.is_object = is_object
        self._steps = steps
        self._terms = tuple(terms)
        self._compute = [(key, of, compile_expression(term, {})) for key, of, term in self._terms]
        computed = {key for key, _, _ in self._terms}
        machine = steps.machine
        unreadable, breach = machine.judge_context(self.event, context, is_object)
        self._faults = tuple(sorted(unreadable - computed))
        self._finding = breach[0].id if breach and unreadable <= set(self._faults) else None
        read = machine.read_context(self.event, context) or {}

        def put(tree: Node) -> Node:
            folds = steps.folds_of(tree)
            keys = folds.keys
            # Whether a faulty key is read at all may depend on the configuration.
            if keys.intersection(self._faults) or ("" in keys and (self._faults or not context)):
                return tree
            return folds.at(name, read, keys - computed - {""})

        self._put, self._also = put, tuple(also)
        self._slice = steps.slice_of(self.event).put(put)
        changed = {STATE, GENERATION, flag(SEEN, self.event.name)}
        changed.update(variable for variable, _ in self._slice.effects)
        changed.update(flag(VISITED, row.target) for row, _ in self._slice.rows if row.target)
        trees = (*self._slice.trees, *(term for _, _, term in self._terms))
        self.places = steps.space.places([*changed, *(n for tree in trees for n in reads(tree))])
        self.part: Callable[[Numbers], Any] = itemgetter(*self.places)
        self._done: dict[Any, Done | None] = {}

    def part_with(self, asked: Iterable[Node]) -> Callable[[Numbers], Any]:
        """All that the event's step, and what is asked at the event, read of a configuration."""
        more = self._steps.space.places(name for tree in asked for name in reads(self._put(tree)))
        if set(more) <= set(self.places):
            return self.part
        return itemgetter(*dict.fromkeys((*self.places, *more)))

    def at(self, numbers: Numbers) -> Done | None:
        """What the event does in a configuration; None where a term has no value of its type."""
        part = self.part(numbers)
        if part not in self._done:
            context, fits = self._context_at(numbers)
            self._done[part] = (
                self._steps.take(numbers, self.name, context, is_object=self.is_object)
                if fits
                else None
            )
        return self._done[part]

    def _context_at(self, numbers: Numbers) -> tuple[Context, bool]:
        """The context in a configuration, and whether the computed values fit their keys."""
        if not self._compute:
            return self.context, True
        moment = self._steps.space.moment(numbers, self.name)
        context = dict(self.context or {})
        for key, of, term in self._compute:
            context[key] = term(moment)
            if not t.accepts(of.of if isinstance(of, t.Optional) else of, context[key]):
                return None, False
        return context, True

    def matching(self, numbers: Numbers) -> tuple[Transition, ...]:
        """The rows whose guards hold in a configuration, in the order tried."""
        done, steps = self.at(numbers), self._steps
        if done is None or done.generation is None:
            return ()
        moment = self.moment(numbers, done)
        rows = cases_of(steps.machine.specification, moment.state, self.event.name, done.generation)

        def matches(row: Transition) -> bool:
            try:
                return row.when is None or bool(steps.machine.evaluator(row.when)(moment))
            except Unreadable:
                return False

        return tuple(filter(matches, rows))

    def moment(self, numbers: Numbers, done: Done) -> Moment:
        """The event in a configuration, as what expressions ask."""
        moment = self._steps.space.moment(numbers, self.name)
        moment.context = done.context
        moment.unreadable = frozenset(self._faults)
        return moment

    def never_obeys(self, is_assumed: Callable[[Rule], bool]) -> bool:
        """Whether an assumed rule forbids the event in every configuration."""
        return any(tree == Constant(False) and is_assumed(rule) for rule, tree in self._slice.rules)

    def is_judged_by(self, rules: Collection[str]) -> bool:
        """Whether the event may break one of some rules, by their ids."""
        return any(rule.id in rules for rule, _ in self._slice.rules)

    @cached_property
    def signature(self) -> object:
        """Equal for two events that do the same in every configuration."""
        trees, event = self._slice, self.event
        is_asked = flag(SEEN, event.name) in self._steps.space.place
        return (
            tuple((rule.id, repr(tree)) for rule, tree in trees.rules),
            repr(trees.rows),
            repr(trees.effects),
            repr(trees.selects),
            event.elsewhere,
            event.name if is_asked or trees.rows else "",
            repr([(key, term) for key, _, term in self._terms]),
            (self._faults, self._finding),
        )

    @cached_property
    def whole_signature(self) -> object:
        """As `signature`, but the event's name and `also` must be equal as well."""
        return self.signature, self.event.name, repr(list(map(self._put, self._also)))

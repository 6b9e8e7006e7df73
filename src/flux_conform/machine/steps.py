"""Events made ready: one step of the machine for all configurations that an event reads alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    Constant,
    Key,
    Name,
    Node,
    expand,
    walk,
)
from flux_conform.language.specification import (
    ANY_EVENT,
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
from flux_conform.machine.step import Machine

Context: TypeAlias = Mapping[str, Any] | None
Term: TypeAlias = tuple[str, t.Type, Node]
"""A key, its type, and the expression over the configuration that gives its value."""


class Trees(NamedTuple):
    """All that is evaluated at an event, definitions put in.

    `selects` are the generations that it can choose as the first event, with their conditions.
    """

    rules: tuple[tuple[Rule, Node], ...]
    rows: tuple[tuple[Transition, Node | None], ...]
    effects: tuple[tuple[str, Node], ...]
    selects: tuple[tuple[str, Node | None], ...]

    @property
    def each(self) -> Iterator[Node]:
        """Each expression."""
        pairs = (*self.rules, *self.rows, *self.effects, *self.selects)
        yield from (tree for _, tree in pairs if tree is not None)

    def put(self, change: Callable[[Node], Node]) -> Trees:
        """The same with each expression changed; what is then always so is left out."""
        rules = ((rule, change(tree)) for rule, tree in self.rules)
        effects = ((name, change(tree)) for name, tree in self.effects)
        return Trees(
            tuple(pair for pair in rules if pair[1] != Constant(True)),
            tuple((row, None if tree is None else change(tree)) for row, tree in self.rows),
            tuple((name, tree) for name, tree in effects if tree != Name(name)),
            tuple((name, None if tree is None else change(tree)) for name, tree in self.selects),
        )


def trees_of(machine: Machine, event: Event, generation: str | None = None) -> Trees:
    """What a machine evaluates at an event, in logs of a generation, or of any (None).

    Of effects those on variables that the machine keeps.
    """
    specification, definitions = machine.specification, machine.definitions
    return Trees(
        tuple(
            (rule, expand(rule.require.tree, definitions))
            for rule in specification.rules
            if event.name in rule.on or ANY_EVENT in rule.on
        ),
        tuple(
            (row, None if row.when is None else expand(row.when.tree, definitions))
            for row in specification.transitions
            if row.event == event.name and (not generation or row.generation in (None, generation))
        ),
        tuple(
            (name, expand(effect.tree, definitions))
            for name, effect in event.effects
            if name in machine.initial.values
        ),
        tuple(
            (each.name, None if each.when is None else expand(each.when.tree, definitions))
            for each in specification.generations
            if each.on == event.name
        ),
    )


class Done(NamedTuple):
    """What an event does wherever what it reads of the configuration is the same.

    `generation` is that of the log from then on. `is_refused` tells that some breach is one that
    the asker refuses; `is_cut`, that the step leads beyond the bounds. What breaches tell of values
    may be of another configuration.
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
        """Whether the machine takes the event, and does not only find fault with it."""
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


class Steps:
    """The steps of a machine over interned configurations, within bounds.

    With a `generation` only logs of that one are meant: rows of others are taken to be read by
    nothing. `refuses` tells which breaches count.
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
        self._trees: dict[str, Trees] = {}
        self._places: dict[str, tuple[int, ...]] = {}

    def trees(self, event: Event) -> Trees:
        """What is evaluated at an event."""
        if event.name not in self._trees:
            trees = trees_of(self.machine, event, self._generation)
            kept = tuple(pair for pair in trees.effects if pair[0] in self.space.place)
            self._trees[event.name] = trees._replace(effects=kept)
        return self._trees[event.name]

    def places(self, event: Event) -> tuple[int, ...]:
        """What an event reads or changes of a configuration, whatever its context."""
        if event.name not in self._places:
            self._places[event.name] = self.places_of(event, self.trees(event), ())
        return self._places[event.name]

    def places_of(self, event: Event, trees: Trees, more: Iterable[Node]) -> tuple[int, ...]:
        """What an event that evaluates these expressions, and more of them, reads or changes."""
        names = {STATE, GENERATION, flag(SEEN, event.name), *(name for name, _ in trees.effects)}
        names.update(flag(VISITED, row.target) for row, _ in trees.rows if row.target is not None)
        names.update(name for tree in (*trees.each, *more) for name in reads(tree))
        return self.space.places(names)

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

    The context is put into what the event evaluates, so that less of a configuration matters.
    Values of `terms` are computed where the event is taken; `also` is asked beside by others.
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
            keys = {node.name for node in walk(tree) if isinstance(node, Key)}
            # Whether a faulty key is read at all may depend on the configuration.
            if keys.intersection(self._faults) or ("" in keys and (self._faults or not context)):
                return tree
            return fold(tree, name, read, frozenset(keys - computed - {""}))

        self._trees = steps.trees(self.event).put(put)
        self._also = [put(tree) for tree in also]
        more = (*self._also, *(term for _, _, term in self._terms))
        self.places = steps.places_of(self.event, self._trees, more)
        self.part: Callable[[Numbers], Any] = itemgetter(*self.places)
        self._done: dict[Any, Done | None] = {}

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
        rows = steps.machine.specification.cases(moment.state, self.event.name, done.generation)

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
        """Whether a rule that is assumed forbids the event whatever the configuration."""
        return any(tree == Constant(False) and is_assumed(rule) for rule, tree in self._trees.rules)

    def is_judged_by(self, rules: Collection[str]) -> bool:
        """Whether the event may break one of some rules, by their ids."""
        return any(rule.id in rules for rule, _ in self._trees.rules)

    @cached_property
    def signature(self) -> object:
        """What two events share that do the same in every configuration."""
        trees, event = self._trees, self.event
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

    @property
    def whole_signature(self) -> object:
        """As `signature`, for those to whom the event's name and what is asked beside matter."""
        return self.signature, self.event.name, repr(self._also)

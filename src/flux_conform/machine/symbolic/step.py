"""A specification as one symbolic step: from any configuration, by any event that may come.

A configuration is a tuple of truths and whole numbers, the components. A step is functional: each
component's value after the event is a term over the values before it and the event's keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

import z3

from flux_conform.language import types as t
from flux_conform.language.expressions import Binary, Key, show, walk
from flux_conform.language.specification import (
    MOVES,
    SILENT,
    UNDEFINED,
    Generation,
    Transition,
    TypedContext,
)
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.symbolic.components import (
    Component,
    component,
    is_textual,
    is_unbounded,
    layout,
    load,
    store,
)
from flux_conform.machine.symbolic.expression_terms import (
    NONE,
    Codes,
    Count,
    Flag,
    Maybe,
    Opaque,
    Scene,
    Symbol,
    Text,
    lifted,
    translate,
    truth,
)
from flux_conform.machine.symbolic.groups import Group, Untranslatable, groups_of
from flux_conform.machine.symbolic.logic import Truth, boolean, conj, disj, neg, pick, same
from flux_conform.machine.symbolic.members import BagTerm, Collections, Element, SetTerm

STATE, STARTED = "state", "started"


class Case(NamedTuple):
    """One outcome of an event: the row, None for `elsewhere`, and where it is the outcome."""

    row: Transition | None
    outcome: str
    condition: Truth


class Step(NamedTuple):
    """One event, or one choice of its context, as a guarded command.

    `possible` holds where the keys have their types and the event can bear its description;
    `rules` are what each rule assumed asks; `cases` the outcomes; `after` the components that it
    changes. `legal` is all of it: a step that a run assumed can take.
    """

    event: str
    possible: Truth
    rules: tuple[tuple[str, Truth], ...]
    cases: tuple[Case, ...]
    after: Mapping[str, Any]
    allowed: Truth
    scene: Scene

    @property
    def parts(self) -> list[tuple[str, Truth]]:
        """What must hold for a run to take the step, each with the rule that asks it, or ""."""
        return [("", self.possible), *self.rules, ("", self.allowed)]

    @property
    def legal(self) -> Truth:
        """A run assumed can take the step."""
        return conj(truth for _, truth in self.parts)


class Keys(NamedTuple):
    """What a context is taken to be. `values` are keys chosen, `own` the description's class.

    A key that is not chosen, and a class that is not, are any that the types allow. `where` is
    what must hold for the choice to be there.
    """

    values: Mapping[str, Symbol]
    own: tuple[bool, ...] | None = None
    where: Truth = True


ANY_KEYS = Keys({})


class SymbolicMachine:
    """The steps of one slice, for runs that obey the rules of some levels.

    Raises Untranslatable where the slice says what the proofs cannot speak of.
    """

    def __init__(self, slice_: Slice, levels: tuple[str, ...], *, silent: bool) -> None:
        self.slice = slice_
        self.specification = slice_.specification
        self.levels = levels
        self.silent = silent
        self.codes = Codes(slice_)
        self.groups = groups_of(slice_)
        self._types = {variable.name: variable.type for variable in slice_.variables}
        self.components = {item.name: item for item in self._components()}
        self.loose = tuple(name for group in self.groups if group.loose for name in group.names)
        self._values_before = {name: item.before for name, item in self.components.items()}
        self._values_after = {name: item.after for name, item in self.components.items()}
        self._final = self.specification.final
        self.before = self.scene(self._values_before)
        self.after = self.scene(self._values_after)
        self._events = {item.event.name: item for item in slice_.events}
        self._steps: dict[str, Step] = {}

    @property
    def steps(self) -> list[Step]:
        """The step of each event, in the order of the specification."""
        return [self.step(name) for name in self._events]

    def step(self, event: str) -> Step:
        """The step of an event with any context that its types allow."""
        if event not in self._steps:
            self._steps[event] = self.build(event, ANY_KEYS)
        return self._steps[event]

    def within(self, inside: Callable[[Mapping[str, Any]], Truth]) -> SymbolicMachine:
        """The machine of those steps alone that begin and end where something holds."""
        here = inside(self._values_before)
        machine = copy(self)
        machine._steps = {
            step.event: step._replace(
                allowed=conj([step.allowed, here, inside({**self._values_before, **step.after})])
            )
            for step in self.steps
        }
        return machine

    def start(self) -> list[Any]:
        """What holds of the configuration before the first event."""
        return [boolean(same(item.before, item.start)) for item in self.components.values()]

    def state_code(self, name: str) -> int:
        """The code of a state."""
        return self.codes.of(name)

    def scene(
        self,
        values: Mapping[str, Any],
        *,
        event: Any = -1,
        keys: Mapping[str, Symbol] | None = None,
        elements: Mapping[Group, Element] | None = None,
    ) -> Scene:
        """The values as a scene for expressions; without an event, none has come."""
        collections = Collections(self.groups, values.__getitem__, self.codes.of, elements or {})
        return Scene(
            self.codes,
            values[STATE],
            values[STARTED],
            event,
            lambda asked: values[show(asked)],
            lambda name: self.variable(name, values, collections),
            keys or {},
            collections,
        )

    def variable(self, name: str, values: Mapping[str, Any], collections: Collections) -> Symbol:
        """The value of a variable in a configuration."""
        return load(name, self._types[name], values, collections)

    # Steps

    def build(self, name: str, chosen: Keys) -> Step:
        """The step of an event; keys that are chosen, and the description's class, are fixed."""
        item = self._events[name]
        keys, domain = self._keys(item, chosen)
        elements = self._elements(item, keys, chosen.own)
        event, named = self._event_name(item)
        scene = self.scene(self._values_before, event=event, keys=keys, elements=elements)
        possible = [chosen.where, *domain, *named, self._first(item, scene)]
        possible += [scene.collections.possible(group) for group in elements]
        rules = tuple(
            (rule.id, truth(tree, scene)) for rule, tree in item.rules if rule.level in self.levels
        )
        cases = tuple(self._cases(item, scene))
        taken = [
            case.condition
            for case in cases
            if case.outcome != UNDEFINED and (case.outcome != SILENT or self.silent)
        ]
        return Step(
            name,
            conj(possible),
            rules,
            cases,
            self._after(item, scene, cases, elements),
            disj(taken),
            scene,
        )

    def _cases(self, item: EventSlice, scene: Scene) -> Iterator[Case]:
        elsewhere = []
        rows = dict(item.rows)
        for state in self.specification.states:
            here = same(scene.state, self.codes.of(state.name))
            rest: list[Truth] = [here]
            for row, guard in rows.get(state.name, ()):
                if state.removed:
                    break
                holds = True if guard is None else truth(guard, scene)
                condition = conj([*rest, holds])
                if condition is not False:
                    yield Case(row, row.outcome, condition)
                rest.append(neg(holds))
                if holds is True:
                    break
            if not state.removed and not state.final:
                elsewhere.append(conj(rest))
        condition = disj(elsewhere)
        if condition is not False:
            yield Case(None, item.event.elsewhere, condition)

    def _after(
        self,
        item: EventSlice,
        scene: Scene,
        cases: Sequence[Case],
        elements: Mapping[Group, Element],
    ) -> dict[str, Any]:
        after: dict[str, Any] = {STARTED: True}
        state: Any = scene.state
        for case in cases:
            if case.outcome == MOVES and case.row is not None and case.row.target is not None:
                state = pick(case.condition, self.codes.of(case.row.target), state)
        after[STATE] = state
        if item.asked:
            after[f"seen({item.event.name})"] = True
        for name in self.slice.visited:
            came = disj(
                case.condition
                for case in cases
                if case.outcome == MOVES and case.row is not None and case.row.target == name
            )
            if came is not False:
                after[f"visited({name})"] = disj([self._values_before[f"visited({name})"], came])
        types = {variable.name: variable.type for variable in self.slice.variables}
        collections: dict[str, SetTerm | BagTerm] = {}
        for variable, tree in item.effects:
            value = translate(tree, scene)
            if isinstance(value, SetTerm | BagTerm):
                collections[variable] = value
            else:
                after.update(store(variable, types[variable], value))
        for group in self.groups:
            touched = any(name in collections for name in group.names)
            if touched:
                terms = {
                    name: collections.get(name) or scene.collections.value(name)
                    for name in group.names
                }
                after.update(scene.collections.after(group, terms))
        return after

    def _first(self, item: EventSlice, scene: Scene) -> Truth:
        """The first event of the run selects the generation that the proofs are about."""
        cases: list[Truth] = []
        rest: list[Truth] = []
        for generation, when in item.selects:
            holds = True if when is None else truth(when, scene)
            if generation.name == self.slice.generation:
                cases.append(conj([*rest, holds]))
            rest.append(neg(holds))
        if _today(self.specification.generations).name == self.slice.generation:
            cases.append(conj(rest))
        return disj([scene.started, *cases])

    def _event_name(self, item: EventSlice) -> tuple[Any, list[Truth]]:
        code = self.codes.of(item.event.name)
        if not item.event.is_family:
            return code, []
        name = z3.FreshInt("event")
        listed = [
            name != self.codes.of(event.name)
            for event in self.specification.events
            if not event.is_family
        ]
        return name, [name >= 0, *listed]

    def _keys(self, item: EventSlice, chosen: Keys) -> tuple[dict[str, Symbol], list[Truth]]:
        context = item.event.context
        types = dict(context.keys) if isinstance(context, TypedContext) else {}
        symbols: dict[str, Symbol] = {}
        domain: list[Truth] = []
        for key in item.keys:
            if key in chosen.values:
                symbols[key] = chosen.values[key]
            elif key in types:
                symbols[key], bounds = self._fresh(f"{item.event.name}.{key}", types[key])
                domain += bounds
        return symbols, domain

    def _fresh(self, name: str, of: t.Type) -> tuple[Symbol, list[Truth]]:
        match of:
            case t.Optional(of=inner):
                value, bounds = self._fresh(name, inner)
                return Maybe(z3.FreshBool(f"{name}?"), value), bounds
            case t.Boolean():
                return Flag(z3.FreshBool(name)), []
            case t.Integer(low=low, high=high):
                number = z3.FreshInt(name)
                bounds = [] if low is None else [number >= low]
                return Count(number), bounds if high is None else [*bounds, number <= high]
            case t.Literal(text=text):
                return Text(self.codes.of(text)), []
            case _ if is_textual(of):
                return self._fresh_text(name, of)
            case _:
                return Opaque(f"{name} is {t.show(of)}"), []

    def _fresh_text(self, name: str, of: t.Type) -> tuple[Symbol, list[Truth]]:
        code = z3.FreshInt(name)
        listed = [self.codes.of(text) for text in self.codes.texts if t.accepts(of, text)]
        if not is_unbounded(of):
            return Text(code), [disj(code == item for item in listed)]
        barred = [
            code != self.codes.of(text) for text in self.codes.texts if not t.accepts(of, text)
        ]
        return Text(code), [code >= 0, *barred]

    def _elements(
        self, item: EventSlice, keys: Mapping[str, Symbol], own: tuple[bool, ...] | None
    ) -> dict[Group, Element]:
        key = self.description_key(item.event.name)
        value = lifted(keys.get(key, NONE)) if key is not None else NONE
        if key is None or value.of is None:
            return {}
        if not isinstance(value.of, Text):
            raise Untranslatable(f"the description .{key} of {item.event.name} is no string")
        elements = {}
        for group in self._groups_at(item, key):
            held = (
                tuple(z3.FreshBool(f"held({name})") for name in group.names)
                if own is None
                else own[: len(group.names)]
            )
            elements[group] = Element(key, value.of.code, held)
        return elements

    def _groups_at(self, item: EventSlice, key: str) -> list[Group]:
        names = {
            name
            for tree in item.trees
            for node in walk(tree)
            if isinstance(node, Binary)
            for name in _touched(node, key, {n for group in self.groups for n in group.names})
        }
        return [group for group in self.groups if names & set(group.names)]

    def description_key(self, event: str) -> str | None:
        """The key that bears the description which an event adds, removes or asks for."""
        item = self._events[event]
        keys = item.keys
        names = {name for group in self.groups for name in group.names}
        for tree in item.trees:
            for node in walk(tree):
                if isinstance(node, Binary):
                    for key in keys:
                        if _touched(node, key, names):
                            return key
        return None

    def classes_at(self, event: str) -> list[tuple[bool, ...]]:
        """The classes that the description of an event can have, strings in no set included."""
        key = self.description_key(event)
        groups = [] if key is None else self._groups_at(self._events[event], key)
        if not groups:
            return []
        from itertools import product

        width = max(len(group.names) for group in groups)
        return list(product((True, False), repeat=width))

    # Components

    def _components(self) -> Iterator[Component]:
        state = self.specification.initial.name
        yield component(STATE, "state", self.codes.of(state))
        yield component(STARTED, "flag", False)
        for name in self.slice.seen:
            yield component(f"seen({name})", "flag", False)
        for name in self.slice.visited:
            yield component(f"visited({name})", "flag", False)
        for variable in self.slice.variables:
            for name, kind in layout(variable.name, variable.type):
                yield component(name, kind, False if kind == "flag" else 0)
        for group in self.groups:
            for name, kind in group.components():
                yield component(name, kind, False if kind == "flag" else 0)


def _touched(node: Binary, key: str, names: set[str]) -> set[str]:
    """The collections that an operation on a key's value reads or changes."""
    inside, member = (node.right, node.left) if node.operator == "in" else (node.left, node.right)
    if node.operator not in ("in", "+", "-") or member != Key(key):
        return set()
    return {getattr(part, "name", "") for part in walk(inside)} & names


def _today(generations: Sequence[Generation]) -> Generation:
    return next(generation for generation in generations if generation.today)

"""What a step of a specification means in Z3's terms: here, and nowhere else.

`outcome_of` says what one specification makes of an event, at any configuration and with any
context: which outcome it has where, what its rules ask, which generation it begins, and what it
changes. `prove` reads steps off one specification, `diff` off two with the same symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

import z3

from flux_conform.language import types as t
from flux_conform.language.expressions import About, Call, Key, Node, show, walk
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    SILENT,
    UNDEFINED,
    Specification,
    Transition,
    TypedContext,
)
from flux_conform.machine.configuration import CAPTIVE, REMOVED
from flux_conform.machine.slice import EventSlice, Slice, has_sound_contexts
from flux_conform.machine.symbolic.combined_sets import as_collection
from flux_conform.machine.symbolic.components import is_known, store, unknown
from flux_conform.machine.symbolic.configurations import (
    ANY_SETS,
    STARTED,
    STATE,
    Chosen,
    Configurations,
)
from flux_conform.machine.symbolic.expression_terms import Fault, Scene, either, translate
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, Whole, conj, disj, neg, pick, same
from flux_conform.machine.symbolic.readability import fails, holds, readable
from flux_conform.machine.symbolic.symbols import Maybe, Opaque, Symbol


class Case(NamedTuple):
    """One outcome of an event: the row, None where none matches, and where it is the outcome."""

    row: Transition | None
    outcome: str
    condition: Truth


class Outcome(NamedTuple):
    """What a specification makes of an event, in symbols.

    `generations` are those that a log can be of, each with what must hold for its first event to
    choose it. `rules` are all; `always` the ids of those that are judged even where the event is
    undefined. `state` is the state after it, `values` those of variables, if it takes effect.
    """

    generations: tuple[tuple[str, Truth], ...]
    rules: tuple[tuple[str, Truth], ...]
    always: frozenset[str]
    cases: tuple[Case, ...]
    state: Whole
    values: Mapping[str, Symbol]

    def has(self, *kinds: str) -> Truth:
        """The outcome is one of these kinds."""
        return disj(case.condition for case in self.cases if case.outcome in kinds)

    def enters(self, state: str) -> Truth:
        """The event leads to a state."""
        return disj(
            case.condition
            for case in self.cases
            if case.row is not None and case.outcome == MOVES and case.row.target == state
        )


def outcome_of(
    specification: Specification,
    item: EventSlice,
    scene: Scene,
    is_of: Callable[[Sequence[tuple[str, Truth]], str], Truth],
) -> Outcome:
    """What a specification makes of an event in a scene.

    `is_of` says whether the log is of a generation, given what the event would choose as the first.
    A key that cannot be read is told once: what reads it does not match, is not judged, or does
    not happen. Raises Untranslatable.
    """
    generations = tuple(_choices(specification, item, scene))
    rules = tuple((rule.id, neg(fails(tree, scene))) for rule, tree in item.rules)
    always = frozenset(rule.id for rule, _ in item.rules if ANY_EVENT in rule.on)
    cases = tuple(_cases(specification, item, scene, lambda name: is_of(generations, name)))
    state: Any = scene.state
    for case in cases:
        if case.outcome == MOVES and case.row is not None and case.row.target is not None:
            state = pick(case.condition, scene.codes.of(case.row.target), state)
    types = {variable.name: variable.type for variable in specification.variables}
    values = {name: _effect(name, types[name], tree, scene) for name, tree in item.effects}
    return Outcome(generations, rules, always, cases, state, values)


def _choices(
    specification: Specification, item: EventSlice, scene: Scene
) -> Iterator[tuple[str, Truth]]:
    rest: list[Truth] = []
    for generation, when in item.selects:
        fits = True if when is None else holds(when, scene)
        yield generation.name, conj([*rest, fits])
        rest.append(neg(fits))
    yield specification.today.name, conj(rest)


def _cases(
    specification: Specification, item: EventSlice, scene: Scene, is_of: Callable[[str], Truth]
) -> Iterator[Case]:
    plain: dict[str, list[Truth]] = {}
    for state in specification.states:
        rest: list[Truth] = [same(scene.state, scene.codes.of(state.name))]
        for row, guard in () if state.removed else item.rows:
            if row.source != state.name:
                continue
            matches = conj(
                [
                    row.generation is None or is_of(row.generation),
                    True if guard is None else holds(guard, scene),
                ]
            )
            condition = conj([*rest, matches])
            if condition is not False:
                yield Case(row, row.outcome, condition)
            rest.append(neg(matches))
            if matches is True:
                break
        kind = CAPTIVE if state.captive else item.event.elsewhere
        plain.setdefault(REMOVED if state.removed else kind, []).append(conj(rest))
    for kind, found in plain.items():
        condition = disj(found)
        if condition is not False:
            yield Case(None, kind, condition)


def _effect(name: str, of: t.Type, tree: Node, scene: Scene) -> Symbol:
    """The value that a variable takes; any of its type, where that is not known and may be."""
    is_collection = isinstance(of, t.SetOf | t.BagOf)
    if scene.free is not None and not is_collection and not is_known(of):
        return Opaque(f"the variable {name} is {t.show(of)}")
    try:
        value, read = translate(tree, scene), readable(tree, scene)
        if read is not True:
            value = either(read, value, scene.variable(name), scene)
        if scene.free is not None and is_collection:
            scene.variable(name)
            as_collection(value, name, scene.collections)
        elif scene.free is not None:
            store(name, of, value)
        return value
    except Untranslatable as error:
        if scene.free is None:
            raise
        return scene.free.value(tree, of, scene.codes, str(error))


# One specification


class SymbolicStep(NamedTuple):
    """One event, or one choice of its context, as a guarded command.

    `possible` holds where the keys have their types and the event can bear its description;
    `rules` are what each rule assumed asks; `cases` the outcomes; `after` the components that it
    changes, `values` the variables. `legal` is all of it: a step that a run assumed can take.
    """

    event: str
    possible: Truth
    rules: tuple[tuple[str, Truth], ...]
    cases: tuple[Case, ...]
    after: Mapping[str, Any]
    allowed: Truth
    scene: Scene
    values: Mapping[str, Symbol] = {}

    @property
    def parts(self) -> list[tuple[str, Truth]]:
        """What must hold for a run to take the step, each with the rule that asks it, or ""."""
        return [("", self.possible), *self.rules, ("", self.allowed)]

    @property
    def legal(self) -> Truth:
        """A run assumed can take the step."""
        return conj(truth for _, truth in self.parts)

    @property
    def scene_after(self) -> Scene:
        """The values after the step, of which each knows what it was made of.

        So what is after the event can be compared with what was before it.
        """
        scene = self.scene

        def came(asked: About) -> Truth:
            part = show(asked)
            return self.after[part] if part in self.after else scene.came(asked)

        def variable(name: str) -> Symbol:
            return self.values[name] if name in self.values else scene.variable(name)

        return scene._replace(
            state=self.after.get(STATE, scene.state),
            started=True,
            event=-1,
            came=came,
            variable=variable,
            before=scene,
            free=scene.free and scene.free.afresh(),
        )


class Keys(NamedTuple):
    """What a context is taken to be. `values` are keys chosen, `sets` the classes of members.

    A key that is not chosen, and a class that is not, are any that the types allow. `where` is
    what must hold for the choice to be there.
    """

    values: Mapping[str, Symbol]
    sets: Chosen = ANY_SETS
    where: Truth = True


ANY_KEYS = Keys({})


class Stepping(Configurations):
    """Configurations with the steps that lead from one to the next."""

    @property
    def steps(self) -> list[SymbolicStep]:
        """Every step, in the order of the specification."""
        raise NotImplementedError


class SymbolicMachine(Stepping):
    """The steps of one slice, for runs that obey the rules of some levels.

    Raises Untranslatable where the slice says what the proofs cannot speak of. If `free`, that is
    any value.
    """

    def __init__(
        self, slice_: Slice, levels: tuple[str, ...], *, silent: bool, free: bool = False
    ) -> None:
        super().__init__(slice_, free=free)
        while free:
            try:
                for item in slice_.events:
                    self._borne(item, self._keys(item, ANY_KEYS)[0])
                break
            except Untranslatable as error:
                self._leave_uncounted(error)
                super().__init__(slice_, free=free, uncounted=self._uncounted)
        self.levels = levels
        self.silent = silent
        self._sound = has_sound_contexts(self.specification, levels)
        self._steps: dict[str, SymbolicStep] = {}

    @property
    def steps(self) -> list[SymbolicStep]:
        """The step of each event, in the order of the specification."""
        return [self.step(name) for name in self._events]

    def step(self, event: str) -> SymbolicStep:
        """The step of an event with any context that its types allow."""
        if event not in self._steps:
            self._steps[event] = self.build(event, ANY_KEYS)
        return self._steps[event]

    def within(self, inside: Callable[[Mapping[str, Any]], Truth]) -> SymbolicMachine:
        """The machine of those steps alone that begin and end where something holds."""
        here = inside(self.values_before)
        machine = copy(self)
        machine._steps = {
            step.event: step._replace(
                allowed=conj([step.allowed, here, inside({**self.values_before, **step.after})])
            )
            for step in self.steps
        }
        return machine

    def build(self, name: str, chosen: Keys) -> SymbolicStep:
        """The step of an event; keys that are chosen, and the description's class, are fixed."""
        item = self._events[name]
        keys, domain = self._keys(item, chosen)
        bearing = self._borne(item, keys, chosen.sets)
        event, named = self._event_name(item)
        faults: dict[str, Fault] = {}
        faulty: list[Truth] = []
        if not self._sound and chosen is ANY_KEYS:
            faults, faulty = self._faults(item, keys)
        scene = self.scene(
            self.values_before, event=event, keys=keys, borne=bearing, faults=faults, free=True
        )
        item = item._replace(rules=tuple(x for x in item.rules if x[0].level in self.levels))
        outcome = outcome_of(
            self.specification, item, scene, lambda _, name: name == self.slice.generation
        )
        first = [holds for name, holds in outcome.generations if name == self.slice.generation]
        possible = [chosen.where, *domain, *named, disj([scene.started, *first]), *faulty]
        possible += scene.collections.all_possible()
        cases = tuple(
            case for case in outcome.cases if case.row or case.outcome not in (CAPTIVE, REMOVED)
        )
        taken = [
            case.condition
            for case in cases
            if case.outcome != UNDEFINED and (case.outcome != SILENT or self.silent)
        ]
        after = self._after(item, outcome, scene)
        legal = conj(possible), outcome.rules, cases
        return SymbolicStep(name, *legal, after, disj(taken), scene, outcome.values)

    def _after(self, item: EventSlice, outcome: Outcome, scene: Scene) -> dict[str, Any]:
        after: dict[str, Any] = {STARTED: True, STATE: outcome.state}
        if item.asked:
            after[f"seen({item.event.name})"] = True
        for name in self.slice.visited:
            came = outcome.enters(name)
            if came is not False:
                after[f"visited({name})"] = disj([self.values_before[f"visited({name})"], came])
        return {**after, **self.stored(outcome.values, scene)}

    def _keys(self, item: EventSlice, chosen: Keys) -> tuple[dict[str, Symbol], list[Truth]]:
        context = item.event.context
        types = dict(context.keys) if isinstance(context, TypedContext) else {}
        symbols: dict[str, Symbol] = {}
        domain: list[Truth] = []
        for key in item.keys:
            if key in chosen.values:
                symbols[key] = chosen.values[key]
            elif key in types:
                name = f"{item.event.name}.{key}"
                symbols[key], bounds = unknown(name, types[key], self.codes)
                domain += bounds
        return symbols, domain

    def _faults(
        self, item: EventSlice, keys: Mapping[str, Symbol]
    ) -> tuple[dict[str, Fault], list[Truth]]:
        """The keys as they are where runs need not have the contexts that are described."""
        faults: dict[str, Fault] = {}
        domain: list[Truth] = []
        nodes = [node for tree in item.trees for node in walk(tree)]
        asked = {
            node.arguments[0] for node in nodes if isinstance(node, Call) and node.function == "has"
        }
        for key, value in keys.items():
            unreadable = z3.FreshBool(f"{item.event.name}.{key} faulty")
            present: Truth = True
            if isinstance(value, Maybe):
                # What is not there is no fault of a key that may be left out.
                present = value.has
                domain.append(disj([neg(unreadable), present]))
            elif Key(key) in asked:
                present = z3.FreshBool(f"{item.event.name}.{key} there")
                domain.append(disj([unreadable, present]))
            faults[key] = Fault(unreadable, present)
        if Key("") in nodes:
            whole = z3.FreshBool(f"{item.event.name} faulty")
            domain += [disj([neg(fault.unreadable), whole]) for fault in faults.values()]
            faults[""] = Fault(whole, True)
        return faults, domain

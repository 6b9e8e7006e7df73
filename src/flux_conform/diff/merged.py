"""Both specifications as one slice: one language for the parts of both.

A part that is shared keeps its name; another part of the second specification is called `B:NAME`.
Sets and bags of both sides so stand in one slice, and are reduced together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from flux_conform.diff.alike import Pair
from flux_conform.diff.scope import Scope
from flux_conform.diff.side import Entry
from flux_conform.language import types as t
from flux_conform.language.expressions import About, Binary, Name, Node, rebuilt
from flux_conform.language.specification import (
    Context,
    Specification,
    TypedContext,
    Variable,
)
from flux_conform.machine.slice import EventSlice, Slice

SECOND = "B:"


def second(part: str, shared: Collection[str]) -> str:
    """What a part of the second specification is called."""
    if part in shared:
        return part
    if part.startswith("seen("):
        return f"seen({SECOND}{part[5:]}"
    return SECOND + part


def renamed(tree: Node, shared: Collection[str]) -> Node:
    """A tree of the second specification in the language of both."""
    match tree:
        case Name(name="event" | "first"):
            # Both sides read one log, so an event is the first on both.
            return tree
        case Name(name=name):
            return Name(second(name, shared))
        case About(function="seen", name=name):
            return tree if f"seen({name})" in shared else About("seen", SECOND + name)
        case _:
            return rebuilt(tree, lambda child: renamed(child, shared))


def keys_of(entry: Entry) -> Mapping[str, t.Type]:
    """The keys that an event's context names."""
    context = entry.event.context
    return dict(context.keys) if isinstance(context, TypedContext) else {}


def merged_slice(scope: Scope, shared: Collection[str]) -> Slice:
    """What bears on the differences, of both sides; every condition stands among the claims."""
    one, two = scope.one, scope.two
    variables = [variable for variable in one.variables if variable.name in scope.parts]
    variables += [
        variable._replace(name=second(variable.name, shared))
        for variable in two.variables
        if variable.name in scope.parts and variable.name not in shared
    ]
    seen = [name for name in one.seen if f"seen({name})" in scope.parts]
    seen += [
        SECOND + name
        for name in two.seen
        if f"seen({name})" in scope.parts and f"seen({name})" not in shared
    ]
    return Slice(
        _merged_specification(one.specification, two.specification),
        one.specification.today.name,
        tuple(variables),
        tuple(seen),
        (),
        tuple(_merged_event(scope, pair, shared) for pair in scope.relevant),
        tuple(Binary("==", *tie) for tie in twins(variables, shared)),
    )


def twins(variables: Iterable[Variable], shared: Collection[str]) -> Iterator[tuple[Name, Name]]:
    """The variables that both sides have and do not share, as each side calls them."""
    names = {variable.name for variable in variables}
    for name in sorted(names):
        twin = second(name, shared)
        if twin != name and twin in names:
            yield Name(name), Name(twin)


def _merged_event(scope: Scope, pair: Pair, shared: Collection[str]) -> EventSlice:
    conditions = [
        *pair.one.conditions,
        *(renamed(tree, shared) for tree in pair.two.conditions),
    ]
    return EventSlice(
        pair.one.event._replace(name=pair.name, context=_merged_context(pair)),
        (),
        (),
        (*effects_of(scope, pair.one), *effects_of(scope, pair.two, shared)),
        (),
        False,
        tuple(conditions),
    )


def effects_of(
    scope: Scope, entry: Entry, shared: Collection[str] | None = None
) -> tuple[tuple[str, Node], ...]:
    """The effects on parts that matter; `shared` is given for the second side, and renames."""
    effects = [pair for pair in entry.effects if pair[0] in scope.parts]
    if shared is None:
        return tuple(effects)
    return tuple((second(name, shared), renamed(tree, shared)) for name, tree in effects)


def _merged_context(pair: Pair) -> Context:
    keys = {**keys_of(pair.two), **keys_of(pair.one)}
    return TypedContext(t.Record(tuple(keys.items()))) if keys else pair.one.event.context


def _merged_specification(one: Specification, two: Specification) -> Specification:
    """The first one with the states and events of both, of which the strings are wanted."""
    states = {state.name: state for state in (*two.states, *one.states)}
    return one._replace(states=tuple(states.values()), events=(*one.events, *two.events))

"""Both specifications as one slice, with a name for each part of both.

A shared part keeps its name; any other part of the second specification is called `B:NAME`. So the
sets and bags of both sides are in one slice, and are reduced together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from flux_conform.diff.alike import Pair
from flux_conform.diff.scope import Scope
from flux_conform.diff.side import conditions_of
from flux_conform.language import types as t
from flux_conform.language.expressions import About, Binary, Name, Node, rebuilt
from flux_conform.language.specification import TypedContext, Variable
from flux_conform.machine.slice import EventSlice, Slice

SECOND = "B:"


def second(part: str, shared: Collection[str]) -> str:
    """Return the name of a part of the second specification."""
    if part in shared:
        return part
    if part.startswith("seen("):
        return f"seen({SECOND}{part[5:]}"
    return SECOND + part


def renamed(tree: Node, shared: Collection[str]) -> Node:
    """Return a tree of the second specification with the names of the slice."""
    match tree:
        case Name(name="event" | "first"):
            return tree  # both sides read one log, so an event is the first on both
        case Name(name=name):
            return Name(second(name, shared))
        case About(function="seen", name=name):
            return tree if f"seen({name})" in shared else About("seen", SECOND + name)
        case _:
            return rebuilt(tree, lambda child: renamed(child, shared))


def keys_of(entry: EventSlice) -> Mapping[str, t.Type]:
    """Return the keys that an event's context names."""
    context = entry.event.context
    return dict(context.keys) if isinstance(context, TypedContext) else {}


def merged_slice(scope: Scope, shared: Collection[str]) -> Slice:
    """Return what affects the differences, of both sides; all conditions are among the claims."""
    one, two = scope.one, scope.two
    own = scope.parts - set(shared)
    variables = [variable for variable in one.variables if variable.name in scope.parts]
    variables += [
        variable._replace(name=second(variable.name, shared))
        for variable in two.variables
        if variable.name in own
    ]
    seen = [name for name in one.seen if f"seen({name})" in scope.parts]
    seen += [SECOND + name for name in two.seen if f"seen({name})" in own]
    specs = (one.specification, two.specification)
    # The first one with the states and events of both, for the strings in them.
    states = {state.name: state for spec in reversed(specs) for state in spec.states}
    events = [event for spec in specs for event in spec.events]
    return Slice(
        one.specification._replace(states=tuple(states.values()), events=tuple(events)),
        one.specification.today.name,
        tuple(variables),
        tuple(seen),
        (),
        tuple(_merged_event(scope, pair, shared) for pair in scope.relevant),
        tuple(Binary("==", *tie) for tie in twins(variables, shared)),
    )


def twins(variables: Iterable[Variable], shared: Collection[str]) -> Iterator[tuple[Name, Name]]:
    """Yield the variables that both sides have and do not share, with the names of each side."""
    names = {variable.name for variable in variables}
    for name in sorted(names):
        twin = second(name, shared)
        if twin != name and twin in names:
            yield Name(name), Name(twin)


def _merged_event(scope: Scope, pair: Pair, shared: Collection[str]) -> EventSlice:
    keys = {**keys_of(pair.two), **keys_of(pair.one)}
    event = pair.one.event._replace(name=pair.name)
    if keys:
        event = event._replace(context=TypedContext(t.Record(tuple(keys.items()))))
    effects = [(name, tree) for name, tree in pair.one.effects if name in scope.parts]
    effects += [
        (second(name, shared), renamed(tree, shared))
        for name, tree in pair.two.effects
        if name in scope.parts
    ]
    conditions = (*conditions_of(pair.one), *(renamed(c, shared) for c in conditions_of(pair.two)))
    return EventSlice(event, (), (), tuple(effects), (), False, conditions)

"""Contexts that do what a run in symbols says: values for codes, members for classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.expressions import Build, Key, List, Node, walk
from flux_conform.language.specification import TypedContext
from flux_conform.machine.alphabet import Action, Choice, log_name
from flux_conform.machine.evaluate import Moment, compile_expression
from flux_conform.machine.slice import EventSlice
from flux_conform.machine.symbolic.groups import Group
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.machine.symbolic.symbols import Count, Fields, Flag, Maybe, Symbol, Text
from flux_conform.machine.values import EXAMPLE, ordinary
from flux_conform.prove.bounded import Taken

NOTHING = object()
"""What stands under a key that is left out."""


def action_of(
    machine: SymbolicMachine, item: EventSlice, taken: Taken, held: Mapping[str, Any]
) -> Action:
    """An action for a step that was taken where the collections hold what `held` says.

    It need not do what the step does: where counts do not tell the members, or values are free,
    it is the plainest there is.
    """
    types = item.event.key_types
    values = {key: _value(taken, key, types[key], machine) for key in item.keys if key in types}
    for key, value in _members(machine, item, taken, held, values):
        values[key] = value
    choices = tuple(
        (key, Choice(False) if value is NOTHING else Choice(True, value))
        for key, value in values.items()
    )
    rest = tuple(
        (key, ordinary(of))
        for key, of in types.items()
        if key not in values and not isinstance(of, t.Optional)
    )
    context, whole = item.event.context, None
    if isinstance(context, TypedContext) and not isinstance(context.type, t.Record):
        whole = ordinary(context.type)
    name = log_name(machine.specification, item.event.name)
    return Action(item, name, choices, rest, whole)


# Values of keys


def _value(taken: Taken, key: str, of: t.Type, machine: SymbolicMachine) -> Any:
    fault = taken.step.scene.faults.get(key)
    if fault is not None and taken.value(fault.unreadable):
        is_wrong = taken.value(fault.present) and not t.accepts(of, None)
        return None if is_wrong else NOTHING
    symbol = taken.step.scene.keys.get(key)
    if symbol is None:
        return NOTHING if isinstance(of, t.Optional) else ordinary(of)
    return _written(taken, symbol, of, machine)


def _written(taken: Taken, symbol: Symbol, of: t.Type, machine: SymbolicMachine) -> Any:
    inner = t.present(of)
    match symbol:
        case Maybe(has=has, of=value):
            if value is None or not taken.value(has):
                return NOTHING
            return _written(taken, value, inner, machine)
        case Flag(truth=term) | Count(number=term):
            return taken.value(term)
        case Text(code=code):
            return _text(int(taken.value(code)), inner, machine)
        case Fields(fields=fields) if isinstance(inner, t.Record):
            kinds = dict(inner.fields)
            found = {n: _written(taken, each, kinds[n], machine) for n, each in fields}
            return {name: value for name, value in found.items() if value is not NOTHING}
        case _:
            return ordinary(inner)


def _text(code: int, of: t.Type, machine: SymbolicMachine) -> str:
    texts = machine.codes.texts
    candidates = [texts[code]] if 0 <= code < len(texts) else [f"{EXAMPLE}-{code}", str(code)]
    return next((text for text in candidates if t.accepts(of, text)), None) or ordinary(of)


# Members of collections


MOST_TRIED = 100
"""So many fresh members are looked at where one is needed that is in no collection."""


def _members(
    machine: SymbolicMachine,
    item: EventSlice,
    taken: Taken,
    held: Mapping[str, Any],
    values: Mapping[str, Any],
) -> Iterator[tuple[str, Any]]:
    """The keys that bear a description, or a set, of the classes that the run has there."""
    collections = taken.step.scene.collections
    types = item.event.key_types
    wanted: dict[Node, list[tuple[Group, list[bool]]]] = {}
    for group, sets, member in machine.met_at(item.event.name):
        if len(sets) == 1 and group in collections.borne:
            yield from _borne(taken, group, sets[0], held, types)
        element = collections.elements.get(group)
        if member is not None and element is not None:
            own = [bool(taken.value(truth)) for truth in element.own[: len(group.names)]]
            wanted.setdefault(member, []).append((group, own))
    for member, places in wanted.items():
        yield from _description(member, places, held, types, values).items()


def _description(
    member: Node,
    places: Sequence[tuple[Group, list[bool]]],
    held: Mapping[str, Any],
    types: Mapping[str, t.Type],
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """Values for the keys of a description that is in the collections where it should be."""
    read = compile_expression(member, {})
    keys = [part.name for part in walk(member) if isinstance(part, Key)]
    if any(values.get(key, NOTHING) is NOTHING for key in keys):
        return {}
    known = [other for group, _ in places for name in group.names for other in held[name]]
    candidates = [
        {},
        *({**_read_back(member, other)} for other in known),
        *({key: _fresh(types[key], n) for key in keys} for n in range(MOST_TRIED)),
    ]
    for candidate in candidates:
        whole = read(Moment(values={}, state="", context={**values, **candidate}))
        if any(whole in group.literals for group, _ in places if isinstance(whole, str | int)):
            if not candidate:
                return {}  # a literal, which is known by itself
            continue
        if all(t.accepts(types[key], value) for key, value in candidate.items()) and all(
            [whole in held[name] for name in group.names] == own for group, own in places
        ):
            return candidate
    return {}


def _read_back(member: Node, value: Any) -> dict[str, Any]:
    """The values of keys that make a description of this value."""
    match member:
        case Key(name=name):
            return {name: value}
        case List(items=items):
            pairs = list(zip(items, value, strict=True))
        case Build(fields=fields):
            pairs = [(part, value[name]) for name, part in fields]
        case _:
            pairs = []
    return {part.name: each for part, each in pairs if isinstance(part, Key)}


def _fresh(of: t.Type, number: int) -> Any:
    inner = t.present(of)
    if isinstance(inner, t.Integer):
        return (inner.low or 0) + number
    text = f"{EXAMPLE}-{number + 1}" if number else EXAMPLE
    return text if t.accepts(inner, text) else str(number)


def _borne(
    taken: Taken, group: Group, whole: Node, held: Mapping[str, Any], types: Mapping[str, t.Type]
) -> Iterator[tuple[str, Any]]:
    """The key that bears a set, with as many members of each class as the run has in it."""
    borne = taken.step.scene.collections.borne[group]
    key = whole if isinstance(whole, Key) else next(k for k in walk(whole) if isinstance(k, Key))
    of = t.present(types[key.name])
    numbers = isinstance(of, t.Idset) or (isinstance(of, t.ListOf) and isinstance(of.of, t.Integer))
    known = list(dict.fromkeys(m for name in group.names for m in held[name]))
    fresh = [_fresh(t.Integer() if numbers else t.String(), n) for n in range(MOST_TRIED)]
    (literals,) = borne.literals
    chosen = [
        text for text, inside in zip(group.literals, literals, strict=True) if taken.value(inside)
    ]
    for row, number in borne.counts.items():
        own = list(row[: len(group.names)])
        fitting = [
            member
            for member in [*known, *(other for other in fresh if other not in known)]
            if [member in held[name] for name in group.names] == own
            and member not in group.literals
            and member not in chosen
        ]
        chosen += fitting[: int(taken.value(number))]
    if isinstance(of, t.ListOf):
        yield key.name, chosen
    else:
        yield (
            key.name,
            ",".join(map(str, sorted(chosen, key=str) if not numbers else sorted(chosen))),
        )

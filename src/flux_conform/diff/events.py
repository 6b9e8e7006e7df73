"""The concrete events that both specifications are tried on.

They are what the constants in both suggest; where the two ask different things of a context, there
are contexts too that only one of them takes: at the bounds and just outside, keys left out, and
values of other kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, NamedTuple

from flux_conform.diff.alike import Pair
from flux_conform.diff.merged import keys_of
from flux_conform.diff.scope import Scope
from flux_conform.diff.side import Entry, Side
from flux_conform.language import types as t
from flux_conform.language.equality import value_key
from flux_conform.language.expressions import Node
from flux_conform.language.specification import (
    AnyContext,
    EmptyContext,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.alphabet import is_member
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.telling import EXAMPLE, Pools, ordinary

MOST_CONTEXTS = 512
"""Of one event; what lies beyond has many keys that are all out of the ordinary at once."""

ODD: tuple[Any, ...] = (None, True, 0, 1, -1, 1.5, "", EXAMPLE, "0", "a..b", [], [EXAMPLE], {})
"""A value of each kind, for keys of which the two sides ask different things."""


class Choice(NamedTuple):
    """What stands under a key: nothing, a value, or what an expression over variables gives."""

    present: bool
    value: Any = None
    term: Node | None = None


class Action(NamedTuple):
    """An event with a context; `terms` are keys whose values are computed when it comes."""

    pair: Pair
    context: Mapping[str, Any] | None
    terms: tuple[tuple[str, Node], ...] = ()


def actions(scope: Scope, slice_: Slice, pools: Pools, bounds: Bounds) -> Iterator[Action]:
    """Every action that some side can take, by event, the plainest context first."""
    for pair, item in zip(scope.relevant, slice_.events, strict=True):
        known: set[object] = set()
        for action in _actions(scope, pair, item, pools, bounds):
            mark = (action.terms, action.context is None, value_key(dict(action.context or {})))
            if mark not in known and (
                takes_context(scope.one, pair.one, action)
                or takes_context(scope.two, pair.two, action)
            ):
                known.add(mark)
                yield action


def _actions(
    scope: Scope, pair: Pair, item: EventSlice, pools: Pools, bounds: Bounds
) -> Iterator[Action]:
    one, two = keys_of(pair.one), keys_of(pair.two)
    names = list(dict.fromkeys((*one, *two)))
    alike = scope.one.judged_context(pair.one) == scope.two.judged_context(pair.two)
    asked = item.keys
    read = [key for key in names if key in asked or one.get(key) != two.get(key)]
    rest = {
        key: ordinary(one[key])
        for key in names
        if key not in read and not isinstance(one[key], t.Optional)
    }
    tables = [
        list(enumerate(_choices(item, key, (one.get(key), two.get(key)), pools, bounds)))
        for key in read
    ]
    ranked = islice(product(*tables), 64 * MOST_CONTEXTS)
    for row in sorted(ranked, key=_oddity)[:MOST_CONTEXTS]:
        values = dict(rest)
        terms = []
        for key, (_, choice) in zip(read, row, strict=True):
            if choice.term is not None:
                terms.append((key, choice.term))
                values[key] = None
            elif choice.present:
                values[key] = choice.value
        ordered = {key: values[key] for key in names if key in values}
        yield Action(pair, ordered or None, tuple(terms))
    for entry in (pair.one, pair.two):
        context = entry.event.context
        if isinstance(context, TypedContext) and not isinstance(context.type, t.Record):
            yield Action(pair, ordinary(context.type))
    if not alike:
        yield Action(pair, None)
        yield Action(pair, {})
        yield Action(pair, {EXAMPLE: 1})
        yield Action(pair, {"": None})


def _oddity(row: tuple[tuple[int, Choice], ...]) -> tuple[int, tuple[int, ...]]:
    """Plain contexts first: few keys out of the ordinary, and those not far."""
    return sum(rank > 0 for rank, _ in row), tuple(rank for rank, _ in row)


def _choices(
    item: EventSlice,
    key: str,
    types: Sequence[t.Type | None],
    pools: Pools,
    bounds: Bounds,
) -> list[Choice]:
    """What may stand under a key, what both sides take before what one of them takes."""
    values: list[Any] = []
    inner = [of.of if isinstance(of, t.Optional) else of for of in types if of is not None]
    if is_member(item, key) and any(isinstance(of, t.String) for of in inner):
        values += [EXAMPLE, *(f"{EXAMPLE}-{n + 1}" for n in range(1, bounds.descriptions))]
    for of in inner:
        values.append(ordinary(of))
        if isinstance(of, t.Boolean):
            values += [False, True]
        if isinstance(of, t.Union):
            values += [ordinary(option) for option in of.options]
    pool = pools.of_key(item.event.name, key)
    values += pool
    if any(isinstance(of, t.Integer) for of in inner) and values[0] in pool:
        # Something that is none of the constants.
        values += [next(n for n in range(1, len(pool) + 2) if n not in pool)]
    if types[0] != types[1]:
        for of in inner:
            values += _edges(of)
        values += ODD
    choices = [Choice(True, value) for value in values]
    if None in types or any(isinstance(of, t.Optional) for of in types):
        choices.insert(0, Choice(False))
    choices += [Choice(True, term=term) for term in pools.terms_of(item.event.name, key)]
    taken: tuple[list[Choice], list[Choice]] = ([], [])
    known: set[object] = set()
    for choice in choices:
        sides = sum(_fits(of, choice) for of in types)
        mark = (choice.present, choice.term, value_key(choice.value))
        if sides and mark not in known:
            known.add(mark)
            taken[2 - sides].append(choice)
    return [*taken[0], *taken[1]]


def _fits(of: t.Type | None, choice: Choice) -> bool:
    if of is None or choice.term is not None:
        return True
    return t.accepts(of, choice.value) if choice.present else isinstance(of, t.Optional)


def _edges(of: t.Type) -> list[Any]:
    match of:
        case t.Integer(low=low, high=high):
            found = [] if low is None else [low, low - 1]
            return found if high is None else [*found, high, high + 1]
        case t.Union(options=options):
            return [value for option in options for value in (ordinary(option), *_edges(option))]
        case t.ListOf(of=inner):
            return [[ordinary(inner)], *([value] for value in (*_edges(inner), *ODD))]
        case t.NonEmpty(of=inner):
            return [ordinary(inner), *_edges(inner)]
        case t.Record(fields=fields):
            return [
                {name: ordinary(kind) for name, kind in fields if name != left}
                for left, _ in fields
            ]
        case t.MapOf(key=name, value=value):
            return [{ordinary(name): ordinary(value)}, {"": ordinary(value)}]
        case _:
            return []


# What a side says of a context


def unreadable_keys(context: object, value: Mapping[str, Any] | None) -> frozenset[str]:
    """The keys of a context that are missing or of the wrong type; "" is the whole."""
    if not isinstance(context, TypedContext):
        return frozenset()
    if not isinstance(context.type, t.Record):
        fits = value is not None and t.accepts(context.type, value)
        return frozenset() if fits else frozenset([""])
    found = value or {}
    return frozenset(
        key
        for key, of in context.keys
        if not (t.accepts(of, found[key]) if key in found else isinstance(of, t.Optional))
    )


def takes_context(side: Side, entry: Entry, action: Action) -> bool:
    """Whether a side finds nothing that counts in the context; terms are left out of it."""
    context = entry.event.context
    terms = {key for key, _ in action.terms}
    match context:
        case AnyContext():
            return True
        case UndefinedContext():
            return action.context is None or "no-context" not in side.counted
        case EmptyContext():
            return not action.context or "context" not in side.counted
        case _:
            faulty = unreadable_keys(context, action.context) - terms
            return not faulty or "context" not in side.counted

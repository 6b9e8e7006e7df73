"""The concrete events that both specifications are tried on.

The constants in both suggest them. Where the two require different things of a context, there are
also contexts that only one of them accepts: at the bounds and just outside, without a key, and with
values of other types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.diff.alike import Pair
from flux_conform.diff.merged import keys_of
from flux_conform.diff.scope import Scope
from flux_conform.diff.side import Side
from flux_conform.language import types as t
from flux_conform.language.equality import value_key
from flux_conform.language.expressions import Node
from flux_conform.language.specification import (
    AnyContext,
    EmptyContext,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.alphabet import choices_of, rows
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.constants import Constants
from flux_conform.machine.contexts import context_faults
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.values import EXAMPLE, ordinary


class Action(NamedTuple):
    """An event with a context; `terms` are keys whose values depend on the configuration."""

    pair: Pair
    context: Mapping[str, Any] | None
    terms: tuple[tuple[str, Node], ...] = ()


def actions(scope: Scope, slice_: Slice, constants: Constants, bounds: Bounds) -> Iterator[Action]:
    """Yield every action that at least one side accepts, by event, the simplest context first."""
    for pair, item in zip(scope.relevant, slice_.events, strict=True):
        known: set[object] = set()
        for action in _actions(scope, pair, item, constants, bounds):
            mark = (action.terms, action.context is None, value_key(dict(action.context or {})))
            if mark not in known and (
                _takes_context(scope.one, pair.one, action)
                or _takes_context(scope.two, pair.two, action)
            ):
                known.add(mark)
                yield action


def _actions(
    scope: Scope, pair: Pair, item: EventSlice, constants: Constants, bounds: Bounds
) -> Iterator[Action]:
    one, two = keys_of(pair.one), keys_of(pair.two)
    names = list(dict.fromkeys((*one, *two)))
    apart = {key for key in names if one.get(key) != two.get(key)}
    read = [key for key in names if key in item.keys or key in apart]
    rest = {
        key: ordinary(one[key])
        for key in names
        if key not in read and not isinstance(one[key], t.Optional)
    }
    tables = {
        key: choices_of(item, key, (one.get(key), two.get(key)), constants, bounds) for key in read
    }
    for row in rows(item, tables, apart):
        values = dict(rest)
        terms = []
        for key, choice in row:
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
    if scope.one.judged_context(pair.one) != scope.two.judged_context(pair.two):
        for other in (None, {}, {EXAMPLE: 1}, {"": None}):
            yield Action(pair, other)


def _takes_context(side: Side, entry: EventSlice, action: Action) -> bool:
    """Return whether a side finds nothing that counts in the context; terms are not judged."""
    match entry.event.context:
        case AnyContext():
            return True
        case UndefinedContext():
            return action.context is None or "no-context" not in side.counted
        case EmptyContext():
            return not action.context or "context" not in side.counted
        case TypedContext() as context:
            faulty = {fault.key for fault in context_faults(context, action.context)}
            terms = {key for key, _ in action.terms}
            return faulty <= terms or "context" not in side.counted

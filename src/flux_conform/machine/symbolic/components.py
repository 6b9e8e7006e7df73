"""Variables as numbers and truths: the components of a configuration, and how values fill them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import z3

from flux_conform.language import types as t
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.members import Collections
from flux_conform.machine.symbolic.symbols import (
    Count,
    Fields,
    Flag,
    Maybe,
    Opaque,
    Symbol,
    Text,
    lifted,
)


class Component(NamedTuple):
    """One number or truth of a configuration: its Z3 constant before a step, and its start."""

    name: str
    kind: str
    before: Any
    start: bool | int


def component(name: str, kind: str, start: bool | int) -> Component:
    """A component of a kind: a `flag` is a truth, any other a whole number."""
    make: Callable[[str], Any] = z3.Bool if kind == "flag" else z3.Int
    return Component(name, kind, make(name), start)


def is_textual(of: t.Type) -> bool:
    """Whether the values of a type are strings."""
    if isinstance(of, t.Union):
        return all(is_textual(option) for option in of.options)
    return isinstance(of, t.String | t.Idset | t.Path | t.Literal)


def is_unbounded(of: t.Type) -> bool:
    """Whether a type of strings has more values than its literals."""
    if isinstance(of, t.Union):
        return any(is_unbounded(option) for option in of.options)
    return not isinstance(of, t.Literal)


def layout(name: str, of: t.Type) -> Iterable[tuple[str, str]]:
    """The components of a variable that is no collection."""
    match of:
        case t.SetOf() | t.BagOf():
            return []
        case t.Boolean():
            return [(name, "flag")]
        case t.Integer():
            return [(name, "integer")]
        case t.Optional(of=inner):
            return _optional(name, inner)
        case _:
            return _optional(name, of)


def _optional(name: str, of: t.Type) -> list[tuple[str, str]]:
    # A variable that starts at none may be none, whether its type says optional or not.
    first = (f"has({name})", "flag")
    match of:
        case t.Boolean():
            return [first, (name, "flag")]
        case t.Integer():
            return [first, (name, "integer")]
        case t.Record(fields=fields):
            inner = [part for field, kind in fields for part in layout(f"{name}.{field}", kind)]
            return [first, *inner]
        case _ if is_textual(of):
            return [first, (name, "string")]
        case _:
            raise Untranslatable(f"the variable {name} is {t.show(of)}")


def load(name: str, of: t.Type, values: Mapping[str, Any], collections: Collections) -> Symbol:
    """A variable's value, from its components."""
    match of:
        case t.SetOf() | t.BagOf():
            return collections.value(name)
        case t.Boolean():
            return Flag(values[name])
        case t.Integer():
            return Count(values[name])
        case t.Optional(of=inner):
            return Maybe(values[f"has({name})"], _inner(name, inner, values, collections))
        case _:
            return Maybe(values[f"has({name})"], _inner(name, of, values, collections))


def _inner(name: str, of: t.Type, values: Mapping[str, Any], collections: Collections) -> Symbol:
    match of:
        case t.Boolean():
            return Flag(values[name])
        case t.Integer():
            return Count(values[name])
        case t.Record(fields=fields):
            return Fields(
                tuple(
                    (field, load(f"{name}.{field}", kind, values, collections))
                    for field, kind in fields
                )
            )
        case _:
            return Text(values[name])


def store(name: str, of: t.Type, value: Symbol) -> dict[str, Any]:
    """The components of a variable that takes a value."""
    match of:
        case t.Boolean() | t.Integer():
            return {name: _plain(name, value)}
        case _:
            maybe = lifted(value)
            inner = of.of if isinstance(of, t.Optional) else of
            stored = {f"has({name})": maybe.has}
            if maybe.of is None or maybe.has is False:
                return stored
            if isinstance(inner, t.Record):
                if not isinstance(maybe.of, Fields):
                    raise Untranslatable(f"the variable {name} takes what is no record")
                for field, part in maybe.of.fields:
                    stored.update(store(f"{name}.{field}", dict(inner.fields)[field], part))
                return stored
            stored[name] = _plain(name, maybe.of)
            return stored


def _plain(name: str, value: Symbol) -> Any:
    match value:
        case Flag(truth=inner) | Count(number=inner) | Text(code=inner):
            return inner
        case Opaque(why=why):
            raise Untranslatable(f"the variable {name} takes a value that is not known: {why}")
        case _:
            raise Untranslatable(f"the variable {name} takes a value that may be none")

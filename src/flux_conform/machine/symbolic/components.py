"""Variables and keys by their types: the components of a configuration, and unknown values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import z3

from flux_conform.language import types as t
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, Whole, disj
from flux_conform.machine.symbolic.members import Collections
from flux_conform.machine.symbolic.symbols import (
    Codes,
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
    return isinstance(of, t.String | t.Idset | t.Hostlist | t.Path | t.Literal)


def is_unbounded(of: t.Type) -> bool:
    """Whether a type of strings has more values than its literals."""
    if isinstance(of, t.Union):
        return any(is_unbounded(option) for option in of.options)
    return not isinstance(of, t.Literal)


def layout(name: str, of: t.Type) -> list[tuple[str, str]]:
    """The names and kinds of the components of a variable or field; of a collection, none."""
    match of:
        case t.SetOf() | t.BagOf():
            return []
        case t.Boolean():
            return [(name, "flag")]
        case t.Integer():
            return [(name, "integer")]
        case t.Object():
            return []  # of its value nothing is known
    if not is_known(of):
        return []  # whoever reads it learns so
    # A variable that starts at none may be none, whether its type says optional or not.
    has, inner = (f"has({name})", "flag"), t.present(of)
    match inner:
        case t.Boolean() | t.Integer():
            return [has, *layout(name, inner)]
        case t.Record(fields=fields):
            return [has, *(part for key, kind in fields for part in layout(f"{name}.{key}", kind))]
        case _:
            return [has, (name, "string")]


def starting(
    name: str, start: bool | float | str, codes: Codes
) -> Iterator[tuple[str, bool | int]]:
    """The components of a variable that are not as usual before the first event."""
    yield f"has({name})", True
    if isinstance(start, str):
        yield name, codes.of(start)
    elif not isinstance(start, float):
        yield name, start


def is_known(of: t.Type) -> bool:
    """Whether the values of a variable of the type are told by components."""
    inner = t.present(of)
    if isinstance(inner, t.Record):
        return all(is_known(kind) for _, kind in inner.fields)
    return isinstance(inner, t.Boolean | t.Integer | t.Object) or is_textual(inner)


def load(name: str, of: t.Type, values: Mapping[str, Any], collections: Collections) -> Symbol:
    """A variable's value, from its components. Raises Untranslatable where they do not tell it."""
    match of:
        case t.SetOf() | t.BagOf():
            return collections.value(name)
        case t.Boolean():
            return Flag(values[name])
        case t.Integer():
            return Count(values[name])
        case t.Object():
            return Opaque(f"the variable {name} is {t.show(of)}")
    if not is_known(of):
        raise Untranslatable(f"the variable {name} is {t.show(t.present(of))}")
    has, inner = values[f"has({name})"], t.present(of)
    match inner:
        case t.Boolean() | t.Integer():
            return Maybe(has, load(name, inner, values, collections))
        case t.Record(fields=fields):
            parts = [
                (field, load(f"{name}.{field}", kind, values, collections))
                for field, kind in fields
            ]
            return Maybe(has, Fields(tuple(parts)))
        case _:
            return Maybe(has, Text(values[name]))


def store(name: str, of: t.Type, value: Symbol) -> dict[str, Any]:
    """The components of a variable that takes a value."""
    if isinstance(of, t.Boolean | t.Integer):
        return {name: _plain(name, value)}
    if isinstance(of, t.Object) or not is_known(of):
        return {}
    maybe, inner = lifted(value), t.present(of)
    stored = {f"has({name})": maybe.has}
    if maybe.of is None or maybe.has is False:
        return stored
    if not isinstance(inner, t.Record):
        return {**stored, name: _plain(name, maybe.of)}
    if not isinstance(maybe.of, Fields):
        raise Untranslatable(f"the variable {name} takes what is no record")
    for field, part in maybe.of.fields:
        stored.update(store(f"{name}.{field}", dict(inner.fields)[field], part))
    return stored


def _plain(name: str, value: Symbol) -> Any:
    match value:
        case Flag(truth=inner) | Count(number=inner) | Text(code=inner):
            return inner
        case Maybe(of=inner) if inner is not None:
            return _plain(name, inner)  # the type checker knows that it is there
        case Opaque(why=why):
            raise Untranslatable(f"the variable {name} takes a value that is not known: {why}")
        case _:
            raise Untranslatable(f"the variable {name} takes a value that may be none")


# Unknown values


def unknown(name: str, of: t.Type, codes: Codes) -> tuple[Symbol, list[Truth]]:
    """Any value of a type, and what must hold for it to be one."""
    match of:
        case t.Optional(of=inner):
            value, bounds = unknown(name, inner, codes)
            return Maybe(z3.FreshBool(f"{name}?"), value), bounds
        case t.Boolean():
            return Flag(z3.FreshBool(name)), []
        case t.Integer():
            number = z3.FreshInt(name)
            return Count(number), within(of, number)
        case t.Literal(text=text):
            return Text(codes.of(text)), []
        case t.Record(fields=fields):
            parts = [(field, unknown(f"{name}.{field}", kind, codes)) for field, kind in fields]
            bounds = [bound for _, (_, asked) in parts for bound in asked]
            return Fields(tuple((field, value) for field, (value, _) in parts)), bounds
        case _ if is_textual(of):
            code = z3.FreshInt(name)
            return Text(code), among(of, code, codes)
        case _:
            return Opaque(f"{name} is {t.show(of)}", t.accepts(of, None)), []


def within(of: t.Integer, number: Whole) -> list[Truth]:
    """What must hold for a number to be of the type."""
    bounds = [] if of.low is None else [number >= of.low]
    return bounds if of.high is None else [*bounds, number <= of.high]


def among(of: t.Type, code: Whole, codes: Codes) -> list[Truth]:
    """What must hold for a code to be a string of the type: known ones are looked at one by one."""
    if not is_unbounded(of):
        return [disj(code == codes.of(text) for text in codes.texts if t.accepts(of, text))]
    barred = [code != codes.of(text) for text in codes.texts if not t.accepts(of, text)]
    return [code >= 0, *barred]


def name_outside(listed: list[str], codes: Codes) -> tuple[Whole, list[Truth]]:
    """Any name of an event that is none of those listed."""
    name = z3.FreshInt("event")
    return name, [name >= 0, *(name != codes.of(other) for other in listed)]

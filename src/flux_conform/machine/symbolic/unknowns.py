"""Unknown values of a type: what a key of an event may be, in symbols."""

from __future__ import annotations

import z3

from flux_conform.language import types as t
from flux_conform.machine.symbolic.components import is_textual, is_unbounded
from flux_conform.machine.symbolic.logic import Truth, Whole, disj
from flux_conform.machine.symbolic.symbols import Codes, Count, Flag, Maybe, Opaque, Symbol, Text


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
        case _ if is_textual(of):
            code = z3.FreshInt(name)
            return Text(code), among(of, code, codes)
        case _:
            return Opaque(f"{name} is {t.show(of)}"), []


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

"""Values of what the translation does not know: any of their types, so that the rest is known.

A step with free values allows whatever the true step does, and more. So what is proved for all of
them holds; what they allow is no counterexample until a log shows it.
"""

from __future__ import annotations

from typing import Any

import z3

from flux_conform.language import types as t
from flux_conform.language.expressions import Node
from flux_conform.machine.symbolic.components import among, is_unbounded, within
from flux_conform.machine.symbolic.logic import Truth, Whole, conj, pick
from flux_conform.machine.symbolic.symbols import (
    Codes,
    Count,
    Fields,
    Flag,
    Maybe,
    Opaque,
    Symbol,
    Text,
)

FREE = "any value"
"""The name of the constants that stand for such values."""


def is_free(term: Any) -> bool:
    """Whether a Z3 constant is a free value."""
    return str(term.decl().name()).startswith(f"{FREE}!")


class FreeValues:
    """The free values of one scene, where an expression has one value however often it is read.

    `known` gathers the expressions of a machine that are free in some scene, with the reasons.
    """

    def __init__(self, known: dict[Node, str]) -> None:
        self.known = known
        self._truths: dict[Node, Any] = {}

    def afresh(self) -> FreeValues:
        """The free values of another scene."""
        return FreeValues(self.known)

    def truth(self, node: Node, why: str) -> Truth:
        """Any truth for a condition; `why` says what is not known of it."""
        self.known.setdefault(node, why)
        if node not in self._truths:
            self._truths[node] = z3.FreshBool(FREE)
        return self._truths[node]

    def value(self, node: Node, of: t.Type, codes: Codes, why: str) -> Symbol:
        """Any value of a variable's type, which an expression gives it."""
        self.known.setdefault(node, why)
        if isinstance(of, t.SetOf | t.BagOf | t.Object):
            return Opaque(why)
        return any_value(of, codes)


def any_value(of: t.Type, codes: Codes) -> Symbol:
    """Any value of the type of a variable whose components are known."""
    match of:
        case t.Boolean():
            return Flag(z3.FreshBool(FREE))
        case t.Integer():
            return Count(_any_number(of))
    inner = t.present(of)
    match inner:
        case t.Boolean() | t.Integer():
            value = any_value(inner, codes)
        case t.Record(fields=fields):
            value = Fields(tuple((name, any_value(kind, codes)) for name, kind in fields))
        case t.Object():
            return Opaque("an object of which nothing is known")
        case _:
            value = Text(_any_text(inner, codes))
    return Maybe(z3.FreshBool(FREE), value)


def any_truth() -> Truth:
    """Any truth."""
    return z3.FreshBool(FREE)


def any_count() -> Whole:
    """Any number of members."""
    number = z3.FreshInt(FREE)
    return pick(number >= 0, number, 0)


def _any_number(of: t.Integer) -> Whole:
    number = z3.FreshInt(FREE)
    some = of.low if of.low is not None else min(0, of.high or 0)
    return pick(conj(within(of, number)), number, some)


def _any_text(of: t.Type, codes: Codes) -> Whole:
    code = z3.FreshInt(FREE)
    known = [codes.of(text) for text in codes.texts if t.accepts(of, text)]
    return pick(conj(among(of, code, codes)), code, codes.rest if is_unbounded(of) else known[0])

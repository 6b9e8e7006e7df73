"""Simple conditions of the specification language as words and code."""

from __future__ import annotations

from flux_conform.language import expressions as x
from flux_conform.language.specification import Specification
from flux_conform.rfc.table import Cell, Code

_BETWEEN = {
    "==": " is ",
    "!=": " is not ",
    "<": " is below ",
    "<=": " is at most ",
    ">": " is above ",
    ">=": " is at least ",
    "in": " is one of ",
    "and": " and ",
    "or": " or ",
}


def guard_words(specification: Specification, guard: x.Expression) -> Cell:
    """Return the guard as part of a sentence; an expression without words is shown as code."""
    return _words(x.expand(guard.tree, specification.definition_table))


def _words(node: x.Node) -> Cell:
    match node:
        case x.Not(operand=x.Call(function="has", arguments=(of,))):
            return (*_words(of), " is absent")
        case x.Call(function="has", arguments=(of,)):
            return (*_words(of), " is present")
        case x.Binary(operator=operator, left=left, right=right) if operator in _BETWEEN:
            return (*_words(left), _BETWEEN[operator], *_words(right))
        case x.Key(name=name) if name:
            return (Code(name),)
        case _:
            return (Code(x.show(node)),)

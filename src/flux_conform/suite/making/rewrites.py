"""Small changes of an expression that leave it well typed."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    MERGES,
    About,
    Binary,
    Build,
    Call,
    Constant,
    If,
    List,
    Member,
    Name,
    Node,
    Not,
)
from flux_conform.language.specification import Specification

_SWAPS = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">=", "=="),
    "<=": ("<", ">", "=="),
    ">": (">=", "<=", "=="),
    ">=": (">", "<", "=="),
    "and": ("or",),
    "or": ("and",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "&": (),
    "%": (),
    "in": (),
    "implies": ("and", "or"),
}
_LOGICAL = ("and", "or", "implies")
_TRUTHS = ("==", "!=", "<", "<=", ">", ">=", "in", *_LOGICAL)


def rewrites(tree: Node, specification: Specification) -> Iterator[Node]:
    """The tree with one change: an operator, an operand, a constant, or a condition negated."""
    known = {tree}
    for changed in _rewrites(tree, _flags(specification)):
        if changed not in known:
            known.add(changed)
            yield changed


def _flags(specification: Specification) -> frozenset[str]:
    """The names that stand for true or false."""
    variables = (v.name for v in specification.variables if v.type == t.Boolean())
    return frozenset(("first", *variables))


def _rewrites(tree: Node, flags: frozenset[str]) -> Iterator[Node]:
    if _is_truth(tree, flags):
        yield tree.operand if isinstance(tree, Not) else Not(tree)
    match tree:
        case Binary(operator=operator, left=left, right=right):
            for other in _SWAPS[operator]:
                yield Binary(other, left, right)
            if operator in _LOGICAL:
                yield left
                yield right
                if operator == "implies":
                    yield Binary("implies", right, left)
            elif operator in ("+", "-", "*", "/", "%", "&"):
                yield left
            for changed in _rewrites(left, flags):
                yield Binary(operator, changed, right)
            for changed in _rewrites(right, flags):
                yield Binary(operator, left, changed)
        case Not(operand=operand):
            for changed in _rewrites(operand, flags):
                yield Not(changed)
        case If(condition=condition, then=then, otherwise=otherwise):
            yield then
            yield otherwise
            for changed in _rewrites(condition, flags):
                yield If(changed, then, otherwise)
            for changed in _rewrites(then, flags):
                yield If(condition, changed, otherwise)
            for changed in _rewrites(otherwise, flags):
                yield If(condition, then, changed)
        case List(items=items):
            for place, item in enumerate(items):
                if len(items) > 1:
                    yield List((*items[:place], *items[place + 1 :]))
                for changed in _rewrites(item, flags):
                    yield List((*items[:place], changed, *items[place + 1 :]))
        case Build(fields=fields):
            for place, (name, value) in enumerate(fields):
                for changed in _rewrites(value, flags):
                    yield Build((*fields[:place], (name, changed), *fields[place + 1 :]))
        case Call(function=function, arguments=arguments):
            if function in MERGES:
                yield from arguments
                yield from (Call(other, arguments) for other in MERGES if other != function)
            for place, argument in enumerate(arguments):
                for changed in _rewrites(argument, flags):
                    yield Call(function, (*arguments[:place], changed, *arguments[place + 1 :]))
        case Member(record=record, field=field):
            for changed in _rewrites(record, flags):
                yield Member(changed, field)
        case Constant(value=bool() as value):
            yield Constant(not value)
        case Constant(value=int() as value):
            yield Constant(value + 1)
            yield Constant(value - 1)
        case Constant(value=str() as value):
            yield Constant(f"{value}-other")
        case _:
            return


def _is_truth(tree: Node, flags: frozenset[str]) -> bool:
    match tree:
        case Binary(operator=operator):
            return operator in _TRUTHS
        case Not():
            return True
        case Call(function=function):
            return function in ("empty", "has")
        case About(function=function):
            return function in ("seen", "visited")
        case Name(name=name):
            return name in flags
        case _:
            return False

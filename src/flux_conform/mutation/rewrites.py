"""Small changes of an expression, or of the type of a context, for mutants."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, TypeGuard, TypeVar

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    MERGES,
    About,
    Binary,
    Call,
    Constant,
    Expression,
    If,
    Key,
    List,
    Name,
    Node,
    Not,
    children,
    rebuilt,
    show,
)
from flux_conform.language.specification import Specification

_Item = TypeVar("_Item")

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
    "implies": ("and", "or"),
}
_LOGICAL = ("and", "or", "implies")
_BOOLEAN = ("==", "!=", "<", "<=", ">", ">=", "in", *_LOGICAL)


def replaced(items: Sequence[_Item], place: int, *new: _Item) -> tuple[_Item, ...]:
    """The items with the one at a place replaced by others, or left out."""
    return (*items[:place], *new, *items[place + 1 :])


def rewrites(expression: Expression, specification: Specification) -> Iterator[Expression]:
    """The expression with one change that leaves it well typed.

    Changed is an operator, an operand, a constant, or a condition is negated.
    """
    booleans = (v.name for v in specification.variables if v.type == t.Boolean())
    lists = (
        key
        for event in specification.events
        for key, of in event.key_types.items()
        if isinstance(t.listed(of), t.ListOf)
    )
    sets = _set_names(specification)
    names = _Names(frozenset(("first", *booleans)), sets, frozenset(lists))
    known = {expression.tree}
    for changed in _rewrites(expression.tree, names):
        if changed not in known:
            known.add(changed)
            yield Expression(show(changed), changed)


class _Names(NamedTuple):
    """The names of booleans and of sets, and the keys that are lists in some event."""

    booleans: frozenset[str]
    sets: frozenset[str]
    lists: frozenset[str]


def _set_names(specification: Specification) -> frozenset[str]:
    sets = {v.name for v in specification.variables if isinstance(v.type, t.SetOf)}
    for definition in specification.definitions:
        if _is_set(definition.body.tree, sets):
            sets.add(definition.name)
    return frozenset(sets)


def _rewrites(tree: Node, names: _Names) -> Iterator[Node]:
    if _is_boolean(tree, names.booleans):
        yield tree.operand if isinstance(tree, Not) else Not(tree)
    if _compares_sets(tree, names):
        yield Binary("<=", tree.right, tree.left)
        yield Binary("==", _as_set(tree.left, names.sets), _as_set(tree.right, names.sets))
    else:
        yield from _own_rewrites(tree)
    for place, child in enumerate(children(tree)):
        if isinstance(tree, List) and len(tree.items) > 1:
            yield List(replaced(tree.items, place))
        # What is merged must be there, so of `x else y` only y can be taken alone.
        is_merged = isinstance(tree, Call) and tree.function in MERGES
        default = _default_of(child) if is_merged else None
        if default is not None:
            yield _with_operand(tree, place, default)
            continue
        for changed in _rewrites(child, names):
            yield _with_operand(tree, place, changed)


def _default_of(tree: Node) -> Node | None:
    """What stands right of `else` in `x else y`; None where the tree is no such default."""
    match tree:
        case If(condition=Binary(operator="==", left=left, right=Constant(value=None)), then=then):
            return then if tree.otherwise == left else None
    return None


def _with_operand(tree: Node, place: int, new: Node) -> Node:
    operands = iter(replaced(children(tree), place, new))
    return rebuilt(tree, lambda _: next(operands))


def _own_rewrites(tree: Node) -> Iterator[Node]:
    """The changes of a node that leave its operands as they are."""
    match tree:
        case Binary(operator=operator, left=left, right=right):
            for other in _SWAPS.get(operator, ()):
                yield Binary(other, left, right)
            if operator in _LOGICAL:
                yield left
                yield right
                if operator == "implies":
                    yield Binary("implies", right, left)
            elif operator in ("+", "-", "*", "/", "%", "&"):
                yield left
        case If(then=then, otherwise=otherwise):
            yield then
            yield otherwise
        case Call(function=function, arguments=arguments) if function in MERGES:
            yield from arguments
            yield from (Call(other, arguments) for other in MERGES if other != function)
        case Constant(value=bool() as value):
            yield Constant(not value)
        case Constant(value=int() as value):
            yield Constant(value + 1)
            yield Constant(value - 1)
        case Constant(value=str() as value):
            yield Constant(f"{value}-other")


def _is_boolean(tree: Node, booleans: frozenset[str]) -> bool:
    match tree:
        case Binary(operator=operator):
            return operator in _BOOLEAN
        case Not():
            return True
        case Call(function=function):
            return function in ("empty", "has", "disjoint")
        case About(function=function):
            return function in ("seen", "visited")
        case Name(name=name):
            return name in booleans
        case _:
            return False


def _is_set(tree: Node, sets: Collection[str]) -> bool:
    match tree:
        case Name(name=name):
            return name in sets
        case Call(function="ranks" | "keys" | "set"):
            return True
        case Binary(operator="+" | "-" | "&", left=left):
            return _is_set(left, sets)
        case If(then=then):
            return _is_set(then, sets)
        case _:
            return False


def _compares_sets(tree: Node, names: _Names) -> TypeGuard[Binary]:
    """Whether it asks if a set or list is part of another; sets are not ordered as numbers are."""
    return (
        isinstance(tree, Binary)
        and tree.operator == "<="
        and any(_is_set(side, names.sets) or _is_list(side, names) for side in children(tree))
    )


def _is_list(tree: Node, names: _Names) -> bool:
    match tree:
        case Call(function="hosts") | List():
            return True
        case Key(name=name):
            return name in names.lists
        case _:
            return False


def _as_set(tree: Node, sets: Collection[str]) -> Node:
    return tree if _is_set(tree, sets) else Call("set", (tree,))


def type_rewrites(of: t.Type, read: Collection[str]) -> Iterator[tuple[str, t.Type]]:
    """The type with one change, and the change in words.

    Keys that are `read` keep a type that they can be read by.
    """
    kept = _kinds(of)
    for says, changed in _type_rewrites(of, ""):
        others = _kinds(changed)
        if all(others.get(key) == kept.get(key) for key in read):
            yield says, changed


def _kinds(of: t.Type) -> dict[str, tuple[str, bool]]:
    """The kind of each key of a record, and whether it may be left out."""
    fields = of.fields if isinstance(of, t.Record) else ()
    return {key: (t.present(kind).kind, isinstance(kind, t.Optional)) for key, kind in fields}


def _type_rewrites(of: t.Type, at: str) -> Iterator[tuple[str, t.Type]]:
    where = at or "the context"
    match of:
        case t.Record(fields=fields):
            for place, (key, kind) in enumerate(fields):
                changes = [(s, (key, changed)) for s, changed in _type_rewrites(kind, key)]
                if isinstance(kind, t.Optional):
                    changes.append((f"{key} required", (key, kind.of)))
                else:
                    yield f"{key} left out", t.Record(replaced(fields, place))
                    changes.append((f"{key} optional", (key, t.Optional(kind))))
                for says, field in changes:
                    yield says, t.Record(replaced(fields, place, field))
        case t.Optional(of=inner):
            for says, changed in _type_rewrites(inner, at):
                yield says, t.Optional(changed)
        case t.Integer(low=low, high=high):
            for bound in () if low is None else (low - 1, low + 1, None):
                yield f"{where}: low {low} becomes {bound}", t.Integer(bound, high)
            for bound in () if high is None else (high - 1, high + 1, None):
                yield f"{where}: high {high} becomes {bound}", t.Integer(low, bound)
            if low is None and high is None:
                yield f"{where}: a number", t.Number()
                yield f"{where}: at least 0", t.Integer(0, None)
            yield f"{where}: anything", t.Anything()
        case t.NonEmpty(of=inner):
            yield f"{where}: may be empty", inner
            for says, changed in _type_rewrites(inner, at):
                yield says, t.NonEmpty(changed)
        case t.Union(options=options):
            for place, option in enumerate(options):
                others = replaced(options, place)
                left = others[0] if len(others) == 1 else t.Union(others)
                yield f"{where}: not {t.show(option)}", left
        case t.ListOf(of=inner):
            yield f"{where}: not empty", t.NonEmpty(of)
            for says, changed in _type_rewrites(inner, f"{where}, an item"):
                yield says, t.ListOf(changed)
        case t.MapOf(key=key, value=value):
            if key != t.String():
                yield f"{where}: any name", t.MapOf(t.String(), value)
        case t.Anything():
            return
        case _ if not at:
            # A context is an object: of the whole no less can be asked.
            return
        case t.Idset() | t.Hostlist():
            yield f"{where}: any string", t.String()
        case _:
            yield f"{where}: anything", t.Anything()

"""Values to put in the contexts of events: the most ordinary one of a type, and telling others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.equality import value_key
from flux_conform.language.expressions import (
    ARITHMETIC,
    COMPARISONS,
    Binary,
    Call,
    Constant,
    Key,
    List,
    Name,
    Node,
    walk,
)
from flux_conform.language.specification import TypedContext
from flux_conform.machine.slice import EventSlice, Slice

EXAMPLE = "example"
WIDE = 1000
"""A range wider than this has no telling middle."""


def ordinary(of: t.Type) -> Any:
    """The value of a type that surprises a reader least; `optional T` gives that of T."""
    match of:
        case t.Boolean():
            return False
        case t.Integer(low=low, high=high):
            return _ordinary_integer(low, high)
        case t.Number():
            return 1
        case t.String():
            return EXAMPLE
        case t.Literal(text=text):
            return text
        case t.Idset():
            return "0"
        case t.Path():
            return "example.key"
        case t.Anything():
            return 1
        case t.Object():
            return {}
        case t.ListOf() | t.SetOf() | t.BagOf():
            return []
        case t.Optional(of=inner):
            return ordinary(inner)
        case t.Record(fields=fields):
            return {
                name: ordinary(kind) for name, kind in fields if not isinstance(kind, t.Optional)
            }
        case t.MapOf():
            return {}
        case t.NonEmpty(of=t.MapOf(key=name, value=value)):
            return {ordinary(name): ordinary(value)}
        case t.NonEmpty(of=t.ListOf(of=item)):
            return [ordinary(item)]
        case t.NonEmpty(of=inner):
            return ordinary(inner)
        case t.Union(options=options):
            return ordinary(options[0])


def _ordinary_integer(low: int | None, high: int | None) -> int:
    if low is not None and high is not None and high - low <= WIDE:
        return (low + high + 1) // 2
    if low is not None and high is not None:
        return low + 16
    return max(0, low or 0) if high is None or high >= 0 else high


class Pools:
    """The constants that the expressions of a slice compare keys and variables with.

    A key's pool holds what it is compared with itself, and what the variables are compared with
    that take their values from it. `sizes` are what the machine compares the sizes of collections
    with, `claimed` what its properties do.
    """

    def __init__(self, slice_: Slice) -> None:
        self._pools: dict[tuple[str, str], dict[object, bool | int | str | None]] = {}
        self._terms: dict[tuple[str, str], dict[Node, None]] = {}
        self.sizes: list[int] = []
        self.claimed: list[int] = []
        self.integers: list[int] = []
        variables = {variable.name for variable in slice_.variables}
        for item in slice_.events:
            claims = {id(tree) for tree in item.claims}
            for tree in item.trees:
                self._scan(tree, item, variables, id(tree) in claims)
        for tree in slice_.claims:
            self._scan(tree, None, variables, True)
        # Backwards along the effects, until nothing is new.
        flows = [
            (("", variable), _sources(tree, item.event.name, variables))
            for item in slice_.events
            for variable, tree in item.effects
        ]
        # A literal that one event's description is compared with may be a member by another's.
        for item in slice_.events:
            for tree in item.trees:
                for key, name in memberships(tree, variables):
                    place = (item.event.name, key)
                    flows += [(("", name), [place]), (place, [("", name)])]
        changed = True
        while changed:
            changed = False
            for target, sources in flows:
                for source in sources:
                    pool = self._pools.setdefault(source, {})
                    before = len(pool)
                    pool.update(self._pools.get(target, {}))
                    changed |= len(pool) != before

    def of_key(self, event: str, key: str) -> list[bool | int | str | None]:
        """The constants that matter to a key of an event."""
        return list(self._pools.get((event, key), {}).values())

    def of_variable(self, name: str) -> list[bool | int | str | None]:
        """The constants that matter to a variable."""
        return list(self._pools.get(("", name), {}).values())

    def terms_of(self, event: str, key: str) -> list[Node]:
        """The expressions over variables that a key is required to equal."""
        return list(self._terms.get((event, key), ()))

    def _scan(
        self, tree: Node, item: EventSlice | None, variables: set[str], is_claim: bool
    ) -> None:
        event = "" if item is None else item.event.name
        for node in walk(tree):
            if not isinstance(node, Binary) or node.operator not in COMPARISONS:
                continue
            for side, other in ((node.left, node.right), (node.right, node.left)):
                sources = _sources(side, event, variables)
                constants = _constants(other) + _beyond(item, other)
                if sources and isinstance(side, Binary) and side.operator in ARITHMETIC:
                    constants += [n.value for n in walk(side) if isinstance(n, Constant)]
                if node.operator in ("<", "<=", ">", ">="):
                    constants += [c + d for c in _integers(constants) for d in (-1, 1)]
                for source in sources:
                    pool = self._pools.setdefault(source, {})
                    pool.update((value_key(constant), constant) for constant in constants)
                if any(isinstance(n, Call) and n.function == "size" for n in walk(side)):
                    (self.claimed if is_claim else self.sizes).extend(_integers(constants))
                self.integers += _integers(constants)
                equals = node.operator == "==" or isinstance(other, List)
                if isinstance(side, Key) and equals and node.operator in ("==", "in"):
                    self._note_terms(side.name, other, event)

    def _note_terms(self, key: str, other: Node, event: str) -> None:
        for term in other.items if isinstance(other, List) else (other,):
            parts = list(walk(term))
            reads = any(isinstance(part, Name) for part in parts)
            if reads and not any(isinstance(part, Key) for part in parts):
                self._terms.setdefault((event, key), {})[term] = None


def _sources(tree: Node, event: str, variables: set[str]) -> list[tuple[str, str]]:
    found = []
    for node in walk(tree):
        if isinstance(node, Key) and node.name:
            found.append((event, node.name))
        elif isinstance(node, Name) and node.name in variables:
            found.append(("", node.name))
    return found


def _beyond(item: EventSlice | None, node: Node) -> list[int]:
    """Where a key's bounds end: what is compared with the key may lie beyond them."""
    context = None if item is None else item.event.context
    if not isinstance(context, TypedContext):
        return []
    found = []
    for part in walk(node):
        of = dict(context.keys).get(part.name) if isinstance(part, Key) else None
        inner = of.of if isinstance(of, t.Optional) else of
        if isinstance(inner, t.Integer):
            found += [inner.low - 1] if inner.low is not None else []
            found += [inner.high + 1] if inner.high is not None else []
    return found


def memberships(tree: Node, variables: set[str]) -> list[tuple[str, str]]:
    """The keys that are added to, removed from or looked for in variables, with the variables."""
    found = []
    for node in walk(tree):
        if isinstance(node, Binary) and node.operator in ("in", "+", "-"):
            pair = (node.left, node.right) if node.operator == "in" else (node.right, node.left)
            key, inside = pair
            if isinstance(key, Key):
                names = [part.name for part in walk(inside) if isinstance(part, Name)]
                found += [(key.name, name) for name in names if name in variables]
    return found


def _constants(node: Node) -> list[Any]:
    parts = node.items if isinstance(node, List) else (node,)
    return [part.value for part in parts if isinstance(part, Constant) and part.value is not None]


def _integers(values: Iterable[Any]) -> list[int]:
    return [v for v in values if isinstance(v, int) and not isinstance(v, bool)]

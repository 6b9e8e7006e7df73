"""The constants that a machine compares keys and variables with, and what follows from them."""

from __future__ import annotations

from typing import Any, TypeAlias

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
from flux_conform.machine.growth import growing
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.solutions import Place, solutions
from flux_conform.machine.values import EXAMPLE, integers_of, ordinary

ORDERINGS = ("<", "<=", ">", ">=")

MOST_SOLVED = 100
"""A key or a variable that has so many constants gets no more by calculation."""

_Flow: TypeAlias = tuple[Place, list[Place], Node | None]
"""A place, those that it takes its values from, and the expression, where there is one."""


class Constants:
    """The constants that the expressions of a slice compare keys and variables with.

    A key's pool holds what it is compared with itself, and what the variables are compared with
    that take their values from it. `sizes` are what the machine compares the sizes of collections
    with, `claimed` what its properties do.
    """

    def __init__(self, slice_: Slice) -> None:
        self.slice = slice_
        self._pools: dict[tuple[str, str], dict[object, bool | int | str | None]] = {}
        self._terms: dict[tuple[str, str], dict[Node, None]] = {}
        self.sizes: list[int] = []
        self.claimed: list[int] = []
        variables = {variable.name for variable in slice_.variables}
        for item in slice_.events:
            claims = {id(tree) for tree in item.claims}
            for tree in item.trees:
                self._scan(tree, item, variables, id(tree) in claims)
        for tree in slice_.claims:
            self._scan(tree, None, variables, True)
        # Backwards along the effects, until nothing is new.
        flows: list[_Flow] = [
            (("", variable), _sources(tree, item.event.name, variables), tree)
            for item in slice_.events
            for variable, tree in item.effects
        ]
        endless = set(growing(slice_.effects))
        self._added_up = {
            source for target, sources, _ in flows if target[1] in endless for source in sources
        }
        # A literal that one event's description is compared with may be a member by another's.
        # Numbers go one way alone: there and back by way of an effect they would have no end.
        numbers = (t.Integer, t.Number)
        held = {v.name for v in slice_.variables if not isinstance(t.present(v.type), numbers)}
        for item in slice_.events:
            for tree in item.trees:
                for key, name in memberships(tree, variables):
                    place = (item.event.name, key)
                    flows.append((("", name), [place], None))
                    flows += [(place, [("", name)], None)] if name in held else []
        changed = True
        while changed:
            changed = False
            for target, sources, effect in flows:
                wanted = self._pools.get(target, {})
                for source in sources:
                    pool = self._pools.setdefault(source, {})
                    before = len(pool)
                    pool.update(wanted)
                    if effect is not None and target[1] not in endless and before < MOST_SOLVED:
                        found = solutions(effect, source, wanted.values(), pool.values())
                        pool.update((value_key(value), value) for value in found)
                    changed |= len(pool) != before

    def of_key(self, event: str, key: str) -> list[bool | int | str | None]:
        """The constants that matter to a key of an event."""
        return list(self._pools.get((event, key), {}).values())

    def of_variable(self, name: str) -> list[bool | int | str | None]:
        """The constants that matter to a variable."""
        return list(self._pools.get(("", name), {}).values())

    def is_added_up(self, event: str, key: str) -> bool:
        """Whether a variable that is computed from itself takes values from a key."""
        return (event, key) in self._added_up

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
                constants = _constants(other) + _beyond(item, other) + _beside(item, side, other)
                wanted = constants.copy()
                if sources and isinstance(side, Binary) and side.operator in ARITHMETIC:
                    constants += [n.value for n in walk(side) if isinstance(n, Constant)]
                if node.operator in ORDERINGS:
                    wanted += [c + d for c in integers_of(wanted) for d in (-1, 1)]
                    constants += [c + d for c in integers_of(constants) for d in (-1, 1)]
                for source in sources:
                    pool = self._pools.setdefault(source, {})
                    solved = solutions(side, source, wanted, constants)
                    pool.update((value_key(value), value) for value in (*constants, *solved))
                if any(isinstance(n, Call) and n.function == "size" for n in walk(side)):
                    (self.claimed if is_claim else self.sizes).extend(integers_of(constants))
                if isinstance(side, Key) and (node.operator != "in" or isinstance(other, List)):
                    self._note_terms(side.name, node.operator, other, event)

    def _note_terms(self, key: str, operator: str, other: Node, event: str) -> None:
        for term in other.items if isinstance(other, List) else (other,):
            parts = list(walk(term))
            reads = any(isinstance(part, Name) for part in parts)
            if reads and not any(isinstance(part, Key) for part in parts):
                terms = self._terms.setdefault((event, key), {})
                terms[term] = None
                if operator in ORDERINGS:
                    terms.update((Binary(sign, term, Constant(1)), None) for sign in ("-", "+"))


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
        name = part.name if isinstance(part, Key) else ""
        inner = t.present(dict(context.keys).get(name, t.Anything()))
        if isinstance(inner, t.Integer):
            found += [inner.low - 1] if inner.low is not None else []
            found += [inner.high + 1] if inner.high is not None else []
    return found


def _beside(item: EventSlice | None, side: Node, other: Node) -> list[Any]:
    """Where one key is compared with another: what is equal to the other's plain value or not."""
    context = None if item is None else item.event.context
    if not (isinstance(context, TypedContext) and isinstance(other, Key) and side != other):
        return []
    if not any(isinstance(part, Key) for part in walk(side)):
        return []
    match t.present(dict(context.keys).get(other.name, t.Anything())):
        case t.Integer() as inner:
            return [ordinary(inner), ordinary(inner) + 1]
        case t.String():
            return [EXAMPLE, f"{EXAMPLE}-2"]
        case _:
            return []


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

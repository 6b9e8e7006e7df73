"""What stands in expressions: constants, what is compared with what, members of collections."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from flux_conform.language.expressions import (
    COMPARISONS,
    Binary,
    Constant,
    Key,
    List,
    Name,
    Node,
    walk,
)
from flux_conform.language.specification import Specification

_TURNING = ("*", "/", "%", "&")


def literals(trees: Iterable[Node]) -> Iterator[Any]:
    """The constants in some expressions, in the order met."""
    for tree in trees:
        yield from (node.value for node in walk(tree) if isinstance(node, Constant))


def words(trees: Iterable[Node], specification: Specification) -> list[str]:
    """The strings that expressions speak of, but for the names of states and events."""
    names = {state.name for state in specification.states}
    names |= {event.name for event in specification.events}
    found = dict.fromkeys(value for value in literals(trees) if isinstance(value, str))
    return [word for word in found if word not in names]


def turning_points(trees: Iterable[Node]) -> tuple[int, ...]:
    """Numbers about which arithmetic turns: its constants, those near them, and multiples."""
    found: dict[int, None] = {}
    nodes = (node for tree in trees for node in walk(tree))
    for node in nodes:
        if isinstance(node, Binary) and node.operator in _TURNING:
            for side in (node.left, node.right):
                if isinstance(side, Constant) and type(side.value) is int:
                    value = side.value
                    # The last is where dividing by one less begins to give another quotient.
                    near = (value - 1, value, value + 1, 2 * value, value * (value - 1))
                    found.update(dict.fromkeys(near))
    if found:
        # Of negative numbers, programs round quotients to either side; large ones become doubles.
        others = (-1, -max(found), 2**53 + 1)
        found.update(dict.fromkeys((1, 2, 9, 3 * max(found) // 2, *others)))
    return tuple(found)


def comparisons(tree: Node) -> Iterator[Binary]:
    """The comparisons in an expression, the outermost first."""
    for node in walk(tree):
        if isinstance(node, Binary) and node.operator in COMPARISONS:
            yield node


def both_ways(comparison: Binary) -> tuple[tuple[Node, Node], tuple[Node, Node]]:
    """Each side of a comparison, with the other."""
    return (comparison.left, comparison.right), (comparison.right, comparison.left)


def options(node: Node) -> tuple[Node, ...]:
    """What something may equal that is compared with a node: of a list its items."""
    return node.items if isinstance(node, List) else (node,)


def constants_of(node: Node) -> list[Any]:
    """The constants that something is compared with, by what stands on the other side."""
    found = (part.value for part in options(node) if isinstance(part, Constant))
    return [value for value in found if value is not None]


def is_term(node: Node, apart: Collection[str] = ()) -> bool:
    """Whether a node reads variables, and not only those `apart`, and nothing of the event."""
    parts = list(walk(node))
    reads = any(isinstance(part, Name) and part.name not in apart for part in parts)
    return reads and not any(isinstance(part, Key) for part in parts)


def memberships(tree: Node, variables: Collection[str]) -> list[tuple[str, str]]:
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

"""Sets that an event may bear: all of a few members, the plainest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    LISTED,
    Binary,
    Build,
    Call,
    Key,
    List,
    Name,
    Node,
    walk,
)
from flux_conform.language.specification import Variable
from flux_conform.machine.slice import EventSlice
from flux_conform.machine.values import EXAMPLE, another_integer, plain

FEWEST = 2
"""Of so many members at least, so that a set can hold some and lack some."""


def borne_sets(item: EventSlice, key: str, of: t.Type, members: int) -> list[Any]:
    """The values of a key whose members expressions read; empty where none does."""
    if not any(_reads_members(node, key) for tree in item.trees for node in walk(tree)):
        return []
    many = max(FEWEST, members)
    match t.present(of):
        case t.Idset():
            return [",".join(map(str, some)) for some in _subsets(range(many))]
        case t.Hostlist():
            hosts = _names(many)
            return [*(",".join(some) for some in _subsets(hosts)), f"{EXAMPLE},{EXAMPLE}"]
        case t.ListOf(of=t.String()):
            return [list(some) for some in _subsets(_names(many))]
        case t.ListOf(of=t.Integer() as inner):
            numbers: list[int] = plain(inner)
            for _ in range(many - 1):
                numbers += another_integer([inner], numbers)
            return [list(some) for some in _subsets(numbers)]
        case _:
            return []


def is_part_of_member(item: EventSlice, key: str, variables: Iterable[Variable]) -> bool:
    """Whether a key is in a tuple, or an integer, that is held, added to or removed from a set."""
    sets = {each.name for each in variables if isinstance(each.type, t.SetOf | t.BagOf)}
    of = t.present(item.event.key_types.get(key, t.Anything()))
    for tree in item.trees:
        for node in walk(tree):
            if isinstance(node, Binary) and node.operator in ("in", "+", "-"):
                inside, member = node.left, node.right
                if node.operator == "in":
                    inside, member = member, inside
                if isinstance(member, List | Build):
                    meets = any(part == Key(key) for part in walk(member))
                else:
                    meets = member == Key(key) and isinstance(of, t.Integer)
                if meets and any(isinstance(p, Name) and p.name in sets for p in walk(inside)):
                    return True
    return False


def other_members(of: Iterable[t.Type], known: Sequence[Any], members: int) -> list[Any]:
    """Further values of a key that is a member, or part of one, so that members differ."""
    found = list(known)
    for inner in of:
        if isinstance(inner, t.String):
            found += _names(max(FEWEST, members))
        elif isinstance(inner, t.Idset):
            found += map(str, range(max(FEWEST, members)))
        elif isinstance(inner, t.Integer):
            for _ in range(max(FEWEST, members)):
                found += another_integer([inner], found)
    return found[len(known) :]


def _reads_members(node: Node, key: str) -> bool:
    match node:
        case Call(function=function, arguments=arguments):
            return function in (*LISTED, "set", "disjoint") and Key(key) in arguments
        case Binary(operator="&" | "<=", left=left, right=right):
            return Key(key) in (left, right)
        case _:
            return False


def _names(many: int) -> list[str]:
    return [EXAMPLE, *(f"{EXAMPLE}-{number + 1}" for number in range(1, many))]


def _subsets(members: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """The sets of one member first, then larger ones, and the empty one last."""
    sizes = [*range(1, len(members) + 1), 0]
    return chain.from_iterable(combinations(members, size) for size in sizes)

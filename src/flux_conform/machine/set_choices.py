"""Sets that an event may bear: few, telling, the plainest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    LISTED,
    Binary,
    Build,
    Call,
    Constant,
    Key,
    List,
    Name,
    Node,
    walk,
)
from flux_conform.language.specification import Variable
from flux_conform.language.type_relations import texts_of
from flux_conform.machine.slice import EventSlice
from flux_conform.machine.values import EXAMPLE, another_integer, ordinary, plain

FEW = 4
"""Of so many texts that a type lists at most, each set of them is tried."""

FEWEST = 2
"""Of so many members at least, so that a set can hold some and lack some."""


def borne_sets(item: EventSlice, key: str, of: t.Type, members: int) -> list[Any]:
    """The values of a key whose members expressions read; empty where none does."""
    nodes = [node for tree in item.trees for node in walk(tree)]
    if not any(_reads_members(node, key) for node in nodes):
        return []
    # Else the length alone is asked.
    reads = any(_meets(node, key) for node in nodes)
    many = max(FEWEST, members)
    found = _sets_of(t.listed(of), many, reads=reads)
    return [value for value in found if value != []] if t.listed(of) != t.present(of) else found


def _sets_of(of: t.Type, many: int, *, reads: bool) -> list[Any]:
    match of:
        case t.Idset():
            return [",".join(map(str, some)) for some in _some_sets(range(many))]
        case t.Hostlist():
            hosts = _names(many)
            lists = [",".join(some) for some in _some_sets(hosts, alike=not reads)]
            return [*lists, f"{EXAMPLE},{EXAMPLE}"] if reads else lists
        case t.MapOf(key=t.String(), value=value):
            return [dict.fromkeys(some, ordinary(value)) for some in _some_sets(_names(many))]
        case t.Object():
            return [dict.fromkeys(some, EXAMPLE) for some in _some_sets(_names(many))]
        case t.ListOf(of=t.String()):
            return [list(some) for some in _some_sets(_names(many))]
        case t.ListOf(of=t.Integer() as inner):
            numbers: list[int] = plain(inner)
            for _ in range(many - 1):
                numbers += another_integer([inner], numbers)
            return [list(some) for some in _some_sets(numbers)]
        case t.ListOf(of=inner) if (texts := texts_of(inner)) is not None:
            return [list(some) for some in _some_of(texts)]
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
        case Binary(operator="in", left=Constant(), right=right):
            return right == Key(key)
        case _:
            return False


def _meets(node: Node, key: str) -> bool:
    """Whether a node asks or takes the members of a hostlist, and not its length alone."""
    listed = Call("hosts", (Key(key),))
    match node:
        case Call(function=function, arguments=arguments):
            return function in ("set", "disjoint") and listed in arguments
        case Binary(left=left, right=right):
            return listed in (left, right)
        case _:
            return False


def _names(many: int) -> list[str]:
    return [EXAMPLE, *(f"{EXAMPLE}-{number + 1}" for number in range(1, many))]


def _some_of(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """All sets of a few texts; of more, each alone, all and none."""
    sizes = range(len(texts) + 1) if len(texts) <= FEW else (1, len(texts), 0)
    return [some for size in sizes for some in combinations(texts, size)]


def _some_sets(members: Sequence[Any], *, alike: bool = False) -> list[tuple[Any, ...]]:
    """Each member alone, the first two, all, and none; where members are `alike`, one alone.

    All sets of them would be too many where an event bears several.
    """
    alone = [(member,) for member in (members[:1] if alike else members)]
    sets = [*alone, tuple(members[:2]), tuple(members), ()]
    return list(dict.fromkeys(sets))

"""Sets of a compiled specification as plain values: what they hold, and the texts that name them.

A reading of docs/language.md of its own, as `plain_values` is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from math import prod
from typing import Any, NamedTuple, TypeAlias, TypeGuard

from flux_conform.verify.definitions import Unsupported

Value: TypeAlias = Any

MOST_NAMED = 65_536
"""An idset or a hostlist with more members than this cannot be read."""


class Members(NamedTuple):
    """A set or a bag, by what it holds; a set holds nothing twice."""

    items: tuple[Value, ...]
    is_bag: bool

    def holds(self, member: Value) -> bool:
        """Whether it has the member."""
        return any(same(item, member) for item in self.items)

    def plus(self, member: Value) -> Members:
        """One member more; a set that has it stays as it is."""
        if not self.is_bag and self.holds(member):
            return self
        return self._replace(items=(*self.items, member))

    def minus(self, member: Value) -> Members:
        """One such member less, if there is one."""
        for place, item in enumerate(self.items):
            if same(item, member):
                return self._replace(items=self.items[:place] + self.items[place + 1 :])
        return self

    def count(self, member: Value) -> int:
        """How often it has the member."""
        return sum(same(item, member) for item in self.items)


def is_members(value: Value) -> TypeGuard[Members]:
    """Whether a value is a set or a bag."""
    return isinstance(value, Members)


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal; values of different kinds are not, but for `{}`."""
    if type(one) is not type(other):
        sides = [each.items if isinstance(each, Members) else each for each in (one, other)]
        return {} in sides and () in sides and Members in (type(one), type(other))
    if isinstance(one, Members):
        both = len(one.items) == len(other.items)
        return both and all(one.count(item) == other.count(item) for item in one.items)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def set_of(value: Value) -> Members:
    """A set, a list or `{}` as a set. Raises Unsupported."""
    if isinstance(value, Members):
        return value
    if not isinstance(value, list) and value != {}:
        raise Unsupported("what is no set")
    return _distinct(value)


def _distinct(items: Iterable[Value]) -> Members:
    whole = Members((), False)
    for item in items:
        whole = whole.plus(item)
    return whole


def combined(sign: str, one: Value, two: Value) -> Value:
    """What an operator makes of two sets; None where it does not stand between sets."""
    between = isinstance(two, Members) or two == {}
    if sign in ("+", "-"):
        if one == {} and isinstance(two, Members):
            one = Members((), False)
        if not isinstance(one, Members) or not between:
            return None
        others = set_of(two).items
        if sign == "+":
            return _distinct([*one.items, *others])
        return one._replace(items=tuple(item for item in one.items if not _has(others, item)))
    if sign not in ("&", "<=") or not isinstance(one, Members | list | dict):
        return None
    small, large = set_of(one), set_of(two)
    if sign == "<=":
        return all(map(large.holds, small.items))
    return small._replace(items=tuple(filter(large.holds, small.items)))


def _has(items: Iterable[Value], member: Value) -> bool:
    return any(same(item, member) for item in items)


def are_disjoint(one: Value, two: Value) -> bool:
    """Whether nothing is in both sets."""
    return not any(map(set_of(two).holds, set_of(one).items))


# What texts name


def ids(text: str) -> Members | None:
    """The ids of an idset; None where there are too many."""
    found: list[int] = []
    for low, high in re.findall(r"(\d+)(?:-(\d+))?", text):
        if len(found) + int(high or low) - int(low) >= MOST_NAMED:
            return None
        found += range(int(low), int(high or low) + 1)
    return Members(tuple(found), False)


_HOSTS = re.compile(r"(?:[^\s,\[\]]|\[[^\]]*\])+(?:,(?:[^\s,\[\]]|\[[^\]]*\])+)*")
_RANGES = re.compile(r"\d{1,18}(-\d{1,18})?(,\d{1,18}(-\d{1,18})?)*")


def is_hostlist(text: str) -> bool:
    """Whether a string is a hostlist of RFC 29: names with commas, which may hold ranges."""
    if text == "":
        return True
    if _HOSTS.fullmatch(text) is None:
        return False
    inner = re.findall(r"\[([^\]]*)\]", text)
    return all(_RANGES.fullmatch(each) and all(map(_ascends, each.split(","))) for each in inner)


def _ascends(part: str) -> bool:
    low, _, high = part.partition("-")
    return int(low) <= int(high or low)


def hosts(text: str) -> list[str] | None:
    """The hosts of a hostlist, in its order; None where there are too many."""
    found: list[str] = []
    for name in re.findall(r"(?:[^,\[]|\[[^\]]*\])+", text):
        choices = []
        for plain, ranges in re.findall(r"([^\[]+)|\[([^\]]*)\]", name):
            numbers = [plain] if plain else _numbers(ranges)
            if numbers is None:
                return None
            choices.append(numbers)
        if len(found) + prod(map(len, choices)) > MOST_NAMED:
            return None
        found += ["".join(parts) for parts in product(*choices)]
    return found


def _numbers(ranges: str) -> list[str] | None:
    found: list[str] = []
    for part in ranges.split(","):
        low, _, high = part.partition("-")
        if len(found) + int(high or low) - int(low) >= MOST_NAMED:
            return None
        found += [f"{number:0{len(low)}d}" for number in range(int(low), int(high or low) + 1)]
    return found

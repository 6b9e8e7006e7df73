"""Sets and bags of which some is known, and what is computed with them.

What is said to be known is so whatever the rest is.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

from flux_conform.language.bag import Bag
from flux_conform.language.bag import Member as BagMember
from flux_conform.language.equality import value_key
from flux_conform.machine.sets import is_empty_set, set_of

Value: TypeAlias = Any


class Unknown:
    """The one value of which nothing is known."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = Unknown()


class _Sure(NamedTuple):
    """How often a member is held at least, and the member itself."""

    times: int
    member: BagMember


_MOST_KNOWN = 100
"""Maximum number of known members of a set or bag; beyond it, all are forgotten.

Each step copies what is known of each past, which must not grow with the log.
"""


class Partly(NamedTuple):
    """A set or bag of which some is known: members that it holds so often at least, or not at all.

    `distinct` tells that it is a set; `sure` and `absent` go by the members' keys.
    """

    distinct: bool
    sure: Mapping[object, _Sure]
    absent: frozenset[object]

    def __hash__(self) -> int:
        return hash((self.distinct, frozenset(self.sure), self.absent))

    @property
    def members(self) -> list[BagMember]:
        """The members that it surely holds."""
        return [sure.member for sure in self.sure.values()]

    def add(self, member: BagMember) -> Partly:
        """With one more of the member."""
        key = value_key(member)
        held = self.sure.get(key)
        times = 1 if self.distinct or held is None else held.times + 1
        known = self._bounded()
        sure = {**known.sure, key: _Sure(times, member)}
        return known._replace(sure=sure, absent=known.absent - {key})

    def remove(self, member: BagMember) -> Partly:
        """With one less of the member."""
        key = value_key(member)
        left = dict(self.sure)
        held = left.pop(key, None)
        if held is not None and held.times > 1:
            left[key] = held._replace(times=held.times - 1)
        gone = {key} if self.distinct else frozenset()
        return self._replace(sure=left, absent=self._bounded().absent | gone)

    def _bounded(self) -> Partly:
        """It with room for one more member that is known."""
        if len(self.sure) + len(self.absent) < _MOST_KNOWN:
            return self
        return Partly(self.distinct, {}, frozenset())

    def union(self, members: Bag) -> Partly:
        """With these members, of which so many are known at most."""
        known = Partly(True, self.sure, self.absent - set(map(value_key, members)))
        for member in islice(members, _MOST_KNOWN):
            known = known.holding(member)
        return known

    def difference(self, members: Bag) -> Partly:
        """Without these members."""
        gone = set(map(value_key, members))
        sure = {key: sure for key, sure in self.sure.items() if key not in gone}
        known = Partly(True, sure, self.absent)
        for member in islice(members, _MOST_KNOWN):
            known = known.lacking(member)
        return known

    def holds(self, member: BagMember) -> bool | Unknown:
        """Whether it holds the member."""
        key = value_key(member)
        return False if key in self.absent else True if key in self.sure else UNKNOWN

    def holding(self, member: BagMember) -> Partly:
        """The same, where it is known to hold the member."""
        known = self._bounded()
        return known._replace(sure={value_key(member): _Sure(1, member), **known.sure})

    def lacking(self, member: BagMember) -> Partly:
        """The same, where it is known not to hold the member."""
        known = self._bounded()
        return known._replace(absent=known.absent | {value_key(member)})


def negated(value: Value) -> Value:
    """The opposite of a truth, if it is known."""
    return UNKNOWN if value is UNKNOWN else not value


SET_OPERATIONS = ("+", "-", "&", "<=", "==", "!=")
"""Operators that stand between sets, too."""


def combined(sign: str, left: Value, right: Value) -> Value:
    """What an operation comes to of a set that is partly known and another; None if it is none."""
    left, right = as_set(left, sign), as_set(right, sign)
    if not isinstance(left, Partly | Bag) or not isinstance(right, Partly | Bag):
        return None
    match sign:
        case "<=":
            return _within(left, right)
        case "==" | "!=":
            both = (_within(left, right), _within(right, left))
            alike = False if False in both else UNKNOWN
            return alike if sign == "==" else negated(alike)
        case "+":
            if isinstance(left, Bag):
                left, right = right, left
            if isinstance(right, Bag):
                return left.union(right)
            members = Bag.of([*left.members, *right.members])
            return Partly(True, {}, left.absent & right.absent).union(members)
        case "-" if isinstance(right, Bag):
            return left.difference(right)
        case _:
            return _picked(left, right, wanted=sign == "&")


def _picked(one: Partly | Bag, other: Partly | Bag, *, wanted: bool) -> Value:
    """The members of one set that another has, or (not wanted) lacks."""
    if isinstance(one, Partly) and isinstance(other, Bag):
        one, other = other, one  # of what both have
    members = list(one) if isinstance(one, Bag) else one.members
    held = [(member, _held(other, member)) for member in members]
    found = Bag.of(member for member, holds in held if holds is wanted)
    if isinstance(one, Bag) and not any(holds is UNKNOWN for _, holds in held):
        return found
    missing = Bag.of(member for member, holds in held if holds is (not wanted))
    return Partly(True, {}, frozenset()).union(found).difference(missing)


def _held(whole: Partly | Bag, member: BagMember) -> bool | Unknown:
    return whole.holds(member) if isinstance(whole, Partly) else member in whole


def _within(small: Partly | Bag, large: Partly | Bag) -> bool | Unknown:
    members = small.members if isinstance(small, Partly) else list(small)
    held = [_held(large, member) for member in members]
    if False in held:
        return False
    return UNKNOWN if isinstance(small, Partly) or UNKNOWN in held else True


def disjoint(one: Partly | Bag, other: Partly | Bag) -> bool | Unknown:
    """Whether nothing is in both."""
    if isinstance(one, Partly):
        one, other = other, one
    members = one.members if isinstance(one, Partly) else list(one)
    held = [_held(other, member) for member in members]
    if True in held:
        return False
    return UNKNOWN if isinstance(one, Partly) or UNKNOWN in held else True


def as_set(value: Value, sign: str) -> Value:
    """A value as a set, where it counts as one: {}, and a list but right of + and -."""
    if is_empty_set(value) or (isinstance(value, list) and sign not in "+-" and is_known(value)):
        return set_of(value)
    return value


def is_known(value: Value) -> bool:
    """Whether all of a value is known."""
    if isinstance(value, list):
        return all(map(is_known, value))
    if isinstance(value, dict):
        return all(map(is_known, value.values()))
    return not isinstance(value, Unknown | Partly)

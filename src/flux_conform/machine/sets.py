"""What is computed with sets; a list counts as the set of its items, and `{}` as the empty set."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flux_conform.language.bag import Bag
from flux_conform.language.equality import same
from flux_conform.language.listed_members import REMEMBERED, hosts_of, ids_of


def set_of(value: Any) -> Bag:
    """A set, a list or `{}` as a set."""
    return value if isinstance(value, Bag) else Bag.of(value)


def is_set(value: Any) -> bool:
    """Whether an operand is one of sets, and not a number or none."""
    return isinstance(value, Bag | list | dict)


def is_empty_set(value: Any) -> bool:
    """Whether a value is `{}`, which no set or bag has as a member."""
    return type(value) is dict and not value


def taken_by(effect: Callable[[Any], Any], start: Any) -> Callable[[Any], Any]:
    """An effect as its variable takes it: a set or bag takes `{}` as the empty one."""
    if not isinstance(start, Bag):
        return effect
    nothing = Bag(distinct=start.distinct)

    def taken(moment: Any) -> Any:
        value = effect(moment)
        return nothing if type(value) is dict else value

    return taken


def united(one: Bag, other: Any) -> Bag:
    """With one more member, or with all of another set."""
    if isinstance(other, Bag):
        return one.union(other)
    return one if is_empty_set(other) else one.add(other)


def without(one: Bag, other: Any) -> Bag:
    """With one member less, or without those of another set."""
    if isinstance(other, Bag):
        return one.difference(other)
    return one if is_empty_set(other) else one.remove(other)


def common(one: Any, other: Any) -> Bag:
    """The members that both have."""
    return set_of(one).common(set_of(other))


def is_within(one: Any, other: Any) -> bool:
    """Whether each member of the first is one of the second."""
    small, large = set_of(one), set_of(other)
    return len(small) <= len(large) and all(member in large for member in small)


def are_disjoint(one: Any, other: Any) -> bool:
    """Whether no member is in both."""
    small, large = sorted((set_of(one), set_of(other)), key=len)
    return not any(member in large for member in small)


def equal(one: Any, other: Any) -> bool:
    """Whether two values are equal; `{}` equals the set and the bag without members too."""
    bags = [value for value in (one, other) if isinstance(value, Bag)]
    if len(bags) == 2:
        return bool(one == other)
    if bags:
        return dict in (type(one), type(other)) and not (one or other)
    return same(one, other)


# Of what events bear. Those of texts raise TooManyMembers.


@lru_cache(REMEMBERED)
def ranks(text: str) -> Bag:
    """The ids of an idset."""
    return Bag.of(ids_of(text))


def hosts(text: str) -> list[str]:
    """The hosts of a hostlist."""
    return list(hosts_of(text))


def keys(value: dict[str, Any]) -> Bag:
    """The keys of an object."""
    return Bag.of(list(value))


LISTED: dict[str, Callable[[Any], Any]] = {"ranks": ranks, "hosts": hosts, "keys": keys}

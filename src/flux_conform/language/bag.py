"""A multiset that is cheap to extend, and the values that variables start with.

A log may add a hundred thousand members to a multiset one by one, so copying at each step is too
slow. The newest version owns a shared table of counts; an older one holds the difference to its
successor and takes the table back when it is read (Baker's rerooting). As long as only the newest
version is used, each operation takes constant time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from flux_conform.language.equality import value_key
from flux_conform.language.types import (
    BagOf,
    Boolean,
    Integer,
    ListOf,
    MapOf,
    Object,
    SetOf,
    Type,
)

Member: TypeAlias = Any
"""A value of the language, compared as the language does: true is not 1."""

_SORTED_AT_MOST = 64
_FEW = 8


class _Held(NamedTuple):
    """The count of a member, how many distinct members were added before it, and the member."""

    times: int
    place: int
    member: Member


class Bag:
    """An immutable multiset. `distinct` bags hold each member at most once: they are sets."""

    __slots__ = ("_added", "_mark", "_next", "_own", "distinct", "size")

    def __init__(self, *, distinct: bool = False) -> None:
        self.distinct = distinct
        self.size = 0
        self._added = 0
        # A sum over the members, so that most different bags are seen to differ at once.
        self._mark = 0
        # By the members' keys.
        self._own: dict[object, _Held] | None = {}
        # If another version owns the table: that version, and the entry of one key in this one.
        self._next: tuple[Bag, object, _Held | None] | None = None

    def _table(self) -> dict[object, _Held]:
        if self._own is not None:
            return self._own
        chain: list[Bag] = []
        owner = self
        while owner._next is not None:
            chain.append(owner)
            owner = owner._next[0]
        table = owner._own
        assert table is not None
        for version in reversed(chain):
            assert version._next is not None
            owner, key, held = version._next
            owner._next = (version, key, table.get(key))
            owner._own = None
            _put(table, key, held)
            version._own, version._next = table, None
        return table

    def _changed(self, key: object, member: Member, count: int) -> Bag:
        table = self._table()
        before = table.get(key)
        had = before.times if before is not None else 0
        if had == count:
            return self
        version = Bag(distinct=self.distinct)
        version.size = self.size + count - had
        version._added = self._added + (before is None)
        version._mark = self._mark + _mark(key, count) - _mark(key, had)
        place = before.place if before is not None else self._added
        _put(table, key, _Held(count, place, member) if count else None)
        version._own = table
        self._own, self._next = None, (version, key, before)
        return version

    def add(self, member: Member) -> Bag:
        """With one more of the member; a set that has it is unchanged."""
        key = value_key(member)
        held = self._table().get(key)
        count = 1 if self.distinct or held is None else held.times + 1
        return self._changed(key, member if held is None else held.member, count)

    def remove(self, member: Member) -> Bag:
        """With one less of the member; unchanged if it has none."""
        key = value_key(member)
        held = self._table().get(key)
        return self if held is None else self._changed(key, held.member, held.times - 1)

    @classmethod
    def of(cls, members: Iterable[Member]) -> Bag:
        """The set of some values."""
        whole, table = cls(distinct=True), _table_of(members)
        whole._own, whole.size, whole._added = table, len(table), len(table)
        whole._mark = sum(_mark(key, 1) for key in table)
        return whole

    def union(self, other: Bag) -> Bag:
        """With each member of another set."""
        if len(other) > max(_FEW, len(self)):
            return Bag.of([*self, *other])
        whole = self
        for member in other:
            whole = whole.add(member)
        return whole

    def difference(self, other: Bag) -> Bag:
        """Without each member of another set."""
        whole = self
        for member in other if len(other) <= len(self) else [m for m in self if m in other]:
            whole = whole.remove(member)
        return whole

    def common(self, other: Bag) -> Bag:
        """Its members that another set has too."""
        return Bag.of(member for member in self if member in other)

    def changes(self, older: Bag) -> list[tuple[Member, int, int]]:
        """The members of which an older bag holds more or fewer, with its counts there and here.

        It takes constant time for the version that one member was added to, or removed from,
        whichever of the two was read last.
        """
        after, back = older._next, self._next
        if older._own is None and after is not None and after[0] is self:
            keys: Iterable[object] = (after[1],)
            before = {after[1]: after[2]} if after[2] is not None else {}
        elif older._own is not None and back is not None and back[0] is older:
            keys, was = (back[1],), older._own.get(back[1])
            before = {} if was is None else {back[1]: was}
        else:
            before = {} if older is self else dict(older._table())
            keys = dict.fromkeys((*before, *self._table())) if older is not self else ()
        table = self._table()
        found = []
        for key in keys:
            was, held = before.get(key), table.get(key)
            times = (0 if was is None else was.times, 0 if held is None else held.times)
            either = held or was
            if times[0] != times[1] and either is not None:
                found.append((either.member, *times))
        return found

    def items(self) -> list[tuple[Member, int]]:
        """The members and their counts, in the order in which they were added."""
        found = sorted(self._table().values(), key=lambda held: held.place)
        return [(held.member, held.times) for held in found]

    def some(self, limit: int) -> list[Member]:
        """A few distinct members, the first that were added unless there are very many.

        A message shows a few members, and must not take longer if there are a hundred thousand.
        """
        if self.kinds <= _SORTED_AT_MOST:
            return [member for member, _ in self.items()[:limit]]
        return [held.member for held in islice(self._table().values(), limit)]

    def listed(self) -> list[Member]:
        """Each member, as often as its count; numbers first and in order, others by their text.

        The order does not tell how the members came, so a report is the same in every reader.
        """
        return sorted(self, key=_place)

    @property
    def kinds(self) -> int:
        """How many distinct members it has."""
        return len(self._table())

    def __contains__(self, member: object) -> bool:
        return value_key(member) in self._table()

    def __iter__(self) -> Iterator[Member]:
        """Each member, as often as its count."""
        for member, count in self.items():
            for _ in range(count):
                yield member

    def __len__(self) -> int:
        return self.size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Bag):
            return NotImplemented
        if self is other:
            return True
        if (self.size, self._mark) != (other.size, other._mark):
            return False
        return self._counts() == other._counts()

    def _counts(self) -> dict[object, int]:
        return {key: held.times for key, held in self._table().items()}

    def __hash__(self) -> int:
        return hash((self.size, self._mark))

    def __repr__(self) -> str:
        return f"Bag({list(self)!r})"


def _place(member: Member) -> tuple[bool, float, str]:
    is_number = isinstance(member, int | float) and not isinstance(member, bool)
    return (not is_number, member if is_number else 0, json.dumps(member, sort_keys=True))


def _mark(key: object, count: int) -> int:
    return hash((key, count)) if count else 0


def _table_of(members: Iterable[Member]) -> dict[object, _Held]:
    found: dict[object, _Held] = {}
    for member in members:
        found.setdefault(value_key(member), _Held(1, len(found), member))
    return found


def _put(table: dict[object, _Held], key: object, held: _Held | None) -> None:
    if held is not None:
        table[key] = held
    else:
        table.pop(key, None)


def start_value(type_: Type) -> Any:
    """What a variable of the type holds before the first event: false, 0, empty or none."""
    match type_:
        case Boolean():
            return False
        case Integer():
            return 0
        case SetOf():
            return Bag(distinct=True)
        case BagOf():
            return Bag()
        case ListOf():
            return []
        case Object() | MapOf():
            return {}
        case _:
            return None

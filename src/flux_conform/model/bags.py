"""A multiset that never changes, cheap to extend: what a log's prologs or dependencies are.

A log may add a hundred thousand members one by one, so copying at each step is out. The newest
version owns a shared table of counts; an older one holds the step that leads to its successor
and takes the table back when it is asked (Baker's rerooting). Used in a straight line, each
operation costs the same whatever the size.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import islice
from typing import NamedTuple

_SORTED_AT_MOST = 64


class _Held(NamedTuple):
    """How often a member is held, and how many came to be held before it."""

    times: int
    place: int


class Bag:
    """An immutable multiset. `distinct` bags hold each member at most once: they are sets."""

    __slots__ = ("_added", "_mark", "_next", "_own", "distinct", "size")

    def __init__(self, *, distinct: bool = False) -> None:
        self.distinct = distinct
        self.size = 0
        self._added = 0
        # A sum over the members, so that bags that differ are told apart at once.
        self._mark = 0
        self._own: dict[Hashable, _Held] | None = {}
        # Where another version owns the table: that version, and what is held of a member here.
        self._next: tuple[Bag, Hashable, _Held | None] | None = None

    def _table(self) -> dict[Hashable, _Held]:
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
            owner, member, held = version._next
            owner._next = (version, member, table.get(member))
            owner._own = None
            _put(table, member, held)
            version._own, version._next = table, None
        return table

    def _changed(self, member: Hashable, count: int) -> Bag:
        table = self._table()
        before = table.get(member)
        had = before.times if before is not None else 0
        if had == count:
            return self
        version = Bag(distinct=self.distinct)
        version.size = self.size + count - had
        version._added = self._added + (before is None)
        version._mark = self._mark + _mark(member, count) - _mark(member, had)
        place = before.place if before is not None else self._added
        _put(table, member, _Held(count, place) if count else None)
        version._own = table
        self._own, self._next = None, (version, member, before)
        return version

    def add(self, member: Hashable) -> Bag:
        """With one more of the member; a set that holds it already stays as it is."""
        held = self._table().get(member)
        return self._changed(member, 1 if self.distinct or held is None else held.times + 1)

    def remove(self, member: Hashable) -> Bag:
        """With one less of the member; unchanged where it holds none."""
        held = self._table().get(member)
        return self if held is None else self._changed(member, held.times - 1)

    def items(self) -> list[tuple[Hashable, int]]:
        """The members and their counts, in the order in which they came to be held."""
        found = sorted(self._table().items(), key=lambda item: item[1].place)
        return [(member, held.times) for member, held in found]

    def some(self, limit: int) -> list[Hashable]:
        """A few different members, the first to be held where they are not very many.

        A message shows a few of them, and must not cost more where there are a hundred thousand.
        """
        if self.kinds <= _SORTED_AT_MOST:
            return [member for member, _ in self.items()[:limit]]
        return list(islice(self._table(), limit))

    @property
    def kinds(self) -> int:
        """How many different members it holds."""
        return len(self._table())

    def __contains__(self, member: object) -> bool:
        try:
            return member in self._table()
        except TypeError:  # an object or array of JSON, which no bag holds
            return False

    def __iter__(self) -> Iterator[Hashable]:
        """Each member as often as it is held."""
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
        return dict(self.items()) == dict(other.items())

    def __hash__(self) -> int:
        return hash((self.size, self._mark))

    def __repr__(self) -> str:
        return f"Bag({list(self)!r})"


def _mark(member: Hashable, count: int) -> int:
    return hash((member, count)) if count else 0


def _put(table: dict[Hashable, _Held], member: Hashable, held: _Held | None) -> None:
    if held is not None:
        table[member] = held
    else:
        table.pop(member, None)

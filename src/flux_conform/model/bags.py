"""A multiset that never changes, cheap to extend: what a log's prologs or dependencies are.

A log may add a hundred thousand members one by one, so copying at each step is out. The newest
version owns a shared table of counts; an older one holds the step that leads to its successor
and takes the table back when it is asked (Baker's rerooting). Used in a straight line, each
operation costs the same whatever the size.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator


class Bag:
    """An immutable multiset. `distinct` bags hold each member at most once: they are sets."""

    __slots__ = ("_counts", "_next", "distinct", "size")

    def __init__(self, *, distinct: bool = False) -> None:
        self.distinct = distinct
        self.size = 0
        self._counts: dict[Hashable, int] | None = {}
        # Where another version owns the table: that version, and the count of a member here.
        self._next: tuple[Bag, Hashable, int] | None = None

    def _table(self) -> dict[Hashable, int]:
        if self._counts is not None:
            return self._counts
        chain: list[Bag] = []
        owner = self
        while owner._next is not None:
            chain.append(owner)
            owner = owner._next[0]
        counts = owner._counts
        assert counts is not None
        for version in reversed(chain):
            assert version._next is not None
            owner, member, count = version._next
            owner._next = (version, member, counts.get(member, 0))
            owner._counts = None
            _put(counts, member, count)
            version._counts, version._next = counts, None
        return counts

    def _changed(self, member: Hashable, count: int) -> Bag:
        counts = self._table()
        before = counts.get(member, 0)
        if before == count:
            return self
        version = Bag(distinct=self.distinct)
        version.size = self.size + count - before
        _put(counts, member, count)
        version._counts = counts
        self._counts, self._next = None, (version, member, before)
        return version

    def add(self, member: Hashable) -> Bag:
        """With one more of the member; a set that holds it already stays as it is."""
        count = self._table().get(member, 0)
        return self._changed(member, 1 if self.distinct else count + 1)

    def remove(self, member: Hashable) -> Bag:
        """With one less of the member; unchanged where it holds none."""
        return self._changed(member, max(0, self._table().get(member, 0) - 1))

    def items(self) -> list[tuple[Hashable, int]]:
        """The members and their counts, in the order in which they were first added."""
        return list(self._table().items())

    def __contains__(self, member: Hashable) -> bool:
        return member in self._table()

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
        return self.size == other.size and dict(self.items()) == dict(other.items())

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"Bag({list(self)!r})"


def _put(counts: dict[Hashable, int], member: Hashable, count: int) -> None:
    if count:
        counts[member] = count
    else:
        counts.pop(member, None)

"""A persistent multiset: many versions at once, one for each branch of a search.

The bags of `flux_conform.language.bag` share one table, which moves to the version used last; if
branches take turns, it would move all the time. Here each version has its own two levels of small
tables, and copies what it changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias
from zlib import crc32

from flux_conform.language.bag import Bag, Member
from flux_conform.language.equality import value_key

_WIDTH = 32
_SORTED_AT_MOST = 64

_Leaf: TypeAlias = dict[object, tuple[int, int, Member]]
"""By the keys of members: the count, the number of members added before it, and the member."""


class PersistentBag(Bag):
    """A bag in one branch. Versions with equal size and sum of hashes are considered equal."""

    __slots__ = ("_branches", "_kinds")

    def __init__(self, *, distinct: bool = False) -> None:
        super().__init__(distinct=distinct)
        self._branches: dict[int, dict[int, _Leaf]] = {}
        self._kinds = 0

    def _get(self, key: object) -> tuple[int, int, Member] | None:
        high, low = _address(key)
        return self._branches.get(high, _NO_BRANCH).get(low, _NO_LEAF).get(key)

    def add(self, member: Member) -> PersistentBag:
        """Return the bag with one more of the member; a set that contains it is unchanged."""
        key = value_key(member)
        held = self._get(key)
        if held is None:
            return self._with(key, member, 0, 1)
        return self if self.distinct else self._with(key, held[2], held[0], held[0] + 1)

    def remove(self, member: Member) -> PersistentBag:
        """Return the bag with one less of the member; unchanged if it contains none."""
        key = value_key(member)
        held = self._get(key)
        return self if held is None else self._with(key, held[2], held[0], held[0] - 1)

    def _with(self, key: object, member: Member, had: int, count: int) -> PersistentBag:
        high, low = _address(key)
        fork = PersistentBag(distinct=self.distinct)
        branch = dict(self._branches.get(high, _NO_BRANCH))
        leaf = dict(branch.get(low, _NO_LEAF))
        held = leaf.get(key)
        if count:
            leaf[key] = (count, self._added if held is None else held[1], member)
        else:
            leaf.pop(key, None)
        branch[low] = leaf
        fork._branches = {**self._branches, high: branch}
        fork._added = self._added + (had == 0)
        fork._kinds = self._kinds + (had == 0) - (count == 0)
        fork.size = self.size + count - had
        fork._mark = self._mark + _mark(key, count) - _mark(key, had)
        return fork

    def _held(self) -> Iterator[tuple[int, int, Member]]:
        for branch in self._branches.values():
            for leaf in branch.values():
                yield from leaf.values()

    def _counts(self) -> dict[object, int]:
        leaves = (leaf for branch in self._branches.values() for leaf in branch.values())
        return {key: times for leaf in leaves for key, (times, _, _) in leaf.items()}

    def items(self) -> list[tuple[Member, int]]:
        """Return the members and their counts, in the order in which they were added."""
        found = sorted(self._held(), key=lambda held: held[1])
        return [(member, times) for times, _, member in found]

    def some(self, limit: int) -> list[Member]:
        """Return a few different members; the first ones added, if there are not very many."""
        if self._kinds <= _SORTED_AT_MOST:
            return [member for member, _ in self.items()[:limit]]
        return [held[2] for held in islice(self._held(), limit)]

    @property
    def kinds(self) -> int:
        """The number of different members."""
        return self._kinds

    def __contains__(self, member: object) -> bool:
        return self._get(value_key(member)) is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PersistentBag):
            return self._counts() == other._counts() if isinstance(other, Bag) else NotImplemented
        # A collision can only make the search miss a repair: every repair found is checked.
        return (self.size, self._mark) == (other.size, other._mark)

    def __hash__(self) -> int:
        return hash((self.size, self._mark))


_NO_BRANCH: dict[int, _Leaf] = {}
_NO_LEAF: _Leaf = {}


def _address(key: object) -> tuple[int, int]:
    """Return the tables of a key; the same in every process, so that results are the same."""
    number = crc32(repr(key).encode("utf-8", "surrogatepass"))
    return number % _WIDTH, number // _WIDTH % _WIDTH


def _mark(key: object, count: int) -> int:
    # Python's hashes of pairs of a key and a number differ too regularly for a sum.
    return hash(f"{count} {key!r}") if count else 0

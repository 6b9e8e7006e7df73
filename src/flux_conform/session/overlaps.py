"""Finds jobs of one instance that hold the same cores at one time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from flux_conform.language.listed_members import TooManyMembers, has_too_many, ids_of
from flux_conform.language.types import is_idset
from flux_conform.logs.eventlog import read_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flux_conform.language.loading.holding import Holding

_LATEST = (1 << 63) - 1
_MOST_CELLS = 4 << 20
"""Maximum number of cores of a job that are compared."""


class Held(NamedTuple):
    """From when to when somebody holds cores: pairs of idsets of ranks and of cores."""

    begins: float
    ends: float
    who: str
    instance: str
    cores: Sequence[tuple[str, str]]

    @property
    def order(self) -> int:
        """A number that ascends with the beginning, to microseconds."""
        return min(_LATEST, int(max(0.0, min(self.begins, 1e12)) * 1e6))

    def cells(self) -> set[tuple[int, int]]:
        """Each rank with each core. Raises TooManyMembers."""
        pairs = [(ids_of(ranks), ids_of(cores)) for ranks, cores in self.cores]
        if sum(len(ranks) * len(cores) for ranks, cores in pairs) > _MOST_CELLS:
            raise TooManyMembers(self.who)
        return {(rank, core) for ranks, cores in pairs for rank in ranks for core in cores}

    def line(self) -> bytes:
        """A line that `read_held` reads."""
        return json.dumps(self).encode("ascii") + b"\n"


class Overlap(NamedTuple):
    """Who holds cores that another holds as well, that other, and how many cores."""

    who: str
    other: str
    cores: int


def read_held(lines: bytes) -> list[Held]:
    """Read lines, and sort what they say by its beginning."""
    held = (Held(*json.loads(line)) for line in lines.splitlines())
    return sorted(held, key=lambda each: each.begins)


def held_by(
    holding: Holding, who: str, instance: str, log: bytes, document: bytes | None
) -> Held | str | None:
    """What a job holds: None if nothing ever, and why where it cannot be told.

    The log is one in which each line is an event.
    """
    begins: float | None = None
    ends = inf
    for entry in read_entries(log):
        event = entry.event
        if event is None or event.timestamp is None:
            return "its eventlog has a line that is no event"
        if begins is None and event.name == holding.begins:
            begins = float(event.timestamp)
        elif begins is not None and event.name == holding.ends:
            ends = float(event.timestamp)
            break
    if begins is None:
        return None
    try:
        whole = json.loads(document or b"")
        items = _at(whole, holding.listed)
        cores = tuple((_idset(i, holding.ranks), _idset(i, holding.cores)) for i in items)
        held = Held(begins, ends, who, instance, cores)
        held.cells()
    except (ValueError, LookupError, TypeError, RecursionError):
        return f"{holding.document} does not say which cores it holds"
    return held


def _at(found: Any, path: Sequence[str]) -> Any:
    for key in path:
        found = found[key]
    return found


def _idset(item: Any, path: Sequence[str]) -> str:
    """An idset of few members. Raises ValueError and LookupError."""
    text = _at(item, path)
    if not isinstance(text, str) or not is_idset(text) or has_too_many(text, hosts=False):
        raise ValueError(text)
    return text


def overlaps(held: Iterable[Held]) -> Iterator[Overlap]:
    """Yield what is held twice, of the later one, by the order of beginnings.

    Memory is that of what is held at one time.
    """
    owners: dict[tuple[str, int, int], dict[int, str]] = {}
    ends: list[tuple[float, int, str, set[tuple[int, int]]]] = []
    for number, each in enumerate(held):
        while ends and ends[0][0] <= each.begins:
            _, ended, instance, cells = heappop(ends)
            for rank, core in cells:
                those = owners[instance, rank, core]
                del those[ended]
                if not those:
                    del owners[instance, rank, core]
        cells = each.cells()
        found: Counter[str] = Counter()
        for rank, core in cells:
            those = owners.setdefault((each.instance, rank, core), {})
            found.update(those.values())
            those[number] = each.who
        for other, cores in found.items():
            yield Overlap(each.who, other, cores)
        heappush(ends, (each.ends, number, each.instance, cells))

"""The rows that are counted: in which sets of a group a string can be."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def rows_of(names: Sequence[str], lanes: Collection[Sequence[str]] = ()) -> list[tuple[bool, ...]]:
    """Return the rows that are counted: in one set of the group at least, and one of each lane."""
    kept: list[tuple[bool, ...]] = [()]
    for place, name in enumerate(names):
        others = [names.index(n) for lane in lanes if name in lane for n in lane if n in names]
        earlier = [other for other in others if other < place]
        kept = [
            (*row, inside)
            for row in kept
            for inside in (True, False)
            if not inside or not any(row[other] for other in earlier)
        ]
    return [row for row in kept if any(row)]

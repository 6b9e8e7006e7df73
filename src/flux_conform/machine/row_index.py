"""The transitions of a specification by state and event, so that none is looked for among all."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping

from flux_conform.language.specification import Specification, Transition

_made: deque[tuple[tuple[Transition, ...], Mapping[tuple[str, str], list[Transition]]]] = deque(
    maxlen=16
)
"""The tables of the last specifications: most questions are about the same few."""


def cases_of(
    specification: Specification, state: str, event: str, generation: str
) -> tuple[Transition, ...]:
    """What `Specification.cases` says."""
    rows = _by_place(specification.transitions).get((state, event), ())
    return tuple(row for row in rows if row.generation in (None, generation))


def _by_place(
    rows: tuple[Transition, ...],
) -> Mapping[tuple[str, str], list[Transition]]:
    for known, table in _made:
        if known is rows:
            return table
    found: defaultdict[tuple[str, str], list[Transition]] = defaultdict(list)
    for row in rows:
        found[row.source, row.event].append(row)
    _made.append((rows, found))
    return found

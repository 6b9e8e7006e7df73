"""Edit scripts: the operations of the search, its bounds, and its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from flux_conform.repair.costs import Cost
from flux_conform.repair.insertions import Insertion
from flux_conform.repair.replacements import Replacement


class Bounds(NamedTuple):
    """The bounds of the search for a repair.

    At most `changes` changes are combined, for at most `seconds` of processor time, and at most
    `repairs` repairs of the same cost are returned. If that is not enough, a log is repaired in at
    most `stages` stages, one fault after another. Changes are tried up to `back` lines before a
    violation, and a line moves across at most `reach` lines. More than `near` lines before a
    violation, only moves across it are tried. Logs of at most `reach` lines are searched
    completely.
    """

    changes: int = 4
    seconds: float = 2.0
    repairs: int = 10
    back: int = 100
    reach: int = 100
    near: int = 25
    stages: int = 10_000

    def narrowed(self) -> Bounds:
        """Return tighter bounds for a second attempt near the fault, after the time ran out."""
        return self._replace(
            seconds=self.seconds / 2,
            back=min(self.back, 20),
            reach=min(self.reach, 20),
            near=min(self.near, 10),
        )


class Inserted(NamedTuple):
    """Insert an event before the line with the index `at`."""

    at: int
    insertion: Insertion


class Dropped(NamedTuple):
    """Drop the line with the index `at`."""

    at: int


class DroppedCopies(NamedTuple):
    """Drop lines that repeat others, given by increasing indices."""

    indices: tuple[int, ...]

    @property
    def at(self) -> int:
        """The index of the first line."""
        return self.indices[0]

    @property
    def before(self) -> int:
        """The index of the last line."""
        return self.indices[-1]


class Replaced(NamedTuple):
    """Replace the line with the index `at`."""

    at: int
    replacement: Replacement


class Moved(NamedTuple):
    """Move the line with the index `at` before the line `before`, or to the end."""

    at: int
    before: int


Operation: TypeAlias = Inserted | Dropped | DroppedCopies | Replaced | Moved


EditScript: TypeAlias = tuple[Operation, ...]
"""The operations in the order of the log."""


def reindexed(operation: Operation, places: Sequence[int]) -> Operation:
    """Map an operation to other line indices: line i is at index `places[i]`.

    The last entry of `places` is the position after the last line.
    """
    match operation:
        case Moved(at=at, before=before):
            return Moved(places[at], places[before])
        case DroppedCopies(indices=indices):
            return DroppedCopies(tuple(places[index] for index in indices))
        case _:
            return operation._replace(at=places[operation.at])


class SearchResult(NamedTuple):
    """The result of a search: the edit scripts of least cost; `cost` is None if there are none.

    `tried` is the number of changes up to which the search was complete. `exact` means that no
    limit on distance or time cut the search short.
    """

    cost: Cost | None
    scripts: tuple[EditScript, ...]
    tried: int
    exact: bool

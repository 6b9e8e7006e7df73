"""Ways through a log: what a search may do on them, how far it goes, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from flux_conform.repair.costs import Cost
from flux_conform.repair.insertions import Letter
from flux_conform.repair.replacements import Form


class Bounds(NamedTuple):
    """How far a repair is looked for.

    Up to `changes` changes are tried together, for `seconds` of processor time, and up to `repairs`
    repairs of the same cost are given. Where that is not enough, a log is mended in up to `stages`
    stages, one fault after another. Changes are tried on up to `back` lines back from where
    something breaks, and a line is moved over no more than `reach` lines. Further than `near` from
    there only moves are tried that lead from one side of that place to the other. Logs of up to
    `reach` lines are searched whole.
    """

    changes: int = 4
    seconds: float = 2.0
    repairs: int = 10
    back: int = 100
    reach: int = 100
    near: int = 25
    stages: int = 10_000

    def narrowed(self) -> Bounds:
        """The bounds for another attempt, closer to the fault, where time was over."""
        return self._replace(
            seconds=self.seconds / 2,
            back=min(self.back, 20),
            reach=min(self.reach, 20),
            near=min(self.near, 10),
        )


class Inserted(NamedTuple):
    """An event is put before the line of that index."""

    at: int
    letter: Letter


class Dropped(NamedTuple):
    """The line of that index goes."""

    at: int


class Copies(NamedTuple):
    """Lines that repeat others go, given by their indices in rising order."""

    indices: tuple[int, ...]

    @property
    def at(self) -> int:
        """The index of the first of them."""
        return self.indices[0]

    @property
    def before(self) -> int:
        """The index of the last of them."""
        return self.indices[-1]


class Formed(NamedTuple):
    """The line of that index takes another form."""

    at: int
    form: Form


class Moved(NamedTuple):
    """The line of that index is put before the line `before` (or at the end)."""

    at: int
    before: int


Operation: TypeAlias = Inserted | Dropped | Copies | Formed | Moved


class Way(NamedTuple):
    """A way through the log: its operations in the order of the log."""

    operations: tuple[Operation, ...]


def placed(operation: Operation, places: Sequence[int]) -> Operation:
    """The operation where each line stands at another index, that of its place in `places`.

    The last of these is the place behind the last line.
    """
    match operation:
        case Moved(at=at, before=before):
            return Moved(places[at], places[before])
        case Copies(indices=indices):
            return Copies(tuple(places[index] for index in indices))
        case _:
            return operation._replace(at=places[operation.at])


class Found(NamedTuple):
    """What a search found: ways of the least cost, none within the bounds where `cost` is None.

    `tried` is the number of changes up to which all was tried. `exact` tells that nothing within
    these changes was left out: no place too far back, no move too far, no time too short.
    """

    cost: Cost | None
    ways: tuple[Way, ...]
    tried: int
    exact: bool

"""The cost model of repairs: the number of changes, then how implausible the changes are.

A log is a record: its events are assumed to have happened as logged and in this order, unless that
is impossible, and as few events as possible are invented. The weights rank repairs with the same
number of changes by this principle, independent of any particular machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from flux_conform.language.specification import Specification


class Cost(NamedTuple):
    """The cost of a repair, compared lexicographically.

    `changes` is their number. `findings` is the number of findings below the violating levels,
    notes included, in the repaired log. `doubt` sums the weights below. `oddity` measures how far
    events are moved, and how unusual the neighbours of inserted events are, compared with the
    specification's scenarios.
    """

    changes: int
    findings: int
    doubt: int
    oddity: int


INVENTED = 1
"""An event that the log does not show, and each value in it that the log does not show."""

WRITTEN = 1
"""A value or a time written where it was missing or unreadable."""

DENIED_VALUE = 2
"""A value of the right type is replaced or removed."""

DENIED_ORDER = 3
"""An event is moved: it did not happen where it is logged."""

DENIED_EVENT = 4
"""An event is removed: it did not happen; DENIED_VALUE is added for each of its values."""

DENIED_STATE = 3
"""Added if the removed event is one that changes the state: the job never was in that state."""

UNREADABLE = 1
"""A line without a readable event is removed."""

REPEATED = 0
"""An event is removed that an adjacent line repeats with the same content: nothing is denied."""

DUPLICATED = 2
"""An event is removed that a distant line repeats with the same content."""

STRANGE = 1
"""An inserted event has a neighbour that it has in no scenario; counted for both neighbours."""


class EventStatistics:
    """How unusual an event is at a place of a log, compared with the specification's scenarios.

    This only breaks ties. If there are no scenarios, all places are alike.
    """

    def __init__(self, specification: Specification, names: Sequence[str | None]) -> None:
        """`names` are the events of the log's lines."""
        self._names = [None, *names, None]
        self._pairs: set[tuple[str | None, str | None]] = set()
        for scenario in specification.scenarios:
            if not scenario.is_usual:
                continue
            events = [step.event for step in scenario.steps if step.event is not None]
            self._pairs.update(pairwise([None, *events]))
            if not scenario.unfinished:
                self._pairs.update([(events[-1], None)])

    def oddity(self, name: str, index: int) -> int:
        """Return the cost of an event of that name before the line with the index."""
        pairs = (self._names[index], name), (name, self._names[index + 1])
        return STRANGE * sum(pair not in self._pairs for pair in pairs)

"""What a repair costs: its changes, and among as many changes how much it asks to be believed.

A log is a record: what stands in it is taken to have happened, as it stands and in this order,
unless nothing else can be; and of what is missing no more is invented than must be. The weights
order repairs of equally many changes by that, and by nothing that any one machine knows of.
"""

from __future__ import annotations

from typing import NamedTuple


class Cost(NamedTuple):
    """The cost of a repair; what comes first weighs more than all that comes after it.

    `changes` counts them. `findings` are the lesser findings, notes among them, that the mended
    log gives. `doubt` adds up what is invented and what is denied. `oddity` tells how far events
    are moved, and how unusual the neighbours of inserted ones are, by the specification's own
    scenarios.
    """

    changes: int
    findings: int
    doubt: int
    oddity: int


INVENTED = 1
"""An event that nothing tells of, and each value in it that nothing tells."""

WRITTEN = 1
"""A value or a time that is written where none was, or one that could not be read."""

DENIED_VALUE = 2
"""A value that could be true is replaced or left out."""

DENIED_ORDER = 3
"""An event did not happen where it stands."""

DENIED_EVENT = 4
"""An event did not happen at all; each of its values comes on top."""

DENIED_STATE = 3
"""On top, where it is an event that leads to other states: the log then never came there."""

UNREADABLE = 1
"""A line goes that tells of no event."""

REPEATED = 0
"""An event goes that the line beside it tells in the same words: nothing is denied."""

TOLD_TWICE = 2
"""An event goes that a line elsewhere tells in the same words."""

STRANGE = 1
"""An inserted event has a neighbour that it has in no scenario; there are two of them."""

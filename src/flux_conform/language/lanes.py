"""Lanes: a small machine for each key, such as each stream of each rank.

What a lane means is laid down in `lane_meaning`, by what the language has without them: for each
state but the initial one, a set of the keys whose lanes are in it.
"""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.language.expressions import Expression

INDEX = "[]"
"""The function that gives the state of a lane: `LANE[KEY]` is read as a call of it."""

COUNT = "count"
"""The function that counts the lanes in a state: `count(LANE, STATE)`."""


class LaneState(NamedTuple):
    """A state of a lane. A key that no event has moved is in the one that is `initial`."""

    name: str
    initial: bool
    says: str


class LaneRow(NamedTuple):
    """What one event does to the lane of its key, in some states and under a guard.

    With `each` the key is a set, and the lanes of all its members move. `outcome` is moves, stays
    or undefined; of several rows that match, the first counts. `row` is its place in the list of
    transitions of the specification file.
    """

    event: str
    key: Expression
    sources: tuple[str, ...]
    when: Expression | None
    outcome: str
    target: str | None
    basis: tuple[str, ...]
    question: str | None
    row: int
    each: bool = False


class Lane(NamedTuple):
    """A small machine for each key. `rows` are the transitions of its lanes, in their order."""

    name: str
    says: str
    states: tuple[LaneState, ...]
    rows: tuple[LaneRow, ...]

    @property
    def initial(self) -> LaneState:
        """The state of a lane whose key no event has moved."""
        return next(state for state in self.states if state.initial)

    @property
    def counted(self) -> tuple[str, ...]:
        """The states of which it is known which keys are in them: all but the initial one."""
        return tuple(state.name for state in self.states if not state.initial)

    @property
    def sets(self) -> tuple[str, ...]:
        """The names of the sets of keys, one for each counted state."""
        return tuple(set_of(self.name, state) for state in self.counted)

    def rows_of(self, event: str) -> tuple[LaneRow, ...]:
        """The rows of an event, in the order in which they are tried."""
        return tuple(row for row in self.rows if row.event == event)


def set_of(lane: str, state: str) -> str:
    """The name of the set of the keys whose lanes are in a state, as expressions write it."""
    return f"{lane}.{state}"

"""The table of outcomes: for each state, event and guard case, the one thing that happens."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from flux_conform.language.lane_refusal import refusal
from flux_conform.language.specification import MOVES, UNDEFINED, Event, Specification, State
from flux_conform.machine.configuration import CAPTIVE


class Cell(NamedTuple):
    """One case: what `event` does in `state` where `guard` holds ("" is any; "else" the rest).

    `outcome` is moves, stays, undefined or silent; where nothing may follow, in a captive final
    state, it is undefined and `captive` is true. `target` is the state after a move.
    """

    generation: str
    state: str
    event: str
    guard: str
    outcome: str
    target: str | None
    captive: bool


def matrix(specification: Specification, generation: str | None = None) -> list[Cell]:
    """Every case of the machine, by event and state in the file's order.

    `generation` is the name of one; None means all.
    """
    return [
        cell
        for current in specification.generations
        if generation in (None, current.name)
        for event in specification.events
        for state in specification.machine_states
        for cell in _cases(specification, current.name, state, event)
    ]


def _cases(
    specification: Specification, generation: str, state: State, event: Event
) -> Iterator[Cell]:
    """The cases of an event in a state: its rows, and what happens where none of them matches."""
    lanes = {lane.name: lane for lane in specification.lanes}
    case = partial(Cell, generation, state.name, event.name)
    rows = specification.cases(state.name, event.name, generation)
    rest = ""
    for row in rows:
        guard = rest if row.when is None else row.when.text
        if row.lane:
            guard = refusal(lanes[row.lane], event.name)
        yield case(guard, row.outcome, row.target if row.outcome == MOVES else None, False)
        rest = rest if row.when is None else "else"
    if all(row.when is not None for row in rows):
        outcome = UNDEFINED if state.captive else event.elsewhere
        yield case(rest, outcome, None, state.captive)


def show(cell: Cell) -> str:
    """The outcome in a word or two: `→ TARGET`, stays, undefined, silent or captive."""
    if cell.outcome == MOVES:
        return f"→ {cell.target}"
    return CAPTIVE if cell.captive else cell.outcome

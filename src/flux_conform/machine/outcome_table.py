"""The table of outcomes: for each state, event and guard case, the one thing that happens."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.language.specification import MOVES, STAYS, Specification

CAPTIVE = "captive"


class Cell(NamedTuple):
    """One case: what `event` does in `state` where `guard` holds ("" is any; "else" the rest).

    `outcome` is moves, stays, undefined or silent; in the final state, where nothing may follow,
    it is undefined and `captive` is true. `target` is the state after a move.
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
    cells = []
    for current in specification.generations:
        if generation not in (None, current.name):
            continue
        for event in specification.events:
            for state in specification.machine_states:
                guarded = False
                covered = False
                for row in specification.cases(state.name, event.name, current.name):
                    guard = row.when.text if row.when is not None else ("else" if guarded else "")
                    cells.append(
                        Cell(
                            current.name,
                            state.name,
                            event.name,
                            guard,
                            row.outcome,
                            row.target if row.outcome == MOVES else None,
                            False,
                        )
                    )
                    guarded |= row.when is not None
                    covered |= row.when is None
                if not covered:
                    outcome = "undefined" if state.final else event.elsewhere
                    guard = "else" if guarded else ""
                    cells.append(
                        Cell(
                            current.name, state.name, event.name, guard, outcome, None, state.final
                        )
                    )
    return cells


def show(cell: Cell) -> str:
    """The outcome in a word or two: `→ TARGET`, stays, undefined, silent or captive."""
    if cell.outcome == MOVES:
        return f"→ {cell.target}"
    if cell.captive:
        return CAPTIVE
    return cell.outcome if cell.outcome != STAYS else "stays"

"""The states with a table of every event below them: who posts it, and what it does in each."""

from __future__ import annotations

from collections import defaultdict

from flux_conform.diagrams.graph import DETAIL, Picture, guard_text, state_graph
from flux_conform.diagrams.marks import AS_IS, Band, Cell, Legend, Row, Table
from flux_conform.language.specification import (
    MOVES,
    SILENT,
    STAYS,
    Event,
    Specification,
    Transition,
)

_ARROW = "\N{RIGHTWARDS ARROW}"
_STAYS = "\N{BULLET}"
_SILENT = "?"
_OTHERWISE = "otherwise"
# In a state that asks another question: what happens there is told by the event's other rows.
_ELSEWHERE = Cell("/", "told by the other rows of the event")
_NOTHING = Cell("", "undefined")


def detail_picture(specification: Specification, generation: str | None = None) -> Picture:
    """The states, their edges, and the table of all outcomes.

    Raises UnknownGeneration.
    """
    picture = state_graph(specification, generation)
    beside = (s.name for s in specification.machine_states if s.name not in picture.road)
    columns = (*picture.road, *beside)
    bands: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
    for event in specification.events:
        bands[event.by] += _rows(specification, picture, event, columns)
    table = Table(columns, tuple(Band(", ".join(by), tuple(rows)) for by, rows in bands.items()))
    return picture._replace(view=DETAIL, table=table, legend=_legend(table))


def _legend(table: Table) -> tuple[Legend, ...]:
    used = {cell.text[:1] for band in table.bands for row in band.rows for cell in row.cells}
    meanings = {
        _ARROW: "moves, to the next state where none is named",
        _STAYS: "stays",
        _SILENT: "the source is silent; stays",
        "/": "told by the other rows of the event",
        "": "undefined: the event may not come there",
    }
    return tuple(
        Legend(AS_IS, says, sample=sign or "blank")
        for sign, says in meanings.items()
        if sign in used
    )


def _rows(
    specification: Specification, picture: Picture, event: Event, columns: tuple[str, ...]
) -> list[Row]:
    """The row of an event; if it has guards, a row for each and one for all other cases."""

    def cell(state: str, row: Transition | None) -> Cell:
        return _cell(specification, picture, event, state, row)

    cases = {
        state: [
            row
            for row in specification.cases(state, event.name, picture.generation)
            if not row.lane
        ]
        for state in columns
    }
    otherwise = {
        state: cell(state, next((row for row in rows if row.when is None), None))
        for state, rows in cases.items()
    }
    guards: defaultdict[str, dict[str, Cell]] = defaultdict(dict)
    for state, rows in cases.items():
        for row in rows:
            if row.when is not None:
                guards[guard_text(specification, row.when)][state] = cell(state, row)
    last = tuple(otherwise.values())
    if not guards:
        return [Row(event.name, last)]
    guarded = (state for cells in guards.values() for state in cells)
    elsewhere = otherwise | dict.fromkeys(guarded, _ELSEWHERE)
    return [
        Row(event.name, ()),
        *(Row(guard, tuple((elsewhere | at).values()), inner=True) for guard, at in guards.items()),
        Row(_OTHERWISE, last, inner=True),
    ]


def _cell(
    specification: Specification,
    picture: Picture,
    event: Event,
    state: str,
    row: Transition | None,
) -> Cell:
    if row is None and specification.state(state).captive:
        return _NOTHING._replace(says="nothing may follow")
    outcome = event.elsewhere if row is None else row.outcome
    if outcome == MOVES and row is not None:
        target = row.target or ""
        if (state, target) in zip(picture.road, picture.road[1:], strict=False):
            return Cell(_ARROW, f"moves to {target}", strong=True)
        return Cell(f"{_ARROW} {target}", f"moves to {target}", strong=True)
    signs = {STAYS: _STAYS, SILENT: _SILENT}
    return Cell(signs[outcome], outcome) if outcome in signs else _NOTHING

"""Tables show the rows of lanes as they are written, and not the sets by which they are said."""

from pathlib import Path

from flux_conform.rfc.table import Cell, Code, Table
from flux_conform.rfc.tables import effects, outcomes, transitions, variables
from toys import load_toy

STREAMS = load_toy((Path(__file__).parents[1] / "streams.yaml").read_text(encoding="utf-8"))


def plain(cell: Cell) -> str:
    return "".join(span.text if isinstance(span, Code) else str(span) for span in cell)


def rows(table: Table) -> list[list[str]]:
    return [[plain(cell) for cell in row.cells] for row in table.rows]


def test_a_row_of_a_lane_stands_among_the_transitions() -> None:
    shown = rows(transitions(STREAMS))
    assert [row[:2] + row[3:4] for row in shown] == [
        ["START", "header", "BODY"],
        ["stream in OPEN", "data", "EOF"],
        ["stream in OPEN", "redirect", "MOVED"],
    ]


def test_a_lane_stands_among_what_a_reader_remembers() -> None:
    assert rows(variables(STREAMS))[-1] == [
        "stream",
        "One standard stream of one rank",
        "lane: OPEN, EOF, MOVED",
        "data, redirect",
    ]


def test_no_table_tells_of_the_sets_of_a_lane() -> None:
    for table in (effects(STREAMS), outcomes(STREAMS), variables(STREAMS)):
        assert "stream.EOF" not in str(rows(table))

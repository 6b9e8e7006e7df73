"""A sheet of characters: lines that join where they meet, boxes, and texts on top."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8

LIGHT, DASHED, DOUBLE = "light", "dashed", "double"
"""The kinds of lines."""


class Cell(NamedTuple):
    """A character's place; rows count downwards."""

    row: int
    column: int


# By the directions in which a line leaves the cell.
_LIGHT = "·╵╷│╴┘┐┤╶└┌├─┴┬┼"
_DOUBLE = {
    DOWN | RIGHT: "╔",
    DOWN | LEFT: "╗",
    UP | RIGHT: "╚",
    UP | LEFT: "╝",
    LEFT | RIGHT: "═",
    UP | DOWN: "║",
    # A light line leaves a double border.
    UP | DOWN | RIGHT: "╟",
    UP | DOWN | LEFT: "╢",
    LEFT | RIGHT | DOWN: "╤",
    LEFT | RIGHT | UP: "╧",
}
_ROUND = {"┌": "╭", "┐": "╮", "└": "╰", "┘": "╯"}
_ASCII = {
    **dict.fromkeys("╵╷│", "|"),
    **dict.fromkeys("╴╶─", "-"),
    **dict.fromkeys("┘┐┤└┌├┴┬┼", "+"),
    **dict.fromkeys("╭╮╰╯", "."),
    "╌": ".",
    "╎": ":",
    "═": "=",
    **dict.fromkeys("║╟╢╔╗╚╝╤╧", "#"),
    "▶": ">",
    "◀": "<",
    "▲": "^",
    "▼": "v",
    "●": "*",
}


class Canvas:
    """What has been drawn so far. The order of drawing does not matter, but that texts cover."""

    def __init__(self) -> None:
        self._lines: dict[Cell, dict[int, str]] = {}
        self._round: set[Cell] = set()
        self._texts: dict[Cell, str] = {}

    def line(self, corners: Iterable[Cell], kind: str = LIGHT) -> None:
        """A line along the corners given, upright or level between any two of them."""
        for start, end in pairwise(corners):
            self._stretch(start, end, kind)

    def box(self, one: Cell, other: Cell, kind: str = LIGHT, *, round: bool) -> None:
        """The border of a box, given two opposite corners."""
        corners = (one, Cell(one.row, other.column), other, Cell(other.row, one.column))
        self.line((*corners, one), kind)
        if round:
            self._round.update(corners)

    def text(self, at: Cell, text: str) -> None:
        """A line of text that begins there."""
        for place, char in enumerate(text):
            self._texts[Cell(at.row, at.column + place)] = char

    def show(self, *, unicode: bool) -> str:
        """The sheet, cut to what was drawn; without `unicode` the lines are of ASCII."""
        drawn = {cell: self._glyph(cell) for cell in self._lines}
        drawn.update(self._texts)
        if not drawn:
            return ""
        rows = range(min(c.row for c in drawn), max(c.row for c in drawn) + 1)
        left = min(c.column for c in drawn)
        right = max(c.column for c in drawn)
        lines = (
            "".join(drawn.get(Cell(row, column), " ") for column in range(left, right + 1))
            for row in rows
        )
        sheet = "".join(line.rstrip() + "\n" for line in lines)
        return sheet if unicode else "".join(_ASCII.get(char, char) for char in sheet)

    def _stretch(self, start: Cell, end: Cell, kind: str) -> None:
        back, ahead = (LEFT, RIGHT) if start.row == end.row else (UP, DOWN)
        first, last = sorted((start, end))
        cells = [
            Cell(row, column)
            for row in range(first.row, last.row + 1)
            for column in range(first.column, last.column + 1)
        ]
        for cell, following in pairwise(cells):
            self._lines.setdefault(cell, {})[ahead] = kind
            self._lines.setdefault(following, {})[back] = kind

    def _glyph(self, cell: Cell) -> str:
        leaves = self._lines[cell]
        directions = sum(leaves)
        kinds = set(leaves.values())
        if DOUBLE in kinds:
            return _DOUBLE[directions]
        if kinds == {DASHED} and directions in (LEFT | RIGHT, UP | DOWN):
            return "╌" if directions == LEFT | RIGHT else "╎"
        glyph = _LIGHT[directions]
        return _ROUND.get(glyph, glyph) if cell in self._round else glyph

"""A table as a value that knows no markup: columns, rows, and cells of text, code and links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias


class Code(NamedTuple):
    """A piece of text that is written as in a program or a log: a name, a value."""

    text: str


class Link(NamedTuple):
    """A piece of text that leads somewhere: `target` is a rule's id or the name of a place.

    Who writes the table out knows whether there is such a place; where there is none, the text
    stands as code does.
    """

    text: str
    target: str


Span: TypeAlias = str | Code | Link
Cell: TypeAlias = tuple[Span, ...]
"""Spans stand beside each other as they are; blanks between them are part of the plain text."""


class Column(NamedTuple):
    """A column's heading, and its share of the table's width, counted against the others'."""

    head: str
    width: int = 1


class Row(NamedTuple):
    """A row. `target` is a name by which links find it, where it has one."""

    cells: tuple[Cell, ...]
    target: str | None = None


class Table(NamedTuple):
    """A table; `name` tells which, `title` is for people."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def plain(cell: Cell) -> str:
    """The cell as bare text."""
    return "".join(span if isinstance(span, str) else span.text for span in cell)


def joined(spans: Iterable[Span], between: str = ", ") -> Cell:
    """Spans with a text between each two."""
    cell: list[Span] = []
    for span in spans:
        cell.extend([between, span] if cell else [span])
    return tuple(cell)


def codes(names: Iterable[str], between: str = ", ") -> Cell:
    """Names as code, with a text between each two."""
    return joined(map(Code, names), between)

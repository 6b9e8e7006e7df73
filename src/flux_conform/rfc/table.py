"""Tables independent of markup: columns, rows, and cells of text, code and links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias


class Code(NamedTuple):
    """A text from a program or a log, such as a name or a value."""

    text: str


class Link(NamedTuple):
    """A text with a link; `target` is a rule's id, or the name of a target.

    A writer that does not know the target shows the text as code.
    """

    text: str
    target: str


Span: TypeAlias = str | Code | Link
Cell: TypeAlias = tuple[Span, ...]
"""Spans are joined without separators; spaces between them are part of the text."""


class Column(NamedTuple):
    """A column's heading, and its width relative to the other columns."""

    head: str
    width: int = 1


class Row(NamedTuple):
    """A row. `target` is the name by which links find it, or None."""

    cells: tuple[Cell, ...]
    target: str | None = None


class Table(NamedTuple):
    """A table; `name` identifies it, `title` is for people."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def plain(cell: Cell) -> str:
    """Return the cell as plain text."""
    return "".join(span if isinstance(span, str) else span.text for span in cell)


def joined(spans: Iterable[Span], between: str = ", ") -> Cell:
    """Join spans with a separator."""
    cell: list[Span] = []
    for span in spans:
        cell.extend([between, span] if cell else [span])
    return tuple(cell)


def codes(names: Iterable[str], between: str = ", ") -> Cell:
    """Join names, formatted as code, with a separator."""
    return joined(map(Code, names), between)

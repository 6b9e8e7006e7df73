"""Lays out what stands below the states: a table, the legend, the caption and the notes.

Each part is as wide as the states above it, or as the page if those are narrower.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point, straight
from flux_conform.diagrams.graph import Picture
from flux_conform.diagrams.marks import FLAG, Row, Table
from flux_conform.diagrams.metrics import text_width
from flux_conform.diagrams.placed import Layout, Panel, Stroke, Words, extent, words_at
from flux_conform.diagrams.stubs import badges, flags_width

_CELL_MARGIN = 3.0
_INDENT = 7.0
_ROW = 1.35 * style.SMALL
_GAP = 3.0

_Item: TypeAlias = Panel | Stroke | Words


def column_widths(picture: Picture) -> dict[str, float]:
    """The minimum width of the column below each state; empty if there is no table."""
    table = picture.table
    if table is None:
        return {}
    return {
        name: max(_bold(name), *(_bold(row.cells[place].text) for row in _rows(table) if row.cells))
        + 2 * _CELL_MARGIN
        for place, name in enumerate(table.columns)
    }


def with_below(layout: Layout) -> Layout:
    """The layout with everything that its picture has below the states."""
    picture = layout.picture
    if picture.table is not None:
        layout = _add(layout, _table(layout, picture.table))
    whole = extent(layout)
    right = max(whole.right, whole.left + style.PAGE_WIDTH - 2 * style.MARGIN)
    for part in (_legend, _text):
        layout = _add(layout, part(picture, whole.left, right, _top(layout)))
    return layout


def _top(layout: Layout) -> float:
    return extent(layout).bottom - style.BELOW


def _add(layout: Layout, items: Iterable[_Item]) -> Layout:
    found = tuple(items)
    return layout._replace(
        panels=layout.panels + tuple(each for each in found if isinstance(each, Panel)),
        strokes=layout.strokes + tuple(each for each in found if isinstance(each, Stroke)),
        words=layout.words + tuple(each for each in found if isinstance(each, Words)),
    )


def _legend(picture: Picture, left: float, right: float, top: float) -> Iterator[_Item]:
    """Samples of lines with their meaning, in as many rows as needed."""
    x, y = left, top - style.SMALL_LINE / 2
    for item in picture.legend:
        sample = _bold(item.sample) if item.sample else style.SAMPLE
        if item.look == FLAG:
            sample = flags_width((item.sample,))
        width = sample + _GAP + text_width(item.says, style.SMALL)
        if x > left and x + width > right:
            x, y = left, y - style.SMALL_LINE
        if item.look == FLAG:
            yield from badges((item.sample,), Point(x, y))
        elif item.sample:
            ink = style.ink_of_text(item.role, item.look)
            yield words_at(item.sample, x, y, ink=ink, bold=True)
        else:
            way = straight(Point(x, y), Point(x + sample - style.ARROW, y))
            line = style.line_of(item.role, item.look)
            yield Stroke(way, Point(x + sample, y), line)
        yield words_at(item.says, x + sample + _GAP, y, ink=style.MUTED)
        x += width + 4 * _GAP


def _text(picture: Picture, left: float, right: float, top: float) -> Iterator[_Item]:
    """The caption and the notes, wrapped."""
    y = top - style.SMALL_LINE / 2
    for line in (part for text in picture.caption for part in _wrapped(text, right - left)):
        yield words_at(line, left, y, ink=style.MUTED)
        y -= style.SMALL_LINE
    if picture.caption and picture.notes:
        y -= _GAP
    for note in picture.notes:
        indent = left + max(flags_width((note.flag,)), _INDENT * 2) + _GAP
        yield from badges((note.flag,), Point(left, y))
        head = _bold(note.head) + 2 * _GAP
        yield words_at(note.head, indent, y, bold=True)
        for place, line in enumerate(_wrapped(note.says, right - indent, head)):
            yield words_at(line, indent + (0 if place else head), y)
            y -= style.SMALL_LINE


def _table(layout: Layout, table: Table) -> Iterator[_Item]:
    """The table, each column right below its state if that is on the main path."""
    widths = column_widths(layout.picture)
    middles = {
        each.state.name: each.box.center.x
        for each in layout.states
        if each.state.name in layout.picture.road
    }
    name_width = max(text_width(row.name, style.SMALL) for row in _rows(table)) + _INDENT
    heads = max(text_width(band.head, style.SMALL) for band in table.bands)
    first = min(x - widths[name] / 2 for name, x in middles.items())
    left = first - _CELL_MARGIN - name_width
    right = max(x + widths[name] / 2 for name, x in middles.items())
    for name in table.columns:
        if name not in middles:
            middles[name] = right + widths[name] / 2
            right += widths[name]
    right = max(right, left + heads)
    y = _top(layout) - _ROW / 2
    for name in table.columns:
        yield words_at(name, middles[name], y, side=0, bold=True)
    for band in table.bands:
        y -= _ROW
        yield Panel(Box(left, y - _ROW / 2, right, y + _ROW / 2), style.TINTS[1])
        yield words_at(band.head, left + _CELL_MARGIN, y, ink=style.MUTED)
        for row in band.rows:
            y -= _ROW
            x = left + _CELL_MARGIN + (_INDENT if row.inner else 0.0)
            yield words_at(row.name, x, y)
            for name, cell in zip(table.columns, row.cells, strict=bool(row.cells)):
                if cell.text:
                    ink = style.TEXT if cell.strong else style.MUTED
                    x = middles[name]
                    yield words_at(cell.text, x, y, side=0, ink=ink, bold=cell.strong)


def _wrapped(text: str, width: float, taken: float = 0.0) -> Iterator[str]:
    """The lines of a text in small type; `taken` is the width before the first line."""
    line = ""
    room = width - taken
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and text_width(longer, style.SMALL) > room:
            yield line
            line, room = word, width
        else:
            line = longer
    yield line


def _bold(text: str) -> float:
    return text_width(text, style.SMALL, bold=True)


def _rows(table: Table) -> Iterator[Row]:
    for band in table.bands:
        yield from band.rows

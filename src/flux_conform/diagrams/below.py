"""What stands below the states: a table, the legend, the caption and the notes.

Each part is as wide as the states above it, or as the page where those are narrower.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point, rounded
from flux_conform.diagrams.graph import Picture
from flux_conform.diagrams.marks import FLAG, Row, Table
from flux_conform.diagrams.metrics import text_width
from flux_conform.diagrams.placed import Layout, Panel, Stroke, Words, extent
from flux_conform.diagrams.stubs import badges, flags_width
from flux_conform.diagrams.style import Ink

_CELL_MARGIN = 3.0
_INDENT = 7.0
_ROW = 1.35 * style.SMALL
_GAP = 3.0
_HALF = 0.6 * style.SMALL


def column_widths(picture: Picture) -> dict[str, float]:
    """How wide the column below each state must be; nothing where there is no table."""
    table = picture.table
    if table is None:
        return {}
    return {
        name: max(
            _small(name, bold=True),
            *(_small(row.cells[place].text, bold=True) for row in _rows(table) if row.cells),
        )
        + 2 * _CELL_MARGIN
        for place, name in enumerate(table.columns)
    }


def with_below(layout: Layout) -> Layout:
    """The layout with all that its picture has below the states."""
    picture = layout.picture
    if picture.table is not None:
        layout = _with_table(layout, picture.table)
    whole = extent(layout)
    page = whole.left + style.PAGE_WIDTH - 2 * style.MARGIN
    left, right = whole.left, max(whole.right, page)
    parts = [part for part in (_legend(picture, left, right), _text(picture, left, right)) if part]
    bottom = whole.bottom
    for part in parts:
        layout = _add(layout, part, bottom - style.BELOW)
        bottom = extent(layout).bottom
    return layout


class _Part(NamedTuple):
    """Things whose top is at y = 0."""

    panels: tuple[Panel, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    words: tuple[Words, ...] = ()


def _add(layout: Layout, part: _Part, top: float) -> Layout:
    return layout._replace(
        panels=layout.panels + tuple(_moved(panel, top) for panel in part.panels),
        strokes=layout.strokes
        + tuple(
            stroke._replace(
                way=tuple(point._replace(y=point.y + top) for point in stroke.way),
                tip=stroke.tip and stroke.tip._replace(y=stroke.tip.y + top),
            )
            for stroke in part.strokes
        ),
        words=layout.words
        + tuple(words._replace(box=_lowered(words.box, top)) for words in part.words),
    )


def _moved(panel: Panel, by: float) -> Panel:
    words = panel.words and panel.words._replace(box=_lowered(panel.words.box, by))
    return panel._replace(box=_lowered(panel.box, by), words=words)


def _lowered(box: Box, by: float) -> Box:
    return box._replace(bottom=box.bottom + by, top=box.top + by)


def _legend(picture: Picture, left: float, right: float) -> _Part | None:
    """Samples of lines with what they mean, in as many rows as it takes."""
    panels: list[Panel] = []
    strokes: list[Stroke] = []
    words: list[Words] = []
    x, y = left, -style.SMALL_LINE / 2
    for item in picture.legend:
        sample = _small(item.sample, bold=True) if item.sample else style.SAMPLE
        if item.look == FLAG:
            sample = flags_width((item.sample,))
        width = sample + _GAP + _small(item.says)
        if x > left and x + width > right:
            x, y = left, y - style.SMALL_LINE
        line = style.line_of(item.role, item.look)
        if item.look == FLAG:
            panels += badges((item.sample,), Point(x, y))
        elif item.sample:
            ink = style.ink_of_text(item.role, item.look)
            words.append(small_words(item.sample, x, y, ink=ink, bold=True))
        else:
            way = straight(Point(x, y), Point(x + sample - style.ARROW, y))
            strokes.append(Stroke(way, Point(x + sample, y), line))
        words.append(small_words(item.says, x + sample + _GAP, y, ink=style.MUTED))
        x += width + 4 * _GAP
    return _Part(tuple(panels), tuple(strokes), tuple(words)) if words else None


def _text(picture: Picture, left: float, right: float) -> _Part | None:
    """The caption and the notes, wrapped."""
    panels: list[Panel] = []
    words: list[Words] = []
    y = -style.SMALL_LINE / 2
    for line in (part for text in picture.caption for part in wrapped(text, right - left)):
        words.append(small_words(line, left, y, ink=style.MUTED))
        y -= style.SMALL_LINE
    if picture.caption and picture.notes:
        y -= _GAP
    for note in picture.notes:
        indent = left + max(flags_width((note.flag,)), _INDENT * 2) + _GAP
        panels += badges((note.flag,), Point(left, y))
        head = _small(note.head, bold=True) + 2 * _GAP
        words.append(small_words(note.head, indent, y, bold=True))
        for place, line in enumerate(wrapped(note.says, right - indent, head)):
            words.append(small_words(line, indent + (0 if place else head), y))
            y -= style.SMALL_LINE
    return _Part(tuple(panels), (), tuple(words)) if words else None


def _with_table(layout: Layout, table: Table) -> Layout:
    """The layout with its table, the columns right below the states where these are on the road."""
    widths = column_widths(layout.picture)
    on_road = {
        each.state.name: each.box.center.x
        for each in layout.states
        if each.state.name in layout.picture.road
    }
    names = [row.name for row in _rows(table)]
    name_width = max(_small(name) for name in names) + _INDENT
    heads = max(_small(band.head) for band in table.bands)
    first = min(x - widths[name] / 2 for name, x in on_road.items())
    left = first - _CELL_MARGIN - name_width
    right = max(x + widths[name] / 2 for name, x in on_road.items())
    middles = dict(on_road)
    for name in table.columns:
        if name not in middles:
            middles[name] = right + widths[name] / 2
            right += widths[name]
    right = max(right, left + heads)
    panels: list[Panel] = []
    words: list[Words] = []
    y = -_ROW / 2
    for name in table.columns:
        x = middles[name] - _small(name, bold=True) / 2
        words.append(small_words(name, x, y, bold=True))
    y -= _ROW
    for band in table.bands:
        box = Box(left, y - _ROW / 2, right, y + _ROW / 2)
        panels.append(Panel(box, style.TINTS[1]))
        words.append(small_words(band.head, left + _CELL_MARGIN, y, ink=style.MUTED))
        y -= _ROW
        for row in band.rows:
            x = left + _CELL_MARGIN + (_INDENT if row.inner else 0.0)
            words.append(small_words(row.name, x, y))
            for name, cell in zip(table.columns, row.cells, strict=bool(row.cells)):
                if cell.text:
                    ink = style.TEXT if cell.strong else style.MUTED
                    start = middles[name] - _small(cell.text, bold=cell.strong) / 2
                    words.append(small_words(cell.text, start, y, ink=ink, bold=cell.strong))
            y -= _ROW
    return _add(layout, _Part(tuple(panels), (), tuple(words)), extent(layout).bottom - style.BELOW)


def small_words(
    text: str, left: float, y: float, *, ink: Ink = style.TEXT, bold: bool = False
) -> Words:
    """A line of small type that begins at `left`; y is its middle."""
    box = Box(left, y - _HALF, left + _small(text, bold=bold), y + _HALF)
    return Words(text, box, ink, bold, style.SMALL)


def straight(start: Point, end: Point) -> tuple[Point, ...]:
    """A straight way."""
    return rounded((start, end), 0.0)


def wrapped(text: str, width: float, taken: float = 0.0) -> Iterator[str]:
    """The lines of a text in small type, `taken` being what stands before the first."""
    line = ""
    room = width - taken
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _small(longer) > room:
            yield line
            line, room = word, width
        else:
            line = longer
    yield line


def _small(text: str, *, bold: bool = False) -> float:
    return text_width(text, style.SMALL, bold=bold)


def _rows(table: Table) -> Iterator[Row]:
    for band in table.bands:
        yield from band.rows

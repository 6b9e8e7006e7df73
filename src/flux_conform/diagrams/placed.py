"""A picture with places, ready to be drawn. Lengths are in points, y grows upwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point
from flux_conform.diagrams.graph import Edge, Group, Label, Picture, PicturedState
from flux_conform.diagrams.marks import AS_IS
from flux_conform.diagrams.metrics import text_width
from flux_conform.diagrams.style import Ink, Line


class PlacedText(NamedTuple):
    """Lines of text, centred in their box.

    `looks` are those of its lines, AS_IS where there are none; where they differ, each line is
    drawn for itself (`words_of`).
    """

    lines: tuple[str, ...]
    box: Box
    looks: tuple[str, ...] = ()

    @property
    def mixed(self) -> bool:
        """Whether its lines have different looks."""
        return len(set(self.looks)) > 1

    @property
    def look(self) -> str:
        """The look of all lines, where it is not mixed."""
        return self.looks[0] if self.looks else AS_IS


class PlacedState(NamedTuple):
    """A state; the box is that of its outer border."""

    state: PicturedState
    box: Box


class PlacedGroup(NamedTuple):
    """A group with its name."""

    group: Group
    box: Box
    name: PlacedText


class PlacedEdge(NamedTuple):
    """An edge as Bézier control points from its source.

    Where it has an arrow, `tip` is the arrow's point, and the way ends at the arrow's base. An
    edge without one joins the rail of another, which has the arrow and the label of both.
    `mark` is what stands where it leaves its state, when edges on one rail have different marks.
    """

    edge: Edge
    way: tuple[Point, ...]
    tip: Point | None
    label: PlacedText | None
    mark: PlacedText | None = None


class Words(NamedTuple):
    """One line of free text, centred in its box; `size` is that of its type in points."""

    text: str
    box: Box
    ink: Ink = style.TEXT
    bold: bool = False
    size: float = style.FONT_SIZE


def words_at(
    text: str,
    x: float,
    y: float,
    *,
    side: int = -1,
    ink: Ink = style.TEXT,
    bold: bool = False,
    size: float = style.SMALL,
    half: float = 0.6,
) -> Words:
    """A line of text whose left end (`side` -1), middle (0) or right end (1) is at `x`.

    Its vertical middle is at `y`; `half` is half the height of its box, in units of `size`.
    """
    width = text_width(text, size, bold=bold)
    left = x - width * (1 + side) / 2
    box = Box(left, y - half * size, left + width, y + half * size)
    return Words(text, box, ink, bold, size)


class Panel(NamedTuple):
    """A box that is no state: a badge, a head, a stripe of a table, a thin rule.

    `words` is the text in it. `border` is the line around it, none where it is None.
    """

    box: Box
    fill: Ink
    border: Line | None = None
    round: bool = False
    words: Words | None = None


class Stroke(NamedTuple):
    """A line that is no edge, as Bézier control points; `tip` is its arrow's point, if any.

    `says` is what it means, where it means something.
    """

    way: tuple[Point, ...]
    tip: Point | None
    line: Line
    says: str = ""


class Layout(NamedTuple):
    """A picture with places. `start` is the middle of the initial marker.

    `panels`, `strokes` and `words` are what a view adds, drawn in this order: panels beneath all
    else, badges among them on top of the states (`badges`). A picture of scenes consists of these
    alone, and has no start.
    """

    picture: Picture
    states: tuple[PlacedState, ...] = ()
    groups: tuple[PlacedGroup, ...] = ()
    edges: tuple[PlacedEdge, ...] = ()
    start: Point | None = None
    start_way: tuple[Point, ...] = ()
    start_tip: Point | None = None
    panels: tuple[Panel, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    words: tuple[Words, ...] = ()
    badges: tuple[Panel, ...] = ()


def words_of(placed: PlacedEdge) -> Iterator[Words]:
    """The free texts of an edge: its mark, and the lines of a label that differ in look."""
    role = placed.edge.role
    if placed.label is not None and placed.label.mixed:
        box = placed.label.box
        for place, (line, look) in enumerate(
            zip(placed.label.lines, placed.label.looks, strict=True)
        ):
            top = box.top - place * style.LINE_HEIGHT
            middle = Point(box.center.x, top - style.LINE_HEIGHT / 2)
            width = text_width(line, style.FONT_SIZE)
            around = Box.around(middle, width, style.LINE_HEIGHT)
            yield Words(line, around, style.ink_of_text(role, look))
    if placed.mark is not None:
        ink = style.ink_of_text(role, placed.edge.look)
        yield Words(" ".join(placed.mark.lines), placed.mark.box, ink)


def extent(layout: Layout) -> Box:
    """The box that holds everything, without a margin."""
    boxes = list(_boxes(layout))
    return Box(
        min(box.left for box in boxes),
        min(box.bottom for box in boxes),
        max(box.right for box in boxes),
        max(box.top for box in boxes),
    )


def _boxes(layout: Layout) -> Iterator[Box]:
    yield from (each.box for each in layout.states)
    yield from (each.box for each in layout.groups)
    yield from (each.box for each in layout.words)
    yield from (each.box for each in (*layout.panels, *layout.badges))
    ways = (*(each.way for each in layout.edges), *(each.way for each in layout.strokes))
    yield from (Box(*point, *point) for way in ways for point in way)
    yield from (Box(*each.tip, *each.tip) for each in layout.strokes if each.tip)
    for each in layout.edges:
        yield from (text.box for text in (each.label, each.mark) if text is not None)
    if layout.start is not None:
        size = 2 * style.START_RADIUS
        yield Box.around(layout.start, size, size)


def lines_of(labels: Iterable[Label], width: int = style.WRAP) -> tuple[str, ...]:
    """The lines of an edge's label: one for each event.

    If one is longer than `width`, in characters, its guard gets lines of its own.
    """
    return tuple(line for label in labels for line in _lines(label, width))


def looks_of(labels: Sequence[Label]) -> tuple[str, ...]:
    """The looks of these lines."""
    return tuple(label.look for label in labels for _ in _lines(label, style.WRAP))


def _lines(label: Label, width: int) -> list[str]:
    if len(str(label)) <= width or label.guard is None:
        return [str(label)]
    guard = wrap(f"[{label.guard}]", width, break_long_words=False, break_on_hyphens=False)
    if label.after:
        guard[-1] += f" {label.after}"
    return [f"{label.before} {label.event}".strip(), *guard]


def text_size(lines: Iterable[str], *, bold: bool = False) -> tuple[float, float]:
    """The width and height of lines of text."""
    widths = [text_width(line, style.FONT_SIZE, bold=bold) for line in lines]
    return max(widths, default=0.0), style.LINE_HEIGHT * len(widths)

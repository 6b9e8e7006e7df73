"""A picture with places, ready to be drawn. Lengths are in points, y grows upwards."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import NamedTuple

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point
from flux_conform.diagrams.graph import Edge, Group, Label, Picture, PicturedState
from flux_conform.diagrams.metrics import text_width


class PlacedText(NamedTuple):
    """Lines of text, centred in their box."""

    lines: tuple[str, ...]
    box: Box


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
    edge without one joins the rail of another, which bears the arrow and the label of both.
    """

    edge: Edge
    way: tuple[Point, ...]
    tip: Point | None
    label: PlacedText | None


class Layout(NamedTuple):
    """A picture with places. `start` is the middle of the initial marker."""

    picture: Picture
    states: tuple[PlacedState, ...]
    groups: tuple[PlacedGroup, ...]
    edges: tuple[PlacedEdge, ...]
    start: Point
    start_way: tuple[Point, ...]
    start_tip: Point


def lines_of(labels: Iterable[Label]) -> tuple[str, ...]:
    """The lines of an edge's label: one for each event, more where that is long."""
    return tuple(line for label in labels for line in _lines(label))


def _lines(label: Label) -> list[str]:
    if len(str(label)) <= style.WRAP or label.guard is None:
        return [str(label)]
    guard = wrap(f"[{label.guard}]", style.WRAP, break_long_words=False, break_on_hyphens=False)
    return [label.event, *guard]


def text_size(lines: Iterable[str], *, bold: bool = False) -> tuple[float, float]:
    """The width and height of lines of text."""
    widths = [text_width(line, style.FONT_SIZE, bold=bold) for line in lines]
    return max(widths, default=0.0), style.LINE_HEIGHT * len(widths)

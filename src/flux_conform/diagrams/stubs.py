"""Marks and flags at the start of an edge that the edges on its rail do not share.

The label of a rail is that of all edges on it. What belongs to only one of them (how often it was
taken, that it is new) is written where that edge leaves its state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point
from flux_conform.diagrams.graph import Edge, Picture
from flux_conform.diagrams.marks import ALIEN
from flux_conform.diagrams.metrics import text_width
from flux_conform.diagrams.placed import Panel, PlacedText, Words
from flux_conform.diagrams.rails import Rail, alike

_GAP = 2.5


class Stub(NamedTuple):
    """A text and flags, side by side."""

    text: str
    flags: tuple[str, ...]

    @property
    def width(self) -> float:
        """From end to end; 0 where there is nothing."""
        text = text_width(self.text, style.FONT_SIZE) + _GAP if self.text else 0.0
        return text + flags_width(self.flags)


def stub_of(rail: Rail, edge: Edge) -> Stub:
    """What stands at the start of an edge on a rail."""
    if alike(rail.edges):
        return Stub("", edge.flags)
    return Stub(", ".join(label.marks for label in edge.labels if label.marks), edge.flags)


def widest(rails: Sequence[Rail]) -> float:
    """The width of the widest stub."""
    return max((stub_of(rail, edge).width for rail in rails for edge in rail.edges), default=0.0)


def place_stub(stub: Stub, start: Point, up: bool) -> tuple[PlacedText | None, tuple[Panel, ...]]:
    """The text and the badges at the start of an edge that leads up or down from there."""
    height = style.LINE_HEIGHT
    bottom = start.y if up else start.y - height
    left = start.x + _GAP
    text = None
    if stub.text:
        width = text_width(stub.text, style.FONT_SIZE)
        text = PlacedText((stub.text,), Box(left, bottom, left + width, bottom + height))
        left += width + _GAP
    return text, tuple(badges(stub.flags, Point(left, bottom + height / 2)))


def flags_width(flags: Sequence[str]) -> float:
    """The width of badges in a row."""
    return sum(_badge_width(flag) + _GAP for flag in flags)


def badges(flags: Sequence[str], left: Point) -> Iterator[Panel]:
    """Badges in a row, from the middle of its left end on."""
    x = left.x
    for flag in flags:
        width = _badge_width(flag)
        box = Box(x, left.y - style.BADGE / 2, x + width, left.y + style.BADGE / 2)
        words = Words(flag, box, style.PAPER, bold=True, size=style.BADGE_SIZE)
        yield Panel(box, style.LOOKS[ALIEN].ink, round=True, words=words)
        x += width + _GAP


def _badge_width(flag: str) -> float:
    return max(style.BADGE, text_width(flag, style.BADGE_SIZE, bold=True) + 4.0)


def state_badges(picture: Picture, boxes: dict[str, Box]) -> Iterator[Panel]:
    """The badges in the boxes of states, as their last line."""
    for state in picture.states:
        if state.flags:
            box = boxes[state.name]
            lines = lines_in(state.notes, state.flags)
            y = box.center.y - (lines - 1) / 2 * style.LINE_HEIGHT
            x = box.center.x - (flags_width(state.flags) - _GAP) / 2
            yield from badges(state.flags, Point(x, y))


def lines_in(notes: Sequence[str], flags: Sequence[str]) -> int:
    """How many lines stand in the box of a state."""
    return 1 + len(notes) + (1 if flags else 0)

"""The house style: every length, colour, font and kind of line.

Lengths are points of a picture at its natural size. A page of A4 leaves 16 cm, 453 points; what
is wider is scaled down to it, so that a gap saved here is a point of type won there.
"""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.diagrams.graph import BACK, BRANCH, DETOUR, MAIN
from flux_conform.diagrams.marks import (
    ADDED,
    ALIEN,
    AS_IS,
    DROPPED,
    ENDED,
    LOGGED,
    NEVER,
    PALE,
    TAKEN,
    UNLOGGED,
)

PAGE_WIDTH = 453.5
"""The text width of an A4 page, 16 cm."""

FONT = "Helvetica"
"""The font of the layout. Arial, Liberation Sans, Nimbus Sans and TeX's phv share its metrics."""

FONT_FAMILY = "Helvetica, Arial, 'Liberation Sans', Arimo, 'Nimbus Sans', sans-serif"
"""The fonts of an SVG, the first that the reader has. None is fetched."""

FONT_SIZE = 8.0
LINE_HEIGHT = 1.2 * FONT_SIZE
"""Graphviz sets lines this far apart."""

WRAP = 30
"""A label of more characters than this has its guard on lines of its own."""


class Ink(NamedTuple):
    """A colour on white paper and on a dark screen. In grey, the kinds of lines still differ."""

    light: str
    dark: str


PAPER = Ink("#ffffff", "#14181f")
TEXT = Ink("#1a1a1a", "#e8eaed")
MUTED = Ink("#4d5866", "#a9b4c2")
TINTS = (Ink("#dbe6f4", "#2b3b52"), Ink("#edf3fa", "#1d2838"))
"""The fill of a group, by its height: the innermost is the strongest; the last serves the rest."""

TINT_EDGE = Ink("#9fb3cc", "#4a617f")


class Line(NamedTuple):
    """How an edge of a role is drawn; `style` is one of Graphviz's."""

    ink: Ink
    width: float
    style: str


LINES = {
    MAIN: Line(TEXT, 1.5, "solid"),
    BACK: Line(Ink("#1f4e8c", "#8ab8f2"), 0.9, "solid"),
    DETOUR: Line(Ink("#a61b1b", "#ff9a8f"), 0.9, "dashed"),
    BRANCH: Line(MUTED, 0.9, "solid"),
}

FAINT = Ink("#75828f", "#7f8c9a")
"""Of lines only; too faint for type."""

GOOD = Ink("#17663a", "#7fd6a0")
LOOKS = {
    TAKEN: Line(TEXT, 1.8, "solid"),
    ENDED: Line(TEXT, 2.4, "solid"),
    PALE: Line(FAINT, 0.7, "solid"),
    NEVER: Line(MUTED, 1.1, "dotted"),
    ALIEN: Line(LINES[DETOUR].ink, 1.3, "dashed"),
    ADDED: Line(GOOD, 2.0, "solid"),
    DROPPED: Line(LINES[DETOUR].ink, 1.2, "dashed"),
}
"""The lines of edges and of states' borders that a view has singled out, whatever their role."""

LOOKS_OF_SCENES = {LOGGED: Line(TEXT, 1.2, "solid"), UNLOGGED: Line(MUTED, 0.8, "dashed")}

INK_OF_TEXT = {PALE: MUTED, NEVER: MUTED}
"""The ink of a text in a look, where it is not that of the line."""

STRENGTH = (PALE, NEVER, AS_IS, DROPPED, ADDED, ALIEN, TAKEN, ENDED)
"""The looks, those that are drawn over others last."""


def border_of(look: str) -> Line:
    """The border of a state in one of LOOKS."""
    line = LOOKS[look]
    return line._replace(width=1.2) if look == TAKEN else line


def line_of(role: str, look: str) -> Line:
    """How an edge is drawn."""
    return LOOKS_OF_SCENES.get(look) or LOOKS.get(look, LINES[role])


def ink_of_text(role: str, look: str) -> Ink:
    """The ink of an edge's label, or of a line of it."""
    return INK_OF_TEXT.get(look, line_of(role, look).ink)


INKS = tuple(
    dict.fromkeys(
        (
            *(PAPER, TEXT, MUTED, FAINT, GOOD, *TINTS, TINT_EDGE),
            *(line.ink for line in LINES.values()),
        )
    )
)
"""Every colour of a picture, once."""

SMALL = 8.0
"""The size of type in tables, legends and notes."""

SMALL_LINE = 1.25 * SMALL
"""From one line of it to the next."""

BADGE = 9.4
"""The height of a badge, and its least width."""

BADGE_SIZE = 7.8
"""The size of the type in it."""

SCENE = 7.0
"""The size of type in scenes, which fit a page as they are."""

SAMPLE = 22.0
"""The length of a line in a legend."""

BELOW = 10.0
"""From a picture to what stands below it, and between the parts of that."""

STATE_HEIGHT = 20.0
STATE_MARGIN = 5.0
"""Between a state's name and its border."""

STATE_MIN_WIDTH = 26.0
DOUBLE_BORDER = 4.0
"""From the inner to the outer border of the final state; Graphviz's own measure."""

ARROW = 6.0
"""The length of an arrow head."""

START_RADIUS = 3.0
START_LENGTH = 14.0
"""From the initial marker to the initial state."""

ROAD_GAP = 20.0
"""The least distance of two neighbours on the road."""

LABEL_MARGIN = 4.0
"""Around a label, to anything else."""

LABEL_LIFT = 2.0
"""From a rail to the label on it."""

ROAD_LIFT = 3.0
"""From the road to the label on it; it is thicker, and its arrow heads lie under the labels."""

GROUP_MARGIN = 5.0
"""From a group's border to what it holds, at the sides and below."""

GROUP_INDENT = 8.0
"""From a group's left border to its name, past the round corner."""

GROUP_STRIP = 11.0
"""The height of the strip at the top with a group's name."""

PORT = 9.0
"""The distance of two edges that meet a state on one side."""

CORNER = 6.0
"""The radius of an edge's corner."""

RAIL_GAP = 6.0
"""From a rail to what lies under it."""

RAIL_RISE = 15.0
"""The least way from a state to a rail: a corner and an arrow head."""

MARGIN = 4.0
"""Around the whole picture."""

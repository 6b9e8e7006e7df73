"""Pieces of DOT: how texts, places and lines are written, and what a view adds to the states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import graphviz

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Point
from flux_conform.diagrams.placed import Panel, Stroke, Words

PANEL, STROKE, WORDS, BADGE = "panel", "stroke", "words", "badge"
"""The kinds of what a view adds, as ids and classes name them."""


def put_panel(drawing: graphviz.Digraph, element: str, kind: str, panel: Panel) -> None:
    """Add a box with or without a text."""
    border = panel.border
    words = panel.words
    drawing.node(
        element,
        label="" if words is None else label_text((words.text,)),
        id=element,
        **{"class": kind},
        **({} if words is None else _type(words)),
        shape="box",
        style=",".join(
            (
                *(("rounded",) if panel.round else ()),
                "filled",
                *((border.style,) if border and border.style != "solid" else ()),
            )
        ),
        fillcolor=panel.fill.light,
        color=(border.ink if border else panel.fill).light,
        penwidth=number_text(border.width if border else 0.0),
        pos=point_text(panel.box.center),
        width=inches_text(panel.box.width),
        height=inches_text(panel.box.height),
    )


def put_stroke(drawing: graphviz.Digraph, element: str, stroke: Stroke) -> None:
    """Add a line: an edge between two nodes that draw nothing."""
    ends = (f"{element}-from", f"{element}-to")
    for end, point in zip(ends, (stroke.way[0], stroke.tip or stroke.way[-1]), strict=True):
        drawing.node(end, id=end, **_NOTHING, pos=point_text(point))
    drawing.edge(
        *ends,
        id=element,
        **{"class": STROKE},
        arrowhead="none" if stroke.tip is None else "normal",
        **line_attributes(stroke.line),
        pos=way_text(stroke.way, stroke.tip),
    )


def put_words(drawing: graphviz.Digraph, element: str, words: Words) -> None:
    """Add a line of text."""
    drawing.node(
        element,
        label=label_text((words.text,)),
        id=element,
        **{"class": WORDS},
        **_type(words),
        **{key: value for key, value in _NOTHING.items() if key != "label"},
        pos=point_text(words.box.center),
    )


_NOTHING = {
    "label": "",
    "shape": "plaintext",
    "style": "",
    "fixedsize": "false",
    "margin": "0",
    "width": "0",
    "height": "0",
}
"""A node that draws nothing but its label."""


def _type(words: Words) -> Mapping[str, str]:
    return {
        "fontname": f"{style.FONT}-Bold" if words.bold else style.FONT,
        "fontsize": number_text(words.size),
        "fontcolor": words.ink.light,
    }


def line_attributes(line: style.Line) -> Mapping[str, str]:
    """How an edge is drawn."""
    ink = line.ink.light
    return {
        "color": ink,
        "fontcolor": ink,
        "penwidth": number_text(line.width),
        "style": line.style,
    }


def label_text(lines: Iterable[str]) -> str:
    """A label as Graphviz reads it: it would expand entities and backslashes, and take HTML."""
    escaped = (line.replace("\\", r"\\").replace("&", "&amp;") for line in lines)
    label: str = graphviz.nohtml(r"\n".join(escaped))
    return label


def way_text(way: Iterable[Point], tip: Point | None) -> str:
    """A way as the `pos` of an edge, with the point of its arrow."""
    points = " ".join(map(point_text, way))
    return points if tip is None else f"e,{point_text(tip)} {points}"


def point_text(point: Point) -> str:
    """A place as a `pos`."""
    return f"{number_text(point.x)},{number_text(point.y)}"


def number_text(length: float) -> str:
    """A length in points, with two decimals at most."""
    return f"{round(length, 2) + 0.0:g}"


def inches_text(length: float) -> str:
    """A length in inches, as sizes of nodes are given."""
    return f"{length / 72:.4f}"

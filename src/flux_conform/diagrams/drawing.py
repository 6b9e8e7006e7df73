"""Reads the drawing that an engine makes: the shapes and lines of text of each part.

The engine's JSON lists the drawing operations of each node, edge and cluster, so everything in a
DOT source is found: a state, a legend, a line of text. Lengths are in points, y grows upwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flux_conform.diagrams.dot import EDGE, GROUP, STATE
from flux_conform.diagrams.engine import drawn
from flux_conform.diagrams.geometry import Box, Point, straight

_LAYERS = (GROUP, STATE, EDGE)
_DRAWN = ("_draw_", "_ldraw_", "_hdraw_", "_tdraw_", "_hldraw_", "_tldraw_")


class Pen(NamedTuple):
    """How a shape or text is drawn: colours as #rrggbb or None, the width and kind of its line."""

    ink: str | None = "#000000"
    fill: str | None = None
    width: float = 1.0
    line: str = "solid"


class Shape(NamedTuple):
    """A path of cubic Bézier curves (the first point, and three more for each), or an ellipse.

    `box` is that of the ellipse and None for a path; `head` is true for an arrow's head.
    """

    way: tuple[Point, ...]
    box: Box | None
    closed: bool
    head: bool
    pen: Pen


class Line(NamedTuple):
    """A line of text. `at` lies on its baseline: the left end, the middle or the right end of it.

    Which one, `side` says: -1, 0 or 1. `size` is the font size in points.
    """

    text: str
    at: Point
    side: int
    font: str
    size: float
    ink: str | None


class Part(NamedTuple):
    """A state, edge or group, or what else a DOT source has as a node, edge or cluster.

    `layer` is one of the kinds of `dot`, as Graphviz sees it; `kind` is what its id
    says that it is. `name` is the DOT name of a node, and for an edge those of its ends; `box` is
    the place of a node or cluster.
    """

    layer: str
    kind: str
    id: str
    name: str
    classes: tuple[str, ...]
    box: Box | None
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]


class Drawing(NamedTuple):
    """A whole drawing, parts in the order in which they are painted; `box` has no margin."""

    box: Box
    parts: tuple[Part, ...]


def drawing_of(source: str) -> Drawing:
    """What the engine that comes along draws from a DOT source; what has no id is drawn first.

    Raises:
        EngineMissing, EngineFailed: See `flux_conform.diagrams.engine`.
    """
    # Escapes, but for the quotation marks that begin and end words.
    away = re.sub(r"\\.", lambda found: _AWAY.get(found[0], found[0]), source)
    drawing = read_drawing(drawn(away, "json").translate(_BACK))
    # They come grouped by clusters; painted they are in the order of the source.
    ids = re.findall(r'\bid="?([\w-]+)', source)
    order = {each: place for place, each in enumerate(ids)}
    parts = sorted(
        drawing.parts, key=lambda part: (_LAYERS.index(part.layer), order.get(part.id, -1))
    )
    return drawing._replace(parts=tuple(parts))


_BACKSLASH, _QUOTE = "\ue000", "\ue001"
"""Placeholders for a backslash and a quotation mark while Graphviz processes a text.

It doubles a backslash in some of the texts that it writes and not in others. Names with private
characters are escaped before they are in a picture.
"""

_AWAY = {r"\\": _BACKSLASH, r"\"": _QUOTE}
_BACK = str.maketrans({to: escape for escape, to in _AWAY.items()})
"""JSON escapes both as DOT does."""


def read_drawing(written: str) -> Drawing:
    """The drawing that an engine wrote as JSON.

    Raises:
        ValueError: It is not what Graphviz writes.
    """
    try:
        graph = json.loads(written)
        objects, edges = graph.get("objects", ()), graph.get("edges", ())
        clusters = [_cluster(each) for each in objects if "bb" in each]
        nodes = [_node(each) for each in objects if "pos" in each]
        found = [_edge(each, objects) for each in edges]
        return Drawing(_box(graph["bb"]), (*clusters, *nodes, *found))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"no drawing of Graphviz: {error!r}") from error


def _cluster(cluster: Mapping[str, Any]) -> Part:
    return _part(GROUP, "", cluster, _box(cluster["bb"]))


def _node(node: Mapping[str, Any]) -> Part:
    x, y = map(float, node["pos"].split(","))
    width, height = (float(node[side]) * 72 for side in ("width", "height"))
    return _part(STATE, node["name"], node, Box.around(Point(x, y), width, height))


def _edge(edge: Mapping[str, Any], objects: Sequence[Mapping[str, Any]]) -> Part:
    tail, head = (objects[edge[end]]["name"] for end in ("tail", "head"))
    return _part(EDGE, f"{tail} -> {head}", edge, None)


def _part(layer: str, name: str, element: Mapping[str, Any], box: Box | None) -> Part:
    painted = [
        each
        for which in _DRAWN
        for each in _operations(element.get(which, ()), head=which in ("_hdraw_", "_tdraw_"))
    ]
    id = element.get("id", "")
    named = re.search(r"-([a-z]+)-[^-]+$", id)
    return Part(
        layer,
        named[1] if named else layer,
        id,
        name,
        tuple(element.get("class", "").split()),
        box,
        tuple(each for each in painted if isinstance(each, Shape)),
        tuple(each for each in painted if isinstance(each, Line)),
    )


_SIDES = {"l": -1, "c": 0, "r": 1}


def _operations(said: Sequence[Mapping[str, Any]], *, head: bool) -> Iterator[Shape | Line]:
    """What a list of operations paints. Large letters fill what small ones only outline.

    So it is for B and b too, which xdot has the other way round.
    """
    pen, fill = Pen(), None
    font, size = "", 0.0
    for each in said:
        match each["op"]:
            case "c":
                pen = pen._replace(ink=_colour(each["color"]))
            case "C":
                fill = _colour(each["color"])
            case "S":
                pen = _styled(pen, each["style"])
            case "F":
                font, size = each["face"], each["size"]
            case "T":
                at, side = Point(*each["pt"]), _SIDES[each["align"]]
                yield Line(each["text"], at, side, font, size, pen.ink)
            case "E" | "e" as operation:
                x, y, a, b = each["rect"]
                painted = pen._replace(fill=fill if operation == "E" else None)
                yield Shape((), Box(x - a, y - b, x + a, y + b), True, head, painted)
            case "P" | "p" | "L" | "B" | "b" as operation:
                way = tuple(Point(*point) for point in each["points"])
                closed = operation in "Pp"
                painted = pen._replace(fill=fill if operation in "PB" else None)
                if operation in "PpL":
                    way = straight(*way, *way[: 1 if closed else 0])
                yield Shape(way, None, closed or operation == "B", head, painted)
            case "t":
                pass  # text decorations, which no picture of this house uses
            case operation:
                raise ValueError(f'the operation "{operation}"')


def _styled(pen: Pen, said: str) -> Pen:
    if width := re.fullmatch(r"setlinewidth\(([\d.]+)\)", said):
        return pen._replace(width=float(width[1]))
    return pen._replace(line=said) if said in ("solid", "dashed", "dotted") else pen


def _colour(said: str) -> str | None:
    """A colour as #rrggbb; None where nothing is to be seen."""
    names = {"black": "#000000", "white": "#ffffff", "transparent": None, "none": None}
    if said in names:
        return names[said]
    if re.fullmatch("#[0-9a-f]{6}([0-9a-f]{2})?", said):
        return None if said[7:] == "00" else said[:7]
    raise ValueError(f'the colour "{said}" is not written as #rrggbb')


def _box(said: str) -> Box:
    left, bottom, right, top = map(float, said.split(","))
    return Box(left, bottom, right, top)

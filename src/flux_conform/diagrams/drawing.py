"""A drawing as an engine makes it: shapes and lines of text, each part under its id and classes.

It is read from Graphviz's own drawing language (xdot), so that whatever stands in a DOT source
comes out of it, be it a state, a legend or a free line of text. Lengths are in points, y grows
upwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from typing import Any, NamedTuple

from dot2tex.dotparsing import DotDataParser, DotEdge, DotNode, DotSubGraph, ParseException

from flux_conform.diagrams.dot import EDGE, GROUP, STATE
from flux_conform.diagrams.engine import drawn
from flux_conform.diagrams.geometry import Box, Point

_LAYERS = (GROUP, STATE, EDGE)
_DRAWN = ("_draw_", "_ldraw_", "_hdraw_", "_tdraw_", "_hldraw_", "_tldraw_")
_READ = {"id", "class", "bb", "pos", "width", "height", *_DRAWN}


class Pen(NamedTuple):
    """How a shape or text is drawn: colours as #rrggbb or None, the width and kind of its line."""

    ink: str | None = "#000000"
    fill: str | None = None
    width: float = 1.0
    line: str = "solid"


class Shape(NamedTuple):
    """A path of cubic Bézier curves (the first point, and three more for each), or an ellipse.

    `box` is that of the ellipse and None for a path; `head` tells whether it is an arrow's.
    """

    way: tuple[Point, ...]
    box: Box | None
    closed: bool
    head: bool
    pen: Pen


class Line(NamedTuple):
    """A line of text. `at` lies on its baseline: the left end, the middle or the right end of it.

    That is told by `side`, -1, 0 or 1. `size` is the font's, in points.
    """

    text: str
    at: Point
    side: int
    font: str
    size: float
    ink: str | None


class Part(NamedTuple):
    """A state, edge or group, or what else a DOT source has as a node, edge or cluster.

    `layer` is one of the kinds of `dot` and tells what it is to Graphviz; `kind` is what its id
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
    drawing = _marks_back(read_drawing(drawn(_marks_away(source), "xdot")))
    # As xdot they come grouped by clusters; painted they are in the order of the source.
    ids = re.findall(r'\bid="?([\w-]+)', source)
    order = {each: place for place, each in enumerate(ids)}
    parts = sorted(
        drawing.parts, key=lambda part: (_LAYERS.index(part.layer), order.get(part.id, -1))
    )
    return drawing._replace(parts=tuple(parts))


_BACKSLASH, _QUOTE = "\ue000", "\ue001"
"""What stands for a backslash and a quotation mark on the way through Graphviz.

It escapes them in some texts of xdot and leaves them bare in others, so that a text with both can
be read in two ways. Names with private characters are escaped before they are in a picture.
"""

_AWAY = {r"\\": _BACKSLASH, r"\"": _QUOTE}
_BACK = str.maketrans({_BACKSLASH: "\\", _QUOTE: '"'})


def _marks_away(source: str) -> str:
    """A DOT source without the marks, but for those that begin and end its words."""
    return re.sub(r"\\.", lambda found: _AWAY.get(found[0], found[0]), source)


def _marks_back(drawing: Drawing) -> Drawing:
    return drawing._replace(
        parts=tuple(
            part._replace(
                lines=tuple(line._replace(text=line.text.translate(_BACK)) for line in part.lines)
            )
            for part in drawing.parts
        )
    )


def read_drawing(xdot: str) -> Drawing:
    """The drawing that an engine wrote as xdot.

    Raises:
        ValueError: It is not what Graphviz writes.
    """
    try:
        graph = _parser().parse_dot_data(_slim(xdot))
        nodes = [_node(node) for node in graph.allnodes]
        edges = [_edge(edge) for edge in graph.alledges]
        return Drawing(_box(graph.attr["bb"]), (*_clusters(graph), *nodes, *edges))
    except (ParseException, KeyError) as error:
        raise ValueError(f"no xdot: {error}") from error


def _parser() -> DotDataParser:
    parser = DotDataParser()
    # An engine writes no comments, and to look for them before every word takes four times as
    # long as all the rest.
    for element in parser.dotparser.visit_all():
        element.ignoreExprs.clear()
    return parser


def _slim(xdot: str) -> str:
    """The same without what is not read here, which would take the parser most of its time.

    Words that have more than ASCII are put in quotation marks; the parser knows no such words.
    """

    def slim(found: re.Match[str]) -> str:
        whole, attribute = found[0], found[1]
        if attribute:
            return whole if attribute in _READ else ""
        return whole if whole.startswith('"') or whole.isascii() else f'"{whole}"'

    text = r'"(?:\\"|\\\\|[^"])*"'
    word = rf'(\w+)=(?:{text}|[^\s",;\]]+),?|{text}|\w+'
    slimmed = re.sub(word, slim, xdot.replace("\\\n", ""))
    return re.sub(r"^\s*(?:graph|node|edge) \[\s*\];", "", slimmed, flags=re.MULTILINE)


def _clusters(graph: Any) -> Iterator[Part]:
    for inner in graph.subgraphs:
        assert isinstance(inner, DotSubGraph)
        # Its own attributes: what it inherits would draw the outer group once more.
        own: dict[str, str] = next((item.attr for item in inner.allitems if _is_defaults(item)), {})
        if "bb" in own:
            yield _part(GROUP, "", own, _box(own["bb"]))
        yield from _clusters(inner)


def _is_defaults(item: Any) -> bool:
    return getattr(item, "element_type", None) == "graph"


def _node(node: DotNode) -> Part:
    attributes = node.attr
    x, y = map(float, attributes["pos"].split(","))
    width, height = (float(attributes[side]) * 72 for side in ("width", "height"))
    return _part(STATE, node.name, attributes, Box.around(Point(x, y), width, height))


def _edge(edge: DotEdge) -> Part:
    return _part(EDGE, f"{edge.src.name} -> {edge.dst.name}", edge.attr, None)


def _part(layer: str, name: str, attributes: Mapping[str, str], box: Box | None) -> Part:
    shapes: list[Shape] = []
    lines: list[Line] = []
    for which in _DRAWN:
        for found in _operations(attributes.get(which, ""), head=which in ("_hdraw_", "_tdraw_")):
            if isinstance(found, Shape):
                shapes.append(found)
            else:
                lines.append(found)
    id = attributes.get("id", "")
    named = re.search(r"-([a-z]+)-[^-]+$", id)
    return Part(
        layer,
        named[1] if named else layer,
        id,
        name,
        tuple(attributes.get("class", "").split()),
        box,
        tuple(shapes),
        tuple(lines),
    )


class _Reader:
    """Reads the words, numbers and texts of a draw attribute. Texts are counted in bytes."""

    def __init__(self, said: str) -> None:
        self._rest = said.encode()

    def word(self) -> str:
        """The next word; empty at the end."""
        word, _, self._rest = self._rest.lstrip().partition(b" ")
        return word.decode()

    def numbers(self, count: int) -> list[float]:
        """The next numbers."""
        return [float(self.word()) for _ in range(count)]

    def points(self) -> tuple[Point, ...]:
        """The next points, after their count."""
        flat = self.numbers(2 * int(self.word()))
        return tuple(Point(x, y) for x, y in zip(flat[::2], flat[1::2], strict=True))

    def text(self) -> str:
        """The next text, after its length."""
        length = int(self.word())
        raw = self._rest.lstrip()[1:]
        # Graphviz escapes quotation marks, and only in some texts backslashes too; the length is
        # that of the text itself. The reading after which a blank follows is the right one.
        for escaped in (rb'\\(")', rb'\\(["\\])'):
            units = re.finditer(escaped + b"|.", raw, re.DOTALL)
            taken = list(islice(units, length))
            end = taken[-1].end() if taken else 0
            if raw[end : end + 1] == b" ":
                break
        self._rest = raw[end:]
        return b"".join(unit[1] or unit[0] for unit in taken).decode(errors="replace")


def _operations(said: str, *, head: bool) -> Iterator[Shape | Line]:
    """What a draw attribute paints. The operations are described with Graphviz's output formats."""
    reader = _Reader(said)
    pen, fill = Pen(), None
    font, size = "", 0.0
    while operation := reader.word():
        match operation:
            case "c":
                pen = pen._replace(ink=_colour(reader.text()))
            case "C":
                fill = _colour(reader.text())
            case "S":
                pen = _styled(pen, reader.text())
            case "F":
                (size,) = reader.numbers(1)
                font = reader.text()
            case "T":
                x, y, side, _ = reader.numbers(4)
                yield Line(reader.text(), Point(x, y), int(side), font, size, pen.ink)
            case "E" | "e":
                x, y, a, b = reader.numbers(4)
                painted = pen._replace(fill=fill if operation == "E" else None)
                yield Shape((), Box(x - a, y - b, x + a, y + b), True, head, painted)
            case "P" | "p" | "L" | "B" | "b":
                way = reader.points()
                closed = operation in "Pp"
                painted = pen._replace(fill=fill if operation in "Pb" else None)
                if operation in "PpL":
                    way = _straight((*way, way[0]) if closed else way)
                yield Shape(way, None, closed or operation == "b", head, painted)
            case "t":
                reader.word()  # text decorations, which no picture of this house uses
            case _:
                raise ValueError(f'no xdot: the operation "{operation}"')


def _styled(pen: Pen, said: str) -> Pen:
    if width := re.fullmatch(r"setlinewidth\(([\d.]+)\)", said):
        return pen._replace(width=float(width[1]))
    return pen._replace(line=said) if said in ("solid", "dashed", "dotted") else pen


def _straight(corners: tuple[Point, ...]) -> tuple[Point, ...]:
    """The way through corners, each stretch as a curve without a bend."""
    way = corners[:1]
    for start, end in pairwise(corners):
        third = start.distance(end) / 3
        way += (start.towards(end, third), end.towards(start, third), end)
    return way


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

"""Writes a picture as SVG.

Graphviz draws it. Added here are a title and a description, tooltips for each state and edge,
colours for dark mode, common fonts, and the measured width of each text, which holds in any font.
"""

from __future__ import annotations

from xml.etree import ElementTree

from flux_conform.diagrams import style
from flux_conform.diagrams.describe import describe, edge_title, state_title
from flux_conform.diagrams.dot import EDGE, GROUP, STATE, dot_source, element_id
from flux_conform.diagrams.dot_parts import STROKE
from flux_conform.diagrams.engine import EngineFailed, drawn
from flux_conform.diagrams.graph import Picture
from flux_conform.diagrams.metrics import text_width
from flux_conform.diagrams.placed import Layout

_SVG = "http://www.w3.org/2000/svg"


def svg_text(layout: Layout, *, engine: str = "pure") -> str:
    """The SVG of a picture with places.

    Raises:
        UnknownEngine, EngineMissing, EngineFailed: See `flux_conform.diagrams.engine`.
    """
    # The parser drops the comments, in which Graphviz names its version, and the DOCTYPE.
    source = drawn(dot_source(layout), "svg", engine=engine)
    try:
        root = ElementTree.fromstring(source)
    except ElementTree.ParseError as error:
        raise EngineFailed(engine, "what it wrote is no SVG") from error
    picture = layout.picture
    _name_parts(root, layout)
    for text in root.iter(f"{{{_SVG}}}text"):
        _fit(text)
    _introduce(root, picture)
    _strip_blanks(root)
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _introduce(root: ElementTree.Element, picture: Picture) -> None:
    """Title, description and style, and what makes the whole one image that scales."""
    names = {part: element_id(picture, "diagram", part) for part in ("svg", "title", "desc")}
    root.set("id", names["svg"])
    root.set("role", "img")
    root.set("aria-labelledby", f"{names['title']} {names['desc']}")
    root.set("font-family", style.FONT_FAMILY)
    # At its natural size where there is room, otherwise as wide as the page.
    root.set("style", "max-width: 100%; height: auto")
    parts: tuple[tuple[str, dict[str, str], str], ...] = (
        ("title", {"id": names["title"]}, picture.title),
        ("desc", {"id": names["desc"]}, describe(picture)),
        ("style", {}, _dark(names["svg"], root)),
    )
    for place, (tag, attributes, text) in enumerate(parts):
        element = ElementTree.Element(f"{{{_SVG}}}{tag}", attributes)
        element.text = text
        root.insert(place, element)


def _dark(name: str, root: ElementTree.Element) -> str:
    """The style sheet that puts each colour's counterpart in its place on a dark screen."""
    painted = {(paint, part.get(paint)) for part in root.iter() for paint in ("fill", "stroke")}
    rules = [
        f'#{name} [{paint}="{ink.light}"] {{ {paint}: {ink.dark} }}'
        for ink in style.INKS
        for paint in ("fill", "stroke")
        if (paint, ink.light) in painted
    ]
    return "\n@media (prefers-color-scheme: dark) {\n" + "\n".join(rules) + "\n}\n"


def _name_parts(root: ElementTree.Element, layout: Layout) -> None:
    """Put words where Graphviz writes DOT names: a reader sees them on pointing there."""
    picture = layout.picture
    titles: dict[str, str] = {}
    if picture.road:
        titles[element_id(picture, STATE, "start")] = "start"
        titles[element_id(picture, EDGE, "start")] = f"start to {picture.start}"
    kinds = {
        STATE: map(state_title, picture.states),
        GROUP: (f"{group.shown}: {', '.join(group.members)}" for group in picture.groups),
        EDGE: map(edge_title, picture.edges),
        STROKE: (stroke.says for stroke in layout.strokes),
    }
    for kind, found in kinds.items():
        titles |= {element_id(picture, kind, place): text for place, text in enumerate(found)}
    for part in root.iter(f"{{{_SVG}}}g"):
        title = part.find(f"{{{_SVG}}}title")
        if title is None:
            continue
        if part.get("class") == "graph":  # all of it: the root has its own title and id
            part.remove(title)
            del part.attrib["id"]
        else:
            text = titles.get(part.attrib["id"], "")
            if text:
                title.text = text
            else:  # a text that speaks for itself
                part.remove(title)
    for part in root.iter(f"{{{_SVG}}}g"):
        for empty in [child for child in part if not len(child) and child.tag == f"{{{_SVG}}}g"]:
            part.remove(empty)  # the ends of a line


def _fit(text: ElementTree.Element) -> None:
    """Bind a text to the width that it was laid out with, in whatever font it is set."""
    bold = text.get("font-weight") == "bold"
    size = float(text.get("font-size", style.FONT_SIZE))
    width = text_width(text.text or "", size, bold=bold)
    text.attrib.pop("font-family", None)  # that of the root holds
    text.set("textLength", f"{width:.2f}")
    text.set("lengthAdjust", "spacingAndGlyphs")


def _strip_blanks(root: ElementTree.Element) -> None:
    """One element a line."""
    for element in root.iter():
        element.tail = "\n"
        if len(element) and not (element.text or "").strip():
            element.text = "\n"
    root.tail = None

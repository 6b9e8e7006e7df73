"""The named styles and colours of a TikZ picture.

They are collected while the picture is written. A picture defines each of them only if the
document has not, and the definitions are local to the picture: pictures do not affect each other,
and a document's own style holds for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import TypeVar

from flux_conform.diagrams import style
from flux_conform.diagrams.dot import EDGE, GROUP, START, STATE
from flux_conform.diagrams.drawing import Drawing, Line, Part, Pen, Shape
from flux_conform.diagrams.geometry import Point

_Look = TypeVar("_Look", bound=Hashable)

_TEXTS = {STATE: "state name", EDGE: "label", GROUP: "group name"}
_DASHES = {
    "solid": "solid",
    # As Graphviz draws them.
    "dashed": "dash pattern=on 5bp off 2bp",
    "dotted": "dash pattern=on 1bp off 5bp",
}


def _colour_names() -> dict[str, str]:
    """The colours of the house style by their light form; the first name wins."""
    found: dict[str, str] = {}
    for name, value in vars(style).items():
        word = name.lower().replace("_", "-")
        if isinstance(value, style.Ink):
            found.setdefault(value.light, f"flux-{word}")
    for place, tint in enumerate(style.TINTS):
        found.setdefault(tint.light, f"flux-tint-{place}")
    for role, line in style.LINES.items():
        found.setdefault(line.ink.light, f"flux-{role}")
    return found


def _usual(found: Iterable[tuple[str, _Look]]) -> dict[str, _Look]:
    """The commonest look of each kind; of equally common ones the first."""
    counts: dict[str, Counter[_Look]] = {}
    for kind, look in found:
        counts.setdefault(kind, Counter())[look] += 1
    return {kind: each.most_common(1)[0][0] for kind, each in counts.items()}


def _noun(part: Part, shape: Shape) -> str:
    return "head" if shape.head else "start" if part.name == START else part.kind


def _text_noun(part: Part) -> str:
    return _TEXTS.get(part.kind, f"{part.kind} text")


class Styles:
    """The styles that a picture has used so far, in the order of their first use.

    For each kind of thing there is one that looks like most of its kind; those for its roles build
    on it.
    """

    def __init__(self, drawing: Drawing) -> None:
        self._paths: dict[str, Pen] = {}
        self._texts: dict[str, Line] = {}
        self._bodies: dict[str, str] = {}
        self._colours: dict[str, str] = {}
        self._names = _colour_names()
        self._usual_pens = _usual(
            (_noun(part, shape), shape.pen) for part in drawing.parts for shape in part.shapes
        )
        self._usual_types = _usual(
            (_text_noun(part), line._replace(text="", at=Point(0, 0), side=0))
            for part in drawing.parts
            for line in part.lines
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all styles."""
        return tuple(self._bodies)

    @property
    def colours(self) -> tuple[str, ...]:
        """The names of all colours."""
        return tuple(self._colours)

    def path(self, part: Part, shape: Shape) -> str:
        """The keys of a path; the first one of its kind and classes defines the style."""
        noun, pen = _noun(part, shape), shape.pen
        base = f"flux {noun}"
        if base not in self._paths:
            self._paths[base] = self._usual_pens[noun]
            self._bodies[base] = ", ".join(self._differing(None, self._paths[base]))
        name = " ".join(("flux", *(each for each in part.classes if each != noun), noun))
        if name not in self._paths:
            self._paths[name] = pen
            self._bodies[name] = ", ".join((base, *self._differing(self._paths[base], pen)))
        return ", ".join((name, *self._differing(self._paths[name], pen)))

    def text(self, part: Part, line: Line) -> str:
        """The keys of a line of text."""
        noun = _text_noun(part)
        base = f"flux {noun}"
        if base not in self._texts:
            self._texts[base] = self._usual_types[noun]
            self._bodies[base] = ", ".join(("flux text", *self._type(None, self._texts[base])))
        name = " ".join(("flux", *part.classes, noun)) if part.kind == EDGE else base
        if name not in self._texts:
            self._texts[name] = line
            self._bodies[name] = ", ".join((base, *self._type(self._texts[base], line)))
        return ", ".join((name, *self._type(self._texts[name], line)))

    def preamble(self) -> Iterable[str]:
        """The lines that define all colours and styles."""
        for name, colour in self._colours.items():
            yield f"\\providecolor{{{name}}}{{HTML}}{{{colour[1:].upper()}}}"
        # Helvetica, in the encoding that has all of ASCII where the document has loaded it.
        yield r"\providecommand\fluxfont{\ifcsname T@T1\endcsname\fontencoding{T1}\fi"
        yield r"  \fontfamily{phv}\selectfont}"
        yield r"\def\fluxstyle#1#2{\pgfkeysifdefined{/tikz/#1/.@cmd}{}{\tikzset{#1/.style={#2}}}}"
        yield r"\fluxstyle{flux place}{inner sep=0pt, outer sep=0pt}"
        yield r"\fluxstyle{flux text}{inner sep=0pt, outer sep=0pt, anchor=base}"
        for name, body in self._bodies.items():
            yield f"\\fluxstyle{{{name}}}{{{body}}}"

    def _differing(self, known: Pen | None, pen: Pen) -> Iterable[str]:
        """What makes a pen of a known one."""
        # A line without width would be a hair's breadth wide.
        ink = pen.ink if pen.width else None
        if known is None or (known.ink if known.width else None) != ink:
            yield f"draw={self._colour(ink)}"
        if known is None or known.fill != pen.fill:
            yield f"fill={self._colour(pen.fill)}"
        if known is None or known.width != pen.width:
            yield f"line width={pen.width:g}bp"
        if known is None or known.line != pen.line:
            yield _DASHES[pen.line]

    def _type(self, known: Line | None, line: Line) -> Iterable[str]:
        """What makes a text look like this one."""
        if known is None or (known.font, known.size) != (line.font, line.size):
            weight = r"\bfseries" if line.font.endswith("-Bold") else r"\mdseries"
            lead = line.size * style.LINE_HEIGHT / style.FONT_SIZE
            size = f"\\fontsize{{{line.size:g}bp}}{{{lead:g}bp}}"
            yield f"font={size}\\fluxfont{weight}"
        if known is None or known.ink != line.ink:
            yield f"text={self._colour(line.ink)}"

    def _colour(self, colour: str | None) -> str:
        if colour is None:
            return "none"
        name = self._names.get(colour, f"flux-{colour[1:]}")
        self._colours[name] = colour
        return name

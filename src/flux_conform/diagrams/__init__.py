"""What a specification looks like: its state diagram, in the house style.

`render` gives the diagram as text. Behind it stands a line of values: a `Picture` is what there is
to draw (`graph`), a `Layout` where it lies (`layout`), and each form is made from that (`dot`,
`svg`).
"""

from __future__ import annotations

from flux_conform.diagrams.dot import dot_source
from flux_conform.diagrams.engine import EngineFailed, EngineMissing, UnknownEngine, find_program
from flux_conform.diagrams.graph import Picture, UnknownGeneration, state_graph
from flux_conform.diagrams.layout import lay_out
from flux_conform.diagrams.placed import Layout
from flux_conform.diagrams.svg import svg_text
from flux_conform.model.specification import Specification

__all__ = [
    "FORMATS",
    "EngineFailed",
    "EngineMissing",
    "Layout",
    "Picture",
    "UnknownEngine",
    "UnknownFormat",
    "UnknownGeneration",
    "find_program",
    "lay_out",
    "render",
    "state_graph",
]

FORMATS = ("dot", "svg")
"""The forms that a diagram can take."""


class UnknownFormat(LookupError):
    """There is no form of diagrams of that name; the known ones are FORMATS."""

    def __init__(self, format: str) -> None:
        super().__init__(format)
        self.format = format

    def __str__(self) -> str:
        return f'no format "{self.format}"; the known ones are {", ".join(FORMATS)}'


def render(
    specification: Specification,
    format: str,
    *,
    engine: str = "pure",
    generation: str | None = None,
) -> str:
    """The state diagram of a specification as text, the same one each time.

    Args:
        specification: The machine.
        format: One of FORMATS.
        engine: What draws the SVG: `pure`, which comes with this package, or `dot`, which is
            Graphviz where that is installed. DOT source needs neither and is the same for both.
        generation: The name of one of the specification's generations; None is today's.

    Raises:
        UnknownFormat: There is no such format.
        UnknownGeneration: The specification has none of that name.
        UnknownEngine: There is no such engine.
        EngineMissing: The engine's program is not installed.
        EngineFailed: The engine's program broke down.
    """
    if format not in FORMATS:
        raise UnknownFormat(format)
    layout = lay_out(state_graph(specification, generation))
    return dot_source(layout) if format == "dot" else svg_text(layout, engine=engine)

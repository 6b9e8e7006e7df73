"""Draws the state diagram of a specification.

`render` returns the diagram as text, `render_bytes` in any format. A `Picture` says what is drawn
(`graph`), a `Layout` where (`layout`), and each format is made from the layout (`forms`).
"""

from __future__ import annotations

from flux_conform.diagrams.engine import EngineFailed, EngineMissing, UnknownEngine, find_program
from flux_conform.diagrams.forms import (
    BINARIES,
    FORMATS,
    TEXTS,
    Options,
    UnknownFormat,
    form,
    text_form,
)
from flux_conform.diagrams.graph import Picture, UnknownGeneration, state_graph
from flux_conform.diagrams.layout import lay_out
from flux_conform.diagrams.placed import Layout
from flux_conform.diagrams.tex import TexFailed, TexMissing
from flux_conform.language import Model

__all__ = [
    "BINARIES",
    "FORMATS",
    "TEXTS",
    "EngineFailed",
    "EngineMissing",
    "Layout",
    "Options",
    "Picture",
    "TexFailed",
    "TexMissing",
    "UnknownEngine",
    "UnknownFormat",
    "UnknownGeneration",
    "find_program",
    "form",
    "lay_out",
    "render",
    "render_bytes",
    "state_graph",
    "text_form",
]


def render(
    model: Model,
    format: str,
    *,
    engine: str = "pure",
    generation: str | None = None,
    options: Options | None = None,
) -> str:
    """The state diagram of a machine as text, the same one each time.

    Args:
        model: The machine, as `flux_conform.load` takes it.
        format: One of TEXTS.
        engine: What draws the SVG: `pure`, which comes with this package, or `dot`, which is
            Graphviz where that is installed. Other texts need neither and are the same for both.
        generation: The name of one of the specification's generations; None is the current one.
        options: Options of some formats; its engine overrides `engine`.

    Raises:
        UnknownFormat: There is no such format.
        UnknownGeneration: The specification has no generation of that name.
        UnknownEngine: There is no such engine.
        EngineMissing: The engine's program is not installed.
        EngineFailed: The engine's program failed.
    """
    if format not in TEXTS:
        raise UnknownFormat(format)
    layout = lay_out(state_graph(model, generation))
    return text_form(layout, format, options or Options(engine=engine))


def render_bytes(
    model: Model,
    format: str,
    *,
    generation: str | None = None,
    options: Options | None = None,
) -> bytes:
    """The state diagram of a machine in any of FORMATS; texts are UTF-8.

    Raises:
        UnknownFormat, UnknownGeneration, UnknownEngine, EngineMissing, EngineFailed: As `render`.
        TexMissing: The form needs TeX, and there is none.
        TexFailed: TeX failed.
    """
    if format not in FORMATS:
        raise UnknownFormat(format)
    return form(lay_out(state_graph(model, generation)), format, options or Options())

"""The formats of pictures, each made from the same layout."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.diagrams.dot import dot_source
from flux_conform.diagrams.drawing import drawing_of
from flux_conform.diagrams.engine import EngineFailed, drawn_bytes
from flux_conform.diagrams.placed import Layout
from flux_conform.diagrams.svg import svg_text
from flux_conform.diagrams.tikz import tikz_document, tikz_picture

TEXTS = ("dot", "svg", "tikz", "tikzpicture", "mermaid", "text")
"""The text formats: `tikz` is a document, `tikzpicture` only the picture, to \\input."""

BINARIES = ("png", "pdf")
"""The binary formats. They are never committed: the bytes depend on the installed TeX."""

FORMATS = (*TEXTS, *BINARIES)
"""All formats."""

DPI = 300
"""Resolution of a PNG at its natural size in dots per inch: 16 cm are 1890 dots."""


class UnknownFormat(LookupError):
    """There is no format of that name; the known ones are FORMATS."""

    def __init__(self, format: str) -> None:
        super().__init__(format)
        self.format = format

    def __str__(self) -> str:
        return f'no format "{self.format}"; the known ones are {", ".join(FORMATS)}'


class Options(NamedTuple):
    """Options of some formats.

    `engine` draws SVG and PNG; `dpi` is for PNG alone; `width` (in columns) and `unicode` are for
    plain text.
    """

    engine: str = "pure"
    dpi: int = DPI
    width: int = 100
    unicode: bool = True


def form(layout: Layout, format: str, options: Options) -> bytes:
    """The layout in one of FORMATS. Texts are UTF-8.

    Raises:
        UnknownFormat: There is no such format.
        UnknownEngine, EngineMissing, EngineFailed: See `flux_conform.diagrams.engine`.
        TexMissing, TexFailed: See `flux_conform.diagrams.tex`.
    """
    match format:
        case "png":
            dots = f"-Gdpi={options.dpi}"
            image = drawn_bytes(dot_source(layout), "png", dots, engine=options.engine)
            if not image.startswith(b"\x89PNG"):
                raise EngineFailed(options.engine, "what it wrote is no PNG")
            return image
        case "pdf":
            from flux_conform.diagrams.tex import pdf_bytes

            return pdf_bytes(_tikz(layout, document=True))
        case _:
            return text_form(layout, format, options).encode()


def text_form(layout: Layout, format: str, options: Options) -> str:
    """The layout in one of TEXTS. Raises the errors of `form`."""
    match format:
        case "dot":
            return dot_source(layout)
        case "svg":
            return svg_text(layout, engine=options.engine)
        case "tikz" | "tikzpicture":
            return _tikz(layout, document=format == "tikz")
        case "mermaid":
            from flux_conform.diagrams.mermaid import mermaid_text

            return mermaid_text(layout.picture)
        case "text":
            from flux_conform.diagrams.plain import plain_text

            return plain_text(layout.picture, width=options.width, unicode=options.unicode)
        case _:
            raise UnknownFormat(format)


def _tikz(layout: Layout, *, document: bool) -> str:
    write = tikz_document if document else tikz_picture
    return write(drawing_of(dot_source(layout)), layout.picture.title)

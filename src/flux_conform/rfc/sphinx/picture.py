"""A docutils node for diagrams, and its output for each builder.

The node holds the layout and no rendered form, so that one cached doctree serves every builder.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
from collections import Counter
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from flux_conform.diagrams import EngineFailed, EngineMissing, Layout, Options, text_form
from flux_conform.files import write_whole

_logger = logging.getLogger(__name__)

INLINE, FILE = "inline", "file"
"""Where HTML holds a diagram: inside the page, or in a file of its own."""


class flux_diagram(nodes.General, nodes.Inline, nodes.Element):
    """A diagram: its `layout`, its `alt` text, and `svg`: INLINE, FILE or "" (configured).

    The class name is the node name in docutils, hence the lower case.
    """


class flux_tikz(nodes.General, nodes.Inline, nodes.Element):
    r"""A TikZ picture: `tikz` is its source, `width` a fraction of \linewidth."""


def register(app: Sphinx) -> None:
    """Register the nodes, their visitors, and the transform of SVG images."""
    nothing = (_skip, None)
    app.add_node(
        flux_diagram,
        html=(_html, None),
        latex=(_latex, None),
        text=(_text, None),
        man=nothing,
        texinfo=nothing,
    )
    app.add_node(flux_tikz, latex=(_tikz, None), html=nothing, text=nothing)
    app.connect("doctree-resolved", _replace_by_text)
    app.add_post_transform(TikzForSvg)
    app.connect("doctree-read", _depend_on_tikz)


def tex_of(tikz: str, width: float = 1.0) -> str:
    r"""Return a tikzpicture for a document: at most `width` of \linewidth wide."""
    line = r"\linewidth" if width == 1 else rf"{width:g}\linewidth"
    return "\n".join(
        (
            rf"\leavevmode\resizebox{{\ifdim\width>{line} {line}\else\width\fi}}{{!}}{{%",
            # The picture may end with a comment.
            tikz.rstrip(),
            "}",
        )
    )


def _form(layout: Layout, form: str) -> str:
    try:
        return text_form(layout, form, Options())
    except (EngineFailed, EngineMissing) as error:
        raise ExtensionError(f"flux_conform: {error}") from error


def _replace_by_text(app: Sphinx, document: nodes.document, _name: str) -> None:
    """Replace diagrams by their text, for builders that cannot show them."""
    if app.builder.format in ("html", "latex", "text"):
        return
    for node in list(document.findall(flux_diagram)):
        drawing = _form(node["layout"], "text")
        block = nodes.literal_block(drawing, drawing, language="none")
        node.replace_self([nodes.paragraph("", node["alt"]), block])


def _skip(_translator: Any, _node: nodes.Element) -> None:
    raise nodes.SkipNode


def _html(translator: Any, node: flux_diagram) -> None:
    svg = _form(node["layout"], "svg")
    svg = svg[svg.index("<svg") :]
    if (node["svg"] or translator.config.flux_conform_svg) == FILE:
        translator.body.append(_image(translator.builder, svg, node["alt"]))
    else:
        label = html.escape(node["alt"], quote=True)
        role = f'<div class="flux-diagram" role="img" aria-label="{label}">'
        translator.body.append(f"{role}{_with_own_ids(translator, svg)}</div>\n")
    raise nodes.SkipNode


def _image(builder: Any, svg: str, alt: str) -> str:
    name = f"flux-{hashlib.sha256(svg.encode()).hexdigest()[:16]}.svg"
    folder = os.path.join(builder.outdir, builder.imagedir)
    write_whole(os.path.join(folder, name), svg.encode())
    source = f"{builder.imgpath}/{name}"
    label = html.escape(alt, quote=True)
    return f'<img class="flux-diagram" src="{source}" alt="{label}" />\n'


_ID = re.compile(r'\bid="([\w-]+)"')


def _with_own_ids(translator: Any, svg: str) -> str:
    """Return the drawing with ids that are unique in the page; a repeated one gets a prefix.

    Ids occur in attributes, in references (`#id`) and in lists of names.
    """
    counts: Counter[str] = translator.__dict__.setdefault("_flux_diagrams", Counter())
    ids = _ID.findall(svg)
    first = ids[0] if ids else ""
    counts[first] += 1
    if counts[first] == 1:
        return svg
    prefix = f"d{counts[first]}-"
    known = "|".join(sorted(map(re.escape, ids), key=len, reverse=True))
    tag_or_style = re.compile(r"<style>.*?</style>|<[^>]*>", re.DOTALL)
    name = re.compile(rf'(?<=["#\s])({known})(?=["\s){{\[.:,])')
    return tag_or_style.sub(lambda match: name.sub(rf"{prefix}\1", match[0]), svg)


def _latex(translator: Any, node: flux_diagram) -> None:
    translator.body.append(f"\n{tex_of(_form(node['layout'], 'tikzpicture'))}\n")
    raise nodes.SkipNode


def _tikz(translator: Any, node: flux_tikz) -> None:
    translator.body.append(f"\n{tex_of(node['tikz'], node['width'])}\n")
    raise nodes.SkipNode


def _text(translator: Any, node: flux_diagram) -> None:
    translator.new_state(0)
    translator.add_text(_form(node["layout"], "text"))
    translator.end_state(wrap=False)
    raise nodes.SkipNode


# Figures: SVG images with a TikZ file of the same name in the same folder


class TikzForSvg(SphinxPostTransform):
    """Replaces SVG images by their TikZ pictures, because LaTeX cannot read SVG."""

    default_priority = 9  # before Sphinx collects and converts images
    formats = ("latex",)

    def run(self, **_: Any) -> None:
        """Replace each image that has a TikZ picture."""
        for image in list(self.document.findall(nodes.image)):
            path = _beside(str(self.env.srcdir), image)
            if path is None:
                continue
            try:
                with open(path, encoding="utf-8") as file:
                    tikz = file.read()
            except (OSError, UnicodeDecodeError) as error:
                _logger.warning("cannot read %s: %s", path, error, location=image)
                continue
            image.replace_self(flux_tikz(tikz=tikz, width=_share(image)))


def _depend_on_tikz(app: Sphinx, document: nodes.document) -> None:
    for image in document.findall(nodes.image):
        path = _beside(str(app.srcdir), image)
        if path is not None:
            app.env.note_dependency(os.path.relpath(path, app.srcdir))


def _beside(folder: str, image: nodes.image) -> str | None:
    uri: str = image.get("uri", "")
    if not uri.endswith(".svg") or "://" in uri:
        return None
    path = os.path.join(folder, f"{uri.removesuffix('.svg')}.tikz")
    return path if os.path.isfile(path) else None


def _share(image: nodes.image) -> float:
    r"""Return the width of the image as a fraction of \linewidth; 1 if it has none."""
    width: str = image.get("width", "")
    if not width.endswith("%"):
        return 1.0
    try:
        part = float(width.removesuffix("%")) / 100
    except ValueError:
        return 1.0
    return part if 0 < part <= 1 else 1.0

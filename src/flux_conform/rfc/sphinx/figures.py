"""TikZ versions of SVG images, for LaTeX: a TikZ file of the same name in the same folder."""

from __future__ import annotations

import os
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from flux_conform.rfc.sphinx.picture import flux_tikz

_logger = logging.getLogger(__name__)


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
            image.replace_self(flux_tikz(tikz=tikz, width=_width(image)))


def register(app: Sphinx) -> None:
    """Register the transform, and the dependency of documents on the TikZ files."""
    app.add_post_transform(TikzForSvg)
    app.connect("doctree-read", _depend)


def _depend(app: Sphinx, document: nodes.document) -> None:
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


def _width(image: nodes.image) -> float:
    r"""Return the width of the image as a fraction of \linewidth; 1 if it has none."""
    width: str = image.get("width", "")
    if not width.endswith("%"):
        return 1.0
    try:
        part = float(width.removesuffix("%")) / 100
    except ValueError:
        return 1.0
    return part if 0 < part <= 1 else 1.0

"""A Sphinx extension: diagrams and tables of a specification in any document.

In conf.py: `extensions = ["flux_conform.rfc.sphinx"]`. docs/sphinx.md describes the directives.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from flux_conform import __version__
from flux_conform.rfc.sphinx import picture
from flux_conform.rfc.sphinx.directives import DIRECTIVES


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, the diagram node and the TikZ transform."""
    app.add_config_value("flux_conform_svg", "inline", "html", frozenset({str}))
    app.add_latex_package("tikz")
    for name, directive in DIRECTIVES.items():
        app.add_directive(f"flux-{name}", directive)
    picture.register(app)
    return {
        "version": __version__,
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

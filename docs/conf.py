"""How Sphinx makes the documentation: `make docs`."""

import sys
from pathlib import Path

from flux_conform import __version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "flux-conform"
author = "flux-conform authors"
project_copyright = "flux-conform authors"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "command_line",
    "json_fields",
    "outward_links",
]
root_doc = "index"
exclude_patterns = ["_ext", "_static"]
nitpicky = True
smartquotes = False  # quotes and dashes stand as they are written
today = " "  # the same bytes on every day

# Links to headings are those that a forge makes of them, so that they work there too.
myst_heading_anchors = 4
myst_links_external_new_tab = False

# Where the files of the repository can be seen, with a slash at the end. Without it, links that
# lead out of docs/ become the plain name of the file.
outward_links_base = ""

default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
# Signatures name types that are no part of the public interface, and so have no entry.
nitpick_ignore_regex = [("py:(class|obj|data|exc)", r".*")]

html_theme = "furo"
html_title = "flux-conform"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#1f5a8a",
        "color-brand-content": "#1f5a8a",
        "color-brand-visited": "#1f5a8a",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7db8e8",
        "color-brand-content": "#7db8e8",
        "color-brand-visited": "#7db8e8",
    },
}


def setup(app):  # type: ignore[no-untyped-def]
    """Leave out constants, and the fields of named tuples, which signatures have."""

    def skip(app, what, name, value, skip, options):  # type: ignore[no-untyped-def]
        constant = isinstance(value, (str, tuple, frozenset))
        return True if constant or type(value).__name__ == "_tuplegetter" else skip

    def explorer(app, error):  # type: ignore[no-untyped-def]
        """The page that docs/explore.md leads to."""
        if error is None and app.builder.format == "html":
            from flux_conform.cli.main import main

            assert main(["explore", "-o", str(Path(app.outdir) / "explorer.html")]) == 0

    app.connect("autodoc-skip-member", skip)
    app.connect("build-finished", explorer)

"""How Sphinx makes pages of the texts in this folder: `make rfc`."""

project = "flux-conform"
author = "flux-conform authors"
project_copyright = "flux-conform authors"

extensions = ["flux_conform.rfc.sphinx"]  # for LaTeX: the figure as TikZ
root_doc = "index"
exclude_patterns = ["README.md"]
nitpicky = True
numfig = False
smartquotes = False  # quotes and dashes stand as they are written
today = " "  # the same bytes on every day

html_theme = "basic"
html_static_path = ["_static"]
html_css_files = ["rfc.css"]
html_title = "Job states and events"
html_short_title = "flux-conform"
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_permalinks_icon = "#"
pygments_style = "friendly"
pygments_dark_style = "github-dark"

latex_engine = "pdflatex"
latex_documents = [
    ("job-states", "job-states.tex", "Job states and events", author, "howto", False),
]
latex_elements = {
    "papersize": "a4paper",
    "extraclassoptions": "openany",
    "printindex": "",
    "figure_align": "htbp",
    # Tables in small letters, and names in them broken after a hyphen where the line ends.
    "preamble": r"""
\usepackage{etoolbox}
\AtBeginEnvironment{savenotes}{\footnotesize}
\let\plainhyphen\sphinxhyphen
\protected\def\sphinxhyphen{\plainhyphen\allowbreak}
""",
}
latex_show_urls = "footnote"

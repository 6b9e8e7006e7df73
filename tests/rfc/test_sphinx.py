"""The Sphinx extension: one document with all directives, built once for each builder."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

HERE = Path(__file__).parent

TEXT = """\
Tea
===

See :ref:`the-kettle`, :ref:`this rule <rfc9998/fill/context>` and :ref:`states`.

.. flux-state-diagram:: kettle.yaml
   :caption: As *it* is
   :name: the-kettle
   :align: center

.. flux-state-diagram:: /kettle.yaml
   :alt: The same, "again"

.. flux-state-diagram:: exec
   :svg: file
   :alt: A shell

.. flux-state-diagram:: exec
   :view: lifecycle
   :svg: file
   :alt: Lives of a shell

.. flux-state-diagram:: kettle.yaml
   :view: detail

.. flux-state-table:: kettle.yaml
   :caption: Its states
   :name: states

.. flux-event-table:: kettle.yaml

.. flux-event-context:: kettle.yaml fill

.. flux-event-context:: kettle.yaml pour

.. flux-event-context:: kettle.yaml whistle

.. flux-transition-table:: kettle.yaml

.. flux-table:: kettle.yaml virtual-states

.. figure:: drawn.svg
   :width: 50%

   Drawn before

.. flux-rule-index:: kettle.yaml
"""

WRONG = """\
Wrong
=====

.. flux-state-diagram:: kettel.yaml

.. flux-state-diagram:: nothing

.. flux-state-diagram:: faulty.yaml

.. flux-state-diagram:: kettle.yaml
   :generation: v7

.. flux-state-diagram:: kettle.yaml
   :view: stats

.. flux-state-diagram:: kettle.yaml
   :view: lifecycle

.. flux-event-context:: kettle.yaml fil

.. flux-table:: kettle.yaml evnts
"""


class Built(NamedTuple):
    """What a builder made, by the names of the files' ends, and what was said on the way."""

    out: Path
    warnings: str

    def text(self, name: str) -> str:
        return (self.out / name).read_text(encoding="utf-8")


def build(folder: Path, builder: str, **settings: object) -> tuple[Sphinx, Built]:
    """A build within this process; both builders read the document once."""
    said = StringIO()
    with docutils_namespace(), patch_docutils():
        app = Sphinx(
            folder,
            None,
            folder / "_out" / builder,
            folder / "_trees",
            builder,
            {
                "project": "Tea",
                "extensions": ["flux_conform.rfc.sphinx"],
                "html_theme": "basic",
                "nitpicky": True,
                "latex_documents": [("index", "tea.tex", "Tea", "A Cook", "howto")],
                **settings,
            },
            status=None,
            warning=said,
        )
        app.build()
    return app, Built(folder / "_out" / builder, said.getvalue())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources."""
    folder = tmp_path_factory.mktemp("tea")
    (folder / "index.rst").write_text(TEXT, encoding="utf-8")
    shutil.copy(HERE / "kettle.yaml", folder)
    (folder / "drawn.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    picture = "\\begin{tikzpicture}\\node {ready-made};\\end{tikzpicture}%"
    (folder / "drawn.tikz").write_text(picture, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built(folder: Path) -> tuple[Built, Built, Sphinx]:
    """HTML and LaTeX, and the application that read the document."""
    app, page = build(folder, "html")
    _, latex = build(folder, "latex")
    return page, latex, app


def test_html_holds_diagrams_and_tables(built: tuple[Built, Built, Sphinx]) -> None:
    """Inline or as a file, with words for those who do not see them."""
    page, _, _ = built
    text = page.text("index.html")
    assert page.warnings == ""
    assert text.count("<svg") == 3
    assert 'aria-label="Kettle. The main road: COLD, HEATING, HOT, EMPTY.' in text
    assert 'aria-label="The same, &quot;again&quot;"' in text
    assert "<em>it</em>" in text
    (image,) = re.findall(r'<img class="flux-diagram" src="([^"]*)" alt="A shell" />', text)
    assert "STARTING" in page.text(image)
    for words in ("Its states", "litres", "No context is defined", "empty or left out", "BUSY"):
        assert words in text


def test_no_two_elements_of_a_page_have_one_id(built: tuple[Built, Built, Sphinx]) -> None:
    """Though it shows the same diagram twice; and what refers to them finds them."""
    page, _, _ = built
    text = page.text("index.html")
    ids = re.findall(r'\sid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    second = text[text.rindex("<svg") :]
    title, desc = re.findall(r'aria-labelledby="(\S+) (\S+)"', second)[0]
    assert f'id="{title}"' in second
    assert f'id="{desc}"' in second


def test_a_rule_is_found_by_its_anchor_and_by_its_id(built: tuple[Built, Built, Sphinx]) -> None:
    """As the links of findings name it."""
    page, _, _ = built
    text = page.text("index.html")
    assert text.count('id="rfc9998-fill-context"') == 1
    assert 'href="#rfc9998-fill-context"' in text


def test_latex_has_the_diagrams_as_tikz(built: tuple[Built, Built, Sphinx]) -> None:
    """And an image in SVG as the TikZ that stands beside it."""
    _, latex, _ = built
    text = latex.text("tea.tex")
    assert latex.warnings == ""
    assert text.count(r"\begin{tikzpicture}") == 6
    assert r"\usepackage{tikz}" in text
    assert "ready-made" in text
    assert "drawn.svg" not in text
    assert text.index(r"0.5\linewidth") < text.index("ready-made")
    assert (
        text.index(r"\begin{figure}") < text.index("tikzpicture") < text.index(r"As \sphinxstyle")
    )


def test_pdflatex_takes_it(
    built: tuple[Built, Built, Sphinx], require_tool: Callable[[str], str]
) -> None:
    """Without an error and without a box that is too wide."""
    _, latex, _ = built
    command = [require_tool("pdflatex"), "-interaction=nonstopmode", "-halt-on-error", "tea.tex"]
    done = subprocess.run(command, cwd=latex.out, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert b"Overfull" not in done.stdout
    words = subprocess.run(
        [require_tool("pdftotext"), "tea.pdf", "-"], cwd=latex.out, capture_output=True, check=True
    )
    for word in (b"HEATING", b"STARTING", b"ready-made", b"rfc9998/fill/context"):
        assert word in words.stdout


def test_a_document_depends_on_what_it_shows(built: tuple[Built, Built, Sphinx]) -> None:
    """A change of the specification, or of the TikZ, makes it anew."""
    _, _, app = built
    names = {os.path.basename(path) for path in app.env.dependencies["index"]}
    assert {"kettle.yaml", "drawn.tikz", "exec.yaml"} <= names


def test_plain_text_has_the_drawing_in_characters_and_others_have_it_too(folder: Path) -> None:
    """Of builders that know no picture, words come first."""
    (folder / "index.rst").write_text(
        "Tea\n===\n\n.. flux-state-diagram:: kettle.yaml\n   :alt: Tea is made.\n",
        encoding="utf-8",
    )
    _, text = build(folder, "text")
    assert "●─▶│ COLD ├──" in text.text("index.txt")
    _, manual = build(folder, "xml")
    source = manual.text("index.xml")
    assert "Tea is made." in source
    assert "│ COLD ├" in source


def test_what_is_wrong_is_a_warning_with_its_place(tmp_path: Path) -> None:
    """Not the end of the build."""
    (tmp_path / "index.rst").write_text(WRONG, encoding="utf-8")
    text = (HERE / "kettle.yaml").read_text(encoding="utf-8")
    (tmp_path / "kettle.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "faulty.yaml").write_text(text.replace("to: EMPTY", "to: EMPTI"), encoding="utf-8")
    _, page = build(tmp_path, "dummy")
    said = [
        re.sub(r"\x1b\[[\d;]*m", "", line).removeprefix(f"{tmp_path}/")
        for line in page.warnings.splitlines()
    ]
    fault = next(i for i, line in enumerate(text.splitlines(), 1) if "to: EMPTY" in line)
    for start in (
        'index.rst:4: WARNING: flux-state-diagram: there is no file "kettel.yaml"',
        "index.rst:6: WARNING: flux-state-diagram: ",
        "index.rst:8: WARNING: flux-state-diagram: faulty.yaml has 2 faults",
        f"faulty.yaml:{fault}: WARNING: ",
        "index.rst:10: WARNING: flux-state-diagram: ",
        'index.rst:13: WARNING: flux-state-diagram: there is no view "stats"; did you mean "states"?',
        "index.rst:16: WARNING: flux-state-diagram: kettle has no scenarios, so there is no lifecycle",
        'index.rst:19: WARNING: flux-event-context: there is no event "fil"; did you mean "fill"?',
        'index.rst:21: WARNING: flux-table: there is no table "evnts"; did you mean "events"?',
    ):
        assert [line for line in said if line.startswith(start)], (start, said)

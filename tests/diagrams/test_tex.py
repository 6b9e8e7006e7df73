"""What TeX makes of the TikZ: one run of pdflatex for all pictures, held against the SVG."""

import re
import subprocess
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from diagrams.measures import points
from diagrams.pixels import read_pgm, read_png, strangers
from diagrams.toys import DRAWN, drawn, machine
from flux_conform.cli.main import main
from flux_conform.diagrams import TexFailed, TexMissing, render, render_bytes, style
from flux_conform.diagrams.engine import drawn_bytes
from flux_conform.diagrams.geometry import Point
from flux_conform.diagrams.metrics import text_width

EACH = pytest.mark.parametrize("name", DRAWN)
SVG = "{http://www.w3.org/2000/svg}"
XHTML = "{http://www.w3.org/1999/xhtml}"
DPI = 100
NEAR = 3  # dots of 0.7 points each: what fonts and rounding may move

# No T1 encoding and no library: what any document with the package tikz gives.
PAGES = r"""\documentclass[multi=tikzpicture,border=0pt]{standalone}
\usepackage{tikz}
\begin{document}
%s
\end{document}
"""


class Printed(NamedTuple):
    """What pdflatex said, and the words and dots of each page by the picture's name."""

    log: str
    words: dict
    dots: dict


class Word(NamedTuple):
    """A word with its middle, and its left and right end, in points from the top left."""

    text: str
    left: float
    right: float
    middle: float


@pytest.fixture(scope="module")
def printed(tmp_path_factory, require_tool):
    folder = tmp_path_factory.mktemp("tex")
    for name in DRAWN:
        (folder / f"{name}.tikz").write_text(render(drawn(name), "tikzpicture"), encoding="utf-8")
    pages = "\n".join(f"\\input{{{name}.tikz}}" for name in DRAWN)
    (folder / "pages.tex").write_text(PAGES % pages, encoding="utf-8")

    def run(program, *arguments):
        command = [require_tool(program), *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout

    log = run("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "pages.tex").decode()
    text = run("pdftotext", "-bbox", "pages.pdf", "-")
    run("pdftoppm", "-r", str(DPI), "-gray", "pages.pdf", "page")
    dots = sorted(folder.glob("page-*.pgm"))
    return Printed(
        log + (folder / "pages.log").read_text(errors="replace"),
        dict(zip(DRAWN, words_by_page(text), strict=True)),
        {name: read_pgm(path.read_bytes()) for name, path in zip(DRAWN, dots, strict=True)},
    )


def words_by_page(bbox):
    for page in ElementTree.fromstring(bbox).iter(f"{XHTML}page"):
        found = []
        for word in page.iter(f"{XHTML}word"):
            left, top, right, bottom = (
                float(word.get(side)) for side in ("xMin", "yMin", "xMax", "yMax")
            )
            found.append(Word(word.text, left, right, (top + bottom) / 2))
        yield found


def words_of_svg(name):
    """The words of the SVG; where each lies in its line follows from the font's widths."""
    root = ElementTree.fromstring(render(drawn(name), "svg"))
    across, down = shift(root)
    for text in root.iter(f"{SVG}text"):
        bold = text.get("font-weight") == "bold"

        def width(part, bold=bold):
            return text_width(part, style.FONT_SIZE, bold=bold)

        x, baseline = float(text.get("x")) + across, float(text.get("y")) + down
        left = x - width(text.text) / 2
        for word in re.finditer(r"\S+", text.text):
            begins = left + width(text.text[: word.start()])
            middle = baseline - 0.26 * style.FONT_SIZE
            yield Word(word[0], begins, begins + width(word[0]), middle)


def shift(root):
    graph = next(each for each in root.iter(f"{SVG}g") if each.get("class") == "graph")
    return map(
        float, re.search(r"translate\(([\d.-]+) ([\d.-]+)\)", graph.get("transform")).groups()
    )


def curves_of_svg(name):
    """Points along every edge of the SVG, by its title."""
    root = ElementTree.fromstring(render(drawn(name), "svg"))
    across, down = shift(root)
    for part in root.iter(f"{SVG}g"):
        if "edge" in part.get("class").split():
            numbers = re.findall(r"-?[\d.]+", part.find(f"{SVG}path").get("d"))
            flat = list(map(float, numbers))
            way = [Point(x + across, y + down) for x, y in zip(flat[::2], flat[1::2], strict=True)]
            yield part.find(f"{SVG}title").text, points(tuple(way))


def test_tex_has_nothing_to_complain_of(printed):
    """No error, no warning, and no box that is too wide or too empty."""
    assert "Output written on pages.pdf (3 pages" in printed.log
    assert not re.findall(
        r"^.*(?:^!|[Ww]arning|Overfull|Underfull|undefined).*$", printed.log, re.M
    )


@EACH
def test_the_print_holds_the_words_of_the_svg_in_their_places(name, printed):
    """Each within a point and a half of where the SVG has it, and no other word."""
    left = list(printed.words[name])
    for wanted in words_of_svg(name):
        found = min(
            (word for word in left if word.text == wanted.text),
            key=lambda word: abs(word.left - wanted.left) + abs(word.middle - wanted.middle),
            default=None,
        )
        assert found, f"{wanted.text} is not printed"
        apart = [a - b for a, b in zip(found[1:], wanted[1:], strict=True)]
        assert apart == pytest.approx([0, 0, 0], abs=1.5), wanted
        left.remove(found)
    assert left == []


@EACH
def test_no_printed_word_lies_on_another_or_on_an_edge(name, printed):
    """Measured from the print and the SVG's curves, not from the layout."""
    up, down = 0.3 * style.FONT_SIZE, 0.4 * style.FONT_SIZE
    words = printed.words[name]
    for place, one in enumerate(words):
        for other in words[place + 1 :]:
            beside = one.right <= other.left or other.right <= one.left
            assert beside or abs(one.middle - other.middle) >= up + down, (one, other)
    for title, curve in curves_of_svg(name):
        for word in words:
            assert not any(
                word.left < x < word.right and word.middle - up < y < word.middle + down
                for x, y in curve
            ), (title, word.text)


def unlike(dots, source):
    """How many dots of print and drawing have no counterpart in the other."""
    other = read_png(drawn_bytes(source, "png", f"-Gdpi={DPI}"))
    return strangers(dots, other, NEAR) + strangers(other, dots, NEAR)


@EACH
def test_the_print_looks_like_the_drawing(name, printed):
    """Every dot of one has its counterpart in the other."""
    assert unlike(printed.dots[name], render(drawn(name), "dot")) <= 2


@pytest.mark.parametrize(
    "edge", ["INIT -> STARTING", "STARTING -> DONE", "COMPLETE -> DONE", '"the start" -> EMPTY']
)
def test_an_edge_that_is_lacking_would_be_noticed(edge, printed):
    """A main edge, a branch of a rail and the arrow to the start."""
    source = render(drawn("exec"), "dot")
    lines = [line for line in source.splitlines() if edge not in line]
    assert len(lines) == len(source.splitlines()) - 1
    assert unlike(printed.dots["exec"], "\n".join(lines)) > 10


WORDS = ["A_1", "Zürich", "Z%", "x", "→", "y", "≥", "U+6F22", "a,,b"]
SPECIALS = r'_#%&{}~^\$<>|"-->``?!'


def test_a_pdf_is_the_same_each_time_and_shows_every_character_as_it_is(require_tool, tmp_path):
    """What TeX, or one of its fonts, would read as something else comes out as itself."""
    require_tool("pdflatex")
    toy = machine(
        ("A_1", "Zürich", "Z%"),
        [("A_1", SPECIALS, "Zürich"), ("Zürich", "x → y ≥ 漢", "Z%"), ("A_1", "a,,b", "Z%")],
        name="odd # one",
        title="100 % of {odd}\nones",
    )
    pdf = render_bytes(toy, "pdf")
    assert pdf.startswith(b"%PDF-")
    assert pdf == render_bytes(toy, "pdf")
    (tmp_path / "odd.pdf").write_bytes(pdf)
    command = [require_tool("pdftotext"), "-bbox", "odd.pdf", "-"]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    (words,) = words_by_page(text)
    found = sorted(word.text for word in words)
    assert found == sorted([SPECIALS.replace("`", "‘"), *WORDS])


def fake_tex(monkeypatch, tmp_path, script):
    """A pdflatex that does what the script says, alone on PATH."""
    program = tmp_path / "bin" / "pdflatex"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))


BROKEN = {
    "a package is lacking": (
        "echo '! LaTeX Error: File `standalone.cls'\"'\"' not found.'; echo more; exit 1",
        "! LaTeX Error: File `standalone.cls' not found.",
    ),
    "no format": (
        "echo \"I can't find the format file 'pdflatex.fmt'!\"; exit 1",
        "I can't find the format file 'pdflatex.fmt'!",
    ),
    "half a picture": (
        "printf half >picture.pdf; echo '! Emergency stop.'; exit 1",
        "Emergency stop.",
    ),
    "a crash without a word": ("kill -9 $$", "it made no PDF, and did not say why"),
    "no PDF": ("echo hello >picture.pdf", "what it made is no PDF"),
    "nothing made": ("echo all is well", "all is well"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_tex_gives_one_clear_line_and_leaves_an_old_file_alone(
    case, monkeypatch, tmp_path, capsys
):
    """The first error of TeX itself, exit 2."""
    script, said = BROKEN[case]
    fake_tex(monkeypatch, tmp_path, script)
    old = tmp_path / "job.pdf"
    old.write_bytes(b"old")
    assert main(["draw", "-o", str(old)]) == 2
    error = capsys.readouterr().err
    assert error == f"flux-conform draw: pdflatex failed: {said.removeprefix('! ')}\n"
    assert old.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "job.pdf"]


def test_tex_may_start_no_program_and_asks_nothing(monkeypatch, tmp_path):
    fake_tex(monkeypatch, tmp_path, 'echo "! $*"; exit 1')
    with pytest.raises(TexFailed) as caught:
        render_bytes(drawn("exec"), "pdf")
    words = caught.value.said.split()
    assert {"-no-shell-escape", "-interaction=nonstopmode"} < set(words)


def test_a_tex_that_never_ends_is_stopped(monkeypatch, tmp_path):
    """A hanging TeX is an error like others."""
    fake_tex(monkeypatch, tmp_path, "exec /bin/sleep 60")
    monkeypatch.setattr("flux_conform.diagrams.tex.TIME_LIMIT", 0.2)
    with pytest.raises(TexFailed, match=r"it was not done after 0.2 seconds"):
        render_bytes(drawn("exec"), "pdf")


def test_a_tex_that_is_lacking_says_what_to_install(monkeypatch, tmp_path, capsys):
    """TikZ itself needs none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TexMissing, match="pdflatex: install TeX Live"):
        render_bytes(drawn("exec"), "pdf")
    assert main(["draw", "--format", "pdf", "-o", str(tmp_path / "job.pdf")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert render(drawn("exec"), "tikz").startswith("% Exec eventlog.")

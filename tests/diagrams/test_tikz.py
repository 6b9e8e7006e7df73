"""The TikZ source, without TeX: styles that a document can have its own of."""

import re
from functools import cache
from itertools import pairwise

import pytest

from diagrams.test_dot import NASTY
from diagrams.toys import DRAWN, drawn, machine
from flux_conform.diagrams import lay_out, render, state_graph, style
from flux_conform.diagrams.dot import dot_source
from flux_conform.diagrams.drawing import drawing_of, read_drawing
from flux_conform.diagrams.tex_text import tex_text

EACH = pytest.mark.parametrize("name", DRAWN)


@cache  # drawing takes a moment
def tikz_of(name, form="tikzpicture"):
    return render(drawn(name), form)


def styles(tikz):
    return dict(re.findall(r"^\\fluxstyle\{([\w ]+)\}\{(.*)\}$", tikz, re.M))


@EACH
def test_each_path_and_text_has_a_named_style_that_is_defined(name):
    tikz = tikz_of(name)
    used = {keys.split(",")[0] for keys in re.findall(r"^\\(?:path|node)\[([^\]]+)\]", tikz, re.M)}
    assert used - {"use as bounding box"} <= set(styles(tikz))
    assert {"flux main edge", "flux main label", "flux state name", "flux final state"} <= used


def test_a_kind_of_edge_differs_from_others_in_its_style_alone():
    found = styles(tikz_of("job"))
    assert found["flux main edge"] == "flux edge"
    assert "flux-detour" in found["flux detour edge"]
    assert "dash pattern" in found["flux detour edge"]
    assert "dash pattern" not in found["flux back edge"]


def test_colours_have_the_names_of_the_house_style():
    tikz = tikz_of("job")
    colours = dict(re.findall(r"\\providecolor\{([\w-]+)\}\{HTML\}\{(\w{6})\}", tikz))
    assert colours["flux-paper"] == style.PAPER.light[1:].upper()
    assert {"flux-text", "flux-muted", "flux-detour", "flux-tint-0", "flux-tint-1"} <= set(colours)


@EACH
def test_the_document_is_the_bare_picture_with_what_it_needs_around(name):
    first, rest = tikz_of(name).split("\n", 1)
    document = tikz_of(name, "tikz")
    assert document.startswith(first + "\n\\documentclass")
    assert rest in document
    assert document.endswith("\\end{document}\n")


@EACH
def test_a_document_can_refer_to_each_state(name):
    tikz = tikz_of(name)
    for state in state_graph(drawn(name)).states:
        assert re.search(rf"^\\node\[flux place, .*\] \({state.name}\) at ", tikz, re.M)


def test_boxes_are_written_as_boxes():
    tikz = tikz_of("job")
    boxes = re.findall(
        r"^\\path\[flux \w+ state.*\] \[rounded corners=.*\] .* rectangle .*;", tikz, re.M
    )
    # One for each of eight states, and the border of the final one.
    assert len(boxes) == 9


def test_a_drawing_holds_every_text_as_it_is_and_where_it_is():
    names = [*NASTY, 'x "y" \\z', "-->"]
    moves = [(a, b, b) for a, b in pairwise(names)]
    layout = lay_out(state_graph(machine(names, moves, {names[0]: (names[0],)})))
    drawing = drawing_of(dot_source(layout))
    found = [(line.text, *line.at) for part in drawing.parts for line in part.lines]
    assert sorted(text for text, _, _ in found) == sorted([names[0], *names, *names[1:]])
    places = {part.id: part for part in drawing.parts}
    first = places["toy-state-0"].box.left - layout.states[0].box.left
    for number, placed in enumerate(layout.states):
        assert places[f"toy-state-{number}"].box.left == pytest.approx(
            placed.box.left + first, abs=0.05
        )


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "no JSON at all",
        "[]",
        "{}",
        '{"bb": "0,0,1"}',
        '{"bb": "0,0,1,1", "objects": [{"pos": "1"}]}',
        '{"bb": "0,0,1,1", "objects": [], "edges": [{"tail": 0, "head": 1}]}',
        '{"bb": "0,0,1,1", "objects": [{"bb": "0,0,1,1", "_draw_": [{"op": "?"}]}]}',
    ],
)
def test_what_is_no_drawing_is_told(wrong):
    with pytest.raises(ValueError, match="no drawing of Graphviz"):
        read_drawing(wrong)


def test_what_tex_has_no_glyph_for_becomes_its_number_in_the_width_laid_out_for_it():
    assert tex_text("漢", 8.0) == r"\resizebox{8bp}{!}{U+6F22}"
    assert tex_text("a_b\N{COMBINING ACUTE ACCENT}", 8.0) == r"a\_b"

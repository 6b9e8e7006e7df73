"""The SVG: what a page shows."""

import re
from xml.etree import ElementTree

import pytest

from diagrams.toys import DRAWN, drawn
from flux_conform.diagrams import render, style
from flux_conform.diagrams.metrics import text_width

EACH = pytest.mark.parametrize("name", DRAWN)
SVG = "{http://www.w3.org/2000/svg}"


def svg(name):
    return ElementTree.fromstring(render(drawn(name), "svg"))


def parts(root, kind):
    """The groups of a class, by their titles."""
    return {
        part.find(f"{SVG}title").text: part
        for part in root.iter(f"{SVG}g")
        if kind in part.get("class", "").split()
    }


@EACH
def test_it_is_one_image_with_a_title_and_a_description(name):
    root = svg(name)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title.text == drawn(name).title
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    for row in drawn(name).transitions:
        if row.outcome == "moves" and row.generation is None:
            assert re.search(rf"{row.source} to {row.target}: [^.]*\b{row.event}\b", desc.text)


@EACH
def test_it_scales_to_the_page(name):
    root = svg(name)
    _, _, width, height = map(float, root.get("viewBox").split())
    assert root.get("width") == f"{width:g}pt"
    assert root.get("height") == f"{height:g}pt"
    assert "max-width: 100%" in root.get("style")


@EACH
def test_it_asks_for_nothing_from_elsewhere(name):
    text = render(drawn(name), "svg")
    assert not re.search(r"url\(|@import|href|<script|<image|DOCTYPE", text)
    assert re.findall(r"https?://[^\s\"]+", text) == ["http://www.w3.org/2000/svg"]


@EACH
def test_only_the_final_state_has_a_double_border(name):
    finals = [state.name for state in drawn(name).states if state.final]
    borders = {
        title.split(" ")[0].rstrip(":"): len(part.findall(f"{SVG}path"))
        for title, part in parts(svg(name), "node").items()
        if title != "start"
    }
    assert [state for state, count in borders.items() if count == 2] == finals
    assert set(borders.values()) == {1, 2}


@EACH
def test_detours_are_dashed_and_no_other_edge_is(name):
    for title, edge in parts(svg(name), "edge").items():
        dashed = edge.find(f"{SVG}path").get("stroke-dasharray") is not None
        assert dashed == ("detour" in edge.get("class")), title


def test_the_main_road_is_drawn_thicker_than_the_rest():
    root = svg("job")

    def widths(kind):
        return {
            float(part.find(f"{SVG}path").get("stroke-width", "1"))
            for part in parts(root, kind).values()
        }

    assert min(widths("main")) > max(widths("back") | widths("detour") | widths("branch"))


def test_the_initial_state_has_a_marker_that_points_to_it():
    edges = parts(svg("job"), "edge")
    assert edges["start to NEW"].find(f"{SVG}polygon") is not None


def test_a_removed_log_is_drawn_with_a_border_of_its_own():
    nodes = parts(svg("job"), "removed")
    (border,) = (path for node in nodes.values() for path in node.iter(f"{SVG}path"))
    assert border.get("stroke-dasharray")


def test_a_group_is_tinted_and_named():
    for title, group in parts(svg("job"), "group").items():
        assert group.find(f"{SVG}path").get("fill") in {tint.light for tint in style.TINTS}
        assert group.find(f"{SVG}text").text == title.split(":")[0]


def test_who_points_at_a_state_reads_what_it_means():
    assert "NEW (initial): submitted and not yet validated" in parts(svg("job"), "node")


def test_who_points_at_an_edge_without_a_label_reads_its_events():
    assert "RUN to CLEANUP: exception [severity == 0]" in parts(svg("job"), "edge")


@EACH
def test_no_name_that_only_the_engine_knows_is_left(name):
    root = svg(name)
    for part in root.iter(f"{SVG}g"):
        kinds = part.get("class").split()
        assert (part.find(f"{SVG}title") is None) == (kinds == ["graph"])
    assert "cluster" not in "".join(title.text for title in root.iter(f"{SVG}title"))


@EACH
def test_all_text_is_set_in_the_fonts_of_the_root(name):
    root = svg(name)
    assert root.get("font-family") == style.FONT_FAMILY
    assert not any(text.get("font-family") for text in root.iter(f"{SVG}text"))


@EACH
def test_every_text_keeps_the_width_it_was_laid_out_with(name):
    found = list(svg(name).iter(f"{SVG}text"))
    assert found
    for text in found:
        bold = text.get("font-weight") == "bold"
        width = text_width(text.text, style.FONT_SIZE, bold=bold)
        assert float(text.get("textLength")) == pytest.approx(width, abs=0.01)


@EACH
def test_every_colour_has_its_counterpart_on_a_dark_screen(name):
    root = svg(name)
    sheet = root.find(f"{SVG}style").text
    assert sheet.strip().startswith("@media (prefers-color-scheme: dark)")
    painted = {
        (paint, element.get(paint))
        for element in root.iter()
        for paint in ("fill", "stroke")
        if element.get(paint) not in (None, "none")
    }
    assert len(painted) > 4
    for paint, colour in painted:
        assert f'#{root.get("id")} [{paint}="{colour}"]' in sheet
    # What has no colour of its own would be black on either screen.
    assert all(text.get("fill") for text in root.iter(f"{SVG}text"))


def luminance(colour):
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("screen", ["light", "dark"])
def test_every_text_and_line_stands_out_from_all_that_it_may_lie_on(screen):
    inks = {style.TEXT, style.MUTED, *(line.ink for line in style.LINES.values())}
    for ink in inks:
        for ground in (style.PAPER, *style.TINTS):
            assert contrast(getattr(ink, screen), getattr(ground, screen)) >= 4.5


def test_ids_of_two_machines_never_clash():
    ids = [element.get("id") for name in DRAWN for element in svg(name).iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_graphviz_itself_makes_the_same_parts(require_tool):
    require_tool("dot")
    theirs = ElementTree.fromstring(render(drawn("job"), "svg", engine="dot"))
    for kind in ("node", "edge", "group"):
        assert parts(theirs, kind).keys() == parts(svg("job"), kind).keys()

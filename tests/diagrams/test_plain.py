"""The plain-text drawing: read back by following its lines."""

import re

import pytest

from diagrams.plain_reader import Reader
from diagrams.toys import DRAWN, FATAL, drawn, machine, tangle
from flux_conform.diagrams import Options, lay_out, render, state_graph, text_form
from flux_conform.diagrams.plain import plain_text
from flux_conform.diagrams.plain_grid import drawn_along

ROADS = pytest.mark.parametrize("vertical", [False, True], ids=["in a row", "in a column"])
WRAP = 30


def read(picture, sheet):
    """The edges that the lines show. A text within a line is read as a stretch of it."""
    for edge in picture.edges:
        within = f" {', '.join(map(str, edge.labels))} "
        sheet = re.sub(f"(?<=[─┼]){re.escape(within)}(?=[─▶┼])", "─" * len(within), sheet)
    return Reader(sheet, [state.name for state in picture.states]).edges()


def check(picture, sheet):
    """All that the picture shows is in the sheet."""
    assert read(picture, sheet) == sorted((edge.source, edge.target) for edge in picture.edges)
    for edge in picture.edges:
        for label in edge.labels:
            parts = [label.event, *re.findall(r"\S+", label.guard or "")]
            assert str(label) in sheet or all(part in sheet for part in parts), label
    for group in picture.groups:
        assert f" {group.name} " in sheet


@ROADS
@pytest.mark.parametrize("name", DRAWN)
def test_its_lines_lead_from_each_state_to_those_that_its_edges_lead_to(name, vertical):
    picture = state_graph(drawn(name))
    check(picture, drawn_along(picture, WRAP, vertical=vertical).show(unicode=True))


@ROADS
def test_so_they_do_in_machines_that_nobody_would_design(vertical):
    found = 0
    for seed in range(20):
        picture = state_graph(tangle(seed))
        sheet = drawn_along(picture, WRAP, vertical=vertical)
        # In a row a label may find no room; in a column there is always some.
        assert sheet or not vertical
        if sheet:
            check(picture, sheet.show(unicode=True))
            found += 1
    assert found > 5


@pytest.mark.parametrize("name", DRAWN)
def test_it_fits_a_hundred_columns_and_says_what_it_shows(name):
    text = render(drawn(name), "text")
    assert max(map(len, text.splitlines())) <= 100
    assert text.startswith(f"{drawn(name).title}\n\n")
    check(state_graph(drawn(name)), text)


def test_the_road_runs_to_the_right_where_that_fits_and_down_where_not():
    picture = state_graph(drawn("job"))
    wide = plain_text(picture, width=140).splitlines()
    high = plain_text(picture, width=80).splitlines()
    assert any("│ NEW ├" in line and "║ INACTIVE ║" in line for line in wide)
    assert max(map(len, high)) <= 80
    assert len(high) > len(wide)


def test_what_fits_neither_way_is_told_as_a_list():
    text = plain_text(state_graph(drawn("job")), width=44)
    assert max(map(len, text.splitlines())) <= 44
    assert "\nSCHED\n  urgency, jobspec-update, flux-restart →\n      PRIORITY\n" in text
    assert "\n  exception [severity == 0] → CLEANUP\n" in text
    assert "NEW (initial)\n" in text
    assert "\nRUNNING: RUN, CLEANUP\n" in text


def test_the_final_state_has_a_double_border_and_a_removed_log_a_broken_one():
    text = render(drawn("job"), "text")
    assert "║ INACTIVE ║" in text
    assert "╎ REMOVED ╎" in text


def test_detours_are_broken_lines_and_no_other_edge_is():
    text = render(drawn("exec"), "text")
    assert text.count("complete") == 2
    assert "╌" in text
    machine = drawn("turnstile")
    kept = [row for row in machine.transitions if row.event != "retire" or row.source != "Locked"]
    assert not set("╌╎") & set(render(machine._replace(transitions=tuple(kept)), "text"))


@pytest.mark.parametrize("width", [40, 100, 200])
def test_a_terminal_that_knows_ascii_only_gets_the_same_drawing(width):
    layout = lay_out(state_graph(drawn("job")))
    plain = text_form(layout, "text", Options(width=width, unicode=False))
    full = text_form(layout, "text", Options(width=width))
    assert plain.isascii()
    words = re.compile(r"[A-Za-z]{2,}")
    assert words.findall(plain) == words.findall(full)
    if width > 40:
        assert len(plain.splitlines()) == len(full.splitlines())


def test_a_label_keeps_its_marks_where_its_guard_stands_on_lines_of_its_own():
    toy = machine(("A", "B"), [("A", "a-rather-long-event", "B", FATAL.body)])
    picture = state_graph(toy)
    (edge,) = picture.edges
    label = edge.labels[0]._replace(before="2:", after="×3")
    marked = picture._replace(edges=(edge._replace(labels=(label,)),))
    sheet = drawn_along(marked, WRAP, vertical=False).show(unicode=True)
    assert "2: a-rather-long-event" in sheet
    assert "[level == 0] ×3" in sheet
    assert str(label) not in sheet

"""Where everything lies: straight, apart, and readable."""

import json
from itertools import pairwise

import pytest

from diagrams.measures import faults, overlaps, points, texts, within
from diagrams.toys import DRAWN, drawn, machine, tangle
from flux_conform.diagrams import lay_out, state_graph, style
from flux_conform.diagrams.dot import dot_source
from flux_conform.diagrams.engine import drawn as drawn_by
from flux_conform.diagrams.geometry import Box, Point, rounded
from flux_conform.diagrams.graph import BACK, BRANCH, DETOUR, FINAL, MAIN
from flux_conform.diagrams.metrics import text_width

EACH = pytest.mark.parametrize("name", DRAWN)


def layout_of(name):
    return lay_out(state_graph(drawn(name)))


def box_of(layout, name):
    return next(each.box for each in layout.states if each.state.name == name)


@EACH
def test_the_main_road_is_one_straight_line_from_left_to_right(name):
    layout = layout_of(name)
    road = [box_of(layout, state) for state in layout.picture.road]
    assert {box.center.y for box in road} == {0.0}
    assert all(a.right < b.left for a, b in pairwise(road))
    main = [each for each in layout.edges if each.edge.role == "main"]
    assert {point.y for each in main for point in each.way} == {0.0}
    assert {point.y for point in layout.start_way} == {0.0}


@EACH
def test_detours_lie_below_the_road_and_what_leads_back_above_it(name):
    layout = layout_of(name)
    lowest = min(each.box.bottom for each in layout.states if each.box.bottom <= 0)
    sides = {
        role: [
            point.y
            for each in layout.edges
            if each.edge.role == role
            for point in (*each.way, *([each.label.box.center] if each.label else []))
        ]
        for role in (DETOUR, BACK, BRANCH)
    }
    assert sides[DETOUR]
    assert max(sides[DETOUR]) < 0
    assert min(sides[DETOUR]) < lowest
    assert all(y > 0 for role in (BACK, BRANCH) for y in sides[role])


@EACH
def test_no_label_lies_on_another_on_a_state_or_on_an_edge(name):
    assert faults(layout_of(name)) == []


@pytest.mark.parametrize("seed", range(60))
def test_nothing_lies_on_anything_however_tangled_the_machine(seed):
    assert faults(lay_out(state_graph(tangle(seed)))) == []


@EACH
def test_the_texts_that_the_engine_draws_do_not_overlap_by_its_own_measure(name):
    document = json.loads(drawn_by(dot_source(layout_of(name)), "json"))
    things = [*document["objects"], *document["edges"]]
    boxes = []
    for thing in things:
        size = 0.0
        for step in thing.get("_ldraw_", []):
            size = step.get("size", size)
            if step["op"] == "T":
                (x, y), width = step["pt"], step["width"]
                # A baseline: 0.22 of the size goes below it, 0.74 above.
                box = Box(x - width / 2, y - size * 0.22, x + width / 2, y + size * 0.74)
                boxes.append((step["text"], box))
    assert len(boxes) >= len(things) / 2
    for place, (text, box) in enumerate(boxes):
        assert [other for other, b in boxes[place + 1 :] if overlaps(box, b)] == [], text


def test_type_is_no_smaller_than_6_5_points_when_the_picture_of_a_job_is_as_wide_as_a_page():
    layout = layout_of("job")
    left = layout.start.x - style.START_RADIUS - style.MARGIN
    right = max(each.box.right for each in layout.states) + style.MARGIN
    scale = min(1.0, style.PAGE_WIDTH / (right - left))
    assert style.FONT_SIZE * scale >= 6.5


def test_edges_that_share_label_and_target_run_on_one_rail_with_one_label():
    layout = layout_of("job")
    detours = [each for each in layout.edges if each.edge.role == DETOUR]
    assert len(detours) == 5
    assert [each.edge.source for each in detours if each.label] == ["NEW"]
    assert [each.edge.source for each in detours if each.tip] == ["NEW"]
    assert {min(point.y for point in each.way) for each in detours} == {detours[0].way[5].y}


def test_edges_that_come_from_both_sides_have_a_rail_on_each():
    moves = [("A", "x", "B"), ("B", "x", "C"), ("C", "x", "D"), ("D", "x", "E")]
    moves += [(source, "drop", "X") for source in "ABDE"]
    layout = lay_out(state_graph(machine("ABCDEX", moves, final="E", removed="X")))
    assert [each.edge.source for each in layout.edges if each.edge.target == "X" and each.tip] == [
        "A",
        "E",
    ]
    assert faults(layout) == []


def test_what_leads_away_from_the_road_runs_beyond_what_leads_back_along_it():
    moves = [("A", "x", "B"), ("B", "x", "C"), ("C", "x", "D")]
    moves += [("D", "again", "A"), ("B", "drop", "X"), ("C", "drop", "X"), ("X", "mend", "A")]
    layout = lay_out(state_graph(machine("ABCDX", moves, final="D")))
    heights = {
        role: [max(p.y for p in each.way[:6]) for each in layout.edges if each.edge.role == role]
        for role in (BACK, BRANCH)
    }
    assert max(heights[BACK]) < min(heights[BRANCH])


def test_of_two_edges_that_leave_a_state_the_longer_goes_around_the_shorter():
    layout = layout_of("exec")
    ways = {
        each.edge.target: each.way
        for each in layout.edges
        if each.edge.source == "INIT" and each.edge.role == DETOUR
    }
    assert ways["DONE"][0].x < ways["COMPLETE"][0].x
    assert min(p.y for p in ways["DONE"]) < min(p.y for p in ways["COMPLETE"])


def test_edges_that_meet_a_state_on_one_side_keep_their_distance():
    moves = [("A", "x", "B"), ("B", "x", "C")]
    moves += [("C", f"again{number}", "A") for number in range(9)]
    moves += [("B", f"jump{number}", "A") for number in range(3)]
    picture = state_graph(machine("ABC", moves))
    # Many edges between the same two states do not occur in a picture, so they are made here.
    split = [edge._replace(labels=(label,)) for edge in picture.edges for label in edge.labels]
    layout = lay_out(picture._replace(edges=tuple(split)))
    arrivals = sorted(each.tip.x for each in layout.edges if each.edge.target == "A")
    assert len(arrivals) == 12
    assert min(b - a for a, b in pairwise(arrivals)) >= style.PORT - 1e-6


def test_rails_run_below_groups_however_deep_these_are_nested():
    groups = {f"G{depth}": tuple("ABCD") for depth in range(5)}
    moves = [("A", "x", "B"), ("B", "x", "C"), ("C", "x", "D")]
    moves += [("A", "jump", "D"), ("D", "again", "A")]
    layout = lay_out(state_graph(machine("ABCD", moves, groups)))
    detour, back = (
        next(each for each in layout.edges if each.edge.role == role) for role in (DETOUR, BACK)
    )
    assert min(p.y for p in detour.way) < min(group.box.bottom for group in layout.groups)
    assert max(p.y for p in back.way) > max(group.box.top for group in layout.groups)


@EACH
def test_a_name_keeps_its_margin_to_the_border_of_its_state(name):
    for each in layout_of(name).states:
        borders = 2 * style.DOUBLE_BORDER if each.state.role == FINAL else 0
        text = text_width(each.state.name, style.FONT_SIZE, bold=True)
        assert each.box.width >= text + borders + 2 * style.STATE_MARGIN - 1e-6


@EACH
def test_labels_on_the_road_clear_its_arrow_heads(name):
    half_head = 0.35 * style.ARROW + style.LINES[MAIN].width / 2
    for each in layout_of(name).edges:
        if each.edge.role == MAIN:
            assert each.label.box.bottom > half_head


def test_edges_with_other_labels_have_rails_and_labels_of_their_own():
    moves = [("A", "x", "B"), ("B", "x", "C"), ("C", "x", "D")]
    moves += [("A", "jump", "D"), ("B", "leap", "D")]
    layout = lay_out(state_graph(machine("ABCD", moves)))
    rails = {each.label.lines for each in layout.edges if each.edge.role == DETOUR}
    assert rails == {("jump",), ("leap",)}


@EACH
def test_a_group_holds_its_states_its_name_and_no_other_state(name):
    layout = layout_of(name)
    for placed in layout.groups:
        assert within(placed.name.box, placed.box)
        for state in layout.states:
            inside = state.state.name in placed.group.members
            assert within(state.box, placed.box) == inside
            assert overlaps(state.box, placed.box) == inside


def test_groups_lie_within_groups_that_hold_them():
    active, pending, running = (each.box for each in layout_of("job").groups)
    assert within(pending, active)
    assert within(running, active)
    assert not overlaps(pending, running)


def test_a_group_is_wide_enough_for_its_name():
    toy = machine("AB", [("A", "x", "B")], {"A RATHER LONG NAME": ("A",)})
    (group,) = lay_out(state_graph(toy)).groups
    assert within(group.name.box, group.box)


def test_a_long_guard_stands_below_its_event():
    layout = layout_of("job")
    label = state_graph(drawn("job")).edges[1].labels[0]
    long = label._replace(guard="severity == 0 and not seen(exception)")
    edges = tuple(
        edge._replace(labels=(long,)) if edge.labels == (label,) else edge
        for edge in layout.picture.edges
    )
    lines = [
        each.label.lines
        for each in lay_out(layout.picture._replace(edges=edges)).edges
        if each.label and each.edge.role == DETOUR
    ]
    assert lines == [("exception", "[severity == 0 and not", "seen(exception)]")]


@pytest.mark.parametrize("text", ["jobspec-update", "exception [severity == 0]", "AZ az 09 @#~{|}"])
def test_the_width_of_a_text_is_what_the_engine_measures(text):
    node = f'digraph {{ a [shape=plain, fontname=Helvetica, fontsize=100, label="{text}"] }}'
    plain = drawn_by(node, "plain").splitlines()[1].split()
    assert text_width(text, 100) / 72 == pytest.approx(float(plain[4]), rel=1e-3)


def test_a_character_beyond_the_table_is_given_more_room_than_most_letters():
    assert text_width("é", 1) > text_width("e", 1)
    assert text_width("漢", 1) == 1.0
    assert text_width("e\u0301", 1) == text_width("e", 1)


def test_a_rounded_way_keeps_its_ends_and_leaves_out_what_is_no_bend():
    a, b, c, d = Point(0, 0), Point(5, 0), Point(20, 0), Point(20, 20)
    assert rounded((a, b, c, d), 4) == rounded((a, c, d), 4)
    way = rounded((a, c, d), 4)
    assert (way[0], way[-1]) == (a, d)
    assert Point(20, 0) not in way
    assert (len(way) - 1) % 3 == 0


def test_a_bend_is_a_quarter_of_a_circle():
    center = Point(16, 4)
    way = rounded((Point(0, 0), Point(20, 0), Point(20, 20)), 4)
    bend = [p for p in points(way) if p.x >= 16 and p.y <= 4]
    assert len(bend) > 8
    assert all(p.distance(center) == pytest.approx(4, rel=1e-3) for p in bend)


def test_two_bends_near_each_other_share_the_way_between_them():
    way = points(rounded((Point(0, 0), Point(20, 0), Point(20, 6), Point(40, 6)), 6))
    assert all(a.x <= b.x + 1e-6 and a.y <= b.y + 1e-6 for a, b in pairwise(way))


def test_the_same_picture_is_laid_out_the_same():
    assert layout_of("job") == layout_of("job")


def test_the_measure_of_overlaps_sees_them():
    layout = layout_of("job")
    name, box = next(texts(layout))
    shifted = layout._replace(
        states=tuple(
            each._replace(box=box) if each.state.name == "RUN" else each for each in layout.states
        )
    )
    assert any(name in fault for fault in faults(shifted))

"""The neutral picture: what there is to draw."""

import pytest

from diagrams.toys import DRAWN, FATAL, drawn, machine
from flux_conform.diagrams.graph import (
    BACK,
    BRANCH,
    DETOUR,
    FINAL,
    INITIAL,
    MAIN,
    REMOVED,
    Label,
    UnknownGeneration,
    state_graph,
)
from flux_conform.diagrams.road import main_road
from flux_conform.language import load
from flux_conform.language.expressions import Expression, Key
from flux_conform.language.specification import MOVES, Variable
from flux_conform.language.types import Integer

GENERATIONS = [(name, generation.name) for name in DRAWN for generation in drawn(name).generations]


def roles(picture):
    return {(edge.source, edge.target): edge.role for edge in picture.edges}


def events(picture, source, target):
    return [
        str(label)
        for edge in picture.edges
        if (edge.source, edge.target) == (source, target)
        for label in edge.labels
    ]


@pytest.mark.parametrize(("name", "generation"), GENERATIONS)
def test_every_moving_transition_is_on_exactly_one_edge_and_nothing_else_is(name, generation):
    specification = drawn(name)
    picture = state_graph(specification, generation)
    pictured = [(e.source, x.event, e.target) for e in picture.edges for x in e.labels]
    meant = [
        (row.source, row.event, row.target)
        for row in specification.transitions
        if row.outcome == MOVES and row.generation in (None, generation)
    ]
    assert sorted(pictured) == sorted(meant)


def test_a_transition_of_another_generation_is_not_drawn():
    job = load("job")
    assert events(state_graph(job), "NEW", "DEPEND") == ["validate"]
    assert events(state_graph(job, "v0"), "NEW", "DEPEND") == ["submit", "validate"]


def test_an_unknown_generation_is_an_error_that_names_the_known_ones():
    with pytest.raises(UnknownGeneration, match=r'"v9"; the known ones are v1, v0'):
        state_graph(load("job"), "v9")


def test_the_road_of_a_job_leads_through_all_its_states():
    picture = state_graph(load("job"))
    assert picture.road == ("NEW", "DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP", "INACTIVE")
    assert picture.start == "NEW"


def test_the_road_is_the_longest_way_even_where_a_shorter_one_stands_first():
    moves = [("A", "skip", "C"), ("A", "x", "B"), ("B", "x", "C"), ("C", "x", "B"), ("C", "x", "D")]
    assert state_graph(machine("ABCD", moves)).road == tuple("ABCD")


def test_of_two_roads_of_equal_length_the_first_by_the_order_of_states_is_taken():
    moves = [("A", "x", "C"), ("C", "x", "D"), ("A", "x", "B"), ("B", "x", "D")]
    assert state_graph(machine("ABCD", moves)).road == tuple("ABD")


def test_the_road_takes_no_longer_way_that_misses_the_final_state():
    moves = [("A", "x", "D"), ("A", "x", "B"), ("B", "x", "C")]
    assert state_graph(machine("ABCD", moves)).road == tuple("AD")


def test_a_machine_whose_final_state_cannot_be_reached_still_has_a_road():
    assert state_graph(machine("ABC", [("A", "x", "B")])).road == tuple("AB")
    assert state_graph(machine("AB", [("A", "x", "B")], final=None)).road == tuple("AB")


def test_the_road_never_ends_in_a_removed_log():
    moves = [("A", "x", "B"), ("B", "drop", "X")]
    picture = state_graph(machine("ABX", moves, final=None, removed="X"))
    assert picture.road == tuple("AB")
    assert roles(picture)["B", "X"] == BRANCH


def test_a_dense_machine_has_its_road_at_once():
    names = [f"s{i}" for i in range(24)]
    each = {name: [other for other in names if other != name] for name in names}
    assert len(main_road("s0", "s23", each)) == 24


def test_edges_are_told_apart_by_how_they_lie_to_the_road():
    found = roles(state_graph(load("job")))
    assert found["NEW", "DEPEND"] == MAIN
    assert found["SCHED", "PRIORITY"] == BACK
    assert found["DEPEND", "CLEANUP"] == DETOUR
    assert found["NEW", "REMOVED"] == BRANCH


def test_a_transition_that_stays_in_its_state_but_moves_counts_as_leading_back():
    moves = [("A", "x", "B"), ("A", "again", "A")]
    assert roles(state_graph(machine("AB", moves)))["A", "A"] == BACK


def test_what_skips_states_elsewhere_is_a_detour_from_the_last_of_them_too():
    picture = state_graph(load("job"))
    run = [edge for edge in picture.edges if (edge.source, edge.target) == ("RUN", "CLEANUP")]
    assert [(edge.role, [label.event for label in edge.labels]) for edge in run] == [
        (MAIN, ["finish"]),
        (DETOUR, ["exception"]),
    ]


def test_the_road_keeps_its_only_event_though_it_skips_states_elsewhere():
    picture = state_graph(load("exec"))
    assert roles(picture)["COMPLETE", "DONE"] == MAIN
    assert roles(picture)["STARTING", "DONE"] == DETOUR


@pytest.mark.parametrize("name", DRAWN)
def test_each_step_of_the_road_is_one_main_edge(name):
    picture = state_graph(drawn(name))
    steps = [(edge.source, edge.target) for edge in picture.edges if edge.role == MAIN]
    assert sorted(steps) == sorted(zip(picture.road, picture.road[1:], strict=False))


def test_several_events_between_two_states_share_an_edge():
    picture = state_graph(load("job"))
    assert [edge.labels for edge in picture.edges if edge.role == BACK] == [
        (Label("urgency"), Label("jobspec-update"), Label("flux-restart"))
    ]


def test_a_guard_stands_in_brackets_with_definitions_put_in():
    moves = [("A", "stop", "B", FATAL.body)]
    assert events(state_graph(machine("AB", moves)), "A", "B") == ["stop [level == 0]"]


def test_a_key_keeps_its_dot_where_a_variable_has_its_name():
    toy = machine("AB", [("A", "stop", "B", Expression(".level", Key("level")))])
    toy = toy._replace(variables=(Variable("level", Integer(), ""),))
    assert events(state_graph(toy), "A", "B") == ["stop [.level]"]


def test_states_have_their_roles():
    picture = state_graph(load("job"))
    special = {state.name: state.role for state in picture.states if state.role != "plain"}
    assert special == {"NEW": INITIAL, "INACTIVE": FINAL, "REMOVED": REMOVED}


def test_a_removed_log_is_drawn_only_where_something_leads_there():
    toy = machine("ABX", [("A", "x", "B")], final="B", removed="X")
    assert [state.name for state in state_graph(toy).states] == ["A", "B"]


def test_virtual_states_become_nested_groups_the_widest_first():
    groups = state_graph(load("job")).groups
    assert [(group.name, group.height) for group in groups] == [
        ("ACTIVE", 1),
        ("PENDING", 0),
        ("RUNNING", 0),
    ]


CHAIN = [("A", "x", "B"), ("B", "x", "C"), ("C", "x", "D")]


@pytest.mark.parametrize(
    ("groups", "kept"),
    [
        ({"G": ("A", "B"), "H": ("B", "C")}, ["G"]),
        ({"G": ("A", "C")}, []),
        ({"G": ("A", "E")}, []),
        ({"G": ("B",), "H": ("A", "B", "C")}, ["H", "G"]),
        ({"G": ("A", "B"), "H": ("A", "B")}, ["G", "H"]),
    ],
    ids=["cutting across", "with a gap", "beside the road", "nested", "equal"],
)
def test_a_group_is_drawn_where_it_is_a_stretch_of_the_road_and_cuts_across_no_other(groups, kept):
    moves = [*CHAIN, ("A", "y", "E")]
    picture = state_graph(machine("ABCDE", moves, groups, final="D"))
    assert [group.name for group in picture.groups] == kept

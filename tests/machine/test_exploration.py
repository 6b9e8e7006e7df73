"""Breadth-first search, forwards and backwards, over a graph of a few nodes."""

from typing import NamedTuple

from flux_conform.machine.exploration import (
    Exploration,
    by_target,
    forward,
    path_from,
    path_to,
    towards,
)

ROADS = {"a": "bc", "b": "d", "c": "de", "d": "a", "e": ""}


class Road(NamedTuple):
    source: int
    target: int


EDGES = [
    [Road(0, 1), Road(0, 2)],
    [Road(1, 3)],
    [Road(2, 3), Road(2, 4)],
    [Road(3, 0)],
    [],
]


def explored(limit: float = float("inf")) -> Exploration[str, str]:
    exploration: Exploration[str, str] = Exploration("a")
    for number in exploration.pending(limit):
        for name in ROADS[exploration.nodes[number]]:
            exploration.add(name, number, f"to {name}")
    return exploration


def anywhere(road: Road) -> bool:
    return True


def test_nodes_have_numbers_in_the_order_met() -> None:
    assert explored().nodes == ["a", "b", "c", "d", "e"]


def test_the_path_to_a_node_is_a_shortest() -> None:
    exploration = explored()
    path = exploration.path(exploration.numbers["e"])
    assert [edge.label for edge in path] == ["to c", "to e"]
    assert exploration.path(0) == []


def test_an_exploration_that_reached_its_limit_goes_on_from_there() -> None:
    exploration = explored(limit=1)
    assert (exploration.left, exploration.nodes) == (1, ["a", "b", "c"])
    assert list(exploration.pending(2)) == [1]
    assert list(exploration.pending()) == [2]


def test_forward_finds_what_can_be_reached_the_nearest_first() -> None:
    last = forward([0], EDGES.__getitem__, anywhere)
    assert list(last) == [0, 1, 2, 3, 4]
    assert path_to(last, 3) == [Road(0, 1), Road(1, 3)]
    assert path_to(last, 0) == []


def test_towards_finds_from_where_a_goal_can_be_reached() -> None:
    first = towards([4], by_target(road for roads in EDGES for road in roads), anywhere)
    assert list(first) == [4, 2, 0, 3, 1]
    assert path_from(first, 3) == [Road(3, 0), Road(0, 2), Road(2, 4)]


def test_only_admitted_edges_are_taken() -> None:
    last = forward([0], EDGES.__getitem__, lambda road: road.target != 1)
    assert list(last) == [0, 2, 3, 4]
    into = by_target(road for roads in EDGES for road in roads)
    assert list(towards([4], into, lambda road: road.source != 0)) == [4, 2]

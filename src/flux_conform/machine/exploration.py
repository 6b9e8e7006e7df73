"""Breadth-first search: of a graph that is found while it is searched, and over one that is known.

Nodes have numbers, in the order met. Both searches keep the edge by which a node was met first,
so the way to a node is always one of the shortest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from flux_conform.machine.deadline import hurry

_Node = TypeVar("_Node", bound=Hashable)
_Label = TypeVar("_Label")


class Arc(Protocol):
    """An edge between two numbered nodes."""

    @property
    def source(self) -> int:
        """The node that it leaves."""

    @property
    def target(self) -> int:
        """The node that it leads to."""


_Arc = TypeVar("_Arc", bound=Arc)
Admits: TypeAlias = Callable[[_Arc], bool]
"""Which edges may be taken."""


class Met(NamedTuple, Generic[_Label]):
    """The edge by which a node was met first."""

    source: int
    target: int
    label: _Label


class Exploration(Generic[_Node, _Label]):
    """A graph that is found from a start on, with the label of the edge that met each node.

    Whoever explores asks `pending` for the next node to leave, and adds what its edges lead to.
    """

    def __init__(self, start: _Node) -> None:
        self.nodes = [start]
        self.numbers = {start: 0}
        self.left = 0
        """How many nodes were left, which are the first ones."""
        self._met: dict[int, Met[_Label] | None] = {0: None}

    def pending(self, limit: float = float("inf")) -> Iterator[int]:
        """The nodes to leave next, until none is pending or so many were left.

        Raises OutOfTime.
        """
        while self.left < min(limit, len(self.nodes)):
            if self.left % 256 == 0:
                hurry()
            yield self.left
            self.left += 1

    def add(self, node: _Node, source: int, label: _Label) -> int:
        """The number of a node that an edge leads to; one that is new gets the next."""
        number = self.numbers.setdefault(node, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(node)
            self._met[number] = Met(source, number, label)
        return number

    def path(self, number: int) -> list[Met[_Label]]:
        """The edges of a shortest way to a node."""
        return path_to(self._met, number)


def forward(
    starts: Iterable[int], edges: Callable[[int], Iterable[_Arc]], admits: Admits[_Arc]
) -> dict[int, _Arc | None]:
    """The nodes that can be reached, the nearest first; each with the last edge of its way.

    None for a start. `edges` gives those that leave a node.
    """
    return _spread(starts, edges, attrgetter("target"), admits)


def towards(
    goals: Iterable[int], into: Mapping[int, Iterable[_Arc]], admits: Admits[_Arc]
) -> dict[int, _Arc | None]:
    """The nodes from which a goal can be reached, the nearest first; each with its first edge.

    None for a goal. `into` are the edges by the node that they lead to.
    """
    return _spread(goals, lambda node: into.get(node, ()), attrgetter("source"), admits)


def _spread(
    starts: Iterable[int],
    edges: Callable[[int], Iterable[_Arc]],
    end: Callable[[_Arc], int],
    admits: Admits[_Arc],
) -> dict[int, _Arc | None]:
    found: dict[int, _Arc | None] = dict.fromkeys(starts)
    ahead = list(found)
    for node in ahead:
        for edge in edges(node):
            other = end(edge)
            if other not in found and admits(edge):
                found[other] = edge
                ahead.append(other)
    return found


def by_target(edges: Iterable[_Arc]) -> dict[int, list[_Arc]]:
    """Edges by the node that they lead to."""
    into: defaultdict[int, list[_Arc]] = defaultdict(list)
    for edge in edges:
        into[edge.target].append(edge)
    return into


def path_to(last: Mapping[int, _Arc | None], node: int) -> list[_Arc]:
    """The way to a node, as `forward` found it."""
    found = []
    while (edge := last[node]) is not None:
        found.append(edge)
        node = edge.source
    return found[::-1]


def path_from(first: Mapping[int, _Arc | None], node: int) -> list[_Arc]:
    """The way from a node, as `towards` found it."""
    found = []
    while (edge := first[node]) is not None:
        found.append(edge)
        node = edge.target
    return found

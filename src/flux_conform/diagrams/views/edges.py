"""The moves that labels of edges represent, and edges with marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flux_conform.diagrams.graph import Edge, Label, Picture, guard_text
from flux_conform.language.specification import Specification, Transition


class Move(NamedTuple):
    """What a label of an edge represents."""

    source: str
    target: str
    event: str
    guard: str | None


def move_of(specification: Specification, row: Transition) -> Move:
    """The label that a transition has in a picture of its specification."""
    guard = None if row.when is None else guard_text(specification, row.when)
    return Move(row.source, row.target or "", row.event, guard)


def moves_of(edge: Edge) -> list[Move]:
    """The moves that the labels of an edge represent."""
    return [Move(edge.source, edge.target, label.event, label.guard) for label in edge.labels]


def marked(picture: Picture, mark: Callable[[Move, Label], Label], mixed: str) -> tuple[Edge, ...]:
    """The picture's edges with each label as `mark` makes it.

    An edge has the look that all its labels have; where they differ, the look `mixed`.
    """
    edges = []
    for edge in picture.edges:
        labels = tuple(map(mark, moves_of(edge), edge.labels))
        looks = {label.look for label in labels}
        edges.append(edge._replace(labels=labels, look=looks.pop() if len(looks) == 1 else mixed))
    return tuple(edges)


def counted(count: int) -> str:
    """A number of times, as written after what was counted."""
    return f"\N{MULTIPLICATION SIGN}{count:,}"

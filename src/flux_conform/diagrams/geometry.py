"""Points, boxes and Bézier paths. Lengths are in points, y grows upwards."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple


class Point(NamedTuple):
    """A point in the picture."""

    x: float
    y: float

    def distance(self, other: Point) -> float:
        """The distance to another point."""
        return hypot(other.x - self.x, other.y - self.y)

    def towards(self, other: Point, length: float) -> Point:
        """The point at distance `length` from here on the straight line to another point."""
        distance = self.distance(other)
        part = length / distance if distance else 0.0
        return Point(self.x + (other.x - self.x) * part, self.y + (other.y - self.y) * part)


class Box(NamedTuple):
    """An upright rectangle."""

    left: float
    bottom: float
    right: float
    top: float

    @classmethod
    def around(cls, center: Point, width: float, height: float) -> Box:
        """The box of that size around a point."""
        x, y = center
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def center(self) -> Point:
        """The middle."""
        return Point((self.left + self.right) / 2, (self.bottom + self.top) / 2)

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom


def rounded(corners: Sequence[Point], radius: float) -> tuple[Point, ...]:
    """The path through these corners as cubic Bézier curves, with rounded bends.

    Returns the control points: the first, and three more for each curve.
    """
    stops = list(corners)
    for place in reversed(range(1, len(stops) - 1)):
        if _is_no_bend(*stops[place - 1 : place + 2]):
            del stops[place]
    way = [stops[0]]
    for place in range(1, len(stops) - 1):
        before, corner, after = stops[place - 1 : place + 2]
        # Two bends share the segment between them.
        reach = min(
            radius,
            before.distance(corner) / (1 if place == 1 else 2),
            corner.distance(after) / (1 if place == len(stops) - 2 else 2),
        )
        leaves = corner.towards(after, reach)
        _straight(way, corner.towards(before, reach))
        # 0.5523 makes a cubic curve a quarter of a circle.
        way.append(way[-1].towards(corner, reach * 0.5523))
        way.append(leaves.towards(corner, reach * 0.5523))
        way.append(leaves)
    _straight(way, stops[-1])
    return tuple(way)


def _is_no_bend(before: Point, corner: Point, after: Point) -> bool:
    cross = (corner.x - before.x) * (after.y - corner.y) - (corner.y - before.y) * (
        after.x - corner.x
    )
    return abs(cross) < 1e-6


def _straight(way: list[Point], end: Point) -> None:
    start = way[-1]
    distance = start.distance(end)
    if distance > 1e-6:
        way += (start.towards(end, distance / 3), start.towards(end, distance * 2 / 3), end)


def straight(*corners: Point) -> tuple[Point, ...]:
    """The path through these corners as cubic Bézier curves without a bend."""
    way = [corners[0]]
    for corner in corners[1:]:
        _straight(way, corner)
    return tuple(way)

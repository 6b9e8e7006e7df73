"""Points, boxes and smooth ways between points. Lengths are in points, y grows upwards."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float

    def towards(self, other: Point, length: float) -> Point:
        """The place that lies `length` from here on the straight way to another place."""
        distance = hypot(other.x - self.x, other.y - self.y)
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
        """The box of that size about a point."""
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
    """The way through these corners as cubic Bézier curves, bends rounded.

    Returns the control points: the first, and three more for each curve.
    """
    stops = [corners[0]]
    way = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        # Two bends share the way between them.
        room = min(
            hypot(corner.x - before.x, corner.y - before.y),
            hypot(after.x - corner.x, after.y - corner.y),
        )
        reach = min(radius, room / 2)
        enters, leaves = corner.towards(before, reach), corner.towards(after, reach)
        _straight(way, stops[-1], enters)
        # 0.5523 makes a cubic curve a quarter of a circle.
        way += (enters.towards(corner, reach * 0.5523), leaves.towards(corner, reach * 0.5523))
        way.append(leaves)
        stops.append(leaves)
    _straight(way, stops[-1], corners[-1])
    return tuple(way)


def _straight(way: list[Point], start: Point, end: Point) -> None:
    distance = hypot(end.x - start.x, end.y - start.y)
    if distance > 0:
        way += (start.towards(end, distance / 3), start.towards(end, distance * 2 / 3), end)


def flattened(way: Sequence[Point], steps: int = 8) -> tuple[Point, ...]:
    """Points along Bézier curves, near enough together to stand for them."""
    points = [way[0]]
    for place in range(0, len(way) - 1, 3):
        a, b, c, d = way[place : place + 4]
        for step in range(1, steps + 1):
            t = step / steps
            p, q, r, s = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            points.append(
                Point(
                    p * a.x + q * b.x + r * c.x + s * d.x, p * a.y + q * b.y + r * c.y + s * d.y
                )
            )
    return tuple(points)

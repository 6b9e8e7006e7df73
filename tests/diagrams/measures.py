"""What lies on what in a layout."""

from collections.abc import Iterator

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point
from flux_conform.diagrams.placed import Layout, PlacedEdge

TOUCH = 1e-6


def overlaps(a: Box, b: Box) -> bool:
    """Whether two boxes share more than a border."""
    return (
        a.left < b.right - TOUCH
        and b.left < a.right - TOUCH
        and a.bottom < b.top - TOUCH
        and b.bottom < a.top - TOUCH
    )


def within(inner: Box, outer: Box) -> bool:
    """Whether a box lies in another."""
    return (
        outer.left <= inner.left + TOUCH
        and inner.right <= outer.right + TOUCH
        and outer.bottom <= inner.bottom + TOUCH
        and inner.top <= outer.top + TOUCH
    )


def points(way: tuple[Point, ...]) -> list[Point]:
    """Points on Bézier curves, no more than a fraction of a line's width apart."""
    found = []
    for place in range(0, len(way) - 1, 3):
        a, b, c, d = way[place : place + 4]
        steps = max(8, int(a.distance(d) * 2))
        for t in (step / steps for step in range(steps + 1)):
            p, q, r, s = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            found.append(
                Point(
                    p * a.x + q * b.x + r * c.x + s * d.x,
                    p * a.y + q * b.y + r * c.y + s * d.y,
                )
            )
    return found


def crosses(way: tuple[Point, ...], box: Box) -> bool:
    """Whether a way leads through a box, not only along its border."""
    return any(
        box.left + TOUCH < x < box.right - TOUCH and box.bottom + TOUCH < y < box.top - TOUCH
        for x, y in points(way)
    )


def texts(layout: Layout) -> Iterator[tuple[str, Box]]:
    """Every label and group name."""
    for placed in layout.edges:
        if placed.label is not None:
            yield " / ".join(placed.label.lines), placed.label.box
    for group in layout.groups:
        yield group.group.name, group.name.box


def faults(layout: Layout) -> list[str]:
    """What a reader would stumble over: things that lie on each other."""
    found = []
    things = [*texts(layout), *((each.state.name, each.box) for each in layout.states)]
    for place, (name, box) in enumerate(things):
        found += [f"{name} on {n}" for n, b in things[place + 1 :] if overlaps(box, b)]
        found += [
            f"{each.edge.source}→{each.edge.target} through {name}"
            for each in layout.edges
            if crosses(each.way, box)
        ]
    boxes = {each.state.name: each.box for each in layout.states}
    for each in layout.edges:
        if each.tip is not None:
            if not _arrives(each, boxes[each.edge.target]):
                found.append(f"the arrow of {each.edge} does not meet its target")
        elif not any(
            _joins(each, other)
            for other in layout.edges
            if other is not each and _kind(each) == _kind(other)
        ):
            found.append(f"{each.edge} joins no edge of its kind")
    return found


def _arrives(placed: PlacedEdge, target: Box) -> bool:
    """Whether an arrow of full length stands upright on its target's border."""
    base, tip = placed.way[-1], placed.tip
    upright = {
        target.left: Point(tip.x - style.ARROW, tip.y),
        target.bottom: Point(tip.x, tip.y - style.ARROW),
        target.top: Point(tip.x, tip.y + style.ARROW),
    }
    border = tip.x if base.y == tip.y else tip.y
    return (
        within(Box(*tip, *tip), target)
        and border in upright
        and base.distance(upright[border]) < TOUCH
        # The way comes from there, too, and does not turn on the spot.
        and placed.way[-2].distance(upright[border]) < placed.way[-2].distance(tip)
    )


def _kind(placed: PlacedEdge) -> tuple[object, ...]:
    labels = tuple(label.bare for label in placed.edge.labels)
    return placed.edge.target, placed.edge.role, labels


def _joins(placed: PlacedEdge, other: PlacedEdge) -> bool:
    return min(placed.way[-1].distance(point) for point in points(other.way)) < 0.5

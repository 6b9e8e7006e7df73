"""What lies on what in a layout."""

from collections.abc import Iterator
from itertools import combinations

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


def passes(way: list[Point], box: Box) -> bool:
    """Whether a way leads through a box, not only along its border."""
    return any(
        box.left + TOUCH < x < box.right - TOUCH and box.bottom + TOUCH < y < box.top - TOUCH
        for x, y in way
    )


def around(way: list[Point]) -> Box:
    """The box that a way lies in, a little wider, so that a straight way has an inside."""
    xs, ys = zip(*way, strict=True)
    return Box(min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1)


def texts(layout: Layout) -> Iterator[tuple[str, Box]]:
    """Every label, mark and group name, and each line of free text."""
    for placed in layout.edges:
        for text in (placed.label, placed.mark):
            if text is not None:
                yield " / ".join(text.lines), text.box
    for group in layout.groups:
        yield group.group.shown, group.name.box
    for words in layout.words:
        yield words.text, words.box
    for panel in layout.panels:
        if panel.words is not None:
            yield panel.words.text, panel.box


def faults(layout: Layout) -> list[str]:
    """What a reader would stumble over: things that lie on each other."""
    found = []
    states = [(each.state.name, each.box) for each in layout.states]
    badges = [(f"badge {each.words.text}", each.box) for each in layout.badges]
    # A badge may stand in the box of a state, which has a line free for it.
    inside = [badge for badge in badges if any(within(badge[1], box) for _, box in states)]
    boxes = [*texts(layout), *states, *(badge for badge in badges if badge not in inside)]
    for those in (boxes, inside):
        found += [f"{n} on {m}" for (n, a), (m, b) in combinations(those, 2) if overlaps(a, b)]
    ways = [(f"{e.edge.source}→{e.edge.target}", points(e.way)) for e in layout.edges]
    ways += [(stroke.says or "a line", points(stroke.way)) for stroke in layout.strokes]
    for way_name, way in ways:
        near = around(way)
        found += [
            f"{way_name} through {name}"
            for name, box in boxes
            if overlaps(box, near) and passes(way, box)
        ]
    by_name = {each.state.name: each.box for each in layout.states}
    for each in layout.edges:
        if each.tip is not None:
            if not _arrives(each, by_name[each.edge.target]):
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

"""Lays out a picture: a position for everything in it.

Graphviz draws the pictures but does not lay them out. Its layouts keep neither the main road
straight nor the exceptions in one line below it, and they put labels on the borders of groups.
A row of states with rails along it is simple to lay out, and every engine and every version then
draws the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from flux_conform.diagrams import style
from flux_conform.diagrams.below import column_widths, with_below
from flux_conform.diagrams.geometry import Box, Point, rounded
from flux_conform.diagrams.graph import MAIN, Picture
from flux_conform.diagrams.legible import legible
from flux_conform.diagrams.placed import (
    Layout,
    Panel,
    PlacedEdge,
    PlacedState,
    PlacedText,
)
from flux_conform.diagrams.rails import DOWN, UP, Cramped, End, Skyline, Track, lay, sides
from flux_conform.diagrams.row import lay_groups, lay_row, state_box
from flux_conform.diagrams.scenes import lay_scenes
from flux_conform.diagrams.stubs import (
    badges,
    flags_width,
    lines_in,
    place_stub,
    state_badges,
    stub_of,
    widest,
)

# Each attempt makes room for one label, and few pictures need more than two. The limit is for
# machines so tangled that no drawing of them helps; they still get one.
_MOST_ATTEMPTS = 100


def lay_out(picture: Picture) -> Layout:
    """Positions for everything that a picture shows; the result is deterministic.

    Its texts are made legible first, so that every format can hold them.
    """
    picture = legible(picture)
    return with_below(lay_scenes(picture) if picture.scenes else _Placing(picture).layout())


class _Placing:
    """Attempts to place the states and edges of a picture; each leaves more room than the last."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.sides = sides(picture)
        self.stubs = {side: widest(rails) for side, rails in self.sides.rails.items()}
        on_road = [state for state in picture.states if state.name in picture.road]
        # All states on the road are as high as the highest.
        self.lines = max(lines_in(state.notes, state.flags) for state in on_road)
        self.wider: defaultdict[str, float] = defaultdict(float)
        self.further: defaultdict[str, float] = defaultdict(float)

    def layout(self) -> Layout:
        for attempt in range(_MOST_ATTEMPTS):
            boxes, labels = self._states()
            try:
                return self._edges(boxes, labels, tolerant=attempt == _MOST_ATTEMPTS - 1)
            except Cramped as lack:
                self._make_room(lack)
        raise AssertionError("the last attempt tolerates what lacks room")

    def _states(self) -> tuple[dict[str, Box], dict[str, PlacedText]]:
        """The boxes of all states and the labels on the road.

        The states beside the road are not yet raised.
        """
        picture = self.picture
        stub = max(self.stubs.values())
        port = max(style.PORT, stub + style.LABEL_MARGIN) if stub else style.PORT
        sizes = {}
        for state in picture.states:
            lines = self.lines
            if state.name in self.sides.beside:
                lines = lines_in(state.notes, state.flags)
            box = state_box(state, self.sides.meeting(state.name), port, lines)
            sizes[state.name] = box._replace(right=box.right + self.wider[state.name])
        boxes, labels = lay_row(picture, sizes, self.further, column_widths(picture))
        middles = [boxes[name].center.x for name in picture.road]
        free = -float("inf")
        for name in self.sides.beside:
            size = sizes[name]
            left = max(free, self.sides.along(name, middles) - size.width / 2)
            boxes[name] = Box(left, 0.0, left + size.width, size.height)
            free = boxes[name].right + style.ROAD_GAP
        return boxes, labels

    def _make_room(self, lack: Cramped) -> None:
        """Leave more room in the next attempt for a label between edges at two states."""
        road = self.picture.road
        on_road = sorted({road.index(name) for name in lack.between if name in road})
        if len(on_road) == 2:
            self.further[road[on_road[0]]] += lack.amount
            return
        for name in set(lack.between):
            # Edges are spread over a state's width, so that each gap gets only a part of it.
            self.wider[name] += lack.amount * (self.sides.meeting(name) + 1)
        if on_road and len(set(lack.between)) == 2:
            # One lies beside the road and follows its neighbours there.
            self.further[road[on_road[0]]] += lack.amount
            self.further[road[max(on_road[0] - 1, 0)]] += lack.amount

    def _edges(
        self, boxes: dict[str, Box], labels: Mapping[str, PlacedText], *, tolerant: bool
    ) -> Layout:
        """The whole layout. Raises Cramped if a label finds no room."""
        picture = self.picture
        ports = {side: self._ports(side, boxes) for side in (UP, DOWN)}
        crossing = [x for ends in ports[UP] for x in ends.values()]
        stubs = {side: style.LINE_HEIGHT if self.stubs[side] else 0.0 for side in (UP, DOWN)}
        heights = stubs[UP], stubs[DOWN]
        groups = lay_groups(picture, boxes, labels, crossing, heights, tolerant=tolerant)
        skylines = {UP: Skyline(), DOWN: Skyline()}
        on_road = [
            *(boxes[name] for name in picture.road),
            *(label.box for label in labels.values()),
            *(group.box for group in groups),
        ]
        for box in on_road:
            skylines[UP].add(box.left, box.right, box.top)
            skylines[DOWN].add(box.left, box.right, -box.bottom)
        # As high as a plain state is: the second border of the final one takes from the rise.
        rise = (style.STATE_HEIGHT + style.LINE_HEIGHT * (self.lines - 1)) / 2 + style.RAIL_RISE
        tracks = [
            track
            for side in (UP, DOWN)
            for track in lay(
                self.sides.rails[side],
                ports[side],
                picture.road,
                side,
                skylines[side],
                rise + stubs[side],
                tolerant=tolerant,
            )
        ]
        margin = style.LABEL_MARGIN
        for name in self.sides.beside:
            box = boxes[name]
            over = skylines[UP].over(box.left - margin, box.right + margin)
            bottom = over + style.RAIL_RISE + stubs[UP]
            boxes[name] = box._replace(bottom=bottom, top=bottom + box.height)
        edges = list(_main_edges(picture, boxes, labels))
        flags = [*_main_badges(edges), *state_badges(picture, boxes)]
        for track in tracks:
            for edge in _rail_edges(track, boxes):
                stub = stub_of(track.rail, edge.edge)
                mark, those = place_stub(stub, edge.way[0], edge.way[0].y < edge.way[1].y)
                edges.append(edge._replace(mark=mark))
                flags += those
        order = {edge: place for place, edge in enumerate(picture.edges)}
        tip = Point(boxes[picture.start].left, 0.0)
        start = Point(tip.x - style.START_LENGTH - style.START_RADIUS, 0.0)
        return Layout(
            picture=picture,
            states=tuple(PlacedState(state, boxes[state.name]) for state in picture.states),
            groups=groups,
            edges=tuple(sorted(edges, key=lambda placed: order[placed.edge])),
            start=start,
            start_way=_arrow_way(Point(start.x + style.START_RADIUS, 0.0), tip),
            start_tip=tip,
            badges=tuple(flags),
        )

    def _ports(self, side: int, boxes: Mapping[str, Box]) -> tuple[dict[End, float], ...]:
        """The place along the road of each rail's ends, spread over the states that they meet."""
        ports: tuple[dict[End, float], ...] = tuple({} for _ in self.sides.rails[side])
        for name, there in self.sides.ends[side].items():
            for count, (number, end) in enumerate(there, start=1):
                box = boxes[name]
                ports[number][end] = box.left + box.width * count / (len(there) + 1)
        return ports


def _main_edges(
    picture: Picture, boxes: Mapping[str, Box], labels: Mapping[str, PlacedText]
) -> Iterable[PlacedEdge]:
    steps = set(pairwise(picture.road))
    for edge in picture.edges:
        if edge.role == MAIN:
            assert (edge.source, edge.target) in steps
            start, tip = Point(boxes[edge.source].right, 0.0), Point(boxes[edge.target].left, 0.0)
            yield PlacedEdge(edge, _arrow_way(start, tip), tip, labels[edge.source])


def _main_badges(edges: Iterable[PlacedEdge]) -> Iterable[Panel]:
    """The badges of edges on the road, below them."""
    for placed in edges:
        if placed.edge.flags and placed.label is not None:
            width = flags_width(placed.edge.flags)
            middle = placed.label.box.center.x
            y = -style.ROAD_LIFT - style.BADGE / 2
            yield from badges(placed.edge.flags, Point(middle - width / 2, y))


def _rail_edges(track: Track, boxes: Mapping[str, Box]) -> Iterable[PlacedEdge]:
    """A rail's edges: the longest of the strongest look with arrow and label; others join it."""
    rail, side = track.rail, track.side

    def meets(end: End) -> Point:
        box = boxes[end.state]
        # A state beside the road lies beyond the rail and is met from below.
        toward_rail = box.top if side * track.out > box.top else box.bottom
        return Point(track.ports[end], toward_rail)

    tip = meets(End(rail.target, True))
    last_turn = Point(tip.x, side * track.out)
    turns = {
        edge: last_turn._replace(x=track.ports[End(edge.source, False)]) for edge in rail.edges
    }
    lengths = {edge: turn.distance(last_turn) for edge, turn in turns.items()}
    strength = {look: place for place, look in enumerate(style.STRENGTH)}
    ranked = sorted(rail.edges, key=lambda edge: (strength[edge.look], lengths[edge]))
    # States beside the road may have been pushed past the target: then it is met from two sides.
    carriers = {turns[edge].x < tip.x: edge for edge in ranked}
    longest = {turns[edge].x < tip.x: edge for edge in sorted(rail.edges, key=lengths.__getitem__)}
    for edge in rail.edges:
        start, turn = meets(End(edge.source, False)), turns[edge]
        carrier = carriers[turn.x < tip.x]
        # The longest of a weaker look runs on until the carrier; the others end on these two.
        until = carrier if edge is longest[turn.x < tip.x] else edge
        # Where a longer edge has not yet begun to turn in.
        join = max(0.0, min(style.CORNER, lengths[until] - style.CORNER))
        if edge is carrier or join == 0:
            label = track.label if edge is ranked[-1] else None
            yield PlacedEdge(edge, _arrow_way(start, turn, last_turn, tip), tip, label)
        else:
            end = turns[until].towards(last_turn, join)
            yield PlacedEdge(edge, rounded((start, turn, end), style.CORNER), None, None)


def _arrow_way(*corners: Point) -> tuple[Point, ...]:
    """The way of an edge up to its arrow's base, the arrow's point being the last corner."""
    *before, tip = corners
    return rounded((*before, tip.towards(before[-1], style.ARROW)), style.CORNER)

"""Where everything lies.

Graphviz draws the pictures but does not lay them out. Its layouts keep neither the main road
straight nor the exceptions in one line below it, and they put labels on the borders of groups.
States in one row with rails beside them need no more than what stands here, and every engine and
every version of it then draws the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from flux_conform.diagrams import style
from flux_conform.diagrams.below import column_widths, with_below
from flux_conform.diagrams.geometry import Box, Point, rounded
from flux_conform.diagrams.graph import DETOUR, MAIN, Picture
from flux_conform.diagrams.legible import legible
from flux_conform.diagrams.placed import (
    Layout,
    Panel,
    PlacedEdge,
    PlacedState,
    PlacedText,
    lines_of,
    looks_of,
    text_size,
)
from flux_conform.diagrams.rails import (
    Cramped,
    End,
    EndsByState,
    Rail,
    Skyline,
    Track,
    ends_by_state,
    lay,
    rails,
)
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

UP, DOWN = 1, -1

# Each attempt mends one label's lack of room, and few pictures need more than two. The limit is
# for machines so tangled that no drawing of them helps; they still get one.
_MOST_ATTEMPTS = 100


def lay_out(picture: Picture) -> Layout:
    """Places for all that a picture shows, the same ones each time.

    Its texts are made legible first, so that every form can hold them.
    """
    picture = legible(picture)
    return with_below(lay_scenes(picture) if picture.scenes else _lay_states(picture))


def _lay_states(picture: Picture) -> Layout:
    ranks = ranks_of(picture)
    sides = {
        UP: rails((e for e in picture.edges if e.role not in (MAIN, DETOUR)), ranks),
        DOWN: rails((e for e in picture.edges if e.role == DETOUR), ranks),
    }
    ends = {side: ends_by_state(those, ranks) for side, those in sides.items()}
    stub = max(map(widest, sides.values()))
    port = max(style.PORT, stub + style.LABEL_MARGIN) if stub else style.PORT
    wider: defaultdict[str, float] = defaultdict(float)
    further: defaultdict[str, float] = defaultdict(float)
    for attempt in range(_MOST_ATTEMPTS):
        boxes, labels = _place_states(picture, ranks, ends, wider, further, port)
        tolerant = attempt == _MOST_ATTEMPTS - 1
        try:
            return _place_edges(picture, sides, ends, boxes, labels, tolerant=tolerant)
        except Cramped as lack:
            _make_room(lack, picture, ends, wider, further)
    raise AssertionError("the last attempt tolerates what lacks room")


def ranks_of(picture: Picture) -> dict[str, float]:
    """How far along the road each state lies, in states; one beside it, as its neighbours do."""
    ranks = {name: float(place) for place, name in enumerate(picture.road)}
    for state in picture.states:
        if state.name not in picture.road:
            near = [
                picture.road.index(there)
                for edge in picture.edges
                for here, there in ((edge.source, edge.target), (edge.target, edge.source))
                if here == state.name and there in picture.road
            ]
            ranks[state.name] = sum(near) / len(near) if near else 0.0
    return ranks


def _place_states(
    picture: Picture,
    ranks: Mapping[str, float],
    ends: Mapping[int, EndsByState],
    wider: Mapping[str, float],
    further: Mapping[str, float],
    port: float,
) -> tuple[dict[str, Box], dict[str, PlacedText]]:
    """The boxes of all states and the labels on the road; what lies beside it is not yet raised."""
    sizes = {}
    tallest = _tallest(picture)
    for state in picture.states:
        lines = tallest if state.name in picture.road else lines_in(state.notes, state.flags)
        meeting = max(len(ends[side].get(state.name, ())) for side in (UP, DOWN))
        box = state_box(state, meeting, port, lines)
        sizes[state.name] = box._replace(right=box.right + wider.get(state.name, 0.0))
    boxes, labels = lay_row(picture, sizes, further, column_widths(picture))
    beside = [state.name for state in picture.states if state.name not in picture.road]
    free = -float("inf")
    for name in sorted(beside, key=lambda name: ranks[name]):
        size = sizes[name]
        left = max(free, _middle(ranks[name], picture.road, boxes) - size.width / 2)
        boxes[name] = Box(left, 0.0, left + size.width, size.height)
        free = boxes[name].right + style.ROAD_GAP
    return boxes, labels


def _tallest(picture: Picture) -> int:
    """The most lines in the box of a state on the road; all there are as high as that."""
    on_road = [state for state in picture.states if state.name in picture.road]
    return max(lines_in(state.notes, state.flags) for state in on_road)


def _middle(rank: float, road: Sequence[str], boxes: Mapping[str, Box]) -> float:
    """The place along the road of a rank that may lie between two states."""
    before, after = boxes[road[int(rank)]], boxes[road[min(int(rank) + 1, len(road) - 1)]]
    return before.center.x + (after.center.x - before.center.x) * (rank - int(rank))


def _make_room(
    lack: Cramped,
    picture: Picture,
    ends: Mapping[int, EndsByState],
    wider: defaultdict[str, float],
    further: defaultdict[str, float],
) -> None:
    """Note what the next attempt must leave wider for a label between edges at two states."""
    on_road = sorted({picture.road.index(name) for name in lack.between if name in picture.road})
    if len(on_road) == 2:
        further[picture.road[on_road[0]]] += lack.amount
        return
    for name in set(lack.between):
        # Edges are spread over a state's width, so that each gap gets only a part of it.
        meeting = max(len(ends[side].get(name, ())) for side in (UP, DOWN))
        wider[name] += lack.amount * (meeting + 1)
    if on_road and len(set(lack.between)) == 2:
        # One lies beside the road and follows its neighbours there.
        further[picture.road[on_road[0]]] += lack.amount
        further[picture.road[max(on_road[0] - 1, 0)]] += lack.amount


def _place_edges(
    picture: Picture,
    sides: Mapping[int, Sequence[Rail]],
    ends: Mapping[int, EndsByState],
    boxes: dict[str, Box],
    labels: Mapping[str, PlacedText],
    *,
    tolerant: bool,
) -> Layout:
    """The whole layout. Raises Cramped where a label finds no room."""
    ports = {side: _ports(sides[side], ends[side], boxes) for side in (UP, DOWN)}
    beside = [name for name in boxes if name not in picture.road]
    crossing = [x for ends_of_rail in ports[UP] for x in ends_of_rail.values()]
    stubs = {side: style.LINE_HEIGHT if widest(sides[side]) else 0.0 for side in (UP, DOWN)}
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
    plain = style.STATE_HEIGHT + style.LINE_HEIGHT * (_tallest(picture) - 1)
    tracks = {
        side: lay(
            sides[side],
            ports[side],
            beside,
            _label_size,
            skylines[side],
            plain / 2 + style.RAIL_RISE + stubs[side],
            tolerant=tolerant,
        )
        for side in (UP, DOWN)
    }
    margin = style.LABEL_MARGIN
    for name in beside:
        box = boxes[name]
        over = skylines[UP].over(box.left - margin, box.right + margin)
        bottom = over + style.RAIL_RISE + stubs[UP]
        boxes[name] = box._replace(bottom=bottom, top=bottom + box.height)
    edges = list(_main_edges(picture, boxes, labels))
    flags = [*_main_badges(edges), *state_badges(picture, boxes)]
    for side in (UP, DOWN):
        for track in tracks[side]:
            for edge in _rail_edges(track, side, boxes):
                stub = stub_of(track.rail, edge.edge)
                mark, those = place_stub(stub, edge.way[0], edge.way[0].y < edge.way[1].y)
                edges.append(edge._replace(mark=mark))
                flags += those
    order = {edge: place for place, edge in enumerate(picture.edges)}
    tip = Point(boxes[picture.start].left, 0.0)
    start = Point(tip.x - style.START_LENGTH - style.START_RADIUS, 0.0)
    edge_of_start = Point(start.x + style.START_RADIUS, 0.0)
    return Layout(
        picture=picture,
        states=tuple(PlacedState(state, boxes[state.name]) for state in picture.states),
        groups=groups,
        edges=tuple(sorted(edges, key=lambda placed: order[placed.edge])),
        start=start,
        start_way=_arrow_way(edge_of_start, tip),
        start_tip=tip,
        badges=tuple(flags),
    )


def _ports(
    rails: Sequence[Rail], ends: EndsByState, boxes: dict[str, Box]
) -> tuple[dict[End, float], ...]:
    """The place along the road of each rail's ends, spread over the states that they meet."""
    ports: tuple[dict[End, float], ...] = tuple({} for _ in rails)
    for name, there in ends.items():
        for count, (number, end) in enumerate(there, start=1):
            box = boxes[name]
            ports[number][end] = box.left + box.width * count / (len(there) + 1)
    return ports


def _label_size(rail: Rail) -> tuple[float, float]:
    return text_size(lines_of(rail.labels))


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


def _rail_edges(track: Track, side: int, boxes: Mapping[str, Box]) -> Iterable[PlacedEdge]:
    """A rail's edges: the longest of the strongest look with arrow and label; others join it."""
    rail = track.rail

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
            label = _rail_label(track, side) if edge is ranked[-1] else None
            yield PlacedEdge(edge, _arrow_way(start, turn, last_turn, tip), tip, label)
        else:
            end = turns[until].towards(last_turn, join)
            yield PlacedEdge(edge, rounded((start, turn, end), style.CORNER), None, None)


def _rail_label(track: Track, side: int) -> PlacedText:
    labels = track.rail.labels
    lines = lines_of(labels)
    width, height = text_size(lines)
    middle = Point(track.label_middle, side * (track.label_out + height / 2))
    return PlacedText(lines, Box.around(middle, width, height), looks_of(labels))


def _arrow_way(*corners: Point) -> tuple[Point, ...]:
    """The way of an edge up to its arrow's base, the arrow's point being the last corner."""
    *before, tip = corners
    return rounded((*before, tip.towards(before[-1], style.ARROW)), style.CORNER)

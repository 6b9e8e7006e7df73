"""Where everything lies: a picture with places.

Graphviz draws the pictures but does not lay them out. Its layouts keep neither the main road
straight nor the exceptions in one line below it, and they put labels on the borders of groups.
States in one row with rails beside them need no more than what stands here, and every engine and
every version of it then draws the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import NamedTuple

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point, rounded
from flux_conform.diagrams.graph import (
    DETOUR,
    FINAL,
    MAIN,
    Edge,
    Group,
    Label,
    Picture,
    PicturedState,
)
from flux_conform.diagrams.metrics import text_width
from flux_conform.diagrams.rails import (
    Cramped,
    End,
    Rail,
    Skyline,
    Track,
    ends_by_state,
    lay,
    rails,
)


class PlacedText(NamedTuple):
    """Lines of text, centred in their box."""

    lines: tuple[str, ...]
    box: Box


class PlacedState(NamedTuple):
    """A state; the box is that of its outer border."""

    state: PicturedState
    box: Box


class PlacedGroup(NamedTuple):
    """A group with its name."""

    group: Group
    box: Box
    name: PlacedText


class PlacedEdge(NamedTuple):
    """An edge as Bézier control points from its source.

    Where it has an arrow, `tip` is the arrow's point, and the way ends at the arrow's base. An
    edge without one joins the rail of another, which bears the arrow and the label of both.
    """

    edge: Edge
    way: tuple[Point, ...]
    tip: Point | None
    label: PlacedText | None


class Layout(NamedTuple):
    """A picture with places. `start` is the middle of the initial marker."""

    picture: Picture
    states: tuple[PlacedState, ...]
    groups: tuple[PlacedGroup, ...]
    edges: tuple[PlacedEdge, ...]
    start: Point
    start_way: tuple[Point, ...]
    start_tip: Point


def lay_out(picture: Picture) -> Layout:
    """Places for all that a picture shows, the same ones each time."""
    wider: Counter[str] = Counter()
    further: Counter[str] = Counter()
    while True:
        attempt = _Attempt(picture, wider, further)
        try:
            return attempt.layout()
        except Cramped as lack:
            attempt.make_room(lack)


def lines_of(labels: Iterable[Label]) -> tuple[str, ...]:
    """The lines of an edge's label: one for each event, a long one broken."""
    return tuple(
        line
        for label in labels
        for line in wrap(
            str(label), style.WRAP, break_long_words=False, break_on_hyphens=False
        )
    )


class _Attempt:
    """One try at a layout, with states made wider and gaps after them longer by so much."""

    def __init__(self, picture: Picture, wider: Counter[str], further: Counter[str]) -> None:
        self.picture = picture
        self.wider = wider
        self.further = further
        self.ranks = _ranks(picture)
        self.above = rails(
            (e for e in picture.edges if e.role not in (MAIN, DETOUR)), self.ranks
        )
        self.below = rails((e for e in picture.edges if e.role == DETOUR), self.ranks)
        self.ends_above = ends_by_state(self.above, self.ranks)
        self.ends_below = ends_by_state(self.below, self.ranks)
        self.main = {e.source: lines_of(e.labels) for e in picture.edges if e.role == MAIN}
        self.boxes = self._road()

    def make_room(self, lack: Cramped) -> None:
        """Note where the next attempt must leave more room."""
        for name, box in self.boxes.items():
            if box.left < lack.at < box.right:
                # Its edges are spread over it, so that only a part of the width comes in here.
                meeting = len(self.ends_above.get(name, ())) + len(self.ends_below.get(name, ()))
                self.wider[name] += lack.amount * (meeting + 1)
                return
        road = self.picture.road
        before = [name for name in road if self.boxes[name].right <= lack.at]
        self.further[before[-1] if before else road[0]] += lack.amount

    def layout(self) -> Layout:
        """The layout, or Cramped."""
        picture = self.picture
        roles = {state.name: state.role for state in picture.states}
        self._place_beyond()
        ports_above, ports_below = self._ports(self.above, self.ends_above), self._ports(
            self.below, self.ends_below
        )
        groups = self._groups([x for ends in ports_above for x in ends.values()])
        sky, ground = Skyline(), Skyline()
        for name in picture.road:
            box = self.boxes[name]
            sky.add(box.left, box.right, box.top)
            ground.add(box.left, box.right, -box.bottom)
        labels = self._main_labels()
        for text in labels.values():
            sky.add(text.box.left, text.box.right, text.box.top)
        for group in groups:
            sky.add(group.box.left, group.box.right, group.box.top)
            ground.add(group.box.left, group.box.right, -group.box.bottom)
        outside = set(roles) - set(picture.road)
        tracks_above = lay(self.above, ports_above, outside, _label_size, sky)
        tracks_below = lay(self.below, ports_below, outside, _label_size, ground)
        for name in self.boxes:
            if name in outside:
                box = self.boxes[name]
                gap = style.LABEL_MARGIN
                bottom = sky.over(box.left - gap, box.right + gap) + style.RAIL_GAP
                self.boxes[name] = Box(box.left, bottom, box.right, bottom + box.height)
        placed = [
            *self._main_edges(labels),
            *(edge for track in tracks_above for edge in self._rail_edges(track, 1)),
            *(edge for track in tracks_below for edge in self._rail_edges(track, -1)),
        ]
        places = {edge: place for place, edge in enumerate(picture.edges)}
        first = self.boxes[picture.start]
        tip = Point(first.left, 0.0)
        start = Point(first.left - style.START_LENGTH - style.START_RADIUS, 0.0)
        return Layout(
            picture=picture,
            states=tuple(PlacedState(s, self.boxes[s.name]) for s in picture.states),
            groups=groups,
            edges=tuple(sorted(placed, key=lambda each: places[each.edge])),
            start=start,
            start_way=_arrow((start.towards(tip, style.START_RADIUS), tip))[0],
            start_tip=tip,
        )

"""Edges beside the main road: where they meet the states, and how far out they run.

An edge leaves its state at right angles to the road, runs along it on a rail, and turns in to its
target. Edges that share label and target share a rail, so that the label stands once. One side of
the road is laid out at a time; `out` is the distance from the road to that side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point
from flux_conform.diagrams.graph import BRANCH, DETOUR, MAIN, Edge, Label, Picture
from flux_conform.diagrams.marks import AS_IS, PALE, TAKEN
from flux_conform.diagrams.placed import PlacedText, lines_of, looks_of, text_size

UP, DOWN = 1, -1
"""The sides of the road."""


class Rail(NamedTuple):
    """Edges with the same role, labels and target that come from one side of it.

    Marks make no difference; `labels` have those that all edges on it share.
    """

    role: str
    labels: tuple[Label, ...]
    target: str
    edges: tuple[Edge, ...]

    @property
    def ends(self) -> tuple[End, ...]:
        """Where the rail meets states: each source, and the target once."""
        return (*(End(edge.source, False) for edge in self.edges), End(self.target, True))


class End(NamedTuple):
    """A rail's end at a state."""

    state: str
    arrives: bool


# Labels are laid to touch the margin of an edge; that is no crossing.
_SLACK = 1e-6

EndsByState: TypeAlias = Mapping[str, Sequence[tuple[int, End]]]
"""The ends that meet each state from one side, from left to right, with their rails' numbers."""


class Sides(NamedTuple):
    """What lies on both sides of the road: UP, and DOWN, where the detours are.

    `ranks` are the positions of the states along the road, in states. `beside` are the states that
    are not on the road, from left to right.
    """

    ranks: Mapping[str, float]
    beside: Sequence[str]
    rails: Mapping[int, Sequence[Rail]]
    ends: Mapping[int, EndsByState]

    def meeting(self, state: str) -> int:
        """The number of ends that meet a state, on the side where there are more."""
        return max(len(ends.get(state, ())) for ends in self.ends.values())

    def along(self, state: str, middles: Sequence[float]) -> float:
        """The middle of a state beside the road, given the middles of those on the road."""
        place, part = divmod(self.ranks[state], 1)
        before, after = middles[int(place)], middles[min(int(place) + 1, len(middles) - 1)]
        return before + (after - before) * part


class Track(NamedTuple):
    """A rail with all its places.

    `ports` are the places of its ends along the road, and `out` is that of the rail itself, on one
    side of the road (UP or DOWN).
    """

    rail: Rail
    side: int
    ports: Mapping[End, float]
    out: float
    label: PlacedText


class Cramped(Exception):
    """A label has no room: `amount` more is needed between edges at these two states."""

    def __init__(self, between: tuple[str, str], amount: float) -> None:
        super().__init__(between, amount)
        self.between = between
        self.amount = amount


class Skyline:
    """What has been laid out so far on one side of the road."""

    def __init__(self) -> None:
        self._blocks: list[tuple[float, float, float]] = []

    def add(self, left: float, right: float, out: float) -> None:
        """All between `left` and `right` is taken, as far out as `out`."""
        self._blocks.append((left, right, out))

    def over(self, left: float, right: float) -> float:
        """How far out one must go to pass all that lies between `left` and `right`."""
        return max((out for a, b, out in self._blocks if a < right and left < b), default=0.0)


def sides(picture: Picture) -> Sides:
    """The rails of a picture and their ends, in the best order."""
    road, ranks = picture.road, _ranks(picture)
    rails = {
        UP: _rails((e for e in picture.edges if e.role not in (MAIN, DETOUR)), ranks),
        DOWN: _rails((e for e in picture.edges if e.role == DETOUR), ranks),
    }
    beside = [state.name for state in picture.states if state.name not in road]
    ends = {side: _ends_by_state(found, ranks) for side, found in rails.items()}
    return Sides(ranks, sorted(beside, key=ranks.__getitem__), rails, ends)


def _ranks(picture: Picture) -> dict[str, float]:
    """The position of each state along the road; one beside it is amid its neighbours there."""
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


def _rails(edges: Iterable[Edge], ranks: Mapping[str, float]) -> tuple[Rail, ...]:
    """The rails for some edges, the shortest first: those lie next to the road."""
    found: defaultdict[tuple[str, tuple[Label, ...], str, bool], list[Edge]] = defaultdict(list)
    for edge in edges:
        forward = ranks[edge.source] <= ranks[edge.target]
        labels = tuple(label.bare for label in edge.labels)
        found[edge.role, labels, edge.target, forward].append(edge)
    made = (
        Rail(
            role,
            _shared_labels(group),
            target,
            tuple(sorted(group, key=lambda edge: _reach(edge, ranks))),
        )
        for (role, _, target, _), group in found.items()
    )
    # What leads away from the road goes furthest out, or its way there would cross more labels.
    return tuple(
        sorted(made, key=lambda rail: (rail.role == BRANCH, _reach(rail.edges[-1], ranks)))
    )


def alike(edges: Sequence[Edge]) -> bool:
    """Whether the edges bear the same labels, marks and all."""
    return len({edge.labels for edge in edges}) == 1


def _shared_labels(edges: Sequence[Edge]) -> tuple[Label, ...]:
    """The labels of a rail, which speak for all edges on it."""
    first = edges[0].labels
    if alike(edges):
        return first
    return tuple(
        label.bare._replace(look=_common([edge.labels[place].look for edge in edges]))
        for place, label in enumerate(first)
    )


def _common(looks: Sequence[str]) -> str:
    """The look of a label whose edges have these looks."""
    if len(set(looks)) == 1:
        return looks[0]
    if TAKEN in looks:
        return TAKEN
    return AS_IS if AS_IS in looks else PALE


def _reach(edge: Edge, ranks: Mapping[str, float]) -> float:
    return abs(ranks[edge.source] - ranks[edge.target])


def _ends_by_state(rails: Sequence[Rail], ranks: Mapping[str, float]) -> EndsByState:
    """The ends of rails at each state, in the best order.

    Those that go left come first, and the longest rails, which lie furthest out, meet in the
    middle: so rails cross as little as can be.
    """
    found: defaultdict[str, list[tuple[int, float, int, End]]] = defaultdict(list)
    for number, rail in enumerate(rails):
        furthest = rail.edges[-1].source
        length = abs(ranks[furthest] - ranks[rail.target])
        for end in rail.ends:
            ahead = ranks[furthest if end.arrives else rail.target] - ranks[end.state]
            side = (ahead > 0) - (ahead < 0)
            found[end.state].append((side, -side * length, number, end))
    return {
        state: tuple((number, end) for _, _, number, end in sorted(there))
        for state, there in found.items()
    }


def crossings(
    ports: Sequence[Mapping[End, float]], number: int, road: Collection[str]
) -> list[tuple[float, str]]:
    """Where ends of rails cross the level of the rail of that number, with their states.

    They lead from the road to rails further out, or from this rail and those nearer to states
    beside the road, which lie beyond all rails.
    """
    return [
        (x, end.state)
        for other, ends in enumerate(ports)
        for end, x in ends.items()
        if (end.state in road) == (other > number)
    ]


def lay(
    rails: Sequence[Rail],
    ports: Sequence[Mapping[End, float]],
    road: Collection[str],
    side: int,
    skyline: Skyline,
    least: float,
    *,
    tolerant: bool,
) -> Iterator[Track]:
    """The rails' tracks, each as near to the road as those before it leave room.

    Args:
        rails: The rails of one side, those next to the road first.
        ports: The places of each rail's ends along the road.
        road: The states on the road; others lie beyond all rails.
        side: UP or DOWN.
        skyline: What lies there already; the tracks are added to it.
        least: The minimum distance of the first one from the road.
        tolerant: Whether an edge may cross a label, rather than raise Cramped.

    Raises:
        Cramped: A label finds no place that no edge crosses.
    """
    for number, (rail, own) in enumerate(zip(rails, ports, strict=True)):
        crossing = crossings(ports, number, road)
        left, right = min(own.values()), max(own.values())
        lines = lines_of(rail.labels)
        width, height = text_size(lines)
        middle = _free_place(left, right, width, [x for x, _ in crossing])
        if middle is None:
            if not tolerant:
                raise _lack(left, right, width, crossing)
            middle = (left + right) / 2
        low, high = min(left, middle - width / 2), max(right, middle + width / 2)
        margin = style.LABEL_MARGIN
        out = max(least, skyline.over(low - margin, high + margin) + style.RAIL_GAP)
        label_out = out + style.LABEL_LIFT
        skyline.add(left, right, out)
        skyline.add(middle - width / 2, middle + width / 2, label_out + height)
        box = Box.around(Point(middle, side * (label_out + height / 2)), width, height)
        yield Track(rail, side, own, out, PlacedText(lines, box, looks_of(rail.labels)))


def _free_place(left: float, right: float, width: float, crossing: Sequence[float]) -> float | None:
    """The middle of a label on a rail, nearest to the rail's own, that no edge crosses."""
    half = width / 2 + style.LABEL_MARGIN
    wanted = (left + right) / 2
    candidates = [wanted, *(x + half for x in crossing), *(x - half for x in crossing)]
    free = [
        middle
        for middle in candidates
        if left - half - _SLACK <= middle <= right + half + _SLACK
        and not any(abs(x - middle) < half - _SLACK for x in crossing)
    ]
    return min(free, key=lambda m: (abs(m - wanted), m), default=None)


def _lack(
    left: float, right: float, width: float, crossing: Iterable[tuple[float, str]]
) -> Cramped:
    """What the widest place on a rail lacks for its label."""
    gaps = [
        (b - a, (at, until))
        for (a, at), (b, until) in pairwise(sorted(crossing))
        if a <= right + _SLACK and b >= left - _SLACK
    ]
    widest, between = max(gaps, key=lambda gap: gap[0])
    return Cramped(between, width + 2 * style.LABEL_MARGIN - widest)

"""Edges beside the main road: where they meet the states, and how far out they run.

An edge leaves its state at right angles to the road, runs along it on a rail, and turns in to its
target. Edges that share label and target share a rail, so that the label stands once. One side of
the road is laid out at a time; `out` is the distance from the road to that side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from flux_conform.diagrams import style
from flux_conform.diagrams.graph import BRANCH, Edge, Label
from flux_conform.diagrams.marks import AS_IS, PALE, TAKEN


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


class Track(NamedTuple):
    """A rail with all its places.

    `ports` are the places of its ends along the road, `out` that of the rail itself, and the
    label's box reaches outwards from `label_out`.
    """

    rail: Rail
    ports: Mapping[End, float]
    out: float
    label_middle: float
    label_out: float


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


def rails(edges: Iterable[Edge], ranks: Mapping[str, float]) -> tuple[Rail, ...]:
    """The rails for some edges, the shortest first: those lie next to the road.

    `ranks` tell how far along the road each state lies, in states.
    """
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


def ends_by_state(rails: Sequence[Rail], ranks: Mapping[str, float]) -> EndsByState:
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


def lay(
    rails: Sequence[Rail],
    places: Sequence[Mapping[End, float]],
    beside: Collection[str],
    label_size: Callable[[Rail], tuple[float, float]],
    skyline: Skyline,
    least: float,
    *,
    tolerant: bool,
) -> tuple[Track, ...]:
    """The rails' tracks, each as near to the road as those before it leave room.

    Args:
        rails: The rails of one side, those that shall lie next to the road first.
        places: The places of each rail's ends along the road.
        beside: The states that lie not on the road but beyond all rails.
        label_size: The width and height of a rail's label.
        skyline: What lies there already; the tracks are added to it.
        least: How far out the first one runs at least.
        tolerant: Rather let an edge cross a label than raise Cramped.

    Raises:
        Cramped: A label finds no place that no edge crosses.
    """
    tracks = []
    for number, rail in enumerate(rails):
        own = places[number]
        # Edges that will cross this one's level: from the road to rails further out, and from
        # this rail and those nearer to states beyond.
        crossing = [
            *_places(places[number + 1 :], lambda state: state not in beside),
            *_places(places[: number + 1], lambda state: state in beside),
        ]
        left, right = min(own.values()), max(own.values())
        width, height = label_size(rail)
        middle = _free_place(left, right, width, [x for x, _ in crossing])
        if middle is None:
            if not tolerant:
                raise _lack(left, right, width, crossing)
            middle = (left + right) / 2
        low, high = min(left, middle - width / 2), max(right, middle + width / 2)
        margin = style.LABEL_MARGIN
        out = max(
            least,
            skyline.over(low - margin, high + margin) + style.RAIL_GAP,
        )
        label_out = out + style.LABEL_LIFT
        skyline.add(left, right, out)
        skyline.add(middle - width / 2, middle + width / 2, label_out + height)
        tracks.append(Track(rail, own, out, middle, label_out))
    return tuple(tracks)


def _places(
    ends: Iterable[Mapping[End, float]], kept: Callable[[str], bool]
) -> Iterable[tuple[float, str]]:
    return ((x, end.state) for rail in ends for end, x in rail.items() if kept(end.state))


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

"""Lays out a plain-text drawing, in whole characters.

The order of rails and of their ends is that of the other formats. The road runs `along` the page,
downwards or to the right; `out` is the distance from it: to the right or upwards on one side (UP),
to the left or downwards on the other (DOWN).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from flux_conform.diagrams.graph import BRANCH, MAIN, Group, Label, Picture
from flux_conform.diagrams.placed import lines_of
from flux_conform.diagrams.rails import DOWN, UP, End, Rail, Skyline, crossings, sides


class Cramped(Exception):
    """A label lacks `amount` along the road: within the state's box, or else after it."""

    def __init__(self, state: str, inside: bool, amount: int) -> None:
        super().__init__(state, inside, amount)
        self.state = state
        self.inside = inside
        self.amount = amount


class Span(NamedTuple):
    """A box, borders included: along the road, and out from it (DOWN is below zero)."""

    first: int
    last: int
    low: int
    high: int


class Words(NamedTuple):
    """Lines of text and their place."""

    lines: tuple[str, ...]
    span: Span


class Track(NamedTuple):
    """A rail with its places; `out` is its own. A `straight` one has its text on its own line."""

    rail: Rail
    side: int
    ports: Mapping[End, int]
    out: int
    label: Words
    straight: bool


class Places(NamedTuple):
    """Where everything lies. `labels` are those of the road, by the state that they lead from."""

    vertical: bool
    boxes: Mapping[str, Span]
    labels: Mapping[str, Words]
    frames: Sequence[tuple[Group, Span, int]]
    tracks: Sequence[Track]


Room: TypeAlias = Counter[tuple[str, bool]]
"""What earlier attempts lacked along the road: at a state, and whether within its box."""


def along_of(lines: Sequence[str], vertical: bool) -> int:
    """The size of lines of text along the road."""
    return len(lines) if vertical else max(map(len, lines))


def words_at(lines: tuple[str, ...], first: int, low: int, vertical: bool) -> Words:
    """Lines of text that begin there along the road, the nearest of them that far out."""
    across = along_of(lines, not vertical)
    return Words(lines, Span(first, first + along_of(lines, vertical) - 1, low, low + across - 1))


def places(picture: Picture, label_width: int, room: Room, *, vertical: bool) -> Places:
    """The places of a picture. Raises Cramped where a label finds no room."""
    return _Placing(picture, label_width, room, vertical).places()


class _Placing:
    """One attempt to place a picture."""

    def __init__(self, picture: Picture, label_width: int, room: Room, vertical: bool) -> None:
        self.picture = picture
        self.label_width = label_width
        self.room = room
        self.vertical = vertical
        self.sides = sides(picture)
        self.boxes: dict[str, Span] = {}
        self.labels: dict[str, Words] = {}

    def places(self) -> Places:
        self._place_road()
        self._place_beside()
        ports = {side: self._ports(side) for side in (UP, DOWN)}
        frames = self._frames([x for ends in ports[UP] for x in ends.values()])
        skylines = {side: self._skyline(side, frames) for side in (UP, DOWN)}
        tracks = [
            self._track(number, side, ports[side], skylines[side])
            for side in (UP, DOWN)
            for number in range(len(self.sides.rails[side]))
        ]
        self._raise_beside(skylines[UP])
        return Places(self.vertical, self.boxes, self.labels, frames, tracks)

    def _lines(self, labels: Iterable[Label]) -> tuple[str, ...]:
        return lines_of(labels, self.label_width)

    def _size(self, name: str) -> int:
        """The size of a box along the road."""
        most = self.sides.meeting(name)
        size = max(1, most) if self.vertical else max(len(name) + 2, 2 * most + 1)
        return size + self.room[name, True] + 2

    def _place_road(self) -> None:
        road = self.picture.road
        widest = max(map(len, road)) + 4
        low, high = (-(widest // 2), (widest - 1) // 2) if self.vertical else (-1, 1)
        texts = {e.source: self._lines(e.labels) for e in self.picture.edges if e.role == MAIN}
        along = 0
        for name, following in pairwise((*road, "")):
            self.boxes[name] = Span(along, along + self._size(name) - 1, low, high)
            along += self._size(name)
            if name == road[-1]:
                break
            border = 1 if self.vertical else 2
            closing = border * self._borders(name, following)
            opening = border * self._borders(following, name)
            lines = texts[name]
            # In a column the arrow has a line of its own; in a row it is below the text.
            taken = along_of(lines, self.vertical) + (1 if self.vertical else 2)
            begins = along + closing + (0 if self.vertical else 1)
            self.labels[name] = words_at(lines, begins, 2 if self.vertical else 1, self.vertical)
            along += closing + taken + opening + self.room[name, False]

    def _borders(self, inside: str, outside: str) -> int:
        """How many groups hold the first of two neighbours and not the second."""
        return sum(
            inside in group.members and outside not in group.members
            for group in self.picture.groups
        )

    def _place_beside(self) -> None:
        """The states that are not on the road, so far only along it."""
        middles = [(box.first + box.last) / 2 for box in self.boxes.values()]
        free = -(10**6)
        for name in self.sides.beside:
            size = self._size(name)
            middle = self.sides.along(name, middles)
            first = max(free, int(middle - (size - 1) / 2) + self.room[name, False])
            while self._is_in_line(name, Span(first, first + size - 1, 0, 0)):
                first += 1
            self.boxes[name] = Span(first, first + size - 1, 0, 0)
            free = first + size + 1

    def _is_in_line(self, name: str, box: Span) -> bool:
        """Whether an edge would meet the box where another one runs on the same line."""
        rails = self.sides.rails[UP]
        taken = {
            port: number
            for state in self.picture.road
            for port, (number, _) in self._spread(self.boxes[state], state, UP)
            if rails[number].role == BRANCH
        }
        return any(
            port in taken
            and not (taken[port] == number and self.vertical and len(rails[number].ends) == 2)
            for port, (number, _) in self._spread(box, name, UP)
        )

    def _spread(self, box: Span, name: str, side: int) -> list[tuple[int, tuple[int, End]]]:
        """The places of a state's ends on one side, with those ends."""
        there = self.sides.ends[side].get(name, ())
        inner = box.last - box.first - 1
        return [
            (box.first + 1 + (2 * place + 1) * inner // (2 * len(there)), end)
            for place, end in enumerate(there)
        ]

    def _ports(self, side: int) -> tuple[dict[End, int], ...]:
        found: tuple[dict[End, int], ...] = tuple({} for _ in self.sides.rails[side])
        for name, box in self.boxes.items():
            for port, (number, end) in self._spread(box, name, side):
                found[number][end] = port
        return found

    def _frames(self, crossing: Sequence[int]) -> list[tuple[Group, Span, int]]:
        """The groups' frames, each with the place of its name along or across the road."""
        found: dict[str, tuple[Group, Span, int]] = {}
        step_along, step_out = (1, 2) if self.vertical else (2, 1)
        for group in reversed(self.picture.groups):  # the inner ones first
            head, tail = self.boxes[group.members[0]], self.boxes[group.members[-1]]
            inner = [each for each in found.values() if set(each[0].members) <= set(group.members)]
            opens = sum(each.members[0] == group.members[0] for each, _, _ in inner) + 1
            closes = sum(each.members[-1] == group.members[-1] for each, _, _ in inner) + 1
            first = head.first - step_along * opens - (1 if self.vertical else 0)
            last = tail.last + step_along * closes
            lows = [self.boxes[name].low for name in group.members]
            highs = [self.boxes[name].high for name in group.members]
            lows += [span.low for _, span, _ in inner]
            highs += [span.high for _, span, _ in inner]
            for name in group.members[:-1]:
                highs.append(self.labels[name].span.high)
            low, high = min(lows) - step_out, max(highs) + step_out
            if self.vertical:
                low = min(low, -(len(group.name) + 5))
                named = low + 2
            else:
                named = self._free_for_name(group, first + 2, last - 2, crossing)
            found[group.name] = (group, Span(first, last, low, high), named)
        return list(found.values())

    def _free_for_name(self, group: Group, first: int, last: int, crossing: Sequence[int]) -> int:
        """Where a group's name begins on its frame, as near to the left as can be."""
        size = len(group.name) + 2
        for start in range(first, last - size + 2):
            if not any(start <= x < start + size for x in crossing):
                return start
        raise Cramped(group.members[-1], True, 2)

    def _skyline(self, side: int, frames: Sequence[tuple[Group, Span, int]]) -> Skyline:
        """What lies on one side of the road before there is any track."""
        skyline = Skyline()
        road = [self.boxes[name] for name in self.picture.road]
        labels = [words.span for words in self.labels.values() if side == UP]
        for box in (*road, *(span for _, span, _ in frames), *labels):
            skyline.add(box.first, box.last, box.high if side == UP else -box.low)
        return skyline

    def _track(
        self, number: int, side: int, ports: Sequence[dict[End, int]], skyline: Skyline
    ) -> Track:
        """The track of a rail, as near to the road as those before it leave room."""
        rail = self.sides.rails[side][number]
        own = ports[number]
        lines = self._lines(rail.labels)
        first, last = min(own.values()), max(own.values())
        margin = 0 if self.vertical else 1
        if self.vertical and first == last:
            text = (", ".join(map(str, rail.labels)),)
            out = int(skyline.over(first - 1, last + 1)) + 3
            skyline.add(first, last, out + len(text[0]) + 2)
            return Track(rail, side, own, out, words_at(text, first, out, False), True)
        crossing = [int(x) for x, _ in crossings(ports, number, self.picture.road)]
        size = along_of(lines, self.vertical)
        begins = self._free(first, last, size, crossing, margin)
        if begins is None:
            raise self._lack(own, size, last - first + 1)
        out = int(skyline.over(first - 1 - margin, last + 1 + margin)) + (3 if self.vertical else 2)
        skyline.add(first, last, out)
        label = words_at(lines, begins, out + (2 if self.vertical else 1), self.vertical)
        skyline.add(label.span.first, label.span.last, label.span.high)
        return Track(rail, side, own, out, label, False)

    def _free(
        self, first: int, last: int, size: int, crossing: Sequence[int], margin: int
    ) -> int | None:
        """Where a text begins that lies between two places, as near to their middle as can be."""
        starts = [
            start
            for start in range(first, last - size + 2)
            if not any(start - margin <= x < start + size + margin for x in crossing)
        ]
        middle = (first + last - size + 1) / 2
        return min(starts, key=lambda start: (abs(start - middle), start), default=None)

    def _lack(self, ports: Mapping[End, int], size: int, there: int) -> Cramped:
        amount = max(1, size - there)
        ends = sorted(ports, key=lambda end: ports[end])
        states = list(dict.fromkeys(end.state for end in ends))
        beside = [state for state in states if state in self.sides.beside]
        return Cramped((beside or states)[0], len(states) == 1, amount)

    def _raise_beside(self, skyline: Skyline) -> None:
        """Put the states beside the road beyond what lies before them there."""
        for name in self.sides.beside:
            box = self.boxes[name]
            low = int(skyline.over(box.first - 2, box.last + 2)) + (3 if self.vertical else 2)
            size = len(name) + 4 if self.vertical else 3
            self.boxes[name] = box._replace(low=low, high=low + size - 1)

"""Draws a picture in characters, given its positions."""

from __future__ import annotations

from itertools import pairwise

from flux_conform.diagrams.canvas import DASHED, DOUBLE, LIGHT, Canvas, Cell
from flux_conform.diagrams.graph import DETOUR, FINAL, REMOVED, Picture
from flux_conform.diagrams.plain_places import (
    Cramped,
    Places,
    Room,
    Span,
    Track,
    Words,
    places,
)
from flux_conform.diagrams.rails import UP

_MOST_ATTEMPTS = 60
"""Each attempt makes room for one label; a machine that needs more is clearer as a list."""


def drawn_along(picture: Picture, label_width: int, *, vertical: bool) -> Canvas | None:
    """The picture with its road downwards or to the right; None if a label finds no room.

    `label_width` is how wide a label may be before its guard is set apart.
    """
    room = Room()
    for _ in range(_MOST_ATTEMPTS):
        try:
            found = places(picture, label_width, room, vertical=vertical)
        except Cramped as lack:
            room[lack.state, lack.inside] += lack.amount
        else:
            return _Drawing(picture, found).canvas
    return None


class _Drawing:
    """Puts everything onto a canvas."""

    def __init__(self, picture: Picture, places: Places) -> None:
        self.picture = picture
        self.places = places
        self.vertical = places.vertical
        self.canvas = Canvas()
        for _, span, _ in places.frames:
            self._box(span, LIGHT, round=True)
        for track in places.tracks:
            self._track(track)
        self._road()
        for state in picture.states:
            kind = {FINAL: DOUBLE, REMOVED: DASHED}.get(state.role, LIGHT)
            box = places.boxes[state.name]
            self._box(box, kind, round=False)
            self._name(state.name, box)
        for group, span, named in places.frames:
            at = Cell(span.first, named) if self.vertical else Cell(-span.high, named)
            self.canvas.text(at, f" {group.name} ")

    def _cell(self, along: int, out: int) -> Cell:
        return Cell(along, out) if self.vertical else Cell(-out, along)

    def _box(self, span: Span, kind: str, *, round: bool) -> None:
        one, other = self._cell(span.first, span.low), self._cell(span.last, span.high)
        self.canvas.box(one, other, kind, round=round)

    def _name(self, name: str, box: Span) -> None:
        middle = self._cell((box.first + box.last) // 2, (box.low + box.high) // 2)
        self.canvas.text(Cell(middle.row, middle.column - (len(name) - 1) // 2), name)

    def _line(self, *corners: tuple[int, int], kind: str = LIGHT) -> None:
        self.canvas.line([self._cell(*corner) for corner in corners], kind)

    def _arrow(self, along: int, out: int, glyphs: str) -> None:
        self.canvas.text(self._cell(along, out), glyphs[0] if self.vertical else glyphs[1])

    def _road(self) -> None:
        boxes = self.places.boxes
        for source, target in pairwise(self.picture.road):
            self._line((boxes[source].last, 0), (boxes[target].first - 1, 0))
            self._arrow(boxes[target].first - 1, 0, "▼▶")
            self._words(self.places.labels[source], UP)
        first = boxes[self.picture.start].first
        borders = [s.first for g, s, _ in self.places.frames if self.picture.start in g.members]
        start = min((first - 1, *borders)) - (1 if self.vertical else 2)
        self._line((start, 0), (first - 1, 0))
        self._arrow(start, 0, "●●")
        self._arrow(first - 1, 0, "▼▶")

    def _track(self, track: Track) -> None:
        kind = DASHED if track.rail.role == DETOUR else LIGHT
        out = track.side * track.out
        if not track.straight:
            ports = track.ports.values()
            self._line((min(ports), out), (max(ports), out), kind=kind)
        for end, port in track.ports.items():
            box = self.places.boxes[end.state]
            away = 1 if end.state in self.picture.road and track.side == UP else -1
            border = box.high if away > 0 else box.low
            begins = border + away if end.arrives else border
            self._line((port, begins), (port, out), kind=kind)
            if end.arrives:
                self._arrow(port, begins, "▶▲" if away < 0 else "◀▼")
        if track.straight:
            (text,) = track.label.lines
            self.canvas.text(self._cell(track.label.span.first, track.label.span.low), f" {text} ")
        else:
            self._words(track.label, track.side)

    def _words(self, words: Words, side: int) -> None:
        span = words.span
        size, count = span.last - span.first + 1, len(words.lines)
        for place, line in enumerate(words.lines):
            if self.vertical:
                column = span.low if side == UP else -span.low - len(line) + 1
                at = Cell(span.first + place, column)
            else:
                row = place - span.low - count + 1 if side == UP else span.low + place
                at = Cell(row, span.first + (size - len(line)) // 2)
            self.canvas.text(at, line)

"""Lays out a picture of scenes: sequence diagrams, one below the other.

Time runs downwards. From left to right: the time, a band with the current state, and a lifeline
for each participant, with the messages between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from textwrap import wrap
from typing import NamedTuple

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point, rounded, straight
from flux_conform.diagrams.graph import Picture
from flux_conform.diagrams.marks import LOGGED, UNLOGGED, Message, Scene
from flux_conform.diagrams.metrics import text_width
from flux_conform.diagrams.placed import Layout, Panel, Stroke, Words, words_at
from flux_conform.diagrams.style import Line

_STEP = 16.0
"""From one message to the next; a state's name has room between two."""

_GAP = 6.0
_LIFT = 2.4
_HEAD_LINE = 1.15 * style.SCENE
_LOOP = 11.0
_LEAST_LANE = 40.0
_SCENE_GAP = 18.0
_BREAK = 1.0
"""What a lifeline leaves free above and below a text that stands on it."""

LIFE = Line(style.TINT_EDGE, 0.8, "solid")
LOG = Line(style.TINT_EDGE, 3.0, "solid")
"""The lines of a participant, and of one that logs."""


class _Columns(NamedTuple):
    """The places of columns: right end of the times, the band's box, each participant's middle."""

    times: float
    band: tuple[float, float]
    lanes: dict[str, float]


def lay_scenes(picture: Picture) -> Layout:
    """The layout of a picture that consists of scenes."""
    panels: list[Panel] = []
    strokes: list[Stroke] = []
    words: list[Words] = []
    top = 0.0
    columns = _columns(picture.scenes)
    for scene in picture.scenes:
        top = _lay(scene, columns, top, panels, strokes, words) - _SCENE_GAP
    return Layout(picture, panels=tuple(panels), strokes=tuple(strokes), words=tuple(words))


def _lay(
    scene: Scene,
    columns: _Columns,
    top: float,
    panels: list[Panel],
    strokes: list[Stroke],
    words: list[Words],
) -> float:
    """Lay out one scene below `top`, and return where it ends."""
    left = columns.band[0] - _GAP - columns.times
    y = top - style.LINE_HEIGHT / 2
    title = _words(scene.title, left, y, bold=True, size=style.FONT_SIZE)
    x = title.box.right + _GAP
    if x + _small(scene.says) > max(columns.lanes.values()) + _LEAST_LANE / 2:
        x, y = left, y - style.LINE_HEIGHT
    words += (title, _words(scene.says, x, y, ink=style.MUTED))
    y -= style.LINE_HEIGHT
    lines = {name: _head(name) for name in scene.participants}
    height = _HEAD_LINE * max(map(len, lines.values())) + 4.0
    heads = Box(columns.band[0], y - height, columns.band[1], y)
    middle = heads.center.x
    words.append(_words("state", middle, heads.center.y, side=0, ink=style.MUTED))
    words.append(_words("time", columns.band[0] - _GAP, heads.center.y, side=1, ink=style.MUTED))
    for name, head in lines.items():
        x, half = columns.lanes[name], _head_width(name) / 2
        box = Box(x - half, y - height, x + half, y)
        panels.append(Panel(box, style.PAPER, Line(style.TEXT, 1.0, "solid"), round=True))
        highest = y - height / 2 + (len(head) - 1) / 2 * _HEAD_LINE
        words += (
            _words(line, x, highest - place * _HEAD_LINE, side=0, bold=True)
            for place, line in enumerate(head)
        )
    first = y - height - _STEP
    ys = [first - place * _STEP for place in range(len(scene.messages))]
    bottom = ys[-1] - _STEP if ys else first
    texts = []
    for message, at in zip(scene.messages, ys, strict=True):
        strokes += _hops(message, columns, at)
        texts.append(_label(message, columns, at))
        time = f"{message.at:g} s"
        words.append(_words(time, columns.band[0] - _GAP, at, side=1, ink=style.MUTED))
    words += texts
    logging = {message.path[-1] for message in scene.messages if message.logged}
    for name in scene.participants:
        x = columns.lanes[name]
        line = LOG if name in logging else LIFE
        strokes[:0] = _lifeline(x, y - height, bottom, line, [each.box for each in texts])
    for state, start, end in _band(scene, y - height, ys, bottom):
        box = Box(columns.band[0], end, columns.band[1], start)
        shown = _words(state, middle, box.center.y, side=0, bold=True)
        panels.append(Panel(box, style.TINTS[0], Line(style.TINT_EDGE, 0.6, "solid"), words=shown))
    return bottom


def _band(
    scene: Scene, top: float, ys: Sequence[float], bottom: float
) -> Iterator[tuple[str, float, float]]:
    """The states that the scene comes to, each with the places where it begins and ends."""
    state, start = scene.start, top
    for message, y in zip(scene.messages, ys, strict=True):
        if message.state != state:
            yield state, start, y
            state, start = message.state, y
    yield state, start, bottom


def _columns(scenes: Sequence[Scene]) -> _Columns:
    """Places wide enough for all heads, and for texts between neighbours."""
    order = list(dict.fromkeys(name for scene in scenes for name in scene.participants))
    messages = [message for scene in scenes for message in scene.messages]
    states = {scene.start for scene in scenes} | {message.state for message in messages}
    times = max((_small(f"{message.at:g} s") for message in messages), default=0.0)
    band = max(_small(state, bold=True) for state in states) + 2 * _GAP
    gaps = {
        name: max(_LEAST_LANE, (_head_width(name) + _head_width(other)) / 2 + _GAP)
        for name, other in pairwise(order)
    }
    left = band + _GAP + _head_width(order[0]) / 2
    lanes = _spread(order, gaps, left)
    for message in messages:
        # A text between two neighbours widens their gap; further apart there is room.
        ends = sorted(lanes[name] for name in message.path)
        wanted = _small(message.text, bold=message.logged) + 2 * _GAP
        lack = wanted - (ends[-1] - ends[0])
        if len(message.path) > 1 and lack > 0:
            first = next(name for name in order if lanes[name] == ends[0])
            gaps[first] += lack
            lanes = _spread(order, gaps, left)
    # A page is filled, so that texts have room.
    edge = _head_width(order[-1]) / 2
    spare = style.PAGE_WIDTH - 2 * style.MARGIN - (times + _GAP + lanes[order[-1]] + edge)
    if spare > 0 and gaps:
        more = min(spare / len(gaps), _LEAST_LANE)
        lanes = _spread(order, {name: gap + more for name, gap in gaps.items()}, left)
    return _Columns(times, (0.0, band), lanes)


def _spread(order: Sequence[str], gaps: dict[str, float], left: float) -> dict[str, float]:
    lanes = {order[0]: left}
    for name, other in pairwise(order):
        lanes[other] = lanes[name] + gaps[name]
    return lanes


def _hops(message: Message, columns: _Columns, y: float) -> Iterator[Stroke]:
    """The arrows of a message, one for each hop; a loop where it stays with one participant."""
    line = style.LOOKS_OF_SCENES[LOGGED if message.logged else UNLOGGED]
    says = f"{message.text}: {' to '.join(message.path)}"
    if len(message.path) == 1:
        x = columns.lanes[message.path[0]]
        half = _STEP / 4.5
        tip = Point(x + LOG.width / 2, y - half)
        corners = (
            Point(x, y + half),
            Point(x + _LOOP, y + half),
            Point(x + _LOOP, y - half),
            Point(tip.x + style.ARROW, y - half),
        )
        yield Stroke(rounded(corners, half), tip, line, says)
    for source, target in pairwise(message.path):
        start, end = Point(columns.lanes[source], y), Point(columns.lanes[target], y)
        side = LOG.width / 2 if start.x < end.x else -LOG.width / 2
        tip = Point(end.x - side, y)
        start = Point(start.x + side, y)
        yield Stroke(straight(start, tip.towards(start, style.ARROW)), tip, line, says)


def _label(message: Message, columns: _Columns, y: float) -> Words:
    ink = style.TEXT if message.logged else style.MUTED
    if len(message.path) == 1:
        x = columns.lanes[message.path[0]] + _LOOP + 3.0
        return _words(message.text, x, y, ink=ink, bold=message.logged)
    ends = [columns.lanes[name] for name in message.path]
    middle = (min(ends) + max(ends)) / 2
    y += _LIFT + 0.55 * style.SCENE
    return _words(message.text, middle, y, side=0, ink=ink, bold=message.logged)


def _lifeline(
    x: float, top: float, bottom: float, line: Line, texts: Sequence[Box]
) -> Iterator[Stroke]:
    """A participant's line, with gaps where a text stands on it."""
    reach = line.width / 2 + _BREAK
    crossed = [box for box in texts if box.left - reach < x < box.right + reach]
    gaps = sorted(((box.top + _BREAK, box.bottom - _BREAK) for box in crossed), reverse=True)
    y = top
    for above, below in (*gaps, (bottom, bottom)):
        if y > above:
            yield Stroke(straight(Point(x, y), Point(x, above)), None, line)
        y = below


def _head(name: str) -> list[str]:
    return wrap(name, 10, break_long_words=False) or [name]


def _head_width(name: str) -> float:
    return max(_small(line, bold=True) for line in _head(name)) + 2 * style.STATE_MARGIN


def _small(text: str, *, bold: bool = False) -> float:
    return text_width(text, style.SCENE, bold=bold)


_words = partial(words_at, size=style.SCENE, half=0.55)

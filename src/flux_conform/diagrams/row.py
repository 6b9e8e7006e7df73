"""The row of states on the main road, the labels between them, and the groups about them.

The road runs along y = 0, from left to right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from flux_conform.diagrams import style
from flux_conform.diagrams.geometry import Box, Point
from flux_conform.diagrams.graph import FINAL, MAIN, Picture, PicturedState
from flux_conform.diagrams.placed import PlacedGroup, PlacedText, lines_of, looks_of, text_size
from flux_conform.diagrams.rails import Cramped
from flux_conform.diagrams.stubs import flags_width


def state_box(state: PicturedState, ends: int, port: float = style.PORT, lines: int = 1) -> Box:
    """The box of a state at the origin.

    It is wide enough for so many edges on one side, `port` apart, and high enough for `lines`.
    """
    text = text_size((state.shown, *state.notes), bold=True)[0]
    text = max(text, flags_width(state.flags)) + 2 * style.STATE_MARGIN
    border = 2 * style.DOUBLE_BORDER if state.role == FINAL else 0.0
    width = max(style.STATE_MIN_WIDTH, text + border, port * (ends + 1) if ends else 0.0)
    height = style.STATE_HEIGHT + style.LINE_HEIGHT * (lines - 1)
    return Box.around(Point(0.0, 0.0), width, height + border)


def lay_row(
    picture: Picture,
    sizes: Mapping[str, Box],
    further: Mapping[str, float],
    columns: Mapping[str, float],
) -> tuple[dict[str, Box], dict[str, PlacedText]]:
    """The boxes of the road's states, and the labels on it by the state that they lead from.

    Args:
        picture: What to place.
        sizes: The boxes of the states, wherever they lie.
        further: How much more than needed to leave after a state.
        columns: How wide a column must be that stands below a state.
    """
    main = {edge.source: edge for edge in picture.edges if edge.role == MAIN}
    texts = {source: lines_of(edge.labels) for source, edge in main.items()}
    boxes: dict[str, Box] = {}
    labels: dict[str, PlacedText] = {}
    x = 0.0
    for name in picture.road:
        width, height = sizes[name].width, sizes[name].height
        boxes[name] = Box(x, -height / 2, x + width, height / 2)
        x += width
        if name == picture.road[-1]:
            break
        following = picture.road[len(boxes)]
        closing, opening = _borders(picture, name, following), _borders(picture, following, name)
        width, height = text_size(texts[name])
        beneath = flags_width(main[name].flags)
        room = max(max(width, beneath) + 2 * style.LABEL_MARGIN, style.ROAD_GAP - closing - opening)
        between = (columns.get(name, 0.0) + columns.get(following, 0.0)) / 2
        halves = (sizes[name].width + sizes[following].width) / 2
        room = max(room, between - halves - closing - opening) + further.get(name, 0.0)
        middle = x + closing + room / 2
        bottom = style.ROAD_LIFT
        box = Box(middle - width / 2, bottom, middle + width / 2, bottom + height)
        labels[name] = PlacedText(texts[name], box, looks_of(main[name].labels))
        x += closing + room + opening
    return boxes, labels


def _borders(picture: Picture, inside: str, outside: str) -> float:
    """What the borders of groups take between two neighbours, of groups that hold the first."""
    heights = [
        group.height + 1
        for group in picture.groups
        if inside in group.members and outside not in group.members
    ]
    return style.GROUP_MARGIN * max(heights, default=0)


def lay_groups(
    picture: Picture,
    boxes: Mapping[str, Box],
    labels: Mapping[str, PlacedText],
    crossing: Sequence[float],
    stubs: tuple[float, float],
    *,
    tolerant: bool,
) -> tuple[PlacedGroup, ...]:
    """The groups, each with its name where no edge crosses it.

    Args:
        picture: What to place.
        boxes: The boxes of its states.
        labels: The labels on the road, by the state that they lead from.
        crossing: The places along the road where an edge leads up from it.
        stubs: The height of what stands above and below its states.
        tolerant: Rather let a name stick out of its group than raise Cramped.

    Raises:
        Cramped: A group is too narrow for its name.
    """
    inner = {name for group in picture.groups for name in group.members}
    on_road = {a for a, b in pairwise(picture.road) if a in inner and b in inner}
    top = max(
        (
            *(boxes[name].top + stubs[0] for name in inner),
            *(labels[name].box.top for name in on_road),
        ),
        default=0.0,
    )
    bottom = min((boxes[name].bottom for name in inner), default=0.0) - stubs[1]
    placed = []
    for group in picture.groups:
        levels = group.height + 1
        margin = style.GROUP_MARGIN * levels
        box = Box(
            boxes[group.members[0]].left - margin,
            bottom - margin,
            boxes[group.members[-1]].right + margin,
            top + style.GROUP_STRIP * levels,
        )
        width, height = text_size((group.shown,))
        left = _free_left(box.left + style.GROUP_INDENT, width, crossing)
        lack = left + width + style.GROUP_MARGIN - box.right
        if lack > 0.01 and not tolerant:
            last = group.members[-1]
            raise Cramped((last, last), lack)
        middle = Point(left + width / 2, box.top - style.GROUP_STRIP / 2)
        name = PlacedText((group.shown,), Box.around(middle, width, height))
        placed.append(PlacedGroup(group, box, name))
    return tuple(placed)


def _free_left(left: float, width: float, crossing: Sequence[float]) -> float:
    margin = style.LABEL_MARGIN
    for x in sorted(crossing):
        if left - margin < x < left + width + margin:
            left = x + margin
    return left

"""The values that a plain-text drawing is made from, in whole characters.

The road runs `along` the page, downwards or to the right; `out` is the distance from it: to the
right or upwards on the one side (UP), to the left or downwards on the other (DOWN).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from flux_conform.diagrams.graph import Group
from flux_conform.diagrams.rails import End, Rail


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

"""Makes the texts of a picture valid in every format: XML, UTF-8, DOT, TeX and a terminal.

A log can name its events with any string. Invisible characters (controls, direction marks, lone
surrogates, private use) are invalid in some formats and misleading in others, so they are escaped.
"""

from __future__ import annotations

import re
from typing import Any, cast

from flux_conform.diagrams.graph import Picture
from flux_conform.text import cut, printable

LONGEST = 2_000
"""Maximum number of characters of a text."""

LONGEST_WORD = 200
"""Maximum number of characters of a word; in TeX, the width of a longer line overflows."""


def legible(picture: Picture) -> Picture:
    """The picture with every text made legible; the names of states stay apart from each other."""
    names = _names(tuple(state.name for state in picture.states))
    return cast(Picture, _legible(picture, names))


def legible_text(text: str) -> str:
    """The text with what does not show escaped, and cut where it or a word of it is too long."""
    shown = cut(printable(text[: LONGEST + 1]), LONGEST)
    return re.sub(rf"\S{{{LONGEST_WORD},}}", lambda word: cut(word[0], LONGEST_WORD), shown)


def _names(names: tuple[str, ...]) -> dict[str, str]:
    """The names of states as they are shown; edges find their states by them."""
    shown: dict[str, str] = {}
    for number, name in enumerate(names):
        made = legible_text(name)
        shown[name] = f"{made} ({number})" if made in shown.values() else made
    return shown


def _legible(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return names[value] if value in names else legible_text(value)
    if isinstance(value, tuple):
        made = [_legible(each, names) for each in value]
        return type(value)(*made) if hasattr(value, "_fields") else tuple(made)
    return value

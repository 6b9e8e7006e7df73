"""Draws a picture as plain text, for a terminal.

The main road is a row of boxes if that fits, otherwise a column, with the exceptions on one side
of it and what leads back on the other. A picture that fits neither way becomes a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from flux_conform.diagrams.graph import FINAL, INITIAL, REMOVED, Picture
from flux_conform.diagrams.plain_below import below, scenes
from flux_conform.diagrams.plain_grid import drawn_along

_ASCII = str.maketrans(
    {
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{MINUS SIGN}": "-",
        "\N{PLUS-MINUS SIGN}": "+-",
        "\N{MICRO SIGN}": "u",
        "\N{HORIZONTAL ELLIPSIS}": "...",
    }
)
"""Replacements for the marks of views."""

_LABEL_WIDTHS = (30, 24, 18, 12)
"""How wide a label may be, in characters; the first width with which the drawing fits is taken."""


def plain_text(picture: Picture, *, width: int = 100, unicode: bool = True) -> str:
    """The picture in characters, its title above it.

    Args:
        picture: What to draw.
        width: How many columns there are. A list breaks its lines there; only a single word may
            be wider.
        unicode: Whether box-drawing characters can be shown; if not, ASCII stands for them.
    """
    text = _text(picture, width, unicode)
    return text if unicode else text.translate(_ASCII)


def drawing(picture: Picture, *, width: int = 100, unicode: bool = True) -> str | None:
    """The states and edges alone, in characters; None if they do not fit."""
    for vertical in (False, True):
        for label_width in _LABEL_WIDTHS if vertical else _LABEL_WIDTHS[:1]:
            sheet = drawn_along(picture, label_width, vertical=vertical)
            shown = "" if sheet is None else sheet.show(unicode=unicode)
            if shown and max(map(len, shown.splitlines())) <= width:
                return shown
    return None


def _text(picture: Picture, width: int, unicode: bool) -> str:
    title = "\n".join(wrap(picture.title, width))
    if picture.scenes:
        return "\n".join((title, *scenes(picture, width, unicode), ""))
    under = "".join(f"{line}\n" for line in below(picture, width, unicode))
    shown = drawing(picture, width=width, unicode=unicode)
    if shown is not None:
        return f"{title}\n\n{shown}{under}"
    return "\n".join((title, "", *_listed(picture, width, unicode), under))


def _listed(picture: Picture, width: int, unicode: bool) -> Iterator[str]:
    arrow = "→" if unicode else "->"
    roles = {INITIAL: "initial", FINAL: "final", REMOVED: "removed"}
    for state in picture.states:
        role = f" ({roles[state.role]})" if state.role in roles else ""
        yield from wrap(f"{state.name}{role}", width, subsequent_indent="    ")
        for edge in picture.edges:
            if edge.source == state.name:
                said = f"{', '.join(map(str, edge.labels))} {arrow} {edge.target}"
                yield from wrap(
                    said,
                    width,
                    initial_indent="  ",
                    subsequent_indent="      ",
                    break_long_words=False,
                    break_on_hyphens=False,
                )
    for group in picture.groups:
        said = f"{group.name}: {', '.join(group.members)}"
        yield from wrap(said, width, subsequent_indent="    ", break_on_hyphens=False)

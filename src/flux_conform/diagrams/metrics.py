"""The width of a text in the font of the layout, without reading a font.

The advance widths of Helvetica and Helvetica-Bold for printable ASCII, in thousandths of the font
size. Fonts that are metrically compatible, Arial and Liberation Sans among them, have the same.
"""

from __future__ import annotations

from unicodedata import combining, east_asian_width

_FIRST = " "
_REGULAR = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
_BOLD = (
    *(278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611),
    *(975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556),
    *(333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611),
    *(611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584),
)
# Characters outside ASCII that the pictures of this package use; equal in both fonts.
_FURTHER = {
    "\N{MULTIPLICATION SIGN}": 584,
    "\N{MINUS SIGN}": 584,
    "\N{RIGHTWARDS ARROW}": 1000,
    "\N{BULLET}": 350,
    "\N{MIDDLE DOT}": 278,
    "\N{PLUS-MINUS SIGN}": 584,
    "\N{HORIZONTAL ELLIPSIS}": 1000,
    "\N{MICRO SIGN}": 556,
}
# Other characters are estimated: wide ones fill a square, the rest count as a wide letter.
_WIDE, _OTHER = 1000, 780


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of one line of text at a font size, in the size's unit."""
    widths = _BOLD if bold else _REGULAR
    return sum(_advance(character, widths) for character in text) * size / 1000


def _advance(character: str, widths: tuple[int, ...]) -> int:
    place = ord(character) - ord(_FIRST)
    if 0 <= place < len(widths):
        return widths[place]
    if character in _FURTHER:
        return _FURTHER[character]
    if combining(character):
        return 0
    return _WIDE if east_asian_width(character) in "WF" else _OTHER

"""Text for people: what a terminal may show, in colours or none, wrapped and cut to its width."""

from __future__ import annotations

import re
from typing import Any


def printable(text: str) -> str:
    """The text with everything escaped that would move a terminal's cursor or hide."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""Controls but tab and line feed, marks of direction, and what ends a line unseen."""

_PAINTED = re.compile(rf"(\x1b\[[0-6;]+m)|{_HARMFUL.pattern}")


def harmless(text: str, *, painted: bool = False) -> str:
    """A whole output with what moves a cursor, turns text round or ends a line unseen escaped.

    It is for the edge, where a layout is made already: tabs and line feeds stay, and so do the
    codes of `Paint` where the output is `painted`. A name in a layout goes through `printable`.
    The escapes are those of JSON, so that JSON stays what it is.
    """
    if text.isprintable():
        return text
    if painted:
        return _PAINTED.sub(lambda found: found[1] or _escape(found[0]), text)
    return _HARMFUL.sub(lambda found: _escape(found[0]), text)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"


_NUMBERS = {"Infinity": "1e999", "-Infinity": "-1e999", "NaN": "null"}


def finite_json(value: Any, **options: Any) -> str:
    """The value as JSON, with the options of `json.dumps`; always JSON as RFC 8259 has it.

    That knows no infinity: a number beyond all floats is written as one that every reader takes so.
    """
    import json

    try:
        return json.dumps(value, allow_nan=False, **options)
    except ValueError:
        text = json.dumps(value, **options)
    parts = r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN'
    return re.sub(parts, lambda found: _NUMBERS.get(found[0], found[0]), text)


class Paint:
    """Colours for a terminal, or none."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, *styles: str) -> str:
        """The text in the styles: bold, dim, red, green, yellow, blue."""
        if not self.colour or not text:
            return text
        codes = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "36"}
        return f"\x1b[{';'.join(codes[style] for style in styles)}m{text}\x1b[0m"


def field_lines(name: str, text: str, width: int, paint: Paint, *, room: int) -> list[str]:
    """A named text, wrapped below itself; `room` is for the name with its colon."""
    import textwrap  # slow to load, and most calls tell nothing

    label = f"  {name + ':':<{room}}"
    wrapped = textwrap.wrap(
        printable(text),
        width,
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )
    first, *rest = wrapped or [label]
    return [paint(first[: len(label)], "blue") + first[len(label) :], *rest]


_COLOURS = re.compile(r"\x1b\[[\d;]*m")


def hung(line: str, width: int) -> list[str]:
    """The line wrapped below the last of its columns that leaves room enough.

    Colours take no room. A word too long for a line of its own, such as an event, is left alone.
    """
    plain = _COLOURS.sub("", line)
    if len(plain) <= width:
        return [line]
    indent = len(plain) - len(plain.lstrip()) + 4
    for gap in re.finditer(r"(?<=\S)  +", plain):
        if gap.end() <= width - min(30, 0.4 * width):
            indent = gap.end()
    lines, current, used = [], "", 0
    for word in re.split("( +)", line):
        size = len(_COLOURS.sub("", word))
        if used + size > width and used > indent and word.strip() and indent + size <= width:
            lines.append(current.rstrip())
            current, used = " " * indent, indent
        current += word
        used += size
    return [*lines, current]


def refilled(text: str, width: int) -> str:
    """The text with its paragraphs wrapped anew; those with an indented line stay as they are."""
    import textwrap

    return "\n\n".join(
        paragraph if "\n " in f"\n{paragraph}" else textwrap.fill(paragraph, width)
        for paragraph in text.strip().split("\n\n")
    )


def window(text: str, start: int, length: int, room: int) -> tuple[str, int, int]:
    """As much of the text as there is room for, with the marked part in it."""
    if len(text) <= room:
        return text, start, length
    length = min(length, room - 2)
    left = 0 if start + length < room else min(start + length + room // 3, len(text)) - room + 1
    head, tail = left > 0, left + room < len(text)
    shown = text[left : left + room]
    shown = ("…" if head else "") + shown[head : room - tail] + ("…" if tail else "")
    return shown, start - left, length


_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_LONGEST = 1e6 * 365.25 * 86_400
"""A log can hold times that nobody means; their difference may be infinite."""


def duration(seconds: float) -> str:
    """A length of time for people: in two units at most, as exactly as they ask for."""
    if seconds == 0:
        return "0 s"
    if not abs(seconds) <= _LONGEST:
        return "over a million years" + (" back" if seconds < 0 else "")
    if seconds < 0:
        return f"\N{MINUS SIGN}{duration(-seconds)}"
    if seconds < 59.95:
        if seconds >= 0.9995:
            return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
        return f"{seconds * 1e3:.3g} ms" if seconds >= 9.995e-4 else f"{seconds * 1e6:.3g} \u00b5s"
    left = round(seconds)
    parts: list[str] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count:,} {unit}")
    return " ".join(part for part in parts[:2] if not part.startswith("0 "))

"""Formats text for a terminal: escapes control characters, colours, wraps and cuts to width."""

from __future__ import annotations

import re
from typing import Any


def printable(text: str) -> str:
    """Escape every character that a terminal would not print: controls, invisible characters."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""Control characters except tab and line feed, direction marks, and Unicode line separators."""

_PAINTED = re.compile(rf"(\x1b\[[0-6;]+m)|{_CONTROLS.pattern}")


def escape_controls(text: str, *, painted: bool = False) -> str:
    """Escape what moves the cursor, reverses text or breaks lines in a finished output.

    Tabs and line feeds stay, because the layout is done; so do the colour codes of `Paint` if the
    output is `painted`. A single name in a layout goes through `printable` instead. The escapes
    are those of JSON, so that JSON output keeps its meaning.
    """
    if text.isprintable():
        return text
    if painted:
        return _PAINTED.sub(lambda found: found[1] or _escape(found[0]), text)
    return _CONTROLS.sub(lambda found: _escape(found[0]), text)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"


_NUMBERS = {"Infinity": "1e999", "-Infinity": "-1e999", "NaN": "null"}


def finite_json(value: Any, **options: Any) -> str:
    """Serialize a value as JSON that conforms to RFC 8259; `options` are those of `json.dumps`.

    RFC 8259 has no infinity and no NaN: infinity is written as 1e999, which overflows to infinity
    in every reader, and NaN as null.
    """
    import json

    try:
        return json.dumps(value, allow_nan=False, **options)
    except ValueError:
        text = json.dumps(value, **options)
    parts = r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN'
    return re.sub(parts, lambda found: _NUMBERS.get(found[0], found[0]), text)


class Paint:
    """Applies ANSI colours to text, or none if `colour` is false."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, *styles: str) -> str:
        """Return the text in the styles: bold, dim, red, green, yellow, magenta, blue."""
        if not self.colour or not text:
            return text
        codes = {
            "bold": "1",
            "dim": "2",
            "red": "31",
            "green": "32",
            "yellow": "33",
            "magenta": "35",
            "blue": "36",
        }
        return f"\x1b[{';'.join(codes[style] for style in styles)}m{text}\x1b[0m"


def field_lines(name: str, text: str, width: int, paint: Paint, *, room: int) -> list[str]:
    """Format a labelled field with a hanging indent; `room` is the width of the label column."""
    import textwrap  # slow to load, and most calls print no field

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


def wrap_hanging(line: str, width: int) -> list[str]:
    """Wrap a line with a hanging indent below its last column that leaves enough room.

    Colour codes have no width. A word that is longer than a line, such as an event, is not broken.
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


def rewrap(text: str, width: int) -> str:
    """Rewrap the paragraphs of a text; a paragraph with an indented line is kept as it is."""
    import textwrap

    return "\n\n".join(
        paragraph if "\n " in f"\n{paragraph}" else textwrap.fill(paragraph, width)
        for paragraph in text.strip().split("\n\n")
    )


def cut(text: str, most: int) -> str:
    """Cut a text to at most that many characters; an ellipsis replaces what is left out."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def several(count: int, noun: str) -> str:
    """Format a count with its noun: "1 log", "2,000 logs"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def cut_around(text: str, start: int, length: int, room: int) -> tuple[str, int, int]:
    """Cut a text to `room` characters around a marked part.

    Returns the visible text, and the start and length of the marked part in it.
    """
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
"""Longest duration shown in units, in seconds: faulty times can differ even by infinity."""


def duration(seconds: float) -> str:
    """Format a duration, given in seconds, in at most two units: "1 h 5 min", "2.50 s"."""
    if seconds == 0:
        return "0 s"
    if not abs(seconds) <= _LONGEST:  # true for NaN too
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


def utc(seconds: float, *, digits: int = 0) -> str:
    """Format a time, given in seconds since 1970: "2026-11-22 10:13:17 UTC".

    `digits` is the number of those after the point; further ones are cut off.
    """
    from datetime import UTC, datetime

    try:
        text = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S.%f}"
        return f"{text[: len('2026-11-22 10:13:17.') + digits].rstrip('.')} UTC"
    except (OverflowError, ValueError, OSError):  # no calendar holds it
        return f"{seconds:.6g} s after 1970"

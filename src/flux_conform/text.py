"""Text for people: what a terminal may show, in colours or none, wrapped and cut to its width."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with everything escaped that would move a terminal's cursor or hide."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


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

"""What a repair does to a log: changes as values, and in words.

Lines are those of the log as it was found, from 1; line 0 is the place before the first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from flux_conform.logs.eventlog import show_value

TIMESTAMP, CONTEXT = "timestamp", "context"
"""The keys of a line that a repair may write."""


class Insert(NamedTuple):
    """A new event after a line. `context` is None where it bears none.

    The values of the keys `free` are examples: neither the log nor a rule asks for just these.
    """

    line: int
    event: str
    context: dict[str, Any] | None
    free: tuple[str, ...] = ()


class Drop(NamedTuple):
    """A line goes; `event` is the name on it, None where none can be read."""

    line: int
    event: str | None


class Move(NamedTuple):
    """A line goes to another place: after the line `to`."""

    line: int
    to: int
    event: str


class Set(NamedTuple):
    """A value is written, or given where it was missing.

    `path` is ("timestamp",), ("context",) or ("context", KEY). `free` tells that the value is an
    example: neither the log nor a rule asks for just this one.
    """

    line: int
    event: str | None
    path: tuple[str, ...]
    value: Any
    free: bool = False


class DropCopies(NamedTuple):
    """Lines are dropped that repeat earlier ones: the log was written twice.

    `line` is the first of them.
    """

    line: int
    lines: tuple[int, ...]


class Unset(NamedTuple):
    """A key is left out; `path` as in Set."""

    line: int
    event: str | None
    path: tuple[str, ...]


class EndLine(NamedTuple):
    """The newline that the last line lacks is written."""

    line: int


Change: TypeAlias = Insert | Drop | DropCopies | Move | Set | Unset | EndLine

KINDS: dict[type, str] = {
    Insert: "insert",
    Drop: "drop",
    DropCopies: "drop-copies",
    Move: "move",
    Set: "set",
    Unset: "unset",
    EndLine: "end-line",
}
"""How programs know the changes."""


def to_json(change: Change) -> dict[str, Any]:
    """The change as JSON: its kind and its fields."""
    fields = change._asdict()
    for key in ("path", "free", "lines"):
        if isinstance(fields.get(key), tuple):
            fields[key] = list(fields[key])
    return {"change": KINDS[type(change)], **fields}


def content_of_change(change: Change) -> object:
    """The same for changes of one line that differ only in examples of legal values."""
    match change:
        case Set(path=path, value=value, free=free):
            shown = None if free or path == (TIMESTAMP,) else json.dumps(value, sort_keys=True)
            return path, shown
        case Unset(path=path):
            return path
        case _:
            return type(change).__name__


def in_words(changes: Sequence[Change]) -> str:
    """What the changes do, for a person: "insert a after line 1, and drop line 3 (b)"."""
    said = [_said(change) for change in changes]
    if len(said) < 2:
        return said[0] if said else "change nothing"
    return f"{', '.join(said[:-1])}, and {said[-1]}"


def _said(change: Change) -> str:
    match change:
        case Insert(line=line, event=event, context=context, free=free):
            bears = f" {json.dumps(context, ensure_ascii=False)}" if context else ""
            other = f" (or with another {' or '.join(free)})" if free else ""
            return f"insert {event}{bears} {_place(line)}{other}"
        case Drop(line=line, event=event):
            return f"drop line {line}{_named(event)}"
        case DropCopies(lines=lines):
            return f"drop {_lines(lines)}, which repeat earlier lines"
        case Move(line=line, to=to, event=event):
            return f"move line {line}{_named(event)} {_place(to)}"
        case Set(line=line, event=event, path=path, value=value, free=free):
            other = ", or to another legal value" if free else ""
            what = show_value(value)
            return f'set "{path[-1]}" to {what} in line {line}{_named(event)}{other}'
        case Unset(line=line, event=event, path=path):
            return f'leave "{path[-1]}" out of line {line}{_named(event)}'
        case EndLine(line=line):
            return f"end line {line} with a newline"


def _place(line: int) -> str:
    return f"after line {line}" if line else "before the first line"


_SHOWN = 12
"""Maximum number of stretches of lines that are named one by one."""


def _lines(numbers: Sequence[int]) -> str:
    """Lines in words: "lines 4, 6 to 9, and 12"."""
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and stretches[-1][-1] == number - 1:
            stretches[-1][1:] = [number]
        else:
            stretches.append([number])
    shown = [" to ".join(map(str, stretch)) for stretch in stretches[:_SHOWN]]
    left = len(stretches) - len(shown)
    shown += [f"{left} more stretches"] if left else []
    plural = "line" if len(numbers) == 1 else "lines"
    whole = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])}, and {shown[-1]}"
    return f"{plural} {whole}"


def _named(event: str | None) -> str:
    return f" ({event})" if event else ""

"""The changes that a repair makes to a log, as values and in words.

Line numbers refer to the original log and start at 1; line 0 is the position before the first line.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from flux_conform.logs.eventlog import show_value

TIMESTAMP, CONTEXT = "timestamp", "context"
"""The keys of a line that a repair may write."""


class Insert(NamedTuple):
    """Insert an event after a line. `context` is None if the event has none.

    The values of the keys `free` are examples: neither the log nor a rule requires them.
    """

    line: int
    event: str
    context: dict[str, Any] | None
    free: tuple[str, ...] = ()


class Drop(NamedTuple):
    """Drop a line; `event` is its name, or None if it is unreadable."""

    line: int
    event: str | None


class Move(NamedTuple):
    """Move a line to the position after the line `to`."""

    line: int
    to: int
    event: str


class Set(NamedTuple):
    """Set a value, or add one that is missing.

    `path` is ("timestamp",), ("context",) or ("context", KEY). `free` means that the value is an
    example: neither the log nor a rule requires it.
    """

    line: int
    event: str | None
    path: tuple[str, ...]
    value: Any
    free: bool = False


class DropCopies(NamedTuple):
    """Drop lines that repeat earlier ones: the log was written twice.

    `line` is the first of them.
    """

    line: int
    lines: tuple[int, ...]


class Unset(NamedTuple):
    """Remove a key; `path` as in Set."""

    line: int
    event: str | None
    path: tuple[str, ...]


class EndLine(NamedTuple):
    """Add the newline that the last line lacks."""

    line: int


Change: TypeAlias = Insert | Drop | DropCopies | Move | Set | Unset | EndLine


class Repair(NamedTuple):
    """Changes that repair a log, in the order of its lines, and the repaired log."""

    changes: tuple[Change, ...]
    data: bytes


KINDS: dict[type, str] = {
    Insert: "insert",
    Drop: "drop",
    DropCopies: "drop-copies",
    Move: "move",
    Set: "set",
    Unset: "unset",
    EndLine: "end-line",
}
"""The names of the changes in JSON."""


def to_json(change: Change) -> dict[str, Any]:
    """Return the change as JSON: its kind and its fields."""
    fields = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in change._asdict().items()
    }
    return {"change": KINDS[type(change)], **fields}


def content_of_change(change: Change) -> object:
    """Return a value that is equal for changes of one line that differ only in example values."""
    match change:
        case Set(path=path, value=value, free=free):
            shown = None if free or path == (TIMESTAMP,) else json.dumps(value, sort_keys=True)
            return path, shown
        case Unset(path=path):
            return path
        case _:
            return type(change).__name__


def in_words(changes: Sequence[Change]) -> str:
    """Describe the changes, for example "insert a after line 1, and drop line 3 (b)"."""
    sentences = [_sentence(change) for change in changes]
    if len(sentences) < 2:
        return sentences[0] if sentences else "change nothing"
    return f"{', '.join(sentences[:-1])}, and {sentences[-1]}"


def _sentence(change: Change) -> str:
    match change:
        case Insert(line=line, event=event, context=context, free=free):
            content = f" {json.dumps(context, ensure_ascii=False)}" if context else ""
            other = f" (or with another {' or '.join(free)})" if free else ""
            return f"insert {event}{content} {_place(line)}{other}"
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
"""Maximum number of stretches of lines that are listed."""


def _lines(numbers: Sequence[int]) -> str:
    """Describe lines, for example "lines 4, 6 to 9, and 12"."""
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

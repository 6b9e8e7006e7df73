"""Construction of the repaired log: its lines, their order, and its bytes.

A line without a change keeps its bytes. An inserted event, or a moved one whose time does not fit,
gets a time between those of its neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flux_conform.repair.edit_script import (
    Dropped,
    DroppedCopies,
    EditScript,
    Inserted,
    Moved,
    Operation,
    Replaced,
)
from flux_conform.repair.edits import (
    CONTEXT,
    TIMESTAMP,
    Change,
    Drop,
    DropCopies,
    EndLine,
    Insert,
    Move,
    Set,
    Unset,
    content_of_change,
)
from flux_conform.repair.log_lines import Line
from flux_conform.repair.walker import Walker

_STEP = 0.001
"""Seconds between an event and its only neighbour."""


class CannotWrite(Exception):
    """A line to change contains something that cannot be written as JSON again."""


class Item(NamedTuple):
    """A line of the repaired log: an original line, possibly changed, or an inserted event."""

    line: Line | None
    inserted: Insert | None
    values: tuple[Change, ...]
    moved: bool

    @property
    def content(self) -> object:
        """A value that identifies the item regardless of times and example values.

        For an inserted event, it is the name.
        """
        if self.line is None:
            assert self.inserted is not None
            return self.inserted.event
        return self.line.content, tuple(map(content_of_change, self.values))


class Span(NamedTuple):
    """A range of lines: from the index `start` up to, but not including, `end`."""

    start: int
    end: int


class Draft(NamedTuple):
    """A repaired log that is not written yet: the changes, and the lines that replace a span."""

    changes: tuple[Change, ...]
    span: Span
    items: tuple[Item, ...]

    @property
    def content(self) -> object:
        """A value equal for drafts of one span with equal logs, up to times and examples."""
        return tuple(item.content for item in self.items)

    @property
    def shape(self) -> object:
        """A value that is equal for drafts that differ only in the values that they write."""
        return tuple(
            (item.inserted and item.inserted.event, item.line and item.line.content,
             tuple(getattr(change, "path", type(change).__name__) for change in item.values))
            for item in self.items
        )  # fmt: skip

    @property
    def is_example(self) -> bool:
        """Whether the draft writes an example value that any legal value could replace."""
        return any(isinstance(change, Set) and change.free for change in self.changes)


def span_of(scripts: Iterable[EditScript], lines: int) -> Span:
    """Return the span that contains all changes, in a log with `lines` lines."""
    touched = [
        place
        for script in scripts
        for operation in script
        for place in (operation.at, getattr(operation, "before", operation.at))
    ]
    return Span(min(touched), min(lines, max(touched) + 1))


def draft_of(walker: Walker, lines: Sequence[Line], script: EditScript, span: Span) -> Draft:
    """Apply an edit script to a log."""
    put: dict[int, list[Inserted | Moved]] = {}
    gone: set[int] = set()
    replaced: dict[int, Replaced] = {}
    for operation in script:
        match operation:
            case Inserted(at=index):
                put.setdefault(index, []).append(operation)
            case Moved(at=index, before=before):
                put.setdefault(before, []).append(operation)
                gone.add(index)
            case Dropped(at=index):
                gone.add(index)
            case DroppedCopies(indices=indices):
                gone.update(indices)
            case Replaced(at=index):
                replaced[index] = operation
    items: list[Item] = []
    for index in range(span.start, span.end + 1):
        for each in put.get(index, ()):
            if isinstance(each, Moved):
                items.append(Item(lines[each.at], None, (), True))
            else:
                items.append(Item(None, _insert(walker, each), (), False))
        if index < span.end and index not in gone:
            values = replaced[index].replacement.changes if index in replaced else ()
            items.append(Item(lines[index], None, values, False))
    changes = [change for each in script for change in _changes(walker, lines, each)]
    return Draft(tuple(changes), span, tuple(items))


def render(draft: Draft, lines: Sequence[Line], data: bytes) -> bytes:
    """Return the bytes of the repaired log. Raises CannotWrite."""
    times = _times(draft, lines)
    start, end = draft.span
    first = lines[start].entry.offset if start < len(lines) else len(data)
    rest = data[lines[end].entry.offset :] if end < len(lines) else b""
    last = len(draft.items) - 1
    texts = [data[:first]]
    if first and not data[:first].endswith(b"\n"):
        texts.append(b"\n")
    for index, item in enumerate(draft.items):
        time = times[index]
        if item.inserted is not None:
            row: dict[str, Any] = {TIMESTAMP: time, "name": item.inserted.event}
            if item.inserted.context is not None:
                row[CONTEXT] = item.inserted.context
            text = _to_json(row)
        else:
            assert item.line is not None
            text = item.line.entry.text
            wrong_time = item.moved and time != item.line.timestamp
            if wrong_time or any(not isinstance(each, EndLine) for each in item.values):
                text = _rewritten(text, item, time)
        ended = index < last or bool(rest) or item.line is None or _is_ended(item)
        texts.append(text + b"\n" if ended else text)
    return b"".join((*texts, rest))


def _is_ended(item: Item) -> bool:
    """Return whether the last line of the repaired log ends in a newline."""
    assert item.line is not None
    if item.moved or any(isinstance(change, EndLine) for change in item.values):
        return True
    return not any(fault.check == "last-newline" for fault in item.line.entry.faults)


def _insert(walker: Walker, operation: Inserted) -> Insert:
    insertion = operation.insertion
    name = walker.happenings[insertion.happening].name
    return Insert(operation.at, name, insertion.context, insertion.free)


def _changes(walker: Walker, lines: Sequence[Line], operation: Operation) -> list[Change]:
    match operation:
        case Inserted():
            return [_insert(walker, operation)]
        case Dropped(at=index):
            return [Drop(index + 1, lines[index].event)]
        case DroppedCopies(indices=indices):
            return [DropCopies(indices[0] + 1, tuple(index + 1 for index in indices))]
        case Moved(at=index, before=before):
            return [Move(index + 1, before, lines[index].event or "")]
        case Replaced(replacement=replacement):
            return list(replacement.changes)


def _times(draft: Draft, lines: Sequence[Line]) -> list[int | float | None]:
    """Return the time of each item: its own if it has one and does not move."""
    items = draft.items
    own: list[int | float | None] = [
        None if item.line is None or item.moved else item.line.timestamp for item in items
    ]
    times = list(own)
    following: list[int | float | None] = [None] * len(items)
    ahead = _first_time(lines[draft.span.end :])
    for index in range(len(items) - 1, -1, -1):
        following[index] = ahead
        ahead = own[index] if own[index] is not None else ahead
    before = _first_time(reversed(lines[: draft.span.start]))
    for index, item in enumerate(items):
        if times[index] is None and _needs_time(item):
            kept = item.line.timestamp if item.line is not None else None
            times[index] = _time_between(before, following[index], kept)
        before = times[index] if times[index] is not None else before
    return times


def _first_time(lines: Iterable[Line]) -> int | float | None:
    return next((line.timestamp for line in lines if line.timestamp is not None), None)


def _needs_time(item: Item) -> bool:
    return (
        item.line is None
        or item.moved
        or any(isinstance(change, Set) and change.path == (TIMESTAMP,) for change in item.values)
    )


def _time_between(
    before: int | float | None, after: int | float | None, kept: int | float | None
) -> int | float:
    """Return a time between two that are in order; `kept` if it fits."""
    if kept is not None and (before is None or before <= kept) and (after is None or kept <= after):
        return kept
    try:
        return _new_time(before, after)
    except OverflowError:  # an integer beyond all floats; repeating the time keeps the order
        return before if before is not None else after or 1.0


def _new_time(before: int | float | None, after: int | float | None) -> int | float:
    if before is None:
        if after is None:
            return 1.0
        return after - _STEP if after > _STEP else after / 2
    if after is None or after < before:
        return before + _STEP
    middle = before + (after - before) / 2
    short = round(middle, 6)
    return short if before < short < after else middle


def _rewritten(text: bytes, item: Item, time: int | float | None) -> bytes:
    try:
        row = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CannotWrite(str(error)) from error
    if item.moved:
        row[TIMESTAMP] = time
    for change in item.values:
        match change:
            case Set(path=(key,), value=value):
                row[key] = time if key == TIMESTAMP else value
            case Set(path=(outer, key), value=value):
                row[outer] = {**_object(row.get(outer)), key: value}
            case Unset(path=(key,)):
                row.pop(key, None)
            case Unset(path=(outer, key)):
                row[outer] = {k: v for k, v in _object(row.get(outer)).items() if k != key}
    return _to_json(row)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _to_json(row: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(row, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise CannotWrite(str(error)) from error
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can represent
        return json.dumps(row, separators=(",", ":"), allow_nan=False).encode("ascii")


def with_times(draft: Draft, lines: Sequence[Line]) -> tuple[Change, ...]:
    """Return the changes, with the times that are written filled in."""
    times = _times(draft, lines)
    by_line = {
        item.line.number: time
        for item, time in zip(draft.items, times, strict=True)
        if item.line is not None
    }
    return tuple(
        change._replace(value=by_line[change.line])
        if isinstance(change, Set) and change.path == (TIMESTAMP,)
        else change
        for change in draft.changes
    )

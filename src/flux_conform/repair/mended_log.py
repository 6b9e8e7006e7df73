"""A log with changes made to it: what stands where, and its bytes.

A line that no change touches keeps its bytes. An event that is inserted, or moved to where its
time does not fit, gets a time between those of its neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

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
from flux_conform.repair.ways import (
    Copies,
    Dropped,
    Formed,
    Inserted,
    Moved,
    Operation,
    Way,
)

_STEP = 0.001
"""Seconds between an event and its one neighbour, where it has no other."""


class CannotWrite(Exception):
    """A line that must change holds what JSON cannot be written from again."""


class Item(NamedTuple):
    """A line of the mended log: one that was there, perhaps changed, or an inserted event."""

    line: Line | None
    inserted: Insert | None
    values: tuple[Change, ...]
    moved: bool

    @property
    def content(self) -> object:
        """What tells items apart, whatever their times and the values that are examples.

        Of an inserted event that is its name.
        """
        if self.line is None:
            assert self.inserted is not None
            return self.inserted.event
        return self.line.content, tuple(map(content_of_change, self.values))


class Span(NamedTuple):
    """A stretch of a log: the lines from the index `start` up to `end`, which is not in it."""

    start: int
    end: int


class Draft(NamedTuple):
    """A mended log before it is written: its changes, and the lines that stand for a span."""

    changes: tuple[Change, ...]
    span: Span
    items: tuple[Item, ...]

    @property
    def content(self) -> object:
        """The same for drafts of one span that give the same log, but for times and examples."""
        return tuple(item.content for item in self.items)

    @property
    def places(self) -> object:
        """The same for drafts that differ in the values alone which they write."""
        return tuple(
            (item.inserted and item.inserted.event, item.line and item.line.content,
             tuple(getattr(change, "path", type(change).__name__) for change in item.values))
            for item in self.items
        )  # fmt: skip

    @property
    def is_example(self) -> bool:
        """Whether any legal value would do in place of one that is written."""
        return any(isinstance(change, Set) and change.free for change in self.changes)


def span_of(ways: Iterable[Way], lines: int) -> Span:
    """The stretch of a log of so many lines in which all changes lie."""
    touched = [
        place
        for way in ways
        for operation in way.operations
        for place in (operation.at, getattr(operation, "before", operation.at))
    ]
    return Span(min(touched), min(lines, max(touched) + 1))


def draft_of(walker: Walker, lines: Sequence[Line], way: Way, span: Span) -> Draft:
    """What a way through a log makes of it."""
    put: dict[int, list[Inserted | Moved]] = {}
    gone: set[int] = set()
    formed: dict[int, Formed] = {}
    for operation in way.operations:
        match operation:
            case Inserted(at=index):
                put.setdefault(index, []).append(operation)
            case Moved(at=index, before=before):
                put.setdefault(before, []).append(operation)
                gone.add(index)
            case Dropped(at=index):
                gone.add(index)
            case Copies(indices=indices):
                gone.update(indices)
            case Formed(at=index):
                formed[index] = operation
    items: list[Item] = []
    for index in range(span.start, span.end + 1):
        for each in put.get(index, ()):
            if isinstance(each, Moved):
                items.append(Item(lines[each.at], None, (), True))
            else:
                items.append(Item(None, _insert(walker, each), (), False))
        if index < span.end and index not in gone:
            values = formed[index].form.changes if index in formed else ()
            items.append(Item(lines[index], None, values, False))
    changes = [change for each in way.operations for change in _changes(walker, lines, each)]
    return Draft(tuple(changes), span, tuple(items))


def written(draft: Draft, lines: Sequence[Line], data: bytes) -> bytes:
    """The bytes of the mended log. Raises CannotWrite."""
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
            text = _dumped(row)
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
    """Whether the last line of a mended log ends in a newline."""
    assert item.line is not None
    if item.moved or any(isinstance(change, EndLine) for change in item.values):
        return True
    return not any(fault.check == "last-newline" for fault in item.line.entry.faults)


def _insert(walker: Walker, operation: Inserted) -> Insert:
    letter = operation.letter
    name = walker.happenings[letter.happening].name
    return Insert(operation.at, name, letter.context, letter.free)


def _changes(walker: Walker, lines: Sequence[Line], operation: Operation) -> list[Change]:
    match operation:
        case Inserted():
            return [_insert(walker, operation)]
        case Dropped(at=index):
            return [Drop(index + 1, lines[index].event)]
        case Copies(indices=indices):
            return [DropCopies(indices[0] + 1, tuple(index + 1 for index in indices))]
        case Moved(at=index, before=before):
            return [Move(index + 1, before, lines[index].event or "")]
        case Formed(form=form):
            return list(form.changes)


def _times(draft: Draft, lines: Sequence[Line]) -> list[int | float | None]:
    """The time of each item: its own where it has one and stands where it stood."""
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
    """A time between two, where they are in order; `kept` where it fits."""
    if kept is not None and (before is None or before <= kept) and (after is None or kept <= after):
        return kept
    try:
        return _made_time(before, after)
    except OverflowError:  # an integer beyond all floats; the same time again is in order
        return before if before is not None else after or 1.0


def _made_time(before: int | float | None, after: int | float | None) -> int | float:
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
    return _dumped(row)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _dumped(row: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(row, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise CannotWrite(str(error)) from error
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # half of a pair of surrogates, which only an escape can hold
        return json.dumps(row, separators=(",", ":"), allow_nan=False).encode("ascii")


def times_told(draft: Draft, lines: Sequence[Line]) -> tuple[Change, ...]:
    """The changes, with the times that are written filled in."""
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

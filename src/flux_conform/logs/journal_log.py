"""The log of one job, put together from what a journal held of it.

Each entry of a journal is kept with a mark before it, which says how many lines were lost before
it and how many backlogs had ended. From them follows where events may be missing, and which entries
are a backlog that came again because the consumer had reconnected.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from flux_conform.interruptible import uninterrupted

# JSON has no raw control characters, so none of an entry's bytes pass for a mark.
_BEGIN, _END = b"\x1e", b"\x1d"
_LOST, _TOO_MANY = _BEGIN + b"lost" + _END, _BEGIN + b"many" + _END


_MOST_WORK = 1 << 20
"""The number of lines of a log that are compared with backlogs that do not just continue it."""


class TooOften(Exception):
    """A journal repeats a log too often for it to be put together."""


class State(NamedTuple):
    """How far a journal is: the lines that were lost, and the backlogs that had ended."""

    lost: int = 0
    backlogs: int = 0


class JournalLog(NamedTuple):
    """The bytes of a log, and at which places in them events may be missing.

    `lacks` says that lines of the journal were lost that may have held events of the log, also
    after the last.
    """

    data: bytes
    gaps: tuple[int, ...]
    lacks: bool


def mark_of(state: State) -> bytes:
    """What is kept before the events of an entry, each of which ends in a newline."""
    return _BEGIN + b"%d %d" % state + _END


def marked_lost(*, too_many: bool) -> bytes:
    """What is kept in place of an entry that could not be read."""
    return _TOO_MANY if too_many else _LOST


def has_too_many(kept: bytes) -> bool:
    """Whether an entry was left out because it held too many events."""
    return _TOO_MANY in kept


def log_of(kept: bytes, end: State) -> JournalLog:
    """The log that was kept; `end` is how far the journal was at its end. Raises TooOften."""
    mark = mark_of(State(0, end.backlogs))
    entries = kept.count(_BEGIN)
    if not end.lost and kept.count(mark) == entries in (1, kept.count(b"\n")):
        # Nothing was lost, and events came all at once, or one by one.
        return JournalLog(kept.replace(mark, b""), (), False)
    lines: list[bytes] = []
    gaps: list[int] = []
    lost, misses, work = 0, False, 0
    for state, events, is_backlog in _joined(_entries(kept), end):
        if state is None:
            misses = True
            continue
        if is_backlog:
            # It holds all that came before it, so that nothing is missing from there.
            gaps.clear()
            if not _goes_on(lines, events):
                work += len(lines)
                if work > _MOST_WORK:
                    raise TooOften
                lines = _merged(lines, events)
        else:
            if misses or state.lost != lost:
                gaps.append(len(lines))
            lines += events
        lost, misses = state.lost, False
    lacks = bool(gaps) or misses or lost != end.lost
    return JournalLog(b"".join(lines), _offsets(lines, gaps), lacks)


def _offsets(lines: list[bytes], gaps: Sequence[int]) -> tuple[int, ...]:
    """Where in the bytes of a log the gaps are that are given by indices of its lines."""
    offsets: list[int] = []
    offset = place = 0
    for gap in gaps:
        offset += sum(map(len, lines[place:gap]))
        place = gap
        offsets.append(offset)
    return tuple(offsets)


def _entries(kept: bytes) -> Iterator[tuple[State | None, list[bytes]]]:
    """The entries with their states; None is that of one that is lost."""
    known: dict[bytes, State | None] = {_LOST[1:-1]: None}
    for piece in kept.split(_BEGIN)[1:]:
        mark, _, text = piece.partition(_END)
        if mark not in known:
            known[mark] = State(*map(int, mark.split()))
        # An event may hold a carriage return, so only a newline ends a line.
        yield known[mark], [line + b"\n" for line in text.split(b"\n")[:-1]]


class _Entry(NamedTuple):
    """An entry; its state is None where it is lost.

    One that `is_backlog` repeats the log from its beginning, as after a consumer reconnected.
    """

    state: State | None
    events: list[bytes]
    is_backlog: bool


def _joined(entries: Iterator[tuple[State | None, list[bytes]]], end: State) -> Iterator[_Entry]:
    """The entries; a backlog that comes again event by event is one of them.

    Events that happen come one by one after the last backlog. What begins as the log does before
    the end of a backlog is of it, and so is what follows up to that end.
    """
    first: Hashable = None
    backlog: _Entry | None = None
    for state, events in entries:
        is_past = state is not None and state.backlogs != end.backlogs
        begins = bool(events) and (is_past or len(events) > 1) and key_of(events[0]) == first
        if backlog is not None and state == backlog.state and not begins:
            backlog.events.extend(events)
            continue
        if backlog is not None:
            yield backlog
            backlog = None
        if first is None and events:
            first = key_of(events[0])
        if begins and is_past:
            backlog = _Entry(state, events, True)
        else:
            yield _Entry(state, events, begins)
    if backlog is not None:
        yield backlog


def _goes_on(lines: list[bytes], again: Sequence[bytes]) -> bool:
    """Whether a backlog begins with all of a log, or is its beginning; what is new is added."""
    if any(key_of(line) != key_of(event) for line, event in zip(lines, again, strict=False)):
        return False
    lines += again[len(lines) :]
    return True


def _merged(lines: list[bytes], again: Sequence[bytes]) -> list[bytes]:
    """A log with what a backlog has of it more than once left out.

    What either has alone is kept, in the order of both; what came only once comes first.
    """
    places: dict[Hashable, deque[int]] = {}
    for place, line in enumerate(lines):
        places.setdefault(key_of(line), deque()).append(place)
    ahead = Counter(map(key_of, again))
    merged: list[bytes] = []
    at = 0
    for event in again:
        key = key_of(event)
        known = places.get(key, ())
        while known and known[0] < at:
            known.popleft()
        if known:
            end = known.popleft() + 1
            merged += lines[at:end]
            at = end
        else:
            while at < len(lines) and not ahead[key_of(lines[at])]:
                merged.append(lines[at])
                at += 1
            merged.append(event)
        ahead[key] -= 1
    return merged + lines[at:]


class _Names(msgspec.Struct):
    timestamp: msgspec.Raw
    name: msgspec.Raw


with uninterrupted():
    _NAMES = msgspec.json.Decoder(_Names)


def key_of(line: bytes) -> Hashable:
    """What an event is known by: its time and name, for a later backlog may fold memos into it."""
    try:
        names = _NAMES.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return line
    return bytes(names.timestamp), bytes(names.name)

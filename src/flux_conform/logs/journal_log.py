"""Assembles the log of one job from the entries of a journal.

A mark before each stored entry says how many lines were lost and how many backlogs had ended before
it. The marks show where events may be missing, and which entries repeat a backlog because the
consumer reconnected.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from flux_conform.interruptible import uninterrupted

# JSON has no raw control characters, so the bytes of an entry never look like a mark.
_BEGIN, _END = b"\x1e", b"\x1d"
_LOST, _TOO_MANY = _BEGIN + b"lost" + _END, _BEGIN + b"many" + _END


_MAX_WORK = 1 << 20
"""Maximum number of log lines compared with backlogs that do not simply continue the log."""


class TooManyRepeats(Exception):
    """A journal repeats a log too often to assemble it."""


class State(NamedTuple):
    """A position in a journal: the number of lost lines and of backlogs that have ended."""

    lost: int = 0
    backlogs: int = 0


class JournalLog(NamedTuple):
    """The bytes of a log, and the offsets at which events may be missing.

    `lacks` says that lost lines of the journal may have held events of the log, also after the last
    one.
    """

    data: bytes
    gaps: tuple[int, ...]
    lacks: bool


def mark_of(state: State) -> bytes:
    """Return the mark before the events of an entry; each event ends in a newline."""
    return _BEGIN + b"%d %d" % state + _END


def lost_mark(*, too_many: bool) -> bytes:
    """Return the mark that replaces an entry that could not be read."""
    return _TOO_MANY if too_many else _LOST


def has_too_many(kept: bytes) -> bool:
    """Return whether an entry was left out because it held too many events."""
    return _TOO_MANY in kept


def assemble_log(kept: bytes, end: State) -> JournalLog:
    """Assemble a log from its stored entries; `end` is the state at the end of the journal.

    Raises TooManyRepeats if its backlogs take too much work to merge.
    """
    mark = mark_of(State(0, end.backlogs))
    entries = kept.count(_BEGIN)
    if not end.lost and kept.count(mark) == entries in (1, kept.count(b"\n")):
        # Fast path: no line was lost, and the events came in one entry, or one per entry.
        return JournalLog(kept.replace(mark, b""), (), False)
    lines: list[bytes] = []
    gaps: list[int] = []
    lost, misses, work = 0, False, 0
    for state, events, is_backlog in _joined(_entries(kept), end):
        if state is None:
            misses = True
            continue
        if is_backlog:
            # A backlog holds everything before it, so no earlier gap remains.
            gaps.clear()
            if not _extends(lines, events):
                work += len(lines)
                if work > _MAX_WORK:
                    raise TooManyRepeats
                lines = _merged(lines, events)
        else:
            if misses or state.lost != lost:
                gaps.append(len(lines))
            lines += events
        lost, misses = state.lost, False
    lacks = bool(gaps) or misses or lost != end.lost
    return JournalLog(b"".join(lines), _offsets(lines, gaps), lacks)


def _offsets(lines: list[bytes], gaps: Sequence[int]) -> tuple[int, ...]:
    """Convert gaps from line indices to byte offsets."""
    offsets: list[int] = []
    offset = place = 0
    for gap in gaps:
        offset += sum(map(len, lines[place:gap]))
        place = gap
        offsets.append(offset)
    return tuple(offsets)


def _entries(kept: bytes) -> Iterator[tuple[State | None, list[bytes]]]:
    """Yield the entries with their states; the state of a lost entry is None."""
    known: dict[bytes, State | None] = {_LOST[1:-1]: None}
    for piece in kept.split(_BEGIN)[1:]:
        mark, _, text = piece.partition(_END)
        if mark not in known:
            known[mark] = State(*map(int, mark.split()))
        # An event may contain a carriage return, so only a newline ends a line.
        yield known[mark], [line + b"\n" for line in text.split(b"\n")[:-1]]


class _Entry(NamedTuple):
    """An entry; its state is None if it was lost.

    If `is_backlog`, it repeats the log from the start, as after a reconnect.
    """

    state: State | None
    events: list[bytes]
    is_backlog: bool


def _joined(entries: Iterator[tuple[State | None, list[bytes]]], end: State) -> Iterator[_Entry]:
    """Yield the entries, with a backlog that comes one event at a time joined into one.

    After the last backlog, events come one by one as they happen. An entry before the end of a
    backlog that begins as the log does starts a backlog, which includes what follows up to its end.
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


def _extends(lines: list[bytes], again: Sequence[bytes]) -> bool:
    """Return whether a backlog continues a log or is its prefix; append its new events."""
    if any(key_of(line) != key_of(event) for line, event in zip(lines, again, strict=False)):
        return False
    lines += again[len(lines) :]
    return True


def _merged(lines: list[bytes], again: Sequence[bytes]) -> list[bytes]:
    """Merge a backlog into a log, without the events that both have.

    Events that only one of them has are kept, in the order of both; those of the log come first.
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
    """Return the time and name of an event, which identify it.

    The context is left out because a later backlog may fold memos into it.
    """
    try:
        names = _NAMES.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return line
    return bytes(names.timestamp), bytes(names.name)

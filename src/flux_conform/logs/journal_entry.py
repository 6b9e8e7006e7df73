"""Parser for entries of the job manager's journal: a job id, and the bytes of its events.

It accepts the JSON that the reader of eventlogs accepts, so that an event is checked alike from
every source: lone surrogates, numbers of any length and repeated keys.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import msgspec

from flux_conform.interruptible import uninterrupted
from flux_conform.logs.eventlog import MAX_DEPTH, MAX_LINE_BYTES, depth_exceeds, json_fault
from flux_conform.logs.kind import event_name
from flux_conform.logs.raw_json import DECODER, TooMany, elements, walk
from flux_conform.logs.source_items import MAX_LOG_LINES

SENTINEL = -1
"""The id of the sentinel entry, which ends the backlog."""

_QUICK = 200_000
"""Maximum number of commas for which the fast decoder is used.

An entry with more may hold very many events, and is split one event at a time.
"""

_ENTRY_DEPTH = 2
"""Levels of brackets of an entry around an event."""

_LEADING_ID = re.compile(rb'\s*\{\s*"id"\s*:\s*([0-9]{1,20})\s*[,}]')


class JournalEntry(NamedTuple):
    """An entry of the journal; other members, such as jobspec and R, are ignored."""

    id: int
    events: list[bytes]


class NoEntry(Exception):
    """A line is not a valid entry; the message says why.

    `job` is the id of the job, if the start of the line names it.
    """

    def __init__(self, why: str, job: int | None = None) -> None:
        super().__init__(why)
        self.job = job


class TooManyEvents(NoEntry):
    """A line holds more events than a log may have."""


def read_entry(line: bytes | None, *, ended: bool) -> JournalEntry | None:
    """Parse a line of a journal; a blank line gives None.

    `line` is None if it was too long. `ended` says whether it had a newline. Raises NoEntry.
    """
    try:
        if line is None:
            raise NoEntry(f"it is longer than {MAX_LINE_BYTES:,} bytes")
        return entry_of(line) if line.strip() else None
    except NoEntry as error:
        cut = "" if ended else "; it is the last line, and cut off"
        error.args = (f"no entry of the journal: {error}{cut}",)
        raise


def entry_of(line: bytes) -> JournalEntry:
    """Parse an entry. Raises NoEntry."""
    try:
        entry = _entry(line)
        is_sentinel = entry.id == SENTINEL and not entry.events
        if not is_sentinel and not 0 <= entry.id < 1 << 64:
            raise NoEntry(f"{entry.id} is no job id")
        return entry
    except NoEntry as error:
        if error.job is None and (match := _LEADING_ID.match(line)) and int(match[1]) < 1 << 64:
            error.job = int(match[1])
        raise


class _Outer(msgspec.Struct):
    events: msgspec.Raw


class _Whole(msgspec.Struct):
    id: int
    events: list[msgspec.Raw]


with uninterrupted():
    _OUTER = msgspec.json.Decoder(_Outer)
    _WHOLE = msgspec.json.Decoder(_Whole)


def _entry(line: bytes) -> JournalEntry:
    try:
        if len(line) <= _QUICK or bytes(_OUTER.decode(line).events).count(b",") <= _QUICK:
            entry = _WHOLE.decode(line)
            return JournalEntry(entry.id, list(map(bytes, entry.events)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # msgspec refuses some JSON that eventlogs may hold, and its messages say less.
        pass
    return _carefully(line)


def _carefully(line: bytes) -> JournalEntry:
    """Parse an entry with the decoder that reads eventlogs. Raises NoEntry."""
    if depth_exceeds(line, MAX_DEPTH + _ENTRY_DEPTH):
        raise NoEntry(f"it nests deeper than the {MAX_DEPTH} levels that are read of an event")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoEntry(f"byte {error.start + 1} of it is not UTF-8") from error
    found = _Members(text)
    try:
        walk(text, found.take)
    except json.JSONDecodeError as error:
        raise NoEntry(json_fault(error)) from error
    except TooMany as error:
        raise TooManyEvents(f"it holds more than {MAX_LOG_LINES:,} events") from error
    id_, events = found.id, found.events
    if not isinstance(id_, int) or isinstance(id_, bool):
        raise NoEntry("it has no id that is an integer")
    if events is None:
        raise NoEntry("it has no events")
    return JournalEntry(id_, events)


class _Named(msgspec.Struct):
    name: str


with uninterrupted():
    _NAMED = msgspec.json.Decoder(_Named)


def event_names(log: bytes) -> set[str]:
    """Return the names of the events of a log; lines without a name are ignored."""
    found: set[str] = set()
    for line in log.split(b"\n"):
        name: str | None
        try:
            name = _NAMED.decode(line).name
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            name = event_name(line)  # by Python's decoder, which accepts more
        if name is not None:
            found.add(name)
    return found


class _Members:
    """The members of an entry, collected while it is parsed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.id: Any = None
        self.events: list[bytes] | None = None

    def take(self, key: str, start: int) -> int:
        """Parse the value at `start`, and return the position after it."""
        if key == "events":
            self.events, end = elements(self._text, start, MAX_LOG_LINES)
            return end
        value, end = DECODER.raw_decode(self._text, start)
        if key == "id":
            self.id = value
        return end

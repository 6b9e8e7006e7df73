"""The lines of an eventlog: RFC 18's one JSON object a line, read as bytes.

Whatever the bytes are, reading ends with entries and faults, or with UnreadableLog where this
reader's own limits are passed. A fault is named by its test (see `LINE_CHECKS` of the
specification), not by a rule: which rule it breaks, and how gravely, the specification says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from flux_conform.logs.limits import UnreadableLog as UnreadableLog
from flux_conform.logs.lines import blocks

MAX_LINE_BYTES = 16 << 20
"""A longer line makes its log unreadable."""

MAX_USELESS = 2_000_000
"""More lines without an event make their log unreadable."""

MAX_DEPTH = 200
"""JSON that nests deeper makes its log unreadable."""

BOM = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""

_SHORT, _MOST_USELESS = 32, 256
"""Of lines without an event that are no longer, the faults of so many are remembered."""


class FormatFault(NamedTuple):
    """A test that a line fails, and what was found there."""

    check: str
    detail: str


class LoggedEvent(NamedTuple):
    """An event as it was logged.

    `timestamp` is in seconds since 1970, None where it is faulty. `context` is None where it is
    absent or no object.
    """

    name: str
    timestamp: int | float | None
    context: dict[str, Any] | None


class Entry(NamedTuple):
    """A line: its number from 1, the byte offset of its start, its text, and what it holds.

    `event` is None where the line is no event, or one without a name.
    """

    line: int
    offset: int
    text: bytes
    event: LoggedEvent | None
    faults: tuple[FormatFault, ...]


class UnheldNumber:
    """Stands for a number that Python does not hold, by `what` it is; it is of no type.

    That is an integer of more digits than Python reads, or a number beyond all floats.
    """

    def __init__(self, what: str) -> None:
        self.what = what

    def __repr__(self) -> str:
        return self.what


EMPTY_LOG = Entry(1, 0, b"", None, (FormatFault("not-empty", "the log is empty"),))
"""The entry of a log without lines, which breaks a rule."""


def read_entries(data: bytes) -> Iterator[Entry]:
    """The lines of a log in order, and EMPTY_LOG where there is none.

    Raises UnreadableLog where a line is too long or nests too deep.
    """
    if not data:
        yield EMPTY_LOG
    reader = EntryReader()
    for lines, ended in blocks(data):
        for number, line in enumerate(lines):
            yield reader.read(line, ended=number < ended)


class EntryReader:
    """Reads the lines of a log one after the other, as they come; `lines` counts them."""

    def __init__(self) -> None:
        self.lines = 0
        self._offset = 0
        self._without = 0
        self._latest: int | float | None = None
        self._useless: dict[bytes, tuple[FormatFault, ...]] = {}
        """The faults of short lines without an event, of which a broken log may have very many."""
        # Made once, for making one takes as long as reading a line.
        self._decoder = _Decoder()

    def skip(self, lines: Sequence[bytes]) -> None:
        """Count the next lines without a look at them."""
        self.lines += len(lines)
        self._offset += sum(map(len, lines)) + len(lines)

    def read(self, text: bytes, *, ended: bool = True) -> Entry:
        """The next line, given without its newline; `ended` tells whether it had one.

        Raises UnreadableLog where it is too long or nests too deep.
        """
        self.lines += 1
        number, offset = self.lines, self._offset
        if len(text) > MAX_LINE_BYTES:
            raise UnreadableLog(
                f"line {number} has {len(text):,} bytes; this reader takes {MAX_LINE_BYTES:,}"
            )
        known = self._useless.get(text) if ended else None
        if known is not None:
            self._without_event()
            self._offset = offset + len(text) + 1
            return Entry(number, offset, text, None, known)
        event, faults = _read_line(self._decoder, number, text, ended=ended)
        if event is None:
            self._without_event()
        elif event.timestamp is not None:
            if self._latest is not None and event.timestamp < self._latest:
                faults.append(
                    FormatFault("time-order", f"{event.timestamp} follows {self._latest}")
                )
            self._latest = event.timestamp
        self._offset = offset + len(text) + 1
        found = tuple(faults)
        is_useless = event is None and ended and number > 1 and len(text) <= _SHORT
        if is_useless and len(self._useless) < _MOST_USELESS:
            self._useless[text] = found
        return Entry(number, offset, text, event, found)

    def _without_event(self) -> None:
        self._without += 1
        if self._without > MAX_USELESS:
            raise UnreadableLog(f"more than {MAX_USELESS:,} of its lines hold no event")


def changed_line(earlier: bytes, later: bytes) -> tuple[int, str] | None:
    """The first line at which a log is not an older snapshot of itself, carried on, and how.

    The whole lines of the older one must begin the newer; None where they do. Where the newer is
    shorter, its last line is named.
    """
    whole = earlier[: earlier.rfind(b"\n") + 1]
    if later.startswith(whole):
        return None
    old, new = whole.split(b"\n"), later.split(b"\n")
    count = max(1, len(new) - 1 if later.endswith(b"\n") else len(new))
    for number, (before, after) in enumerate(zip(old, new, strict=False), 1):
        if before != after and number <= count:
            return number, "the line is not what an earlier snapshot holds here"
    return count, f"the log ends here, and an earlier snapshot has {len(old) - 1} lines"


def _read_line(
    decoder: _Decoder, number: int, text: bytes, *, ended: bool
) -> tuple[LoggedEvent | None, list[FormatFault]]:
    value, repeated, fault = _decode(decoder, number, text)
    if fault is not None:
        return None, [FormatFault("lines", fault)]
    faults = []
    if not ended:
        faults.append(FormatFault("last-newline", "the last line has no newline"))
    if repeated:
        faults.append(FormatFault("duplicate-key", f"given more than once: {_keys(repeated)}"))
    name = value.get("name")
    if not isinstance(name, str):
        faults.append(FormatFault("name", f"the name {_found(value, 'name')}"))
        return None, faults
    timestamp = value.get("timestamp")
    if not _is_timestamp(timestamp):
        faults.append(FormatFault("timestamp", f"the timestamp {_found(value, 'timestamp')}"))
        timestamp = None
    if name == "":
        faults.append(FormatFault("name-empty", "the name is the empty string"))
    context = value.get("context")
    if "context" in value and not isinstance(context, dict):
        faults.append(FormatFault("context", f"the context {_found(value, 'context')}"))
        context = None
    others = [key for key in value if key not in ("timestamp", "name", "context")]
    if others:
        faults.append(FormatFault("keys", f"further keys: {_keys(others)}"))
    return LoggedEvent(name, timestamp, context), faults


_SHOWN_KEYS = 10


def _keys(keys: Sequence[str]) -> str:
    """Some keys as JSON, and how many more there are."""
    shown = ", ".join(_cut(json.dumps(key)) for key in keys[:_SHOWN_KEYS])
    more = len(keys) - _SHOWN_KEYS
    return f"{shown} and {more:,} more" if more > 0 else shown


class _Decoder:
    """Reads JSON, and lists the keys that stand twice in an object."""

    def __init__(self) -> None:
        self._repeated: dict[str, None] = {}
        self._decoder = json.JSONDecoder(
            object_pairs_hook=partial(_pairs, self._repeated),
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_number,
        )

    def decode(self, text: str) -> tuple[Any, list[str]]:
        """A text's value, and the keys that stand twice in it. Raises as `json` does."""
        self._repeated.clear()
        return self._decoder.decode(text), [*self._repeated]


def _pairs(repeated: dict[str, None], items: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(items)
    if len(result) < len(items):
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                repeated[key] = None
            seen.add(key)
    return result


def _decode(
    decoder: _Decoder, number: int, text: bytes
) -> tuple[dict[str, Any], list[str], str | None]:
    """The line's object, the keys that stand twice in it, and what is wrong with the line."""
    if text.startswith(BOM) and number == 1:
        return {}, [], "the log begins with a byte order mark"
    if not text.strip(b" \t\r"):
        return {}, [], "the line is blank"
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        return {}, [], f"byte {error.start + 1} of the line is not UTF-8"
    if depth_exceeds(text, MAX_DEPTH):
        raise UnreadableLog(
            f"line {number} nests deeper than the {MAX_DEPTH} levels that this reader takes"
        )
    try:
        value, repeated = decoder.decode(decoded)
    except json.JSONDecodeError as error:
        return {}, [], why_no_json(error)
    except _NoConstant as error:
        return {}, [], f"not JSON: {error} is no value of JSON"
    if not isinstance(value, dict):
        return {}, [], f"the line holds {kind_of(value)}, not an object"
    return value, repeated, None


def why_no_json(error: json.JSONDecodeError) -> str:
    """Where a text ceases to be JSON, and what is wrong there."""
    what = error.msg[:1].lower() + error.msg[1:].removesuffix(" starting at")
    return f"not JSON from column {error.pos + 1} on: {what}"


class _NoConstant(Exception):
    """NaN, Infinity or -Infinity, which Python's reader would take."""


def _no_constant(name: str) -> Any:
    raise _NoConstant(name)


def _integer(digits: str) -> int | UnheldNumber:
    try:
        return int(digits)
    except ValueError:
        # Python bounds the digits it converts, against a cost that grows with their square.
        return UnheldNumber(f"an integer of {len(digits.lstrip('-'))} digits")


def _number(text: str) -> float | UnheldNumber:
    value = float(text)
    return value if value - value == 0 else UnheldNumber("a number too large to hold")


# Possessive, so that a line of megabytes costs no memory; one that is cut ends with the text.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)


def depth_exceeds(text: bytes, limit: int) -> bool:
    """Whether the brackets of a JSON text nest deeper than the limit."""
    if text.count(b"[") + text.count(b"{") <= limit:
        return False
    depth = 0
    for bracket in re.findall(rb"[\[\]{}]", _STRINGS.sub(b"", text)):
        depth += 1 if bracket in b"[{" else -1
        if depth > limit:
            return True
    return False


def _is_timestamp(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value > 0 and (isinstance(value, int) or value - value == 0)


def _found(value: dict[str, Any], key: str) -> str:
    return f"is {show_value(value[key])}" if key in value else "is missing"


def kind_of(value: Any) -> str:
    """What kind of JSON value it is, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, UnheldNumber):
        return repr(value)
    names = {int: "an integer", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "an object")


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)


def show_value(value: Any, limit: int = 60) -> str:
    """A decoded JSON value as JSON, cut where it is long."""
    if isinstance(value, UnheldNumber):
        return repr(value)
    try:
        text = _ENCODER.encode(value)
    except ValueError:
        return kind_of(value)
    return _cut(text, limit)


def _cut(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"

"""Reader for the lines of an eventlog: one JSON object per line (RFC 18), read as bytes.

For any bytes, reading yields entries and faults, or raises UnreadableLog if a limit of the reader
is exceeded. A fault names the check that failed (`LINE_CHECKS` of the specification), not a rule:
the specification says which rule a check belongs to and how severe it is.
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
"""Maximum length of a line in bytes; a log with a longer line is unreadable."""

MAX_LINES_WITHOUT_EVENT = 2_000_000
"""Maximum number of lines without an event; a log with more of them is unreadable."""

MAX_DEPTH = 200
"""Maximum nesting depth of the JSON; a log that nests deeper is unreadable."""

BOM = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""

_CACHED_LENGTH, _CACHED_LINES = 32, 256
"""The cache of faults: the maximum length of its lines, and the maximum number of them."""


class FormatFault(NamedTuple):
    """A check that a line fails, and what was found."""

    check: str
    detail: str


class LoggedEvent(NamedTuple):
    """An event as logged.

    `timestamp` is in seconds since 1970, or None if it is faulty. `context` is None if it is absent
    or not an object.
    """

    name: str
    timestamp: int | float | None
    context: dict[str, Any] | None


class Entry(NamedTuple):
    """A line: its number from 1, the byte offset of its start, its text, its event and faults.

    `event` is None if the line is not an event, or an event without a name.
    """

    line: int
    offset: int
    text: bytes
    event: LoggedEvent | None
    faults: tuple[FormatFault, ...]

    @property
    def context_is_object(self) -> bool:
        """Whether the context of the event is an object, or absent."""
        return not any(fault.check == "context" for fault in self.faults)


class UnrepresentableNumber:
    """A number that Python cannot represent; `what` describes it, and it has no type.

    It is an integer with more digits than Python converts, or a number beyond the range of floats.
    """

    def __init__(self, what: str) -> None:
        self.what = what

    def __repr__(self) -> str:
        return self.what


EMPTY_LOG = Entry(1, 0, b"", None, (FormatFault("not-empty", "the log is empty"),))
"""The entry of a log without lines, which breaks a rule."""


def read_entries(data: bytes) -> Iterator[Entry]:
    """Yield the lines of a log in order; EMPTY_LOG if there are none.

    Raises UnreadableLog if a line is too long or nests too deep.
    """
    if not data:
        yield EMPTY_LOG
    reader = EntryReader()
    for lines, ended in blocks(data):
        for number, line in enumerate(lines):
            yield reader.read(line, ended=number < ended)


class EntryReader:
    """Reads the lines of a log one by one; `lines` counts them."""

    def __init__(self) -> None:
        self.lines = 0
        self._offset = 0
        self._without = 0
        self._latest: int | float | None = None
        self._known_faults: dict[bytes, tuple[FormatFault, ...]] = {}
        """The faults of short lines without an event; a broken log may have millions of them."""
        # Created once: creating a decoder takes as long as reading a line.
        self._decoder = _Decoder()

    def skip(self, lines: Sequence[bytes]) -> None:
        """Count the next lines without reading them."""
        self.lines += len(lines)
        self._offset += sum(map(len, lines)) + len(lines)

    def read(self, text: bytes, *, ended: bool = True) -> Entry:
        """Read the next line, given without its newline; `ended` says whether it had one.

        Raises UnreadableLog if the line is too long or nests too deep.
        """
        self.lines += 1
        number, offset = self.lines, self._offset
        if len(text) > MAX_LINE_BYTES:
            raise UnreadableLog(
                f"line {number} has {len(text):,} bytes; this reader takes {MAX_LINE_BYTES:,}"
            )
        known = self._known_faults.get(text) if ended else None
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
        is_useless = event is None and ended and number > 1 and len(text) <= _CACHED_LENGTH
        if is_useless and len(self._known_faults) < _CACHED_LINES:
            self._known_faults[text] = found
        return Entry(number, offset, text, event, found)

    def _without_event(self) -> None:
        self._without += 1
        if self._without > MAX_LINES_WITHOUT_EVENT:
            raise UnreadableLog(f"more than {MAX_LINES_WITHOUT_EVENT:,} of its lines hold no event")


def changed_line(earlier: bytes, later: bytes) -> tuple[int, str] | None:
    """Return the first line at which `later` does not continue `earlier`, and the difference.

    The complete lines of the earlier snapshot must be the start of the later one; the result is
    None if they are. If the later snapshot is shorter, its last line is returned.
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
        faults.append(FormatFault("name", f"the name {_described(value, 'name')}"))
        return None, faults
    timestamp = value.get("timestamp")
    if not _is_timestamp(timestamp):
        faults.append(FormatFault("timestamp", f"the timestamp {_described(value, 'timestamp')}"))
        timestamp = None
    if name == "":
        faults.append(FormatFault("name-empty", "the name is the empty string"))
    context = value.get("context")
    if "context" in value and not isinstance(context, dict):
        faults.append(FormatFault("context", f"the context {_described(value, 'context')}"))
        context = None
    others = [key for key in value if key not in ("timestamp", "name", "context")]
    if others:
        faults.append(FormatFault("keys", f"further keys: {_keys(others)}"))
    return LoggedEvent(name, timestamp, context), faults


_SHOWN_KEYS = 10


def _keys(keys: Sequence[str]) -> str:
    """Format keys as JSON, and count those that are not shown."""
    shown = ", ".join(_cut(json.dumps(key)) for key in keys[:_SHOWN_KEYS])
    more = len(keys) - _SHOWN_KEYS
    return f"{shown} and {more:,} more" if more > 0 else shown


class _Decoder:
    """Decodes JSON and lists the keys that an object repeats."""

    def __init__(self) -> None:
        self._repeated: dict[str, None] = {}
        self._decoder = json.JSONDecoder(
            object_pairs_hook=partial(_pairs, self._repeated),
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_number,
        )

    def decode(self, text: str) -> tuple[Any, list[str]]:
        """Return a text's value and the keys it repeats. Raises as `json` does."""
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
    """Return the line's object, the keys it repeats, and the fault of the line if it has one."""
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
        return {}, [], json_fault(error)
    except _NoConstant as error:
        return {}, [], f"not JSON: {error} is no value of JSON"
    if not isinstance(value, dict):
        return {}, [], f"the line holds {kind_of(value)}, not an object"
    return value, repeated, None


def json_fault(error: json.JSONDecodeError) -> str:
    """Say where a text stops being JSON, and why."""
    what = error.msg[:1].lower() + error.msg[1:].removesuffix(" starting at")
    return f"not JSON from column {error.pos + 1} on: {what}"


class _NoConstant(Exception):
    """NaN, Infinity or -Infinity, which Python's decoder would accept."""


def _no_constant(name: str) -> Any:
    raise _NoConstant(name)


def _integer(digits: str) -> int | UnrepresentableNumber:
    try:
        return int(digits)
    except ValueError:
        # Python limits the digits that it converts, because the cost grows with their square.
        return UnrepresentableNumber(f"an integer of {len(digits.lstrip('-'))} digits")


def _number(text: str) -> float | UnrepresentableNumber:
    value = float(text)
    return value if value - value == 0 else UnrepresentableNumber("a number too large to hold")


# Possessive quantifiers, so that a line of megabytes needs no memory for backtracking. A string
# without an end extends to the end of the text.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)


def depth_exceeds(text: bytes, limit: int) -> bool:
    """Return whether the brackets of a JSON text nest deeper than the limit."""
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


def _described(value: dict[str, Any], key: str) -> str:
    return f"is {show_value(value[key])}" if key in value else "is missing"


def kind_of(value: Any) -> str:
    """Name the kind of a JSON value, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, UnrepresentableNumber):
        return repr(value)
    names = {int: "an integer", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "an object")


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)


def show_value(value: Any, limit: int = 60) -> str:
    """Format a decoded JSON value as JSON, truncated to `limit` characters."""
    if isinstance(value, UnrepresentableNumber):
        return repr(value)
    try:
        text = _ENCODER.encode(value)
    except ValueError:
        return kind_of(value)
    return _cut(text, limit)


def _cut(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"

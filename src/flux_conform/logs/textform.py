"""Reader for the output of `flux job eventlog`: a time, a name, and the context as KEY=VALUE.

Times are raw (seconds), iso, offset (since the first event) or human (a date with a minute, then
offsets from the event with the date). The reader converts each line to JSON, and reports what the
text does not keep.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal

from flux_conform.logs.source_items import SourceError

MAX_TEXT_BYTES = 16 << 20
"""Maximum size of a text in bytes; converting it takes several times its size."""

_BASE = Decimal(1_000_000_000)
"""The start of logs whose times are offsets only: 2001-09-09 01:46:40 UTC."""

_YEAR = 2000
"""The year of dates without one: a leap year, so that every date is valid."""

_OFFSETS_BELOW = Decimal(100_000_000)
"""A leading number below this is an offset; otherwise it is seconds since 1970."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # JSON never contains a raw escape character
_SECONDS = re.compile(r"(-?[0-9]{1,20}\.[0-9]{6}) +")
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{6})"
    r"(Z|[+-][0-9]{2}:?[0-9]{2}) +"
)
_DATE = re.compile(r"\[([A-Z][a-z]{2})([ 0-9][0-9]) ([0-9]{2}):([0-9]{2})\] +")
_SINCE = re.compile(r"\[ *([+-][0-9]{1,20}\.[0-9]{6})\] +")
_NAME = re.compile(r"[^ ]+")
_KEY = re.compile(r" ([^ =]+)=")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

_CONTEXT = "this form does not show whether a context is empty or absent; lines are rebuilt"
_LOST = {
    "raw": "times are rounded to the microsecond",
    "iso": "times are cut off at the microsecond",
    "offset": "times are offsets from the first event, so the log is taken to begin in 2001",
    "human": "the year, the zone and the seconds of the first times are unknown, so the log is "
    "taken to be of 2000, in UTC, and minutes to begin with an event",
}


class _Clock:
    """Converts the times at the start of lines."""

    def __init__(self) -> None:
        self.form = ""
        self._minute = _BASE
        self._year = _YEAR
        self._month = 0

    def read(self, line: str) -> tuple[Decimal, int] | None:
        """Return the time of a line and the start of the rest; None if there is no such time."""
        if match := _SECONDS.match(line):
            seconds = Decimal(match[1])
            if not self.form:
                self.form = "offset" if seconds < _OFFSETS_BELOW else "raw"
            if self.form in ("offset", "raw"):
                return seconds + (_BASE if self.form == "offset" else 0), match.end()
        elif match := _ISO.match(line):
            self.form = self.form or "iso"
            if self.form == "iso" and (whole := _instant(match[1] + match[3])) is not None:
                return whole + Decimal(match[2]), match.end()
        elif match := _DATE.match(line):
            self.form = self.form or "human"
            if self.form == "human" and (minute := self._date(*match.groups())) is not None:
                self._minute = minute
                return minute, match.end()
        elif (match := _SINCE.match(line)) and self.form == "human":
            return self._minute + Decimal(match[1]), match.end()
        return None

    def _date(self, name: str, day: str, hour: str, minute: str) -> Decimal | None:
        month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
        # The dates have no year: January after December begins the next one.
        if month == 1 and self._month == 12:
            self._year += 1
        self._month = month
        return _instant(f"{self._year}-{month:02}-{int(day):02}T{hour}:{minute}:00Z")


class TextReader:
    """Converts lines of text to lines of a log, one by one."""

    def __init__(self) -> None:
        self._clock = _Clock()

    @property
    def form(self) -> str:
        """The form of the times: raw, iso, offset or human; "" before the first event."""
        return self._clock.form

    @property
    def lost(self) -> tuple[str, ...]:
        """What the text does not keep of the log, as sentences; empty before the first event."""
        return (_LOST[self.form], _CONTEXT) if self.form else ()

    def read(self, line: bytes) -> bytes | None:
        """Return the event of a line as JSON without a newline; None if there is none."""
        text = _COLOUR.sub("", line.decode("utf-8", "surrogateescape")).rstrip("\r")
        time = self._clock.read(text)
        event = None if time is None else _event(text, *time)
        return None if event is None else event.encode("utf-8", "surrogateescape")

    def fault(self, number: int) -> SourceError:
        """Return the error for a line that differs in form from the lines before it."""
        times = f" with {self.form} times" if self.form else ""
        return SourceError(f"line {number} is not as `flux job eventlog` prints an event{times}")


def _event(text: str, time: Decimal, start: int) -> str | None:
    name = _NAME.match(text, start)
    if name is None:
        return None
    context = []
    at = name.end()
    while at < len(text):
        key = _KEY.match(text, at)
        if key is None:
            return None
        try:
            _, end = _DECODER.raw_decode(text, key.end())
        except (ValueError, RecursionError):
            return None
        context.append(f"{json.dumps(key[1], ensure_ascii=False)}:{text[key.end() : end]}")
        at = end
    line = f'{{"timestamp":{time},"name":{json.dumps(name[0], ensure_ascii=False)}'
    return line + (f',"context":{{{",".join(context)}}}' if context else "") + "}"


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


def _instant(text: str) -> Decimal | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Decimal(int((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()))

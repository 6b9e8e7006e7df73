"""Reader for pasted logs: lines of JSON or text, with traces of the copying around them.

The form of the first event is the form of all lines. A line before the first event or after the
last one is removed only if it is evidently a trace of copying: a prompt, a fence, a line outside
fences or quotation marks, and in such a copy a blank line. If any other line precedes the first
event of a JSON log, the log is not a copy, and every line is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flux_conform.logs.eventlog import BOM
from flux_conform.logs.sniff import is_event
from flux_conform.logs.source_items import SourceError
from flux_conform.logs.textform import MAX_TEXT_BYTES, TextReader
from flux_conform.logs.unsupported import by_line, without_events

MAX_BYTES, MAX_LINES = 1 << 20, 10_000
"""Maximum number of bytes and lines before the first event, and after the last one."""

_MAX_TRACE = 4_096
"""Maximum length in bytes of a prompt or other trace of copying."""

JSON, TEXT = "json", "text"

_BLANKS = b" \t\r"
_MARKS = re.compile(rb"[ \t]*(?:>[ \t]*)*")
_COLOUR = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*\x07")
_FENCE = re.compile(rb"(?:```|~~~)[`~\w-]*")
# A name, a place in brackets and so on, then the prompt sign, then an optional command.
_PROMPT = re.compile(
    rb"(?:\([^()]*\) ?)?(?:\[[^\[\]]*\]|[\w.@:~/+-]*(?: [\w.@:~/+-]+)?) ?"
    rb"(?:[$#%>]|\xe2\x9d\xaf|\xe2\x9e\x9c)(?:[ \t].*)?"
)

BLANK, FENCE, PROMPT, OUTSIDE = "blank", "a fence", "a prompt", "outside of what was copied"


class Line(NamedTuple):
    """A line without its newline; `ended` says whether it had one."""

    text: bytes
    ended: bool


class _Held(NamedTuple):
    """A line without an event, and the kind of trace it is; "" if that is unknown."""

    number: int
    line: Line
    what: str


class LogLines:
    """Reads lines in order and returns those of the log, as JSON."""

    def __init__(self) -> None:
        self.form: str | None = None
        self.is_copy = False
        """Whether the JSON lines were copied together with other lines."""
        self._text = TextReader()
        self._held: list[_Held] = []
        self._size = 0
        self._count = 0
        self._foreign: list[_Held] = []
        self._first = 0
        self._marks: set[str] = set()
        self._is_fenced = self._is_closed = False

    @property
    def lost(self) -> tuple[str, ...]:
        """What is not checked: what the form does not keep, and the lines removed as traces."""
        return (*(self._text.lost if self.form == TEXT else ()), *self._copied())

    def read(self, line: Line) -> list[Line]:
        """Return the log lines that this line makes certain.

        Raises SourceError if the source is not a log, or if a line of text is not an event.
        """
        self._count += 1
        if self.form is None:
            return self._before_first_event(line)
        if self.form == JSON and not self.is_copy:
            return [line]
        event = self._event(line)
        if event is not None:
            return [*self._release_held(), event]
        what = self._classify(line.text)
        if not self._hold(line, what):
            raise SourceError(f"after line {self._held[0].number - 1} too many lines are no events")
        if what:
            self._is_closed |= self._is_fenced and what == FENCE
            return []
        return self._release_held()

    def caught_up(self) -> None:
        """Note that all lines so far were read.

        Raises SourceError if they cannot begin a log.
        """
        if self.form is None and any(not held.what for held in self._held):
            raise self._no_events()

    def end(self) -> list[Line]:
        """Return the remaining log lines at the end.

        Raises SourceError as `read` does.
        """
        if self.form is not None:
            self._foreign += self._held
            return []
        if any(held.what != BLANK for held in self._held):
            raise self._no_events()
        return [held.line for held in self._held]

    def _before_first_event(self, line: Line) -> list[Line]:
        """Read a line while no event has been seen; classify the lines before the first event."""
        plain = _MARKS.sub(b"", line.text, count=1)
        is_quoted = b">" in line.text[: len(line.text) - len(plain)]
        is_json = is_event(plain.removeprefix(BOM))
        event = plain if is_json else self._text.read(plain)
        if event is None:
            why = by_line(line.text)
            if why is not None:
                raise SourceError(why)
            if not self._hold(line, _trace(line.text)):
                raise self._no_events()
            return []
        self.form = JSON if is_json else TEXT
        before = self._mark_outside(is_quoted=is_quoted)
        if self.form == JSON:
            named = all(held.what for held in before)
            self.is_copy = named and (is_quoted or any(h.what != BLANK for h in before))
            if not self.is_copy:
                judged = [*(held.line for held in self._held), line]
                self._held = []
                return judged
        elif bad := next((held for held in before if not held.what), None):
            raise self._text.fault(bad.number)
        self._is_fenced = any(held.what == FENCE for held in before)
        self._foreign, self._held, self._size = before, [], 0
        self._first = self._count
        self._note(line.text, plain)
        return [Line(event, line.ended or self.form == TEXT)]

    def _hold(self, line: Line, what: str) -> bool:
        """Keep a line without an event, and say whether the limits allow more of them."""
        self._size += len(line.text)
        self._held.append(_Held(self._count, line, what))
        return self._size <= MAX_BYTES and len(self._held) <= MAX_LINES

    def _mark_outside(self, *, is_quoted: bool) -> list[_Held]:
        """Return the lines before the first event, with those outside fences or quotes marked."""
        fences = [place for place, held in enumerate(self._held) if held.what == FENCE]
        return [
            held._replace(what=OUTSIDE)
            if not held.what and ((fences and place < fences[-1]) or is_quoted)
            else held
            for place, held in enumerate(self._held)
        ]

    def _event(self, line: Line) -> Line | None:
        plain = _MARKS.sub(b"", line.text, count=1)
        if self.form == JSON:
            found = Line(plain, line.ended) if plain.startswith(b"{") else None
        else:
            event = self._text.read(plain)
            found = None if event is None else Line(event, True)
        if found is not None:
            self._note(line.text, plain)
        return found

    def _classify(self, text: bytes) -> str:
        """Classify a line after the first event; the class holds unless another event follows."""
        outside = self._is_closed or (
            "quoted" in self._marks and not text.lstrip().startswith(b">")
        )
        return _trace(text) or (OUTSIDE if outside else "")

    def _release_held(self) -> list[Line]:
        """Return the held lines that turn out to lie between events: they belong to the log.

        Raises SourceError if they are text: without a lost line, the log would be judged wrongly.
        """
        held, self._held = self._held, []
        self._size = 0
        self._is_closed = False
        if held and self.form == TEXT:
            raise self._text.fault(held[0].number)
        return [each.line for each in held]

    def _note(self, text: bytes, plain: bytes) -> None:
        marks = text[: len(text) - len(plain)]
        if marks:
            self._marks.add("quoted" if b">" in marks else "indented")

    def _no_events(self) -> SourceError:
        return SourceError(without_events([held.line.text for held in self._held]))

    def _copied(self) -> Iterator[str]:
        for what in (PROMPT, FENCE, OUTSIDE):
            numbers = [held.number for held in self._foreign if held.what == what]
            if numbers:
                yield f"{_lines(numbers)} {what}, and not part of the log"
        if self._marks and (self.form == TEXT or self.is_copy):
            yield f"lines are {' and '.join(sorted(self._marks))}, which is not part of the log"
        if self._first > 1 and self.form is not None:
            yield f"lines are counted from line {self._first} on"


def read_lines(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the log in lines of JSON or text, and what is not checked.

    Raises SourceError if the data hold no log.
    """
    reader = LogLines()
    found: list[Line] = []
    for line in _split(data):
        found += reader.read(line)
        if reader.form == JSON and not reader.is_copy:
            return data, ()
        if reader.form == TEXT and len(data) > MAX_TEXT_BYTES:
            raise SourceError(
                f"it has more than the {MAX_TEXT_BYTES:,} bytes that are read of a text"
            )
    found += reader.end()
    log = b"".join(line.text + b"\n" * line.ended for line in found)
    return log, reader.lost


def _split(data: bytes) -> Iterable[Line]:
    *lines, rest = data.split(b"\n")
    for text in lines:
        yield Line(text, True)
    if rest:
        yield Line(rest, False)


def _trace(text: bytes) -> str:
    """Return the kind of copying trace that a line without an event is, or ""."""
    if len(text) > _MAX_TRACE:
        return ""
    plain = _COLOUR.sub(b"", text).strip(_BLANKS)
    if not plain:
        return BLANK
    bare = plain.lstrip(b"> \t")
    if not bare:
        return BLANK
    if _FENCE.fullmatch(bare):
        return FENCE
    return PROMPT if _PROMPT.fullmatch(plain) else ""


def _lines(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"line {numbers[0]} is"
    shown = [str(number) for number in numbers[:8]] + ["others"] * (len(numbers) > 8)
    return f"lines {', '.join(shown[:-1])} and {shown[-1]} are"

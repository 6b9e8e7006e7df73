"""How the lines of a log name their parts, where that is not as in an eventlog.

A message may name its event `type`, its time `ts`, and have its keys beside them. What reads and
writes logs knows one form, that of RFC 18; here each line is put into it, and back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

NAME, TIME, CONTEXT = "name", "timestamp", "context"
"""The keys of an eventlog's lines."""


class LineForm(NamedTuple):
    """The keys of a line: of the event's name, its time and its context.

    Without `time`, lines tell none. Without `context`, its keys stand beside the name.
    """

    name: str = NAME
    time: str | None = TIME
    context: str | None = CONTEXT

    @property
    def unchecked(self) -> frozenset[str]:
        """The checks that no line of this form can fail."""
        untimed = {"timestamp", "time-order"} if self.time is None else set()
        return frozenset(untimed | ({"context", "keys"} if self.context is None else set()))

    def plain_log(self, data: bytes) -> bytes:
        """A log in this form as an eventlog, line by line."""
        return b"\n".join(map(self.plain, data.split(b"\n")))

    def plain(self, line: bytes) -> bytes:
        """A line in this form as that of an eventlog; one that is no object stays as it is.

        It is at least as long, so that a line that is too long for the reader stays so.
        """
        pairs = _pairs(line)
        if pairs is None:
            return line
        keys = {self.name: NAME}
        if self.time is not None:
            keys[self.time] = TIME
        if self.context is not None:
            keys[self.context] = CONTEXT
        own = [(keys[key], value) for key, value in pairs if key in keys]
        others = [(key, value) for key, value in pairs if key not in keys]
        if self.context is None:
            own += [(CONTEXT, _object(others))] if others else []
        else:
            # A further key is told as one, whatever it is called.
            own += [(f".{key}" if key in (NAME, TIME, CONTEXT) else key, v) for key, v in others]
        return _encoded(_object(own)).ljust(len(line))

    def log(self, data: bytes) -> bytes:
        """An eventlog in this form, line by line."""
        return b"\n".join(map(self.line, data.split(b"\n")))

    def can_write(self, data: bytes) -> bool:
        """Whether each line of an eventlog can be written, so that it is read as it was.

        A further key must not be called as a part is; nor must one of a context beside the name,
        and that context must be an object.
        """
        return all(self._can_hold(_pairs(line) or ()) for line in data.split(b"\n"))

    def _can_hold(self, pairs: Iterable[tuple[str, str]]) -> bool:
        parts = {self.name, self.time, self.context}
        others = [key for key, _ in pairs if key not in (NAME, TIME, CONTEXT)]
        if self.context is None:
            for value in (value for key, value in pairs if key == CONTEXT):
                inner = _pairs(value.encode())
                if inner is None:
                    return False
                others += [key for key, _ in inner]
        return parts.isdisjoint(others)

    def line(self, plain: bytes) -> bytes:
        """A line of an eventlog in this form; one that is no object stays as it is."""
        pairs = _pairs(plain)
        if pairs is None:
            return plain
        written: list[tuple[str, str]] = []
        for key, value in pairs:
            if key == NAME:
                written.append((self.name, value))
            elif key == TIME:
                written += [(self.time, value)] if self.time is not None else []
            elif key != CONTEXT:
                written.append((key, value))
            elif self.context is not None:
                written.append((self.context, value))
            else:
                inner = _pairs(value.encode())
                written += [(CONTEXT, value)] if inner is None else inner
        return _encoded(_object(written))


# Numbers are not converted: Python refuses integers of many digits, which are JSON all the same.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
_BLANKS = " \t\r\n"


def _pairs(line: bytes) -> list[tuple[str, str]] | None:
    """The keys of an object with the texts of their values, as often as they stand there.

    None where the text is no object of JSON, which its reader reports.
    """
    if not line.lstrip(b" \t\r").startswith(b"{"):
        return None
    try:
        text = line.decode()
        _DECODER.decode(text)
        return _members(text)
    except (ValueError, RecursionError):
        return None


def _members(text: str) -> list[tuple[str, str]]:
    """The members of the text of an object. The text is known to be JSON."""
    members: list[tuple[str, str]] = []
    at = _past(text, text.index("{") + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        start = _past(text, _past(text, at) + 1)
        _, at = _DECODER.raw_decode(text, start)
        members.append((key, text[start:at]))
        at = _past(text, at)
        if text[at] == ",":
            at = _past(text, at + 1)
    return members


def _past(text: str, at: int) -> int:
    """The place of the next character that is no blank."""
    while text[at] in _BLANKS:
        at += 1
    return at


def _object(members: list[tuple[str, str]]) -> str:
    inside = ",".join(f"{json.dumps(key, ensure_ascii=False)}:{value}" for key, value in members)
    return f"{{{inside}}}"


def _encoded(text: str) -> bytes:
    """The bytes of a JSON text; a lone surrogate, which only an escape can hold, is escaped."""
    return text.encode(errors="backslashreplace")


def written(form: LineForm | None, lines: Sequence[str]) -> tuple[str, ...]:
    """Lines of an eventlog in a form; None is their own."""
    return tuple(lines if form is None else (form.line(line.encode()).decode() for line in lines))


def read_back(form: LineForm | None, lines: Sequence[str]) -> tuple[str, ...]:
    """Lines in a form as those of an eventlog; None is their own form."""
    return tuple(lines if form is None else (form.plain(line.encode()).decode() for line in lines))

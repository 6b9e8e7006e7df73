"""Vectors for the format of lines: what RFC 18 asks of the bytes, whatever the machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME
from flux_conform.suite.making.telling_events import Logged, dumped, line_of
from flux_conform.suite.making.vector import Draft


class Fault(NamedTuple):
    """Bytes in the place of one line, or of a log, and the check that they are about."""

    name: str
    check: str
    says: str
    line: bytes


def line_faults(
    log: tuple[Logged, ...], ids: dict[str, str], unchecked: Collection[str] = ()
) -> Iterator[Draft]:
    """A clean log that ends, with one line or its ending changed; `ids` are rules by their check.

    `unchecked` are checks that no line of the machine can fail.
    Nothing, if the log is empty: then no event of the machine can come without a finding.
    """
    if not log:
        return
    lines = [line_of(event, FIRST_TIME + n * BETWEEN) for n, event in enumerate(log)]
    middle = len(lines) - 1
    for fault in inserted():
        if fault.check in unchecked:
            continue
        at = 0 if fault.name.startswith("first-") else middle
        changed = b"".join((*lines[:at], fault.line, *lines[at:]))
        yield _draft(fault, changed, ids)
    for fault in replaced(log[middle], FIRST_TIME + middle * BETWEEN):
        if fault.check in unchecked:
            continue
        changed = b"".join((*lines[:middle], fault.line, *lines[middle + 1 :]))
        yield _draft(fault, changed, ids)
    for fault in whole_logs(b"".join(lines)):
        if fault.check in unchecked:
            continue
        yield _draft(fault, fault.line, ids)


def _draft(fault: Fault, log: bytes, ids: dict[str, str]) -> Draft:
    clauses: tuple[str, ...] = (ids[fault.check],) if fault.check in ids else ()
    if fault.name == "whole":
        # It obeys all that can be asked of one log.
        clauses = tuple(name for check, name in ids.items() if check != "append-only")
    return Draft("lines", fault.name, "format", fault.says, log, clauses)


_EXAMPLE = b'"timestamp":1700000001,"name":"example"'
_INSERTED = (
    ("blank-line", "a blank line", b""),
    ("first-blank", "a blank line at the beginning", b""),
    ("blanks-line", "a line of blanks", b"  \t "),
    ("carriage-return-line", "a line of a carriage return alone", b"\r"),
    ("null-line", "a line that holds null", b"null"),
    ("true-line", "a line that holds true", b"true"),
    ("number-line", "a line that holds a number", b"1"),
    ("string-line", "a line that holds a string", b'"example"'),
    ("array-line", "a line that holds an array", b"[]"),
    ("words-line", "a line of plain words", b"not json"),
    ("comment-line", "a comment", b"# a comment"),
    ("truncated-line", "a line cut off", b'{"timestamp":1700000001,"name":"ex'),
    ("single-quotes-line", "single quotes", b"{%b}" % _EXAMPLE.replace(b'"', b"'")),
    ("trailing-comma-line", "a comma before the closing brace", b"{%b,}" % _EXAMPLE),
    ("two-objects-line", "two objects on one line", b"{%b}{%b}" % (_EXAMPLE, _EXAMPLE)),
    ("half-object-line", "an object over two lines", b"{%b}" % _EXAMPLE.replace(b",", b",\n")),
    ("no-utf8-line", "bytes that are no UTF-8", b'{"timestamp":1700000001,"name":"ex\xff"}'),
    (
        "no-utf8-in-context-line",
        "bytes that are no UTF-8 in a context",
        b'{%b,"context":{"a":"\xc3"}}' % _EXAMPLE,
    ),
    ("bom-line", "a byte order mark", b"\xef\xbb\xbf{%b}" % _EXAMPLE),
    ("nan-line", "NaN, which is no JSON", b'{"timestamp":NaN,"name":"example"}'),
    ("infinity-line", "Infinity", b'{"timestamp":1,"name":"example","context":{"a":Infinity}}'),
    (
        "raw-tab-in-text-line",
        "a raw tab within a string",
        b'{"timestamp":1700000001,"name":"a\tb"}',
    ),
)


def inserted() -> Iterator[Fault]:
    """Lines that come between two events, and hold none."""
    for name, says, text in _INSERTED:
        yield Fault(name, "lines", says, text + b"\n")
    yield Fault("empty-object-line", "name", "an object without keys", b"{}\n")


def replaced(event: Logged, time: float) -> Iterator[Fault]:
    """One event's line, written otherwise: some ways are right."""
    name = f'"name":{dumped(event.name)}'
    rest = "" if event.context is None else f',"context":{event.context}'
    for value, called in (
        ("0", "zero"),
        ("-1", "negative"),
        ("-0.5", "negative-fraction"),
        ("null", "null"),
        ("true", "true"),
        (f'"{time}"', "text"),
        ("[]", "array"),
        ("{}", "object"),
        ("1700000009", "integer"),
        ("1.7000000095e9", "exponent"),
        ("1e400", "beyond-floats"),
        ("1700000000000000000000", "of-many-digits"),
        ("0.0", "zero-fraction"),
        ("1e-9", "tiny"),
    ):
        line = f'{{"timestamp":{value},{name}{rest}}}\n'.encode()
        yield Fault(f"timestamp-{called}", "timestamp", f"the timestamp is {value}", line)
    without = f"{{{name}{rest}}}\n".encode()
    yield Fault("timestamp-missing", "timestamp", "an event without a timestamp", without)
    head = f'{{"timestamp":{time}'
    for value, called in (
        ("null", "null"),
        ("1", "number"),
        ("true", "true"),
        ('["example"]', "array"),
        ("{}", "object"),
    ):
        line = f'{head},"name":{value}{rest}}}\n'.encode()
        yield Fault(f"name-{called}", "name", f"the name is {value}", line)
    yield Fault("name-missing", "name", "an event without a name", f"{head}{rest}}}\n".encode())
    empty = f'{head},"name":""{rest}}}\n'.encode()
    yield Fault("name-empty", "name-empty", "the name is empty", empty)
    for value, called in (("null", "null"), ("[]", "array"), ("1", "number"), ('"{}"', "text")):
        line = f'{head},{name},"context":{value}}}\n'.encode()
        yield Fault(f"context-{called}", "context", f"the context is {value}", line)
    twice = f"{head},{name}{rest},{name}}}\n".encode()
    yield Fault("key-twice", "duplicate-key", "the same key twice, with the same value", twice)
    other = f'{head},"name":"example-other",{name}{rest}}}\n'.encode()
    yield Fault("key-twice-last-counts", "duplicate-key", "a key twice; the last counts", other)
    more = f'{head},{name}{rest},"example":1}}\n'.encode()
    yield Fault("further-key", "keys", "a key beside timestamp, name and context", more)
    turned = f'{{{name}{rest},"timestamp":{time}}}\n'.encode()
    yield Fault("keys-turned", "lines", "the keys in another order", turned)
    spaced = f' {{ "timestamp" : {time} ,\t{name}{rest} }} \r\n'.encode()
    yield Fault("blanks-and-carriage-return", "lines", "white space where JSON has it", spaced)
    units = event.name.encode("utf-16-be").hex()
    escaped = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    written = f'{head},"name":"{escaped}"{rest}}}\n'.encode()
    yield Fault("name-escaped", "lines", "the name written with escapes", written)
    early = f'{{"timestamp":1,{name}{rest}}}\n'.encode()
    yield Fault("time-back", "time-order", "a time before that of the event before it", early)


def whole_logs(log: bytes) -> Iterator[Fault]:
    """The log as a whole."""
    yield Fault("empty", "not-empty", "a log without a byte", b"")
    yield Fault("newline-alone", "lines", "a log of one blank line", b"\n")
    yield Fault("no-last-newline", "last-newline", "the last line has no newline", log[:-1])
    yield Fault("last-line-cut", "lines", "the last line is cut off", log[:-4])
    yield Fault("carriage-returns", "lines", "lines end in CR LF", log.replace(b"\n", b"\r\n"))
    yield Fault("whole", "lines", "the log as it should be", log)
    yield Fault("bom-first", "lines", "a byte order mark before the log", b"\xef\xbb\xbf" + log)
    same = b"".join(
        b'{"timestamp":1700000000,' + line.split(b",", 1)[1] + b"\n" for line in log.splitlines()
    )
    yield Fault("same-time", "time-order", "all events at the same time", same)

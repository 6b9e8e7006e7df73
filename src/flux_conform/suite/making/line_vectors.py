"""Vectors for the format of lines: what RFC 18 asks of the bytes, whatever the machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME
from flux_conform.suite.making.telling_events import Logged, dumped, line_of
from flux_conform.suite.making.vector import Draft

LINES = "lines"

WHOLE = "whole"


class Fault(NamedTuple):
    """Bytes in the place of one line, and which test of the reader they are about."""

    name: str
    check: str
    says: str
    line: bytes


def line_faults(log: tuple[Logged, ...], ids: dict[str, str]) -> Iterator[Draft]:
    """A clean log that ends, with one line or its ending changed; `ids` are rules by their test.

    There is none where no event of a machine can come without a finding.
    """
    if not log:
        return
    lines = [line_of(event, FIRST_TIME + n * BETWEEN) for n, event in enumerate(log)]
    middle = len(lines) - 1
    for fault in inserted():
        at = 0 if fault.name.startswith("first-") else middle
        changed = b"".join((*lines[:at], fault.line, *lines[at:]))
        yield _draft(fault, changed, ids)
    for fault in replaced(log[middle], FIRST_TIME + middle * BETWEEN):
        changed = b"".join((*lines[:middle], fault.line, *lines[middle + 1 :]))
        yield _draft(fault, changed, ids)
    whole = b"".join(lines)
    for fault in whole_logs(whole):
        yield _draft(fault, fault.line, ids)


def _draft(fault: Fault, log: bytes, ids: dict[str, str]) -> Draft:
    clauses: tuple[str, ...] = (ids[fault.check],) if fault.check in ids else ()
    if fault.name == WHOLE:
        # It obeys all that can be asked of one log.
        clauses = tuple(name for check, name in ids.items() if check != "append-only")
    return Draft(LINES, fault.name, "format", fault.says, log, clauses, None)


def inserted() -> Iterator[Fault]:
    """Lines that come between two events, and hold none."""
    for name, text, says in (
        ("blank", b"\n", "a blank line"),
        ("first-blank", b"\n", "a blank line at the beginning"),
        ("blanks", b"  \t \n", "a line of blanks"),
        ("carriage-return", b"\r\n", "a line of a carriage return alone"),
        ("null", b"null\n", "a line that holds null"),
        ("true", b"true\n", "a line that holds true"),
        ("number", b"1\n", "a line that holds a number"),
        ("string", b'"example"\n', "a line that holds a string"),
        ("array", b"[]\n", "a line that holds an array"),
        ("words", b"not json\n", "a line of plain words"),
        ("comment", b"# a comment\n", "a comment"),
        ("truncated", b'{"timestamp":1700000001,"name":"ex\n', "a line cut off"),
        ("single-quotes", b"{'timestamp':1700000001,'name':'example'}\n", "single quotes"),
        (
            "trailing-comma",
            b'{"timestamp":1700000001,"name":"example",}\n',
            "a comma before the closing brace",
        ),
        (
            "two-objects",
            b'{"timestamp":1700000001,"name":"example"}{"timestamp":1700000001,"name":"example"}\n',
            "two objects on one line",
        ),
        (
            "half-object",
            b'{"timestamp":1700000001,\n"name":"example"}\n',
            "an object over two lines",
        ),
        ("no-utf8", b'{"timestamp":1700000001,"name":"ex\xff"}\n', "bytes that are no UTF-8"),
        (
            "no-utf8-in-context",
            b'{"timestamp":1700000001,"name":"example","context":{"a":"\xc3"}}\n',
            "bytes that are no UTF-8 in a context",
        ),
        ("bom", b'\xef\xbb\xbf{"timestamp":1700000001,"name":"example"}\n', "a byte order mark"),
        ("nan", b'{"timestamp":NaN,"name":"example"}\n', "NaN, which is no JSON"),
        ("infinity", b'{"timestamp":1,"name":"example","context":{"a":Infinity}}\n', "Infinity"),
        (
            "raw-tab-in-text",
            b'{"timestamp":1700000001,"name":"a\tb"}\n',
            "a raw tab within a string",
        ),
        ("empty-object", b"{}\n", "an object without keys"),
    ):
        check = "name" if name == "empty-object" else "lines"
        yield Fault(f"{name}-line" if not name.startswith("first-") else name, check, says, text)


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
    yield Fault(WHOLE, "lines", "the log as it should be", log)
    yield Fault("bom-first", "lines", "a byte order mark before the log", b"\xef\xbb\xbf" + log)
    same = b"".join(
        b'{"timestamp":1700000000,' + line.split(b",", 1)[1] + b"\n" for line in log.splitlines()
    )
    yield Fault("same-time", "time-order", "all events at the same time", same)

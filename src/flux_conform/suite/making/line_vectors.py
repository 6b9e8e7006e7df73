"""Vectors for the format of lines: what RFC 18 asks of the bytes, whatever the machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.specification import STAYS, UNLISTED, AnyContext, Event, TypedContext
from flux_conform.machine.step import Machine
from flux_conform.machine.values import EXAMPLE, ordinary
from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME
from flux_conform.suite.making.clean_graph import taken
from flux_conform.suite.making.telling_events import Logged, dumped, line_of
from flux_conform.suite.making.vector import Draft


class Fault(NamedTuple):
    """Bytes in the place of one line, or of a log, and the check that they are about."""

    name: str
    check: str
    says: str
    line: bytes


def line_faults(
    log: tuple[Logged, ...],
    ids: dict[str, str],
    carrier: Carrier | None,
    unchecked: Collection[str] = (),
) -> Iterator[Draft]:
    """A clean log that ends, with one line or its ending changed; `ids` are rules by their check.

    `carrier` says which event can come with any value, `unchecked` are checks that no line of the
    machine can fail. Nothing, if the log is empty: then no event of the machine can come without a
    finding.
    """
    if not log:
        return
    lines = [line_of(event, FIRST_TIME + n * BETWEEN) for n, event in enumerate(log)]
    middle = len(lines) - 1
    for name, says, value in _values_of(carrier):
        assert carrier is not None
        time = FIRST_TIME + (carrier.place - 0.5) * BETWEEN
        line = f'{{"timestamp":{time},{carrier.before}{value}{carrier.after}}}\n'
        changed = b"".join((*lines[: carrier.place], line.encode(), *lines[carrier.place :]))
        yield _draft(Fault(f"value-{name}", "lines", says, b""), changed, ids)
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


class Carrier(NamedTuple):
    """An event that may bear any text, or any value, and where it may come in a log.

    `before` and `after` are its line without the timestamp, up to the value and behind it.
    """

    takes_any: bool
    place: int
    before: str
    after: str


_DEEP = 50

VALUES = (
    ("4-kib", "a line of more than 4 KiB", f'"{"x" * 5_000}"'),
    ("64-kib", "a line of more than 64 KiB", f'"{"x" * 70_000}"'),
    ("line-separator", "U+2028 in a string, which ends no line", '"a\u2028b"'),
    ("paragraph-separator", "U+2029 in a string, which ends no line", '"a\u2029b"'),
    ("next-line", "U+0085 in a string, which ends no line", '"a\u0085b"'),
    ("delete", "U+007F in a string", '"a\x7fb"'),
    ("zero-width", "U+200B and U+FEFF in a string", '"a\u200b\ufeffb"'),
    ("no-character", "U+FFFF in a string", '"a\uffffb"'),
    ("beyond-the-first-plane", "U+1F680 in a string", '"a\U0001f680b"'),
    ("combining", "combining characters in a string", '"e\u0301\u0323"'),
    ("from-right-to-left", "text from right to left in a string", '"\u05d0\u202eb"'),
    ("escapes", "every short escape of JSON", r'"\"\\\/\b\f\n\r\t"'),
    ("escaped-newline", "an escaped newline and carriage return", r'"a\u000ab\u000dc"'),
    ("escaped-separators", "U+2028, U+2029 and U+0085 as escapes", r'"\u2028\u2029\u0085"'),
    ("escaped-nul", "an escaped NUL", r'"a\u0000b"'),
    ("escaped-quotes", "escaped quotes and braces", r'"\u0022}\u005c"'),
    ("surrogate-pair", "a pair of surrogates as escapes", r'"\ud83d\ude80"'),
    ("escapes-in-capitals", "escapes in capitals", r'"\u00C4\uD83D\uDE80"'),
    ("text-of-json", "a string that holds JSON", r'"{\"name\":\"example\"}"'),
)
ANY_VALUES = (
    ("deep-lists", f"lists {_DEEP} deep", "[" * _DEEP + "]" * _DEEP),
    ("deep-objects", f"objects {_DEEP} deep", '{"a":' * _DEEP + "1" + "}" * _DEEP),
    ("brackets-in-text", "brackets in a string, which nest nothing", '"' + "[{" * 600 + '"'),
    ("wide-list", "a list of 1000 numbers", "[" + ",".join(map(str, range(1000))) + "]"),
    ("keys-by-case", "keys that differ in case alone", '{"a":1,"A":2}'),
    ("keys-by-form", "keys that differ in their Unicode form", '{"\u00e9":1,"e\u0301":2}'),
    ("keys-by-blank", "keys that differ in a blank", '{"a":1,"a ":2}'),
    ("keys-by-nul", "keys that differ behind a NUL", r'{"a\u0000b":1,"a\u0000c":2}'),
    ("key-empty", "a key without a character", '{"":1}'),
    ("key-proto", "keys that JavaScript has for itself", '{"__proto__":1,"constructor":2}'),
    ("keys-of-the-line", "the keys of a line within it", '{"timestamp":1,"name":"a","context":[]}'),
    ("numbers", "numbers in every form", "[0,-0,0.0,1E2,1e+2,1.5e-3,-1.25,5e-324]"),
    ("32-bits", "integers about 32 bits", "[2147483647,2147483648,4294967295,-2147483648]"),
    ("53-bits", "integers about 53 bits", "[9007199254740991,9007199254740992,9007199254740993]"),
    ("64-bits", "the bounds of 64 bits", "[9223372036854775807,-9223372036854775808]"),
    ("blanks", "blanks between all words, a lone carriage return too", "[ 1 ,\t2\r,\r3 ]"),
)
"""Values for an event that takes any, and texts for one that takes texts: all are JSON."""


def _draft(fault: Fault, log: bytes, ids: dict[str, str]) -> Draft:
    clauses: tuple[str, ...] = (ids[fault.check],) if fault.check in ids else ()
    if fault.name == "whole":
        # It obeys all that can be asked of one log.
        clauses = tuple(name for check, name in ids.items() if check != "append-only")
    return Draft("lines", fault.name, "format", fault.says, log, clauses)


_EXAMPLE = b'"timestamp":1700000001,"name":"example"'


def _values_of(carrier: Carrier | None) -> Iterator[tuple[str, str, str]]:
    if carrier is not None:
        yield from VALUES
        yield from ANY_VALUES if carrier.takes_any else ()


def carrier_of(machine: Machine, log: tuple[Logged, ...]) -> Carrier | None:
    """The first event that takes any value, or else any text, without a finding in this log."""
    found: list[Carrier] = []
    configuration = machine.initial
    for place, logged in enumerate(log):
        for event in machine.specification.events if place else ():
            for before, value, after in _places_of(event):
                name = {UNLISTED: EXAMPLE}.get(event.name, event.name.replace("*", EXAMPLE))
                head = f'"name":{dumped(name)},"context":{before}'
                step = taken(machine, configuration, Logged(name, f"{before}{value}{after}"))
                if step.outcome == STAYS and not step.breaches and step.after == configuration:
                    found.append(Carrier(value == "[]", place, head, after))
        configuration = taken(machine, configuration, logged).after
    return max(found, key=lambda carrier: carrier.takes_any, default=None)


def _places_of(event: Event) -> Iterator[tuple[str, str, str]]:
    """Where a value may stand in a context: the text before it, a value, and the text behind it."""
    context = event.context
    if isinstance(context, AnyContext):
        yield f'{{"{EXAMPLE}":', "[]", "}"
    elif isinstance(context, TypedContext):
        usual = {key: dumped(ordinary(of)) for key, of in context.keys}
        for key, of in context.keys:
            if isinstance(t.present(of), t.String):
                rest = "".join(f",{dumped(k)}:{v}" for k, v in usual.items() if k != key)
                yield f"{{{dumped(key)}:", '""', f"{rest}}}"


_INSERTED = (
    ("blank-line", "a blank line", b""),
    ("first-blank", "a blank line at the beginning", b""),
    ("blanks-line", "a line of blanks", b"  \t "),
    ("carriage-return-line", "a line of a carriage return alone", b"\r"),
    ("nul-line", "a line of a NUL", b"\0"),
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
        ("1700000000000000000", "of-many-digits"),
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
    returned = f'{{"timestamp":{time},\r{name}{rest}}}\n'.encode()
    yield Fault("carriage-return-within", "lines", "a lone carriage return ends no line", returned)
    early = f'{{"timestamp":1,{name}{rest}}}\n'.encode()
    yield Fault("time-back", "time-order", "a time before that of the event before it", early)


def whole_logs(log: bytes) -> Iterator[Fault]:
    """The log as a whole."""
    yield Fault("empty", "not-empty", "a log without a byte", b"")
    yield Fault("newline-alone", "lines", "a log of one blank line", b"\n")
    yield Fault("no-last-newline", "last-newline", "the last line has no newline", log[:-1])
    yield Fault("last-line-cut", "lines", "the last line is cut off", log[:-4])
    yield Fault("carriage-returns", "lines", "lines end in CR LF", log.replace(b"\n", b"\r\n"))
    yield Fault("nul-behind", "lines", "a NUL behind the log", log + b"\0")
    yield Fault("whole", "lines", "the log as it should be", log)
    yield Fault("bom-first", "lines", "a byte order mark before the log", b"\xef\xbb\xbf" + log)
    same = b"".join(
        b'{"timestamp":1700000000,' + line.split(b",", 1)[1] + b"\n" for line in log.splitlines()
    )
    yield Fault("same-time", "time-order", "all events at the same time", same)

"""Logs that break rules and logs that come close, each with the findings to expect.

A log is made of templates, one a line; the mark @ in a template becomes a timestamp that grows
from line to line. Line numbers count from 1. `because` is the index, from 0, of an earlier
finding of the same case. A finding of level note stands in `notes`, all others in `findings`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

Verdict = Literal["conforms", "incomplete", "violates"]
Part = str | bytes

CONFORMS: Final = "conforms"
INCOMPLETE: Final = "incomplete"
VIOLATES: Final = "violates"


class Expected(NamedTuple):
    """One finding: the rule, the line and the earlier finding that it only follows from."""

    rule: str
    line: int
    because: int | None = None


@dataclass(frozen=True)
class Case:
    """A log, the rule it was written for and everything a checker says about it."""

    name: str
    rule: str
    log: bytes
    findings: tuple[Expected, ...]
    verdict: Verdict
    state: str
    notes: tuple[Expected, ...] = ()
    note: str = ""


# Building lines and logs


def line(event: str, context: Mapping[str, Any] | None = None, /, **keys: Any) -> str:
    """Return the template of an event; a context is given as a mapping or as keywords."""
    whole = {**(context or {}), **keys}
    bare = context is None and not keys
    return bare_line(event) if bare else raw(event, json.dumps(whole, separators=(",", ":")))


def bare_line(event: str) -> str:
    """Return the template of an event without a context."""
    return f'{{"timestamp":@,"name":"{event}"}}'


def raw(event: str, context: str) -> str:
    """Return the template of an event whose context is given as JSON text."""
    return f'{{"timestamp":@,"name":"{event}","context":{context}}}'


def at(template: str, stamp: str) -> str:
    """Return the template with a timestamp of its own, given as JSON text."""
    return template.replace("@", stamp)


def lines(*parts: Part) -> bytes:
    """Return the log of the templates; bytes are taken as they are."""
    return b"".join(
        (part if isinstance(part, bytes) else at(part, f"{1700000000 + n / 4}").encode()) + b"\n"
        for n, part in enumerate(parts)
    )


def submit(**changes: Any) -> str:
    """Return a submit whose keys are changed; a key of value ... is left out."""
    keys = {"userid": 1001, "urgency": 16, "flags": 0, "version": 1} | changes
    return line("submit", {key: value for key, value in keys.items() if value is not ...})


def exception(severity: int, kind: str = "exec", **more: Any) -> str:
    """Return an exception with a note."""
    return line("exception", {"type": kind, "severity": severity, "note": "lost"}, **more)


def finish(status: int) -> str:
    """Return a finish with a status."""
    return line("finish", status=status)


def added(what: str) -> str:
    """Return a dependency-add."""
    return line("dependency-add", description=what)


def removed(what: str) -> str:
    """Return a dependency-remove."""
    return line("dependency-remove", description=what)


def began(kind: str, what: str = "a") -> str:
    """Return a prolog-start or an epilog-start."""
    return line(f"{kind}-start", description=what)


def ended(kind: str, what: str = "a") -> str:
    """Return a prolog-finish or an epilog-finish."""
    return line(f"{kind}-finish", description=what, status=0)


def release(ranks: str, final: bool) -> str:
    """Return a release."""
    return line("release", ranks=ranks, final=final)


def urgency(value: int) -> str:
    """Return an urgency event."""
    return line("urgency", urgency=value, userid=1001)


# The life of a job, from submit (line 1) to clean (line 10)

SUBMIT: Final = submit()
V0: Final = submit(version=...)
VALIDATE: Final = line("validate")
INVALIDATE: Final = line("invalidate")
DEPEND: Final = line("depend")
PRIORITY: Final = line("priority", priority=16)
LOWEST: Final = line("priority", priority=0)
HIGHEST: Final = line("priority", priority=4294967295)
ALLOC: Final = line("alloc", annotations={"sched": {"resource_summary": "rank0/core0"}})
START: Final = line("start")
FINISH: Final = finish(0)
RELEASE: Final = release("all", True)
FREE: Final = line("free")
CLEAN: Final = line("clean")
RESTART: Final = line("flux-restart")
MEMO: Final = line("memo", uri="local:///run/flux/local")
DEBUG: Final = line("debug.alloc-request")
SITE: Final = line("site.example", anything=[1, 2.5, None])
UPDATE: Final = line("jobspec-update", {"attributes.system.duration": 60.0})
FATAL: Final = exception(0)
MILD: Final = exception(1)

LIFE: Final = (
    *(SUBMIT, VALIDATE, DEPEND, PRIORITY, ALLOC),
    *(START, FINISH, RELEASE, FREE, CLEAN),
)
SUBMITTED: Final = LIFE[:1]
VALIDATED: Final = LIFE[:2]
DEPENDED: Final = LIFE[:3]
SCHEDULED: Final = LIFE[:4]
ALLOCATED: Final = LIFE[:5]
STARTED: Final = LIFE[:6]
FINISHED: Final = LIFE[:7]
RELEASED: Final = LIFE[:8]
FREED: Final = LIFE[:9]
FROM_VALIDATE: Final = LIFE[1:]
FROM_DEPEND: Final = LIFE[2:]
FROM_PRIORITY: Final = LIFE[3:]
FROM_ALLOC: Final = LIFE[4:]
FROM_START: Final = LIFE[5:]
FROM_FINISH: Final = LIFE[6:]
FROM_RELEASE: Final = LIFE[7:]
FROM_FREE: Final = LIFE[8:]

UNTIL: Final = {
    "NEW": SUBMITTED,
    "DEPEND": VALIDATED,
    "PRIORITY": DEPENDED,
    "SCHED": SCHEDULED,
    "RUN": STARTED,
    "CLEANUP": FINISHED,
}
"""The shortest log of a job that ran, up to each state."""


# Building cases


def breaks(
    name: str,
    rule: str,
    number: int,
    verdict: Verdict,
    state: str,
    log: bytes,
    notes: tuple[Expected, ...] = (),
) -> Case:
    """Return the case of a log with one finding above note, that of the rule at a line."""
    return Case(name, rule, log, (Expected(rule, number),), verdict, state, notes)


def passes(
    name: str,
    rule: str,
    verdict: Verdict,
    state: str,
    log: bytes,
    notes: tuple[Expected, ...] = (),
) -> Case:
    """Return the case of a log without a finding above note."""
    return Case(name, rule, log, (), verdict, state, notes)


def noted(name: str, rule: str, number: int, verdict: Verdict, state: str, log: bytes) -> Case:
    """Return the case of a log whose one finding is a note, that of the rule at a line."""
    return Case(name, rule, log, (), verdict, state, (Expected(rule, number),))


# Format: lines


def unreadable(name: str, part: Part) -> Case:
    """Return a whole life with one line among it that is no event."""
    log = lines(*STARTED, part, *FROM_FINISH)
    return breaks(f"line-is-{name}", "rfc18/lines", 7, VIOLATES, "INACTIVE", log)


def readable(name: str, part: Part) -> Case:
    """Return a whole life with one line among it that looks odd and is an event."""
    log = lines(*STARTED, part, *FROM_FINISH)
    return passes(f"line-has-{name}", "rfc18/lines", CONFORMS, "INACTIVE", log)


BOM: Final = "\ufeff"

# fmt: off
LINES: Final = (
    unreadable("empty", ""),
    unreadable("blanks", "   "),
    unreadable("a-carriage-return-alone", "\r"),
    unreadable("behind-a-bom", BOM + MEMO),
    unreadable("no-json", "memo"),
    unreadable("cut-short", '{"timestamp":@,"name":"me'),
    unreadable("without-its-last-brace", MEMO[:-1]),
    unreadable("followed-by-rubbish", f"{MEMO} x"),
    unreadable("two-objects", MEMO + MEMO),
    unreadable("two-objects-with-a-comma", f"{MEMO},{MEMO}"),
    unreadable("an-object-with-a-comma-behind", f"{MEMO},"),
    unreadable("an-array", f"[{MEMO}]"),
    unreadable("an-empty-array", "[]"),
    unreadable("a-string", '"memo"'),
    unreadable("a-number", "17"),
    unreadable("null", "null"),
    unreadable("true", "true"),
    unreadable("nan-in-the-context", raw("memo", '{"load":NaN}')),
    unreadable("infinity-in-the-context", raw("memo", '{"load":Infinity}')),
    unreadable("minus-infinity-in-the-context", raw("memo", '{"load":-Infinity}')),
    unreadable("nan-for-timestamp", at(MEMO, "NaN")),
    unreadable("infinity-for-timestamp", at(MEMO, "Infinity")),
    unreadable("a-trailing-comma", raw("memo", '{"load":1,}')),
    unreadable("single-quotes", MEMO.replace('"', "'")),
    unreadable("a-comment", f"{MEMO} // memo"),
    unreadable("a-key-without-quotes", '{timestamp:@,"name":"memo","context":{}}'),
    unreadable("a-python-literal", raw("memo", '{"load":None}')),
    unreadable("a-number-with-a-leading-zero", raw("memo", '{"load":01}')),
    unreadable("a-number-with-a-plus", raw("memo", '{"load":+1}')),
    unreadable("a-number-without-an-integer-part", raw("memo", '{"load":.5}')),
    unreadable("a-number-without-decimals", raw("memo", '{"load":1.}')),
    unreadable("a-hexadecimal-number", raw("memo", '{"load":0x10}')),
    unreadable("a-tab-inside-a-string", raw("memo", '{"load":"a\tb"}')),
    unreadable("a-vertical-tab-inside-a-string", raw("memo", '{"load":"a\vb"}')),
    unreadable("a-nul-inside-a-string", raw("memo", '{"load":"a\0b"}')),
    unreadable("an-unknown-escape", raw("memo", '{"load":"\\x41"}')),
    unreadable("behind-a-form-feed", f"\f{MEMO}"),
    unreadable("behind-a-no-break-space", f"\u00a0{MEMO}"),
    unreadable("a-byte-ff", b'{"timestamp":1700000001.6,"name":"x\xff"}'),
    unreadable("latin-1", at(raw("memo", '{"a":"é"}'), "1700000001.6").encode("latin-1")),
    unreadable("utf-16", at(MEMO, "1700000001.6").encode("utf-16-le")),
    unreadable("an-encoded-surrogate", b'{"timestamp":1700000001.6,"name":"x\xed\xa0\x80"}'),
    unreadable("an-overlong-slash", b'{"timestamp":1700000001.6,"name":"x\xc0\xaf"}'),
    readable("blanks-around-it", f"  {MEMO}  "),
    readable("tabs-between-tokens", MEMO.replace(",", ",\t")),
    readable("a-carriage-return-at-its-end", f"{MEMO}\r"),
    readable("a-carriage-return-between-tokens", MEMO.replace(",", ",\r")),
    readable("a-line-separator-in-a-string", raw("memo", '{"load":"a\u2028b\u2029c"}')),
    readable("a-next-line-character-in-a-string", raw("memo", '{"load":"a\u0085b"}')),
    readable("an-escaped-newline", raw("memo", '{"load":"a\\nb"}')),
    readable("a-bom-inside-a-string", raw("memo", f'{{"load":"{BOM}"}}')),
    readable("nan-as-a-string", raw("memo", '{"load":"NaN"}')),
    readable("a-number-beyond-doubles-in-the-context", raw("memo", '{"load":1e999}')),
    readable("braces-in-a-string", raw("memo", '{"load":"}{"}')),
    readable("the-empty-key", raw("memo", '{"":0}')),
    readable("an-emoji", raw("memo", '{"load":"\U0001f600"}')),
    readable("the-context-first", '{"context":{},"name":"memo","timestamp":@}'),
    readable("a-long-string", raw("memo", f'{{"load":"{"x" * 5000}"}}')),
    passes(
        "log-with-crlf", "rfc18/lines", CONFORMS, "INACTIVE",
        lines(*LIFE).replace(b"\n", b"\r\n"),
    ),
    breaks(
        "bom-before-the-first-line", "rfc18/lines", 1, VIOLATES, "INACTIVE",
        lines(BOM + DEBUG, *LIFE),
    ),
    breaks(
        "blank-line-at-the-end", "rfc18/lines", 11, VIOLATES, "INACTIVE", lines(*LIFE, ""),
    ),
    breaks(
        "blanks-after-the-last-newline", "rfc18/lines", 11, VIOLATES, "INACTIVE",
        lines(*LIFE) + b"  ",
    ),
    breaks(
        "last-line-cut-in-a-word", "rfc18/lines", 10, VIOLATES, "CLEANUP", lines(*LIFE)[:-5],
    ),
    breaks(
        "last-line-cut-before-its-brace", "rfc18/lines", 10, VIOLATES, "CLEANUP",
        lines(*LIFE)[:-2],
    ),
    Case(
        "two-blank-lines", "rfc18/lines", lines(*STARTED, "", "", *FROM_FINISH),
        (Expected("rfc18/lines", 7), Expected("rfc18/lines", 8)), VIOLATES, "INACTIVE",
    ),
    breaks(
        "last-newline-missing", "rfc18/last-newline", 10, CONFORMS, "INACTIVE",
        lines(*LIFE)[:-1],
    ),
    breaks(
        "last-newline-missing-in-a-log-of-one-event", "rfc18/last-newline", 1, INCOMPLETE, "NEW",
        lines(SUBMIT)[:-1],
    ),
    breaks(
        "last-line-ends-in-a-carriage-return", "rfc18/last-newline", 10, CONFORMS, "INACTIVE",
        lines(*LIFE)[:-1] + b"\r",
    ),
    passes(
        "last-newline-after-a-carriage-return", "rfc18/last-newline", CONFORMS, "INACTIVE",
        lines(*LIFE)[:-1] + b"\r\n",
    ),
    Case(
        "last-line-cut-is-no-matter-of-the-newline", "rfc18/last-newline", lines(*LIFE)[:-2],
        (Expected("rfc18/lines", 10),), VIOLATES, "CLEANUP",
    ),
    breaks("log-empty", "rfc18/not-empty", 1, VIOLATES, "NEW", b""),
    passes("log-of-one-event", "rfc18/not-empty", INCOMPLETE, "NEW", lines(SUBMIT)),
)
# fmt: on


# Format: timestamp, name, context, keys


def stamped(name: str, stamp: str) -> Case:
    """Return a life whose submit bears a faulty timestamp."""
    log = lines(at(SUBMIT, stamp), *FROM_VALIDATE)
    return breaks(f"timestamp-{name}", "rfc18/timestamp", 1, VIOLATES, "INACTIVE", log)


def well_stamped(name: str, stamp: str) -> Case:
    """Return a life whose submit bears an odd timestamp that is in order."""
    log = lines(at(SUBMIT, stamp), *FROM_VALIDATE)
    return passes(f"timestamp-{name}", "rfc18/timestamp", CONFORMS, "INACTIVE", log)


def named(name: str, value: str, rule: str = "rfc18/name") -> Case:
    """Return a life with an event among it whose name is faulty."""
    event = f'{{"timestamp":@,"name":{value}}}'
    verdict: Verdict = VIOLATES if rule == "rfc18/name" else CONFORMS
    log = lines(*STARTED, event, *FROM_FINISH)
    return breaks(f"name-{name}", rule, 7, verdict, "INACTIVE", log)


def contextual(name: str, event: str, value: str, number: int) -> Case:
    """Return a life in which the event of a line has a context that is no object."""
    life = (*STARTED, MEMO, *FROM_FINISH)
    log = lines(*life[: number - 1], raw(event, value), *life[number:])
    return breaks(f"context-{name}", "rfc18/context", number, VIOLATES, "INACTIVE", log)


# fmt: off
TOP: Final = (
    stamped("zero", "0"),
    stamped("zero-float", "0.0"),
    stamped("minus-zero", "-0.0"),
    stamped("negative", "-1"),
    stamped("negative-float", "-1700000000.5"),
    stamped("below-all-doubles", "-1e999"),
    stamped("string", '"1700000000.0"'),
    stamped("true", "true"),
    stamped("false", "false"),
    stamped("null", "null"),
    stamped("array", "[1700000000.0]"),
    breaks(
        "timestamp-missing", "rfc18/timestamp", 1, VIOLATES, "INACTIVE",
        lines(SUBMIT.replace('"timestamp":@,', ""), *FROM_VALIDATE),
    ),
    breaks(
        "timestamp-beyond-doubles", "rfc18/timestamp", 10, VIOLATES, "INACTIVE",
        lines(*FREED, at(CLEAN, "1e999")),
    ),
    breaks(
        "timestamp-missing-does-not-stop-alloc", "rfc18/timestamp", 5, VIOLATES, "RUN",
        lines(*SCHEDULED, '{"name":"alloc"}', START),
    ),
    breaks(
        "timestamp-string-does-not-stop-validate", "rfc18/timestamp", 2, VIOLATES, "INACTIVE",
        lines(SUBMIT, at(VALIDATE, '"now"'), *FROM_DEPEND),
    ),
    well_stamped("integer", "1700000000"),
    well_stamped("one", "1"),
    well_stamped("half-a-second", "0.5"),
    well_stamped("with-exponent", "1.7e9"),
    well_stamped("with-a-capital-exponent", "17E+8"),
    passes(
        "timestamp-almost-beyond-doubles", "rfc18/timestamp", CONFORMS, "INACTIVE",
        lines(*FREED, at(CLEAN, "1e308")),
    ),
    named("null", "null"),
    named("number", "7"),
    named("boolean", "true"),
    named("array", '["memo"]'),
    breaks(
        "name-missing", "rfc18/name", 7, VIOLATES, "INACTIVE",
        lines(*STARTED, '{"timestamp":@,"context":{}}', *FROM_FINISH),
    ),
    passes(
        "name-that-no-rfc-lists", "rfc18/name", CONFORMS, "INACTIVE",
        lines(*STARTED, line("völlig neu"), *FROM_FINISH),
    ),
    passes(
        "name-made-of-digits", "rfc18/name", CONFORMS, "INACTIVE",
        lines(*STARTED, line("7"), *FROM_FINISH),
    ),
    named("empty", '""', "rfc18/name-empty"),
    passes(
        "name-is-a-blank", "rfc18/name-empty", CONFORMS, "INACTIVE",
        lines(*STARTED, line(" "), *FROM_FINISH),
    ),
    contextual("null", "memo", "null", 7),
    contextual("array", "memo", "[]", 7),
    contextual("string", "memo", '"{}"', 7),
    contextual("number", "memo", "0", 7),
    contextual("boolean", "memo", "false", 7),
    contextual("null-of-an-unlisted-event", "site.example", "null", 7),
    contextual("null-of-validate-counts-as-none", "validate", "null", 2),
    contextual("array-of-depend-counts-as-none", "depend", '["a"]', 3),
    contextual("null-of-priority-still-moves", "priority", "null", 4),
    contextual("null-of-alloc-still-moves", "alloc", "null", 5),
    contextual("array-of-start-counts-as-none", "start", "[1]", 6),
    contextual("null-of-finish-still-moves", "finish", "null", 8),
    contextual("null-of-free-still-frees", "free", "null", 10),
    contextual("null-of-clean-still-moves", "clean", "null", 11),
    breaks(
        "context-null-of-exception-does-not-move", "rfc18/context", 5, VIOLATES, "SCHED",
        lines(*SCHEDULED, raw("exception", "null")),
    ),
    breaks(
        "context-array-of-dependency-add-adds-nothing", "rfc18/context", 3, VIOLATES, "PRIORITY",
        lines(*VALIDATED, raw("dependency-add", '["a"]'), DEPEND),
    ),
    breaks(
        "context-null-of-jobspec-update-still-moves", "rfc18/context", 5, VIOLATES, "PRIORITY",
        lines(*SCHEDULED, raw("jobspec-update", "null")),
    ),
    passes(
        "context-empty-object", "rfc18/context", CONFORMS, "INACTIVE",
        lines(*STARTED, raw("site.example", "{}"), *FROM_FINISH),
    ),
    passes("context-absent", "rfc18/context", INCOMPLETE, "RUN", lines(*ALLOCATED, START)),
    noted(
        "key-beside-the-three", "rfc18/keys", 7, CONFORMS, "INACTIVE",
        lines(*STARTED, MEMO[:-1] + ',"rank":0}', *FROM_FINISH),
    ),
    noted(
        "key-in-capitals", "rfc18/keys", 6, CONFORMS, "INACTIVE",
        lines(*ALLOCATED, START[:-1] + ',"Context":{"a":1}}', *FROM_FINISH),
    ),
    passes(
        "key-beside-inside-the-context", "rfc18/keys", CONFORMS, "INACTIVE",
        lines(*STARTED, line("memo", timestamp=0, rank=0), *FROM_FINISH),
    ),
    noted(
        "time-goes-back-at-the-end", "rfc18/time-order", 10, CONFORMS, "INACTIVE",
        lines(*FREED, at(CLEAN, "1600000000.0")),
    ),
    noted(
        "time-goes-back-once", "rfc18/time-order", 5, CONFORMS, "INACTIVE",
        lines(*SCHEDULED, at(ALLOC, "1600000000.0"), *FROM_START),
    ),
    noted(
        "time-goes-back-by-the-least", "rfc18/time-order", 2, INCOMPLETE, "DEPEND",
        lines(at(SUBMIT, "1700000000.000001"), at(VALIDATE, "1700000000")),
    ),
    passes(
        "time-stands-still", "rfc18/time-order", CONFORMS, "INACTIVE",
        lines(*(at(part, "1700000000.5") for part in LIFE)),
    ),
    passes(
        "time-stands-still-as-integer-and-float", "rfc18/time-order", INCOMPLETE, "DEPEND",
        lines(at(SUBMIT, "1700000000.0"), at(VALIDATE, "1700000000")),
    ),
    noted(
        "key-twice-at-the-top", "rfc18/duplicate-key", 7, CONFORMS, "INACTIVE",
        lines(*STARTED, '{"timestamp":@,"name":"memo","name":"debug.x"}', *FROM_FINISH),
    ),
    noted(
        "key-twice-with-the-same-value", "rfc18/duplicate-key", 2, CONFORMS, "INACTIVE",
        lines(SUBMIT, VALIDATE[:-1] + ',"name":"validate"}', *FROM_DEPEND),
    ),
    noted(
        "key-twice-in-the-context-with-the-good-value-last", "rfc18/duplicate-key", 4,
        CONFORMS, "INACTIVE",
        lines(*DEPENDED, raw("priority", '{"priority":-1,"priority":16}'), *FROM_ALLOC),
    ),
    Case(
        "key-twice-in-the-context-with-the-bad-value-last", "rfc21/priority/context",
        lines(*DEPENDED, raw("priority", '{"priority":16,"priority":-1}'), *FROM_ALLOC),
        (Expected("rfc21/priority/context", 4),), VIOLATES, "INACTIVE",
        notes=(Expected("rfc18/duplicate-key", 4),),
    ),
    noted(
        "key-context-twice-with-the-object-last", "rfc18/duplicate-key", 7, CONFORMS, "INACTIVE",
        lines(*STARTED, raw("memo", 'null,"context":{}'), *FROM_FINISH),
    ),
    passes(
        "key-the-same-at-two-depths", "rfc18/duplicate-key", CONFORMS, "INACTIVE",
        lines(*STARTED, raw("memo", '{"name":{"name":"a"},"context":1}'), *FROM_FINISH),
    ),
)
# fmt: on


# Context objects

Lines = tuple[str, ...]

WRONG: Final = {
    "integer": {"null": "null", "boolean": "true", "float": "1.0", "string": '"1"'},
    "string": {"null": "null", "number": "7", "boolean": "true", "array": '["a"]'},
    "boolean": {"null": "null", "number": "1", "string": '"true"'},
    "object": {"null": "null", "string": '"{}"', "array": "[]"},
    "ranks": {"null": "null", "number": "0", "boolean": "true", "array": '["0"]'},
    "flags": {"null": "null", "string": '"debug"', "object": '{"debug":true}'},
}
"""For each type, values that are not of it, as JSON text."""


class Key(NamedTuple):
    """A key of a context: its type, a value in order as JSON text, and whether it may lack."""

    type: str
    good: str
    optional: bool = False


KEYS: Final[dict[str, dict[str, Key]]] = {
    "submit": {
        "urgency": Key("integer", "16"),
        "userid": Key("integer", "1001"),
        "flags": Key("integer", "0"),
        "version": Key("integer", "1", optional=True),
    },
    "resource-update": {"expiration": Key("integer", "1700009999")},
    "set-flags": {"flags": Key("flags", '["debug"]')},
    "dependency-add": {"description": Key("string", '"a"')},
    "dependency-remove": {"description": Key("string", '"a"')},
    "priority": {"priority": Key("integer", "16")},
    "urgency": {"urgency": Key("integer", "16"), "userid": Key("integer", "1001")},
    "alloc": {"annotations": Key("object", "{}", optional=True)},
    "prolog-start": {"description": Key("string", '"a"')},
    "epilog-start": {"description": Key("string", '"a"')},
    "prolog-finish": {"description": Key("string", '"a"'), "status": Key("integer", "0")},
    "epilog-finish": {"description": Key("string", '"a"'), "status": Key("integer", "0")},
    "release": {"ranks": Key("ranks", '"0"'), "final": Key("boolean", "false")},
    "finish": {"status": Key("integer", "0")},
    "exception": {
        "type": Key("string", '"exec"'),
        "severity": Key("integer", "0"),
        "note": Key("string", '"lost"'),
        "userid": Key("integer", "1001", optional=True),
        "wait_status": Key("integer", "1", optional=True),
    },
}
"""The contexts that name their keys."""


class Place(NamedTuple):
    """Where an event stands in a life: what comes before, what follows a fault or a good one."""

    before: Lines
    after_fault: Lines
    after_good: Lines


def _place(before: Lines, after: Lines, after_good: Lines | None = None) -> Place:
    """Return a place; what follows is the same unless said otherwise."""
    return Place(before, after, after if after_good is None else after_good)


PLACES: Final = {
    "submit": _place((), FROM_VALIDATE),
    "validate": _place(SUBMITTED, FROM_DEPEND),
    "jobspec-update": _place(SUBMITTED, FROM_VALIDATE),
    "set-flags": _place(VALIDATED, FROM_DEPEND),
    "urgency": _place(VALIDATED, FROM_DEPEND),
    "dependency-add": _place(VALIDATED, FROM_DEPEND, (removed("a"), *FROM_DEPEND)),
    "dependency-remove": _place(
        (*VALIDATED, added("a")), (removed("a"), *FROM_DEPEND), FROM_DEPEND
    ),
    "depend": _place(VALIDATED, FROM_PRIORITY),
    "priority": _place(DEPENDED, FROM_ALLOC),
    "flux-restart": _place(SCHEDULED, FROM_PRIORITY),
    "alloc": _place(SCHEDULED, FROM_START),
    "resource-update": _place(ALLOCATED, FROM_START),
    "prolog-start": _place(ALLOCATED, FROM_START, (ended("prolog"), *FROM_START)),
    "prolog-finish": _place((*ALLOCATED, began("prolog")), FROM_START),
    "start": _place(ALLOCATED, FROM_FINISH),
    "memo": _place(STARTED, FROM_FINISH),
    "exception": _place(STARTED, FROM_FINISH),
    "finish": _place(STARTED, FROM_RELEASE),
    "release": _place(FINISHED, FROM_RELEASE),
    "epilog-start": _place(FINISHED, FROM_RELEASE, (ended("epilog"), *FROM_RELEASE)),
    "epilog-finish": _place((*FINISHED, began("epilog")), FROM_RELEASE),
    "free": _place(RELEASED, (CLEAN,)),
    "clean": _place(FREED, ()),
}
"""A place for each event where the rest of the life is in order whatever the context is."""

NAMELESS: Final = {
    "prolog-finish": _place((*ALLOCATED, began("prolog"), ended("prolog")), FROM_START),
    "epilog-finish": _place((*FINISHED, began("epilog"), ended("epilog")), FROM_RELEASE),
}
"""Where a prolog-finish or an epilog-finish stands whose description is at fault."""


def faulty(event: str, why: str, context: str, place: Place | None = None) -> Case:
    """Return a life in which the context of the event breaks its rule."""
    where = place or PLACES[event]
    log = lines(*where.before, raw(event, context), *where.after_fault)
    name, number = f"{event}-context-{why}", len(where.before) + 1
    return breaks(name, f"rfc21/{event}/context", number, VIOLATES, "INACTIVE", log)


def good(event: str, why: str, context: str) -> Case:
    """Return a life in which the context of the event just keeps its rule."""
    where = PLACES[event]
    log = lines(*where.before, raw(event, context), *where.after_good)
    name = f"{event}-context-{why}"
    return passes(name, f"rfc21/{event}/context", CONFORMS, "INACTIVE", log)


def _context(event: str, **changes: str | None) -> str:
    """Return the good context of an event with keys changed, added or (None) left out."""
    keys: dict[str, str | None] = {
        key: what.good
        for key, what in KEYS[event].items()
        if not what.optional or (event, key) == ("submit", "version")
    }
    whole = keys | changes
    return "{" + ",".join(f'"{key}":{text}' for key, text in whole.items() if text) + "}"


def _by_key() -> Iterator[Case]:
    """Yield, for every key, the cases where it is missing and where its type is wrong."""
    for event, keys in KEYS.items():
        for key, what in keys.items():
            place = NAMELESS.get(event) if key == "description" else None
            if not what.optional:
                yield faulty(event, f"{key}-missing", _context(event, **{key: None}), place)
            for wrong, text in WRONG[what.type].items():
                why = f"{key}-is-{wrong}"
                yield faulty(event, why, _context(event, **{key: text}), place)
        yield good(event, "with-an-unknown-key", _context(event, **{"x-site": "[null,1.5]"}))


_BAD_IDSETS: Final = {
    "all-in-capitals": "ALL",
    "all-with-a-blank": "all ",
    "all-in-brackets": "[all]",
    "all-and-an-id": "all,0",
    "a-word": "none",
    "a-blank": " ",
    "a-leading-blank": " 0",
    "a-blank-after-the-comma": "0, 1",
    "a-newline-at-the-end": "0\n",
    "descending": "1,0",
    "an-id-twice": "0,0",
    "a-range-backwards": "3-0",
    "a-range-of-one": "2-2",
    "an-id-inside-a-range": "0-3,2",
    "an-id-at-the-end-of-a-range": "0-3,3",
    "ranges-that-overlap": "0-3,2-5",
    "ranges-descending": "4-5,0-1",
    "a-leading-zero": "01",
    "a-leading-zero-in-a-range": "0-03",
    "a-double-zero": "00",
    "a-negative-id": "-1",
    "a-range-without-an-end": "0-",
    "a-range-of-three": "0-1-2",
    "a-comma-first": ",0",
    "a-comma-last": "0,",
    "a-comma-alone": ",",
    "two-commas": "0,,1",
    "an-open-bracket": "[0",
    "a-closing-bracket": "0]",
    "brackets-in-brackets": "[[0]]",
    "two-pairs-of-brackets": "[0],[1]",
    "brackets-reversed": "]0[",
    "a-float": "1.0",
    "a-plus": "+1",
    "a-hexadecimal-number": "0x1",
    "an-underscore": "1_0",
    "arabic-digits": "\u0663",
    "full-width-digits": "\uff11",
    "a-superscript-digit": "\u00b2",
    "an-en-dash": "0\u20133",
}

_GOOD_IDSETS: Final = {
    "all": "all",
    "zero": "0",
    "an-id": "17",
    "a-range": "0-3",
    "a-range-of-two": "0-1",
    "ids-and-ranges": "0,2-4,7,9-10",
    "adjacent-ids": "0,1,2",
    "an-id-next-to-a-range": "0-2,3",
    "digits-that-grow": "9,10,100",
    "brackets": "[0-3]",
    "brackets-around-ids-and-ranges": "[0,2-4,7]",
    "the-empty-set": "",
    "empty-brackets": "[]",
}


def _ranks() -> Iterator[Case]:
    """Yield releases with idsets, broken and in order."""
    for why, ranks in _BAD_IDSETS.items():
        yield faulty("release", f"ranks-{why}", _context("release", ranks=json.dumps(ranks)))
    for why, ranks in _GOOD_IDSETS.items():
        yield good("release", f"ranks-{why}", _context("release", ranks=json.dumps(ranks)))


# fmt: off
CONTEXTS: Final = (
    *_by_key(),
    *_ranks(),
    faulty("submit", "urgency-below", _context("submit", urgency="-1")),
    faulty("submit", "urgency-above", _context("submit", urgency="32")),
    faulty("submit", "urgency-with-exponent", _context("submit", urgency="1e1")),
    faulty("submit", "two-keys-at-fault", _context("submit", urgency="32", flags=None)),
    faulty("submit", "only-version", '{"version":1}'),
    passes(
        "submit-context-urgency-highest", "rfc21/submit/context", CONFORMS, "INACTIVE",
        lines(submit(urgency=31), VALIDATE, DEPEND, HIGHEST, *FROM_ALLOC),
    ),
    good("submit", "urgency-just-not-held", _context("submit", urgency="1")),
    good("submit", "userid-zero", _context("submit", userid="0")),
    good("submit", "flags-large", _context("submit", flags="2147483647")),
    passes(
        "submit-context-urgency-lowest", "rfc21/submit/context", INCOMPLETE, "SCHED",
        lines(submit(urgency=0), VALIDATE, DEPEND, LOWEST),
    ),
    breaks(
        "submit-context-version-null-is-judged-as-version-1", "rfc21/submit/context", 1,
        VIOLATES, "NEW", lines(submit(version=None)),
    ),
    Case(
        "submit-context-absent-is-version-0", "rfc21/submit/context",
        lines(line("submit"), *FROM_VALIDATE),
        (Expected("rfc21/submit/context", 1),), VIOLATES, "INACTIVE",
        notes=(Expected("rfc21/submit/v0", 1),),
    ),
    faulty("jobspec-update", "empty", "{}"),
    faulty("jobspec-update", "empty-key", '{"":1}'),
    faulty("jobspec-update", "only-a-period", '{".":1}'),
    faulty("jobspec-update", "period-first", '{".attributes":1}'),
    faulty("jobspec-update", "period-last", '{"attributes.":1}'),
    faulty("jobspec-update", "two-periods", '{"attributes..duration":1}'),
    faulty("jobspec-update", "one-path-of-two-bad", '{"attributes.a":1,"b.":2}'),
    faulty("jobspec-update", "two-paths-bad", '{".a":1,"b.":2}'),
    breaks(
        "jobspec-update-context-absent", "rfc21/jobspec-update/context", 2, VIOLATES, "INACTIVE",
        lines(*SUBMITTED, line("jobspec-update"), *FROM_VALIDATE),
    ),
    breaks(
        "jobspec-update-context-empty-still-moves", "rfc21/jobspec-update/context", 5, VIOLATES,
        "INACTIVE", lines(*SCHEDULED, raw("jobspec-update", "{}"), *FROM_PRIORITY),
    ),
    good("jobspec-update", "one-part", '{"tasks":[]}'),
    good("jobspec-update", "many-parts", '{"attributes.system.constraints.a.b":{"c":1}}'),
    good("jobspec-update", "two-paths", '{"attributes.system.duration":1.5,"x.y":0}'),
    good("jobspec-update", "value-null", '{"attributes.system.queue":null}'),
    good("resource-update", "expiration-zero", '{"expiration":0}'),
    faulty("resource-update", "expiration-as-real-logs-have-it", '{"expiration":1795352547.84}'),
    faulty("resource-update", "expiration-with-exponent", '{"expiration":17e8}'),
    faulty("set-flags", "flags-of-numbers", '{"flags":[2]}'),
    faulty("set-flags", "flags-of-strings-and-null", '{"flags":["debug",null]}'),
    faulty("set-flags", "flags-nested", '{"flags":[["debug"]]}'),
    good("set-flags", "flags-empty", '{"flags":[]}'),
    good("set-flags", "flags-two", '{"flags":["debug","alloc-bypass"]}'),
    good("set-flags", "flags-of-an-empty-string", '{"flags":[""]}'),
    passes(
        "dependency-add-context-description-empty", "rfc21/dependency-add/context",
        CONFORMS, "INACTIVE", lines(*VALIDATED, added(""), removed(""), *FROM_DEPEND),
    ),
    passes(
        "dependency-remove-context-description-empty", "rfc21/dependency-remove/context",
        CONFORMS, "INACTIVE", lines(*VALIDATED, added(""), removed(""), *FROM_DEPEND),
    ),
    faulty("priority", "priority-below", '{"priority":-1}'),
    faulty("priority", "priority-above", '{"priority":4294967296}'),
    faulty("priority", "priority-with-exponent", '{"priority":1e3}'),
    good("priority", "priority-lowest", '{"priority":0}'),
    good("priority", "priority-highest", '{"priority":4294967295}'),
    breaks(
        "priority-context-absent", "rfc21/priority/context", 4, VIOLATES, "INACTIVE",
        lines(*DEPENDED, line("priority"), *FROM_ALLOC),
    ),
    faulty("urgency", "urgency-below", '{"urgency":-1,"userid":1001}'),
    faulty("urgency", "urgency-above", '{"urgency":32,"userid":1001}'),
    faulty("urgency", "both-keys-missing", "{}"),
    passes(
        "urgency-context-urgency-highest", "rfc21/urgency/context", CONFORMS, "INACTIVE",
        lines(*VALIDATED, urgency(31), DEPEND, HIGHEST, *FROM_ALLOC),
    ),
    good("urgency", "userid-zero", '{"urgency":16,"userid":0}'),
    passes(
        "urgency-context-urgency-lowest", "rfc21/urgency/context", INCOMPLETE, "DEPEND",
        lines(*VALIDATED, urgency(0)),
    ),
    good("alloc", "empty", "{}"),
    good("alloc", "annotations-empty", '{"annotations":{}}'),
    good("alloc", "annotations-nested", '{"annotations":{"sched":{"a":{"b":null}}}}'),
    good("alloc", "bypass-alone", '{"bypass":true}'),
    passes(
        "alloc-context-absent", "rfc21/alloc/context", CONFORMS, "INACTIVE",
        lines(*SCHEDULED, line("alloc"), *FROM_START),
    ),
    passes(
        "prolog-start-context-description-empty", "rfc21/prolog-start/context", CONFORMS,
        "INACTIVE", lines(*ALLOCATED, began("prolog", ""), ended("prolog", ""), *FROM_START),
    ),
    passes(
        "epilog-start-context-description-empty", "rfc21/epilog-start/context", CONFORMS,
        "INACTIVE", lines(*FINISHED, began("epilog", ""), ended("epilog", ""), *FROM_RELEASE),
    ),
    good("prolog-finish", "status-not-zero", '{"description":"a","status":256}'),
    good("prolog-finish", "status-negative", '{"description":"a","status":-1}'),
    good("epilog-finish", "status-not-zero", '{"description":"a","status":256}'),
    faulty("prolog-finish", "empty", "{}", NAMELESS["prolog-finish"]),
    faulty("epilog-finish", "empty", "{}", NAMELESS["epilog-finish"]),
    faulty("release", "empty", "{}"),
    faulty("release", "ranks-and-final-wrong", '{"ranks":0,"final":0}'),
    breaks(
        "release-context-ranks-wrong-but-final-counts", "rfc21/release/context", 8, VIOLATES,
        "INACTIVE", lines(*FINISHED, release("0,0", True), *FROM_FREE),
    ),
    faulty("finish", "status-with-point-zero", '{"status":0.0}'),
    good("finish", "status-not-zero", '{"status":256}'),
    breaks(
        "finish-context-absent", "rfc21/finish/context", 7, VIOLATES, "INACTIVE",
        lines(*STARTED, line("finish"), *FROM_RELEASE),
    ),
    faulty("exception", "severity-below", _context("exception", severity="-1")),
    faulty("exception", "severity-above", _context("exception", severity="8")),
    faulty("exception", "severity-zero-float", _context("exception", severity="0.0")),
    faulty("exception", "severity-zero-string", _context("exception", severity='"0"')),
    faulty("exception", "severity-false", _context("exception", severity="false")),
    faulty("exception", "all-keys-missing", "{}"),
    good("exception", "severity-lowest", _context("exception", severity="0")),
    good("exception", "severity-highest", _context("exception", severity="7")),
    good("exception", "note-and-type-empty", '{"type":"","severity":1,"note":""}'),
    good("exception", "userid-given", _context("exception", userid="1001")),
    passes(
        "exception-context-wait-status-given", "rfc21/exception/context", CONFORMS, "INACTIVE",
        lines(*STARTED, exception(0, wait_status=256), finish(256), *FROM_RELEASE),
    ),
    breaks(
        "memo-context-absent", "rfc21/memo/context", 7, VIOLATES, "INACTIVE",
        lines(*STARTED, line("memo"), *FROM_FINISH),
    ),
    good("memo", "empty", "{}"),
    good("memo", "value-null", '{"uri":null}'),
    good("memo", "values-of-all-types", '{"a":1,"b":1.5,"c":[],"d":{},"e":true,"f":""}'),
    *(
        case
        for event in ("start", "free", "clean")
        for case in (
            faulty(event, "with-a-key", '{"a":1}'),
            faulty(event, "with-a-null", '{"a":null}'),
            good(event, "empty", "{}"),
        )
    ),
)
# fmt: on


def _no_context() -> Iterator[Case]:
    """Yield the events that have no context, with one and without."""
    for event in ("validate", "depend", "flux-restart"):
        where, rule = PLACES[event], f"rfc21/{event}/no-context"
        log = lines(*where.before, raw(event, '{"a":1}'), *where.after_fault)
        number = len(where.before) + 1
        yield breaks(f"{event}-with-a-context", rule, number, CONFORMS, "INACTIVE", log)
        log = lines(*where.before, line(event), *where.after_good)
        yield passes(f"{event}-without-a-context", rule, CONFORMS, "INACTIVE", log)


# fmt: off
NO_CONTEXTS: Final = (
    *_no_context(),
    breaks(
        "invalidate-with-a-context", "rfc21/invalidate/no-context", 2, CONFORMS, "REMOVED",
        lines(SUBMIT, line("invalidate", reason="bad jobspec")),
    ),
    passes(
        "invalidate-without-a-context", "rfc21/invalidate/no-context", CONFORMS, "REMOVED",
        lines(SUBMIT, INVALIDATE),
    ),
)
# fmt: on


# Submit and the generations

# fmt: off
SUBMITS: Final = (
    breaks(
        "submit-missing", "rfc21/submit/first", 1, VIOLATES, "INACTIVE", lines(*FROM_VALIDATE)
    ),
    breaks("submit-missing-before-validate-alone", "rfc21/submit/first", 1, VIOLATES, "DEPEND",
           lines(VALIDATE)),
    breaks("submit-missing-before-invalidate", "rfc21/submit/first", 1, VIOLATES, "REMOVED",
           lines(INVALIDATE)),
    breaks("submit-second", "rfc21/submit/first", 1, VIOLATES, "INACTIVE", lines(DEBUG, *LIFE)),
    breaks("submit-behind-a-memo", "rfc21/submit/first", 1, VIOLATES, "NEW", lines(MEMO, SUBMIT)),
    breaks("submit-behind-validate", "rfc21/submit/first", 1, VIOLATES, "INACTIVE",
           lines(VALIDATE, SUBMIT, *FROM_DEPEND)),
    breaks("submit-in-capitals", "rfc21/submit/first", 1, VIOLATES, "INACTIVE",
           lines(SUBMIT.replace("submit", "Submit"), *FROM_VALIDATE)),
    passes("submit-first-and-alone", "rfc21/submit/first", INCOMPLETE, "NEW", lines(SUBMIT)),
    Case(
        "submit-first-behind-a-blank-line", "rfc21/submit/first", lines("", *LIFE),
        (Expected("rfc18/lines", 1),), VIOLATES, "INACTIVE",
        note="a line that cannot be read is no event",
    ),
    Case(
        "submit-first-with-a-faulty-timestamp", "rfc21/submit/first",
        lines(at(SUBMIT, "null"), VALIDATE), (Expected("rfc18/timestamp", 1),), VIOLATES, "DEPEND",
    ),
    breaks("submit-twice", "rfc21/submit/once", 2, CONFORMS, "INACTIVE",
           lines(SUBMIT, SUBMIT, *FROM_VALIDATE)),
    breaks("submit-again-in-run", "rfc21/submit/once", 7, INCOMPLETE, "RUN",
           lines(*STARTED, SUBMIT)),
    breaks("submit-again-in-cleanup", "rfc21/submit/once", 8, CONFORMS, "INACTIVE",
           lines(*FINISHED, SUBMIT, *FROM_RELEASE)),
    breaks("submit-again-with-urgency-0-has-no-effect", "rfc21/submit/once", 3, CONFORMS,
           "INACTIVE", lines(*VALIDATED, submit(urgency=0), *FROM_DEPEND)),
    Case(
        "submit-again-with-urgency-16-has-no-effect", "rfc21/submit/once",
        lines(submit(urgency=0), VALIDATE, submit(urgency=16), DEPEND, LOWEST, ALLOC),
        (Expected("rfc21/submit/once", 3), Expected("rfc30/urgency/held", 6)), VIOLATES, "RUN",
    ),
    Case(
        "submit-three-times", "rfc21/submit/once", lines(SUBMIT, SUBMIT, SUBMIT),
        (Expected("rfc21/submit/once", 2), Expected("rfc21/submit/once", 3)), INCOMPLETE, "NEW",
    ),
    passes("submit-once", "rfc21/submit/once", CONFORMS, "INACTIVE", lines(*LIFE)),
    Case(
        "submit-again-after-clean-is-captive-alone", "rfc21/submit/once", lines(*LIFE, SUBMIT),
        (Expected("rfc21/inactive/captive", 11),), VIOLATES, "INACTIVE",
    ),
    breaks("version-2", "rfc21/submit/version", 1, VIOLATES, "INACTIVE",
           lines(submit(version=2), *FROM_VALIDATE)),
    breaks("version-0-in-so-many-words", "rfc21/submit/version", 1, VIOLATES, "NEW",
           lines(submit(version=0))),
    breaks("version-negative", "rfc21/submit/version", 1, VIOLATES, "NEW",
           lines(submit(version=-1))),
    breaks("version-large", "rfc21/submit/version", 1, VIOLATES, "NEW",
           lines(submit(version=10**12))),
    Case(
        "version-2-is-judged-as-version-1", "rfc21/submit/version",
        lines(submit(version=2), VALIDATE, VALIDATE),
        (Expected("rfc21/submit/version", 1), Expected("rfc21/states/undefined", 3)),
        VIOLATES, "DEPEND",
    ),
    passes("version-1", "rfc21/submit/version", INCOMPLETE, "NEW", lines(SUBMIT)),
    *(
        Case(
            f"version-is-{why}", "rfc21/submit/version", lines(submit(version=value), VALIDATE),
            (Expected("rfc21/submit/context", 1),), VIOLATES, "DEPEND",
        )
        for why, value in {"string": "1", "float": 1.0, "boolean": True, "null": None}.items()
    ),
    noted("v0-submit-alone", "rfc21/submit/v0", 1, INCOMPLETE, "DEPEND", lines(V0)),
    noted("v0-life-without-validate", "rfc21/submit/v0", 1, CONFORMS, "INACTIVE",
          lines(V0, *FROM_DEPEND)),
    noted("v0-life-with-validate", "rfc21/submit/v0", 1, CONFORMS, "INACTIVE",
          lines(V0, *FROM_VALIDATE)),
    noted("v0-exception-at-once", "rfc21/submit/v0", 1, CONFORMS, "INACTIVE",
          lines(V0, FATAL, CLEAN)),
    noted("v0-dependency", "rfc21/submit/v0", 1, CONFORMS, "INACTIVE",
          lines(V0, added("a"), removed("a"), *FROM_DEPEND)),
    passes("v0-no-more", "rfc21/submit/v0", CONFORMS, "INACTIVE", lines(*LIFE)),
    breaks("v0-validate-twice", "rfc21/validate/once", 3, CONFORMS, "INACTIVE",
           lines(V0, VALIDATE, VALIDATE, *FROM_DEPEND), (Expected("rfc21/submit/v0", 1),)),
    passes("v0-validate-once", "rfc21/validate/once", INCOMPLETE, "DEPEND",
           lines(V0, VALIDATE), (Expected("rfc21/submit/v0", 1),)),
    Case(
        "v0-validate-three-times", "rfc21/validate/once", lines(V0, VALIDATE, VALIDATE, VALIDATE),
        (Expected("rfc21/validate/once", 3), Expected("rfc21/validate/once", 4)),
        INCOMPLETE, "DEPEND", notes=(Expected("rfc21/submit/v0", 1),),
    ),
    Case(
        "v1-validate-twice-is-undefined", "rfc21/validate/once",
        lines(*VALIDATED, VALIDATE, *FROM_DEPEND),
        (Expected("rfc21/states/undefined", 3),), VIOLATES, "INACTIVE",
    ),
    Case(
        "v0-validate-after-depend-is-undefined", "rfc21/validate/once",
        lines(V0, VALIDATE, DEPEND, VALIDATE, *FROM_PRIORITY),
        (Expected("rfc21/states/undefined", 4),), VIOLATES, "INACTIVE",
        notes=(Expected("rfc21/submit/v0", 1),),
    ),
    breaks("v0-invalidate-is-undefined", "rfc21/states/undefined", 2, VIOLATES, "DEPEND",
           lines(V0, INVALIDATE), (Expected("rfc21/submit/v0", 1),)),
    breaks("v0-submit-twice", "rfc21/submit/once", 2, INCOMPLETE, "DEPEND",
           lines(V0, SUBMIT), (Expected("rfc21/submit/v0", 1),)),
    breaks("v0-without-userid", "rfc21/submit/context", 1, VIOLATES, "DEPEND",
           lines(submit(version=..., userid=...)), (Expected("rfc21/submit/v0", 1),)),
    breaks("v0-held", "rfc30/urgency/held", 4, VIOLATES, "RUN",
           lines(submit(version=..., urgency=0), DEPEND, LOWEST, ALLOC),
           (Expected("rfc21/submit/v0", 1),)),
    breaks("v0-dependency-outstanding", "rfc21/depend/outstanding", 3, VIOLATES, "PRIORITY",
           lines(V0, added("a"), DEPEND), (Expected("rfc21/submit/v0", 1),)),
)
# fmt: on


# States

UNDEFINED: Final = {
    VALIDATE: ("DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP"),
    INVALIDATE: ("DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP"),
    DEPEND: ("NEW", "PRIORITY", "SCHED", "RUN", "CLEANUP"),
    PRIORITY: ("NEW", "DEPEND", "RUN", "CLEANUP"),
    ALLOC: ("NEW", "DEPEND", "RUN"),
    FINISH: ("NEW", "DEPEND", "PRIORITY", "SCHED"),
    CLEAN: ("NEW", "DEPEND", "PRIORITY", "SCHED", "RUN"),
}

STAYING: Final = {
    "debug": DEBUG,
    "unlisted-event": SITE,
    "memo": MEMO,
    "set-flags": line("set-flags", flags=["debug"]),
    "mild-exception": MILD,
    "mildest-exception": exception(7),
}
"""Events that change nothing in any state but INACTIVE."""


def _event(template: str) -> str:
    """Return the name of a template's event."""
    return str(json.loads(at(template, "1"))["name"])


def _states() -> Iterator[Case]:
    """Yield an event in a state, with every outcome."""
    for template, states in UNDEFINED.items():
        for state in states:
            until = UNTIL[state]
            yield breaks(
                f"{_event(template)}-undefined-in-{state}",
                "rfc21/states/undefined",
                len(until) + 1,
                VIOLATES,
                state,
                lines(*until, template),
            )
    for state in ("NEW", "DEPEND", "PRIORITY", "RUN", "CLEANUP"):
        until = UNTIL[state]
        yield noted(
            f"flux-restart-silent-in-{state}",
            "rfc21/states/silent",
            len(until) + 1,
            INCOMPLETE,
            state,
            lines(*until, RESTART),
        )
    for state, until in UNTIL.items():
        yield passes(
            f"life-until-{state}", "rfc21/states/undefined", INCOMPLETE, state, lines(*until)
        )
        yield passes(
            f"quiet-events-in-{state}",
            "rfc21/states/undefined",
            INCOMPLETE,
            state,
            lines(*until, *STAYING.values()),
        )
        if state in ("RUN", "CLEANUP"):
            yield breaks(
                f"urgency-and-jobspec-update-in-{state}",
                "rfc30/urgency/pending",
                len(until) + 1,
                INCOMPLETE,
                state,
                lines(*until, urgency(20), UPDATE),
            )
        elif state != "SCHED":
            yield passes(
                f"urgency-and-jobspec-update-in-{state}",
                "rfc21/states/undefined",
                INCOMPLETE,
                state,
                lines(*until, urgency(20), UPDATE),
            )
    for template in (urgency(20), UPDATE, RESTART):
        yield passes(
            f"{_event(template)}-in-SCHED-leads-back",
            "rfc21/states/silent",
            INCOMPLETE,
            "PRIORITY",
            lines(*SCHEDULED, template),
        )
        yield passes(
            f"{_event(template)}-in-SCHED-and-the-rest",
            "rfc21/states/undefined",
            CONFORMS,
            "INACTIVE",
            lines(*SCHEDULED, template, *FROM_PRIORITY),
        )


LATE: Final = (
    *(SUBMIT, VALIDATE, INVALIDATE, DEPEND, PRIORITY, urgency(20), ALLOC, START, FINISH),
    *(RELEASE, FREE, CLEAN, FATAL, MILD, RESTART, MEMO, UPDATE, DEBUG, SITE),
    *(added("a"), removed("a"), line("set-flags", flags=[])),
    *(line("resource-update", expiration=0), began("prolog"), ended("prolog")),
    *(began("epilog"), ended("epilog")),
)
"""Every event, to be posted too late."""


def _late() -> Iterator[Case]:
    """Yield every event after the end of a log."""
    for template in LATE:
        severity = "-0" if template is FATAL else "-1" if template is MILD else ""
        event = _event(template) + severity
        yield breaks(
            f"{event}-after-clean",
            "rfc21/inactive/captive",
            11,
            VIOLATES,
            "INACTIVE",
            lines(*LIFE, template),
        )
    for template in (SUBMIT, VALIDATE, INVALIDATE, ALLOC, FATAL, MEMO, DEBUG, CLEAN):
        yield breaks(
            f"{_event(template)}-after-invalidate",
            "rfc21/invalidate/last",
            3,
            VIOLATES,
            "REMOVED",
            lines(SUBMIT, INVALIDATE, template),
        )


# fmt: off
STATES: Final = (
    *_states(),
    *_late(),
    noted("alloc-silent-in-PRIORITY", "rfc21/states/silent", 4, INCOMPLETE, "PRIORITY",
          lines(*DEPENDED, ALLOC)),
    noted("alloc-silent-in-CLEANUP", "rfc21/states/silent", 6, CONFORMS, "INACTIVE",
          lines(*SCHEDULED, FATAL, ALLOC, FREE, CLEAN)),
    noted("alloc-silent-after-urgency", "rfc21/states/silent", 6, INCOMPLETE, "PRIORITY",
          lines(*SCHEDULED, urgency(20), ALLOC)),
    passes("alloc-in-SCHED", "rfc21/states/silent", INCOMPLETE, "RUN", lines(*ALLOCATED)),
    passes("priority-again-in-SCHED", "rfc21/states/undefined", CONFORMS, "INACTIVE",
           lines(*SCHEDULED, PRIORITY, PRIORITY, *FROM_ALLOC)),
    passes("finish-in-CLEANUP-after-an-exception", "rfc21/states/undefined", CONFORMS, "INACTIVE",
           lines(*STARTED, FATAL, *FROM_FINISH)),
    passes("life-whole", "rfc21/states/undefined", CONFORMS, "INACTIVE", lines(*LIFE)),
    passes(
        "life-with-everything-in-it", "rfc21/states/undefined", CONFORMS, "INACTIVE",
        lines(
            *(SUBMIT, added("a"), UPDATE, VALIDATE, removed("a"), DEPEND, PRIORITY),
            *(line("set-flags", flags=["debug"]), urgency(31), HIGHEST, UPDATE, HIGHEST),
            *(RESTART, HIGHEST, HIGHEST, DEBUG, ALLOC, began("prolog"), ended("prolog")),
            *(START, MEMO, line("resource-update", expiration=1700009999), MILD, FATAL, FATAL),
            *(FINISH, began("epilog"), release("0-1", False), release("2", True)),
            *(ended("epilog"), FREE, SITE, CLEAN),
        ),
    ),
    Case(
        "captive-twice", "rfc21/inactive/captive", lines(*LIFE, DEBUG, CLEAN),
        (Expected("rfc21/inactive/captive", 11), Expected("rfc21/inactive/captive", 12)),
        VIOLATES, "INACTIVE",
    ),
    breaks("captive-with-a-faulty-context-too", "rfc21/inactive/captive", 11, VIOLATES,
           "INACTIVE", lines(*LIFE, line("priority", priority=-1))),
    breaks("captive-with-a-context-where-none-is-defined", "rfc21/inactive/captive", 11, VIOLATES,
           "INACTIVE", lines(*LIFE, line("depend", a=1))),
    Case(
        "captive-with-a-context-that-is-no-object", "rfc21/inactive/captive",
        lines(*LIFE, raw("memo", "null")),
        (Expected("rfc18/context", 11), Expected("rfc21/inactive/captive", 11)),
        VIOLATES, "INACTIVE",
    ),
    Case(
        "captive-with-a-faulty-timestamp", "rfc21/inactive/captive",
        lines(*LIFE, at(DEBUG, '"now"')),
        (Expected("rfc18/timestamp", 11), Expected("rfc21/inactive/captive", 11)),
        VIOLATES, "INACTIVE",
    ),
    breaks("captive-with-an-unknown-top-level-key", "rfc21/inactive/captive", 11, VIOLATES,
           "INACTIVE", lines(*LIFE, DEBUG[:-1] + ',"rank":0}'), (Expected("rfc18/keys", 11),)),
    breaks("captive-soon-after-an-exception", "rfc21/inactive/captive", 5, VIOLATES, "INACTIVE",
           lines(*VALIDATED, FATAL, CLEAN, DEBUG)),
    passes("captive-nothing-follows", "rfc21/inactive/captive", CONFORMS, "INACTIVE",
           lines(*LIFE)),
    Case(
        "captive-not-after-an-undefined-clean", "rfc21/inactive/captive",
        lines(*STARTED, CLEAN, *FROM_FINISH),
        (Expected("rfc21/states/undefined", 7),), VIOLATES, "INACTIVE",
    ),
    Case(
        "removed-and-a-faulty-context", "rfc21/invalidate/last",
        lines(SUBMIT, INVALIDATE, raw("memo", "[]")),
        (Expected("rfc18/context", 3), Expected("rfc21/invalidate/last", 3)),
        VIOLATES, "REMOVED",
    ),
    breaks("removed-and-a-faulty-value", "rfc21/invalidate/last", 3, VIOLATES, "REMOVED",
           lines(SUBMIT, INVALIDATE, line("priority", priority=-1))),
    Case(
        "removed-and-two-events", "rfc21/invalidate/last", lines(SUBMIT, INVALIDATE, MILD, CLEAN),
        (Expected("rfc21/invalidate/last", 3), Expected("rfc21/invalidate/last", 4)),
        VIOLATES, "REMOVED",
    ),
    passes("removed-and-nothing-more", "rfc21/invalidate/last", CONFORMS, "REMOVED",
           lines(SUBMIT, INVALIDATE)),
    passes("removed-after-a-mild-exception", "rfc21/invalidate/last", CONFORMS, "REMOVED",
           lines(SUBMIT, added("a"), MILD, INVALIDATE)),
    Case(
        "removed-not-by-an-undefined-invalidate", "rfc21/invalidate/last",
        lines(*SCHEDULED, INVALIDATE, *FROM_ALLOC),
        (Expected("rfc21/states/undefined", 5),), VIOLATES, "INACTIVE",
    ),
)
# fmt: on


# Exceptions

SHELL_FORMS: Final = {
    9: ((137, 35072), (9, 0, 136, 2304)),
    15: ((143, 36608), (15, 3840)),
    139: ((139, 35584), (11, 267)),
    256: ((1, 256), (0, 257, 129)),
    32512: ((127, 32512), (255, 0)),
    36352: ((142, 36352), (14, 270)),
    65280: ((255, 65280), (1, -1)),
}
"""A wait status to the finish statuses that go with it, and to some that do not."""


def _wait_status() -> Iterator[Case]:
    """Yield jobs that ended by an exception with a wait status."""
    rule = "rfc21/finish/wait-status"
    for wait_status, (right, wrong) in SHELL_FORMS.items():
        ended_by = exception(0, wait_status=wait_status)
        for status in right:
            yield passes(
                f"wait-status-{wait_status}-and-finish-{status}",
                rule,
                CONFORMS,
                "INACTIVE",
                lines(*STARTED, ended_by, finish(status), *FROM_RELEASE),
            )
        for status in wrong:
            yield breaks(
                f"wait-status-{wait_status}-but-finish-{status}",
                rule,
                8,
                VIOLATES,
                "INACTIVE",
                lines(*STARTED, ended_by, finish(status), *FROM_RELEASE),
            )


def _severities() -> Iterator[Case]:
    """Yield fatal, mild and faulty exceptions in several states."""
    for state in ("DEPEND", "PRIORITY", "SCHED", "RUN"):
        yield passes(
            f"fatal-exception-in-{state}",
            "rfc21/exception/new",
            INCOMPLETE,
            "CLEANUP",
            lines(*UNTIL[state], FATAL),
        )
    for severity in range(1, 8):
        yield passes(
            f"exception-of-severity-{severity}-in-NEW",
            "rfc21/exception/new",
            INCOMPLETE,
            "NEW",
            lines(SUBMIT, exception(severity)),
        )
    strange: dict[str, Any] = {
        "missing": ...,
        "0.0": 0.0,
        "string-0": "0",
        "false": False,
        "9": 9,
        "null": None,
    }
    for why, severity in strange.items():
        context = {"type": "exec", "severity": severity, "note": "lost"}
        kept = {key: value for key, value in context.items() if value is not ...}
        yield breaks(
            f"exception-with-severity-{why}-does-not-move",
            "rfc21/exception/context",
            5,
            VIOLATES,
            "SCHED",
            lines(*SCHEDULED, line("exception", kept)),
        )


# fmt: off
EXCEPTIONS: Final = (
    *_severities(),
    *_wait_status(),
    breaks("fatal-exception-in-NEW", "rfc21/exception/new", 2, INCOMPLETE, "CLEANUP",
           lines(SUBMIT, FATAL)),
    breaks("fatal-exception-in-NEW-and-clean", "rfc21/exception/new", 2, CONFORMS, "INACTIVE",
           lines(SUBMIT, FATAL, CLEAN)),
    Case(
        "exception-with-severity-missing-in-NEW", "rfc21/exception/new",
        lines(SUBMIT, line("exception", type="cancel", note="")),
        (Expected("rfc21/exception/context", 2),), VIOLATES, "NEW",
    ),
    passes("fatal-exception-twice", "rfc21/exception/new", CONFORMS, "INACTIVE",
           lines(*VALIDATED, FATAL, exception(0, "cancel"), CLEAN)),
    breaks("fatal-exception-without-note-still-moves", "rfc21/exception/context", 5, VIOLATES,
           "CLEANUP", lines(*SCHEDULED, line("exception", type="cancel", severity=0))),
    breaks("fatal-exception-without-type-still-moves", "rfc21/exception/context", 5, VIOLATES,
           "CLEANUP", lines(*SCHEDULED, line("exception", severity=0, note=""))),
    breaks("wait-status-on-cancel", "rfc21/exception/wait-status-type", 7, VIOLATES, "INACTIVE",
           lines(*STARTED, exception(0, "cancel", wait_status=9), finish(137), *FROM_RELEASE)),
    breaks("wait-status-on-a-mild-cancel", "rfc21/exception/wait-status-type", 7, VIOLATES,
           "INACTIVE", lines(*STARTED, exception(3, "cancel", wait_status=9), *FROM_FINISH)),
    breaks("wait-status-on-exec-in-capitals", "rfc21/exception/wait-status-type", 7, VIOLATES,
           "RUN", lines(*STARTED, exception(3, "Exec", wait_status=9))),
    passes("wait-status-on-exec", "rfc21/exception/wait-status-type", INCOMPLETE, "CLEANUP",
           lines(*STARTED, exception(0, wait_status=9))),
    passes("wait-status-not-on-cancel", "rfc21/exception/wait-status-type", INCOMPLETE, "CLEANUP",
           lines(*STARTED, exception(0, "cancel"))),
    Case(
        "wait-status-without-a-type-to-compare", "rfc21/exception/wait-status-type",
        lines(*STARTED, line("exception", severity=3, note="", wait_status=9)),
        (Expected("rfc21/exception/context", 7),), VIOLATES, "RUN",
    ),
    Case(
        "wait-status-string-on-cancel", "rfc21/exception/wait-status-type",
        lines(*STARTED, exception(3, "cancel", wait_status="9")),
        (Expected("rfc21/exception/context", 7),), VIOLATES, "RUN",
    ),
    breaks("wait-status-zero", "rfc21/exception/wait-status-nonzero", 7, CONFORMS, "INACTIVE",
           lines(*STARTED, exception(0, wait_status=0), *FROM_FINISH)),
    breaks("wait-status-zero-of-a-mild-exception", "rfc21/exception/wait-status-nonzero", 7,
           CONFORMS, "INACTIVE", lines(*STARTED, exception(3, wait_status=0), *FROM_FINISH)),
    passes("wait-status-one", "rfc21/exception/wait-status-nonzero", INCOMPLETE, "CLEANUP",
           lines(*STARTED, exception(0, wait_status=1))),
    passes("wait-status-absent", "rfc21/exception/wait-status-nonzero", INCOMPLETE, "CLEANUP",
           lines(*STARTED, exception(0))),
    Case(
        "wait-status-zero-on-cancel", "rfc21/exception/wait-status-type",
        lines(*STARTED, exception(3, "cancel", wait_status=0)),
        (
            Expected("rfc21/exception/wait-status-nonzero", 7),
            Expected("rfc21/exception/wait-status-type", 7),
        ),
        VIOLATES, "RUN",
    ),
    breaks("wait-status-of-the-first-of-two-counts", "rfc21/finish/wait-status", 9, VIOLATES,
           "INACTIVE",
           lines(*STARTED, exception(0, wait_status=9), exception(0, wait_status=256), finish(1),
                 *FROM_RELEASE)),
    passes("wait-status-of-the-second-of-two-does-not-count", "rfc21/finish/wait-status", CONFORMS,
           "INACTIVE", lines(*STARTED, FATAL, exception(0, wait_status=9), *FROM_FINISH)),
    passes("wait-status-of-a-mild-exception-does-not-count", "rfc21/finish/wait-status", CONFORMS,
           "INACTIVE", lines(*STARTED, exception(1, wait_status=9), *FROM_FINISH)),
    breaks("wait-status-counts-after-a-mild-one", "rfc21/finish/wait-status", 9, VIOLATES,
           "INACTIVE",
           lines(*STARTED, exception(1, wait_status=9), exception(0, wait_status=256), finish(137),
                 *FROM_RELEASE)),
    passes("wait-status-after-finish-does-not-count", "rfc21/finish/wait-status", CONFORMS,
           "INACTIVE", lines(*FINISHED, exception(0, wait_status=9), *FROM_RELEASE)),
    Case(
        "wait-status-that-is-faulty-is-not-compared", "rfc21/finish/wait-status",
        lines(*STARTED, exception(0, wait_status=9.0), *FROM_FINISH),
        (Expected("rfc21/exception/context", 7),), VIOLATES, "INACTIVE",
    ),
    Case(
        "wait-status-is-not-compared-with-a-faulty-status", "rfc21/finish/wait-status",
        lines(*STARTED, exception(0, wait_status=9), line("finish", status="0"), *FROM_RELEASE),
        (Expected("rfc21/finish/context", 8),), VIOLATES, "INACTIVE",
    ),
    Case(
        "wait-status-of-an-exception-without-note-counts", "rfc21/finish/wait-status",
        lines(*STARTED, line("exception", type="exec", severity=0, wait_status=9), *FROM_FINISH),
        (Expected("rfc21/exception/context", 7), Expected("rfc21/finish/wait-status", 8)),
        VIOLATES, "INACTIVE",
    ),
)
# fmt: on


# Dependencies

# fmt: off
DEPENDENCIES: Final = (
    breaks("depend-with-one-outstanding-still-moves", "rfc21/depend/outstanding", 4, VIOLATES,
           "INACTIVE", lines(*VALIDATED, added("a"), *FROM_DEPEND)),
    breaks("depend-with-two-outstanding-is-one-finding", "rfc21/depend/outstanding", 5, VIOLATES,
           "INACTIVE", lines(*VALIDATED, added("a"), added("b"), *FROM_DEPEND)),
    breaks("depend-with-one-of-two-outstanding", "rfc21/depend/outstanding", 6, VIOLATES,
           "PRIORITY", lines(*VALIDATED, added("a"), added("b"), removed("a"), DEPEND)),
    breaks("depend-with-one-added-in-NEW", "rfc21/depend/outstanding", 4, VIOLATES, "PRIORITY",
           lines(SUBMIT, added("a"), VALIDATE, DEPEND)),
    breaks("depend-with-one-added-removed-and-added", "rfc21/depend/outstanding", 6, VIOLATES,
           "PRIORITY", lines(*VALIDATED, added("a"), removed("a"), added("a"), DEPEND)),
    breaks("depend-with-one-removed-too-late", "rfc21/depend/outstanding", 4, VIOLATES, "INACTIVE",
           lines(*VALIDATED, added("a"), DEPEND, removed("a"), *FROM_PRIORITY)),
    passes("depend-with-none-outstanding", "rfc21/depend/outstanding", CONFORMS, "INACTIVE",
           lines(*VALIDATED, added("a"), removed("a"), *FROM_DEPEND)),
    passes("depend-with-the-same-added-twice", "rfc21/depend/outstanding", CONFORMS, "INACTIVE",
           lines(*VALIDATED, added("a"), added("a"), removed("a"), *FROM_DEPEND)),
    passes("depend-with-one-added-and-removed-twice", "rfc21/depend/outstanding", CONFORMS,
           "INACTIVE",
           lines(*VALIDATED, added("a"), removed("a"), added("a"), removed("a"), *FROM_DEPEND)),
    passes("depend-with-two-removed-in-another-order", "rfc21/depend/outstanding", CONFORMS,
           "INACTIVE",
           lines(SUBMIT, added("a"), added("b"), removed("b"), VALIDATE, removed("a"),
                 *FROM_DEPEND)),
    passes("depend-never-came", "rfc21/depend/outstanding", CONFORMS, "INACTIVE",
           lines(*VALIDATED, added("a"), FATAL, CLEAN)),
    Case(
        "depend-undefined-with-one-outstanding", "rfc21/depend/outstanding",
        lines(SUBMIT, added("a"), DEPEND), (Expected("rfc21/states/undefined", 3),),
        VIOLATES, "NEW",
    ),
    breaks("dependency-never-added", "rfc21/dependency-remove/matches", 3, VIOLATES, "INACTIVE",
           lines(*VALIDATED, removed("a"), *FROM_DEPEND)),
    breaks("dependency-removed-before-it-is-added", "rfc21/dependency-remove/matches", 3, VIOLATES,
           "INACTIVE", lines(*VALIDATED, removed("a"), added("a"), removed("a"), *FROM_DEPEND)),
    breaks("dependency-with-another-case", "rfc21/dependency-remove/matches", 4, VIOLATES,
           "INACTIVE", lines(*VALIDATED, added("a"), removed("A"), removed("a"), *FROM_DEPEND)),
    breaks("dependency-with-a-blank-more", "rfc21/dependency-remove/matches", 4, VIOLATES,
           "DEPEND", lines(*VALIDATED, added("a"), removed("a "))),
    breaks("dependency-with-another-normal-form", "rfc21/dependency-remove/matches", 4, VIOLATES,
           "DEPEND", lines(*VALIDATED, added("\u00e9"), removed("e\u0301"))),
    passes("dependency-that-matches", "rfc21/dependency-remove/matches", CONFORMS, "INACTIVE",
           lines(*VALIDATED, added("after=f1"), removed("after=f1"), *FROM_DEPEND)),
    passes("dependency-escaped-and-not", "rfc21/dependency-remove/matches", CONFORMS, "INACTIVE",
           lines(*VALIDATED, raw("dependency-add", '{"description":"ƒ1"}'), removed("ƒ1"),
                 *FROM_DEPEND)),
    breaks("dependency-removed-twice", "rfc21/dependency-remove/outstanding", 5, CONFORMS,
           "INACTIVE", lines(*VALIDATED, added("a"), removed("a"), removed("a"), *FROM_DEPEND)),
    breaks("dependency-added-twice-and-removed-twice", "rfc21/dependency-remove/outstanding", 6,
           CONFORMS, "INACTIVE",
           lines(*VALIDATED, added("a"), added("a"), removed("a"), removed("a"), *FROM_DEPEND)),
    passes("dependency-removed-again-once-added-again", "rfc21/dependency-remove/outstanding",
           INCOMPLETE, "DEPEND",
           lines(*VALIDATED, added("a"), removed("a"), added("a"), removed("a"))),
    Case(
        "dependency-never-added-is-one-finding", "rfc21/dependency-remove/outstanding",
        lines(*VALIDATED, removed("a")), (Expected("rfc21/dependency-remove/matches", 3),),
        VIOLATES, "DEPEND",
    ),
    breaks("dependency-added-in-PRIORITY", "rfc21/dependency-add/before-depend", 4, CONFORMS,
           "INACTIVE", lines(*DEPENDED, added("a"), removed("a"), *FROM_PRIORITY)),
    breaks("dependency-added-in-RUN", "rfc21/dependency-add/before-depend", 7, CONFORMS,
           "INACTIVE", lines(*STARTED, added("a"), *FROM_FINISH)),
    passes("dependency-added-in-NEW", "rfc21/dependency-add/before-depend", INCOMPLETE, "NEW",
           lines(SUBMIT, added("a"))),
    passes("dependency-added-just-before-depend", "rfc21/dependency-add/before-depend",
           INCOMPLETE, "PRIORITY", lines(*VALIDATED, added("a"), removed("a"), DEPEND)),
    Case(
        "dependency-added-after-an-undefined-depend", "rfc21/dependency-add/before-depend",
        lines(SUBMIT, DEPEND, added("a"), VALIDATE, removed("a"), *FROM_DEPEND),
        (Expected("rfc21/states/undefined", 2),), VIOLATES, "INACTIVE",
    ),
)
# fmt: on


# Resources: alloc, start, finish, release, free, clean

SCHEDULER_LOST: Final = exception(0, "scheduler-restart")

# fmt: off
RESOURCES: Final = (
    breaks("alloc-again-after-one-in-flight", "rfc21/alloc/once", 6, CONFORMS, "INACTIVE",
           lines(*DEPENDED, ALLOC, PRIORITY, ALLOC, *FROM_START),
           (Expected("rfc21/states/silent", 4),)),
    breaks("alloc-again-in-CLEANUP", "rfc21/alloc/once", 7, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, FATAL, ALLOC, FREE, CLEAN), (Expected("rfc21/states/silent", 7),)),
    passes("alloc-again-after-free", "rfc21/alloc/once", CONFORMS, "INACTIVE",
           lines(*FREED, ALLOC, FREE, CLEAN), (Expected("rfc21/states/silent", 10),)),
    passes("alloc-once", "rfc21/alloc/once", CONFORMS, "INACTIVE", lines(*LIFE)),
    Case(
        "alloc-again-in-RUN-is-undefined-alone", "rfc21/alloc/once",
        lines(*ALLOCATED, ALLOC, *FROM_START), (Expected("rfc21/states/undefined", 6),),
        VIOLATES, "INACTIVE",
    ),
    Case(
        "alloc-after-an-undefined-alloc", "rfc21/alloc/once",
        lines(*VALIDATED, ALLOC, *FROM_DEPEND), (Expected("rfc21/states/undefined", 3),),
        VIOLATES, "INACTIVE",
    ),
    Case(
        "start-in-SCHED", "rfc21/start/after-alloc", lines(*SCHEDULED, START),
        (
            Expected("rfc21/start/after-alloc", 5),
            Expected("rfc21/start/held", 5, 0),
            Expected("rfc21/start/in-run", 5, 0),
        ),
        INCOMPLETE, "SCHED",
    ),
    Case(
        "start-in-NEW", "rfc21/start/after-alloc", lines(SUBMIT, START),
        (
            Expected("rfc21/start/after-alloc", 2),
            Expected("rfc21/start/held", 2),
            Expected("rfc21/start/in-run", 2),
        ),
        INCOMPLETE, "NEW",
    ),
    Case(
        "start-in-CLEANUP-without-alloc", "rfc21/start/after-alloc",
        lines(*VALIDATED, FATAL, START),
        (Expected("rfc21/start/after-alloc", 4), Expected("rfc21/start/held", 4, 0)),
        INCOMPLETE, "CLEANUP",
    ),
    passes("start-in-CLEANUP", "rfc21/start/after-alloc", CONFORMS, "INACTIVE",
           lines(*ALLOCATED, FATAL, *FROM_START)),
    breaks("start-after-a-scheduler-restart", "rfc21/start/held", 7, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, SCHEDULER_LOST, START, FINISH, RELEASE, CLEAN)),
    breaks("start-after-free", "rfc21/start/held", 8, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, FATAL, FREE, START, CLEAN)),
    passes("start-before-a-scheduler-restart", "rfc21/start/held", CONFORMS, "INACTIVE",
           lines(*STARTED, SCHEDULER_LOST, FINISH, RELEASE, CLEAN)),
    passes("start-after-a-mild-scheduler-restart", "rfc21/start/held", CONFORMS, "INACTIVE",
           lines(*ALLOCATED, exception(1, "scheduler-restart"), *FROM_START)),
    passes("start-after-another-alloc-in-CLEANUP", "rfc21/start/held", CONFORMS, "INACTIVE",
           lines(*ALLOCATED, SCHEDULER_LOST, ALLOC, *FROM_START),
           (Expected("rfc21/states/silent", 7),)),
    breaks("start-in-PRIORITY-after-alloc-in-flight", "rfc21/start/in-run", 5, INCOMPLETE,
           "PRIORITY", lines(*DEPENDED, ALLOC, START), (Expected("rfc21/states/silent", 4),)),
    breaks("start-in-SCHED-after-alloc-in-flight", "rfc21/start/in-run", 6, INCOMPLETE,
           "SCHED", lines(*DEPENDED, ALLOC, PRIORITY, START),
           (Expected("rfc21/states/silent", 4),)),
    passes("start-in-RUN", "rfc21/start/in-run", INCOMPLETE, "RUN", lines(*STARTED)),
    passes("start-in-CLEANUP-of-a-held-job", "rfc21/start/in-run", INCOMPLETE, "CLEANUP",
           lines(*ALLOCATED, FATAL, START)),
    breaks("start-after-finish", "rfc21/start/after-finish", 8, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, FATAL, FINISH, START, *FROM_RELEASE)),
    passes("start-after-an-exception-and-before-finish", "rfc21/start/after-finish", CONFORMS,
           "INACTIVE", lines(*ALLOCATED, FATAL, START, *FROM_FINISH)),
    Case(
        "start-after-an-undefined-finish", "rfc21/start/after-finish",
        lines(*SCHEDULED, FINISH, *FROM_ALLOC), (Expected("rfc21/states/undefined", 5),),
        VIOLATES, "INACTIVE",
    ),
    breaks("start-twice", "rfc21/start/once", 7, CONFORMS, "INACTIVE",
           lines(*STARTED, START, *FROM_FINISH)),
    breaks("start-again-in-CLEANUP", "rfc21/start/once", 8, CONFORMS, "INACTIVE",
           lines(*STARTED, FATAL, START, *FROM_FINISH)),
    Case(
        "start-again-after-finish", "rfc21/start/once", lines(*FINISHED, START, *FROM_RELEASE),
        (Expected("rfc21/start/after-finish", 8), Expected("rfc21/start/once", 8)),
        CONFORMS, "INACTIVE",
    ),
    passes("start-once", "rfc21/start/once", INCOMPLETE, "RUN", lines(*STARTED)),
    Case(
        "start-with-a-faulty-context-counts", "rfc21/start/once",
        lines(*ALLOCATED, line("start", a=1), START, *FROM_FINISH),
        (Expected("rfc21/start/context", 6), Expected("rfc21/start/once", 7)),
        VIOLATES, "INACTIVE",
    ),
    breaks("resource-update-in-SCHED", "rfc21/resource-update/after-alloc", 5, INCOMPLETE, "SCHED",
           lines(*SCHEDULED, line("resource-update", expiration=0))),
    passes("resource-update-in-RUN", "rfc21/resource-update/after-alloc", INCOMPLETE, "RUN",
           lines(*ALLOCATED, line("resource-update", expiration=0))),
    breaks("finish-without-start", "rfc21/finish/after-start", 6, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, FINISH, FREE, CLEAN)),
    breaks("finish-without-start-after-a-mild-exception", "rfc21/finish/after-start", 7,
           CONFORMS, "INACTIVE", lines(*ALLOCATED, MILD, FINISH, FREE, CLEAN)),
    passes("finish-without-start-after-a-fatal-exception", "rfc21/finish/after-start", CONFORMS,
           "INACTIVE", lines(*ALLOCATED, FATAL, FINISH, FREE, CLEAN)),
    passes("finish-after-start", "rfc21/finish/after-start", INCOMPLETE, "CLEANUP",
           lines(*FINISHED)),
    breaks("finish-twice", "rfc21/finish/once", 8, CONFORMS, "INACTIVE",
           lines(*FINISHED, FINISH, *FROM_RELEASE)),
    breaks("finish-twice-after-an-exception", "rfc21/finish/once", 9, CONFORMS, "INACTIVE",
           lines(*STARTED, FATAL, FINISH, *FROM_FINISH)),
    passes("finish-once-after-an-exception", "rfc21/finish/once", CONFORMS, "INACTIVE",
           lines(*STARTED, FATAL, *FROM_FINISH)),
    Case(
        "finish-after-an-undefined-finish", "rfc21/finish/once",
        lines(*SCHEDULED, FINISH, *FROM_ALLOC), (Expected("rfc21/states/undefined", 5),),
        VIOLATES, "INACTIVE",
    ),
    breaks("release-without-start", "rfc21/release/after-start", 6, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, RELEASE, FATAL, FREE, CLEAN)),
    breaks("release-without-start-after-a-mild-exception", "rfc21/release/after-start", 7,
           INCOMPLETE, "RUN", lines(*ALLOCATED, MILD, RELEASE)),
    passes("release-without-start-after-a-fatal-exception", "rfc21/release/after-start", CONFORMS,
           "INACTIVE", lines(*ALLOCATED, FATAL, RELEASE, FREE, CLEAN)),
    breaks("release-again-after-the-final-one", "rfc21/release/final-last", 9, CONFORMS,
           "INACTIVE", lines(*RELEASED, RELEASE, *FROM_FREE)),
    breaks("release-of-some-after-the-final-one", "rfc21/release/final-last", 9, CONFORMS,
           "INACTIVE", lines(*RELEASED, release("0", False), *FROM_FREE)),
    breaks("release-final-and-then-finish", "rfc21/release/final-last", 8, CONFORMS, "INACTIVE",
           lines(*STARTED, RELEASE, FINISH, *FROM_FREE)),
    breaks("release-final-and-then-start", "rfc21/release/final-last", 8, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, FATAL, RELEASE, START, *FROM_FREE)),
    passes("release-in-parts", "rfc21/release/final-last", CONFORMS, "INACTIVE",
           lines(*STARTED, release("0", False), FINISH, release("1-3", False),
                 release("4", True), *FROM_FREE)),
    passes("release-of-nothing-at-the-end", "rfc21/release/final-last", CONFORMS, "INACTIVE",
           lines(*FINISHED, release("0-3", False), release("", True), *FROM_FREE)),
    breaks("free-without-alloc", "rfc21/free/after-alloc", 6, CONFORMS, "INACTIVE",
           lines(*SCHEDULED, FATAL, FREE, CLEAN)),
    breaks("free-twice", "rfc21/free/after-alloc", 10, CONFORMS, "INACTIVE",
           lines(*FREED, FREE, CLEAN)),
    passes("free-once", "rfc21/free/after-alloc", INCOMPLETE, "CLEANUP", lines(*FREED)),
    passes("free-without-start", "rfc21/free/after-alloc", CONFORMS, "INACTIVE",
           lines(*ALLOCATED, FATAL, FREE, CLEAN)),
    breaks("free-in-RUN", "rfc21/free/in-cleanup", 6, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, FREE, FATAL, CLEAN)),
    breaks("free-in-PRIORITY-after-alloc-in-flight", "rfc21/free/in-cleanup", 5, INCOMPLETE,
           "PRIORITY", lines(*DEPENDED, ALLOC, FREE), (Expected("rfc21/states/silent", 4),)),
    passes("free-in-CLEANUP", "rfc21/free/in-cleanup", CONFORMS, "INACTIVE", lines(*LIFE)),
    breaks("free-without-release", "rfc21/free/after-release", 8, CONFORMS, "INACTIVE",
           lines(*FINISHED, FREE, CLEAN)),
    breaks("free-without-a-final-release", "rfc21/free/after-release", 9, CONFORMS, "INACTIVE",
           lines(*FINISHED, release("all", False), FREE, CLEAN)),
    passes("free-without-release-of-a-job-never-started", "rfc21/free/after-release", CONFORMS,
           "INACTIVE", lines(*ALLOCATED, FATAL, FREE, CLEAN)),
    passes("free-after-a-final-release-without-finish", "rfc21/free/after-release", CONFORMS,
           "INACTIVE", lines(*STARTED, FATAL, RELEASE, FREE, CLEAN)),
    breaks("clean-without-free", "rfc21/clean/resources-freed", 9, CONFORMS, "INACTIVE",
           lines(*RELEASED, CLEAN)),
    breaks("clean-without-free-after-an-exception", "rfc21/clean/resources-freed", 7, CONFORMS,
           "INACTIVE", lines(*ALLOCATED, FATAL, CLEAN)),
    breaks("clean-without-free-after-a-mild-scheduler-restart", "rfc21/clean/resources-freed", 10,
           CONFORMS, "INACTIVE", lines(*RELEASED, exception(1, "scheduler-restart"), CLEAN)),
    breaks("clean-without-free-after-an-exception-of-like-type", "rfc21/clean/resources-freed", 7,
           CONFORMS, "INACTIVE", lines(*ALLOCATED, exception(0, "scheduler-restarted"), CLEAN)),
    breaks("clean-without-free-of-an-alloc-in-flight", "rfc21/clean/resources-freed", 7, CONFORMS,
           "INACTIVE", lines(*SCHEDULED, FATAL, ALLOC, CLEAN),
           (Expected("rfc21/states/silent", 6),)),
    passes("clean-without-free-after-a-scheduler-restart", "rfc21/clean/resources-freed", CONFORMS,
           "INACTIVE", lines(*ALLOCATED, SCHEDULER_LOST, CLEAN)),
    passes("clean-without-free-after-a-late-scheduler-restart", "rfc21/clean/resources-freed",
           CONFORMS, "INACTIVE", lines(*RELEASED, SCHEDULER_LOST, CLEAN)),
    passes("clean-without-free-after-a-second-exception-took-all", "rfc21/clean/resources-freed",
           CONFORMS, "INACTIVE", lines(*ALLOCATED, FATAL, SCHEDULER_LOST, CLEAN)),
    passes("clean-without-alloc", "rfc21/clean/resources-freed", CONFORMS, "INACTIVE",
           lines(*SCHEDULED, FATAL, CLEAN)),
    breaks("clean-with-a-prolog-outstanding", "rfc21/clean/perilog-done", 9, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, began("prolog"), FATAL, FREE, CLEAN)),
    breaks("clean-with-an-epilog-outstanding", "rfc21/clean/perilog-done", 6, CONFORMS,
           "INACTIVE", lines(*DEPENDED, FATAL, began("epilog"), CLEAN)),
    breaks("clean-with-both-outstanding-is-one-finding", "rfc21/clean/perilog-done", 7, CONFORMS,
           "INACTIVE", lines(*DEPENDED, began("prolog"), FATAL, began("epilog"), CLEAN)),
    Case(
        "clean-with-an-epilog-begun-after-free", "rfc21/clean/perilog-done",
        lines(*FREED, began("epilog"), CLEAN),
        (Expected("rfc21/epilog-start/before-free", 10), Expected("rfc21/clean/perilog-done", 11)),
        CONFORMS, "INACTIVE",
    ),
    passes("clean-with-a-late-prolog-done", "rfc21/clean/perilog-done", CONFORMS, "INACTIVE",
           lines(*ALLOCATED, began("prolog"), FATAL, FREE, ended("prolog"), CLEAN)),
    passes("clean-with-a-late-epilog-done", "rfc21/clean/perilog-done", CONFORMS, "INACTIVE",
           lines(*SCHEDULED, FATAL, began("epilog"), ended("epilog"), CLEAN)),
    Case(
        "clean-with-a-prolog-and-resources", "rfc21/clean/resources-freed",
        lines(*ALLOCATED, began("prolog"), FATAL, CLEAN),
        (
            Expected("rfc21/clean/perilog-done", 8),
            Expected("rfc21/clean/resources-freed", 8),
        ),
        CONFORMS, "INACTIVE",
    ),
    Case(
        "clean-undefined-with-resources-held", "rfc21/clean/resources-freed",
        lines(*STARTED, CLEAN), (Expected("rfc21/states/undefined", 7),), VIOLATES, "RUN",
    ),
)
# fmt: on


# Prologs and epilogs

# fmt: off
PERILOGS: Final = (
    breaks("prolog-outstanding-at-start", "rfc21/prolog-start/blocks-start", 7, VIOLATES,
           "INACTIVE", lines(*ALLOCATED, began("prolog"), START, ended("prolog"), *FROM_FINISH)),
    breaks("prolog-begun-twice-and-ended-once", "rfc21/prolog-start/blocks-start", 9, VIOLATES,
           "INACTIVE",
           lines(*ALLOCATED, began("prolog"), began("prolog"), ended("prolog"), START,
                 ended("prolog"), *FROM_FINISH)),
    breaks("prolog-two-and-one-outstanding", "rfc21/prolog-start/blocks-start", 9, VIOLATES, "RUN",
           lines(*ALLOCATED, began("prolog", "a"), began("prolog", "b"), ended("prolog", "a"),
                 START)),
    breaks("prolog-begun-in-SCHED-and-outstanding", "rfc21/prolog-start/blocks-start", 7, VIOLATES,
           "RUN", lines(*SCHEDULED, began("prolog"), ALLOC, START)),
    passes("prolog-done-before-start", "rfc21/prolog-start/blocks-start", CONFORMS, "INACTIVE",
           lines(*ALLOCATED, began("prolog"), ended("prolog"), *FROM_START)),
    passes("prolog-begun-twice-and-ended-twice", "rfc21/prolog-start/blocks-start", CONFORMS,
           "INACTIVE",
           lines(*ALLOCATED, began("prolog"), began("prolog"), ended("prolog"), ended("prolog"),
                 *FROM_START)),
    passes("prolog-two-that-cross", "rfc21/prolog-start/blocks-start", CONFORMS, "INACTIVE",
           lines(*ALLOCATED, began("prolog", "a"), began("prolog", "b"), ended("prolog", "a"),
                 ended("prolog", "b"), *FROM_START)),
    breaks("prolog-begun-after-start", "rfc21/prolog-start/before-start", 7, CONFORMS, "INACTIVE",
           lines(*STARTED, began("prolog"), ended("prolog"), *FROM_FINISH)),
    breaks("prolog-begun-after-finish", "rfc21/prolog-start/before-start", 8, CONFORMS, "INACTIVE",
           lines(*FINISHED, began("prolog"), ended("prolog"), *FROM_RELEASE)),
    passes("prolog-begun-after-an-exception", "rfc21/prolog-start/before-start", CONFORMS,
           "INACTIVE", lines(*ALLOCATED, FATAL, began("prolog"), ended("prolog"), FREE, CLEAN)),
    passes("prolog-begun-just-before-start", "rfc21/prolog-start/before-start", CONFORMS,
           "INACTIVE", lines(*ALLOCATED, began("prolog"), ended("prolog"), *FROM_START)),
    passes("prolog-does-not-block-free", "rfc21/prolog-start/blocks-start", CONFORMS, "INACTIVE",
           lines(*ALLOCATED, began("prolog"), FATAL, FREE, ended("prolog"), CLEAN)),
    passes("epilog-does-not-block-start", "rfc21/prolog-start/blocks-start", CONFORMS, "INACTIVE",
           lines(*ALLOCATED, began("epilog"), START, ended("epilog"), *FROM_FINISH)),
    breaks("prolog-never-begun", "rfc21/prolog-finish/matches", 6, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, ended("prolog"), *FROM_START)),
    breaks("prolog-ended-twice", "rfc21/prolog-finish/matches", 8, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, began("prolog"), ended("prolog"), ended("prolog"), *FROM_START)),
    breaks("prolog-of-another-name", "rfc21/prolog-finish/matches", 7, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, began("prolog", "a"), ended("prolog", "b"), ended("prolog", "a"),
                 *FROM_START)),
    breaks("prolog-ended-before-it-began", "rfc21/prolog-finish/matches", 6, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, ended("prolog"), began("prolog"), ended("prolog"), *FROM_START)),
    breaks("prolog-ended-that-is-an-epilog", "rfc21/prolog-finish/matches", 9, CONFORMS,
           "INACTIVE",
           lines(*FINISHED, began("epilog"), ended("prolog"), ended("epilog"), *FROM_RELEASE)),
    passes("prolog-begun-and-ended", "rfc21/prolog-finish/matches", CONFORMS, "INACTIVE",
           lines(*SCHEDULED, began("prolog"), ALLOC, ended("prolog"), *FROM_START)),
    Case(
        "prolog-without-a-description-is-not-matched", "rfc21/prolog-finish/matches",
        lines(*ALLOCATED, line("prolog-finish", status=0), *FROM_START),
        (Expected("rfc21/prolog-finish/context", 6),), VIOLATES, "INACTIVE",
    ),
    breaks("epilog-outstanding-at-free", "rfc21/epilog-start/blocks-free", 10, VIOLATES,
           "INACTIVE", lines(*RELEASED, began("epilog"), FREE, ended("epilog"), CLEAN)),
    breaks("epilog-begun-twice-and-ended-once", "rfc21/epilog-start/blocks-free", 12, VIOLATES,
           "INACTIVE",
           lines(*RELEASED, began("epilog"), began("epilog"), ended("epilog"), FREE,
                 ended("epilog"), CLEAN)),
    breaks("epilog-begun-in-RUN-and-outstanding", "rfc21/epilog-start/blocks-free", 10, VIOLATES,
           "CLEANUP", lines(*STARTED, began("epilog"), FINISH, RELEASE, FREE)),
    passes("epilog-done-before-free", "rfc21/epilog-start/blocks-free", CONFORMS, "INACTIVE",
           lines(*FINISHED, began("epilog"), RELEASE, ended("epilog"), *FROM_FREE)),
    breaks("epilog-begun-after-free", "rfc21/epilog-start/before-free", 10, CONFORMS, "INACTIVE",
           lines(*FREED, began("epilog"), ended("epilog"), CLEAN)),
    passes("epilog-begun-just-before-free", "rfc21/epilog-start/before-free", CONFORMS, "INACTIVE",
           lines(*RELEASED, began("epilog"), ended("epilog"), *FROM_FREE)),
    passes("epilog-begun-where-nothing-is-freed", "rfc21/epilog-start/before-free", CONFORMS,
           "INACTIVE", lines(*RELEASED, SCHEDULER_LOST, began("epilog"), ended("epilog"), CLEAN)),
    breaks("epilog-never-begun", "rfc21/epilog-finish/matches", 8, CONFORMS, "INACTIVE",
           lines(*FINISHED, ended("epilog"), *FROM_RELEASE)),
    breaks("epilog-of-another-name", "rfc21/epilog-finish/matches", 9, CONFORMS, "INACTIVE",
           lines(*FINISHED, began("epilog", "a"), ended("epilog", "b"), ended("epilog", "a"),
                 *FROM_RELEASE)),
    breaks("epilog-ended-that-is-a-prolog", "rfc21/epilog-finish/matches", 7, CONFORMS, "INACTIVE",
           lines(*ALLOCATED, began("prolog"), ended("epilog"), ended("prolog"), *FROM_START)),
    passes("epilog-begun-and-ended", "rfc21/epilog-finish/matches", CONFORMS, "INACTIVE",
           lines(*FINISHED, began("epilog"), ended("epilog"), *FROM_RELEASE)),
)
# fmt: on


# Urgency

# fmt: off
URGENCY: Final = (
    breaks("held-from-submit-on", "rfc30/urgency/held", 5, VIOLATES, "INACTIVE",
           lines(submit(urgency=0), VALIDATE, DEPEND, LOWEST, *FROM_ALLOC)),
    breaks("held-in-DEPEND", "rfc30/urgency/held", 6, VIOLATES, "INACTIVE",
           lines(*VALIDATED, urgency(0), DEPEND, LOWEST, *FROM_ALLOC)),
    breaks("held-in-SCHED", "rfc30/urgency/held", 7, VIOLATES, "INACTIVE",
           lines(*SCHEDULED, urgency(0), LOWEST, *FROM_ALLOC)),
    breaks("held-again", "rfc30/urgency/held", 7, VIOLATES, "RUN",
           lines(submit(urgency=0), urgency(16), VALIDATE, urgency(0), DEPEND, LOWEST, ALLOC)),
    breaks("held-and-an-alloc-in-flight", "rfc30/urgency/held", 6, VIOLATES, "PRIORITY",
           lines(*SCHEDULED, urgency(0), ALLOC), (Expected("rfc21/states/silent", 6),)),
    breaks("held-and-an-alloc-in-CLEANUP", "rfc30/urgency/held", 6, VIOLATES, "CLEANUP",
           lines(submit(urgency=0), VALIDATE, DEPEND, LOWEST, FATAL, ALLOC),
           (Expected("rfc21/states/silent", 6),)),
    passes("held-no-more", "rfc30/urgency/held", CONFORMS, "INACTIVE",
           lines(submit(urgency=0), VALIDATE, urgency(16), *FROM_DEPEND)),
    passes("held-and-let-go-in-SCHED", "rfc30/urgency/held", CONFORMS, "INACTIVE",
           lines(*SCHEDULED, urgency(0), LOWEST, urgency(1), PRIORITY, *FROM_ALLOC)),
    passes("held-without-an-alloc", "rfc30/urgency/held", INCOMPLETE, "SCHED",
           lines(submit(urgency=0), VALIDATE, DEPEND, LOWEST)),
    passes("held-not-by-priority-0", "rfc30/urgency/held", CONFORMS, "INACTIVE",
           lines(*DEPENDED, LOWEST, *FROM_ALLOC)),
    breaks("urgency-after-the-alloc", "rfc30/urgency/pending", 7, CONFORMS, "INACTIVE",
           lines(*STARTED, urgency(0), *FROM_FINISH)),
    breaks("urgency-after-an-alloc-in-flight", "rfc30/urgency/pending", 5, INCOMPLETE, "PRIORITY",
           lines(*DEPENDED, ALLOC, urgency(20)), (Expected("rfc21/states/silent", 4),)),
    passes("urgency-of-a-job-that-never-ran", "rfc30/urgency/pending", CONFORMS, "INACTIVE",
           lines(*SCHEDULED, FATAL, urgency(20), CLEAN)),
    passes("urgency-just-before-the-alloc", "rfc30/urgency/pending", INCOMPLETE, "RUN",
           lines(*SCHEDULED, urgency(20), PRIORITY, ALLOC)),
    Case(
        "urgency-after-an-undefined-alloc", "rfc30/urgency/pending",
        lines(*VALIDATED, ALLOC, urgency(20), *FROM_DEPEND),
        (Expected("rfc21/states/undefined", 3),), VIOLATES, "INACTIVE",
    ),
    breaks("priority-above-0-of-a-held-job", "rfc30/priority/held", 4, INCOMPLETE, "SCHED",
           lines(submit(urgency=0), VALIDATE, DEPEND, line("priority", priority=1))),
    breaks("priority-highest-of-a-held-job", "rfc30/priority/held", 6, INCOMPLETE, "SCHED",
           lines(*SCHEDULED, urgency(0), HIGHEST)),
    breaks("priority-again-in-SCHED-of-a-held-job", "rfc30/priority/held", 5, INCOMPLETE, "SCHED",
           lines(submit(urgency=0), VALIDATE, DEPEND, LOWEST, PRIORITY)),
    passes("priority-0-of-a-held-job", "rfc30/priority/held", INCOMPLETE, "SCHED",
           lines(submit(urgency=0), VALIDATE, DEPEND, LOWEST)),
    passes("priority-of-a-job-with-urgency-1", "rfc30/priority/held", INCOMPLETE, "SCHED",
           lines(submit(urgency=1), VALIDATE, DEPEND, PRIORITY)),
    Case(
        "priority-that-cannot-be-read-of-a-held-job", "rfc30/priority/held",
        lines(submit(urgency=0), VALIDATE, DEPEND, line("priority", priority=True)),
        (Expected("rfc21/priority/context", 4),), VIOLATES, "SCHED",
    ),
    breaks("priority-below-the-highest-of-an-expedited-job", "rfc30/priority/expedited", 4,
           INCOMPLETE, "SCHED",
           lines(submit(urgency=31), VALIDATE, DEPEND, line("priority", priority=4294967294))),
    breaks("priority-0-of-an-expedited-job", "rfc30/priority/expedited", 6, CONFORMS, "INACTIVE",
           lines(*SCHEDULED, urgency(31), LOWEST, *FROM_ALLOC)),
    passes("priority-highest-of-an-expedited-job", "rfc30/priority/expedited", CONFORMS,
           "INACTIVE", lines(submit(urgency=31), VALIDATE, DEPEND, HIGHEST, *FROM_ALLOC)),
    passes("priority-of-a-job-with-urgency-30", "rfc30/priority/expedited", INCOMPLETE, "SCHED",
           lines(submit(urgency=30), VALIDATE, DEPEND, PRIORITY)),
    passes("priority-of-a-job-no-longer-expedited", "rfc30/priority/expedited", INCOMPLETE,
           "SCHED", lines(submit(urgency=31), VALIDATE, urgency(16), DEPEND, PRIORITY)),
    Case(
        "held-not-by-a-faulty-urgency", "rfc30/urgency/held",
        lines(*VALIDATED, line("urgency", urgency="0", userid=1001), *FROM_DEPEND),
        (Expected("rfc21/urgency/context", 3),), VIOLATES, "INACTIVE",
    ),
    Case(
        "held-by-an-urgency-without-userid", "rfc30/urgency/held",
        lines(*VALIDATED, line("urgency", urgency=0), DEPEND, LOWEST, *FROM_ALLOC),
        (Expected("rfc21/urgency/context", 3), Expected("rfc30/urgency/held", 6)),
        VIOLATES, "INACTIVE",
    ),
)
# fmt: on


# After a fault

_U: Final = "rfc21/states/undefined"

# fmt: off
FAULTS: Final = (
    Case(
        "undefined-and-then-legal", _U, lines(*SCHEDULED, VALIDATE, *FROM_ALLOC),
        (Expected(_U, 5),), VIOLATES, "INACTIVE",
    ),
    Case(
        "validate-missing-in-a-whole-life", _U, lines(SUBMIT, *FROM_DEPEND),
        (
            Expected(_U, 2),
            Expected(_U, 3, 0),
            Expected(_U, 4, 0),
            Expected("rfc21/start/after-alloc", 5, 0),
            Expected("rfc21/start/held", 5, 0),
            Expected("rfc21/start/in-run", 5, 0),
            Expected(_U, 6, 0),
            Expected("rfc21/free/after-alloc", 8, 0),
            Expected("rfc21/free/in-cleanup", 8, 0),
            Expected(_U, 9, 0),
        ),
        VIOLATES, "NEW",
    ),
    Case(
        "depend-missing-in-a-whole-life", _U, lines(*VALIDATED, *FROM_PRIORITY),
        (
            Expected(_U, 3),
            Expected(_U, 4, 0),
            Expected("rfc21/start/after-alloc", 5, 0),
            Expected("rfc21/start/held", 5, 0),
            Expected("rfc21/start/in-run", 5, 0),
            Expected(_U, 6, 0),
            Expected("rfc21/free/after-alloc", 8, 0),
            Expected("rfc21/free/in-cleanup", 8, 0),
            Expected(_U, 9, 0),
        ),
        VIOLATES, "DEPEND",
    ),
    Case(
        "priority-missing-in-a-whole-life", _U, lines(*DEPENDED, *FROM_ALLOC),
        (
            Expected("rfc21/start/in-run", 5),
            Expected(_U, 6),
            Expected("rfc21/free/in-cleanup", 8, 1),
            Expected(_U, 9, 1),
        ),
        VIOLATES, "PRIORITY", notes=(Expected("rfc21/states/silent", 4),),
    ),
    Case(
        "alloc-and-start-missing", _U, lines(*SCHEDULED, FINISH, CLEAN),
        (Expected(_U, 5), Expected(_U, 6, 0)), VIOLATES, "SCHED",
    ),
    Case(
        "alloc-and-start-missing-before-a-release", _U, lines(*SCHEDULED, FINISH, RELEASE, CLEAN),
        (Expected(_U, 5), Expected("rfc21/release/after-start", 6), Expected(_U, 7, 0)),
        VIOLATES, "SCHED",
    ),
    Case(
        "submit-and-validate-missing", _U, lines(*FROM_DEPEND[:3]),
        (
            Expected(_U, 1),
            Expected("rfc21/submit/first", 1),
            Expected(_U, 2, 0),
            Expected(_U, 3, 0),
        ),
        VIOLATES, "NEW",
    ),
    Case(
        "validate-and-priority-missing", _U, lines(SUBMIT, DEPEND, *FROM_ALLOC),
        (
            Expected(_U, 2),
            Expected(_U, 3, 0),
            Expected("rfc21/start/after-alloc", 4, 0),
            Expected("rfc21/start/held", 4, 0),
            Expected("rfc21/start/in-run", 4, 1),
            Expected(_U, 5, 1),
            Expected("rfc21/free/after-alloc", 7, 0),
            Expected("rfc21/free/in-cleanup", 7, 1),
            Expected(_U, 8, 1),
        ),
        VIOLATES, "NEW",
        note="mending depend leaves the job in PRIORITY, mending alloc takes it to RUN",
    ),
    Case(
        "validate-missing-before-a-fatal-exception", _U, lines(SUBMIT, DEPEND, FATAL, CLEAN),
        (Expected(_U, 2), Expected("rfc21/exception/new", 3, 0)), VIOLATES, "INACTIVE",
    ),
    Case(
        "alloc-undefined-before-start", _U, lines(*VALIDATED, ALLOC, START),
        (
            Expected(_U, 3),
            Expected("rfc21/start/after-alloc", 4, 0),
            Expected("rfc21/start/held", 4, 0),
            Expected("rfc21/start/in-run", 4, 0),
        ),
        VIOLATES, "DEPEND",
    ),
    Case(
        "alloc-undefined-before-resource-update", _U,
        lines(*VALIDATED, ALLOC, line("resource-update", expiration=0)),
        (Expected(_U, 3), Expected("rfc21/resource-update/after-alloc", 4, 0)),
        VIOLATES, "DEPEND",
    ),
    Case(
        "two-undefined-that-do-not-depend-on-one-another", _U,
        lines(*SCHEDULED, VALIDATE, FINISH, *FROM_ALLOC),
        (Expected(_U, 5), Expected(_U, 6)), VIOLATES, "INACTIVE",
    ),
    Case(
        "validate-missing-and-come-late", _U, lines(SUBMIT, DEPEND, VALIDATE, *FROM_DEPEND),
        (Expected(_U, 2),), VIOLATES, "INACTIVE",
    ),
    Case(
        "undefined-and-a-faulty-context", _U, lines(*STARTED, line("priority", priority=-1)),
        (Expected("rfc21/priority/context", 7), Expected(_U, 7)), VIOLATES, "RUN",
    ),
    Case(
        "undefined-and-a-context-that-is-no-object", _U, lines(*STARTED, raw("priority", "null")),
        (Expected("rfc18/context", 7), Expected(_U, 7)), VIOLATES, "RUN",
    ),
    Case(
        "undefined-and-a-faulty-timestamp", _U, lines(at(DEPEND, "true"), SUBMIT),
        (Expected("rfc18/timestamp", 1), Expected(_U, 1), Expected("rfc21/submit/first", 1)),
        VIOLATES, "NEW",
    ),
    Case(
        "faults-that-have-nothing-to-do-with-one-another", "rfc21/priority/context",
        lines(
            *(SUBMIT, VALIDATE, removed("a"), DEPEND, line("priority"), ALLOC, START, START),
            *(finish(0), RELEASE, FREE, FREE, CLEAN, DEBUG),
        ),
        (
            Expected("rfc21/dependency-remove/matches", 3),
            Expected("rfc21/priority/context", 5),
            Expected("rfc21/start/once", 8),
            Expected("rfc21/free/after-alloc", 12),
            Expected("rfc21/inactive/captive", 14),
        ),
        VIOLATES, "INACTIVE",
    ),
)
# fmt: on


CASES: Final[tuple[Case, ...]] = (
    *LINES,
    *TOP,
    *CONTEXTS,
    *NO_CONTEXTS,
    *SUBMITS,
    *STATES,
    *EXCEPTIONS,
    *DEPENDENCIES,
    *RESOURCES,
    *PERILOGS,
    *URGENCY,
    *FAULTS,
)

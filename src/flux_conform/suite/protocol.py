"""The harness protocol: JSON lines between the driver and a program under test.

docs/suite.md describes it. Requests are bytes to be written, answers are values. Anything else that
a harness prints raises Garbled, which says what to do about it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from flux_conform.checking.finding import VIOLATES
from flux_conform.text import printable

PROTOCOL = 1
"""The version of the protocol; a harness of another version is refused."""

VERDICTS = ("conforms", "incomplete", "violates")

_VERDICT = (lambda value: value in VERDICTS, f"one of {', '.join(VERDICTS)}")
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "verdict": _VERDICT,
    "strict": _VERDICT,
    "accepts": (lambda value: isinstance(value, bool), "true or false"),
    "states": (
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
        "a list of names",
    ),
    "job": (lambda value: value is None or isinstance(value, dict), "an object or null"),
    "findings": (
        lambda value: isinstance(value, list) and all(map(_is_finding, value)),
        'a list of objects with a "rule", a string, and a "line", from 1',
    ),
}


def _is_finding(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("rule"), str)
        and type(value.get("line")) is int
        and value["line"] > 0
    )


_OF_A_WHOLE_LOG = ("states", "job")
"""What a reader cannot tell of a log that it rejects before it looks at single events."""

REPORTS = tuple(_FORMS)
"""What a harness can report."""

STOP = b'{"op": "stop"}\n'

_SHOWN = 160


class Garbled(Exception):
    """A line that is not an answer; the message says what is wrong with it, and what to do."""


class Hello(NamedTuple):
    """What a harness says of itself: a name, a version, and what it reports."""

    name: str
    version: str
    reports: tuple[str, ...]


class Answer(NamedTuple):
    """What a harness reports of a log; None is what it does not report.

    `findings` are rules with their lines.
    """

    verdict: str | None = None
    strict: str | None = None
    accepts: bool | None = None
    states: tuple[str, ...] | None = None
    job: dict[str, Any] | None = None
    findings: tuple[tuple[str, int], ...] | None = None

    @property
    def rejects(self) -> bool:
        """Whether the log is said to violate."""
        return self.verdict == VIOLATES or self.accepts is False

    @property
    def rejects_whole(self) -> bool:
        """Whether the log is said to violate, and of no event the state after it is told."""
        return self.rejects and not self.states


class Skipped(NamedTuple):
    """The harness skips a vector, and says why."""

    why: str


class Broken(NamedTuple):
    """The harness reports an error of its own."""

    why: str


Reply: TypeAlias = Answer | Skipped | Broken


def hello_request(machine: str) -> bytes:
    """The first line that a harness gets."""
    return _line({"op": "hello", "protocol": PROTOCOL, "machine": machine})


def replay_request(seq: int, log: bytes) -> bytes:
    """The line that hands over a log: as text, or in base64 if it is not UTF-8.

    The line is ASCII, so that it is right in every encoding that a harness may assume.
    """
    try:
        return _line({"op": "replay", "seq": seq, "log": log.decode("utf-8")})
    except UnicodeDecodeError:
        encoded = base64.b64encode(log).decode("ascii")
        return _line({"op": "replay", "seq": seq, "log_base64": encoded})


def log_of(request: dict[str, Any]) -> bytes:
    """The log of a replay request. Raises Garbled if there is none."""
    text, encoded = request.get("log"), request.get("log_base64")
    if isinstance(text, str):
        return text.encode("utf-8", "surrogatepass")
    if isinstance(encoded, str):
        try:
            return base64.b64decode(encoded)
        except ValueError as error:
            raise Garbled(f"the request's log_base64 is no base64: {error}") from error
    raise Garbled("the request holds neither log nor log_base64")


def read_request(line: bytes) -> dict[str, Any]:
    """A request, as a harness gets it. Raises Garbled."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Garbled(f"a request is one JSON object on one line; this is {shown(line)}") from error
    if not isinstance(row, dict) or row.get("op") not in ("hello", "replay", "stop"):
        raise Garbled(f'a request says in "op" hello, replay or stop; this is {shown(line)}')
    if row["op"] == "replay" and type(row.get("seq")) is not int:
        raise Garbled(f'a replay request gives its "seq" as an integer; this is {shown(line)}')
    return row


def read_hello(line: bytes) -> Hello:
    """The answer to hello. Raises Garbled."""
    row = _object(line)
    if row.get("op") != "hello":
        raise Garbled(f'the answer to hello must say "op": "hello", and is {shown(line)}')
    for key in ("name", "version"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise Garbled(f'hello must give its "{key}" as a string that is not empty')
    version = row.get("protocol", PROTOCOL)
    if version != PROTOCOL:
        raise Garbled(f"the harness speaks version {version} of the protocol; this is {PROTOCOL}")
    reports = row.get("reports")
    known = ", ".join(REPORTS)
    if not isinstance(reports, list) or not reports:
        raise Garbled(f'hello must say in "reports" what the harness tells, a list of: {known}')
    strange = [item for item in reports if item not in REPORTS]
    if strange:
        raise Garbled(f"hello reports {json.dumps(strange[0])}, which is none of: {known}")
    return Hello(row["name"], row["version"], tuple(dict.fromkeys(reports)))


def read_reply(line: bytes, seq: int, reports: tuple[str, ...]) -> Reply:
    """The answer to the replay request of that number. Raises Garbled.

    `reports` is what hello promised; an answer must hold all of it.
    """
    row = _object(line)
    if "seq" not in row:
        raise Garbled(f'the answer has no "seq"; it must repeat that of the request, {seq}')
    if type(row["seq"]) is not int or row["seq"] != seq:
        raise Garbled(f"the answer to seq {seq} says seq {_short(row['seq'])}; it must repeat it")
    for key, made in (("skipped", Skipped), ("error", Broken)):
        if key in row:
            if not isinstance(row[key], str) or not row[key].strip():
                raise Garbled(f'"{key}" must say why, as a string that is not empty')
            return made(row[key])
    return read_answer(row, reports)


def read_answer(row: Mapping[str, Any], reports: tuple[str, ...]) -> Answer:
    """An answer, which must hold all that `reports` names. Raises Garbled.

    Where the log is rejected, states and job may be missing or null. A reader that promises no
    verdict, for it trusts the writer, may still refuse a log: `accepts` is false then.
    """
    refuses = not {"verdict", "accepts"} & set(reports) and row.get("accepts") is False
    rejects = (
        refuses
        or ("verdict" in reports and row.get("verdict") == VIOLATES)
        or ("accepts" in reports and row.get("accepts") is False)
    )
    told = [
        name
        for name in reports
        if not (rejects and name in _OF_A_WHOLE_LOG and row.get(name) is None)
    ]
    for name in told:
        if name not in row:
            raise Garbled(f'the answer lacks "{name}", which hello promised in "reports"')
    values = {name: row[name] for name in REPORTS if name in told}
    if refuses:
        values["accepts"] = False
    for name, value in values.items():
        fits, form = _FORMS[name]
        if not fits(value):
            raise Garbled(f'"{name}" must be {form}, and is {_short(value)}')
    if "states" in values:
        values["states"] = tuple(values["states"])
    if "findings" in values:
        values["findings"] = tuple((each["rule"], each["line"]) for each in values["findings"])
    return Answer(**values)


def shown(line: bytes) -> str:
    """What a harness wrote, printable and on one line, cut if it is long."""
    text = line[: _SHOWN + 1].decode("utf-8", "backslashreplace").rstrip("\r\n")
    text = printable(text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(line):,} bytes)"


def protocol_schema() -> dict[str, Any]:
    """The JSON Schema of the protocol's lines, in both directions."""

    def record(title: str, required: list[str], **properties: Any) -> dict[str, Any]:
        return {
            "title": title,
            "type": "object",
            "properties": properties,
            "required": required,
        }

    seq = {"type": "integer", "minimum": 0}
    line = {"type": "integer", "minimum": 1}
    why = {"type": "string", "minLength": 1}
    verdict = {"enum": list(VERDICTS)}
    requests = {
        "hello": record(
            "driver: the first line",
            ["op", "protocol", "machine"],
            op={"const": "hello"},
            protocol={"const": PROTOCOL},
            machine={"type": "string"},
        ),
        "replay": {
            **record(
                "driver: judge this log",
                ["op", "seq"],
                op={"const": "replay"},
                seq=seq,
                log={"type": "string"},
                log_base64={"type": "string", "contentEncoding": "base64"},
            ),
            "oneOf": [{"required": ["log"]}, {"required": ["log_base64"]}],
        },
        "stop": record("driver: end with exit code 0", ["op"], op={"const": "stop"}),
    }
    replies = {
        "hello-answer": record(
            "harness: who it is, and what it tells",
            ["op", "name", "version", "reports"],
            op={"const": "hello"},
            name=why,
            version=why,
            protocol={"const": PROTOCOL},
            reports={"type": "array", "items": {"enum": list(REPORTS)}, "minItems": 1},
        ),
        "answer": {
            **record(
                "harness: what it says of a log",
                ["seq"],
                seq=seq,
                verdict=verdict,
                strict=verdict,
                accepts={"type": "boolean"},
                states={"type": ["array", "null"], "items": {"type": "string"}},
                job={"type": ["object", "null"]},
                findings={
                    "type": "array",
                    "items": record("", ["rule", "line"], rule=why, line=line),
                },
            ),
            "anyOf": [{"required": [name]} for name in REPORTS],
        },
        "skipped": record("harness: a log left out", ["seq", "skipped"], seq=seq, skipped=why),
        "error": record("harness: it broke down", ["seq", "error"], seq=seq, error=why),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The lines of the harness protocol",
        "anyOf": [{"$ref": "#/$defs/request"}, {"$ref": "#/$defs/reply"}],
        "$defs": {
            "request": {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in requests]},
            "reply": {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in replies]},
            **requests,
            **replies,
        },
    }


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row).encode("ascii") + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Garbled(
            f"the harness printed text on its standard output in place of an answer: "
            f"{shown(line) or 'an empty line'}; print such things to standard error instead"
        ) from error
    if not isinstance(row, dict):
        raise Garbled(f"an answer is one JSON object on one line; this is {shown(line)}")
    return row


def _short(value: Any) -> str:
    return shown(json.dumps(value).encode())

"""A plain judge of standard I/O eventlogs, written from the facts of RFC 24 and RFC 18 alone.

It knows nothing of the specification language, of `model/io.yaml` or of the machine that reads it.
Straight Python: a dictionary of streams, and one `if` for each rule.

What the RFC leaves open is read here as the model's questions say that they are answered: a stream
and a rank are told by their texts, and what was redirected or has ended stays so.
"""

import json
import re
from collections.abc import Callable
from typing import Any

LEVELS = {
    "rfc18/time-order": "note",
    "rfc24/data/after-eof": "note",
    "rfc24/data/after-redirect": "implied",
    "rfc24/data/content": "SHOULD",
}
"""The level of each rule that is no MUST."""

Found = tuple[str, int]
"""A rule, and the line that breaks it."""


def _is_idset(text: str) -> bool:
    """Ascending ids and ranges, with or without brackets (RFC 22)."""
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    last = -1
    for part in text.split(",") if text else []:
        match = re.fullmatch(r"(0|[1-9][0-9]*)(?:-(0|[1-9][0-9]*))?", part)
        if match is None or int(match[1]) <= last:
            return False
        last = int(match[2] or match[1])
        if match[2] is not None and last <= int(match[1]):
            return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_rank(value: Any) -> bool:
    return _is_text(value) and (value == "all" or _is_idset(value))


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_level(value: Any) -> bool:
    return _is_integer(value) and 0 <= value <= 7


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_encoding(value: Any) -> bool:
    return _is_object(value) and all(map(_is_text, value.values()))


Keys = dict[str, Callable[[Any], bool]]

CONTEXTS: dict[str, tuple[Keys, Keys]] = {
    "header": (
        {
            "version": _is_integer,
            "encoding": _is_encoding,
            "count": _is_object,
            "options": _is_object,
        },
        {},
    ),
    "data": (
        {"stream": _is_text, "rank": _is_rank},
        {"data": _is_text, "eof": _is_boolean, "encoding": _is_text, "repeat": _is_integer},
    ),
    "redirect": ({"stream": _is_text, "rank": _is_text}, {"path": _is_text}),
    "log": (
        {"level": _is_level, "message": _is_text},
        {
            "rank": _is_integer,
            "program": _is_text,
            "file": _is_text,
            "line": _is_integer,
            "component": _is_text,
        },
    ),
}
"""For each event the keys that it must bear, and those that it may."""


def judge(log: bytes) -> tuple[str, list[Found], dict[tuple[str, str], str]]:
    """The verdict on a log of well-formed lines, the findings, and what became of each stream."""
    found: list[Found] = []
    named: set[str] | None = None
    became: dict[tuple[str, str], str] = {}
    last = 0.0
    for line, text in enumerate(log.decode().splitlines(), 1):
        event = json.loads(text)
        name, context, time = event["name"], event.get("context", {}), event["timestamp"]
        if time < last:
            found.append(("rfc18/time-order", line))
        last = time
        must, may = CONTEXTS.get(name, ({}, {}))
        right = {
            key for key, fits in {**must, **may}.items() if key in context and fits(context[key])
        }
        wrong = {key for key in may if key in context and key not in right}
        if wrong or not must.keys() <= right:
            found.append((f"rfc24/{name}/context", line))
        if line == 1 and name != "header":
            found.append(("rfc24/header/first", line))
        if name == "header":
            if named is not None:
                found.append(("rfc24/header/once", line))
            named = set() if named is None else named
            if "encoding" in right:
                named = set(context["encoding"])
        is_of_stream = name in ("data", "redirect") and "stream" in right
        if is_of_stream and named is not None and context["stream"] not in named:
            found.append((f"rfc24/{name}/stream", line))
        if name == "data" and not {"data", "eof"} & context.keys():
            found.append(("rfc24/data/content", line))
        if name in ("data", "redirect") and {"stream", "rank"} <= right:
            key = context["stream"], context["rank"]
            if name == "data" and key in became:
                found.append((f"rfc24/data/after-{became[key]}", line))
            if name == "redirect":
                became.setdefault(key, "redirect")
            elif "eof" in right and context["eof"]:
                became.setdefault(key, "eof")
    is_wrong = any(LEVELS.get(rule, "MUST") == "MUST" for rule, _ in found)
    return "violates" if is_wrong else "conforms", found, became

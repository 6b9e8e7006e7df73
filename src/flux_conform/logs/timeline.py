"""The logs of one job, put together into one timeline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from typing import Any, NamedTuple

from flux_conform.logs.eventlog import Entry, read_entries
from flux_conform.logs.eventlog_keys import JOB

_USUAL = re.compile(rb'\{"timestamp":[0-9.eE+-]+,"name":"')
"""The beginning of a line as programs write it."""


class Timeline(NamedTuple):
    """The lines of all logs in the order of their times, and what is not in it and why."""

    data: bytes
    lost: tuple[str, ...]


class _Line(NamedTuple):
    """The latest time up to a line of a log, and the line as it stands in the timeline."""

    time: int | float
    text: bytes


def timeline(
    logs: Mapping[str, bytes], documents: Mapping[str, bytes], heads: Sequence[str]
) -> Timeline:
    """Put logs, by their kinds, and documents, by their keys, into one timeline.

    Events of another log than the primary one get the log's kind and a point before their names.
    `heads` are the names of the events that come first, where they can be made: `KIND/` says that
    a log is there, `KEY/` has a document as its context, and `KEY/A/B` comes for each object in
    the list at A, B of the document. Where a line is no event, or a document is no object of JSON,
    the whole log or document is left out. Of equal times those of the primary log come last.
    """
    lost: list[str] = []
    read: dict[str, list[_Line]] = {}
    for kind in sorted(logs, key=lambda kind: (kind == JOB, kind)):
        try:
            read[kind] = list(_lines(kind, logs[kind]))
        except ValueError as error:
            lost.append(f"the {kind} eventlog is left out: {error}")
    objects: dict[str, Any] = {}
    for key, data in documents.items():
        try:
            objects[key] = _object(data)
        except ValueError:
            lost.append(f"{key} is left out: it is no object of JSON")
    for name in dict.fromkeys(head.partition("/")[0] for head in heads):
        if name not in logs and name not in documents:
            lost.append(f"there is no {name}, and what rules ask of it is not judged")
    if JOB not in read or not read[JOB]:
        return Timeline(b"", tuple(lost))
    start = min(lines[0].time for lines in read.values() if lines)
    first = [_made(start, *made) for head in heads for made in _of_head(head, read, objects)]
    rest = merge(*read.values(), key=lambda line: line.time)
    lines = (*first, *(line.text for line in rest))
    return Timeline(b"\n".join(lines) + b"\n", tuple(lost))


def _of_head(
    head: str, logs: Mapping[str, object], objects: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Yield the name and the context of each event of a head."""
    key, _, path = head.partition("/")
    if key in logs and not path:
        yield head, None
    if key not in objects:
        return
    found = objects[key]
    for part in path.split("/") if path else ():
        found = found.get(part) if isinstance(found, dict) else None
    if not path:
        yield head, found
    elif isinstance(found, list):
        for item in found:
            if isinstance(item, dict):
                yield head, item


def _made(time: int | float, name: str, context: Any) -> bytes:
    event = {"timestamp": time, "name": name}
    if context is not None:
        event["context"] = context
    return json.dumps(event, separators=(",", ":")).encode("ascii")


def _lines(kind: str, data: bytes) -> Iterator[_Line]:
    """Yield the lines of a log. Raises ValueError where one is no event."""
    latest: int | float | None = None
    for entry in read_entries(data):
        event = entry.event
        if event is None or event.timestamp is None or not entry.context_is_object:
            raise ValueError(f"its line {entry.line} is no event")
        latest = event.timestamp if latest is None else max(latest, event.timestamp)
        yield _Line(latest, _renamed(kind, entry))


def _renamed(kind: str, entry: Entry) -> bytes:
    """Return the line of an event, with the kind before its name. Raises ValueError."""
    if kind == JOB:
        return entry.text
    usual = _USUAL.match(entry.text)
    if usual is not None:
        return entry.text[: usual.end()] + kind.encode() + b"." + entry.text[usual.end() :]
    event = json.loads(entry.text)
    event["name"] = f"{kind}.{event['name']}"
    return json.dumps(event, separators=(",", ":")).encode("ascii")


def _object(data: bytes) -> dict[str, Any]:
    """Read a document. Raises ValueError where it is no object, or one that cannot be written."""
    try:
        found = json.loads(data)
        json.dumps(found, allow_nan=False)
    except RecursionError as error:
        raise ValueError from error
    if not isinstance(found, dict):
        raise ValueError
    return found

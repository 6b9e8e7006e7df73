"""A stream that grows: the lines of one eventlog, or a journal with the events of many jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from flux_conform.logs.growing import Line


class JobLine(NamedTuple):
    """A line of the log of a job, known by its number; None is the only log of the stream."""

    job: int | None
    line: Line


class BadEntry(NamedTuple):
    """A line of a journal that is no entry: its number, and why."""

    number: int
    error: str


def mixed_lines(lines: Iterator[Line]) -> Iterator[JobLine | BadEntry]:
    """The lines of logs in a stream, told by its first line: a journal's has an id and events."""
    is_journal: bool | None = None
    for number, line in enumerate(lines, 1):
        if is_journal is None:
            is_journal = _is_entry(line.text)
        if not is_journal:
            yield JobLine(None, line)
        elif line.text.strip():
            yield from _of_journal(number, line)


def _of_journal(number: int, line: Line) -> Iterator[JobLine | BadEntry]:
    entry = _decoded(line.text)
    if not _is_entry_value(entry):
        cut = "" if line.ended else "; it is the last line, and cut off"
        yield BadEntry(number, f"no entry of the journal, an object with id and events{cut}")
        return
    # The sentinel between past and present has the id -1, and no events.
    for event in entry["events"]:
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        yield JobLine(entry["id"], Line(text.encode("utf-8", "surrogatepass"), True))


def _is_entry(text: bytes) -> bool:
    return _is_entry_value(_decoded(text))


def _is_entry_value(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    job = value.get("id")
    return type(job) is int and job >= -1 and isinstance(value.get("events"), list)


def _decoded(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

"""A stream that grows: the lines of one eventlog, or a journal with the events of many jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flux_conform.logs.eventlog import MAX_LINE_BYTES
from flux_conform.logs.found import Problem
from flux_conform.logs.growing import Line
from flux_conform.logs.jobid import JobId
from flux_conform.logs.journal import NoEntry, entry_of


class JobLine(NamedTuple):
    """A line of the log of a job; None where the stream is one log, and does not say whose."""

    job: JobId | None
    line: Line


def mixed_lines(lines: Iterable[Line], name: str) -> Iterator[JobLine | Problem]:
    """The lines of logs in a stream, told by its first line: a journal's has an id and events."""
    is_journal: bool | None = None
    for number, line in enumerate(lines, 1):
        if is_journal is None:
            is_journal = _is_entry(line.text)
        if not is_journal:
            yield JobLine(None, line)
        else:
            yield from _of_journal(f"{name}:{number}", line)


def _of_journal(place: str, line: Line) -> Iterator[JobLine | Problem]:
    if len(line.text) > MAX_LINE_BYTES:
        why = f"it is longer than {MAX_LINE_BYTES:,} bytes"
        yield Problem(place, f"no entry of the journal: {why}")
        return
    if not line.text.strip():
        return
    try:
        entry = entry_of(line.text)
    except NoEntry as error:
        cut = "" if line.ended else "; it is the last line, and cut off"
        yield Problem(place, f"no entry of the journal: {error}{cut}")
        return
    for event in entry.events:
        yield JobLine(JobId(entry.id), Line(bytes(event), True))


def _is_entry(text: bytes) -> bool:
    try:
        entry_of(text)
    except NoEntry:
        return False
    return True

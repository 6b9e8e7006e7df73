"""The job manager's journal of events: lines of `{"id": JOB, "events": [...]}`, jobs mixed.

A consumer gets what happened before as a line a job, then a sentinel with the id -1, then events
as they happen. Logs are put together again from the bytes of the events, and come by job id when
the journal has ended.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from flux_conform.logs.eventlog import MAX_LINE_BYTES
from flux_conform.logs.found import (
    MAX_LOG_BYTES,
    Found,
    Problem,
    SourcedLog,
    Wanted,
    log_name,
)
from flux_conform.logs.jobid import JobId
from flux_conform.logs.places import JOB
from flux_conform.logs.spool import Spool
from flux_conform.logs.stream import Stream

_SENTINEL = -1
_NAMED = 20
"""So many lines that are no entries are named each; the others are counted."""

_NO_SENTINEL = (
    "the journal has no sentinel, so it may begin late, and logs may lack their beginning"
)


class JournalEntry(msgspec.Struct):
    """A line of the journal; what else it holds is not looked at."""

    id: int
    events: list[msgspec.Raw]


class NoEntry(Exception):
    """A line is no entry of a journal; the message says why."""


def entry_of(line: bytes) -> JournalEntry:
    """The entry in a line. Raises NoEntry."""
    try:
        entry = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NoEntry(str(error)) from error
    is_sentinel = entry.id == _SENTINEL and not entry.events
    if not is_sentinel and not 0 <= entry.id < 1 << 64:
        raise NoEntry(f"{entry.id} is no job id")
    return entry


_DECODER = msgspec.json.Decoder(JournalEntry)


def read_journal(stream: Stream, name: str, wanted: Wanted) -> Iterator[Found]:
    """The logs of a journal, by job id, after the lines that are no entries of it."""
    spool = Spool()
    has_sentinel = False
    bad = 0
    lines = stream.lines(MAX_LINE_BYTES)
    for number, line in enumerate(lines, 1):
        error = ""
        if line is None:
            error = f"it is longer than {MAX_LINE_BYTES:,} bytes"
        elif line.strip():
            try:
                entry = entry_of(line)
            except NoEntry as why:
                cut = "" if lines.ended else "; it is the last line, and cut off"
                error = f"{why}{cut}"
            else:
                has_sentinel |= entry.id == _SENTINEL
                if entry.events and wanted.has_job(JobId(entry.id)):
                    for event in entry.events:
                        spool.add(entry.id, bytes(event) + b"\n")
        if error:
            bad += 1
            if bad <= _NAMED:
                yield Problem(f"{name}:{number}", f"no entry of the journal: {error}")
    if bad > _NAMED:
        yield Problem(name, f"{bad - _NAMED:,} further lines are no entries of the journal")
    lost = () if has_sentinel else (_NO_SENTINEL,)
    for job_number, data in spool.logs(MAX_LOG_BYTES):
        job = JobId(job_number)
        own = log_name(name, job, JOB, "")
        if data is None:
            yield Problem(own, f"its log is longer than {MAX_LOG_BYTES:,} bytes")
        else:
            yield SourcedLog(own, data, job, JOB, lost, from_journal=True)

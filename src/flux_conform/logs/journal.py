"""The job manager's journal of events: lines of `{"id": JOB, "events": [...]}`, jobs mixed.

A consumer gets what happened before as a line a job, then a sentinel with the id -1, then events
as they happen. Logs are put together again from the bytes of the events, and come by job id when
the journal has ended. A line that is lost leaves a gap in the logs that it may have been about.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from flux_conform.logs.eventlog import MAX_LINE_BYTES
from flux_conform.logs.found import (
    MAX_LOG_BYTES,
    MAX_LOG_LINES,
    Found,
    Problem,
    Skipped,
    SourcedLog,
    Wanted,
    log_name,
    too_long,
)
from flux_conform.logs.jobid import JobId
from flux_conform.logs.journal_entry import (
    SENTINEL,
    JournalEntry,
    NoEntry,
    TooManyEvents,
    event_names,
    read_entry,
)
from flux_conform.logs.journal_log import (
    State,
    TooOften,
    has_too_many,
    log_of,
    mark_of,
    marked_lost,
)
from flux_conform.logs.places import JOB
from flux_conform.logs.spool import Spool
from flux_conform.logs.stream import LineReader, Stream

_NAMED = 20
"""Of the lines that are no entries, the number that are named each; the others are counted."""

_MOST_NAMES = 10_000
"""The number of names of events after which no further ones are looked for."""

_NO_SENTINEL = (
    "the journal has no sentinel, so it may begin late, and logs may lack their beginning"
)
_LINES_LOST = "lines of the journal could not be read, so the log may lack events"
_FILTERED = (
    "the journal has entries without events, so it was filtered by an allow or deny list, and "
    "logs may lack events"
)


def read_journal(stream: Stream, name: str, wanted: Wanted) -> Iterator[Found]:
    """The logs of a journal, by job id, after the lines that are no entries of it."""
    journal = Journal(name, wanted)
    yield from journal.take(stream.lines(MAX_LINE_BYTES))
    yield from journal.found()


class Journal:
    """All that a journal held, by job; its logs can be gone through more than once.

    `is_filtered` says that it holds entries without events, which are what an allow or deny list
    leaves of a job.
    """

    def __init__(self, name: str, wanted: Wanted) -> None:
        self._name = name
        self._wanted = wanted
        self._spool = Spool()
        self.is_filtered = False
        self._goes_on(State())

    def _goes_on(self, state: State) -> None:
        """Note how far the journal is."""
        self._state = state
        self._mark = mark_of(state)

    def take(self, lines: LineReader) -> Iterator[Problem]:
        """Take the lines, and name those that are no entries. Raises as Stream and Spool do."""
        bad = 0
        for number, line in enumerate(lines, 1):
            try:
                entry = read_entry(line, ended=lines.ended)
            except NoEntry as error:
                self._lose(error)
                bad += 1
                if bad <= _NAMED:
                    yield Problem(f"{self._name}:{number}", str(error))
            else:
                self._take(entry)
        if bad > _NAMED:
            further = f"{bad - _NAMED:,} further lines are no entries of the journal"
            yield Problem(self._name, further)

    def _lose(self, error: NoEntry) -> None:
        """Note that a line is no entry."""
        if error.job is None:
            self._goes_on(self._state._replace(lost=self._state.lost + 1))
        elif self._wanted.has_job(JobId(error.job)):
            too_many = isinstance(error, TooManyEvents)
            self._spool.add(error.job, marked_lost(too_many=too_many))

    def _take(self, entry: JournalEntry | None) -> None:
        """Keep what an entry holds; None is a blank line."""
        if entry is None:
            return
        if entry.id == SENTINEL:
            self._goes_on(self._state._replace(backlogs=self._state.backlogs + 1))
            return
        self.is_filtered |= not entry.events
        if self._wanted.has_job(JobId(entry.id)):
            self._spool.add(entry.id, self._mark + b"\n".join((*entry.events, b"")))

    def found(self) -> Iterator[Found]:
        """The logs by job id, and then what of the jobs the journal holds nothing."""
        without = 0
        for found in self._logs():
            if found is None:
                without += 1
            else:
                yield found
        if without:
            yield Skipped(self._name, without, "jobs of which the journal holds no event")

    def logs(self) -> Iterator[SourcedLog]:
        """The logs that can be read, once more."""
        return (found for found in self._logs() if isinstance(found, SourcedLog))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all events in the logs that can be read."""
        found: set[str] = set()
        for log in self.logs():
            found |= event_names(log.data)
            if len(found) > _MOST_NAMES:
                break
        return frozenset(found)

    def _logs(self) -> Iterator[SourcedLog | Problem | None]:
        """The logs by job id; None is a job of which there is no event."""
        for number, kept in self._spool.logs(2 * MAX_LOG_BYTES):
            job = JobId(number)
            own = log_name(self._name, job, JOB, "")
            if kept is None:
                yield Problem(own, f"the journal holds more than {2 * MAX_LOG_BYTES:,} bytes of it")
            elif has_too_many(kept):
                limit = f"{MAX_LOG_LINES:,} events; no more are read of one log"
                yield Problem(own, f"a line of the journal holds more than {limit}")
            else:
                yield self._log(own, job, kept)

    def _log(self, own: str, job: JobId, kept: bytes) -> SourcedLog | Problem | None:
        try:
            data, gaps, lacks = log_of(kept, self._state)
        except TooOften:
            return Problem(own, "the journal repeats it too often for it to be put together")
        if not data and not lacks:
            return None
        why = "none of its events could be read" if not data else too_long(data)
        if why is not None:
            return Problem(own, why)
        begins_late = not self._state.backlogs
        reasons = (
            (begins_late, _NO_SENTINEL),
            (lacks, _LINES_LOST),
            (self.is_filtered, _FILTERED),
        )
        lost = tuple(why for holds, why in reasons if holds)
        if begins_late and gaps[:1] != (0,):
            gaps = (0, *gaps)
        return SourcedLog(own, data, job, JOB, lost, gaps=gaps, journal=self)

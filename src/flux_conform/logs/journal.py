"""Reader for the job manager's event journal: lines of `{"id": JOB, "events": [...]}`.

A consumer receives past events as one line per job (the backlog), then a sentinel with the id -1,
then events as they happen, with jobs mixed. The reader assembles each log from the bytes of its
events, and yields the logs by job id at the end of the journal. A lost line is a gap in every log
that it may belong to.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from flux_conform.logs.eventlog import MAX_LINE_BYTES
from flux_conform.logs.eventlog_keys import JOB
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
    TooManyRepeats,
    assemble_log,
    has_too_many,
    lost_mark,
    mark_of,
)
from flux_conform.logs.source_items import (
    MAX_LOG_BYTES,
    MAX_LOG_LINES,
    LogFilter,
    Problem,
    Skipped,
    SourcedLog,
    SourceItem,
    log_name,
    too_long,
)
from flux_conform.logs.spool import Spool
from flux_conform.logs.stream import LineReader, Stream

_MAX_REPORTED = 20
"""Maximum number of invalid entries reported one by one; the rest are counted."""

_MAX_NAMES = 10_000
"""Maximum number of event names collected."""

_NO_SENTINEL = (
    "the journal has no sentinel, so it may begin late, and logs may lack their beginning"
)
_LINES_LOST = "lines of the journal could not be read, so the log may lack events"
_FILTERED = (
    "the journal has entries without events, so it was filtered by an allow or deny list, and "
    "logs may lack events"
)


def read_journal(stream: Stream, name: str, wanted: LogFilter) -> Iterator[SourceItem]:
    """Yield the invalid entries of a journal, then its logs by job id."""
    journal = Journal(name, wanted)
    yield from journal.add_lines(stream.lines(MAX_LINE_BYTES))
    yield from journal.items()


class Journal:
    """The content of a journal, by job; its logs can be read more than once.

    `is_filtered` says that the journal has entries without events, which an allow or deny list
    leaves behind.
    """

    def __init__(self, name: str, wanted: LogFilter) -> None:
        self._name = name
        self._wanted = wanted
        self._spool = Spool()
        self.is_filtered = False
        self._set_state(State())

    def _set_state(self, state: State) -> None:
        """Record the current state of the journal."""
        self._state = state
        self._mark = mark_of(state)

    def add_lines(self, lines: LineReader) -> Iterator[Problem]:
        """Read the lines, and yield those that are not valid entries.

        Raises as Stream and Spool do.
        """
        bad = 0
        for number, line in enumerate(lines, 1):
            try:
                entry = read_entry(line, ended=lines.ended)
            except NoEntry as error:
                self._lose(error)
                bad += 1
                if bad <= _MAX_REPORTED:
                    yield Problem(f"{self._name}:{number}", str(error))
            else:
                self._take(entry)
        if bad > _MAX_REPORTED:
            further = f"{bad - _MAX_REPORTED:,} further lines are no entries of the journal"
            yield Problem(self._name, further)

    def _lose(self, error: NoEntry) -> None:
        """Record that a line is not a valid entry."""
        if error.job is None:
            self._set_state(self._state._replace(lost=self._state.lost + 1))
        elif self._wanted.has_job(JobId(error.job)):
            too_many = isinstance(error, TooManyEvents)
            self._spool.add(error.job, lost_mark(too_many=too_many))

    def _take(self, entry: JournalEntry | None) -> None:
        """Store the events of an entry; None is a blank line."""
        if entry is None:
            return
        if entry.id == SENTINEL:
            self._set_state(self._state._replace(backlogs=self._state.backlogs + 1))
            return
        self.is_filtered |= not entry.events
        if self._wanted.has_job(JobId(entry.id)):
            self._spool.add(entry.id, self._mark + b"\n".join((*entry.events, b"")))

    def items(self) -> Iterator[SourceItem]:
        """Yield the logs by job id, then the jobs without events in the journal."""
        without = 0
        for found in self._logs():
            if found is None:
                without += 1
            else:
                yield found
        if without:
            yield Skipped(self._name, without, "jobs of which the journal holds no event")

    def logs(self) -> Iterator[SourcedLog]:
        """Yield the readable logs again."""
        return (found for found in self._logs() if isinstance(found, SourcedLog))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all events in the readable logs."""
        found: set[str] = set()
        for log in self.logs():
            found |= event_names(log.data)
            if len(found) > _MAX_NAMES:
                break
        return frozenset(found)

    def _logs(self) -> Iterator[SourcedLog | Problem | None]:
        """Yield the logs by job id; None is a job without events."""
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
            data, gaps, lacks = assemble_log(kept, self._state)
        except TooManyRepeats:
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

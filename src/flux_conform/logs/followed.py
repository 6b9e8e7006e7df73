"""Reader for a source that is followed: one eventlog that grows, or a journal of many jobs.

The content determines the form, as for a source that is read whole. Lines are yielded as they
arrive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.logs.backlogs import BacklogFilter
from flux_conform.logs.copied_lines import Line, LogLines
from flux_conform.logs.eventlog import MAX_LINE_BYTES
from flux_conform.logs.jobid import JobId
from flux_conform.logs.journal_entry import SENTINEL, NoEntry, read_entry
from flux_conform.logs.kind import Plain
from flux_conform.logs.sniff import (
    JOURNAL,
    MAX_LAYERS,
    PLAIN,
    SQLITE,
    TAR,
    form_of,
    suffices,
)
from flux_conform.logs.source_items import NO_INPUT, NO_LOG, NO_LOG_OF_JOB, Problem, SourceError
from flux_conform.logs.stream import AvailableBytes, Readable, Stream
from flux_conform.logs.unsupported import without_end

_FILTERED = (
    "the journal has entries without events, so it was filtered by an allow or deny list, and logs "
    "may lack events; check it without --follow"
)
_REFUSED = {
    TAR: "this is a tar archive",
    SQLITE: "this is an SQLite database",
}


class JobLine(NamedTuple):
    """A line of a job's log; `job` is None if the source is a single log that does not name it."""

    job: JobId | None
    line: Line


class LostLine(NamedTuple):
    """A line of a journal that is not a valid entry, and its job if the line names one."""

    place: str
    error: str
    job: JobId | None


class FollowedSource:
    """Reads one source as it grows."""

    def __init__(self, name: str, plain: Plain | None = None) -> None:
        """`plain` puts lines into the form of eventlogs, where they are in another."""
        self._name = name
        self._plain = plain
        self._log = LogLines()
        self._has_lost = False
        self.lacks = True
        """Whether logs of a journal may lack events before those that come next."""
        self._is_empty = True
        self._is_journal = False
        self._stream: Stream | None = None
        """The stream from which the form is detected, until it is known."""

    @property
    def lost(self) -> tuple[str, ...]:
        """What is not checked of a single log: what its form does not keep, and foreign lines."""
        return self._log.lost

    def no_log(self, job: JobId | None) -> Problem | None:
        """Return why a source that has ended gave no log of a job, or of any job if that is None.

        None if the source is an empty log.
        """
        if self._is_empty:
            return Problem(self._name, NO_INPUT)
        if not self._is_journal:
            return None
        return Problem(self._name, NO_LOG) if job is None else Problem(str(job), NO_LOG_OF_JOB)

    def caught_up(self) -> None:
        """Note that all available data were read.

        Raises SourceError if they cannot begin a log.
        """
        if self._stream is None:
            self._log.caught_up()
        elif (why := without_end(self._stream.ahead)) is not None:
            raise SourceError(why)

    def lines(self, source: Readable) -> Iterator[JobLine | LostLine]:
        """Yield the lines of logs as they arrive.

        Raises OSError, and SourceError if the source cannot be followed.
        """
        stream = self._stream = Stream(source)
        layers = 0
        while (form := form_of(head := stream.begin(suffices), self._plain)) not in PLAIN:
            self._is_empty = False
            from flux_conform.logs.compression import Decompressed

            layers += 1
            if layers > MAX_LAYERS:
                raise SourceError(f"it is compressed more than {MAX_LAYERS} times over")
            stream = self._stream = Stream(Decompressed(AvailableBytes(stream), form))
        if form in _REFUSED:
            raise SourceError(
                f"{_REFUSED[form]}, which does not grow by lines; check it without --follow"
            )
        self._stream = None
        self._is_empty = self._is_empty and not head
        self._is_journal = form == JOURNAL
        yield from self._journal(stream) if self._is_journal else self._one(stream)

    def _one(self, stream: Stream) -> Iterator[JobLine]:
        lines = stream.lines(MAX_LINE_BYTES, cuts=True)
        for text in lines:
            # An overlong line is truncated, not dropped, so that the checker refuses it.
            assert text is not None
            if self._plain is not None:
                yield JobLine(None, Line(text, lines.ended))
                continue
            for known in self._log.read(Line(text, lines.ended)):
                yield JobLine(None, known)
        for known in self._log.end():
            yield JobLine(None, known)

    def _journal(self, stream: Stream) -> Iterator[JobLine | LostLine]:
        backlogs = BacklogFilter()
        lines = stream.lines(MAX_LINE_BYTES)
        for number, line in enumerate(lines, 1):
            try:
                entry = read_entry(line, ended=lines.ended)
            except NoEntry as error:
                lost = None if error.job is None else JobId(error.job)
                self.lacks = self._has_lost = True
                yield LostLine(f"{self._name}:{number}", str(error), lost)
                continue
            if entry is None:
                continue
            if entry.id == SENTINEL:
                self.lacks &= self._has_lost
                backlogs.end_backlog()
            else:
                if not entry.events:
                    raise SourceError(_FILTERED)
                for event in backlogs.new(entry):
                    yield JobLine(JobId(entry.id), Line(event, True))
        for job, event in backlogs.pending():
            yield JobLine(JobId(job), Line(event, True))

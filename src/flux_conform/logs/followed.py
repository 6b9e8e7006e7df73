"""A source that is followed: the lines of one eventlog, or a journal with the events of many jobs.

Its content shows what it is, as for a source that is read whole; lines are given as they come.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.logs.backlogs import Backlogs
from flux_conform.logs.copied_lines import Line, LogLines
from flux_conform.logs.eventlog import MAX_LINE_BYTES
from flux_conform.logs.found import NO_INPUT, NO_LOG, NO_LOG_OF_JOB, Problem, SourceError
from flux_conform.logs.jobid import JobId
from flux_conform.logs.journal_entry import SENTINEL, NoEntry, read_entry
from flux_conform.logs.sniff import JOURNAL, MAX_LAYERS, PLAIN, SQLITE, TAR, form_of, suffices
from flux_conform.logs.stream import Readable, Some, Stream
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
    """A line of the log of a job; None where the source is one log, and does not say whose."""

    job: JobId | None
    line: Line


class LostLine(NamedTuple):
    """A line of a journal that is no entry, and the job that it is about, where it says so."""

    place: str
    error: str
    job: JobId | None


class Followed:
    """Reads a source as it comes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._log = LogLines()
        self._has_lost = False
        self.lacks = True
        """Whether a log may lack events before those that come of it next, in a journal."""
        self._is_empty = True
        self._is_journal = False
        self._stream: Stream | None = None
        """What the form of the source is found from, until it is known."""

    @property
    def lost(self) -> tuple[str, ...]:
        """What is not judged of the one log: what its form does not keep, what is foreign in it."""
        return self._log.lost

    def none(self, job: JobId | None) -> Problem | None:
        """Why a source has no log of a job, or of any, that has ended before a line of one came.

        None where it is a log that is empty.
        """
        if self._is_empty:
            return Problem(self._name, NO_INPUT)
        if not self._is_journal:
            return None
        return Problem(self._name, NO_LOG) if job is None else Problem(str(job), NO_LOG_OF_JOB)

    def caught_up(self) -> None:
        """All that is there was read. Raises SourceError where that is no log."""
        if self._stream is None:
            self._log.waits()
        elif (why := without_end(self._stream.ahead)) is not None:
            raise SourceError(why)

    def lines(self, source: Readable) -> Iterator[JobLine | LostLine]:
        """The lines of logs as they come. Raises OSError, and SourceError where it is none."""
        stream = self._stream = Stream(source)
        layers = 0
        while (form := form_of(begun := stream.begin(suffices))) not in PLAIN:
            self._is_empty = False
            from flux_conform.logs.compression import Decompressed

            layers += 1
            if layers > MAX_LAYERS:
                raise SourceError(f"it is compressed more than {MAX_LAYERS} times over")
            stream = self._stream = Stream(Decompressed(Some(stream), form))
        if form in _REFUSED:
            raise SourceError(
                f"{_REFUSED[form]}, which does not grow by lines; check it without --follow"
            )
        self._stream = None
        self._is_empty = self._is_empty and not begun
        self._is_journal = form == JOURNAL
        yield from self._journal(stream) if self._is_journal else self._one(stream)

    def _one(self, stream: Stream) -> Iterator[JobLine]:
        lines = stream.lines(MAX_LINE_BYTES, cuts=True)
        for text in lines:
            # One that is too long comes cut, so that it is refused.
            assert text is not None
            for known in self._log.read(Line(text, lines.ended)):
                yield JobLine(None, known)
        for known in self._log.end():
            yield JobLine(None, known)

    def _journal(self, stream: Stream) -> Iterator[JobLine | LostLine]:
        backlogs = Backlogs()
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
                backlogs.ended()
            else:
                if not entry.events:
                    raise SourceError(_FILTERED)
                for event in backlogs.new(entry):
                    yield JobLine(JobId(entry.id), Line(event, True))
        for job, event in backlogs.rest():
            yield JobLine(JobId(job), Line(event, True))

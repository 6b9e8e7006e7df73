"""A source that is followed: the lines of one eventlog, or a journal with the events of many jobs.

What it is, its content tells as for a source that is read whole; the lines are given as they come.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.logs.alien import without_end
from flux_conform.logs.backlogs import Backlogs
from flux_conform.logs.eventlog import MAX_LINE_BYTES
from flux_conform.logs.found import NO_INPUT, NO_LOG, NO_LOG_OF_JOB, Problem, SourceError
from flux_conform.logs.jobid import JobId
from flux_conform.logs.journal_entry import SENTINEL, JournalEntry, NoEntry, entry_of
from flux_conform.logs.loglines import Line, LogLines
from flux_conform.logs.sniff import JOURNAL, MAX_LAYERS, PLAIN, SQLITE, TAR, form_of, is_told
from flux_conform.logs.stream import Readable, Some, Stream

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
        """What the form of the source is being told by, while it is."""

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
        while (form := form_of(begun := stream.begin(is_told))) not in PLAIN:
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
        for line in _lines(stream):
            for known in self._log.read(line):
                yield JobLine(None, known)
        for known in self._log.end():
            yield JobLine(None, known)

    def _journal(self, stream: Stream) -> Iterator[JobLine | LostLine]:
        backlogs = Backlogs()
        for number, line in enumerate(_lines(stream), 1):
            place = f"{self._name}:{number}"
            entry = _entry(line)
            if isinstance(entry, NoEntry):
                lost = None if entry.job is None else JobId(entry.job)
                self.lacks = self._has_lost = True
                yield LostLine(place, f"no entry of the journal: {entry}", lost)
            elif entry is not None and entry.id == SENTINEL:
                self.lacks &= self._has_lost
                backlogs.ended()
            elif entry is not None:
                if not entry.events:
                    raise SourceError(_FILTERED)
                for event in backlogs.new(entry):
                    yield JobLine(JobId(entry.id), Line(event, True))
        for job, event in backlogs.rest():
            yield JobLine(JobId(job), Line(event, True))


def _lines(stream: Stream) -> Iterator[Line]:
    """The lines as they come. One that is too long comes cut, so that it is refused."""
    lines = stream.lines(MAX_LINE_BYTES, cuts=True)
    for text in lines:
        assert text is not None
        yield Line(text, lines.ended)


def _entry(line: Line) -> JournalEntry | NoEntry | None:
    """The entry in a line, or why it is none; None for a blank one."""
    if len(line.text) > MAX_LINE_BYTES:
        return NoEntry(f"it is longer than {MAX_LINE_BYTES:,} bytes")
    if not line.text.strip():
        return None
    try:
        return entry_of(line.text)
    except NoEntry as error:
        cut = "" if line.ended else "; it is the last line, and cut off"
        return NoEntry(f"{error}{cut}", error.job)

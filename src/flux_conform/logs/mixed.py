"""A source that is followed: the lines of one eventlog, or a journal with the events of many jobs.

What it is, its content tells as for a source that is read whole; the lines are given as they come.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.logs.alien import without_end
from flux_conform.logs.eventlog import MAX_LINE_BYTES
from flux_conform.logs.found import Problem, SourceError
from flux_conform.logs.jobid import JobId
from flux_conform.logs.journal import NoEntry, entry_of
from flux_conform.logs.loglines import Line, LogLines
from flux_conform.logs.sniff import JOURNAL, MAX_LAYERS, PLAIN, SQLITE, TAR, form_of, is_told
from flux_conform.logs.stream import Readable, Some, Stream

_REFUSED = {
    TAR: "this is a tar archive",
    SQLITE: "this is an SQLite database",
}


class JobLine(NamedTuple):
    """A line of the log of a job; None where the source is one log, and does not say whose."""

    job: JobId | None
    line: Line


class Followed:
    """Reads a source as it comes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._log = LogLines()
        self._stream: Stream | None = None
        """What the form of the source is being told by, while it is."""

    @property
    def lost(self) -> tuple[str, ...]:
        """What is not judged of the one log: what its form does not keep, what is foreign in it."""
        return self._log.lost

    def caught_up(self) -> None:
        """All that is there was read. Raises SourceError where that is no log."""
        if self._stream is None:
            self._log.waits()
        elif (why := without_end(self._stream.ahead)) is not None:
            raise SourceError(why)

    def lines(self, source: Readable) -> Iterator[JobLine | Problem]:
        """The lines of logs as they come. Raises OSError, and SourceError where it is none."""
        stream = self._stream = Stream(source)
        layers = 0
        while (form := form_of(stream.begin(is_told))) not in PLAIN:
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
        yield from self._journal(stream) if form == JOURNAL else self._one(stream)

    def _one(self, stream: Stream) -> Iterator[JobLine]:
        for line in _lines(stream):
            for known in self._log.read(line):
                yield JobLine(None, known)
        for known in self._log.end():
            yield JobLine(None, known)

    def _journal(self, stream: Stream) -> Iterator[JobLine | Problem]:
        for number, line in enumerate(_lines(stream), 1):
            yield from _of_journal(f"{self._name}:{number}", line)


def _lines(stream: Stream) -> Iterator[Line]:
    """The lines as they come. One that is too long comes cut, so that it is refused."""
    lines = stream.lines(MAX_LINE_BYTES, cuts=True)
    for text in lines:
        assert text is not None
        yield Line(text, lines.ended)


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

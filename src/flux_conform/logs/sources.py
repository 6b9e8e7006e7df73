"""Reads the logs at paths, whatever their form.

The form of a source is detected from its content: an eventlog, its forms as text, a dump of the
key-value store, a journal of events, a content store or a job archive, each compressed or not.
Memory is bounded whatever the size of a source, and only temporary files without a name are
written.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from functools import partial

from flux_conform.logs.eventlog_keys import (
    ENDING,
    EventlogKey,
    directory_of_path,
    is_eventlog_name,
    job_and_kind,
    parse_path,
)
from flux_conform.logs.folders import can_be_read, entries_below
from flux_conform.logs.jobid import JobId, hint_for_job
from flux_conform.logs.kind import Kinds, Plain, event_name
from flux_conform.logs.limits import exhausted
from flux_conform.logs.remote import UnreachablePlace, is_address, opened, places_at
from flux_conform.logs.sniff import (
    EVENTLOG,
    HEAD_BYTES,
    MAX_LAYERS,
    PLAIN,
    SQLITE,
    TAR,
    TEXT,
    form_of,
    is_small_eventlog,
    open_head,
)
from flux_conform.logs.source_items import (
    ALL,
    MAX_LOG_BYTES,
    NO_INPUT,
    NO_LOG,
    NO_LOG_OF_JOB,
    NOT_OURS,
    LogFilter,
    Problem,
    Skipped,
    SourcedLog,
    SourceError,
    SourceItem,
    leave_out_kind,
)
from flux_conform.logs.stream import Stream

STANDARD_INPUT = "-"

_PLAIN_ENDING = ".eventlog"
_NO_SOURCE = "files not named *.eventlog, and no sources by their content"
_PRINTED = "files of printed text that may be logs; name them to have them read"
_WITHOUT_LOGS = "archives and databases without eventlogs"
_ALL_SKIPPED = "everything that it holds was skipped"
_NOTHING = "no *.eventlog file below this directory, nor a dump, a journal or a database"


def read_sources(paths: Iterable[str], wanted: LogFilter = ALL) -> Iterator[SourceItem]:
    """Yield what is at the paths, in order: logs, and what was skipped or cannot be read.

    A path is a file, `-` for standard input, an address that fsspec supports, or a directory. A
    directory stands for the files below it that end in `.eventlog` (or in that and the extension of
    a compression), sorted, for the eventlogs of an unpacked dump, and for files that are an
    eventlog, a dump, a journal or a database by their content. Logs are read lazily. A path without
    a log is a Problem; if one job is selected, only all paths together are.
    """
    none = True
    for path in paths:
        for found in _some(path, _at(path, wanted), wanted):
            none = none and isinstance(found, Skipped)
            yield found
    if none and wanted.job is not None:
        yield Problem(str(wanted.job), NO_LOG_OF_JOB)


def _some(path: str, found: Iterator[SourceItem], wanted: LogFilter) -> Iterator[SourceItem]:
    """Yield what was found at a path, and a Problem if that is no log at all."""
    none, is_skipped = True, False
    try:
        for each in found:
            none = none and isinstance(each, Skipped)
            is_skipped = is_skipped or isinstance(each, Skipped)
            yield each
    except MemoryError as error:
        none = False
        yield Problem(path, exhausted(error))
    if none and wanted.job is None:
        yield Problem(path, _ALL_SKIPPED if is_skipped else NO_LOG)


def _at(path: str, wanted: LogFilter) -> Iterator[SourceItem]:
    if path == STANDARD_INPUT:
        return _standard_input(wanted)
    if is_address(path):
        return _address(path, wanted)
    if os.path.isdir(path):
        return _below(path, wanted)
    if not os.path.lexists(path) and (hint := hint_for_job(path)) is not None:
        return iter((Problem(path, f"{os.strerror(errno.ENOENT)}; {hint}"),))
    return _file(path, parse_path(path), wanted)


def _standard_input(wanted: LogFilter) -> Iterator[SourceItem]:
    name = STANDARD_INPUT
    try:
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        stream = Stream(sys.stdin.buffer)
        if not stream.peek(1):
            raise SourceError(NO_INPUT)
        yield from _source(stream, None, name, None, None, wanted)
    except (OSError, SourceError) as error:
        yield Problem(name, _why(error))


def _address(address: str, wanted: LogFilter) -> Iterator[SourceItem]:
    """Yield what is at an address: a file, or the eventlogs below a folder or of a pattern."""
    try:
        places = places_at(address, ENDING)
    except UnreachablePlace as error:
        yield Problem(address, str(error))
        return
    for place in places:
        job = JobId.from_name(place.rpartition("/")[2])
        try:
            with opened(place) as file:
                yield from _source(Stream(file), None, place, job, None, wanted)
        except (UnreachablePlace, OSError, SourceError) as error:
            yield Problem(place, str(error) if isinstance(error, UnreachablePlace) else _why(error))


def _file(
    path: str, place: EventlogKey | None, wanted: LogFilter, *, waits: bool = True
) -> Iterator[SourceItem]:
    """Yield what is in a file or, if `waits`, comes through a pipe."""
    job, kind = job_and_kind(path, place)
    try:
        handle, head, status = open_head(path, waits=waits)
        try:
            # Fast path for nearly all files.
            if is_small_eventlog(head, status, wanted.plain):
                if wanted.meter is not None:
                    wanted.meter.count(len(head))
                if wanted.has_job(job):
                    yield wanted.sourced(path, head, job, kind)
                return
            is_file = stat.S_ISREG(status.st_mode)
            with os.fdopen(handle, "rb", closefd=False) as file:
                stream = Stream(file, head, file=file if is_file else None, size=status.st_size)
                if stat.S_ISFIFO(status.st_mode) and not stream.peek(1):
                    raise SourceError(NO_INPUT)
                with wanted.meter.reading(stream) if wanted.meter else nullcontext():
                    yield from _source(stream, path if is_file else None, path, job, kind, wanted)
        finally:
            os.close(handle)
    except (OSError, SourceError) as error:
        yield Problem(path, _why(error))


def _source(
    stream: Stream,
    path: str | None,
    name: str,
    job: JobId | None,
    kind: str | None,
    wanted: LogFilter,
) -> Iterator[SourceItem]:
    """Yield what a stream holds; `path` is its file, if it has one."""
    unpacked, form = _unpacked(stream, wanted.plain)
    stream, path = unpacked, path if unpacked is stream else None
    match form:
        case "tar":
            from flux_conform.logs.archive import read_archive

            yield from read_archive(stream, name, wanted, partial(_member, wanted))
        case "journal":
            from flux_conform.logs.journal import read_journal

            yield from read_journal(stream, name, wanted)
        case "sqlite":
            from flux_conform.logs.database import read_database, read_database_stream

            if path is None:
                yield from read_database_stream(stream, name, wanted)
            else:
                yield from read_database(path, name, wanted)
        case _ if wanted.has_job(job):
            lost: tuple[str, ...] = ()
            data = stream.all(MAX_LOG_BYTES)
            if form == TEXT:
                from flux_conform.logs.copied_lines import read_lines

                data, lost = read_lines(data)
            yield wanted.sourced(name, data, job, kind, lost)


def _unpacked(stream: Stream, plain: Plain | None = None) -> tuple[Stream, str]:
    """Return the decompressed stream, and its form. Raises SourceError."""
    layers = 0
    while (form := form_of(stream.peek(HEAD_BYTES), plain)) not in PLAIN:
        from flux_conform.logs.compression import Decompressed

        layers += 1
        if layers > MAX_LAYERS:
            raise SourceError(f"it is compressed more than {MAX_LAYERS} times over")
        stream = Stream(Decompressed(stream, form))
    return stream, form


def _member(
    wanted: LogFilter, stream: Stream, name: str, job: JobId | None
) -> Iterator[SourceItem]:
    """Yield what is in an archive member whose name marks it as an eventlog. Raises SourceError."""
    stream, form = _unpacked(stream, wanted.plain)
    if form in (TAR, SQLITE):
        # A crafted archive may contain itself.
        raise SourceError("it is an archive within an archive, which is not read; unpack the outer")
    yield from _source(stream, None, name, job, None, wanted)


def _below(directory: str, wanted: LogFilter) -> Iterator[SourceItem]:
    found = 0
    left_out: Counter[str] = Counter()
    errors: list[Problem] = []
    for entry in entries_below(directory, errors):
        place = parse_path(entry.path)
        is_log = place is not None or is_eventlog_name(entry.name)
        if not can_be_read(entry):
            left_out[_NO_SOURCE] += 1
            continue
        if not is_log:
            if wanted.documents and (document := _document(entry.path, wanted)) is not None:
                yield document
            other = _Other(entry.path, wanted)
            for each in other.found():
                found += 1
                yield each
            left_out += other.left_out
            continue
        found += 1
        if place is not None and not wanted.kind(place.kind):
            leave_out_kind(left_out, place.kind)
        elif wanted.unread and (place is not None or entry.name.endswith(_PLAIN_ENDING)):
            job, kind = job_and_kind(entry.path, place)
            yield SourcedLog(entry.path, b"", job, kind, is_unread=True)
        else:
            found_here = _file(entry.path, place, wanted, waits=False)
            for each in _some(entry.path, found_here, wanted):
                if isinstance(each, SourcedLog) and each.kind and not wanted.kind(each.kind):
                    leave_out_kind(left_out, each.kind)
                elif isinstance(each, SourcedLog) and place is not None and wanted.documents:
                    yield each._replace(whole=_whole(entry.path))
                else:
                    yield each
    yield from errors
    if not found and not errors:
        yield Problem(directory, _NOTHING)
    for what, count in sorted(left_out.items()):
        if count:
            yield Skipped(directory, count, what)


def _whole(path: str) -> str:
    """Return the path of the directory of the job that a file is of; "" if it is of none."""
    found = directory_of_path(path)
    return "" if found is None or found[1].job is None else found[0]


def _document(path: str, wanted: LogFilter) -> SourcedLog | None:
    """Return what a file below a job's directory holds, if it is a document that is selected."""
    found = directory_of_path(path)
    if found is None or not wanted.is_document(found[1]) or not wanted.has_job(found[1].job):
        return None
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_LOG_BYTES + 1)
    except OSError:
        return None  # what is not there is not judged, and that is said
    if len(data) > MAX_LOG_BYTES:
        return None
    _, directory = found
    return SourcedLog(path, data, directory.job, directory.rest, whole=found[0], is_document=True)


def form_below(path: str, plain: Plain | None = None, kinds: Kinds | None = None) -> str | None:
    """Return the form of a file below a directory by its content; None if it is no source.

    Text is read only if the caller names its file. Raises OSError and SourceError.
    """
    handle, head, _ = open_head(path, waits=False)
    try:
        with os.fdopen(handle, "rb", closefd=False) as file:
            stream, form = _unpacked(Stream(file, head), plain)
            begins = stream.peek(HEAD_BYTES)
            if form == EVENTLOG and not _begins_log(begins, plain, kinds):
                return None
            return None if form == TEXT and not _is_printed(begins) else form
    finally:
        os.close(handle)


class _Other:
    """A file that is no eventlog by its name, but may be a source by its content."""

    def __init__(self, path: str, wanted: LogFilter) -> None:
        self._path = path
        self._wanted = wanted
        self.left_out: Counter[str] = Counter()

    def found(self) -> Iterator[SourceItem]:
        """Yield what it holds if it is a source; otherwise count it in `left_out`."""
        try:
            form = form_below(self._path, self._wanted.plain, self._wanted.kinds)
        except OSError as error:
            yield Problem(self._path, _why(error))
            return
        except SourceError:
            form = None  # something else, or damaged compressed data
        if form is None:
            self.left_out[_NO_SOURCE] += 1
        elif form == TEXT:
            self.left_out[_PRINTED] += 1
        elif form not in (TAR, SQLITE):
            yield from _file(self._path, None, self._wanted, waits=False)
        else:
            yield from self._with_logs()

    def _with_logs(self) -> Iterator[SourceItem]:
        """Yield what an archive or a database holds; count one without logs."""
        held: list[Skipped] = []
        has_logs = False
        for each in _file(self._path, None, self._wanted, waits=False):
            if has_logs:
                yield each
            elif isinstance(each, Skipped):
                held.append(each)
            elif isinstance(each, Problem) and NOT_OURS in each.error:
                self.left_out[_WITHOUT_LOGS] += 1
            else:
                has_logs = True
                yield from held
                yield each
        if held and not has_logs:
            self.left_out[_WITHOUT_LOGS] += 1


def _begins_log(head: bytes, plain: Plain | None, kinds: Kinds | None) -> bool:
    """Return whether the first line is an event, or a message that is known."""
    first = head.partition(b"\n")[0]
    if plain is not None:
        return event_name(first, plain) is not None
    if _EVENT.match(head) is not None:
        return True
    return kinds is not None and kinds.is_message(first)


def _is_printed(head: bytes) -> bool:
    """Return whether a text begins with an event as `flux job eventlog` prints it."""
    from flux_conform.logs.textform import TextReader

    return TextReader().read(head.partition(b"\n")[0]) is not None


# The start of an eventlog as programs write it; other lines of JSON are no events.
_EVENT = re.compile(rb'\s*\{\s*"timestamp"\s*:\s*[0-9.eE+-]+\s*,\s*"name"\s*:\s*"')


def _why(error: OSError | SourceError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)

"""Reads the logs behind the paths that a caller gives, whatever form they have there.

A source is told by its content: an eventlog, its forms as text, a dump of the key-value store, a
journal of events, a content store or a job archive, each of them compressed or not. Memory is
bounded whatever the size of a source, and nothing is written but temporary files without a name.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flux_conform.logs.found import (
    ALL,
    MAX_LOG_BYTES,
    Found,
    Problem,
    Skipped,
    SourcedLog,
    SourceError,
    Wanted,
)
from flux_conform.logs.jobid import JobId
from flux_conform.logs.limits import exhausted
from flux_conform.logs.places import Place, place_of_path
from flux_conform.logs.remote import UnreachablePlace, is_address, opened, places_at
from flux_conform.logs.sniff import (
    HEAD_BYTES,
    MAX_LAYERS,
    PLAIN,
    TEXT,
    begun,
    form_of,
    is_small_eventlog,
)
from flux_conform.logs.stream import Stream

STANDARD_INPUT = "-"

_ENDING = re.compile(r"\.eventlog(?:\.(?:gz|bz2|xz|zst|lz4))?$")
_PLAIN_ENDING = ".eventlog"
_WITHOUT_ENDING = "files not named *.eventlog"
_NOTHING = "no *.eventlog file below this directory; name dumps, journals and databases one by one"


def read_sources(paths: Iterable[str], wanted: Wanted = ALL) -> Iterator[Found]:
    """What is at the paths, in their order: logs, and what was left out or cannot be read.

    A path is a file, `-` for standard input, an address that fsspec understands, or a directory,
    which stands for the files below it that end in `.eventlog` (or that and the ending of a
    compression), sorted, and for the eventlogs of an unpacked dump. Each log is read when it is
    asked for. A path that gives none is a Problem, or, where one job is asked for, all of them
    together are.
    """
    none = True
    for path in paths:
        for found in _some(path, _at(path, wanted), wanted):
            none = none and isinstance(found, Skipped)
            yield found
    if none and wanted.job is not None:
        yield Problem(str(wanted.job), "there is no log of this job")


def _some(path: str, found: Iterator[Found], wanted: Wanted) -> Iterator[Found]:
    """What is at a path, and a Problem where that is no log at all."""
    none = True
    try:
        for each in found:
            none = none and isinstance(each, Skipped)
            yield each
    except MemoryError as error:
        none = False
        yield Problem(path, exhausted(error))
    if none and wanted.job is None:
        yield Problem(path, "it holds no eventlog of a kind that is asked for")


def _at(path: str, wanted: Wanted) -> Iterator[Found]:
    if path == STANDARD_INPUT:
        return _standard_input(wanted)
    if is_address(path):
        return _address(path, wanted)
    return _below(path, wanted) if os.path.isdir(path) else _file(path, place_of_path(path), wanted)


def _standard_input(wanted: Wanted) -> Iterator[Found]:
    name = STANDARD_INPUT
    try:
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        yield from _source(Stream(sys.stdin.buffer), None, name, None, None, wanted)
    except (OSError, SourceError) as error:
        yield Problem(name, _why(error))


def _address(address: str, wanted: Wanted) -> Iterator[Found]:
    """What lies at an address: a file, or the eventlogs below a folder or of a pattern."""
    try:
        places = places_at(address, _ENDING)
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


def _file(path: str, place: Place | None, wanted: Wanted, *, waits: bool = True) -> Iterator[Found]:
    """What is in a file, or, if it `waits` for one, comes through a pipe."""
    job, kind = _meant(path, place)
    try:
        handle, head, status = begun(path, waits=waits)
        try:
            # Nearly all files are, and nothing more need be known of them.
            if is_small_eventlog(head, status):
                if wanted.meter is not None:
                    wanted.meter.whole(len(head))
                if wanted.has_job(job):
                    yield wanted.sourced(path, head, job, kind)
                return
            is_file = stat.S_ISREG(status.st_mode)
            with os.fdopen(handle, "rb", closefd=False) as file:
                stream = Stream(file, head, file=file if is_file else None, size=status.st_size)
                yield from _longer(stream, path, job, kind, wanted, is_file=is_file)
        finally:
            os.close(handle)
    except (OSError, SourceError) as error:
        yield Problem(path, _why(error))


def _meant(path: str, place: Place | None) -> tuple[JobId | None, str | None]:
    """The job and the kind of a log, as its path tells them."""
    if place is not None:
        return place.job, place.kind
    return JobId.from_name(path.rpartition(os.sep)[2]), None


def _longer(
    stream: Stream,
    path: str,
    job: JobId | None,
    kind: str | None,
    wanted: Wanted,
    *,
    is_file: bool,
) -> Iterator[Found]:
    """What a file holds that is no small eventlog, or a pipe that has a path."""
    if wanted.meter is not None:
        wanted.meter.begins(stream)
    try:
        yield from _source(stream, path if is_file else None, path, job, kind, wanted)
    finally:
        if wanted.meter is not None:
            wanted.meter.ends()


def _source(
    stream: Stream,
    path: str | None,
    name: str,
    job: JobId | None,
    kind: str | None,
    wanted: Wanted,
) -> Iterator[Found]:
    """What a stream holds; `path` is the file that it is, where it is one."""
    layers = 0
    while (form := form_of(stream.peek(HEAD_BYTES))) not in PLAIN:
        from flux_conform.logs.compression import Decompressed

        layers += 1
        if layers > MAX_LAYERS:
            raise SourceError(f"it is compressed more than {MAX_LAYERS} times over")
        stream, path = Stream(Decompressed(stream, form)), None
    match form:
        case "tar":
            from flux_conform.logs.archive import read_archive

            yield from read_archive(stream, name, wanted)
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
                from flux_conform.logs.loglines import read_lines

                data, lost = read_lines(data)
            yield wanted.sourced(name, data, job, kind, lost)


def _below(directory: str, wanted: Wanted) -> Iterator[Found]:
    found = 0
    left_out: Counter[str] = Counter()
    errors: list[Problem] = []
    for entry in _entries(directory, errors):
        place = place_of_path(entry.path)
        is_log = place is not None or _ENDING.search(entry.name) is not None
        if not is_log or not _can_be_read(entry):
            left_out[_WITHOUT_ENDING] += 1
            continue
        found += 1
        if place is not None and not wanted.kind(place.kind):
            left_out[f"{place.kind} eventlogs"] += 1
        elif wanted.unread and (place is not None or entry.name.endswith(_PLAIN_ENDING)):
            job, kind = _meant(entry.path, place)
            yield SourcedLog(entry.path, b"", job, kind, is_unread=True)
        else:
            found_here = _file(entry.path, place, wanted, waits=False)
            for each in _some(entry.path, found_here, wanted):
                if isinstance(each, SourcedLog) and each.kind and not wanted.kind(each.kind):
                    left_out[f"{each.kind} eventlogs"] += 1
                else:
                    yield each
    yield from errors
    if not found and not errors:
        yield Problem(directory, _NOTHING)
    for what, count in sorted(left_out.items()):
        if count:
            yield Skipped(directory, count, what)


class _Entry(NamedTuple):
    """What is below a directory; `is_file` tells that it was a file itself, and no link, then."""

    name: str
    path: str
    is_file: bool


def _entries(directory: str, errors: list[Problem]) -> Iterator[_Entry]:
    """What is below a directory and is none, or a link to one: they may lead in a circle.

    A folder's entries come before those of its folders, sorted; what cannot be listed is an error.
    """
    folders = [directory]
    while folders:
        folder = folders.pop()
        # A folder may have millions of entries, so no more than their names is kept.
        names: list[str] = []
        others: set[str] = set()
        below: list[str] = []
        try:
            with os.scandir(folder) as scan:
                for entry in scan:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.name)
                        continue
                    names.append(entry.name)
                    if not entry.is_file(follow_symlinks=False):
                        others.add(entry.name)
        except OSError as error:
            errors.append(Problem(folder, error.strerror or str(error)))
            continue
        before = os.path.join(folder, "")
        folders += [before + name for name in sorted(below, reverse=True)]
        for name in sorted(names):
            yield _Entry(name, before + name, name not in others)


def _can_be_read(entry: _Entry) -> bool:
    """Whether it is a file or a link that leads nowhere, which is told when it is opened.

    A pipe would wait for a writer that may never come.
    """
    return entry.is_file or os.path.isfile(entry.path) or not os.path.exists(entry.path)


def _why(error: OSError | SourceError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)

"""Keys of Flux's key-value store that hold eventlogs, and file paths that look like them."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from flux_conform.logs.jobid import JobId, NoJobId

JOB = "job"
"""The kind of a job's primary eventlog; other kinds are named after the last part of the key."""

_LOG = "eventlog"
ENDING = re.compile(r"\.eventlog(?:\.(?:gz|bz2|xz|zst|lz4))?$")
"""The extensions of eventlog files, compressed or not."""
_STREAMS = ("input", "output")
_ENDS = (_LOG, *_STREAMS)
_LOST_AND_FOUND = r"(?:job-)?lost\+found"
_JOB_KEY = re.compile(r"job/((?:[^/]+/){3}[^/]+)/(.*)")
_LOST_KEY = re.compile(
    rf"({_LOST_AND_FOUND})/job/((?:[0-9a-f]{{4}}/){{3}}[0-9a-f]{{4}}|[^/]+)/(.*)"
)
_JOB_PATH = re.compile(rf"(?:^|/)((?:job/(?:[0-9a-f]{{4}}/){{4}}|{_LOST_AND_FOUND}/job/[^/]+/).+)$")


class EventlogKey(NamedTuple):
    """The job and the kind of the eventlog under a key.

    `kind` is "job" for a job's primary eventlog, and otherwise the last part of the key that
    distinguishes logs: `guest/exec/eventlog` is "exec", `resource/eventlog` is "resource".
    """

    job: JobId | None
    kind: str


def parse_key(key: str) -> EventlogKey | None:
    """Parse a key written with slashes; None if it holds no eventlog."""
    if not key.endswith(_ENDS):
        return None
    directory = job_directory(key)
    if directory is not None:
        kind = _kind_in_job(directory.rest)
        return None if kind is None else EventlogKey(directory.job, kind)
    *above, last = key.split("/")
    return EventlogKey(None, above[-1]) if last == _LOG and above and above[-1] else None


class JobDirectory(NamedTuple):
    """The job directory that contains a key, and the rest of the key.

    `found_in` is the directory to which Flux moves jobs that it cannot load, such as
    job-lost+found; "" for other jobs.
    """

    job: JobId | None
    found_in: str
    rest: str


def job_directory(key: str) -> JobDirectory | None:
    """Return the job directory that a key is in, or is if it ends in a slash; otherwise None."""
    if match := _JOB_KEY.fullmatch(key):
        return JobDirectory(JobId.from_groups(match[1]), "", match[2])
    if match := _LOST_KEY.fullmatch(key):
        return JobDirectory(_job_of(match[2]), match[1], match[3])
    return None


def found_in(key: str) -> str:
    """Return the lost-and-found directory that a key is in, or ""."""
    directory = job_directory(key)
    return directory.found_in if directory is not None else ""


def _job_of(part: str) -> JobId | None:
    try:
        return JobId.parse(part)
    except NoJobId:
        return None


def parse_path(path: str) -> EventlogKey | None:
    """Parse a path that ends like the key of a job, as in an unpacked archive."""
    match = _JOB_PATH.search(path)
    return parse_key(match[1]) if match else None


def directory_of_path(path: str) -> tuple[str, JobDirectory] | None:
    """Return a job's directory in a path of an unpacked archive: its path, and what it is."""
    match = _JOB_PATH.search(path)
    directory = job_directory(match[1]) if match else None
    return None if directory is None else (path[: -len(directory.rest) - 1], directory)


def is_eventlog_name(name: str) -> bool:
    """Return whether a file's name marks it as an eventlog: `*.eventlog`, compressed or not."""
    return ENDING.search(name) is not None


def is_key(name: str) -> bool:
    """Return whether a name is a valid key: relative, without an empty part, `.` or `..`."""
    return not any(part in ("", ".", "..") for part in name.split("/"))


def _kind_in_job(rest: str) -> str | None:
    if rest == _LOG:
        return JOB
    above, _, last = rest.rpartition("/")
    if last == _LOG:
        return above.rpartition("/")[2]
    return last if above == "guest" and last in _STREAMS else None


def job_and_kind(path: str, eventlog: EventlogKey | None) -> tuple[JobId | None, str | None]:
    """Return the job and the kind of a log by its path; `eventlog` is what `parse_path` returns.

    If that is None, the file's name may begin with the job's id.
    """
    if eventlog is not None:
        return eventlog.job, eventlog.kind
    return JobId.from_name(path.rpartition(os.sep)[2]), None


def job_of_path(path: str) -> JobId | None:
    """Return the job whose log a file is, by its path; None if the path does not name it."""
    return job_and_kind(path, parse_path(path))[0]

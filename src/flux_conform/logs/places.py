"""Which eventlog lies where: the keys of Flux's key-value store, and paths that look like them."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from flux_conform.logs.jobid import JobId, NoJobId

JOB = "job"
"""The kind of a job's primary eventlog; the kinds of the others are the names of their places."""

_LOG = "eventlog"
ENDING = re.compile(r"\.eventlog(?:\.(?:gz|bz2|xz|zst|lz4))?$")
"""What the names of files end in that are eventlogs, compressed or not."""
_STREAMS = ("input", "output")
_ENDS = (_LOG, *_STREAMS)
_LOST_AND_FOUND = r"(?:job-)?lost\+found"
_JOB_KEY = re.compile(r"job/((?:[^/]+/){3}[^/]+)/(.*)")
_LOST_KEY = re.compile(
    rf"({_LOST_AND_FOUND})/job/((?:[0-9a-f]{{4}}/){{3}}[0-9a-f]{{4}}|[^/]+)/(.*)"
)
_JOB_PATH = re.compile(rf"(?:^|/)((?:job/(?:[0-9a-f]{{4}}/){{4}}|{_LOST_AND_FOUND}/job/[^/]+/).+)$")


class Place(NamedTuple):
    """What a key says of the eventlog under it: its job, and its kind.

    `kind` is "job" for a job's primary eventlog, else the last part of the key that tells logs
    apart: `guest/exec/eventlog` is "exec", `resource/eventlog` is "resource".
    """

    job: JobId | None
    kind: str


def place_of_key(key: str) -> Place | None:
    """What lies under a key, written with slashes; None where it is no eventlog."""
    if not key.endswith(_ENDS):
        return None
    directory = job_directory(key)
    if directory is not None:
        kind = _kind_in_job(directory.rest)
        return None if kind is None else Place(directory.job, kind)
    *above, last = key.split("/")
    return Place(None, above[-1]) if last == _LOG and above and above[-1] else None


class JobDirectory(NamedTuple):
    """The directory of a job that a key is below, and the rest of the key in it.

    `found_in` is the directory to which Flux moves jobs that it cannot load, such as
    job-lost+found; "" for others.
    """

    job: JobId | None
    found_in: str
    rest: str


def job_directory(key: str) -> JobDirectory | None:
    """The directory of a job that a key is below, or is where it ends in a slash; else None."""
    if match := _JOB_KEY.fullmatch(key):
        return JobDirectory(JobId.from_groups(match[1]), "", match[2])
    if match := _LOST_KEY.fullmatch(key):
        return JobDirectory(_job_of(match[2]), match[1], match[3])
    return None


def found_in(key: str) -> str:
    """The lost and found directory that a key is below; "" where it is in none."""
    directory = job_directory(key)
    return directory.found_in if directory is not None else ""


def _job_of(part: str) -> JobId | None:
    try:
        return JobId.parse(part)
    except NoJobId:
        return None


def place_of_path(path: str) -> Place | None:
    """What lies at a path that ends like the key of a job, as where an archive was unpacked."""
    match = _JOB_PATH.search(path)
    return place_of_key(match[1]) if match else None


def is_eventlog_name(name: str) -> bool:
    """Whether a file is an eventlog by its name: `*.eventlog`, compressed or not."""
    return ENDING.search(name) is not None


def is_key(name: str) -> bool:
    """Whether a name can be a key: relative, with no empty part, `.` or `..` in it."""
    return not any(part in ("", ".", "..") for part in name.split("/"))


def _kind_in_job(rest: str) -> str | None:
    if rest == _LOG:
        return JOB
    above, _, last = rest.rpartition("/")
    if last == _LOG:
        return above.rpartition("/")[2]
    return last if above == "guest" and last in _STREAMS else None


def told_by_path(path: str, place: Place | None) -> tuple[JobId | None, str | None]:
    """The job and the kind of a log, as its path says them; `place` is what `place_of_path` says.

    Where that is nothing, the name of the file may begin with the job's id.
    """
    if place is not None:
        return place.job, place.kind
    return JobId.from_name(path.rpartition(os.sep)[2]), None


def job_of_path(path: str) -> JobId | None:
    """The job whose log a file is, as its path says it."""
    return told_by_path(path, place_of_path(path))[0]

"""Which eventlog lies where: the keys of Flux's key-value store, and paths that look like them."""

from __future__ import annotations

import re
from typing import NamedTuple

from flux_conform.logs.jobid import JobId

JOB = "job"
"""The kind of a job's primary eventlog; the kinds of the others are the names of their places."""

_LOG = "eventlog"
_STREAMS = ("input", "output")
_ENDS = (_LOG, *_STREAMS)
_JOB_KEY = re.compile(r"job/((?:[^/]+/){3}[^/]+)/(.+)")
_JOB_PATH = re.compile(r"(?:^|/)(job/(?:[0-9a-f]{4}/){4}.+)$")


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
    if match := _JOB_KEY.fullmatch(key):
        kind = _kind_in_job(match[2])
        return None if kind is None else Place(JobId.from_groups(match[1]), kind)
    *above, last = key.split("/")
    return Place(None, above[-1]) if last == _LOG and above and above[-1] else None


def place_of_path(path: str) -> Place | None:
    """What lies at a path that ends like the key of a job, as where an archive was unpacked."""
    match = _JOB_PATH.search(path)
    return place_of_key(match[1]) if match else None


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

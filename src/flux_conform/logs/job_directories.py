"""The directories of jobs in a key-value store, and those that hold no eventlog."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from flux_conform.logs.found import Found, Problem, Skipped, Wanted, log_name
from flux_conform.logs.jobid import JobId
from flux_conform.logs.places import JOB, job_directory, place_of_key

_NAMED = 20
"""Of the jobs without an eventlog, the number that are named each; the others are counted."""

_NO_LOG, _OTHER_LOGS, _OWN_LOG = range(3)
"""What the directory of a job holds: no eventlog, one that is not the job's own, or that one."""


class JobDirectories:
    """Takes keys as they come, and knows at the end which jobs have no eventlog.

    The keys of a job mostly come together. What is held of a job that has its eventlog is then a
    number.
    """

    def __init__(self) -> None:
        self._job: tuple[int, str] | None = None
        self._holds = _NO_LOG
        self._complete: dict[str, array[int]] = {}
        self._lacking: dict[tuple[int, str], int] = {}

    def see(self, key: str) -> None:
        """Take a key, or that of a directory with a slash at its end."""
        directory = job_directory(key)
        if directory is None or directory.job is None:
            return
        job = (directory.job.number, directory.found_in)
        if job != self._job:
            self._leave()
            self._job = job
        place = place_of_key(key)
        if place is not None:
            self._holds = max(self._holds, _OWN_LOG if place.kind == JOB else _OTHER_LOGS)

    def _leave(self) -> None:
        """Note what the latest job holds."""
        if self._job is not None:
            number, found_in = self._job
            if self._holds == _OWN_LOG:
                self._complete.setdefault(found_in, array("Q")).append(number)
            else:
                self._lacking[self._job] = max(self._holds, self._lacking.get(self._job, _NO_LOG))
        self._job, self._holds = None, _NO_LOG

    def without_log(self, source: str, wanted: Wanted) -> Iterator[Found]:
        """The jobs without an eventlog of their own, where such logs are wanted."""
        self._leave()
        if not wanted.kind(JOB):
            return
        for found_in, numbers in self._complete.items():
            for number in numbers:
                self._lacking.pop((number, found_in), None)
        lacking = {
            job: holds for job, holds in self._lacking.items() if wanted.has_job(JobId(job[0]))
        }
        bare = [job for job, holds in lacking.items() if holds == _NO_LOG]
        for number, found_in in bare[:_NAMED]:
            own = log_name(source, JobId(number), JOB, "", found_in)
            yield Problem(own, "its directory holds no eventlog")
        if len(bare) > _NAMED:
            yield Problem(source, f"{len(bare) - _NAMED:,} further jobs have no eventlog")
        others = [JobId(job[0]).f58 for job, holds in lacking.items() if holds == _OTHER_LOGS]
        if others:
            named = ", ".join(others[:_NAMED]) + (", …" if len(others) > _NAMED else "")
            yield Skipped(source, len(others), f"jobs whose own eventlog is missing ({named})")

"""Tracks the job directories of a key-value store, to find those without an eventlog."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from flux_conform.logs.eventlog_keys import JOB, job_directory, parse_key
from flux_conform.logs.jobid import JobId
from flux_conform.logs.source_items import LogFilter, Problem, Skipped, SourceItem, log_name

_MAX_REPORTED = 20
"""Maximum number of jobs without an eventlog reported one by one; the rest are counted."""

_NO_LOG, _OTHER_LOGS, _OWN_LOG = range(3)
"""What a job directory holds: no eventlog, only other eventlogs, or the job's own."""


class JobDirectories:
    """Collects keys, and reports at the end which jobs have no eventlog.

    The keys of a job are usually adjacent, so a job that has its eventlog is kept as one number.
    """

    def __init__(self) -> None:
        self._job: tuple[int, str] | None = None
        self._holds = _NO_LOG
        self._complete: dict[str, array[int]] = {}
        self._lacking: dict[tuple[int, str], int] = {}

    def add(self, key: str) -> None:
        """Add a key; a key with a trailing slash is a directory."""
        directory = job_directory(key)
        if directory is None or directory.job is None:
            return
        job = (directory.job.number, directory.found_in)
        if job != self._job:
            self._close_job()
            self._job = job
        eventlog = parse_key(key)
        if eventlog is not None:
            self._holds = max(self._holds, _OWN_LOG if eventlog.kind == JOB else _OTHER_LOGS)

    def _close_job(self) -> None:
        """Record what the current job's directory holds."""
        if self._job is not None:
            number, found_in = self._job
            if self._holds == _OWN_LOG:
                self._complete.setdefault(found_in, array("Q")).append(number)
            else:
                self._lacking[self._job] = max(self._holds, self._lacking.get(self._job, _NO_LOG))
        self._job, self._holds = None, _NO_LOG

    def without_log(self, source: str, wanted: LogFilter) -> Iterator[SourceItem]:
        """Yield the jobs without an eventlog of their own, if such logs are selected."""
        self._close_job()
        if not wanted.kind(JOB):
            return
        for found_in, numbers in self._complete.items():
            for number in numbers:
                self._lacking.pop((number, found_in), None)
        lacking = {
            job: holds for job, holds in self._lacking.items() if wanted.has_job(JobId(job[0]))
        }
        bare = [job for job, holds in lacking.items() if holds == _NO_LOG]
        for number, found_in in bare[:_MAX_REPORTED]:
            own = log_name(source, JobId(number), JOB, "", found_in)
            yield Problem(own, "its directory holds no eventlog")
        if len(bare) > _MAX_REPORTED:
            yield Problem(source, f"{len(bare) - _MAX_REPORTED:,} further jobs have no eventlog")
        others = [JobId(job[0]).f58 for job, holds in lacking.items() if holds == _OTHER_LOGS]
        if others:
            named = ", ".join(others[:_MAX_REPORTED]) + (
                ", …" if len(others) > _MAX_REPORTED else ""
            )
            yield Skipped(source, len(others), f"jobs whose own eventlog is missing ({named})")

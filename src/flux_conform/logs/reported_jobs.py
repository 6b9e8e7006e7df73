"""Reader for what an instance reports of its jobs, beside their logs.

A report is what `flux jobs --json` prints, a list or lines of such jobs, or an SQLite database with
the table `jobs`: a job archive, or that of flux-accounting.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.inputs import note_read
from flux_conform.logs.database import read_job_rows
from flux_conform.logs.jobid import JobId, NoJobId
from flux_conform.logs.source_items import SourceError

_MAGIC = b"SQLite format 3\0"
_MOST_BYTES = 2 << 30


class UnreadableReport(ValueError):
    """A file that is no such report; the message says why."""


class ReportedJobs(NamedTuple):
    """What a file says of each job, by the number of its id, as fields by their names."""

    path: str
    jobs: Mapping[int, Mapping[str, Any]]


def read_reported(path: str) -> ReportedJobs:
    """Read what an instance reports. Raises UnreadableReport, and OSError."""
    jobs: dict[int, Mapping[str, Any]] = {}
    for place, id_, fields in _reported(path):
        if id_.number in jobs:
            raise UnreadableReport(f"{place}: the job {id_} is listed twice")
        jobs[id_.number] = fields
    if not jobs:
        raise UnreadableReport("it lists no jobs")
    return ReportedJobs(path, jobs)


def _reported(path: str) -> Iterator[tuple[str, JobId, Mapping[str, Any]]]:
    with open(path, "rb") as file:
        note_read(file)
        if file.read(len(_MAGIC)) == _MAGIC:
            try:
                for number, (text, columns) in enumerate(read_job_rows(path), 1):
                    yield f"row {number}", _id(f"row {number}", text), columns
            except SourceError as error:
                raise UnreadableReport(str(error)) from error
            return
        if os.fstat(file.fileno()).st_size > _MOST_BYTES:
            raise UnreadableReport(f"it is larger than {_MOST_BYTES >> 30} GiB")
        file.seek(0)
        data = file.read()
    for place, job in _listed(data):
        if not isinstance(job, dict):
            raise UnreadableReport(f"{place} is no object of JSON")
        id_ = job.get("id", job.get("jobid"))
        if isinstance(id_, bool) or not isinstance(id_, int | str):
            raise UnreadableReport(f"{place} has no id")
        yield place, _id(place, str(id_)), _fields(job)


def _fields(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a job; `flux jobs` says in its exception whether there was any."""
    raised = job.get("exception")
    if not isinstance(raised, dict) or "occurred" not in raised:
        return job
    members = {key: value for key, value in raised.items() if key != "occurred"}
    return {**job, "exception": members if raised["occurred"] else None}


def _listed(data: bytes) -> Iterator[tuple[str, Any]]:
    """The jobs of a document, or of lines of JSON, each with its place."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        lines = [(n, line) for n, line in enumerate(data.splitlines(), 1) if line.strip()]
        if len(lines) < 2:
            raise UnreadableReport(f"it is neither JSON nor a database: {error}") from error
        for number, line in lines:
            try:
                yield f"line {number}", json.loads(line)
            except (ValueError, RecursionError) as fault:
                raise UnreadableReport(f"line {number} is no JSON: {fault}") from fault
        return
    jobs = document
    if isinstance(document, dict):
        jobs = document.get("jobs", [document])
    if not isinstance(jobs, list):
        raise UnreadableReport('it has no list of jobs; write it with "flux jobs -a --json"')
    yield from ((f"job {number}", job) for number, job in enumerate(jobs, 1))


def _id(place: str, text: str) -> JobId:
    try:
        return JobId.parse(text)
    except NoJobId as error:
        raise UnreadableReport(f"{place}: {error}") from error

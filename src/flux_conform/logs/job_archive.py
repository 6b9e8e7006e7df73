"""The job archive of older accounting: a table with a row a job, its log and some of its times."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from flux_conform.logs.found import (
    MAX_LOG_BYTES,
    Found,
    Problem,
    SourcedLog,
    Wanted,
    log_name,
)
from flux_conform.logs.jobid import JobId, NoJobId
from flux_conform.logs.places import JOB

_TIMES = "t_"
"""What the names of columns begin with that hold times."""


def read_job_archive(
    database: sqlite3.Connection, name: str, wanted: Wanted, columns: list[str]
) -> Iterator[Found]:
    """The logs of the table `jobs`, which has these columns, in the order of its rows."""
    times = [column for column in columns if column.startswith(_TIMES) and column.isidentifier()]
    # Each row is asked for by itself, so that one that is too long costs no other.
    fields = ", ".join(["CAST(id AS TEXT)", "CAST(eventlog AS BLOB)", *times])
    get = f"SELECT {fields} FROM jobs WHERE rowid = ?"
    for (row_number,) in database.execute("SELECT rowid FROM jobs ORDER BY rowid"):
        try:
            row = database.execute(get, (row_number,)).fetchone()
        except sqlite3.DataError as error:
            yield Problem(f"{name}: row {row_number}", str(error))
            continue
        if row is None:
            yield Problem(f"{name}: row {row_number}", "it went away")
            continue
        text, log, *values = row
        try:
            job = JobId.parse(text or "")
        except NoJobId as error:
            job, problem = None, str(error)
        if not wanted.has_job(job):
            continue
        own = log_name(name, job, JOB, f"row {row_number}")
        if job is None:
            yield Problem(own, problem)
        if log is None:
            yield Problem(own, "it has no eventlog")
        elif len(log) > MAX_LOG_BYTES:
            yield Problem(own, f"its log is longer than {MAX_LOG_BYTES:,} bytes")
        else:
            told = {
                # A state that the job never came to has the time 0.
                column: float(value) or None
                for column, value in zip(times, values, strict=True)
                if isinstance(value, int | float)
            }
            yield SourcedLog(own, log, job, JOB, told=told)

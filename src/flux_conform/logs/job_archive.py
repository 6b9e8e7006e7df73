"""The job archive of older accounting: a table with a row a job, its log and more columns.

What these say, and the members of a column with JSON, is held against the log by its name.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from flux_conform.artefacts import artefact
from flux_conform.logs.eventlog import MAX_DEPTH, depth_exceeds, why_no_json
from flux_conform.logs.found import (
    MAX_LOG_BYTES,
    MAX_LOG_LINES,
    Found,
    Problem,
    SourcedLog,
    Wanted,
    log_name,
    too_long,
)
from flux_conform.logs.jobid import JobId, NoJobId
from flux_conform.logs.places import JOB
from flux_conform.logs.raw_json import TooMany, elements

_TIMES = "t_"
"""What the names of columns begin with that hold times."""

_JOBDATA = "jobdata"
"""The column that holds an object of JSON, whose members are such as other columns."""

_MAX_JOBDATA = 4 << 20
_OWN = ("id", "eventlog", "jobspec", "R", _JOBDATA)

Told = float | str | None
"""What a source says of a job in a column."""


def read_job_archive(
    database: sqlite3.Connection, name: str, wanted: Wanted, columns: list[str]
) -> Iterator[Found]:
    """The logs of the table `jobs`, which has these columns, in the order of its rows."""
    others = [column for column in columns if column not in _OWN and column.isidentifier()]
    jobdata = f"CAST({_JOBDATA} AS TEXT)" if _JOBDATA in columns else "NULL"
    quoted = (f'"{column}"' for column in others)
    # Each row is asked for by itself, so that one that is too long costs no other.
    fields = ", ".join(["CAST(id AS TEXT)", "CAST(eventlog AS BLOB)", jobdata, *quoted])
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
        text, log, data, *values = row
        try:
            job = JobId.parse(text or "")
        except NoJobId as error:
            job, problem = None, str(error)
        if not wanted.has_job(job):
            continue
        own = log_name(name, job, JOB, f"row {row_number}")
        if job is None:
            yield Problem(own, problem)
        yield _log(own, job, log, dict(zip(others, values, strict=True)), data)


def _log(
    own: str, job: JobId | None, log: bytes | None, columns: Mapping[str, Any], jobdata: str | None
) -> SourcedLog | Problem:
    if log is None:
        return Problem(own, "it has no eventlog")
    try:
        lines = _lines(log)
        members = _jobdata(jobdata)
    except _Unread as error:
        return Problem(own, str(error))
    why = too_long(lines)
    if why is not None:
        return Problem(own, why)
    told = _told(columns)
    for key, value in _told(members).items():
        told[f"{_JOBDATA}.{key}" if key in told else key] = value
    return SourcedLog(own, lines, job, JOB, told=told)


class _Unread(Exception):
    """A field that cannot be read; the message says why."""


def _lines(log: bytes) -> bytes:
    """The lines of a log, which is kept in lines or as an array of events. Raises _Unread."""
    if len(log) > MAX_LOG_BYTES or not log.lstrip().startswith(b"["):
        return log
    if depth_exceeds(log, MAX_DEPTH + 1):
        raise _Unread(f"its eventlog nests deeper than {MAX_DEPTH} levels")
    try:
        text = log.decode().strip()
        events, end = elements(text, 0, MAX_LOG_LINES)
    except UnicodeDecodeError as error:
        raise _Unread("its eventlog is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise _Unread(f"its eventlog begins like an array, and is {why_no_json(error)}") from error
    except TooMany as error:
        raise _Unread(f"its eventlog has more than {MAX_LOG_LINES:,} events") from error
    if end != len(text):
        raise _Unread("its eventlog is an array with further text after it")
    # A line break between keys is a blank in JSON, and would end a line.
    return b"".join(event.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n" for event in events)


def _jobdata(text: str | None) -> Mapping[str, Any]:
    """The members of the column with JSON. Raises _Unread."""
    if not text:
        return {}
    if len(text) > _MAX_JOBDATA:
        raise _Unread(f"its {_JOBDATA} has {len(text):,} characters; {_MAX_JOBDATA:,} are read")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _Unread(f"its {_JOBDATA} is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise _Unread(f"its {_JOBDATA} is no object of JSON")
    return data


def _told(columns: Mapping[str, Any]) -> dict[str, Told]:
    """What columns say: numbers and texts, and null; all else is left alone."""
    told: dict[str, Told] = {}
    for column, value in columns.items():
        if isinstance(value, int | float) and not abs(value) <= sys.float_info.max:
            told[column] = str(value)  # JSON holds larger numbers than a float, and Python NaN
            continue
        codes = _codes().get(column, {})
        if column.startswith(_TIMES) and not isinstance(value, int | float):
            continue  # a state that a row says nothing of
        if column.startswith(_TIMES):
            # A state that the job never came to has the time 0.
            told[column] = float(value) or None
        elif isinstance(value, int) and not isinstance(value, bool):
            told[column] = codes.get(str(value), value)
        elif isinstance(value, float | str):
            told[column] = value
    return told


@cache
def _codes() -> Mapping[str, Mapping[str, str]]:
    """The names for which numbers stand, by column."""
    with open(artefact("model", "kinds", "codes.json"), encoding="utf-8") as file:
        codes: Mapping[str, Mapping[str, str]] = json.load(file)
    return codes

"""Reader for the job archive of older flux-accounting: a table with one row per job.

A row holds the log of a job and more columns. Their values, and the members of a column of JSON,
are compared with the log by name.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from flux_conform.artefacts import artefact
from flux_conform.logs.eventlog import MAX_DEPTH, depth_exceeds, json_fault
from flux_conform.logs.eventlog_keys import JOB
from flux_conform.logs.jobid import JobId, NoJobId
from flux_conform.logs.raw_json import TooMany, elements
from flux_conform.logs.source_items import (
    MAX_LOG_BYTES,
    MAX_LOG_LINES,
    ColumnValue,
    LogFilter,
    Problem,
    SourcedLog,
    SourceItem,
    log_name,
    too_long,
)

_TIMES = "t_"
"""Prefix of the names of columns that hold times."""

_JOBDATA = "jobdata"
"""The column that holds a JSON object; its members are treated as further columns."""

_MAX_JOBDATA = 4 << 20
_OWN = ("id", "eventlog", "jobspec", "R", _JOBDATA)


def read_job_archive(
    database: sqlite3.Connection, name: str, wanted: LogFilter, columns: list[str]
) -> Iterator[SourceItem]:
    """Yield the logs of the table `jobs` with these columns, in the order of its rows."""
    others = [column for column in columns if column not in _OWN and column.isidentifier()]
    jobdata = f"CAST({_JOBDATA} AS TEXT)" if _JOBDATA in columns else "NULL"
    quoted = (f'"{column}"' for column in others)
    # One query per row, so that a row that is too long affects no other row.
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
    except _UnreadableField as error:
        return Problem(own, str(error))
    why = too_long(lines)
    if why is not None:
        return Problem(own, why)
    values = column_values(columns)
    for key, value in column_values(members).items():
        values[f"{_JOBDATA}.{key}" if key in values else key] = value
    return SourcedLog(own, lines, job, JOB, recorded=values)


class _UnreadableField(Exception):
    """A field cannot be read; the message says why."""


def _lines(log: bytes) -> bytes:
    """Return the lines of a log, which is stored as lines or as an array of events.

    Raises _UnreadableField if it is neither.
    """
    if len(log) > MAX_LOG_BYTES or not log.lstrip().startswith(b"["):
        return log
    if depth_exceeds(log, MAX_DEPTH + 1):
        raise _UnreadableField(f"its eventlog nests deeper than {MAX_DEPTH} levels")
    try:
        text = log.decode().strip()
        events, end = elements(text, 0, MAX_LOG_LINES)
    except UnicodeDecodeError as error:
        raise _UnreadableField("its eventlog is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise _UnreadableField(
            f"its eventlog begins like an array, and is {json_fault(error)}"
        ) from error
    except TooMany as error:
        raise _UnreadableField(f"its eventlog has more than {MAX_LOG_LINES:,} events") from error
    if end != len(text):
        raise _UnreadableField("its eventlog is an array with further text after it")
    # A line break between keys is white space in JSON, but would end a line.
    return b"".join(event.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n" for event in events)


def _jobdata(text: str | None) -> Mapping[str, Any]:
    """Return the members of the JSON column. Raises _UnreadableField."""
    if not text:
        return {}
    if len(text) > _MAX_JOBDATA:
        raise _UnreadableField(
            f"its {_JOBDATA} has {len(text):,} characters; {_MAX_JOBDATA:,} are read"
        )
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _UnreadableField(f"its {_JOBDATA} is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise _UnreadableField(f"its {_JOBDATA} is no object of JSON")
    return data


def column_values(columns: Mapping[str, Any]) -> dict[str, ColumnValue]:
    """Return the numbers, texts and nulls of columns; other values are ignored."""
    values: dict[str, ColumnValue] = {}
    for column, value in columns.items():
        if isinstance(value, int | float) and not abs(value) <= sys.float_info.max:
            values[column] = str(value)  # infinity and NaN are not valid in JSON
            continue
        codes = _codes().get(column, {})
        if column.startswith(_TIMES) and not isinstance(value, int | float):
            continue  # the row does not say whether the job was in the state
        if column.startswith(_TIMES):
            # The time 0 means that the job never reached the state.
            values[column] = float(value) or None
        elif isinstance(value, int) and not isinstance(value, bool):
            values[column] = codes.get(str(value), value)
        elif isinstance(value, float | str):
            values[column] = value
    return values


@cache
def _codes() -> Mapping[str, Mapping[str, str]]:
    """Return what the numbers in columns stand for, by column."""
    with open(artefact("model", "kinds", "codes.json"), encoding="utf-8") as file:
        codes: Mapping[str, Mapping[str, str]] = json.load(file)
    return codes

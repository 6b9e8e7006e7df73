"""Reader for what an instance reports of its jobs, beside their logs.

A report is what `flux jobs --json` prints, a list or lines of such jobs, or an SQLite database with
the table `jobs`: a job archive, or that of flux-accounting.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from flux_conform.inputs import note_read
from flux_conform.logs.database import read_job_rows
from flux_conform.logs.jobid import JobId, NoJobId
from flux_conform.logs.source_items import SourceError

_MAGIC = b"SQLite format 3\0"
_MOST_BYTES = 64 << 20
"""The most bytes of a job, or of a document that is no list of jobs."""

_CHUNK = 1 << 20
_LIST = re.compile(rb"\s*(?:\{\s*\"jobs\"\s*:\s*)?\[")
_FIRST = re.compile(r"\s*(?P<end>\])?\s*")
_FURTHER = re.compile(r"\s*(?:,|(?P<end>\]))\s*")
_DECODER = json.JSONDecoder()


class UnreadableReport(ValueError):
    """A file that is no such report; the message says why."""


class ReportedJobs:
    """What a file says of each job, as fields by their names, in a temporary database."""

    def __init__(self, path: str) -> None:
        """Read what an instance reports. Raises UnreadableReport, and OSError."""
        self.path = path
        self._rows = sqlite3.connect("")
        self._rows.execute(
            "CREATE TABLE jobs (id TEXT PRIMARY KEY, fields TEXT, met INT) WITHOUT ROWID"
        )
        for place, id_, fields in _reported(path):
            try:
                row = str(id_.number), json.dumps(fields)
                self._rows.execute("INSERT INTO jobs VALUES (?, ?, 0)", row)
            except sqlite3.IntegrityError as error:
                raise UnreadableReport(f"{place}: the job {id_} is listed twice") from error
        if not self._rows.execute("SELECT count(*) FROM jobs").fetchone()[0]:
            raise UnreadableReport("it lists no jobs")

    def take(self, job: JobId) -> Mapping[str, Any] | None:
        """What is said of a job, which then counts as met; None if it is not listed."""
        key = (str(job.number),)
        row = self._rows.execute("SELECT fields FROM jobs WHERE id = ?", key).fetchone()
        if row is None:
            return None
        self._rows.execute("UPDATE jobs SET met = 1 WHERE id = ?", key)
        fields: Mapping[str, Any] = json.loads(row[0])
        return fields

    def left(self, most: int) -> tuple[int, tuple[JobId, ...]]:
        """How many jobs were not met, and the first of them, `most` at the most."""
        where = "FROM jobs WHERE NOT met"
        (count,) = self._rows.execute(f"SELECT count(*) {where}").fetchone()
        rows = self._rows.execute(f"SELECT id {where} ORDER BY length(id), id LIMIT ?", (most,))
        return count, tuple(JobId(int(id_)) for (id_,) in rows)


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
        file.seek(0)
        for place, job in _listed(file):
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


def _listed(file: BinaryIO) -> Iterator[tuple[str, Any]]:
    """The jobs of a document, or of lines of JSON, each with its place."""
    first = file.read(_CHUNK)
    if begins := _LIST.match(first):
        yield from _items(first[begins.end() :], file, "}" if b"{" in begins[0] else "")
        return
    end = first.find(b"\n") + 1 or len(first)
    is_lines = first[end:].strip() and _parsed(first[:end]) is not None
    file.seek(0)
    if is_lines:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield f"line {number}", json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise UnreadableReport(f"line {number} is no JSON: {error}") from error
        return
    if os.fstat(file.fileno()).st_size > _MOST_BYTES:
        raise UnreadableReport(f"a document of more than {_MOST_BYTES >> 20} MiB has no list")
    try:
        document = json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise UnreadableReport(f"it is neither JSON nor a database: {error}") from error
    if not isinstance(document, dict) or "jobs" in document:
        raise UnreadableReport('it has no list of jobs; write it with "flux jobs -a --json"')
    yield "job 1", document


def _parsed(line: bytes) -> Any | None:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _items(data: bytes, file: BinaryIO, closing: str) -> Iterator[tuple[str, Any]]:
    """The items of a list of JSON which has begun; `closing` is what follows the list.

    One is decoded at a time, so that a report of any size takes little memory.
    """
    decode = getincrementaldecoder("utf-8")().decode
    number, at = 1, 0
    try:
        text = decode(data)
        while True:
            try:
                found, at = _next_item(text, at, is_first=number == 1)
            except (ValueError, RecursionError) as error:
                text, at = text[at:], 0
                more = file.read(max(_CHUNK, len(text)))
                if not more or len(text) > _MOST_BYTES:
                    raise UnreadableReport(f"job {number} is no JSON: {error}") from error
                text += decode(more)
                continue
            if not found:
                break
            yield f"job {number}", found[0]
            number += 1
        rest = text[at:] + decode(file.read(_CHUNK))
    except UnicodeDecodeError as error:
        raise UnreadableReport(f"job {number} is no UTF-8: {error}") from error
    if rest.strip() != closing:
        raise UnreadableReport("it goes on after its list of jobs")


def _next_item(text: str, at: int, *, is_first: bool) -> tuple[list[Any], int]:
    """The item of a list at a place, or none at its end, and the place after. Raises ValueError."""
    met = (_FIRST if is_first else _FURTHER).match(text, at)
    if met is None:
        raise ValueError("Expecting ',' or ']'")
    if met["end"]:
        return [], met.end()
    item, end = _DECODER.raw_decode(text, met.end())
    return [item], end


def _id(place: str, text: str) -> JobId:
    try:
        return JobId.parse(text)
    except NoJobId as error:
        raise UnreadableReport(f"{place}: {error}") from error

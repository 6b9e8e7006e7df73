"""Findings as three tables: a row for each finding, each log, and each state of a log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from flux_conform.checking.finding import UNREADABLE, counts
from flux_conform.checking.transitions import course
from flux_conform.checking.waits_text import seconds
from flux_conform.machine.taken import Course, stays
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged

TEXT, TEXTS, INTEGER, SECONDS, TIME, FLAG = (
    *("text", "texts", "integer", "seconds", "time", "flag"),
)
"""The types of columns: a time is in microseconds since 1970, seconds are a float."""


class Column(NamedTuple):
    """A column of a table; without `nullable` each row has a value there."""

    name: str
    type: str
    nullable: bool = False


Columns: TypeAlias = tuple[Column, ...]

# No name needs quotes in SQL.
FINDINGS: Columns = (
    Column("log", TEXT),
    Column("machine", TEXT),
    Column("rule", TEXT),
    Column("level", TEXT),
    Column("breaks", FLAG),
    Column("line", INTEGER),
    Column("byte", INTEGER),
    Column("time", TIME, nullable=True),
    Column("event", TEXT, nullable=True),
    Column("state", TEXT),
    Column("message", TEXT),
    Column("rfc", INTEGER),
    Column("section", TEXT),
    Column("allowed", TEXTS),
    Column("number", INTEGER),
    Column("because", INTEGER, nullable=True),
    Column("waived_by", TEXT, nullable=True),
    Column("repair", TEXT),
)
LOGS: Columns = (
    Column("log", TEXT),
    Column("machine", TEXT, nullable=True),
    Column("verdict", TEXT),
    Column("state", TEXT, nullable=True),
    Column("generation", TEXT, nullable=True),
    Column("events", INTEGER, nullable=True),
    Column("findings", INTEGER, nullable=True),
    Column("bytes", INTEGER, nullable=True),
    Column("began", TIME, nullable=True),
    Column("ended", TIME, nullable=True),
    Column("seconds", SECONDS, nullable=True),
    Column("job", TEXT, nullable=True),
    Column("job_id", INTEGER, nullable=True),
    Column("lost", TEXTS),
    Column("differs", TEXTS),
    Column("error", TEXT, nullable=True),
    Column("waits_for", TEXTS),
    Column("waits", TEXTS),
    Column("waiting_since", TIME, nullable=True),
)
STATES: Columns = (
    Column("log", TEXT),
    Column("machine", TEXT),
    Column("state", TEXT),
    Column("visits", INTEGER),
    Column("seconds", SECONDS, nullable=True),
    Column("ends_here", FLAG),
)

TABLES: Mapping[str, Columns] = {"": FINDINGS, "logs": LOGS, "states": STATES}
"""The tables by the suffix of their file's name; the first one has none."""


class Sink(Protocol):
    """Takes the rows of one table; values are in the order of its columns."""

    def add(self, row: Sequence[Any]) -> None:
        """Take a row."""


class TableReport(Report):
    """Fills the tables as logs are judged."""

    def __init__(self, sink: Callable[[str], Sink]) -> None:
        """`sink` gives the one of a table, by its name in TABLES, and closes it in the end."""
        self._findings, self._logs, self._states = map(sink, TABLES)

    def judged(self, log: LogJudged) -> None:
        """Add the rows of a log."""
        passed = course(log.machine, log.data)
        name, machine = log.name, log.machine.specification.name
        times = {event.line: event.time for event in passed.events}
        for number, found in enumerate(log.judgement.findings):
            row = {
                **found._asdict(),
                "log": name,
                "machine": machine,
                "breaks": counts(found, strict=log.strict),
                "byte": found.offset,
                "time": microseconds(times.get(found.line)),
                "number": number,
            }
            self._findings.add([row[column.name] for column in FINDINGS])
        self._logs.add(_log_row(log, passed))
        for state, stay in stays(log.machine.specification.initial.name, passed).items():
            ends = state == passed.state
            self._states.add((name, machine, state, stay.visits, stay.seconds, ends))

    def unreadable(self, name: str, error: str) -> None:
        """Add the row of a log that could not be judged."""
        self._logs.add((name, None, UNREADABLE, *[None] * 10, (), (), error, (), (), None))


def _log_row(log: LogJudged, passed: Course) -> tuple[Any, ...]:
    began, ended = passed.ends
    times = (seconds(wait.since) for wait in log.judgement.waits)
    since = [time for time in times if time is not None]
    return (
        log.name,
        log.machine.specification.name,
        log.judgement.verdict,
        log.judgement.state,
        passed.generation if passed.events else None,
        log.judgement.events,
        log.judgement.found,
        len(log.data),
        microseconds(began),
        microseconds(ended),
        None if began is None or ended is None else ended - began,
        None if log.job is None else log.job.f58,
        None if log.job is None or log.job.number >= 1 << 63 else log.job.number,
        log.lost,
        [each.says for each in log.differs],
        None,
        [wait.what for wait in log.judgement.waits],
        [wait.says for wait in log.judgement.waits],
        microseconds(min(since, default=None)),
    )


_YEAR_10000 = 253_402_300_800


def microseconds(time: float | None) -> int | None:
    """A time in seconds since 1970 in microseconds; None where no calendar of tables holds it."""
    return None if time is None or not 0 <= time < _YEAR_10000 else round(time * 1e6)

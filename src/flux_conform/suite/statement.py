"""A statement on a program that writes logs: how they conform, and what they exercise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from flux_conform import __version__
from flux_conform.checking.finding import (
    CONFORMS,
    INCOMPLETE,
    INCONCLUSIVE,
    UNREADABLE,
    VIOLATES,
    Judgement,
    counts,
)
from flux_conform.checking.judge import Options
from flux_conform.checking.judges import Judge
from flux_conform.language.compiled import digest
from flux_conform.language.specification import Specification
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.suite.coverage import PARTS, Counts, Coverage, Item

VERDICTS = (CONFORMS, INCOMPLETE, INCONCLUSIVE, VIOLATES, UNREADABLE)
"""All verdicts. Inconclusive is rare, and left out of statements without such logs."""

_NAMED = 50
"""Maximum number of logs in violation that are named; all are counted."""


class Bad(NamedTuple):
    """A log that violates or cannot be read, and the first reason."""

    log: str
    verdict: str
    rule: str
    line: int | None
    message: str


class Statement(NamedTuple):
    """A statement on a writer.

    `subject` is who wrote the logs and `date` the day of the statement, "" if not given. `verdicts`
    counts logs; `parts` holds what can be exercised. `bad` names the first logs that violate or
    cannot be read.
    """

    subject: str
    date: str
    machine: str
    digest: str
    tool: str
    strict: bool
    allowed: tuple[str, ...]
    verdicts: Mapping[str, int]
    events: int
    parts: Mapping[str, tuple[Item, ...]]
    bad: tuple[Bad, ...]

    @property
    def logs(self) -> int:
        """The number of logs."""
        return sum(self.verdicts.values())

    @property
    def exit_code(self) -> int:
        """0: none violates; 1: some do; 2: some could not be read, or there were none."""
        if self.verdicts[UNREADABLE] or not self.logs:
            return 2
        return 1 if self.verdicts[VIOLATES] else 0

    @property
    def title(self) -> str:
        """The title of a report."""
        return f"{self.subject or 'A writer'}: {self.machine} eventlogs"

    @property
    def sum(self) -> tuple[str, str]:
        """The result in a sentence, and its kind: good, bad or warn."""
        unreadable, violating = self.verdicts[UNREADABLE], self.verdicts[VIOLATES]
        if not self.logs:
            return "No logs were given", "warn"
        if unreadable:
            return f"{unreadable:,} of {self.logs:,} logs could not be read", "warn"
        if violating:
            return f"{violating:,} of {self.logs:,} logs in violation", "bad"
        return f"None of {self.logs:,} logs violates", "good"

    def missing(self, part: str) -> list[Item]:
        """The items of a part that no log exercises."""
        return [item for item in self.parts[part] if not item.logs]


class Certifier:
    """Takes logs one by one, and makes a statement of them."""

    def __init__(self, specification: Specification, options: Options) -> None:
        self._judge = Judge(specification, options)
        self._options = options
        self._specification = specification
        self._coverage = Coverage(self._judge.machine)
        self._verdicts: Counter[str] = Counter()
        self._events = 0
        self._bad: list[Bad] = []

    def add(self, name: str, log: bytes) -> None:
        """Judge a log and count what it exercises."""
        try:
            judgement = self._judge.judge(log)
        except UnreadableLog as error:
            self.unreadable(name, str(error))
            return
        self.judged(name, log, judgement)

    def judged(self, name: str, log: bytes, judgement: Judgement) -> None:
        """Count a log that was judged, and what it exercises."""
        self._verdicts[judgement.verdict] += 1
        self._events += judgement.events
        self._coverage.breaks({f.rule for f in judgement.findings if f.waived_by is None})
        if judgement.verdict == VIOLATES:
            strict = self._options.strict
            first = next(f for f in judgement.findings if counts(f, strict=strict))
            self._name(Bad(name, VIOLATES, first.rule, first.line, first.message))
        elif judgement.verdict != INCONCLUSIVE:
            self._coverage.add(log)

    def unreadable(self, name: str, error: str) -> None:
        """Count a log that could not be read."""
        self._verdicts[UNREADABLE] += 1
        self._name(Bad(name, UNREADABLE, "", None, error))

    def _name(self, bad: Bad) -> None:
        if len(self._bad) < _NAMED:
            self._bad.append(bad)

    def counted(self) -> tuple[Counter[str], int, list[Bad], Counts]:
        """The numbers so far, for `merge` in another process."""
        return self._verdicts, self._events, self._bad, self._coverage.counted()

    def merge(self, counted: tuple[Counter[str], int, list[Bad], Counts]) -> None:
        """Add the numbers of another certifier of the same specification and options."""
        verdicts, events, bad, coverage = counted
        self._verdicts.update(verdicts)
        self._events += events
        self._bad = [*self._bad, *bad][:_NAMED]
        self._coverage.merge(coverage)

    def statement(self, *, subject: str = "", date: str = "") -> Statement:
        """The statement on the logs so far."""
        options = self._options
        return Statement(
            subject,
            date,
            self._specification.name,
            digest(self._specification),
            f"flux-conform {__version__}",
            options.strict,
            tuple(deviations.name for deviations in options.waivers.allowed),
            {
                verdict: self._verdicts[verdict]
                for verdict in VERDICTS
                if self._verdicts[verdict] or verdict != INCONCLUSIVE
            },
            self._events,
            {part: tuple(self._coverage.items(part)) for part in PARTS},
            tuple(self._bad),
        )


def to_json(statement: Statement) -> dict[str, Any]:
    """The statement as JSON values."""
    return {
        "subject": statement.subject,
        "date": statement.date,
        "machine": statement.machine,
        "digest": statement.digest,
        "tool": statement.tool,
        "strict": statement.strict,
        "allowed": list(statement.allowed),
        "logs": statement.logs,
        "verdicts": dict(statement.verdicts),
        "events": statement.events,
        "exercised": {
            part: {
                "of": len(items),
                "exercised": sum(item.logs > 0 for item in items),
                "items": [_item(item) for item in items],
            }
            for part, items in statement.parts.items()
        },
        "bad": [bad._asdict() for bad in statement.bad],
    }


def _item(item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {"name": item.name, "logs": item.logs}
    return {**row, "level": item.level, "broken": item.broken} if item.level else row

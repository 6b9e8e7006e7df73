"""A statement on a program that writes logs: how they conform, and what they exercise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
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
from flux_conform.suite.coverage import Coverage, Item, Shown
from flux_conform.suite.excused import Excuse
from flux_conform.suite.exercisable import PARTS, Exercisable, LeftOut
from flux_conform.suite.threshold import Threshold

VERDICTS = (CONFORMS, INCOMPLETE, INCONCLUSIVE, VIOLATES, UNREADABLE)
"""All verdicts. Inconclusive is rare, and left out of statements without such logs."""

_NAMED = 50
"""Maximum number of logs in violation that are named; all are counted."""

_KEY = 16
"""Bytes of a log's digest by which it is known."""


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
    counts logs, each of them once: `copies` are logs that are byte for byte one of the others.
    `parts` holds what can be exercised, in logs of `generation`; `others` are logs of other
    generations that do not violate, and exercise nothing here. `left_out` is what does not count,
    unless `including` says so, and `excuses` what this writer never does. `bad` names the first
    logs that violate or cannot be read.
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
    copies: int
    generation: str
    others: int
    including: tuple[str, ...]
    parts: Mapping[str, tuple[Item, ...]]
    left_out: tuple[LeftOut, ...]
    excuses: tuple[Excuse, ...]
    bad: tuple[Bad, ...]

    @property
    def logs(self) -> int:
        """The number of logs."""
        return sum(self.verdicts.values())

    @property
    def exit_code(self) -> int:
        """0: none violates; 1: some do, or an excuse is stale; 2: unreadable ones, or no logs."""
        if self.verdicts[UNREADABLE] or not self.logs:
            return 2
        return 1 if self.verdicts[VIOLATES] or self.stale else 0

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
        return f"None of {self.logs:,} logs violates", "bad" if self.stale else "good"

    @property
    def excused(self) -> dict[tuple[str, str], str]:
        """Why what is excused is so, by part and name."""
        return {(each.part, name): each.reason for each in self.excuses for name in each.names}

    @property
    def stale(self) -> list[str]:
        """What logs do though an entry of the exceptions says that they never do."""
        return [
            f"{each.place}: {what}, though the exceptions say never: {each.reason}"
            for each in self.excuses
            for what in each.stale
        ]

    def missing(self, part: str) -> list[Item]:
        """The items of a part that no log exercises, and that are not excused."""
        excused = self.excused
        return [
            item for item in self.parts[part] if not item.logs and (part, item.name) not in excused
        ]

    def missed(self, thresholds: Iterable[Threshold]) -> list[str]:
        """What falls short of the thresholds, in words."""
        found = (each.missed(self.parts, self.excused.keys()) for each in thresholds)
        return [message for message in found if message is not None]


class _Log(NamedTuple):
    """What is known of one log."""

    verdict: str
    events: int
    broken: frozenset[str]
    shown: Shown | None


class Counted(NamedTuple):
    """What a certifier knows so far, for `Certifier.merge` in another process.

    `logs` are known by the digest of their bytes, and `bad` by that of its log, if it was read.
    """

    logs: dict[bytes, _Log]
    copies: int
    unreadable: int
    bad: list[tuple[bytes | None, Bad]]


class Certifier:
    """Takes logs one by one, and makes a statement of them."""

    def __init__(
        self, specification: Specification, options: Options, scope: Exercisable | None = None
    ) -> None:
        """Without a `scope`, what can be exercised is that of today's logs."""
        self._judge = Judge(specification, options)
        self._options = options
        self._specification = specification
        self._scope = Exercisable(specification) if scope is None else scope
        self._coverage = Coverage(self._judge.machine, self._scope)
        self._counted = Counted({}, 0, 0, [])
        self._alike: dict[_Log, _Log] = {}
        """Most logs show what others did, and share it."""

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
        key = sha256(log).digest()[:_KEY]
        if self._is_copy(key):
            return
        broken = frozenset(f.rule for f in judgement.findings if f.waived_by is None)
        shown = None
        if judgement.verdict == VIOLATES:
            strict = self._options.strict
            first = next(f for f in judgement.findings if counts(f, strict=strict))
            self._name(key, Bad(name, VIOLATES, first.rule, first.line, first.message))
        elif judgement.verdict != INCONCLUSIVE:
            shown = self._coverage.shown(log)
        found = _Log(judgement.verdict, judgement.events, broken, shown)
        self._counted.logs[key] = self._alike.setdefault(found, found)

    def _is_copy(self, key: bytes) -> bool:
        is_copy = key in self._counted.logs
        self._counted = self._counted._replace(copies=self._counted.copies + is_copy)
        return is_copy

    def unreadable(self, name: str, error: str) -> None:
        """Count a log that could not be read."""
        self._counted = self._counted._replace(unreadable=self._counted.unreadable + 1)
        self._name(None, Bad(name, UNREADABLE, "", None, error))

    def _name(self, key: bytes | None, bad: Bad) -> None:
        if len(self._counted.bad) < _NAMED:
            self._counted.bad.append((key, bad))

    def counted(self) -> Counted:
        """What is known so far, for `merge` in another process."""
        return self._counted

    def merge(self, counted: Counted) -> None:
        """Add what another certifier of the same specification and options knows."""
        for key, bad in counted.bad:
            if key not in self._counted.logs:
                self._name(key, bad)
        for key, log in counted.logs.items():
            if not self._is_copy(key):
                self._counted.logs[key] = log
        self._counted = self._counted._replace(
            copies=self._counted.copies + counted.copies,
            unreadable=self._counted.unreadable + counted.unreadable,
        )

    def statement(
        self, *, subject: str = "", date: str = "", excuses: Sequence[Excuse] = ()
    ) -> Statement:
        """The statement on the logs so far."""
        options, scope, logs = self._options, self._scope, self._counted.logs.values()
        verdicts = Counter(log.verdict for log in logs)
        verdicts[UNREADABLE] += self._counted.unreadable
        shown = [log.shown for log in logs if log.shown is not None and log.events]
        ours = [each for each in shown if scope.counts(each.generation)]
        broken = Counter(rule for log in logs for rule in log.broken)
        parts = {part: tuple(self._coverage.items(part, ours, broken)) for part in PARTS}
        return Statement(
            subject,
            date,
            self._specification.name,
            digest(self._specification),
            f"flux-conform {__version__}",
            options.strict,
            tuple(deviations.name for deviations in options.waivers.allowed),
            {
                verdict: verdicts[verdict]
                for verdict in VERDICTS
                if verdicts[verdict] or verdict != INCONCLUSIVE
            },
            sum(log.events for log in logs),
            self._counted.copies,
            scope.generation,
            len(shown) - len(ours),
            scope.including,
            parts,
            scope.left_out,
            tuple(excuse.against(parts) for excuse in excuses),
            tuple(bad for _, bad in self._counted.bad),
        )


def to_json(statement: Statement) -> dict[str, Any]:
    """The statement as JSON values."""
    excused = statement.excused
    return {
        "subject": statement.subject,
        "date": statement.date,
        "machine": statement.machine,
        "digest": statement.digest,
        "tool": statement.tool,
        "strict": statement.strict,
        "allowed": list(statement.allowed),
        "logs": statement.logs,
        "copies": statement.copies,
        "verdicts": dict(statement.verdicts),
        "events": statement.events,
        "generation": statement.generation,
        "of_other_generations": statement.others,
        "including": list(statement.including),
        "exercised": {
            part: {
                "of": len(items),
                "exercised": sum(item.logs > 0 for item in items),
                "excused": sum((part, item.name) in excused for item in items),
                "items": [_item(item, excused.get((part, item.name))) for item in items],
            }
            for part, items in statement.parts.items()
        },
        "left_out": [
            {"part": each.part, "reason": each.reason, "names": list(each.names)}
            for each in statement.left_out
        ],
        "stale": statement.stale,
        "bad": [bad._asdict() for bad in statement.bad],
    }


def _item(item: Item, excuse: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": item.name, "logs": item.logs}
    if item.level:
        row |= {"level": item.level, "judged": item.judged, "asks": item.asks or None}
        row |= {"broken": item.broken, "tolerated": item.tolerated}
    return row if excuse is None else {**row, "excused": excuse}

"""Counts the findings in many logs by rule and state, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.checking.finding import (
    CONFORMS,
    INCOMPLETE,
    INCONCLUSIVE,
    UNREADABLE,
    VIOLATES,
    Counted,
    Finding,
    Judgement,
    root_of,
)
from flux_conform.checking.posted import day_of, poster
from flux_conform.language.levels import LEVELS, POLICY
from flux_conform.session.events import LogJudged
from flux_conform.session.waiting_logs import WaitingLogs

MOST_ROWS = 2_000
"""Maximum number of rows: ids of rules can contain names that a log makes up."""

VERDICTS = (CONFORMS, INCOMPLETE, INCONCLUSIVE, VIOLATES, UNREADABLE)
_ALWAYS = (CONFORMS, INCOMPLETE, VIOLATES, UNREADABLE)
"""The verdicts that are counted where there are none, too."""

_WORDS = {CONFORMS: "conform", INCOMPLETE: "incomplete", VIOLATES: "violate"}


def verdicts_in_words(verdicts: Counter[str]) -> str:
    """How many logs there are of each verdict: "2 conform, 1 violate"."""
    return ", ".join(
        f"{verdicts[verdict]:,} {_WORDS.get(verdict, verdict)}"
        for verdict in VERDICTS
        if verdicts[verdict]
    )


class Share(NamedTuple):
    """Those findings of a row that are of the same components; `by` is empty for nobody.

    They are those who may post the event, or that of the finding from which it only follows.
    The other fields are those of the row.
    """

    by: tuple[str, ...]
    found: int
    following: int
    logs: int
    log: str
    line: int
    message: str
    day: str | None


class Row(NamedTuple):
    """The findings of one rule in one state.

    `found` are those that stand for themselves, `following` those that only follow from another,
    `logs` in how many logs. The example is the first that was found, by log and line, one that
    stands for itself where there is one. `day` is the first in UTC on which such an event was
    logged; None where no time is known.
    """

    machine: str
    rule: str
    level: str
    state: str
    found: int
    following: int
    logs: int
    log: str
    line: int
    message: str
    day: str | None
    shares: tuple[Share, ...]


class _Tally:
    """A row, or a share of one, as it grows."""

    __slots__ = ("count", "day", "example", "following", "latest", "logs", "shares")

    def __init__(self, example: tuple[str, int, str]) -> None:
        self.count = self.following = self.logs = 0
        self.latest = -1
        self.example = example
        self.day: str | None = None
        self.shares: dict[tuple[str, ...], _Tally] = {}

    @classmethod
    def restored(cls, row: Mapping[str, Any]) -> _Tally:
        """The row of an `as_json`."""
        example = row["example"]
        tally = cls((example["log"], example["line"], example["message"]))
        tally.count, tally.following = row["count"], row["following"]
        tally.logs, tally.day = row["logs"], row.get("first_day")
        shares = row.get("components", () if "by" in row else ({**row, "by": ()},))
        tally.shares = {tuple(share["by"]): cls.restored(share) for share in shares}
        return tally

    @property
    def numbers(self) -> tuple[int, int, int, str, int, str, str | None]:
        """What it has counted, in the order of a row."""
        return (self.count, self.following, self.logs, *self.example, self.day)

    def divided(self) -> tuple[Share, ...]:
        """Its shares, in the order in which they came."""
        return tuple(Share(by, *share.numbers) for by, share in self.shares.items())

    def share(self, by: tuple[str, ...], example: tuple[str, int, str]) -> _Tally:
        """The share of those who post an event."""
        share = self.shares.get(by)
        if share is None:
            share = self.shares[by] = _Tally(example)
        return share

    def seen(self, day: str | None) -> None:
        """Note a day on which such an event was logged."""
        if day is not None and (self.day is None or day < self.day):
            self.day = day

    def add(self, number: int, log: str, finding: Finding) -> None:
        """Count a finding in the log of that number."""
        if finding.because is None:
            if self.count == 0:
                self.example = (log, finding.line, finding.message)
            self.count += 1
        else:
            self.following += 1
        self._in(number)

    def add_counted(self, number: int, row: Counted) -> None:
        """Count findings in the log of that number which are not listed."""
        if row.follows:
            self.following += row.number
        else:
            self.count += row.number
        self._in(number)

    def _in(self, number: int) -> None:
        if number != self.latest:
            self.logs += 1
            self.latest = number


def _first(judgement: Judgement, row: Counted) -> Finding:
    """A listed finding like those that are not.

    It is in another state, for the first of a rule are listed in whatever state they are.
    """
    return next(
        (each for each in judgement.findings if each.rule == row.rule),
        judgement.findings[0]._replace(message="", event=None),
    )


class Summary:
    """Counts verdicts and findings, one log at a time."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.machines: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.differing = 0
        self.events = 0
        self.untold = 0
        self.waiting = WaitingLogs()
        self.stuck = WaitingLogs()
        self._tallies: dict[tuple[str, str, str, str], _Tally] = {}

    @classmethod
    def restored(cls, row: Mapping[str, Any]) -> Summary:
        """The summary of an `as_json`; other values raise KeyError, TypeError or ValueError."""
        summary = cls()
        summary.verdicts.update(row["verdicts"])
        summary.machines.update(row["machines"])
        summary.lost.update(row["lost"])
        summary.differing, summary.events = row["differing"], row["events"]
        summary.untold = row["untold"]
        summary.waiting = WaitingLogs.restored(row["waiting"])
        summary.stuck = WaitingLogs.restored(row["stuck"])
        for found in row["findings"]:
            key = (found["machine"], found["rule"], found["level"], found["state"])
            summary._tallies[key] = _Tally.restored(found)
        return summary

    def judged(self, log: LogJudged) -> None:
        """Count a log that was judged."""
        judgement = log.judgement
        machine = log.machine.specification.name
        self.verdicts[judgement.verdict] += 1
        self.machines[machine] += 1
        self.events += judgement.events
        if log.lost:
            self.lost.update(log.lost)
        if log.differs:
            self.differing += 1
        if judgement.waits:
            self.waiting.add(machine, log.name, judgement.waits)
        if judgement.stuck:
            self.stuck.add_stuck(machine, log.name, judgement.stuck)
        if not judgement.findings:
            return
        number = self.logs
        for index, finding in enumerate(judgement.findings):
            key = (machine, finding.rule, finding.level, finding.state)
            tally = self._tallies.get(key)
            if tally is None:
                if len(self._tallies) >= MOST_ROWS:
                    self.untold += 1
                    continue
                tally = self._tallies[key] = _Tally((log.name, finding.line, finding.message))
            root = judgement.findings[root_of(judgement.findings, index)]
            example = (log.name, finding.line, finding.message)
            share = tally.share(poster(log.machine, root), example)
            if share.latest != number:  # times only grow, so that the first of a log is enough
                day = day_of(log.machine, finding, log.data)
                tally.seen(day)
                share.seen(day)
            tally.add(number, log.name, finding)
            share.add(number, log.name, finding)
        for row in judgement.counted:
            key = (machine, row.rule, row.level, row.state)
            tally = self._tallies.get(key)
            if tally is None:
                if len(self._tallies) >= MOST_ROWS:
                    self.untold += row.number
                    continue
                first = _first(judgement, row)
                tally = self._tallies[key] = _Tally((log.name, first.line, first.message))
            tally.add_counted(number, row)
            first = _first(judgement, row)
            cause = first
            if row.because is not None:
                cause = judgement.findings[root_of(judgement.findings, row.because)]
            example = (log.name, first.line, first.message)
            share = tally.share(poster(log.machine, cause), example)
            share.add_counted(number, row)

    def unreadable(self) -> None:
        """Count a log that could not be judged."""
        self.verdicts[UNREADABLE] += 1

    @property
    def logs(self) -> int:
        """How many logs there were."""
        return self.verdicts.total()

    def rows(self) -> list[Row]:
        """The rows: the gravest first, of equal ones the most frequent; policies at the end."""
        rows = [
            Row._make((*key, *tally.numbers, tally.divided()))
            for key, tally in self._tallies.items()
        ]
        return sorted(
            rows,
            key=lambda row: (
                row.level == POLICY,
                LEVELS.index(row.level),
                -row.found,
                -row.following,
                row.rule,
                row.state,
                row.machine,
            ),
        )

    def sentence(self) -> str:
        """The verdicts in a line."""
        parts = [*self.verdicts] if self.logs == 1 else [verdicts_in_words(self.verdicts)]
        if self.differing:
            differ = "differs from its" if self.logs == 1 else "differ from their"
            number = "" if self.logs == 1 else f"{self.differing:,} "
            parts.append(f"{number}{differ} source")
        return f"{self.logs:,} log{'' if self.logs == 1 else 's'}: {', '.join(parts)}"

    def not_judged(self) -> Iterator[str]:
        """What sources do not keep, a sentence each."""
        for text, count in self.lost.items():
            logs = "" if self.logs == 1 else f" in {count:,} log{'' if count == 1 else 's'}"
            yield f"not judged{logs}: {text}"

    def as_json(self) -> dict[str, Any]:
        """The summary as an object of JSON."""
        return {
            "logs": self.logs,
            "events": self.events,
            "verdicts": {
                verdict: self.verdicts[verdict]
                for verdict in VERDICTS
                if self.verdicts[verdict] or verdict in _ALWAYS
            },
            "differing": self.differing,
            "lost": dict(sorted(self.lost.items())),
            "machines": dict(sorted(self.machines.items())),
            "findings": [
                {
                    "machine": row.machine,
                    "rule": row.rule,
                    "level": row.level,
                    "state": row.state,
                    **_numbers(row),
                    "components": [
                        {"by": list(share.by), **_numbers(share)} for share in row.shares
                    ],
                }
                for row in self.rows()
            ],
            "untold": self.untold,
            "waiting": self.waiting.as_json(),
            "stuck": self.stuck.as_json(),
        }


def _numbers(row: Row | Share) -> dict[str, Any]:
    return {
        "count": row.found,
        "following": row.following,
        "logs": row.logs,
        "example": {"log": row.log, "line": row.line, "message": row.message},
        "first_day": row.day,
    }


class Resumed(NamedTuple):
    """Work goes on that was interrupted: what was found before."""

    summary: Summary

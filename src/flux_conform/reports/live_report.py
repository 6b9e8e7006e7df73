"""Growing logs as text or JSON: findings as they come, and each log when it ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any

from flux_conform.checking.finding import (
    UNREADABLE,
    counted_by_rule,
    counted_to_json,
    not_listed,
)
from flux_conform.checking.findings_text import unreadable_line
from flux_conform.checking.posted import poster
from flux_conform.logs.source_items import Problem
from flux_conform.reports.interface import Write
from flux_conform.reports.text_report import TextPage
from flux_conform.rfc.clauses import Links
from flux_conform.session.live import FindingMade, LiveEvent, LogEnded
from flux_conform.session.summary import verdicts_in_words
from flux_conform.session.tally import BOUNDS
from flux_conform.text import finite_json, printable

if TYPE_CHECKING:
    from flux_conform.session.tally import Tally


class LiveReport(ABC):
    """Writes what is found as it comes."""

    def take(self, event: LiveEvent) -> None:
        """Write what was found."""
        match event:
            case FindingMade():
                self.finding(event)
            case LogEnded():
                self.ended(event)
            case Problem(name, error):
                self.unreadable(name, error)

    @abstractmethod
    def finding(self, made: FindingMade) -> None:
        """Write a finding in a line of a log."""

    @abstractmethod
    def ended(self, log: LogEnded) -> None:
        """Write the verdict on a log, and what of it was not judged."""

    @abstractmethod
    def unreadable(self, log: str, error: str) -> None:
        """Write what could not be judged."""

    def close(self, verdicts: Counter[str]) -> None:  # noqa: B027 - JSON has nothing to add
        """Write the number of logs of each verdict."""


class LiveJson(LiveReport):
    """One object a line: each finding as it comes, and each log as it ends.

    With a tally, also what logs do, where `tell_counts` asks for it, and at the end.
    """

    def __init__(self, write: Write, tally: Tally | None = None) -> None:
        self._write = write
        self._tally = tally
        self._told = 0
        """Number of events that the last counts were of."""
        self._lock = Lock()
        """Held while a line is written: counts come from another thread."""
        self._links: dict[str, Links] = {}

    def finding(self, made: FindingMade) -> None:
        """Write the finding with its log and machine."""
        log, machine, _, finding = made
        specification = machine.specification
        if specification.name not in self._links:
            self._links[specification.name] = Links(specification)
        link = self._links[specification.name].of(finding.rule)
        row = {**finding._asdict(), "link": link, "by": list(poster(machine, finding))}
        self._line({"log": log, "machine": specification.name, "finding": row})

    def ended(self, log: LogEnded) -> None:
        """Write the fields of the log."""
        row = {
            "log": log.log,
            "machine": log.machine.specification.name,
            "verdict": log.judgement.verdict,
            "state": log.judgement.state,
            "events": log.judgement.events,
            "found": log.found,
        }
        if log.judgement.waits:
            row["waits"] = [each._asdict() for each in log.judgement.waits]
        if log.judgement.stuck:
            row["stuck"] = [each._asdict() for each in log.judgement.stuck]
        if log.judgement.counted:
            row["counted"] = counted_to_json(log.judgement.counted)
        if log.lost:
            row["lost"] = list(log.lost)
        self._line(row)

    def unreadable(self, log: str, error: str) -> None:
        """Write what could not be judged."""
        self._line({"log": log, "verdict": UNREADABLE, "error": error})

    def tell_counts(self, *, now: bool = False) -> None:
        """Write what logs did so far, if events have come since the last time, or `now`."""
        if self._tally is None:
            return
        with self._tally.lock:
            if not now and self._tally.events == self._told:
                return
            self._told, told = self._tally.events, counts_to_json(self._tally)
        self._line({"counts": told})

    def close(self, verdicts: Counter[str]) -> None:
        """Write the last counts."""
        self.tell_counts(now=True)

    def _line(self, row: dict[str, Any]) -> None:
        with self._lock:
            self._write(f"{finite_json(row)}\n")


def counts_to_json(tally: Tally) -> dict[str, Any]:
    """What the metrics say, as JSON values. Times have the bounds of their buckets."""
    return {
        "jobs": {state: count for state, count in tally.states.items() if count},
        "waiting": {what: count for what, count in tally.waits.items() if count},
        "stuck": tally.stuck,
        "events": tally.events,
        "transitions": [
            {"from": source, "event": event, "to": target, "count": count}
            for (source, event, target), count in sorted(tally.moves.items())
        ],
        "times": {
            state: {
                "sum": times.sum,
                "count": times.count,
                "buckets": [
                    {"most": bound, "count": count}
                    for bound, count in zip((*BOUNDS, None), times.buckets, strict=True)
                ],
            }
            for state, times in sorted(tally.times.items())
        },
        "findings": [
            {"rule": rule, "level": level, "count": count}
            for (rule, level), count in sorted(tally.findings.items())
        ],
        "logs": dict(sorted(tally.verdicts.items())),
        "problems": tally.problems,
    }


class LiveText(TextPage, LiveReport):
    """Findings for people as they come, and a summary at the end."""

    def finding(self, made: FindingMade) -> None:
        """Write the finding with its line."""
        log, machine, line, finding = made
        formatter = self._formatter(machine)
        if formatter.is_shown(finding):
            self._lines(
                formatter.finding(
                    log, lambda number: line if number == finding.line else None, finding
                )
            )

    def ended(self, log: LogEnded) -> None:
        """Write the verdict, and what was counted or not judged."""
        self._line(self._formatter(log.machine).head(log.log, log.judgement))
        self._lines(self._standing(log.judgement))
        for rule, number in counted_by_rule(log.judgement.counted).items():
            self._line(f"  {not_listed(number, printable(rule))}")
        for what in log.lost:
            self._wrapped(f"not judged: {what}")

    def unreadable(self, log: str, error: str) -> None:
        """Write what could not be judged."""
        self._line(unreadable_line(log, error, self._paint))

    def close(self, verdicts: Counter[str]) -> None:
        """Write the number of logs of each verdict."""
        if verdicts.total() > 1:
            self._line(f"{verdicts.total():,} logs: {verdicts_in_words(verdicts)}")

"""What `check --follow` prints: findings as they come, and each log when it ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from typing import Any

from flux_conform.checking.finding import (
    UNREADABLE,
    Judgement,
    counted_by_rule,
    counted_to_json,
    not_listed,
)
from flux_conform.checking.findings_text import FindingFormatter, unreadable_line
from flux_conform.cli.common import report_width, wants_colour
from flux_conform.logs.source_items import Problem
from flux_conform.machine.step import Machine
from flux_conform.rfc.clauses import Links
from flux_conform.session.live import FindingMade, LiveEvent, LogEnded
from flux_conform.session.summary import verdicts_in_words
from flux_conform.text import Paint, finite_json, printable, wrap_hanging


class Lines(ABC):
    """Prints what is found as it comes."""

    def put(self, event: LiveEvent) -> None:
        """Print what was found."""
        match event:
            case FindingMade():
                self.finding(event)
            case LogEnded():
                self.ended(event)
            case Problem(name, error):
                self.unreadable(name, error)

    @abstractmethod
    def finding(self, made: FindingMade) -> None:
        """Print a finding in a line of a log."""

    @abstractmethod
    def ended(self, log: LogEnded) -> None:
        """Print what a log is found to be, and what of it was not judged."""

    @abstractmethod
    def unreadable(self, log: str, error: str) -> None:
        """Print what could not be judged."""

    @abstractmethod
    def close(self, counts: Counter[str]) -> None:
        """Print how many logs there were, by verdict."""


class JsonLines(Lines):
    """An object a line: each finding as it comes, and each log as it ends."""

    def __init__(self) -> None:
        self._links: dict[str, Links] = {}

    def finding(self, made: FindingMade) -> None:
        """Print the finding with its log and machine."""
        log, machine, _, finding = made
        specification = machine.specification
        if specification.name not in self._links:
            self._links[specification.name] = Links(specification)
        link = self._links[specification.name].of(finding.rule)
        told = {**finding._asdict(), "link": link}
        self._print({"log": log, "machine": specification.name, "finding": told})

    def ended(self, log: LogEnded) -> None:
        """Print the fields of the log."""
        machine = log.machine.specification.name
        row = {"verdict": log.verdict, "state": log.state, "events": log.events}
        told = {"log": log.log, "machine": machine, **row, "found": log.found}
        if log.counted:
            told["counted"] = counted_to_json(log.counted)
        if log.lost:
            told["lost"] = list(log.lost)
        self._print(told)

    def unreadable(self, log: str, error: str) -> None:
        """Print what could not be judged."""
        self._print({"log": log, "verdict": UNREADABLE, "error": error})

    def close(self, counts: Counter[str]) -> None:
        """Nothing is left to print."""

    def _print(self, row: dict[str, Any]) -> None:
        print(finite_json(row), flush=True)


class TextLines(Lines):
    """Findings for people as they come, and in the end a sum."""

    def __init__(self) -> None:
        self._paint = Paint(wants_colour())
        self._width = report_width()
        self._tellers: dict[str, FindingFormatter] = {}

    def finding(self, made: FindingMade) -> None:
        """Print the finding with its line."""
        log, machine, line, finding = made
        formatter = self._formatter(machine)
        if not formatter.is_shown(finding):
            return

        def line_of(number: int) -> bytes | None:
            return line if number == finding.line else None

        for text in formatter.finding(log, line_of, finding):
            print(text, flush=True)

    def ended(self, log: LogEnded) -> None:
        """Print the verdict, and what was counted or not judged."""
        judgement = Judgement(log.verdict, log.state, log.events, ())
        print(self._formatter(log.machine).head(log.log, judgement), flush=True)
        for rule, number in counted_by_rule(log.counted).items():
            print(f"  {not_listed(number, printable(rule))}", flush=True)
        for what in log.lost:
            for text in wrap_hanging(f"not judged: {what}", self._width):
                print(self._paint(text, "dim"), flush=True)

    def _formatter(self, machine: Machine) -> FindingFormatter:
        name = machine.specification.name
        if name not in self._tellers:
            self._tellers[name] = FindingFormatter(machine, width=self._width, paint=self._paint)
        return self._tellers[name]

    def unreadable(self, log: str, error: str) -> None:
        """Print what could not be judged."""
        print(unreadable_line(log, error, self._paint), flush=True)

    def close(self, counts: Counter[str]) -> None:
        """Print how many logs there were, by verdict."""
        total = sum(counts.values())
        if total > 1:
            print(f"{total:,} logs: {verdicts_in_words(counts)}")

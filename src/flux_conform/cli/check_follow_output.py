"""What `check --follow` prints: findings as they come, and each log when it ends."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flux_conform.checking.finding import (
    UNREADABLE,
    Finding,
    Judgement,
    counted_by_rule,
    counted_to_json,
    not_listed,
)
from flux_conform.checking.findings_text import Teller, unreadable_line
from flux_conform.checking.incremental import LiveLog
from flux_conform.cli.common import report_width, wants_colour
from flux_conform.machine.step import Machine
from flux_conform.rfc.clauses import Links
from flux_conform.session.summary import verdicts_in_words
from flux_conform.text import Paint, finite_json, printable, wrap_hanging


class JsonLines:
    """An object a line: each finding as it comes, and each log as it ends."""

    def __init__(self) -> None:
        self._links: dict[str, Links] = {}

    def finding(self, machine: Machine, log: str, line: bytes, finding: Finding) -> None:
        """Print a finding in a line of a log."""
        specification = machine.specification
        if specification.name not in self._links:
            self._links[specification.name] = Links(specification)
        link = self._links[specification.name].of(finding.rule)
        told = {**finding._asdict(), "link": link}
        self._print({"log": log, "machine": specification.name, "finding": told})

    def ended(self, log: str, live: LiveLog, lost: tuple[str, ...]) -> None:
        """Print what a log is found to be, and what of it was not judged."""
        machine = live.machine.specification.name
        row = {"verdict": live.verdict, "state": live.state, "events": live.events}
        told = {"log": log, "machine": machine, **row, "found": live.found}
        if live.counted:
            told["counted"] = counted_to_json(live.counted)
        if lost:
            told["lost"] = list(lost)
        self._print(told)

    def unreadable(self, log: str, error: str) -> None:
        """Print what could not be judged."""
        self._print({"log": log, "verdict": UNREADABLE, "error": error})

    def close(self, counts: Counter[str]) -> None:
        """Nothing is left to print."""

    def _print(self, row: dict[str, Any]) -> None:
        print(finite_json(row), flush=True)


class TextLines:
    """Findings for people as they come, and in the end a sum."""

    def __init__(self) -> None:
        self._paint = Paint(wants_colour())
        self._width = report_width()
        self._tellers: dict[str, Teller] = {}

    def finding(self, machine: Machine, log: str, line: bytes, finding: Finding) -> None:
        """Print a finding in a line of a log."""
        teller = self._teller(machine)
        if not teller.is_told(finding):
            return

        def line_of(number: int) -> bytes | None:
            return line if number == finding.line else None

        for text in teller.finding(log, line_of, finding):
            print(text, flush=True)

    def ended(self, log: str, live: LiveLog, lost: tuple[str, ...]) -> None:
        """Print what a log is found to be, and what of it was not judged."""
        judgement = Judgement(live.verdict, live.state, live.events, ())
        print(self._teller(live.machine).head(log, judgement), flush=True)
        for rule, number in counted_by_rule(live.counted).items():
            print(f"  {not_listed(number, printable(rule))}", flush=True)
        for what in lost:
            for text in wrap_hanging(f"not judged: {what}", self._width):
                print(self._paint(text, "dim"), flush=True)

    def _teller(self, machine: Machine) -> Teller:
        name = machine.specification.name
        if name not in self._tellers:
            self._tellers[name] = Teller(machine, width=self._width, paint=self._paint)
        return self._tellers[name]

    def unreadable(self, log: str, error: str) -> None:
        """Print what could not be judged."""
        print(unreadable_line(log, error, self._paint), flush=True)

    def close(self, counts: Counter[str]) -> None:
        """Print how many logs there were, by verdict."""
        total = sum(counts.values())
        if total > 1:
            print(f"{total:,} logs: {verdicts_in_words(counts)}")

"""`check` for programs: one JSON object a line for each log."""

from __future__ import annotations

import json
import sys

from flux_conform.conformance.finding import UNREADABLE, Judgement, to_json
from flux_conform.conformance.machine import Machine
from flux_conform.model.specification import Specification
from flux_conform.rfc.clauses import Links
from flux_conform.text import printable


class JsonOutput:
    """Writes JSON lines as logs are judged; what is no verdict goes to standard error.

    The lines are ASCII, so that they are JSON whatever the locale, and whatever a log holds.
    """

    def __init__(self, specification: Specification) -> None:
        self.links = Links(specification)

    def judged(self, log: str, machine: str, data: bytes, judgement: Judgement) -> None:
        """Print a log's judgement."""
        print(json.dumps(to_json(log, machine, judgement, self.links.of)))

    def unreadable(self, log: str, error: str) -> None:
        """Print that a log could not be judged."""
        row = {"log": log, "verdict": UNREADABLE, "error": error}
        print(json.dumps(row))

    def skipped(self, directory: str, files: int) -> None:
        """Tell of files that are no eventlogs by their names."""
        print(f"{directory}: {files} skipped, no *.eventlog files", file=sys.stderr)

    def close(self) -> None:
        """Nothing is left to tell."""


class JsonSummary:
    """Writes one object, `{"summary": ...}`, when all logs are judged."""

    def __init__(self, machine: Machine, *, times: bool) -> None:
        from flux_conform.conformance.reports.summary import Summary
        from flux_conform.conformance.reports.times import TimesInStates

        self._machine = machine
        self._summary = Summary()
        self._times = TimesInStates() if times else None

    def judged(self, log: str, machine: str, data: bytes, judgement: Judgement) -> None:
        """Count a log."""
        self._summary.judged(log, machine, judgement)
        if self._times is not None:
            from flux_conform.conformance.course import course

            self._times.add(self._machine.specification, course(self._machine, data))

    def unreadable(self, log: str, error: str) -> None:
        """Count a log, and tell of it on standard error."""
        self._summary.unreadable()
        print(f"{printable(log)}: {UNREADABLE}: {printable(error)}", file=sys.stderr)

    def skipped(self, directory: str, files: int) -> None:
        """Tell of files that are no eventlogs by their names."""
        print(f"{directory}: {files} skipped, no *.eventlog files", file=sys.stderr)

    def close(self) -> None:
        """Print the object."""
        told = self._summary.as_json()
        if self._times is not None:
            told["times"] = self._times.as_json()
        print(json.dumps({"summary": told}))

"""`check` for people: each finding with its line in view, in the manner of a compiler."""

from __future__ import annotations

from flux_conform.cli.common import columns, wants_colour
from flux_conform.conformance.course import course
from flux_conform.conformance.finding import UNREADABLE, Judgement
from flux_conform.conformance.machine import Machine
from flux_conform.conformance.reports.summary import Summary
from flux_conform.conformance.reports.summary_text import summary_lines, times_lines
from flux_conform.conformance.reports.times import TimesInStates
from flux_conform.conformance.telling import Teller
from flux_conform.text import Paint, printable

_LISTED = 20
"""Of so many logs each is named; of more only those with findings."""


class TextOutput:
    """Writes findings as logs are judged, and a summary of them all."""

    def __init__(
        self,
        machine: Machine,
        *,
        show_all: bool = False,
        summary_only: bool = False,
        times: bool = False,
    ) -> None:
        self.machine = machine
        self.paint = Paint(wants_colour())
        width = min(110, max(60, columns()))
        self.teller = Teller(machine, width=width, paint=self.paint, show_all=show_all)
        self.summary = Summary()
        self.summary_only = summary_only
        self.times = TimesInStates() if times else None
        self.quiet: list[tuple[str, Judgement]] = []
        self.skips: list[str] = []

    def judged(self, log: str, machine: str, data: bytes, judgement: Judgement) -> None:
        """Print a log's findings; a log without any is kept for the summary."""
        self.summary.judged(log, machine, judgement)
        if self.times is not None:
            self.times.add(self.machine.specification, course(self.machine, data))
        if self.summary_only:
            return
        if not judgement.findings:
            if len(self.quiet) <= _LISTED:
                self.quiet.append((log, judgement))
            return
        print(self.teller.head(log, judgement))
        for line in self.teller.findings(log, data, judgement):
            print(line)
        print()

    def unreadable(self, log: str, error: str) -> None:
        """Print that a log could not be judged."""
        self.summary.unreadable()
        shown = self.paint(printable(log), "bold")
        print(f"{shown}: {self.paint(UNREADABLE, 'red')}: {printable(error)}")

    def skipped(self, directory: str, files: int) -> None:
        """Remember files that are no eventlogs by their names."""
        self.skips.append(f"{printable(directory)}: {files:,} skipped, no *.eventlog files")

    def close(self) -> None:
        """Print the logs without findings, and the summary."""
        if self.summary.logs <= _LISTED:
            for log, judgement in self.quiet:
                print(self.teller.head(log, judgement))
        for text in self.skips:
            print(self.paint(text, "dim"))
        if self.times is not None:
            for line in times_lines(self.times.rows()):
                print(line)
        if self.summary.logs > 1 or self.summary_only:
            for line in summary_lines(self.summary, self.paint):
                print(line)

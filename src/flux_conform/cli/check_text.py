"""`check` for people: each finding with its line in view, in the manner of a compiler."""

from __future__ import annotations

from collections import Counter

from flux_conform.cli.check_repair import Mended
from flux_conform.cli.common import columns, wants_colour
from flux_conform.conformance.finding import (
    CONFORMS,
    INCOMPLETE,
    UNREADABLE,
    VIOLATES,
    Judgement,
)
from flux_conform.conformance.machine import Machine
from flux_conform.conformance.telling import LEVEL_STYLE, Teller
from flux_conform.text import Paint, printable

_LISTED = 20
"""Of so many logs each is named; of more only those with findings."""


class TextOutput:
    """Writes findings as logs are judged, and a summary of them all."""

    def __init__(self, machine: Machine, *, show_all: bool = False) -> None:
        self.paint = Paint(wants_colour())
        width = min(110, max(60, columns()))
        self.teller = Teller(machine, width=width, paint=self.paint, show_all=show_all)
        self.verdicts: Counter[str] = Counter()
        self.rules: Counter[tuple[str, str]] = Counter()
        self.quiet: list[tuple[str, Judgement]] = []
        self.skips: list[str] = []

    def judged(
        self,
        log: str,
        machine: str,
        data: bytes,
        judgement: Judgement,
        mended: Mended | None = None,
    ) -> None:
        """Print a log's findings and how it was mended; one without any waits for the summary."""
        self.verdicts[judgement.verdict] += 1
        if not judgement.findings:
            if len(self.quiet) <= _LISTED:
                self.quiet.append((log, judgement))
            return
        self.rules.update((f.rule, f.level) for f in judgement.findings if self.teller.is_told(f))
        print(self.teller.head(log, judgement))
        for line in self.teller.findings(log, data, judgement):
            print(line)
        if mended is not None:
            for line in mended.lines(self.teller.width, self.paint):
                print(line)
        print()

    def unreadable(self, log: str, error: str) -> None:
        """Print that a log could not be judged."""
        self.verdicts[UNREADABLE] += 1
        shown = self.paint(printable(log), "bold")
        print(f"{shown}: {self.paint(UNREADABLE, 'red')}: {printable(error)}")

    def skipped(self, directory: str, files: int) -> None:
        """Remember files that are no eventlogs by their names."""
        self.skips.append(f"{printable(directory)}: {files:,} skipped, no *.eventlog files")

    def close(self) -> None:
        """Print the logs without findings, and the summary."""
        total = sum(self.verdicts.values())
        if total <= _LISTED:
            for log, judgement in self.quiet:
                print(self.teller.head(log, judgement))
        for text in self.skips:
            print(self.paint(text, "dim"))
        if total <= 1:
            return
        if self.rules:
            print("findings by rule:")
            for (rule, level), count in sorted(self.rules.items()):
                print(f"  {count:>7,}  {self.paint(level, LEVEL_STYLE[level]):<7}  {rule}")
        words = {CONFORMS: "conform", INCOMPLETE: "incomplete", VIOLATES: "violate"}
        parts = [
            f"{self.verdicts[verdict]:,} {words.get(verdict, verdict)}"
            for verdict in (CONFORMS, INCOMPLETE, VIOLATES, UNREADABLE)
            if self.verdicts[verdict]
        ]
        print(f"{total:,} logs: {', '.join(parts)}")

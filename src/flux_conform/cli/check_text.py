"""`check` for people: each finding with its line in view, in the manner of a compiler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flux_conform.cli.common import columns, wants_colour
from flux_conform.cli.sources import skipped_text
from flux_conform.conformance.finding import (
    CONFORMS,
    INCOMPLETE,
    UNREADABLE,
    VIOLATES,
    Judgement,
)
from flux_conform.conformance.machine import Machine
from flux_conform.conformance.telling import LEVEL_STYLE, Teller
from flux_conform.conformance.told import Difference
from flux_conform.logs.found import Skipped, SourcedLog
from flux_conform.text import Paint, field_lines, printable

_LISTED = 20
"""Of so many logs each is named; of more only those with findings."""


class TextOutput:
    """Writes findings as logs are judged, and a summary of them all."""

    def __init__(self, *, show_all: bool = False) -> None:
        self.show_all = show_all
        self.paint = Paint(wants_colour())
        self.width = min(110, max(60, columns()))
        self._tellers: dict[str, Teller] = {}
        self.verdicts: Counter[str] = Counter()
        self.rules: Counter[tuple[str, str]] = Counter()
        self.quiet: list[str] = []
        self.machines: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.differing = 0
        self.skips: list[Skipped] = []

    def judged(
        self,
        log: SourcedLog,
        machine: Machine,
        judgement: Judgement,
        differs: Sequence[Difference] = (),
    ) -> None:
        """Print a log's findings and differences; a log without any is kept for the summary."""
        teller = self._teller(machine)
        self.verdicts[judgement.verdict] += 1
        self.machines[machine.specification.name] += 1
        self.lost.update(log.lost)
        self.differing += bool(differs)
        if not judgement.findings and not differs:
            if len(self.quiet) <= _LISTED:
                self.quiet.append(teller.head(log.name, judgement))
            return
        self.rules.update((f.rule, f.level) for f in judgement.findings if teller.is_told(f))
        print(teller.head(log.name, judgement))
        for difference in differs:
            self._difference(difference)
        for line in teller.findings(log.name, log.data, judgement):
            print(line)
        print()

    def _teller(self, machine: Machine) -> Teller:
        name = machine.specification.name
        if name not in self._tellers:
            self._tellers[name] = Teller(
                machine, width=self.width, paint=self.paint, show_all=self.show_all
            )
        return self._tellers[name]

    def unreadable(self, log: str, error: str) -> None:
        """Print that a log could not be judged."""
        self.verdicts[UNREADABLE] += 1
        shown = self.paint(printable(log), "bold")
        print(f"{shown}: {self.paint(UNREADABLE, 'red')}: {printable(error)}")

    def skipped(self, skipped: Skipped) -> None:
        """Remember what was left out of a source."""
        self.skips.append(skipped)

    def close(self) -> None:
        """Print the logs without findings, and the summary."""
        total = sum(self.verdicts.values())
        if total <= _LISTED:
            for head in self.quiet:
                print(head)
        for skipped in self.skips:
            print(self.paint(skipped_text(skipped), "dim"))
        for text, count in self.lost.items():
            logs = "" if total == 1 else f" in {count:,} log{'' if count == 1 else 's'}"
            print(self.paint(f"not judged{logs}: {text}", "dim"))
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
        if self.differing:
            parts.append(f"{self.differing:,} differ from their source's times")
        print(f"{total:,} logs: {', '.join(parts)}")
        if len(self.machines) > 1:
            counts = (f"{count:,} by {name}" for name, count in sorted(self.machines.items()))
            print(f"judged {', '.join(counts)}")

    def _difference(self, difference: Difference) -> None:
        told, own = (_time(value) for value in (difference.told, difference.replayed))
        says = f"{difference.field} is {told} in the source, {own} in the log"
        for line in field_lines("differs", says, self.width, self.paint, room=9):
            print(line)


def _time(seconds: float | None) -> str:
    return "never" if seconds is None else repr(seconds)

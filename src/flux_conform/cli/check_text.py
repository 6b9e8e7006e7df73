"""`check` for people: each finding with its line in view, in the manner of a compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.checking.findings_text import FindingFormatter, unreadable_line
from flux_conform.cli.common import report_width, wants_colour
from flux_conform.logs.source_items import Skipped
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import Summary
from flux_conform.text import Paint, field_lines, wrap_hanging

if TYPE_CHECKING:
    from flux_conform.machine.step import Machine
    from flux_conform.reports.times import TimesInStates

_LISTED = 20
"""Of so many logs each is named; of more only those with findings."""


class TextOutput:
    """Writes findings as logs are judged, and a summary of them all."""

    def __init__(
        self, *, show_all: bool = False, summary_only: bool = False, times: bool = False
    ) -> None:
        self.paint = Paint(wants_colour())
        self.width = report_width()
        self.show_all = show_all
        self.summary = Summary()
        self.summary_only = summary_only
        self.times: TimesInStates | None = None
        if times:
            from flux_conform.reports.times import TimesInStates

            self.times = TimesInStates()
        self.tellers: dict[str, FindingFormatter] = {}
        self.quiet: list[str] = []
        self.skips: list[str] = []

    def goes_on(self, summary: Summary) -> None:
        """Go on from what was counted before."""
        self.summary = summary

    def judged(self, log: LogJudged) -> None:
        """Print a log's findings; a log without any is kept for the summary."""
        self.summary.judged(log)
        if self.times is not None:
            from flux_conform.checking.transitions import course

            self.times.add(log.machine.specification, course(log.machine, log.data))
        if self.summary_only:
            return
        formatter = self._formatter(log.machine)
        if not log.judgement.findings and not log.differs:
            if len(self.quiet) <= _LISTED:
                self.quiet.append(formatter.head(log.name, log.judgement))
            return
        print(formatter.head(log.name, log.judgement))
        for difference in log.differs:
            for line in field_lines("differs", difference.says, self.width, self.paint, room=9):
                print(line)
        for line in formatter.findings(log.name, log.data, log.judgement, log.waivable()):
            print(line)
        if log.mended is not None:
            for line in log.mended.lines(self.width, self.paint):
                print(line)
        print()

    def unreadable(self, name: str, error: str) -> None:
        """Print that a log could not be judged."""
        self.summary.unreadable()
        print(unreadable_line(name, error, self.paint))

    def skipped(self, skipped: Skipped) -> None:
        """Remember what was left out."""
        self.skips.append(skipped.says)

    def close(self) -> None:
        """Print the logs without findings, and the summary."""
        if self.summary.logs <= _LISTED:
            for head in self.quiet:
                print(head)
        for text in self.skips:
            print(self.paint(text, "dim"))
        for text in self.summary.not_judged():
            for line in wrap_hanging(text, self.width):
                print(self.paint(line, "dim"))
        if self.times is not None:
            from flux_conform.reports.summary_text import times_lines

            for line in times_lines(self.times.rows()):
                print(line)
        if self.summary.logs > 1 or self.summary_only:
            from flux_conform.reports.summary_text import summary_lines

            for line in summary_lines(self.summary, self.paint):
                print(line)

    def _formatter(self, machine: Machine) -> FindingFormatter:
        name = machine.specification.name
        if name not in self.tellers:
            self.tellers[name] = FindingFormatter(
                machine, width=self.width, paint=self.paint, show_all=self.show_all
            )
        return self.tellers[name]

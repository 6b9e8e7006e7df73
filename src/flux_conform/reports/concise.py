"""A line for each finding, as compilers and linters write it: file:line:column: rule message."""

from __future__ import annotations

from flux_conform.checking.finding import consequences, counted_by_rule, not_listed
from flux_conform.checking.waits_text import stuck_sentence
from flux_conform.logs.source_items import Skipped
from flux_conform.reports.interface import Write
from flux_conform.reports.locations import file_of, region, shown_findings
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import Summary, verdicts_in_words
from flux_conform.text import printable


class ConciseReport(Report):
    """Writes findings as logs are judged; `note` takes what was left out.

    Columns count characters from 1. Of logs without findings nothing is written; of several logs
    the verdicts are counted at the end.
    """

    def __init__(self, write: Write, note: Write, *, show_all: bool = False) -> None:
        self._write = write
        self._note = note
        self._show_all = show_all
        self._summary = Summary()

    def goes_on(self, summary: Summary) -> None:
        """Continue with what was counted before."""
        self._summary = summary

    def judged(self, log: LogJudged) -> None:
        """Write the findings of a log; those that only follow from another with that one."""
        self._summary.judged(log)
        name = printable(file_of(log.name))
        for difference in log.differs:
            self._line(f"{name}: differs {printable(difference.says)}")
        for root in shown_findings(log, show_all=self._show_all):
            finding, place = root.finding, region(log, root.finding)
            also = f" ({consequences(root.number)})" if root.number else ""
            waived = f" (waived by {finding.waived_by})" if finding.waived_by is not None else ""
            said = printable(f"{finding.rule} {finding.message}{also}{waived}")
            self._line(f"{name}:{place.line}:{place.start}: {said}")
        for stuck in log.judgement.stuck:
            self._line(f"{name}: {printable(stuck_sentence(stuck))}")
        for rule, number in counted_by_rule(log.judgement.counted).items():
            self._line(f"{name}: {printable(not_listed(number, rule))}")

    def unreadable(self, name: str, error: str) -> None:
        """Write that a log could not be judged."""
        self._summary.unreadable()
        self._line(f"{printable(file_of(name))}: unreadable {printable(error)}")

    def skipped(self, skipped: Skipped) -> None:
        """Note what was left out."""
        self._note(f"{skipped.says}\n")

    def close(self) -> None:
        """Write the verdicts of several logs."""
        verdicts = self._summary.verdicts
        if verdicts.total() > 1:
            self._line(f"{verdicts.total():,} logs: {verdicts_in_words(verdicts)}")

    def _line(self, text: str) -> None:
        self._write(f"{text}\n")

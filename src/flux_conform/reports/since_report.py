"""What is new, gone or otherwise since an earlier run, as text."""

from __future__ import annotations

from flux_conform.checking.findings_text import unreadable_line
from flux_conform.logs.source_items import Skipped
from flux_conform.reports.interface import Write
from flux_conform.session.baseline import Baseline
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged
from flux_conform.text import duration, printable

_MOST_NAMED = 20
"""How many logs that are gone are named."""


class SinceReport(Report):
    """Writes what differs log by log, and the counts at the end; what is as it was is not shown."""

    def __init__(self, write: Write, baseline: Baseline, version: str) -> None:
        """`version` is that of the tool."""
        self._write = write
        self._version = version
        self._baseline = baseline
        self._logs = 0

    def judged(self, log: LogJudged) -> None:
        """Write what became of a log."""
        self._logs += 1
        name = printable(log.name)
        since = self._baseline.since(log)
        if since.rewritten:
            self._line("rewritten", f"{name}: no longer begins with the log of then")
        for finding in since.new:
            place = f"{name}:{finding.line}"
            self._line("new", f"{place}: {finding.level}[{finding.rule}]: {finding.message}")
        for rule, line in since.gone:
            self._line("gone", f"{name}:{line}: {rule}")

    def unreadable(self, name: str, error: str) -> None:
        """Write that a log could not be judged."""
        self._write(f"{unreadable_line(name, error)}\n")

    def skipped(self, skipped: Skipped) -> None:
        """Write what was left out."""
        self._write(f"{skipped.says}\n")

    def close(self) -> None:
        """Write what is gone, what moved, and the counts."""
        baseline, count = self._baseline, self._baseline.counts
        gone = 0
        for name in baseline.gone():
            gone += 1
            if gone <= _MOST_NAMED:
                self._line("gone", f"{printable(name)}: this log did not come again")
        if gone > _MOST_NAMED:
            self._line("gone", f"{gone - _MOST_NAMED:,} more logs")
        for moved in baseline.moved():
            then, now = duration(moved.then), duration(moved.now)
            says = f"{moved.machine}: {now} in {moved.state}, where it was {then} (medians)"
            self._line("times", says)
        if not baseline.has_digests:
            hint = "it holds no digests of logs; write it with --format json --digest"
            self._line("note", f"whether logs were rewritten is not known: {hint}")
        for version in sorted(baseline.versions - {self._version}):
            self._line("note", f"flux-conform {version} judged then, and {self._version} now")
        if count["other rules"]:
            says = f"{count['other rules']:,} logs were judged by another specification then"
            self._line("note", says)
        told = [
            *(f"{count[f'{what} logs']:,} {what}" for what in ("new", "grown", "rewritten")),
            f"{gone:,} gone",
        ]
        findings = f"findings: {count['new findings']:,} new, {count['gone findings']:,} gone"
        self._write(f"{self._logs:,} logs: {', '.join(told)}; {findings}\n")

    def _line(self, what: str, says: str) -> None:
        self._write(f"{what:<9}  {says}\n")

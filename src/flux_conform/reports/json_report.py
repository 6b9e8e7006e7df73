"""A session as JSON: one object a line for each log, or one for the summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from flux_conform.checking.finding import SKIPPED, UNREADABLE, to_json
from flux_conform.checking.findings_text import unreadable_line
from flux_conform.checking.posted import posted
from flux_conform.checking.transitions import course
from flux_conform.logs.lines import Lines
from flux_conform.logs.source_items import Skipped
from flux_conform.reports.interface import Write
from flux_conform.reports.times import TimesInStates
from flux_conform.rfc.clauses import Links
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import Summary
from flux_conform.text import finite_json

if TYPE_CHECKING:
    from flux_conform.checking.window import WindowJudgement
    from flux_conform.session.baseline import Baseline


def _window_row(window: WindowJudgement) -> dict[str, Any]:
    """The fields of a log that may lack events, in addition to those of a judgement."""
    row = {
        "states": list(window.states),
        "begins": window.begins,
        "left_out": list(window.left_out),
        "doubts": [doubt._asdict() for doubt in window.doubts],
    }
    if window.counted_doubts:
        row["counted_doubts"] = dict(window.counted_doubts)
    return row


COUNTED = (
    *("new logs", "grown logs", "rewritten logs", "new findings", "gone findings", "other rules"),
)
"""What is counted of logs since an earlier run."""


class JsonReport(Report):
    """Writes a line for each log as it is judged; `note` takes what people should see as well.

    The lines are ASCII, so that they are JSON whatever the locale, and whatever a log holds.
    """

    def __init__(
        self,
        write: Write,
        note: Write,
        *,
        version: str | None = None,
        baseline: Baseline | None = None,
    ) -> None:
        """With a version of the tool, rows and a last line have what a later run compares with.

        `baseline` is an earlier run.
        """
        self._write = write
        self._note = note
        self._links: dict[str, Links] = {}
        self._version = version
        self._digests: dict[str, str] = {}
        self._compared = 0
        self._baseline = baseline

    def judged(self, log: LogJudged) -> None:
        """Write a log's judgement, and where it differs from what its source says."""
        specification = log.machine.specification
        name = specification.name
        if name not in self._links:
            self._links[name] = Links(specification)
        row: dict[str, Any] = to_json(log.name, name, log.judgement, self._links[name].of)
        waivable = log.waivable()
        line_of = Lines(log.data)
        for found, told in zip(log.judgement.findings, row["findings"], strict=True):
            told |= posted(log.machine, found, line_of).to_json()
            if found in waivable:
                told["waivable_by"] = waivable[found]
        if log.job is not None:
            row["job"] = {"id": log.job.number, "f58": log.job.f58}
        if log.window is not None:
            row |= _window_row(log.window)
        if log.lost:
            row["lost"] = list(log.lost)
        if log.differs:
            row["differs"] = {
                d.field: {"told": d.told, "log": d.replayed}
                | ({} if d.line is None else {"line": d.line, "event": d.event})
                for d in log.differs
            }
        if log.mended is not None:
            row["repairs"] = log.mended.to_json()
        if self._version is not None:
            from flux_conform.session.baseline import digest_of  # most runs have none

            row["digest"] = digest_of(log, self._digests)
            self._compared += 1
        if self._baseline is not None:
            row["since"] = self._since(log, self._baseline)
        self._line(row)

    def _since(self, log: LogJudged, baseline: Baseline) -> dict[str, Any]:
        since = baseline.since(log)
        findings = log.judgement.findings
        left = list(range(len(findings)))
        new = [left.pop(next(i for i, n in enumerate(left) if findings[n] is f)) for f in since.new]
        gone = [{"rule": rule, "line": line} for rule, line in since.gone]
        return {"was": since.was, "new": new, "gone": gone, "rewritten": since.rewritten}

    def close(self) -> None:
        """Write what became of the earlier run, and that nothing is missing, if asked to."""
        baseline = self._baseline
        if baseline is not None:
            told = {
                "file": baseline.path,
                "worse": baseline.is_worse,
                "counts": {each: baseline.counts[each] for each in COUNTED},
                "gone": list(baseline.gone()),
                "times": [moved._asdict() for moved in baseline.moved()],
            }
            self._line({"baseline": told})
        if self._version is not None:
            self._line({"whole": {"logs": self._compared, "version": self._version}})

    def unreadable(self, name: str, error: str) -> None:
        """Write that a log could not be judged."""
        self._line({"log": name, "verdict": UNREADABLE, "error": error})

    def skipped(self, skipped: Skipped) -> None:
        """Write what was left out, and how much."""
        name, number, what = skipped
        self._line({"log": name, "verdict": SKIPPED, "skipped": number, "what": what})
        self._note(f"{skipped.says}\n")

    def _line(self, row: dict[str, Any]) -> None:
        self._write(f"{finite_json(row)}\n")


class JsonSummary(Report):
    """Writes one object, `{"summary": ...}`, when all logs are judged."""

    def __init__(self, write: Write, note: Write, *, times: bool) -> None:
        self._write = write
        self._note = note
        self._summary = Summary()
        self._times = TimesInStates() if times else None
        self._skipped: Counter[str] = Counter()

    def goes_on(self, summary: Summary) -> None:
        """Continue with what was counted before."""
        self._summary = summary

    def judged(self, log: LogJudged) -> None:
        """Count a log."""
        self._summary.judged(log)
        if self._times is not None:
            self._times.add(log.machine.specification, course(log.machine, log.data))

    def unreadable(self, name: str, error: str) -> None:
        """Count a log, and note why it could not be judged."""
        self._summary.unreadable()
        self._note(f"{unreadable_line(name, error)}\n")

    def skipped(self, skipped: Skipped) -> None:
        """Count what was left out, and note it."""
        self._skipped[skipped.what] += skipped.number
        self._note(f"{skipped.says}\n")

    def close(self) -> None:
        """Write the object."""
        told = self._summary.as_json()
        if self._skipped:
            told["skipped"] = dict(sorted(self._skipped.items()))
        if self._times is not None:
            told["times"] = self._times.as_json()
        self._write(f"{finite_json({'summary': told})}\n")

"""`check` for programs: one JSON object a line for each log."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from flux_conform.checking.finding import SKIPPED, UNREADABLE, to_json
from flux_conform.checking.transitions import course
from flux_conform.logs.source_items import Skipped
from flux_conform.reports.times import TimesInStates
from flux_conform.rfc.clauses import Links
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import Summary
from flux_conform.text import finite_json, printable

if TYPE_CHECKING:
    from flux_conform.checking.window import WindowJudgement


def skipped_row(skipped: Skipped) -> dict[str, Any]:
    """What was left out of a source, and how much."""
    return {
        "log": skipped.name,
        "verdict": SKIPPED,
        "skipped": skipped.number,
        "what": skipped.what,
    }


def window_row(window: WindowJudgement) -> dict[str, Any]:
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


class JsonOutput:
    """Writes JSON lines as logs are judged; what is no verdict goes to standard error.

    The lines are ASCII, so that they are JSON whatever the locale, and whatever a log holds.
    """

    def __init__(self) -> None:
        self._links: dict[str, Links] = {}

    def goes_on(self, summary: Summary) -> None:
        """The lines of what was judged before are printed already."""

    def judged(self, log: LogJudged) -> None:
        """Print a log's judgement, and where it differs from what its source says."""
        specification = log.machine.specification
        name = specification.name
        if name not in self._links:
            self._links[name] = Links(specification)
        row: dict[str, Any] = to_json(log.name, name, log.judgement, self._links[name].of)
        waivable = log.waivable()
        for found, told in zip(log.judgement.findings, row["findings"], strict=True):
            if found in waivable:
                told["waivable_by"] = waivable[found]
        if log.job is not None:
            row["job"] = {"id": log.job.number, "f58": log.job.f58}
        if log.window is not None:
            row |= window_row(log.window)
        if log.lost:
            row["lost"] = list(log.lost)
        if log.differs:
            row["differs"] = {d.field: {"told": d.told, "log": d.replayed} for d in log.differs}
        if log.mended is not None:
            row["repairs"] = log.mended.to_json()
        print(finite_json(row))

    def unreadable(self, name: str, error: str) -> None:
        """Print that a log could not be judged."""
        row = {"log": name, "verdict": UNREADABLE, "error": error}
        print(finite_json(row))

    def skipped(self, skipped: Skipped) -> None:
        """Print what was left out, on standard error too, where people see it."""
        print(finite_json(skipped_row(skipped)))
        print(skipped.says, file=sys.stderr)

    def close(self) -> None:
        """Nothing is left to tell."""


class JsonSummary:
    """Writes one object, `{"summary": ...}`, when all logs are judged."""

    def __init__(self, *, times: bool) -> None:
        self._summary = Summary()
        self._times = TimesInStates() if times else None
        self._skipped: Counter[str] = Counter()

    def goes_on(self, summary: Summary) -> None:
        """Go on from what was counted before."""
        self._summary = summary

    def judged(self, log: LogJudged) -> None:
        """Count a log."""
        self._summary.judged(log)
        if self._times is not None:
            self._times.add(log.machine.specification, course(log.machine, log.data))

    def unreadable(self, name: str, error: str) -> None:
        """Count a log, and tell of it on standard error."""
        self._summary.unreadable()
        print(f"{printable(name)}: {UNREADABLE}: {printable(error)}", file=sys.stderr)

    def skipped(self, skipped: Skipped) -> None:
        """Count what was left out, and print it on standard error."""
        self._skipped[skipped.what] += skipped.number
        print(skipped.says, file=sys.stderr)

    def close(self) -> None:
        """Print the object."""
        told = self._summary.as_json()
        if self._skipped:
            told["skipped"] = dict(sorted(self._skipped.items()))
        if self._times is not None:
            told["times"] = self._times.as_json()
        print(finite_json({"summary": told}))

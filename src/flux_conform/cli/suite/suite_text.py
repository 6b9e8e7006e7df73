"""`suite run` for people: how far it is, what failed and where, and the sum of it all."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from flux_conform.cli.common import wants_colour
from flux_conform.cli.terminal import overwrite
from flux_conform.suite.result_text import account, title
from flux_conform.suite.results import (
    ERRORED,
    FAILED,
    KNOWN,
    OUTCOMES,
    PASSED,
    SKIPPED,
    Result,
    SuiteRun,
)
from flux_conform.suite.run import Plan
from flux_conform.text import Paint, printable

_TOLD = 10
"""Of so many causes a failure is shown in full, of the others a line; `every` shows all."""

_LISTED = 40
_NAMED = 5
"""So many other vectors of a cause are named."""

_BADGE = 60
"""Maximum number of characters by which a badge says what it covers."""

_EVERY = 0.2
_STYLES = {PASSED: "green", FAILED: "red", ERRORED: "red", KNOWN: "yellow"}
_WORDS = {KNOWN: "failed as known"}


class TextReport:
    """Tells of a run on standard error while it goes on, and makes its report."""

    def __init__(self, *, every: bool = False) -> None:
        """`every` leaves nothing out of the report."""
        self._every = every
        self._plan: Plan | None = None
        self._live = sys.stderr.isatty()
        self._done = self._bad = 0
        self._last = 0.0

    def begins(self, plan: Plan, remarks: tuple[str, ...]) -> None:
        """Tell what the smoke step found."""
        self._plan = plan
        for remark in remarks:
            print(f"smoke step: {printable(remark)}", file=sys.stderr)

    def told(self, result: Result) -> None:
        """Count a result; on a terminal, show how far the run is."""
        self._done += 1
        self._bad += result.outcome in (FAILED, ERRORED)
        now = time.monotonic()
        if self._live and self._plan is not None and now - self._last > _EVERY:
            self._last = now
            bad = f", {self._bad:,} not as expected" if self._bad else ""
            whole = len(self._plan.vectors)
            overwrite(f"{self._done:,} of {whole:,}{bad} ")

    def ends(self) -> None:
        """Wipe the line that showed how far the run is."""
        if self._live:
            overwrite()

    def report(self, run: SuiteRun, *, colour: bool) -> str:
        """The report as text."""
        paint = Paint(colour and wants_colour())
        lines: list[str] = []
        causes = run.causes()
        told = len(causes) if self._every else _TOLD
        for cause in causes[:told]:
            result, *others = cause.results
            outcome = paint(result.outcome, "bold", _STYLES[result.outcome])
            head = f"{outcome}  {paint(printable(result.vector.id), 'bold')}"
            if others:
                head += printable(f" and {len(others):,} more for one cause: {cause.says}")
            lines.append(head)
            lines += [f"  {printable(line)}".rstrip() for line in account(run, result)]
            lines += self._likewise(others)
            lines.append("")
        for cause in causes[told : told + _LISTED]:
            result, *others = cause.results
            outcome = paint(result.outcome, _STYLES[result.outcome])
            text = f" and {len(others):,} more: {cause.says}" if others else f": {title(result)}"
            lines.append(f"{outcome}  {printable(result.vector.id + text)}")
        left = [result for cause in causes[told + _LISTED :] for result in cause.results]
        if left:
            count = len(causes) - told - _LISTED
            lines.append(
                f"and {count:,} more cause{'' if count == 1 else 's'} ({_vectors(len(left))}); "
                "--all shows them, --format html or json too"
            )
        if len(causes) > told:
            lines.append("")
        lines += self._clauses(run, paint)
        lines += self._apart(run, paint)
        return "\n".join([*lines, self.summary(run, paint)]) + "\n"

    def _likewise(self, others: Sequence[Result]) -> list[str]:
        """The other vectors of a cause."""
        if not others:
            return []
        shown = others if self._every else others[:_NAMED]
        text = ", ".join(printable(result.vector.id) for result in shown)
        if len(others) > len(shown):
            text += f", and {len(others) - len(shown):,} more (--all lists them)"
        return [f"  likewise: {text}"]

    def summary(self, run: SuiteRun, paint: Paint | None = None) -> str:
        """The sum in a line or two."""
        paint = paint or Paint(False)
        counts = run.counts()
        parts = [
            paint(f"{counts[outcome]:,} {_WORDS.get(outcome, outcome)}", *_style(outcome))
            for outcome in OUTCOMES
            if counts[outcome] or outcome == PASSED
        ]
        return (
            f"{printable(run.hello.name)} {printable(run.hello.version)} on suite "
            f"{run.suite.machine} {run.suite.version}: {', '.join(parts)} "
            f"({_vectors(len(run.results))} in {run.seconds:.1f} s; "
            f"compared: {', '.join(run.hello.reports)})"
        )

    @staticmethod
    def badge(run: SuiteRun, covers: str = "") -> tuple[str, str, str]:
        """Label, message and kind of the badge; `covers` is the part of the suite that was run."""
        label, message, kind = TextReport._sum(run)
        counts = run.counts()
        aside = [f"{counts[o]:,} {_WORDS.get(o, o)}" for o in (SKIPPED, KNOWN) if counts[o]]
        if run.all_skipped:
            aside = []
        if len(covers) > _BADGE:
            covers = "a part of the suite"
        told = f"{', '.join([message, *aside])}{f' ({covers})' if covers else ''}"
        return label, printable(told), kind

    @staticmethod
    def _sum(run: SuiteRun) -> tuple[str, str, str]:
        counts = run.counts()
        of_rfc = run.suite.is_of_rfc
        label = f"{'RFC conformance' if of_rfc else 'conformance'}: {run.suite.machine}"
        if counts[ERRORED]:
            return label, f"{counts[ERRORED]:,} errored", "broken"
        if counts[FAILED]:
            return label, f"{counts[FAILED]:,} of {len(run.results):,} failed", "bad"
        if run.all_skipped:
            return label, "all skipped", "broken"
        # Where all that was tried failed as known, nothing speaks for the reader.
        return label, f"{counts[PASSED]:,} passed", "good" if counts[PASSED] else "bad"

    def _clauses(self, run: SuiteRun, paint: Paint) -> list[str]:
        """The clauses of which not all vectors passed."""
        rows = [
            clause
            for clause in run.clauses()
            if any(clause.counts[outcome] for outcome in (FAILED, ERRORED, KNOWN))
        ]
        if not rows:
            return []
        lines = ["by clause, where not all passed:"]
        for clause in rows:
            parts = [
                paint(f"{number} {_WORDS.get(outcome, outcome)}", *_style(outcome))
                for outcome, number in clause.counts.items()
                if number
            ]
            lines.append(f"  {printable(clause.id):<36}  {', '.join(parts)}")
        return [*lines, ""]

    def _apart(self, run: SuiteRun, paint: Paint) -> list[str]:
        """What neither passes nor fails, and what is to be said beside."""
        lines = []
        if run.reads:
            count = len(run.contested())
            lines.append(f"open questions, on which {_vectors(count)} rest{'s' * (count == 1)}:")
            lines += [f"  {printable(str(read))}" for read in run.reads]
        reasons: dict[str, int] = {}
        for result in run.of(SKIPPED):
            reasons[result.why] = reasons.get(result.why, 0) + 1
        listed = sorted(reasons.items())
        for why, number in listed if self._every else listed[:_LISTED]:
            lines.append(f"{number:,} skipped: {printable(why)}")
        if len(listed) > _LISTED and not self._every:
            left = sum(number for _, number in listed[_LISTED:])
            lines.append(f"{left:,} skipped for other reasons; --all lists them")
        if run.all_skipped:
            lines.append(paint("the harness skipped every vector: nothing was tested", "red"))
        if whole := run.rejected_whole():
            lines.append(f"rejected whole, so that no states were compared: {_vectors(whole)}")
        for entry in run.mended():
            lines.append(
                paint(f"a known failure passes again: {entry.pattern}", "red")
                + f"; take it out of line {entry.line} of the file"
            )
        for entry in run.unused():
            lines.append(
                f"a known failure that names no vector: {entry.pattern}, line {entry.line}"
            )
        if run.strange:
            known = ", ".join(sorted(run.suite.job_fields))
            strange = ", ".join(printable(field) for field in run.strange)
            lines.append(
                f"fields that the suite does not know, not compared: {strange}; it knows {known}"
            )
        lines += [f"the harness: {printable(remark)}" for remark in run.remarks]
        return [*lines, ""] if lines else []


def _vectors(number: int) -> str:
    return f"{number:,} vector{'' if number == 1 else 's'}"


def _style(outcome: str) -> tuple[str, ...]:
    return (_STYLES[outcome],) if outcome in _STYLES else ()

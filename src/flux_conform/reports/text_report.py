"""A session as text: each finding with its line in view, in the manner of a compiler."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flux_conform.checking.finding import not_listed
from flux_conform.checking.findings_text import VERDICT_STYLE, FindingFormatter, unreadable_line
from flux_conform.checking.waits_text import stuck_sentence, waits_sentence
from flux_conform.reports.interface import Write
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import Summary, verdicts_in_words
from flux_conform.text import Paint, field_lines, printable, wrap_hanging

if TYPE_CHECKING:
    from flux_conform.checking.finding import Judgement
    from flux_conform.logs.source_items import Skipped
    from flux_conform.machine.step import Machine
    from flux_conform.reports.times import TimesInStates

_MAX_LISTED = 20
"""Maximum number of logs up to which each is named; of more logs, only those with findings."""


class TextPage:
    """Writes lines of text, with the formatter of each machine."""

    def __init__(self, write: Write, paint: Paint, width: int, *, show_all: bool = False) -> None:
        self._write = write
        self._paint = paint
        self._width = width
        self._show_all = show_all
        self._formatters: dict[str, FindingFormatter] = {}

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._write(f"{line}\n")

    def _line(self, line: str) -> None:
        self._write(f"{line}\n")

    def _wrapped(self, text: str) -> None:
        self._lines(self._paint(line, "dim") for line in wrap_hanging(text, self._width))

    def _standing(self, judgement: Judgement, now: float | None = None) -> list[str]:
        """What a log waits for by `now`, or else by its last event, and whether it is stuck."""
        lines: list[str] = []
        if judgement.waits:
            lines += wrap_hanging(
                f"  {printable(waits_sentence(judgement.waits, now))}", self._width
            )
        for stuck in judgement.stuck:
            sentence = f"  {self._paint(printable(stuck_sentence(stuck)), 'yellow')}"
            lines += wrap_hanging(sentence, self._width)
        return lines

    def _formatter(self, machine: Machine) -> FindingFormatter:
        name = machine.specification.name
        if name not in self._formatters:
            self._formatters[name] = FindingFormatter(
                machine, width=self._width, paint=self._paint, show_all=self._show_all
            )
        return self._formatters[name]


class TextReport(TextPage, Report):
    """Writes findings as logs are judged, and a summary of all logs."""

    def __init__(
        self,
        write: Write,
        paint: Paint,
        width: int,
        *,
        show_all: bool = False,
        summary_only: bool = False,
        times: bool = False,
        now: float | None = None,
    ) -> None:
        """`now` is the time up to which it is told how long logs wait; or else their last event."""
        super().__init__(write, paint, width, show_all=show_all)
        self._now = now
        self._summary = Summary()
        self._summary_only = summary_only
        self._times: TimesInStates | None = None
        if times:
            from flux_conform.reports.times import TimesInStates

            self._times = TimesInStates()
        self._quiet: list[list[str]] = []
        self._skips: list[str] = []

    def goes_on(self, summary: Summary) -> None:
        """Continue with what was counted before."""
        self._summary = summary

    def judged(self, log: LogJudged) -> None:
        """Write a log's findings; a log without any is kept for the summary."""
        self._summary.judged(log)
        if self._times is not None:
            from flux_conform.checking.transitions import course

            self._times.add(log.machine.specification, course(log.machine, log.data))
        if self._summary_only:
            return
        formatter = self._formatter(log.machine)
        head = [formatter.head(log.name, log.judgement)]
        head += self._standing(log.judgement, self._now)
        if not (log.judgement.findings or log.differs or log.judgement.stuck):
            if len(self._quiet) <= _MAX_LISTED:
                self._quiet.append(head)
            return
        self._lines(head)
        for difference in log.differs:
            says = difference.says
            self._lines(field_lines("differs", says, self._width, self._paint, room=9))
        self._lines(formatter.findings(log.name, log.data, log.judgement, log.waivable()))
        if log.mended is not None:
            self._lines(log.mended.lines(self._width, self._paint))
        self._line("")

    def unreadable(self, name: str, error: str) -> None:
        """Write that a log could not be judged."""
        self._summary.unreadable()
        self._line(unreadable_line(name, error, self._paint))

    def skipped(self, skipped: Skipped) -> None:
        """Keep what was left out for the summary."""
        self._skips.append(skipped.says)

    def close(self) -> None:
        """Write the logs without findings, and the summary."""
        if self._summary.logs <= _MAX_LISTED:
            self._lines(line for lines in self._quiet for line in lines)
        self._lines(self._paint(text, "dim") for text in self._skips)
        for text in self._summary.not_judged():
            self._wrapped(text)
        if self._times is not None:
            from flux_conform.reports.summary_text import times_lines

            self._lines(times_lines(self._times.rows()))
        if self._summary.logs > 1 or self._summary_only:
            from flux_conform.reports.summary_text import summary_lines, waiting_lines

            self._lines(waiting_lines(self._summary, self._now))
            self._lines(summary_lines(self._summary, self._paint))


class WindowReport(TextPage, Report):
    """Writes windows of logs: the verdict, what no past explains, and what depends on the past."""

    def __init__(self, write: Write, note: Write, paint: Paint, width: int) -> None:
        super().__init__(write, paint, width)
        self._note = note
        self._summary = Summary()

    def judged(self, log: LogJudged) -> None:
        """Write what is found in a window."""
        window, paint = log.window, self._paint
        assert window is not None
        self._summary.judged(log)
        verdict = paint(window.verdict, "bold", VERDICT_STYLE[window.verdict])
        events = f"{window.events} event{'' if window.events == 1 else 's'}"
        ends = "ends in" if len(window.states) == 1 else "may end in"
        begins = "" if window.begins else ", the beginning is missing"
        name = paint(printable(log.name), "bold")
        self._line(f"{name}: {verdict} ({events}, {ends} {log.judgement.state}{begins})")
        self._lines(f"  line {line} is a fragment, and left out" for line in window.left_out)
        self._lines(self._standing(log.judgement))
        for why in log.lost:
            self._lines(field_lines("not judged", why, self._width, paint, room=12))
        formatter = self._formatter(log.machine)
        self._lines(formatter.findings(log.name, log.data, log.judgement, log.waivable()))
        if window.doubts:
            self._line(paint("  it hangs on what came before:", "yellow"))
        room = max((len(f"line {doubt.line}: ") for doubt in window.doubts), default=0)
        for doubt in window.doubts:
            text = f"{doubt.says} ({doubt.rule})" if doubt.rule else doubt.says
            label = f"line {doubt.line}"
            lines = field_lines(label, text, self._width, paint, room=max(9, room))
            self._lines(f"  {line}" for line in lines)
        for rule, number in window.counted_doubts:
            self._line(f"  {not_listed(number, rule or 'doubts')}")

    def unreadable(self, name: str, error: str) -> None:
        """Write that a window could not be judged."""
        self._summary.unreadable()
        self._line(unreadable_line(name, error, self._paint))

    def skipped(self, skipped: Skipped) -> None:
        """Note what was left out."""
        self._note(f"{skipped.says}\n")

    def close(self) -> None:
        """Write the number of windows of each verdict."""
        if self._summary.logs > 1:
            verdicts = verdicts_in_words(self._summary.verdicts)
            self._line(f"{self._summary.logs:,} windows: {verdicts}")

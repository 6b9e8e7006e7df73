"""`rfc check` for people: each difference with its line in view, and what was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flux_conform.cli.common import output_paint, report_width
from flux_conform.text import cut_around, field_lines, printable

if TYPE_CHECKING:
    from flux_conform.rfc.difference import Difference
    from flux_conform.rfc.source_check import Counts, Report

_WORDS = {
    "states": ("state", "states"),
    "virtual_states": ("virtual state", "virtual states"),
    "events": ("event", "events"),
    "keys": ("key", "keys"),
    "examples": ("example", "examples"),
    "edges": ("edge", "edges"),
    "sentences": ("sentence", "sentences"),
}


def print_report(report: Report) -> None:
    """Print the differences, then the notes, then what was read."""
    from flux_conform.rfc.difference import NOTE

    page = _Page(report)
    for difference in report.differences:
        if difference.level != NOTE:
            page.difference(difference)
    notes = [difference for difference in report.differences if difference.level == NOTE]
    for note in notes:
        page.note(note)
    if notes:
        print()
    page.summary(len(report.differences) - len(notes))


class _Page:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.paint = output_paint()
        self.width = report_width()

    def difference(self, difference: Difference) -> None:
        """One difference, in the manner of a compiler."""
        head = self.paint(difference.kind, "bold", "red")
        print(f"{head}: {self.paint(printable(difference.what), 'bold')}")
        place = f"{printable(difference.file)}:{difference.line}"
        print(f"  {self.paint('-->', 'blue')} {place}")
        self._excerpt(difference)
        rule = f" ({difference.rule})" if difference.rule else ""
        self._field("model", f"{difference.model}{rule}")
        self._field("to do", difference.remedy)
        print()

    def note(self, note: Difference) -> None:
        """A note, in one line where it fits."""
        parts = [note.what, note.model, note.remedy]
        place = f"{note.file}:{note.line}"
        text = f"note: {place}: {'; '.join(part for part in parts if part)}"
        print(self.paint(printable(text), "dim"))

    def summary(self, differences: int) -> None:
        """What was read, and how many differences there are."""
        report = self.report
        print(f"text:    {printable(report.file)}: {_counted(report.text)}")
        if report.drawn is not None:
            print(f"diagram: {printable(report.diagram or '')}: {_counted(report.drawn)}")
        print(f"model:   {printable(report.machine)}: {_counted(report.model)}")
        if report.ties is not None and report.answers is not None:
            print(f"ties:    {printable(report.ties)}: {_answered(report.answers)}")
        if differences:
            words = f"{differences} difference{'s' if differences > 1 else ''}"
            print(self.paint(words, "bold", "red"))
        else:
            print(self.paint("no difference", "bold", "green"))

    def _excerpt(self, difference: Difference) -> None:
        lines: Sequence[str] = self.report.lines.get(difference.file, ())
        if not 1 <= difference.line <= len(lines):
            return
        text = printable(lines[difference.line - 1])
        mark = printable(difference.mark)
        start, length = text.find(mark) if mark else -1, len(mark)
        if start < 0:
            start = len(text) - len(text.lstrip())
            length = max(1, len(text.strip()))
        number = str(difference.line)
        bar = self.paint("|", "blue")
        room = self.width - len(number) - 6
        shown, start, length = cut_around(text, start, length, room)
        gap = " " * len(number)
        print(f"  {gap} {bar}")
        print(f"  {self.paint(number, 'blue')} {bar} {shown}")
        print(f"  {gap} {bar} {' ' * start}{self.paint('^' * length, 'red')}")

    def _field(self, name: str, text: str) -> None:
        if text:
            for line in field_lines(name, text, self.width, self.paint, room=7):
                print(line)


_ANSWERED = {
    "rules": "by rules",
    "claims": "by claims",
    "questions": "by open questions",
    "model": "by states and events",
    "unchecked": "cannot be checked",
}


def _answered(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts[kind]} {words}" for kind, words in _ANSWERED.items() if counts[kind])


def _counted(counts: Counts) -> str:
    parts = []
    for field, (one, many) in _WORDS.items():
        count: int | None = getattr(counts, field)
        if count is not None:
            parts.append(f"{count} {one if count == 1 else many}")
    return ", ".join(parts)

"""`check --partial`: windows of logs, whose beginning or end is missing."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from flux_conform.checking.finding import (
    UNREADABLE,
    VIOLATES,
    Judgement,
    counted_to_json,
    not_listed,
)
from flux_conform.checking.findings_text import VERDICT_STYLE, FindingFormatter, unreadable_line
from flux_conform.cli.check_json import skipped_row, window_row
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    UsageError,
    report_width,
    wants_colour,
)
from flux_conform.cli.log_options import machines_of, wanted_job
from flux_conform.logs.source_items import Problem, Skipped
from flux_conform.rfc.clauses import Links
from flux_conform.session.summary import verdicts_in_words
from flux_conform.session.windows import WindowJudged, judged_windows
from flux_conform.text import Paint, field_lines, finite_json, printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.checking.judge import Options


def check_windows(arguments: argparse.Namespace, options: Options) -> int:
    """Judge each log as a window and print what is found; the exit code."""
    if arguments.previous is not None:
        raise UsageError("--previous compares whole logs, and --partial takes parts; give one")
    output = _Json() if arguments.format == "json" else _Text()
    counts: Counter[str] = Counter()
    machines, job = machines_of(arguments), wanted_job(arguments)
    for event in judged_windows(arguments.paths, machines, options, job):
        match event:
            case WindowJudged():
                counts[event.judgement.verdict] += 1
                output.window(event)
            case Problem(name, error):
                counts[UNREADABLE] += 1
                output.unreadable(name, error)
            case Skipped():
                print(event.says, file=sys.stderr)
                output.skipped(event)
    output.close(counts)
    if counts[UNREADABLE]:
        return EXIT_ERROR
    return EXIT_BAD if counts[VIOLATES] else EXIT_GOOD


class _Json:
    """One object a line for each window, as verdict.schema.json lays down."""

    def skipped(self, skipped: Skipped) -> None:
        print(finite_json(skipped_row(skipped)))

    def window(self, judged: WindowJudged) -> None:
        window = judged.judgement
        specification = judged.machine.specification
        links = Links(specification)
        waives = judged.waivable()
        row: dict[str, Any] = {
            "log": judged.log,
            "machine": specification.name,
            "verdict": window.verdict,
            "state": " or ".join(window.states),
            "events": window.events,
            "findings": [
                {
                    **found._asdict(),
                    "link": links.of(found.rule),
                    **({"waivable_by": waives[found]} if found in waives else {}),
                }
                for found in window.findings
            ],
            **window_row(window),
        }
        if judged.lost:
            row["lost"] = list(judged.lost)
        if window.counted:
            row["counted"] = counted_to_json(window.counted)
        print(finite_json(row))

    def unreadable(self, log: str, error: str) -> None:
        print(finite_json({"log": log, "verdict": UNREADABLE, "error": error}))

    def close(self, counts: Counter[str]) -> None:
        pass


class _Text:
    """Windows for people: the verdict, what no past explains, and what hangs on the past."""

    def __init__(self) -> None:
        self._paint = Paint(wants_colour())
        self._width = report_width()

    def skipped(self, skipped: Skipped) -> None:
        """It is said on standard error."""

    def window(self, judged: WindowJudged) -> None:
        window, paint = judged.judgement, self._paint
        formatter = FindingFormatter(judged.machine, width=self._width, paint=paint)
        verdict = paint(window.verdict, "bold", VERDICT_STYLE[window.verdict])
        events = f"{window.events} event{'' if window.events == 1 else 's'}"
        where = f"may end in {' or '.join(window.states)}"
        if len(window.states) == 1:
            where = f"ends in {window.states[0]}"
        begins = "" if window.begins else ", the beginning is missing"
        print(f"{paint(printable(judged.log), 'bold')}: {verdict} ({events}, {where}{begins})")
        for line in window.left_out:
            print(f"  line {line} is a fragment, and left out")
        for why in judged.lost:
            for text in field_lines("not judged", why, self._width, paint, room=12):
                print(text)
        judgement = Judgement(VIOLATES, where, window.events, window.findings, window.counted)
        for text in formatter.findings(judged.log, judged.data, judgement, judged.waivable()):
            print(text)
        if window.doubts:
            print(paint("  it hangs on what came before:", "yellow"))
        room = max((len(f"line {doubt.line}: ") for doubt in window.doubts), default=0)
        for doubt in window.doubts:
            rule = f" ({doubt.rule})" if doubt.rule else ""
            for text in field_lines(
                f"line {doubt.line}", f"{doubt.says}{rule}", self._width, paint, room=max(9, room)
            ):
                print(f"  {text}")
        for rule, number in window.counted_doubts:
            print(f"  {not_listed(number, rule or 'doubts')}")

    def unreadable(self, log: str, error: str) -> None:
        print(unreadable_line(log, error, self._paint))

    def close(self, counts: Counter[str]) -> None:
        total = sum(counts.values())
        if total > 1:
            print(f"{total:,} windows: {verdicts_in_words(counts)}")

"""`check --partial`: windows of logs, whose beginning or end is missing."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from flux_conform.checking.finding import (
    UNREADABLE,
    VIOLATES,
    Judgement,
    counted_to_json,
    not_listed,
)
from flux_conform.checking.findings_text import VERDICT_STYLE, Teller, unreadable_line
from flux_conform.checking.lacking import LackingJudge
from flux_conform.checking.waivable import waivable
from flux_conform.checking.window import WindowJudgement, judge_window
from flux_conform.cli.check_json import skipped_row, window_row
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    UsageError,
    report_width,
    wants_colour,
)
from flux_conform.cli.sources import machines_of, wanted_job
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.found import Problem, Skipped, SourcedLog
from flux_conform.machine.step import Machine
from flux_conform.rfc.clauses import Links
from flux_conform.session.summary import verdicts_in_words
from flux_conform.text import Paint, field_lines, finite_json, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from flux_conform.checking.finding import Finding
    from flux_conform.checking.judge import Options


class _Window(NamedTuple):
    """A window that was judged; `lost` is what of its source was not."""

    log: str
    machine: Machine
    data: bytes
    judgement: WindowJudgement
    lost: tuple[str, ...]

    def waivable(self) -> Mapping[Finding, str]:
        """The findings that shipped deviations would waive, with their names."""
        return waivable(
            self.judgement.findings,
            lambda options: judge_window(self.machine, self.data, options).findings,
        )


def check_windows(arguments: argparse.Namespace, options: Options) -> int:
    """Judge each log as a window and print what is found; the exit code."""
    if arguments.previous is not None:
        raise UsageError("--previous compares whole logs, and --partial takes parts; give one")
    machines = machines_of(arguments)
    made: dict[str, Machine] = {}
    lacking = LackingJudge(options)
    output = _Json() if arguments.format == "json" else _Text()
    counts: Counter[str] = Counter()
    for found in machines.read(arguments.paths, wanted_job(arguments)):
        if isinstance(found, Skipped):
            print(found.says, file=sys.stderr)
            output.skipped(found)
            continue
        problem = found if isinstance(found, Problem) else None
        if isinstance(found, SourcedLog):
            specification = machines.of(found.kind)
            machine = made.setdefault(specification.name, Machine(specification))
            try:
                window = judge_window(machine, found.data, options)
                lacks = lacking.judged(machine, found, window.verdict)
            except UnreadableLog as error:
                problem = Problem(found.name, str(error))
            else:
                lost = lacks.lost if lacks is not None else found.lost
                window = (lacks.window if lacks is not None else None) or window
                counts[window.verdict] += 1
                output.window(_Window(found.name, machine, found.data, window, lost))
        if problem is not None:
            counts[UNREADABLE] += 1
            output.unreadable(problem.name, problem.error)
    output.close(counts)
    if counts[UNREADABLE]:
        return EXIT_ERROR
    return EXIT_BAD if counts[VIOLATES] else EXIT_GOOD


class _Json:
    """One object a line for each window, as verdict.schema.json lays down."""

    def skipped(self, skipped: Skipped) -> None:
        print(finite_json(skipped_row(skipped)))

    def window(self, judged: _Window) -> None:
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

    def window(self, judged: _Window) -> None:
        window, paint = judged.judgement, self._paint
        teller = Teller(judged.machine, width=self._width, paint=paint)
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
        for text in teller.findings(judged.log, judged.data, judgement, judged.waivable()):
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

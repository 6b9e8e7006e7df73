"""Show the state after each event of a log, and what the log reports at its end.

Events that have no effect where they stand are marked; `flux-conform check` says what is wrong
with them. The log comes from any source that `flux-conform check` reads; of one with many, --job
takes one. The exit code is 0, or 1 where a log is empty, as `check` says, or 2 where one could not
be read.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from flux_conform.cli.common import (
    add_format_option,
    exit_code,
    output_paint,
    report_width,
)
from flux_conform.cli.log_options import (
    add_log_options,
    machines_of,
    wanted_job,
)
from flux_conform.cli.terminal import note, write
from flux_conform.text import finite_json, printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.checking.replay import Replay
    from flux_conform.session.delivery import Report

_MARKS = {
    "stays": "",
    "moves": "→",
    "silent": "?",
    "undefined": "✗",
    "captive": "✗",
    "removed": "✗",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_log_options(parser, by_kind=True)
    add_format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Replay the logs, print them, and give the exit code."""
    from flux_conform.checking.judge import judge
    from flux_conform.checking.replay import replay
    from flux_conform.logs.eventlog import UnreadableLog
    from flux_conform.logs.source_items import Problem, Skipped
    from flux_conform.machine.step import Machine
    from flux_conform.reports.json_report import JsonReport
    from flux_conform.reports.text_report import TextReport
    from flux_conform.session.events import LogJudged

    specifications = machines_of(arguments)
    machines: dict[str, Machine] = {}
    is_json = arguments.format == "json"
    show = _write_json if is_json else _write_text
    report: Report = JsonReport(write, note)
    if not is_json:
        report = TextReport(write, output_paint(), report_width())
    errors = bad = False
    for found in specifications.read(arguments.paths, wanted_job(arguments)):
        if isinstance(found, Skipped):
            print(found.says, file=sys.stderr)
            continue
        if isinstance(found, Problem):
            errors = True
            report.unreadable(found.name, found.error)
            continue
        specification = specifications.of(found.kind)
        if specification.name not in machines:
            machines[specification.name] = Machine(specification, report=True)
        machine = machines[specification.name]
        try:
            if found.data:
                show(found.name, specification.name, replay(machine, found.data))
            else:  # there is nothing to replay, and to `check` it is a fault
                bad = True
                report.judged(LogJudged(found.name, machine, b"", judge(machine, b"")))
        except UnreadableLog as error:
            errors = True
            report.unreadable(found.name, str(error))
        else:
            for text in found.lost:
                print(f"{printable(found.name)}: note: {text}", file=sys.stderr)
    return exit_code(errors=errors, bad=bad)


def _write_json(log: str, machine: str, replayed: Replay) -> None:
    events = [event._asdict() for event in replayed.events]
    row = {
        "log": log,
        "machine": machine,
        "state": replayed.state,
        "events": events,
        "unread_lines": list(replayed.unread),
        "report": replayed.report,
    }
    print(finite_json(row, default=repr))


def _write_text(log: str, machine: str, replayed: Replay) -> None:
    paint = output_paint()
    name = paint(printable(log), "bold")
    count = len(replayed.events)
    events = f"{count} event{'' if count == 1 else 's'}"
    print(f"{name}: {events}, ends in {replayed.state}\n")
    start = next((e.timestamp for e in replayed.events if e.timestamp is not None), 0)
    width = max((len(event.event) for event in replayed.events), default=0)
    width = min(40, max(width, len("event")))
    print(paint(f"{'line':>5}  {'seconds':>12}  {'event':<{width}}    state after it", "dim"))
    for event in replayed.events:
        when = _seconds(event.timestamp, start)
        mark = _MARKS[event.outcome]
        state = paint(event.state, "bold") if mark == "→" else event.state
        style = ("red",) if mark == "✗" else ("dim",)
        note = f"  ({event.outcome} here, no effect)" if mark == "✗" else ""
        print(
            f"{event.line:>5}  {when:>12}  {printable(event.event):<{width}}  "
            f"{paint(mark or ' ', *style)} {state}{note}"
        )
    if replayed.unread:
        lines = ", ".join(map(str, replayed.unread[:8]))
        print(f"\nno events in line{'s' if len(replayed.unread) > 1 else ''} {lines}")
    if any(value is not None for value in replayed.report.values()):
        print(f"\n{machine}:")
        for field, value in replayed.report.items():
            if value is not None:
                print(f"  {field:<12}  {_shown(value)}")
    print()


def _seconds(timestamp: int | float | None, start: int | float) -> str:
    if timestamp is None:
        return "?"
    try:
        return f"{float(timestamp - start):+.6f}"
    except OverflowError:  # an integer of hundreds of digits is a number to JSON
        return "far off"


def _shown(value: Any) -> str:
    shown = (
        value if isinstance(value, str) else finite_json(value, ensure_ascii=False, default=repr)
    )
    return printable(shown)

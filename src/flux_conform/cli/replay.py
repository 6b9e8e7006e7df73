"""Show the state after each event of a log, and what the log reports at its end.

Of each event the keys are shown that the specification reads, of a log that has not ended what it
waits for, and at the end the time in each state. Events that have no effect where they stand are
marked; `flux-conform check` says what is wrong with them. The log comes from any source that
`flux-conform check` reads; of one with many, --job takes one. With --all the logs of one job, its
jobspec and R are one timeline, where the source keeps them together. The exit code is 0, or 1 where
a log is empty, as `check` says, or 2 where one could not be read.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from flux_conform.checking.waits_text import seconds, stuck_sentence, waits_sentence
from flux_conform.cli.common import (
    UsageError,
    add_format_option,
    exit_code,
    output_paint,
    report_width,
    usage_errors,
)
from flux_conform.cli.log_options import (
    add_log_options,
    add_rules_option,
    machines_of,
    wanted_job,
)
from flux_conform.cli.terminal import note, write
from flux_conform.text import cut, duration, finite_json, printable, utc

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from flux_conform.checking.other_names import OtherNames
    from flux_conform.checking.replay import Replay
    from flux_conform.logs.source_items import SourceItem
    from flux_conform.machine.step import Machine
    from flux_conform.session.delivery import Report
    from flux_conform.session.machines import Machines

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
    add_rules_option(parser)
    parser.add_argument(
        "--all",
        action="store_true",
        help="show the logs of each job, its jobspec and R as one timeline (dumps, content stores, "
        "and unpacked dumps)",
    )
    parser.add_argument(
        "--names",
        metavar="NAME|FILE",
        help="also show what others call a job after each event: slurm, psij, psij-executor, or a "
        "change on a specification that adds fields to its report",
    )
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
    naming = _naming(arguments)
    report: Report = JsonReport(write, note)
    if not is_json:
        report = TextReport(write, output_paint(), report_width())
    errors = bad = False
    for found in _found(arguments, specifications):
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
                replayed = replay(machine, found.data)
                names = []
                if naming is not None and naming.machine.specification.name == specification.name:
                    names = naming.after_each(found.data)
                show(found.name, machine, replayed, names)
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


def _found(arguments: argparse.Namespace, specifications: Machines) -> Iterator[SourceItem]:
    """What is to be replayed. Raises UsageError and SessionError."""
    job = wanted_job(arguments)
    if not arguments.all:
        return specifications.read(arguments.paths, job)
    if arguments.machine is not None:
        raise UsageError("--all has a specification of its own; leave --machine out")
    from flux_conform.session.together import Together

    together = Together()
    specifications.add(together.specification)
    found = specifications.read(arguments.paths, job, documents=together.documents)
    return together.timelines(found)


def _naming(arguments: argparse.Namespace) -> OtherNames | None:
    """The names that `--names` asks for. Raises UsageError and SpecificationFaults."""
    if arguments.names is None:
        return None
    from flux_conform.checking.other_names import OtherNames, UnknownNames

    with usage_errors(UnknownNames, prefix="--names: "):
        return OtherNames(arguments.names)


def _write_json(log: str, machine: Machine, replayed: Replay, names: list[dict[str, Any]]) -> None:
    events = [event._asdict() for event in replayed.events]
    for event, named in zip(events, names, strict=False):
        event["names"] = named
    row = {
        "log": log,
        "machine": machine.specification.name,
        "state": replayed.state,
        "events": events,
        "unread_lines": list(replayed.unread),
        "report": replayed.report,
        "waits": [each._asdict() for each in replayed.waits],
        "stuck": [each._asdict() for each in replayed.stuck],
        "times": [
            {"state": state, **stay._asdict(), "ends_here": state == replayed.state}
            for state, stay in replayed.stays.items()
        ],
    }
    print(finite_json(row, default=repr))


def _write_text(log: str, machine: Machine, replayed: Replay, names: list[dict[str, Any]]) -> None:
    paint = output_paint()
    name = paint(printable(log), "bold")
    count = len(replayed.events)
    events = f"{count} event{'' if count == 1 else 's'}"
    print(f"{name}: {events}, ends in {replayed.state}")
    if replayed.waits:
        print(f"  {printable(waits_sentence(replayed.waits))}")
    for stuck in replayed.stuck:
        print(f"  {printable(stuck_sentence(stuck))}")
    print()
    start = next((e.timestamp for e in replayed.events if e.timestamp is not None), 0)
    width = max((len(event.event) for event in replayed.events), default=0)
    width = min(40, max(width, len("event")))
    zone = "time (UTC)"
    called = [_called(each) for each in names] or [""] * len(replayed.events)
    name_width = max(map(len, called), default=0)
    head = f"{'line':>5}  {zone:<{_TIME}}  {'seconds':>12}  {'event':<{width}}    state after it"
    print(paint(head, "dim"))
    after = max(len(event.state) for event in replayed.events) if replayed.events else 0
    for event, call in zip(replayed.events, called, strict=True):
        when = _seconds(event.timestamp, start)
        mark = _MARKS[event.outcome]
        state = paint(event.state, "bold") if mark == "→" else event.state
        style = ("red",) if mark == "✗" else ("dim",)
        note = f"  ({event.outcome} here, no effect)" if mark == "✗" else ""
        keys = _keys(event.keys)
        room = " " * (after - len(event.state)) if keys or call else ""
        if name_width and room + call:
            room += f"  {call:<{name_width}}" if keys else f"  {call}"
        print(
            f"{event.line:>5}  {_clock(event.timestamp):<{_TIME}}  {when:>12}  "
            f"{printable(event.event):<{width}}  {paint(mark or ' ', *style)} {state}{note}"
            f"{room}{keys}"
        )
    if replayed.unread:
        lines = ", ".join(map(str, replayed.unread[:8]))
        print(f"\nno events in line{'s' if len(replayed.unread) > 1 else ''} {lines}")
    if any(value is not None for value in replayed.report.values()):
        print(f"\n{machine.specification.name}:")
        from flux_conform.machine.final_report import time_fields

        times = time_fields(machine.specification)
        for field, value in replayed.report.items():
            if value is not None:
                clock = f"  ({_clock(value)} UTC)" if field in times else ""
                print(f"  {field:<12}  {_shown(value)}{clock}")
    _write_stays(machine, replayed)
    print()


def _write_stays(machine: Machine, replayed: Replay) -> None:
    """Print how long the log was in each state, but the one in which it has ended."""
    is_open = machine.is_open(replayed.state)
    left = {s: stay for s, stay in replayed.stays.items() if is_open or s != replayed.state}
    if replayed.events and left:
        print("\ntime in each state:")
        for state, stay in left.items():
            time = "unknown" if stay.seconds is None else duration(stay.seconds)
            so_far = " so far" if state == replayed.state else ""
            more = f", {stay.visits} visits" if stay.visits > 1 else ""
            print(f"  {state:<12}  {time}{so_far}{more}")


def _called(names: Mapping[str, Any]) -> str:
    """A name, and what is said with it in parentheses."""
    name, *more = ("" if value is None else _shown(value) for value in names.values())
    return f"{name} ({', '.join(more)})" if any(more) else name


_TIME = len("2026-03-18 12:00:00.000")
_KEYS = 100
"""The width at which the keys of an event are cut."""


def _clock(timestamp: int | float | None) -> str:
    time = seconds(timestamp)
    return "?" if time is None else utc(time, digits=3).removesuffix(" UTC")


def _keys(keys: Mapping[str, Any]) -> str:
    told = ", ".join(f"{printable(key)} {_shown(value)}" for key, value in keys.items())
    return f"  {cut(told, _KEYS)}" if told else ""


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

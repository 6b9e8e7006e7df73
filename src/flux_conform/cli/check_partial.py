"""`check` of logs that are not whole: those that grow, and windows of others."""

from __future__ import annotations

import os
import sys
from _thread import interrupt_main
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from threading import Event, Thread
from typing import TYPE_CHECKING

from flux_conform.checking.finding import VIOLATES
from flux_conform.cli.common import (
    UsageError,
    exit_code,
    output_paint,
    report_width,
    says_unicode,
    usage_errors,
)
from flux_conform.cli.interrupts import INTERRUPTS
from flux_conform.cli.log_options import machines_of, wanted_job
from flux_conform.cli.terminal import note, unguarded, write, write_now
from flux_conform.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from flux_conform.checking.judge import Options
    from flux_conform.language.specification import Specification
    from flux_conform.logs.stream import Readable
    from flux_conform.reports.live_view import LiveView
    from flux_conform.session.delivery import Report
    from flux_conform.session.follow_state import FollowState
    from flux_conform.session.machines import Machines
    from flux_conform.session.tally import Tally


_SECOND = 1.0
"""Between two lines of counts."""


def check_follow(arguments: argparse.Namespace, options: Options) -> int:
    """Judge a log or a journal as it grows, until it ends or Ctrl-C; the exit code."""
    from flux_conform.reports.live_report import LiveJson, LiveReport, LiveText
    from flux_conform.session.live import Following

    if arguments.instance is not None and arguments.paths:
        raise UsageError("--instance stands for PATH; give one of them")
    if len(arguments.paths) != 1 and arguments.instance is None:
        raise UsageError("--follow follows one file, or - for standard input; give one PATH")
    if arguments.previous is not None:
        raise UsageError("--follow sees for itself whether a log only grows; leave --previous out")
    (path,) = arguments.paths or [arguments.instance or "instance"]
    tally = None
    if arguments.metrics is not None or arguments.live:
        from flux_conform.session.tally import Tally

        tally = Tally()
    machines, job = machines_of(arguments), wanted_job(arguments)
    following = Following(path, machines, options, job, tally, _instance(arguments))
    state = _state(arguments, path, machines)
    is_ready = Event()
    if state is None:
        is_ready.set()

    def caught_up() -> None:
        is_ready.set()
        if state is not None:
            state.save(following.mark, now=True)

    following.on_idle = caught_up
    lines = LiveJson(write_now, tally if arguments.live else None)
    report: LiveReport = lines
    shown: AbstractContextManager[object] = nullcontext()
    if arguments.live:
        shown = _each_second(lines.tell_counts)
    if arguments.format == "text":
        report, shown = LiveText(write_now, output_paint(), report_width()), nullcontext()
        if arguments.live and tally is not None:
            view = _view(path, tally)
            if view is not None:
                report = shown = view
    try:
        with _served(arguments, tally, is_ready), shown, closing(following.events()) as events:
            for event in events:
                if tally is not None:
                    tally.take(event)
                if state is None or state.is_new:
                    report.take(event)
                if state is not None:
                    state.gave(following.mark)
    except KeyboardInterrupt:
        INTERRUPTS.taken()  # how to end a look at something that never ends
    if state is not None:
        state.save(following.mark, now=True)
    for event in following.finish():
        report.take(event)
    report.close(following.counts)
    if not following.counts and not following.has_errors:
        print(f"{printable(path)}: no event came", file=sys.stderr)
    return exit_code(errors=following.has_errors, bad=following.is_bad)


def _state(arguments: argparse.Namespace, path: str, machines: Machines) -> FollowState | None:
    """The file that `--state` names. Raises UsageError and SessionError."""
    if arguments.state is None:
        return None
    if arguments.instance is not None or not os.path.isfile(path):
        raise UsageError(
            "--state needs a file, which a restart can read again; let a journal be written "
            "into one"
        )
    from flux_conform.session.follow_state import FollowState

    options = {key: getattr(arguments, key) for key in ("job", "notes", "strict", "allow")}
    return FollowState(arguments.state, path, options, machines)


def _instance(arguments: argparse.Namespace) -> Readable | None:
    """The journal that `--instance` asks for. Raises UsageError."""
    if arguments.instance is None:
        return None
    from flux_conform.logs.instance_journal import InstanceJournal, NoInstance

    uri = arguments.instance
    with usage_errors(NoInstance, prefix=f"--instance{f' {uri}' if uri else ''}: "):
        return InstanceJournal(uri or None)


def _view(name: str, tally: Tally) -> LiveView | None:
    """The view for `--live`; None where standard output cannot show one. Raises UsageError."""
    try:
        from flux_conform.reports.live_view import LiveView
    except ModuleNotFoundError as error:
        if error.name != "rich":
            raise
        hint = "pip install 'flux-conform[watch]'"
        raise UsageError(f"--live needs the package rich: {hint}") from error
    view = LiveView(
        name, tally, unguarded(sys.stdout), output_paint(), report_width(), _live_diagram
    )
    return view if view.is_possible else None


@contextmanager
def _each_second(tell: Callable[[], None]) -> Iterator[None]:
    """Call a function of another thread each second during the block."""
    is_over = Event()

    def run() -> None:
        try:
            while not is_over.wait(_SECOND):
                tell()
        except OSError:
            interrupt_main()  # which then cannot write either, and says so

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _live_diagram(specification: Specification, tally: Tally) -> str:
    """The machine in characters, with how many logs are in each state; empty if it is a list."""
    from flux_conform.diagrams.plain import drawing
    from flux_conform.diagrams.views.cover import standing_picture

    picture = standing_picture(specification, tally.states, tally.moves)
    return drawing(picture, unicode=says_unicode()) or ""


@contextmanager
def _served(arguments: argparse.Namespace, tally: Tally | None, is_ready: Event) -> Iterator[None]:
    """Serve the metrics that `--metrics` asks for, during the block. Raises UsageError.

    Before they are ready, counters would seem to go back to what a restart has read again.
    """
    if arguments.metrics is None or tally is None:
        yield
        return
    from flux_conform.cli.metrics_server import serving
    from flux_conform.reports.prometheus import CONTENT_TYPE, exposition

    def text() -> str | None:
        return exposition(tally) if is_ready.is_set() else None

    with serving(arguments.metrics, CONTENT_TYPE, text) as url:
        note(f"metrics are at {url}\n")
        yield


def check_windows(arguments: argparse.Namespace, options: Options) -> int:
    """Judge each log as a window and print what is found; the exit code."""
    from flux_conform.logs.source_items import Problem, Skipped
    from flux_conform.reports.json_report import JsonReport
    from flux_conform.reports.text_report import WindowReport
    from flux_conform.session.windows import judged_windows

    if arguments.previous is not None:
        raise UsageError("--previous compares whole logs, and --partial takes parts; give one")
    report: Report = JsonReport(write, note)
    if arguments.format == "text":
        report = WindowReport(write, note, output_paint(), report_width())
    errors = bad = False
    machines, job = machines_of(arguments), wanted_job(arguments)
    for event in judged_windows(arguments.paths, machines, options, job):
        match event:
            case Problem(name, error):
                errors = True
                report.unreadable(name, error)
            case Skipped():
                report.skipped(event)
            case _:
                bad |= event.judgement.verdict == VIOLATES
                report.judged(event)
    report.close()
    return exit_code(errors=errors, bad=bad)

"""Check eventlogs against a specification.

A log conforms, is incomplete (no fault so far, and its job has not ended), violates, or is
unreadable. Each finding names the rule and its clause, the line, the state before it, what was
allowed there, and a repair.

A path is an eventlog, the output of `flux job eventlog`, a dump of the key-value store, a journal
of events, a content store or a job archive, compressed or not; its content decides which. - is
standard input. A directory stands for the logs and sources below it. Each log is checked against
the specification of its kind; its place in a source or its first events decide which.

The exit code is 0 if no log violates, 1 if one violates or contradicts its source, and 2 if
something could not be read.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, deque
from typing import TYPE_CHECKING

from flux_conform.checking.finding import VIOLATES
from flux_conform.cli import check_many, check_repair, check_resume
from flux_conform.cli.check_output import add_output_options, output, plain_destination
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    INTERRUPTED,
    UsageError,
    add_machine_option,
)
from flux_conform.cli.progress import Reached, progress
from flux_conform.cli.sources import (
    PATHS,
    add_job_option,
    as_usage,
    machines_of,
    wanted_job,
)
from flux_conform.logs.found import Problem, Skipped, SourcedLog, SourceItem
from flux_conform.logs.limits import UnreadableLog, within_limits
from flux_conform.logs.meter import Meter
from flux_conform.logs.remote import OtherForm
from flux_conform.machine.step import Machine
from flux_conform.reports.interface import Continued
from flux_conform.session.log_judged import LogJudged

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from flux_conform.checking.finding import Judgement
    from flux_conform.checking.judge import Options
    from flux_conform.checking.judges import Judged, LaneSource
    from flux_conform.checking.lacking import Lacking, LackingJudge
    from flux_conform.checking.source_differences import Difference
    from flux_conform.checking.waivers import Waivers
    from flux_conform.checking.window import WindowJudgement
    from flux_conform.cli.check_resume import Resume


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help=PATHS)
    add_machine_option(parser, by_kind=True)
    add_job_option(parser)
    add_output_options(parser)
    parser.add_argument(
        "--notes",
        action="store_true",
        help="also show notes where the RFCs say nothing, and findings that are waived",
    )
    parser.add_argument(
        "--strict", action="store_true", help="count SHOULD and implied findings as violations too"
    )
    parser.add_argument(
        "--allow",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help="waive the known deviations of an implementation, such as flux-core",
    )
    parser.add_argument(
        "--previous",
        "--earlier",
        dest="previous",
        metavar="OLD",
        help="an older snapshot of the log: its lines must be unchanged at the start of the log",
    )
    check_repair.add_argument(parser)
    parser.add_argument(
        "--follow",
        action="store_true",
        help="check a log or a journal while it grows, event by event; - is a pipe",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="the beginning or end of the logs may be missing, as after a rotation",
    )
    parser.add_argument(
        "--all", action="store_true", help="show findings in full that are consequences of another"
    )
    check_many.add_arguments(parser)
    check_resume.add_argument(parser)


@as_usage()
def run(arguments: argparse.Namespace) -> int:
    """Judge the logs, print what was found, and give the exit code."""
    from flux_conform.checking.judge import Options

    options = Options(arguments.notes, arguments.strict, waivers(arguments.allow))
    alone = "--partial" if arguments.partial else "--follow" if arguments.follow else None
    if alone and arguments.repair is not None:
        raise UsageError(f"--repair mends whole logs; leave {alone} out")
    if alone and arguments.resume is not None:
        raise UsageError(f"--resume keeps how far many logs are judged; leave {alone} out")
    if check_many.is_spread(arguments) and (alone or arguments.previous is not None):
        one = alone or "--previous"
        raise UsageError(f"{one} is judged in one process; leave --jobs and --dask out")
    if arguments.partial:
        from flux_conform.cli.check_partial import check_windows

        with plain_destination(arguments, "--partial"):
            return check_windows(arguments, options)
    if arguments.follow:
        from flux_conform.cli.check_follow import check_follow

        with plain_destination(arguments, "--follow"):
            return check_follow(arguments, options)
    with check_repair.standard_output(arguments) as held, output(arguments) as report:
        return _Check(arguments, options, report, held).run()


class _Check:
    """The logs on their way: found, judged, reported, in one order."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        options: Options,
        report: Continued,
        held: check_repair.Held | None,
    ) -> None:
        self._arguments = arguments
        self._options = options
        self._report = report
        self._machines = machines_of(arguments)
        self._earlier: bytes | None = None
        if arguments.previous is not None:
            from flux_conform.cli.check_previous import snapshot

            self._earlier = snapshot(arguments, self._machines)
        self._found: deque[SourceItem] = deque()
        """What was found, and has not come back from being judged."""
        self._mended = check_repair.mender(arguments, options, held)
        self._judges: check_many.Judges | None = None
        self._lacking: LackingJudge | None = None
        self._made: dict[str, Machine] = {}
        self._reporting: dict[str, Machine] = {}
        self._bad = self._errors = False
        self._skipped: dict[str, Counter[str]] = {}
        self._meter = Meter()
        self._logs = self._events = 0
        self._resume: Resume | None = None
        if arguments.resume is not None:
            from flux_conform.cli.check_resume import Resume

            self._resume = Resume(arguments, self._machines)
            self._bad, self._errors = self._resume.bad, self._resume.errors
            report.goes_on(self._resume.told_before())

    def run(self) -> int:
        """Judge them all; the exit code."""
        with progress(
            self._arguments.paths, self._meter, lambda: Reached(self._logs, self._events)
        ):
            try:
                self._all()
                self._tell_skipped()
            except KeyboardInterrupt:
                if self._is_document:
                    raise  # half of one is none
                self._tell_skipped()
                self._interrupted()
                return INTERRUPTED
        if self._resume is not None:
            self._resume.close(whole=True)
        return EXIT_ERROR if self._errors else EXIT_BAD if self._bad else EXIT_GOOD

    @property
    def _is_document(self) -> bool:
        """Whether the outcome is a file or a document, which must not be taken for the whole."""
        arguments = self._arguments
        into_file = arguments.output is not None or arguments.table is not None
        return into_file or arguments.format not in ("text", "json")

    def _all(self) -> None:
        for _, data, judgement in self._judged():
            found = self._next(self._found)
            if isinstance(judgement, OtherForm):
                self._look_into(found.name)
                continue
            if isinstance(found, SourcedLog) and found.is_unread:
                self._meter.count_elsewhere(found.name)
            self._outcome(found, data, judgement)
        self._pass_skipped(self._found)

    def _look_into(self, path: str) -> None:
        """Judge what a file holds that a process took for an eventlog by its name.

        The file is below a directory, with which it is counted where it is left out.
        """
        from flux_conform.checking.judges import judge_lanes

        if self._judges is None:
            self._judges = check_many.Judges(self._machines, self._options)
        found: deque[SourceItem] = deque()
        above = next(p for p in self._arguments.paths if path.startswith(os.path.join(p, "")))
        sources = self._sources([path], found, below=above)
        for _, data, judgement in judge_lanes(sources, self._judges):
            self._outcome(self._next(found), data, judgement)
        self._pass_skipped(found)

    def _next(self, found: deque[SourceItem]) -> SourcedLog | Problem:
        """What comes back next; what was left out before it is counted."""
        self._pass_skipped(found)
        first = found.popleft()
        assert not isinstance(first, Skipped)
        return first

    def _pass_skipped(self, found: deque[SourceItem]) -> None:
        """Count what was left out next."""
        while found and isinstance(found[0], Skipped):
            name, number, what = found[0]
            self._skipped.setdefault(name, Counter())[what] += number
            found.popleft()

    def _tell_skipped(self) -> None:
        for name, counts in sorted(self._skipped.items()):
            for what, number in sorted(counts.items()):
                self._report.skipped(Skipped(name, number, what))

    def _outcome(
        self, found: SourcedLog | Problem, data: bytes, judgement: Judgement | UnreadableLog
    ) -> None:
        if isinstance(found, Problem) or isinstance(judgement, UnreadableLog):
            self._unreadable(found.name, str(judgement))
            return
        if found.is_unread and data:
            found = found._replace(data=data)
        try:
            differs = self._differences(found) if found.recorded else ()
            lacking = self._lacks(found, judgement)
        except UnreadableLog as error:
            self._unreadable(found.name, str(error))
        else:
            self._tell(found, judgement, differs, lacking)

    def _lacks(self, found: SourcedLog, judgement: Judgement) -> Lacking | None:
        """The judgement on a log that violates, where its source may have left events out."""
        if judgement.verdict != VIOLATES or not (found.gaps or found.journal):
            return None
        if self._lacking is None:
            from flux_conform.checking.lacking import LackingJudge

            self._lacking = LackingJudge(self._options)
        machine = self._machine(self._machines.name_of(found.kind))
        return self._lacking.judged(machine, found, judgement.verdict)

    def _interrupted(self) -> None:
        """Say how far it was; what was judged until then is told, and summed up."""
        hint = "--resume FILE would have kept how far it is"
        if self._resume is not None:
            self._resume.close(whole=False)
            hint = "the same call goes on from here"
        logs = self._logs
        told = f"interrupted after {logs:,} log{'' if logs == 1 else 's'}; {hint}"
        print(f"flux-conform check: {told}", file=sys.stderr)

    def _judged(self) -> Iterator[Judged]:
        if self._earlier is not None:
            from flux_conform.cli.check_previous import compared

            sources = self._sources(self._arguments.paths, self._found)
            return compared(self._earlier, sources, self._machine, self._options)
        unread = check_many.leaves_reading(self._arguments)
        sources = self._sources(self._arguments.paths, self._found, unread=unread)
        return check_many.judged(self._arguments, sources, self._machines, self._options)

    def _sources(
        self,
        paths: list[str],
        into: deque[SourceItem],
        *,
        unread: bool = False,
        below: str | None = None,
    ) -> Iterator[LaneSource]:
        """What is to be judged at the paths, each in the lane of its machine.

        `into` takes all that is found, and what is left out too.
        """
        job = wanted_job(self._arguments)
        read = self._machines.read(paths, job, self._meter, unread=unread, below=below)
        for found in read:
            if isinstance(found, Skipped):
                into.append(found)
                continue
            if self._resume is not None and self._resume.skip(found.name):
                continue
            into.append(found)
            if isinstance(found, Problem):
                # It comes back in its place.
                yield self._machines.names[0], found.name, UnreadableLog(found.error)
            else:
                given = found.name if found.is_unread else found.data
                yield self._machines.name_of(found.kind), found.name, given

    def _unreadable(self, name: str, error: str) -> None:
        self._errors = True
        self._report.unreadable(name, error)
        self._logs += 1
        if self._resume is not None:
            self._resume.unreadable(name)

    def _tell(
        self,
        found: SourcedLog,
        judgement: Judgement,
        differs: tuple[Difference, ...],
        lacking: Lacking | None,
    ) -> None:
        if lacking is not None:
            found = found._replace(lost=lacking.lost)
            judgement = lacking.judgement or judgement
        bad = judgement.verdict == VIOLATES or bool(differs)
        window = lacking.window if lacking is not None else None
        try:
            self._report_on(found, judgement, differs, window, bad=bad)
        except UnreadableLog as error:
            self._unreadable(found.name, str(error))
            return
        self._bad |= bad
        self._logs += 1
        self._events += judgement.events

    @within_limits
    def _report_on(
        self,
        found: SourcedLog,
        judgement: Judgement,
        differs: tuple[Difference, ...],
        window: WindowJudgement | None,
        *,
        bad: bool,
    ) -> None:
        machine = self._machine(self._machines.name_of(found.kind))
        # What is missing cannot be told from what is wrong, so that there is nothing to mend.
        mended = self._mended(found, machine, judgement, window is not None)
        log = LogJudged(
            found.name,
            machine,
            found.data,
            judgement,
            self._options.strict,
            found.job,
            found.lost,
            differs,
            mended,
            window,
        )
        self._report.judged(log)
        if self._resume is not None:
            self._resume.judged(log, bad=bad)

    def _machine(self, name: str) -> Machine:
        machine = self._made.get(name)
        if machine is None:
            machine = self._made[name] = Machine(self._machines.of(name))
        return machine

    def _differences(self, log: SourcedLog) -> tuple[Difference, ...]:
        """Where a log says other things than its source. Raises UnreadableLog."""
        from flux_conform.checking.replay import replay
        from flux_conform.checking.source_differences import differences

        specification = self._machines.of(log.kind)
        if specification.name not in self._reporting:
            self._reporting[specification.name] = Machine(specification, report=True)
        return differences(replay(self._reporting[specification.name], log.data), log.recorded)


def waivers(names: list[str]) -> Waivers:
    """The deviations that `--allow` names. Raises UsageError where there are none of a name."""
    from flux_conform.checking.waivers import UnknownDeviations, Waivers, load_deviations

    try:
        return Waivers(tuple(load_deviations(name) for name in names))
    except UnknownDeviations as error:
        raise UsageError(str(error)) from error

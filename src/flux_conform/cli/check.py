"""Judge eventlogs against a specification.

A log conforms, is incomplete (it conforms so far, and its job is still on its way), violates, or
is unreadable. Each finding names the clause, the line, the state before it, what was allowed
there, and the way out. A path is an eventlog or what `flux job eventlog` prints of one, a dump of
the key-value store, a journal of events, a content store or a job archive, compressed or not, told
by its content; - is standard input. Directories stand for the *.eventlog files below them. Logs
are judged by the machine of their kind, where their place in a source tells it.

The exit code is 0 where no log violates, 1 where one does or says other times than its source, 2
where something could not be read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flux_conform.cli.check_output import add_output_options, output, plain_destination
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    UsageError,
    add_machine_option,
)
from flux_conform.cli.sources import (
    PATHS,
    Machines,
    add_job_option,
    read_logs,
    skipped_text,
    wanted_job,
)
from flux_conform.conformance.finding import VIOLATES
from flux_conform.logs.found import Problem, Skipped, SourcedLog

if TYPE_CHECKING:
    import argparse

    from flux_conform.conformance.judge import Options
    from flux_conform.conformance.judges import Judge
    from flux_conform.conformance.machine import Machine
    from flux_conform.conformance.told import Difference
    from flux_conform.conformance.waivers import Waivers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help=PATHS)
    add_machine_option(parser)
    parser.set_defaults(machine=None)
    add_job_option(parser)
    add_output_options(parser)
    parser.add_argument("--notes", action="store_true", help="tell of notes and waived findings")
    parser.add_argument(
        "--strict", action="store_true", help="let SHOULD and implied findings violate"
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
        help="an earlier snapshot of the log, which it must only have grown from",
    )
    parser.add_argument(
        "--follow",
        action="store_true",
        help="judge a log or a journal as it grows, each event when it comes; - is a pipe",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="the logs are windows: their beginning or end may be missing, as after a rotation",
    )
    parser.add_argument(
        "--all", action="store_true", help="tell findings in full that only follow from another"
    )


def run(arguments: argparse.Namespace) -> int:
    """Judge the logs, print what was found, and give the exit code."""
    from flux_conform.conformance.judge import Options
    from flux_conform.conformance.reports.judged import JudgedLog
    from flux_conform.logs.eventlog import UnreadableLog

    options = Options(arguments.notes, arguments.strict, waivers(arguments.allow))
    if arguments.partial:
        from flux_conform.cli.check_partial import check_windows

        with plain_destination(arguments, "--partial"):
            return check_windows(arguments, options)
    if arguments.follow:
        from flux_conform.cli.check_follow import check_follow

        with plain_destination(arguments, "--follow"):
            return check_follow(arguments, options)
    judges = _Judges(Machines(arguments), options)
    earlier = _earlier(arguments)
    bad = errors = False
    judged = 0
    with output(arguments) as out:
        for found in read_logs(arguments.paths, judges.machines.wanted(wanted_job(arguments))):
            if isinstance(found, Skipped):
                out.skipped(skipped_text(found))
                continue
            problem = found if isinstance(found, Problem) else None
            if isinstance(found, SourcedLog):
                judged += 1
                if earlier is not None and judged > 1:
                    raise UsageError(
                        "--previous compares one log, and here are more; name one by --job"
                    )
                judge = judges.of(found.kind)
                try:
                    judgement = judge.judge(found.data, earlier=earlier)
                    differs = judges.differences(found) if found.told else ()
                except UnreadableLog as error:
                    problem = Problem(found.name, str(error))
                else:
                    bad |= judgement.verdict == VIOLATES or bool(differs)
                    out.judged(
                        JudgedLog(
                            found.name,
                            judge.machine,
                            found.data,
                            judgement,
                            strict=options.strict,
                            job=found.job,
                            lost=found.lost,
                            differs=differs,
                        )
                    )
            if problem is not None:
                errors = True
                out.unreadable(problem.name, problem.error)
    return EXIT_ERROR if errors else EXIT_BAD if bad else EXIT_GOOD


class _Judges:
    """A judge for each machine, made when a log of its kind comes."""

    def __init__(self, machines: Machines, options: Options) -> None:
        self.machines = machines
        self._options = options
        self._judges: dict[str, Judge] = {}
        self._reporting: dict[str, Machine] = {}

    def of(self, kind: str | None) -> Judge:
        """The judge of logs of a kind."""
        from flux_conform.conformance.judges import Judge

        specification = self.machines.of(kind)
        if specification.name not in self._judges:
            self._judges[specification.name] = Judge(specification, self._options)
        return self._judges[specification.name]

    def differences(self, log: SourcedLog) -> tuple[Difference, ...]:
        """Where a log says other times than its source. Raises UnreadableLog."""
        from flux_conform.conformance.machine import Machine
        from flux_conform.conformance.replay import replay
        from flux_conform.conformance.told import differences

        specification = self.machines.of(log.kind)
        if specification.name not in self._reporting:
            self._reporting[specification.name] = Machine(specification, report=True)
        return differences(replay(self._reporting[specification.name], log.data), log.told)


def _earlier(arguments: argparse.Namespace) -> bytes | None:
    if arguments.previous is None:
        return None
    if len(arguments.paths) != 1 or os.path.isdir(arguments.paths[0]):
        raise UsageError("--previous compares one log with its older snapshot; give one PATH")
    try:
        with open(arguments.previous, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"{arguments.previous}: {error.strerror or error}") from error


def waivers(names: list[str]) -> Waivers:
    """The deviations that `--allow` names. Raises UsageError where there are none of a name."""
    from flux_conform.conformance.waivers import UnknownDeviations, Waivers, load_deviations

    try:
        return Waivers(tuple(load_deviations(name) for name in names))
    except UnknownDeviations as error:
        raise UsageError(str(error)) from error

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
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flux_conform.cli.check_output import (
    add_output_options,
    needs_sound_logs,
    output,
    plain_destination,
    read_baseline,
)
from flux_conform.cli.check_repair import STANDARD_OUTPUT
from flux_conform.cli.common import (
    UsageError,
    exit_code,
    file_errors,
    usage_errors,
)
from flux_conform.cli.interrupts import INTERRUPTED
from flux_conform.cli.log_options import (
    InstanceOption,
    add_judging_options,
    add_log_options,
    add_rules_option,
    judging_options,
    machines_of,
    wanted_job,
)
from flux_conform.cli.progress import progress
from flux_conform.logs.sources import STANDARD_INPUT

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from flux_conform.checking.judge import Options
    from flux_conform.checking.spread import Crew
    from flux_conform.session.against import Against
    from flux_conform.session.delivery import Report
    from flux_conform.session.machines import Machines
    from flux_conform.session.mending import Mending
    from flux_conform.session.resume import Resume
    from flux_conform.session.session import Session
    from flux_conform.session.together import Together


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_log_options(parser, by_kind=True)
    add_output_options(parser)
    parser.add_argument(
        "--notes",
        action="store_true",
        help="also show notes where the RFCs say nothing, and findings that are waived",
    )
    add_judging_options(parser)
    add_rules_option(parser)
    parser.add_argument(
        "--as",
        dest="seen_by",
        metavar="PARTICIPANT",
        help="check logs of the messages that a participant of the shipped system sent and got, "
        "such as scheduler: a line for each, with its name and its time",
    )
    parser.add_argument(
        "--previous",
        "--earlier",
        dest="previous",
        metavar="OLD",
        help="an older snapshot of the log: its lines must be unchanged at the start of the log",
    )
    parser.add_argument(
        "--against",
        metavar="FILE",
        help="also compare the logs with what an instance reports of their jobs: the output of "
        "`flux jobs -a --json`, a job archive, or an accounting database",
    )
    parser.add_argument(
        "--repair",
        metavar="OUT",
        help="find the smallest changes that mend a violating log, and write the mended log to "
        "OUT; for several logs OUT is a directory; with - the log goes to standard output and "
        "the report to standard error",
    )
    parser.add_argument(
        "--follow",
        action="store_true",
        help="check a log or a journal while it grows, event by event; - is a pipe",
    )
    parser.add_argument(
        "--instance",
        metavar="URI",
        nargs="?",
        action=InstanceOption,
        help="with --follow, in place of PATH: the journal of the Flux instance at URI, or of the "
        "one around, through Flux's Python module",
    )
    parser.add_argument(
        "--metrics",
        metavar="ADDRESS",
        help="with --follow: serve metrics for Prometheus at HOST:PORT, or PORT of this computer",
    )
    parser.add_argument(
        "--state",
        metavar="FILE",
        help="with --follow, of a file: save in FILE what was given out, and give out the rest "
        "after a restart",
    )
    parser.add_argument(
        "--live",
        action="store_true",
        help="with --follow, on a terminal: a view of the jobs by state, with findings above it",
    )
    parser.add_argument(
        "--together",
        action="store_true",
        help="also check the logs of one job against each other, its jobspec and R (dumps, content "
        "stores, and unpacked dumps)",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="the beginning or end of the logs may be missing, as after a rotation",
    )
    parser.add_argument(
        "--all", action="store_true", help="show findings in full that are consequences of another"
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=int,
        default=1,
        help="use N processes; 0 is one for each processor (default: 1)",
    )
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="use the Dask cluster of the scheduler at ADDRESS, such as tcp://HOST:8786",
    )
    parser.add_argument(
        "--resume",
        metavar="FILE",
        help="save progress in FILE, and go on from there after an interruption; FILE is removed "
        "at the end (text, json)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Judge the logs and print what is found; the exit code."""
    if arguments.seen_by is not None and arguments.machine is not None:
        raise UsageError("--as has a machine of its own; leave --machine out")
    options = judging_options(arguments, notes=arguments.notes)
    _check_options(arguments)
    read_baseline(arguments)
    if arguments.partial:
        from flux_conform.cli.check_partial import check_windows

        with plain_destination(arguments, "--partial"):
            return check_windows(arguments, options)
    if arguments.follow:
        from flux_conform.cli.check_partial import check_follow

        with plain_destination(arguments, "--follow"):
            return check_follow(arguments, options)
    if arguments.repair is None:
        with output(arguments) as report:
            return _check(arguments, options, report)
    from flux_conform.cli.check_repair import repairing

    with repairing(arguments) as first, output(arguments, *first) as report:
        return _check(arguments, options, report)


def _check_options(arguments: argparse.Namespace) -> None:
    """Raises UsageError where options do not go together."""
    alone = "--partial" if arguments.partial else "--follow" if arguments.follow else None
    if alone and arguments.repair is not None:
        raise UsageError(f"--repair mends whole logs; leave {alone} out")
    if alone and arguments.resume is not None:
        raise UsageError(f"--resume keeps how far many logs are judged; leave {alone} out")
    if arguments.instance is not None and not arguments.follow:
        raise UsageError("--instance reads a journal as it grows; add --follow")
    if arguments.state is not None and not arguments.follow:
        raise UsageError("--state goes on with what is followed; add --follow")
    if arguments.live and not arguments.follow:
        raise UsageError("--live shows what is followed; add --follow")
    if arguments.metrics is not None and not arguments.follow:
        raise UsageError("--metrics serves what is followed; add --follow")
    if arguments.together:
        _check_together(arguments, alone)
    if arguments.against is not None and (alone or arguments.resume is not None):
        raise UsageError(
            f"--against compares whole logs in one go; leave {alone or '--resume'} out"
        )
    if arguments.baseline is not None and (alone or arguments.resume is not None):
        other = alone or "--resume"
        raise UsageError(f"--baseline compares whole runs in one go; leave {other} out")
    if arguments.jobs < 0:
        raise UsageError("--jobs takes a number of processes, or 0 for one for each processor")
    if arguments.dask is not None and arguments.jobs != 1:
        raise UsageError("--dask uses the workers of a cluster, and --jobs processes; give one")
    is_spread = arguments.dask is not None or arguments.jobs != 1
    if is_spread and (alone or arguments.previous is not None):
        one = alone or "--previous"
        raise UsageError(f"{one} is judged in one process; leave --jobs and --dask out")


def _check_together(arguments: argparse.Namespace, alone: str | None) -> None:
    """Raises UsageError where an option does not go with --together."""
    if alone or arguments.previous is not None:
        raise UsageError(f"--together takes whole jobs; leave {alone or '--previous'} out")
    if arguments.machine is not None:
        raise UsageError("--together has a specification of its own; leave --machine out")
    if arguments.repair is not None:
        raise UsageError("--repair mends a log by itself; leave --together out")


def _check(arguments: argparse.Namespace, options: Options, report: Report) -> int:
    """Judge whole logs and pass the results to a report; the exit code."""
    from flux_conform.session.delivery import deliver
    from flux_conform.session.session import Session

    machines = machines_of(arguments)
    job = wanted_job(arguments)
    with _crew(arguments) as crew:
        session = Session(
            arguments.paths,
            machines,
            options,
            job=job,
            earlier=_earlier(arguments, machines),
            mending=_mending(arguments, options, machines),
            resume=_resume(arguments, machines),
            together=_together(arguments),
            crew=crew,
            against=_against(arguments),
            leave_reading=arguments.jobs != 1 and not needs_sound_logs(arguments),
        )
        with progress(arguments.paths, session.meter, lambda: session.progress):
            try:
                finished = deliver(session, report)
            except KeyboardInterrupt:
                if _is_document(arguments):
                    raise  # half of one is none
                return _interrupted(arguments, session, report)
    is_bad = finished.is_bad if arguments.since is None else arguments.since.is_worse
    return exit_code(errors=finished.has_errors, bad=is_bad)


def _interrupted(arguments: argparse.Namespace, session: Session, report: Report) -> int:
    """Report what was judged so far, and say how to go on; the exit code."""
    for skipped in session.skipped():
        report.skipped(skipped)
    session.interrupt()
    logs = session.progress.logs
    hint = "--resume FILE would have kept how far it is"
    if arguments.resume is not None:
        hint = "the same call goes on from here"
    message = f"interrupted after {logs:,} log{'' if logs == 1 else 's'}; {hint}"
    print(f"flux-conform check: {message}", file=sys.stderr)
    return INTERRUPTED


def _is_document(arguments: argparse.Namespace) -> bool:
    """Whether the output is a file, a document or a comparison: half would be taken for all."""
    into_file = arguments.output is not None or arguments.table is not None
    compares = arguments.digest or arguments.since is not None
    return into_file or compares or arguments.format not in ("text", "json")


@contextmanager
def _crew(arguments: argparse.Namespace) -> Iterator[Crew | None]:
    """The processes that judge the logs; None is this one alone. Raises UsageError."""
    if arguments.dask is not None:
        from flux_conform.checking.cluster import NoCluster, cluster

        prefix = f"--dask {arguments.dask}: "
        with usage_errors(NoCluster, prefix=prefix), cluster(arguments.dask) as crew:
            yield crew
    elif arguments.jobs != 1:
        from flux_conform.checking.spread import processes

        yield processes(arguments.jobs)
    else:
        yield None


def _earlier(arguments: argparse.Namespace, machines: Machines) -> bytes | None:
    """The older snapshot that `--previous` names. Raises UsageError and SessionError."""
    if arguments.previous is None:
        return None
    if len(arguments.paths) != 1 or os.path.isdir(arguments.paths[0]):
        raise UsageError("--previous compares one log with its older snapshot; give one PATH")
    if arguments.previous == arguments.paths[0] == STANDARD_INPUT:
        raise UsageError("standard input can be read once; give - once")
    from flux_conform.session.snapshot import snapshot

    return snapshot(arguments.previous, machines, wanted_job(arguments))


def _against(arguments: argparse.Namespace) -> Against | None:
    """What an instance reports, for `--against`. Raises UsageError."""
    if arguments.against is None:
        return None
    from flux_conform.logs.reported_jobs import ReportedJobs, UnreadableReport
    from flux_conform.session.against import Against

    place = f"--against {arguments.against}: "
    with usage_errors(UnreadableReport, prefix=place), file_errors(place[:-2]):
        return Against(ReportedJobs(arguments.against))


def _mending(arguments: argparse.Namespace, options: Options, machines: Machines) -> Mending | None:
    """The repair of logs for `--repair`, if given. Raises UsageError and SessionError."""
    if arguments.repair is None:
        return None
    if arguments.previous is not None:
        raise UsageError("--repair mends a log by itself; leave --previous out")
    from flux_conform.session.mending import Files, Mending

    if arguments.repair == STANDARD_OUTPUT:
        return Mending(options, None)
    return Mending(options, Files(arguments.repair, arguments.paths, machines.named))


def _together(arguments: argparse.Namespace) -> Together | None:
    """What puts the logs of one job together for `--together`, if given."""
    if not arguments.together:
        return None
    from flux_conform.session.together import Together

    return Together()


def _resume(arguments: argparse.Namespace, machines: Machines) -> Resume | None:
    """The saved progress for `--resume`, if given. Raises UsageError and SessionError."""
    if arguments.resume is None:
        return None
    # Such an output cannot be continued: it would be overwritten, or lack its beginning.
    if _is_document(arguments) or arguments.times or arguments.stuck is not None:
        raise UsageError(
            "--resume goes with --format text or json, and without --times, --stuck, --table or -o"
        )
    from flux_conform.session.resume import Resume

    options = {
        key: getattr(arguments, key) for key in ("job", "notes", "strict", "allow", "repair")
    }
    if arguments.together:
        options["together"] = True
    return Resume(arguments.resume, arguments.paths, options, machines)

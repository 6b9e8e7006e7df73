"""What the verbs that read logs share: options, and which machine is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import add_machine_option, load_machine, usage_errors
from flux_conform.logs.jobid import JobId, NoJobId
from flux_conform.session.machines import Machines

if TYPE_CHECKING:
    import argparse

    from flux_conform.checking.judge import Options

PATHS = "eventlogs, directories, dumps, journals, databases; - is standard input"


def add_log_options(
    parser: argparse.ArgumentParser, metavar: str = "PATH", *, by_kind: bool = False
) -> None:
    """Add the paths of logs, `--machine` (see `add_machine_option`) and `--job`."""
    parser.add_argument("paths", nargs="+", metavar=metavar, help=PATHS)
    add_machine_option(parser, by_kind=by_kind)
    add_job_option(parser)


def add_judging_options(parser: argparse.ArgumentParser) -> None:
    """Add `--strict` and `--allow NAME|FILE`."""
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


def judging_options(arguments: argparse.Namespace, *, notes: bool = False) -> Options:
    """How logs are judged. Raises UsageError where there are no deviations of a name."""
    from flux_conform.checking.judge import Options
    from flux_conform.checking.waivers import UnknownDeviations, Waivers, load_deviations

    with usage_errors(UnknownDeviations):
        allowed = tuple(load_deviations(name) for name in arguments.allow)
    return Options(notes, arguments.strict, Waivers(allowed))


def add_job_option(parser: argparse.ArgumentParser) -> None:
    """Add `--job ID`."""
    parser.add_argument("--job", metavar="ID", help="take only the logs of this job")


def wanted_job(arguments: argparse.Namespace) -> JobId | None:
    """The job that `--job` names. Raises UsageError."""
    if arguments.job is None:
        return None
    with usage_errors(NoJobId, prefix="--job: "):
        return JobId.parse(arguments.job)


def machines_of(arguments: argparse.Namespace) -> Machines:
    """The specifications that judge logs, by `--machine`. Raises what `load_machine` raises."""
    given = load_machine(arguments) if arguments.machine is not None else None
    return Machines(given, named="--{}".format)

"""What the verbs that read logs share: the option --job, and which machine is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import load_machine, usage_errors
from flux_conform.logs.jobid import JobId, NoJobId
from flux_conform.session.machines import Machines

if TYPE_CHECKING:
    import argparse

PATHS = "eventlogs, directories, dumps, journals, databases; - is standard input"


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

"""What the verbs that read logs share: options, and which machine is whose."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from flux_conform.cli.common import UsageError, add_machine_option, load_machine, usage_errors
from flux_conform.logs.jobid import JobId, NoJobId
from flux_conform.session.machines import Machines

if TYPE_CHECKING:
    from flux_conform.checking.judge import Options

PATHS = "eventlogs, directories, dumps, journals, databases; - is standard input"


def add_log_options(
    parser: argparse.ArgumentParser, metavar: str = "PATH", *, by_kind: bool = False
) -> None:
    """Add the paths of logs, `--machine` (see `add_machine_option`) and `--job`."""
    parser.add_argument("paths", nargs="+", metavar=metavar, help=PATHS)
    add_machine_option(parser, by_kind=by_kind)
    add_job_option(parser)


class InstanceOption(argparse.Action):
    """`--instance [URI]`, which stands for the paths; "" is the instance around."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Take the URI, and ask for no paths."""
        namespace.instance = values or ""
        namespace.paths = namespace.paths or []
        for action in parser._actions:
            if action.dest == "paths":
                action.required = False


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


def add_rules_option(parser: argparse.ArgumentParser) -> None:
    """Add `--rules FILE`."""
    parser.add_argument(
        "--rules",
        metavar="FILE",
        action="append",
        default=[],
        help="also check the rules of a site: a change on a shipped specification that adds rules "
        "of level policy",
    )


def machines_of(arguments: argparse.Namespace) -> Machines:
    """The specifications that judge logs, by `--machine` and `--rules`.

    Raises what `load_machine` raises, and UsageError where the rules are not for that machine.
    """
    given = load_machine(arguments) if arguments.machine is not None else None
    if getattr(arguments, "seen_by", None) is not None:
        from flux_conform.cli.participant_view import participants_view, shipped_system

        given = participants_view(arguments.seen_by, shipped_system())
    if not arguments.rules:
        return Machines(given, named="--{}".format)
    from flux_conform.language import load
    from flux_conform.language.changes.site_rules import load_site_rules

    ruled = load_site_rules(arguments.rules)
    if given is not None:
        if given.name not in ruled or given != load(given.name):
            about = ", ".join(ruled)
            raise UsageError(
                f"--rules holds rules for {about}, and --machine names {arguments.machine}; "
                f"leave --machine out, or write its rules into its own file"
            )
        given = ruled[given.name]
    return Machines(given, named="--{}".format, rules=ruled)

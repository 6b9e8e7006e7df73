"""Draw the road that one log took: its steps, the time in each state, the place of each finding.

The edges that it took are strong and bear the number of the step; the rest is pale. A log with
faults is drawn as far as it can be read. Its first event tells the generation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, load_machine
from flux_conform.cli.log_options import add_job_option, wanted_job
from flux_conform.text import printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.diagrams import Picture
    from flux_conform.language.specification import Specification
    from flux_conform.logs.source_items import SourcedLog

SUMMARY = "the road that one log took, with times and findings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the view takes."""
    parser.add_argument(
        "log", metavar="LOG", help="a source that holds it, or - for standard input"
    )
    add_job_option(parser)


def picture(arguments: argparse.Namespace) -> tuple[Picture, bool]:
    """The picture of the log's road."""
    from flux_conform.checking.judge import judge
    from flux_conform.checking.transitions import course
    from flux_conform.logs.eventlog import UnreadableLog
    from flux_conform.machine.step import Machine

    specification = load_machine(arguments)
    log = _the_log(arguments, specification)
    name = printable(log.name)
    machine = Machine(specification)
    try:
        passed = course(machine, log.data)
        judgement = judge(machine, log.data)
    except UnreadableLog as error:
        raise UsageError(f"{name}: unreadable: {error}") from error
    if not passed.events:
        raise UsageError(f"{name}: there is no event in it, so it took no road")
    if arguments.generation not in (None, passed.generation):
        raise UsageError(
            f"{name} is of generation {passed.generation}, not {arguments.generation}; "
            "leave out --generation"
        )

    from flux_conform.diagrams.views.trace import Found, trace_picture

    found = [
        Found(each.rule, each.level, each.line, each.state, each.message, each.because)
        for each in judgement.findings
    ]
    return trace_picture(specification, name, passed, found, judgement.verdict), True


def _the_log(arguments: argparse.Namespace, specification: Specification) -> SourcedLog:
    """The one log that is meant. Raises UsageError where there is none, or there are more."""
    from flux_conform.logs.source_items import Problem, SourcedLog
    from flux_conform.session.machines import Machines

    logs: list[SourcedLog] = []
    machines = Machines(specification, named="--{}".format)
    for found in machines.read([arguments.log], wanted_job(arguments)):
        if isinstance(found, Problem):
            raise UsageError(f"{printable(found.name)}: {found.error}")
        if isinstance(found, SourcedLog):
            logs.append(found)
        if len(logs) > 1:
            raise UsageError(f"{printable(arguments.log)} holds many logs; name one by --job")
    return logs[0]

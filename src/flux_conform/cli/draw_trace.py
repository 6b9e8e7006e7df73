"""Draw the road that one log took: its steps, the time in each state, the place of each finding.

The edges that it took are strong and bear the number of the step; the rest is pale. A log with
faults is drawn as far as it can be read. Its first event tells the generation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, load_machine
from flux_conform.text import printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.diagrams import Picture

SUMMARY = "the road that one log took, with times and findings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the view takes."""
    parser.add_argument("log", metavar="LOG", help="a file, or - for standard input")


def picture(arguments: argparse.Namespace) -> tuple[Picture, bool]:
    """The picture of the log's road."""
    from flux_conform.conformance.course import course
    from flux_conform.conformance.judge import judge
    from flux_conform.conformance.machine import Machine
    from flux_conform.logs.eventlog import UnreadableLog
    from flux_conform.logs.sources import LogSource

    specification = load_machine(arguments)
    path: str = arguments.log
    name = printable(path)
    machine = Machine(specification)
    try:
        data = LogSource(path, None if path == "-" else path).read()
        passed = course(machine, data)
        judgement = judge(machine, data)
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from error
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

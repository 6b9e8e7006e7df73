"""Draw how often a set of logs took each edge, what they never took, and what is not in the model.

Directories stand for the *.eventlog files below them, - for standard input. An event that the model
does not define in the state where it came is drawn as an edge to "not in the model". Logs of all
generations are counted, or those of --generation alone. Where some log cannot be read, the rest is
drawn and the exit code is 2.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, load_machine
from flux_conform.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from flux_conform.diagrams import Picture
    from flux_conform.diagrams.views.cover import Coverage
    from flux_conform.model.specification import Specification

SUMMARY = "how often logs took each edge, and what they never took"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the view takes."""
    parser.add_argument("paths", nargs="+", metavar="LOG", help="a file, a directory, or -")


def picture(arguments: argparse.Namespace) -> tuple[Picture, bool]:
    """The picture of what the logs cover."""
    from flux_conform.diagrams import UnknownGeneration, state_graph
    from flux_conform.diagrams.views.cover import Coverage, cover_picture

    if arguments.paths.count("-") > 1:
        raise UsageError("standard input can be read once; give - once")
    specification = load_machine(arguments)
    generation: str | None = arguments.generation
    try:
        state_graph(specification, generation)  # before all logs are read
    except UnknownGeneration as error:
        raise UsageError(str(error)) from error
    coverage = Coverage(specification)
    errors = list(_errors(specification, arguments.paths, generation, coverage))
    if not coverage.logs:
        why = "; ".join(errors) or f"none is of generation {generation}"
        raise UsageError(f"no log to count: {why}")
    for why in errors:
        print(f"flux-conform draw: {why}", file=sys.stderr)
    return cover_picture(coverage, generation), not errors


def _errors(
    specification: Specification, paths: list[str], generation: str | None, coverage: Coverage
) -> Iterator[str]:
    """Count the logs at the paths, and tell of those that cannot be read."""
    from flux_conform.conformance.course import course
    from flux_conform.conformance.machine import Machine
    from flux_conform.logs.eventlog import UnreadableLog
    from flux_conform.logs.sources import LogSource, Missing, find_logs

    machine = Machine(specification)
    for source in find_logs(paths):
        if isinstance(source, Missing):
            yield f"{printable(source.name)}: {source.error}"
        if not isinstance(source, LogSource):
            continue
        name = printable(source.name)
        try:
            passed = course(machine, source.read())
        except OSError as error:
            yield f"{name}: {error.strerror or error}"
        except UnreadableLog as error:
            yield f"{name}: unreadable: {error}"
        else:
            if not passed.events:
                yield f"{name}: there is no event in it"
            elif generation in (None, passed.generation):
                coverage.add(passed)

"""Draw how often a set of logs took each edge, what they never took, and what is not in the model.

Logs come from any source that `flux-conform check` reads. An event that the model
does not define in the state where it came is drawn as an edge to "not in the model". Logs of all
generations are counted, or those of --generation alone. The line below the picture says how much
was never taken by a log that does not violate, of what a log of today's generation, or of
--generation, can show. Where some log cannot be read, the rest is drawn and the exit code is 2.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, load_machine
from flux_conform.cli.log_options import (
    PATHS,
    add_job_option,
    wanted_job,
)
from flux_conform.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from flux_conform.diagrams import Picture
    from flux_conform.diagrams.views.cover import Coverage
    from flux_conform.language.specification import Specification

SUMMARY = "how often logs took each edge, and what they never took"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the view takes."""
    parser.add_argument("paths", nargs="+", metavar="LOG", help=PATHS)
    add_job_option(parser)


def picture(arguments: argparse.Namespace) -> tuple[Picture, bool]:
    """The picture of what the logs cover."""
    from flux_conform.diagrams import state_graph
    from flux_conform.diagrams.views.cover import Coverage, cover_picture
    from flux_conform.suite.exercisable import Exercisable

    specification = load_machine(arguments)
    generation: str | None = arguments.generation
    state_graph(specification, generation)  # an unknown one is told before all logs are read
    coverage = Coverage(specification)
    errors = list(_errors(specification, arguments, generation, coverage))
    if not coverage.logs:
        why = "; ".join(errors) or f"none is of generation {generation}"
        raise UsageError(f"no log to count: {why}")
    for why in errors:
        print(f"flux-conform draw: {printable(why)}", file=sys.stderr)
    scope = Exercisable(specification, generation)
    reachable = [row for row in scope.rows if scope.can_be_taken(row)]
    return cover_picture(coverage, generation, reachable=reachable), not errors


def _errors(
    specification: Specification,
    arguments: argparse.Namespace,
    generation: str | None,
    coverage: Coverage,
) -> Iterator[str]:
    """Count the logs at the paths, and tell of those that cannot be read."""
    from flux_conform.checking.finding import VIOLATES
    from flux_conform.checking.transitions import course
    from flux_conform.logs.source_items import Problem, Skipped
    from flux_conform.session.events import LogJudged
    from flux_conform.session.machines import Machines
    from flux_conform.session.session import Session

    machines = Machines(specification, named="--{}".format)
    for event in Session(arguments.paths, machines, job=wanted_job(arguments)).events():
        match event:
            case LogJudged(name, machine, data, judgement=judgement):
                passed = course(machine, data)
                if not passed.events:
                    yield f"{printable(name)}: there is no event in it"
                elif generation in (None, passed.generation):
                    coverage.add(passed, violates=judgement.verdict == VIOLATES)
            case Problem(name, error):
                yield f"{printable(name)}: {error}"
            case Skipped():
                print(f"flux-conform draw: {event.says}", file=sys.stderr)

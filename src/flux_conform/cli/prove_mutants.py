"""`flux-conform prove --mutants`: which small changes of a specification nothing notices."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from flux_conform.artefacts import artefact
from flux_conform.cli.common import EXIT_BAD, EXIT_GOOD, UsageError, file_errors
from flux_conform.cli.terminal import overwrite
from flux_conform.files import write_whole
from flux_conform.language import machines
from flux_conform.text import finite_json

if TYPE_CHECKING:
    import argparse

    from flux_conform.language.specification import Specification

_ALONE = (
    *("property", "all", "quick", "timeout", "limit", "generation", "witnesses", "certificates"),
)
"""Options of `prove` that --mutants does not go with; so are --smtlib and --depth."""

_MADE_BY = {"format": 1, "made_by": "flux-conform prove --mutants --write; do not edit"}


def run_mutants(arguments: argparse.Namespace, specification: Specification) -> int:
    """Measure, report, and give the exit code: 1 where nothing notices a mutant."""
    for name in (*_ALONE, "smtlib"):
        if getattr(arguments, name):
            raise UsageError(f"--mutants does not go with --{name}")
    if arguments.depth is not None:
        raise UsageError("--mutants does not go with --depth")
    if arguments.jobs is not None and arguments.jobs < 1:
        raise UsageError(f"--jobs {arguments.jobs}: at least one process is needed")
    if arguments.write and arguments.machine not in machines():
        raise UsageError("--write is for shipped machines alone; --format json prints the figures")

    from flux_conform.checking.spread import processes, processors
    from flux_conform.mutation.score import WrongClaims, lines_of, plan, score

    try:
        planned = plan(specification)
    except WrongClaims as error:
        raise UsageError(
            f"claims of {specification.name} are not decided as expected ({error}), so nothing "
            "can be said of its mutants; see `flux-conform prove`"
        ) from error
    jobs = arguments.jobs or processors()
    claims = len(specification.properties)
    work = f"{len(planned.places)} mutants, {claims} claims, on {jobs} process{'es' * (jobs > 1)}"
    print(f"{work}: {_duration(planned.seconds / jobs)}", file=sys.stderr)
    done = _progress if sys.stderr.isatty() else None
    if jobs == 1:
        found = score(planned, done=done)
    else:
        with processes(jobs).start() as executor:
            found = score(planned, executor=executor, done=done)
    if arguments.write:
        path = os.path.join(artefact("model"), "mutants", f"{specification.name}.json")
        text = finite_json({**_MADE_BY, **found.as_json()}, indent=1)
        with file_errors(path):
            write_whole(path, f"{text}\n".encode())
    if arguments.format == "json":
        print(finite_json(found.as_json(), indent=2))
    else:
        print("\n".join(lines_of(found)))
    return EXIT_BAD if found.unnoticed else EXIT_GOOD


def _duration(seconds: float) -> str:
    if seconds < 60:
        return "less than a minute"
    return f"about {round(seconds / 60)} min"


def _progress(done: int, total: int) -> None:
    overwrite(f"{done} of {total} mutants")
    if done == total:
        print(file=sys.stderr)

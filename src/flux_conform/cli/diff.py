"""Compare two specifications: what is written differently, and what that means for logs.

A and B are names (job, exec) or files. What it means is shown by the shortest eventlog that one
accepts and the other does not, in each direction, and by the shortest after which the two hold the
state to be another; or it is proved that there is none, for logs of any length. A log is accepted
where it breaks no MUST; with --strict, nothing above a note. With --history the revisions of one
specification are compared, each with the one before it. Exit codes: 0 no difference in meaning
(or the history was shown), 1 differences, 2 undecided, or the call is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    UsageError,
    add_format_option,
    load_named,
    output_paint,
    usage_errors,
)
from flux_conform.cli.file_options import write_logs
from flux_conform.language import UnknownMachine, history
from flux_conform.text import finite_json

if TYPE_CHECKING:
    import argparse

    from flux_conform.diff import Comparison
    from flux_conform.diff.wording import Files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("specifications", metavar="A B", nargs="*", help="names or YAML files")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="what is only implied, or said with SHOULD, counts against a log as well",
    )
    add_format_option(parser)
    parser.add_argument("--logs", metavar="DIR", help="write the logs that show differences")
    parser.add_argument(
        "--history",
        metavar="NAME",
        nargs="?",
        const="job",
        help="show what each revision of a specification changed (default: job)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare, tell, and give the exit code."""
    names: list[str] = arguments.specifications
    if arguments.history is not None:
        if names:
            raise UsageError("--history compares the revisions of one specification; leave out A B")
        return _run_history(arguments)
    if len(names) != 2:
        raise UsageError("give two specifications to compare: names such as job, or YAML files")
    one, two = (load_named(name) for name in names)

    from flux_conform.diff import compare
    from flux_conform.diff.meaning import DIFFERENT, NONE
    from flux_conform.diff.wording import json_value, text

    strict: bool = arguments.strict
    from flux_conform.diff.checker import checker

    comparison = compare(one, two, judge=checker(strict), names=(names[0], names[1]), strict=strict)
    files = _written(comparison, arguments.logs, "") if arguments.logs else {}
    if arguments.format == "json":
        print(finite_json(json_value(comparison, files=files), indent=2))
    else:
        print(text(comparison, paint=output_paint(), files=files))
    codes = {DIFFERENT: EXIT_BAD, NONE: EXIT_GOOD}
    return codes.get(comparison.meaning.verdict, EXIT_ERROR)


def _run_history(arguments: argparse.Namespace) -> int:
    machine: str = arguments.history
    strict: bool = arguments.strict
    with usage_errors(UnknownMachine):
        revisions = history(machine)
    if len(revisions) < 2:
        raise UsageError(f"{machine} has no revisions but today's")

    from flux_conform.diff import compare
    from flux_conform.diff.checker import checker
    from flux_conform.diff.wording import Revised, history_text, history_value

    judge = checker(strict)
    specifications = [load_named(revision.file) for revision in revisions]
    told = []
    files: dict[str, Files] = {}
    for place in range(1, len(revisions)):
        before, now = revisions[place - 1], revisions[place]
        comparison = compare(
            specifications[place - 1],
            specifications[place],
            judge=judge,
            names=(before.date, now.date),
            strict=strict,
        )
        told.append(Revised(now.date, now.title, comparison))
        if arguments.logs:
            files[now.date] = _written(comparison, arguments.logs, f"{now.date}-")
    if arguments.format == "json":
        dates = [(revision.date, revision.title) for revision in revisions]
        print(finite_json(history_value(machine, strict, dates, told, files=files), indent=2))
    else:
        print(history_text(machine, told, paint=output_paint(), files=files))
    return EXIT_GOOD


def _written(comparison: Comparison, directory: str, prefix: str) -> dict[str, str]:
    """The logs as files; their paths by direction."""
    logs = {
        f"{prefix}{answer.direction}": answer.witness.run.log
        for answer in comparison.meaning.answers
        if answer.witness is not None
    }
    files = write_logs(directory, logs.items(), "--logs")
    return {name.removeprefix(prefix): path for name, path in files.items()}

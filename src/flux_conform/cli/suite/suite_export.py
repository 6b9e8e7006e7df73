"""Write the conformance suite of a specification as plain JSON and eventlog files.

The folder holds the same bytes each time. A suite that lies there already gives the version that
was released last, the logs that kill mutants and faults, and the strength that was measured, where
the vectors are still the same; a new folder begins with those of the suite that comes with the
package, if the specification is the same. For a machine of the size of job it takes about a minute.

What no vector covers is listed at the end: clauses, transitions, states, and for a machine of many
states what is left out of the control set. --group control makes that set whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import (
    EXIT_GOOD,
    UsageError,
    add_machine_option,
    file_errors,
    load_machine,
    usage_errors,
)
from flux_conform.cli.suite.tier_option import add_tier_option
from flux_conform.language.faults import suggestion

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_machine_option(parser)
    parser.add_argument(
        "--group",
        metavar="NAME",
        action="append",
        default=[],
        help="make this group; can be repeated (default: all)",
    )
    add_tier_option(parser)
    parser.add_argument("folder", metavar="DIR", help="where to write; made where there is none")


def run(arguments: argparse.Namespace) -> int:
    """Write the suite, and give the exit code."""
    from flux_conform.language.names import path_of
    from flux_conform.suite.making.choice import Choice
    from flux_conform.suite.making.export import GROUPS
    from flux_conform.suite.making.shipping import BadFolder, files_with, suite_of, write_folder
    from flux_conform.suite.making.uncovered import gaps_of
    from flux_conform.text import printable

    specification = load_machine(arguments)
    for name in arguments.group:
        if name not in GROUPS:
            raise UsageError(f'there is no group "{name}"{suggestion(name, tuple(GROUPS))}')
    choice = Choice(tuple(dict.fromkeys(arguments.group)) or None, arguments.tier)
    with usage_errors(BadFolder), file_errors("", arguments.folder):
        path = path_of(arguments.machine)
        suite, kept = suite_of(specification, path, arguments.folder, choice)
        if not suite.vectors:
            lacks = f"; left out is {suite.lacks}" if suite.lacks else ""
            raise UsageError(f"no vector is chosen, so nothing was written{lacks}")
        write_folder(arguments.folder, files_with(specification, suite, kept))
    print(f"wrote {len(suite.vectors)} vectors to {arguments.folder}")
    gaps = gaps_of(specification, suite.vectors, suite.lacks).lines()
    if gaps:
        print("not covered:")
    for line in gaps:
        print(f"  {printable(line)}")
    for pair in suite.left_out:
        one, two = (f"`{name}` as {by}" for name, by in pair)
        line = f"no vector expects both {one} and {two}: their changes contradict each other"
        print(printable(line))
    return EXIT_GOOD

"""Write the conformance suite of a specification as plain JSON and eventlog files.

The folder holds the same bytes each time. A suite that lies there already gives the version that
was released last, the logs that killed mutants, and the strength that was measured, where the
vectors are still the same. For a machine of the size of job it takes half a minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import (
    EXIT_GOOD,
    add_machine_option,
    file_errors,
    load_machine,
    usage_errors,
)

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_machine_option(parser)
    parser.add_argument("folder", metavar="DIR", help="where to write; made where there is none")


def run(arguments: argparse.Namespace) -> int:
    """Write the suite, and give the exit code."""
    from flux_conform.language.names import path_of
    from flux_conform.suite.making.shipping import BadFolder, suite_files, write_folder

    specification = load_machine(arguments)
    with usage_errors(BadFolder), file_errors("", arguments.folder):
        made = suite_files(specification, path_of(arguments.machine), arguments.folder)
        write_folder(arguments.folder, made)
    logs = sum(name.startswith("logs/") for name in made)
    print(f"wrote {logs} vectors to {arguments.folder}")
    return EXIT_GOOD

"""Make what a suite holds now a release: it gets its version, and its changes are listed.

The folder's `released.json` keeps a digest of each vector, by which the next version is told, and
`CHANGES.md` gets an entry.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flux_conform.artefacts import artefact
from flux_conform.cli.common import (
    EXIT_GOOD,
    add_machine_option,
    file_errors,
    load_machine,
    usage_errors,
)
from flux_conform.files import write_whole

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_machine_option(parser)
    parser.add_argument("--suite", metavar="DIR", help="the suite's folder (default: the shipped)")
    parser.add_argument("--date", required=True, metavar="YYYY-MM-DD", help="of the release")


def run(arguments: argparse.Namespace) -> int:
    """Write the files, and give the exit code."""
    from flux_conform.language.names import path_of
    from flux_conform.suite.making.shipping import (
        BadFolder,
        release,
        suite_files,
        suite_of,
        write_folder,
    )

    specification = load_machine(arguments)
    folder = arguments.suite or os.path.join(artefact("conformance"), specification.name)
    path = path_of(arguments.machine)
    changelog = os.path.join(folder, "CHANGES.md")
    with usage_errors(BadFolder), file_errors("", folder):
        suite, kept = suite_of(specification, path, folder)
        so_far = ""
        if os.path.exists(changelog):
            with open(changelog, encoding="utf-8") as file:
                so_far = file.read()
        made = release(suite, kept.released, arguments.date, so_far)
        for name, data in made.items():
            write_whole(os.path.join(folder, name), data)
        write_folder(folder, suite_files(specification, path, folder))
    if made:
        print(f"released the suite in {folder}")
    else:
        print(f"no vector has changed since {kept.released.version}; {folder} is that release")
    return EXIT_GOOD

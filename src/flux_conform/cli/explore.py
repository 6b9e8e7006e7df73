"""Write the explorer: one HTML page that judges logs in a browser, without installing anything.

In the page a log is dropped, pasted, opened, or built by clicking events. It is judged there as
`flux-conform check` judges it, and replayed on the diagram; a table says what may come next. The
address of the page holds the log, so a link shares it. Two logs, or a log on two machines, stand
side by side. The page fetches nothing.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from flux_conform.cli.common import EXIT_GOOD, UsageError, file_errors, load_named
from flux_conform.language.names import machines

if TYPE_CHECKING:
    import argparse

_FIRST = "job"
"""The machine that the page shows first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("-o", "--output", metavar="FILE", help="(default: standard output)")
    parser.add_argument(
        "--machine",
        metavar="NAME[@DATE]|FILE",
        action="append",
        help="a specification that the page has; may be given several times, so that two revisions "
        "can stand side by side (default: all shipped machines)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the page, and give the exit code."""
    from flux_conform.cli.check_html import Pictures
    from flux_conform.explorer.page_machine import NotExplorable
    from flux_conform.explorer.page_text import Explored, explorer_page

    names = list(dict.fromkeys(arguments.machine or sorted(machines(), key=lambda m: m != _FIRST)))
    explored = []
    for place, name in enumerate(names):
        specification = load_named(name)
        pictures = Pictures(specification, f"{specification.name} {place}")
        explored.append(Explored(name, specification, pictures.diagram))
    try:
        text = explorer_page(explored)
    except NotExplorable as error:
        raise UsageError(str(error)) from None
    _put_out(text.encode(), None if arguments.output == "-" else arguments.output)
    return EXIT_GOOD


def _put_out(content: bytes, output: str | None) -> None:
    from flux_conform.files import write_whole

    if output is None:
        # A file's content, UTF-8 whatever the terminal speaks.
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    with file_errors(output):
        folder = os.path.dirname(os.path.realpath(output))
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"there is no folder {os.path.dirname(output)}")
        write_whole(output, content)

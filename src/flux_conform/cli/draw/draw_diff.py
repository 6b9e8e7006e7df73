"""Draw two specifications in one picture: what only B has (+), what only A has, and the rest pale.

A and B are names (job, exec), revisions (job@2022-07) or files. What the picture does not show, and
what the differences mean for logs, flux-conform diff tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, load_named

if TYPE_CHECKING:
    import argparse

    from flux_conform.diagrams import Picture

SUMMARY = "two specifications in one picture: what was added, what removed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the view takes."""
    parser.add_argument("one", metavar="A", help="a name such as job@2022-07, or a YAML file")
    parser.add_argument("two", metavar="B", help="likewise, the later one")


def picture(arguments: argparse.Namespace) -> tuple[Picture, bool]:
    """The picture of both."""
    from flux_conform.diagrams.views.comparison import diff_picture

    if arguments.machine != "job":
        raise UsageError("diff draws A and B; leave out --machine")
    names = (arguments.one, arguments.two)
    one, two = map(load_named, names)
    return diff_picture(one, two, names, arguments.generation), True

"""Draw who takes part in a life, and which events pass from whom, in order.

The specification's scenarios are told, each with the state as it changes: the first two that it
holds, or those that are named.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, load_machine

if TYPE_CHECKING:
    import argparse

    from flux_conform.diagrams import Picture

SUMMARY = "who takes part, and which events pass from whom, in order"

ALL = "all"
"""In place of a scenario's name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the view takes."""
    parser.add_argument(
        "--scenario",
        metavar="NAME",
        action="append",
        help=f"a scenario of the specification, or {ALL}; can be given several times",
    )


def picture(arguments: argparse.Namespace) -> tuple[Picture, bool]:
    """The picture of the scenarios."""
    from flux_conform.checking.transitions import course
    from flux_conform.diagrams.views.lifecycle import lifecycle_picture
    from flux_conform.machine.step import Machine

    specification = load_machine(arguments)
    if arguments.generation is not None:
        raise UsageError("a scenario tells its generation by itself; leave out --generation")
    names: list[str] = arguments.scenario or []
    if ALL in names:
        names = [scenario.name for scenario in specification.scenarios]
    return lifecycle_picture(specification, partial(course, Machine(specification)), names), True

"""Draw a machine's states and the transitions that move between them.

With --detail a table stands below them, the columns under the states: every event, headed by who
posts it, and what it does in each state, under each guard. With --lane it is a lane that is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, load_machine

if TYPE_CHECKING:
    import argparse

    from flux_conform.diagrams import Picture

SUMMARY = "the states, and what moves between them (the default)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the view takes."""
    parser.add_argument(
        "--detail",
        action="store_true",
        help="add a table of all events: who posts them, guards, those that stay",
    )
    parser.add_argument(
        "--lane", metavar="NAME", help="draw the states of a lane, a key's small machine"
    )


def picture(arguments: argparse.Namespace) -> tuple[Picture, bool]:
    """The picture of the states."""
    specification = load_machine(arguments)

    from flux_conform.diagrams import state_graph
    from flux_conform.diagrams.views.detail import detail_picture
    from flux_conform.diagrams.views.lane import lane_picture, with_lanes

    if arguments.lane is not None:
        if arguments.generation is not None:
            raise UsageError("a lane is the same in each generation; leave out --generation")
        return lane_picture(specification, arguments.lane, detail=arguments.detail), True
    make = detail_picture if arguments.detail else state_graph
    return with_lanes(make(specification, arguments.generation), specification), True

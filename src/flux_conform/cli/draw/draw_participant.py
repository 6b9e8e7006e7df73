"""Draw what a participant of a system sees of a job: the messages that it sends and gets, in order.

The machine is the smallest that has just the sequences which the system allows. The shipped system
is drawn without restarts; --restarts draws what they add.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError
from flux_conform.cli.participant_view import add_system_option, participants_view

if TYPE_CHECKING:
    import argparse

    from flux_conform.diagrams import Picture

SUMMARY = "what a participant of a system sees of a job, as a machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the view takes."""
    parser.add_argument(
        "participant", metavar="NAME", help="such as scheduler, execution-service, shell or user"
    )
    add_system_option(parser, "draw a participant")
    parser.add_argument(
        "--restarts", action="store_true", help="services and the instance may restart"
    )


def picture(arguments: argparse.Namespace) -> tuple[Picture, bool]:
    """The picture of the view."""
    from flux_conform.diagrams import state_graph

    if arguments.generation is not None:
        raise UsageError("a participant sees no generations; leave out --generation")
    budgets = {} if arguments.restarts else {"restarts": 0}
    specification = participants_view(arguments.participant, arguments.system, budgets)
    picture = state_graph(specification)
    says = {state.name: state.says for state in specification.states}
    lines = tuple(f"{state.name}: {says[state.name]}" for state in picture.states)
    return picture._replace(caption=(*picture.caption, *lines)), True

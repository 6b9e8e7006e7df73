"""Draw what a participant of a system sees of a job: the messages that it sends and gets, in order.

The machine is the smallest that has just the sequences which the system allows. What the system's
file leaves out of views, such as restarts, --budget puts in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError
from flux_conform.cli.participant_view import participants_view, shipped_system
from flux_conform.cli.prove_system import add_budget_option, budgets_of

if TYPE_CHECKING:
    import argparse

    from flux_conform.diagrams import Picture

SUMMARY = "what a participant of a system sees of a job, as a machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the view takes."""
    parser.add_argument(
        "participant", metavar="NAME", help="such as scheduler, execution-service, shell or user"
    )
    parser.add_argument(
        "--system",
        metavar="FILE",
        help="a participant of the system in FILE (default: the shipped model/system.yaml)",
    )
    add_budget_option(parser, "")


def picture(arguments: argparse.Namespace) -> tuple[Picture, bool]:
    """The picture of the view."""
    from flux_conform.diagrams import state_graph
    from flux_conform.system.system_file import load_system

    if arguments.generation is not None:
        raise UsageError("a participant sees no generations; leave out --generation")
    path: str | None = arguments.system
    system = shipped_system() if path is None else load_system(path)
    budgets = {**system.in_views, **budgets_of(arguments, system)}
    specification = participants_view(arguments.participant, system.with_budgets(budgets))
    picture = state_graph(specification)
    says = {state.name: state.says for state in specification.states}
    lines = tuple(f"{state.name}: {says[state.name]}" for state in picture.states)
    return picture._replace(caption=(*picture.caption, *lines)), True

"""Draw a machine: its states, the life of a job, the road of a log, or how two machines differ.

Without a VIEW the states are drawn, and the transitions that move between them. Each view has help
of its own: flux-conform draw trace --help. Options can stand before the view or after it.

Nothing but this package is needed, save TeX for a PDF: the drawing program comes as a wheel. The
form follows from the file's ending: .dot, .svg, .png, .pdf, .tex, .tikz, .mmd (Mermaid), .txt.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Protocol

from flux_conform.cli.common import EXIT_ERROR, EXIT_GOOD, add_machine_option, usage_errors
from flux_conform.cli.draw import (
    draw_cover,
    draw_diff,
    draw_lifecycle,
    draw_participant,
    draw_states,
    draw_trace,
)
from flux_conform.cli.draw.draw_output import add_output_options, output_of, put_out

if TYPE_CHECKING:
    from flux_conform.diagrams import Picture


class View(Protocol):
    """A module that makes the picture of one view."""

    SUMMARY: str
    """The view in a line, for help."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what the view takes beside the options of all views."""

    def picture(self, arguments: argparse.Namespace) -> tuple[Picture, bool]:
        """The picture, and whether all that was asked for is in it. Raises UsageError."""


VIEWS: dict[str, View] = {
    "states": draw_states,
    "lifecycle": draw_lifecycle,
    "trace": draw_trace,
    "cover": draw_cover,
    "diff": draw_diff,
    "participant": draw_participant,
}
_DEFAULT = "states"


class _ViewParser(argparse.ArgumentParser):
    """A parser that leaves alone what was given before the view."""

    def add_argument(self, *names: str, **options: Any) -> argparse.Action:
        return super().add_argument(*names, **{**options, "default": argparse.SUPPRESS})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    _add_common(parser)
    VIEWS[_DEFAULT].add_arguments(parser)
    parser.set_defaults(scenario=None, job=None, system=None, budget=[])
    views = parser.add_subparsers(
        dest="view", metavar="VIEW", title="views", parser_class=_ViewParser
    )
    for name, view in VIEWS.items():
        sub = views.add_parser(
            name,
            help=view.SUMMARY,
            description=getattr(view, "__doc__", None),
            formatter_class=parser.formatter_class,
        )
        _add_common(sub)
        view.add_arguments(sub)


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_machine_option(parser)
    add_output_options(parser)
    parser.add_argument("--generation", metavar="NAME", help="of the log format (default: today's)")


def run(arguments: argparse.Namespace) -> int:
    """Draw, and give the exit code."""
    output_of(arguments)

    from flux_conform.diagrams import UnknownGeneration, lay_out
    from flux_conform.diagrams.views.lane import UnknownLane
    from flux_conform.diagrams.views.lifecycle import NoScenario

    with usage_errors(NoScenario, UnknownGeneration, UnknownLane):
        picture, whole = VIEWS[arguments.view or _DEFAULT].picture(arguments)
    put_out(lay_out(picture), arguments)
    return EXIT_GOOD if whole else EXIT_ERROR

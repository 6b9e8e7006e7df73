"""Draw a machine's states and the transitions that move between them.

Nothing but this package is needed, save TeX for a PDF: the drawing program comes as a wheel. The
form follows from the file's ending: .dot, .svg, .png, .pdf, .tex, .tikz, .mmd (Mermaid), .txt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import EXIT_GOOD, UsageError, add_machine_option, load_machine
from flux_conform.cli.draw_output import add_output_options, output_of, put_out

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_machine_option(parser)
    add_output_options(parser)
    parser.add_argument("--generation", metavar="NAME", help="of the log format (default: today's)")


def run(arguments: argparse.Namespace) -> int:
    """Draw, and give the exit code."""
    output_of(arguments)
    specification = load_machine(arguments)

    from flux_conform.diagrams import UnknownGeneration, lay_out, state_graph

    try:
        picture = state_graph(specification, arguments.generation)
    except UnknownGeneration as error:
        raise UsageError(str(error)) from error
    put_out(lay_out(picture), arguments)
    return EXIT_GOOD

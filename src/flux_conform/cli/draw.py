"""Draw a machine's states and the transitions that move between them.

Nothing but this package is needed: the drawing program comes as a wheel. DOT source holds every
place, so that any Graphviz makes the same picture of it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from flux_conform.cli.common import EXIT_GOOD, UsageError, add_machine_option, load_machine

if TYPE_CHECKING:
    import argparse

# Also in flux_conform.diagrams, which is too slow to import for the sake of help.
_FORMATS = ("dot", "svg")
_ENGINES = ("pure", "dot")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_machine_option(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where to write (default: standard output)"
    )
    parser.add_argument(
        "--format", choices=_FORMATS, help="default: by the file's ending; dot where there is none"
    )
    parser.add_argument(
        "--engine",
        choices=_ENGINES,
        default="pure",
        help="what draws the SVG: pure, which comes along, or Graphviz's dot (default: pure)",
    )
    parser.add_argument("--generation", metavar="NAME", help="of the log format (default: today's)")


def run(arguments: argparse.Namespace) -> int:
    """Draw, and give the exit code."""
    output: str | None = None if arguments.output == "-" else arguments.output
    format = arguments.format or _format_of(output)
    specification = load_machine(arguments)

    from flux_conform.diagrams import EngineFailed, EngineMissing, UnknownGeneration, render

    try:
        text = render(
            specification, format, engine=arguments.engine, generation=arguments.generation
        )
    except (EngineFailed, EngineMissing, UnknownGeneration) as error:
        raise UsageError(str(error)) from error
    _write(text, output)
    return EXIT_GOOD


def _format_of(output: str | None) -> str:
    if output is None:
        return "dot"
    ending = os.path.splitext(output)[1].lower().removeprefix(".")
    if ending not in _FORMATS:
        known = " or ".join(f".{name}" for name in _FORMATS)
        raise UsageError(f'"{output}" does not end in {known}; name the format with --format')
    return ending


def _write(text: str, output: str | None) -> None:
    # Both forms are UTF-8, whatever the terminal speaks.
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        return
    try:
        with open(output, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{output}: {error.strerror or error}") from error

"""What the verb draw does with a layout: the form that is asked for, written where it is asked."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError

if TYPE_CHECKING:
    import argparse

    from flux_conform.diagrams import Layout

# Also in flux_conform.diagrams, which is too slow to import for the sake of help.
FORMATS = ("dot", "svg")
ENGINES = ("pure", "dot")


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add what tells the form of a picture and where it goes."""
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where to write (default: standard output)"
    )
    parser.add_argument(
        "--format", choices=FORMATS, help="default: by the file's ending; dot where there is none"
    )
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="pure",
        help="what draws the SVG: pure, which comes along, or Graphviz's dot (default: pure)",
    )


def output_of(arguments: argparse.Namespace) -> tuple[str, str | None]:
    """The format to draw, and the file to write; None is standard output.

    Ask before there is anything to draw: a wrong call is told at once. Raises UsageError.
    """
    output: str | None = None if arguments.output == "-" else arguments.output
    return arguments.format or _format_of(output), output


def put_out(layout: Layout, arguments: argparse.Namespace) -> None:
    """Draw a layout and write it. Raises UsageError where that cannot be done."""
    from flux_conform.diagrams import EngineFailed, EngineMissing
    from flux_conform.diagrams.dot import dot_source
    from flux_conform.diagrams.svg import svg_text

    format, output = output_of(arguments)
    try:
        text = dot_source(layout) if format == "dot" else svg_text(layout, engine=arguments.engine)
    except (EngineFailed, EngineMissing) as error:
        raise UsageError(str(error)) from error
    _write(text, output)


def _format_of(output: str | None) -> str:
    if output is None:
        return "dot"
    ending = os.path.splitext(output)[1].lower().removeprefix(".")
    if ending not in FORMATS:
        known = " or ".join(f".{name}" for name in FORMATS)
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

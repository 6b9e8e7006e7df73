"""What the verb draw does with a layout: the form that is asked for, written where it is asked."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, file_errors, says_unicode, usage_errors

if TYPE_CHECKING:
    import argparse

    from flux_conform.diagrams import Layout, Options

# Also in flux_conform.diagrams, which is too slow to import for the sake of help.
FORMATS = ("dot", "svg", "tikz", "tikzpicture", "mermaid", "text", "png", "pdf")
BINARIES = ("png", "pdf")
ENGINES = ("pure", "dot")

ENDINGS = {
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".png": "png",
    ".tex": "tikz",
    ".tikz": "tikzpicture",
    ".pdf": "pdf",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".txt": "text",
}
"""The format that a file's ending stands for."""

_LEAST_DPI, _MOST_DPI = 10, 2400
_LEAST_WIDTH, _MOST_WIDTH = 20, 10_000
_WIDTH_OF_FILES = 100


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add what tells the form of a picture and where it goes."""
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where to write (default: standard output)"
    )
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        help=f"{', '.join(FORMATS)} (tikz is a document, tikzpicture the bare picture to \\input; "
        "default: by the file's ending; without a file text on a terminal, and dot in a pipe)",
    )
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="pure",
        help="what draws SVG and PNG: pure, which comes along, or Graphviz's dot (default: pure)",
    )
    parser.add_argument(
        "--dpi", type=int, default=300, metavar="N", help="dots an inch of a PNG (default: 300)"
    )
    parser.add_argument(
        "--width",
        type=int,
        metavar="COLUMNS",
        help="how wide a text may be (default: the terminal; 100 in a file)",
    )


def output_of(arguments: argparse.Namespace) -> tuple[str, str | None]:
    """The format to draw, and the file to write; None is standard output.

    Ask before there is anything to draw: a wrong call is told at once. Raises UsageError.
    """
    output: str | None = None if arguments.output == "-" else arguments.output
    on_terminal = output is None and sys.stdout.isatty()
    format: str = arguments.format or ("text" if on_terminal else _format_of(output))
    if format not in FORMATS:
        raise UsageError(f'no format "{format}"; the known ones are {", ".join(FORMATS)}')
    if format in BINARIES and on_terminal:
        raise UsageError(f"{format} is nothing for a terminal; name a file with --output")
    for option, value, least, most in (
        ("--dpi", arguments.dpi, _LEAST_DPI, _MOST_DPI),
        ("--width", arguments.width, _LEAST_WIDTH, _MOST_WIDTH),
    ):
        if value is not None and not least <= value <= most:
            raise UsageError(f"{option} is {value}; it must be from {least} to {most}")
    return format, output


def put_out(layout: Layout, arguments: argparse.Namespace) -> None:
    """Draw a layout and write it. Raises UsageError where that cannot be done."""
    from flux_conform.diagrams import EngineFailed, EngineMissing, TexFailed, TexMissing, form

    format, output = output_of(arguments)
    with usage_errors(EngineFailed, EngineMissing, TexFailed, TexMissing):
        content = form(layout, format, _options(arguments, output))
    if output is not None:
        with file_errors(output):
            _write(output, content)
    elif format == "text":
        sys.stdout.write(content.decode())
    else:
        # A file's content, UTF-8 whatever the terminal speaks.
        sys.stdout.flush()
        sys.stdout.buffer.write(content)


def _write(output: str, content: bytes) -> None:
    from flux_conform.files import write_whole

    folder = os.path.dirname(os.path.realpath(output))
    if not os.path.isdir(folder):  # a slip of the pen, more often than a wish
        raise FileNotFoundError(f"there is no folder {os.path.dirname(output)}")
    write_whole(output, content)


def _options(arguments: argparse.Namespace, output: str | None) -> Options:
    from shutil import get_terminal_size

    from flux_conform.diagrams import Options

    width = arguments.width
    if width is None:
        on_terminal = output is None and sys.stdout.isatty()
        width = get_terminal_size().columns if on_terminal else _WIDTH_OF_FILES
    return Options(
        engine=arguments.engine,
        dpi=arguments.dpi,
        width=width,
        unicode=output is not None or says_unicode(),
    )


def _format_of(output: str | None) -> str:
    if output is None:
        return "dot"
    ending = os.path.splitext(output)[1].lower()
    if ending not in ENDINGS:
        *known, last = ENDINGS
        raise UsageError(
            f'"{output}" does not end in {", ".join(known)} or {last}; '
            "name the format with --format"
        )
    return ENDINGS[ending]

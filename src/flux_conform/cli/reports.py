"""Where reports go: a file, whole or not at all, or standard output."""

from __future__ import annotations

import argparse
import sys

from flux_conform.cli.common import file_errors
from flux_conform.cli.terminal import write_utf8
from flux_conform.text import escape_controls


def add_report_options(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--format`, `--output` and `--badge` for a report, which help calls `what`."""
    parser.add_argument(
        "--format",
        choices=("text", "json", "junit", "html"),
        default="text",
        help=f"of the {what} (default: text)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=f"where the {what} goes (default: standard output)",
    )
    parser.add_argument("--badge", metavar="FILE", help="also write a small SVG badge")


def write_report(text: str, path: str | None, option: str) -> None:
    """Write a report into a file, or to standard output where none is named; UTF-8 always.

    Nothing harmful passes, but the colours of a terminal where it goes to one.
    Raises UsageError where the file cannot be written; `option` is the one that named it.
    """
    if path is None or path == "-":
        write_utf8(text, painted=path is None and sys.stdout.isatty())
        sys.stdout.flush()
        return
    from flux_conform.files import write_whole

    with file_errors(f"{option} {path}"):
        write_whole(path, escape_controls(text).encode("utf-8", "backslashreplace"))

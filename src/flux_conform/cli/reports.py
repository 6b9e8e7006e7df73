"""Where reports go: a file, whole or not at all, or standard output."""

from __future__ import annotations

import sys

from flux_conform.cli.common import file_errors
from flux_conform.text import escape_controls


def write_report(text: str, path: str | None, option: str) -> None:
    """Write a report into a file, or to standard output where none is named; UTF-8 always.

    Nothing harmful passes, but the colours of a terminal where it goes to one.
    Raises UsageError where the file cannot be written; `option` is the one that named it.
    """
    to_terminal = path is None and sys.stdout.isatty()
    text = escape_controls(text, painted=to_terminal)
    if path is None or path == "-":
        sys.stdout.flush()
        if hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
            sys.stdout.buffer.flush()
        else:
            sys.stdout.write(text)
        return
    from flux_conform.cli.file_options import write_whole

    with file_errors(f"{option} {path}"):
        write_whole(path, text.encode("utf-8", "backslashreplace"))

"""Standard output and error of every verb, with control characters escaped."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

from flux_conform.text import escape_controls


class EscapingStream:
    """A text stream that passes its text through `flux_conform.text.escape_controls`.

    Bytes that are written to its buffer are a document and are not changed.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._painted = stream.isatty()

    def write(self, text: str) -> int:
        """Write the text with control characters escaped."""
        return self.stream.write(escape_controls(text, painted=self._painted))

    def writelines(self, lines: Iterator[str]) -> None:
        """Write the lines with control characters escaped."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def overwrite(text: str = "") -> None:
    """Write a line over the last one of standard error, which is a terminal."""
    stream = sys.stderr.stream if isinstance(sys.stderr, EscapingStream) else sys.stderr
    stream.write(f"\r\x1b[K{escape_controls(text)}")
    stream.flush()


def guarded(stream: TextIO) -> TextIO:
    """The stream with control characters escaped."""
    return stream if isinstance(stream, EscapingStream) else cast(TextIO, EscapingStream(stream))


def unguarded(stream: TextIO) -> TextIO:
    """The stream itself, for what escapes its texts and moves the cursor."""
    return stream.stream if isinstance(stream, EscapingStream) else stream


def write(text: str) -> None:
    """Write to standard output."""
    sys.stdout.write(text)


def write_now(text: str) -> None:
    """Write to standard output at once."""
    print(text, end="", flush=True)


def write_utf8(text: str, *, painted: bool = False) -> None:
    """Write to standard output in UTF-8 whatever the locale, with control characters escaped.

    The codes of `Paint` stay if the text is `painted`.
    """
    text = escape_controls(text, painted=painted)
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        buffer.write(text.encode("utf-8", "backslashreplace"))


def note(text: str) -> None:
    """Write to standard error."""
    sys.stderr.write(text)


@contextmanager
def guarded_output() -> Iterator[None]:
    """Escape control characters in standard output and error during the block."""
    with redirect_stdout(guarded(sys.stdout)), redirect_stderr(guarded(sys.stderr)):
        yield

"""Standard output and error as every verb gets them: nothing harmful passes, whoever forgot it."""

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
        self._stream = stream
        self._painted = stream.isatty()

    def write(self, text: str) -> int:
        """Write the text with control characters escaped."""
        return self._stream.write(escape_controls(text, painted=self._painted))

    def writelines(self, lines: Iterator[str]) -> None:
        """Write the lines with control characters escaped."""
        for line in lines:
            self.write(line)

    def overwrite(self, text: str) -> None:
        """Overwrite the line that the cursor is in."""
        self._stream.write(f"\r\x1b[K{escape_controls(text)}")
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def overwrite(text: str = "") -> None:
    """Write a line over the last one of standard error, which is a terminal."""
    guarded_stream = (
        EscapingStream(sys.stderr) if not isinstance(sys.stderr, EscapingStream) else sys.stderr
    )
    guarded_stream.overwrite(text)


def guarded(stream: TextIO) -> TextIO:
    """The stream, with nothing harmful written to it."""
    return stream if isinstance(stream, EscapingStream) else cast(TextIO, EscapingStream(stream))


def write(text: str) -> None:
    """Write to standard output."""
    sys.stdout.write(text)


def write_now(text: str) -> None:
    """Write to standard output at once."""
    print(text, end="", flush=True)


def note(text: str) -> None:
    """Write to standard error."""
    sys.stderr.write(text)


@contextmanager
def guarded_output() -> Iterator[None]:
    """Meanwhile, standard output and error are guarded."""
    with redirect_stdout(guarded(sys.stdout)), redirect_stderr(guarded(sys.stderr)):
        yield

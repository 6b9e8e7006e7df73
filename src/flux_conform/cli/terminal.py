"""Standard output and error as every verb gets them: nothing harmful passes, whoever forgot it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

from flux_conform.text import harmless


class Harmless:
    """A text stream that escapes what `flux_conform.text.harmless` names, and else is the stream.

    What goes to the buffer below it is a document's bytes and is not touched.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._painted = stream.isatty()

    def write(self, text: str) -> int:
        """Write the text without what is harmful."""
        return self._stream.write(harmless(text, painted=self._painted))

    def writelines(self, lines: Iterator[str]) -> None:
        """Write the lines without what is harmful."""
        for line in lines:
            self.write(line)

    def overwrite(self, text: str) -> None:
        """Write a line over the one that the cursor is in."""
        self._stream.write(f"\r\x1b[K{harmless(text)}")
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def overwrite(text: str = "") -> None:
    """Write a line over the last one of standard error, which is a terminal."""
    guarded_stream = Harmless(sys.stderr) if not isinstance(sys.stderr, Harmless) else sys.stderr
    guarded_stream.overwrite(text)


def guarded(stream: TextIO) -> TextIO:
    """The stream, with nothing harmful written to it."""
    return stream if isinstance(stream, Harmless) else cast(TextIO, Harmless(stream))


@contextmanager
def guarded_output() -> Iterator[None]:
    """Meanwhile, standard output and error are guarded."""
    with redirect_stdout(guarded(sys.stdout)), redirect_stderr(guarded(sys.stderr)):
        yield

"""Runs TeX, if it is installed, to make a PDF of a document."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from flux_conform.leftovers import removed_on_signals

PROGRAM = "pdflatex"

TIME_LIMIT = 120.0
"""Timeout of TeX in seconds; a picture takes less than one second."""

_TELLING_LINES = 2
"""TeX breaks an error message after 79 characters and continues on the next line."""


class TexMissing(LookupError):
    """There is no pdflatex on PATH."""

    def __str__(self) -> str:
        return (
            f"cannot find the program {PROGRAM}: install TeX Live with TikZ and the class "
            "standalone, or take the format tikz, which needs no TeX"
        )


class TexFailed(RuntimeError):
    """TeX did not make a PDF; `said` is its first error, in one line."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said

    def __str__(self) -> str:
        return f"{PROGRAM} failed: {self.said}"


def pdf_bytes(document: str) -> bytes:
    """The PDF that pdflatex makes of a document, the same bytes each time.

    It runs in a folder of its own, may start no other program, and asks nothing.

    Raises:
        TexMissing: It is not installed.
        TexFailed: It made no PDF, be it for the document's sake or because the installation lacks
            something.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise TexMissing
    with (
        tempfile.TemporaryDirectory(prefix="flux-conform-") as folder,
        removed_on_signals(lambda: shutil.rmtree(folder, ignore_errors=True)),
    ):
        place = Path(folder, "picture.tex")
        # The trailer's id would hold the time and the folder.
        place.write_text("\\pdftrailerid{}\\pdfsuppressptexinfo=-1\n" + document, encoding="utf-8")
        told = _run(program, folder)
        try:
            made = place.with_suffix(".pdf").read_bytes()
        except OSError as error:
            raise TexFailed(told or "it made no PDF, and did not say why") from error
    if not made.startswith(b"%PDF-"):
        raise TexFailed("what it made is no PDF")
    return made


def _run(program: str, folder: str) -> str:
    """Run TeX on the document in a folder; the result is its first error, none being empty."""
    command = (
        *(program, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error"),
        "picture.tex",
    )
    environment = {
        **os.environ,
        # The dates in a PDF, which nobody needs.
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
        "TEXINPUTS": f".{os.pathsep}{os.environ.get('TEXINPUTS', '')}",
    }
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TexFailed(f"it was not done after {TIME_LIMIT:g} seconds") from error
    except OSError as error:
        raise TexFailed(error.strerror or str(error)) from error
    said = (done.stdout + b"\n" + done.stderr).decode(errors="replace")
    if done.returncode != 0:
        # A PDF begun before the error is no picture.
        Path(folder, "picture.pdf").unlink(missing_ok=True)
    return _first_error(said)


def _first_error(said: str) -> str:
    """The first error in what TeX says, or else the last line of it."""
    lines = [line.rstrip() for line in said.splitlines()]
    for place, line in enumerate(lines):
        # "! LaTeX Error: File `standalone.cls' not found." or "I can't find the format file …".
        if line.startswith("!") or re.match(r"(?:\S+: )?I can't find", line):
            found = lines[place : place + _TELLING_LINES]
            if len(line) < 79:
                del found[1:]
            return "".join(found).removeprefix("! ")
    return next((line for line in reversed(lines) if line), "")

"""A shell for the examples of the pages, with stand-ins for what is not on every machine."""

from __future__ import annotations

import contextlib
import glob
import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

from flux_conform.cli.main import main

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STANDINS = HERE / "standins"
YOURS = STANDINS / "yours"
"""Modules that the pages name as programs of the reader's."""

_LEFT_OUT = " ".join(
    f"-p no:{plugin}"
    for plugin in ("cacheprovider", "hypothesispytest", "pytest_cov", "xdist", "xdist.looponfail")
)
"""What no example needs of pytest, and takes half of its time."""
_FOR_THE_SHELL = ("&", "&&", "||", ";", "<", ">>")


def programs(folder: Path) -> None:
    """Write the programs that come first on the path of the examples."""
    python = shlex.quote(sys.executable)
    called = {
        "python": python,
        "python3": python,
        "flux-conform": f"{python} -m flux_conform",
        "flux": f"{python} {shlex.quote(str(STANDINS / 'flux.py'))}",
        "pip": f"{python} {shlex.quote(str(STANDINS / 'pip.py'))}",
        "given": f"{python} {shlex.quote(str(STANDINS / 'given.py'))}",
        # Whether there is such a target, and all that it needs.
        "make": f"env PATH={shlex.quote(os.environ['PATH'])} make -s -n -C {shlex.quote(str(ROOT))}",
    }
    for name, words in called.items():
        path = folder / name
        path.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
        path.chmod(0o755)


class Console:
    """A shell in a folder, in which `flux-conform` runs in this very process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code = 0

    def home(self) -> None:
        """Go back to the folder in which every block begins."""
        os.chdir(self.folder)

    def run(self, command: str) -> str:
        """What a command prints, on both of its streams; `code` is how it ended."""
        if command == "echo $?":
            return f"{self.code}\n"
        words = shlex.shlex(command, posix=True, punctuation_chars="|>&;<")
        words.whitespace_split = True
        words.commenters = ""
        own = list(words)
        if own[0] == "cd":
            os.chdir(own[1])
            return ""
        if own[0] == "pytest":
            # In a process of its own: it would be strange to itself in this one.
            options = f"{_LEFT_OUT} --ignore=examples"
            return self._shell(f"python -m {command} {options}", b"")
        if own[0] != "flux-conform" or any(word in _FOR_THE_SHELL for word in own):
            return self._shell(command, b"")
        cut = next((index for index, word in enumerate(own) if word in ("|", ">")), len(own))
        said, printed = io.BytesIO(), io.BytesIO()
        self._own(own[1:cut], said, said if cut == len(own) else printed)
        if cut == len(own):
            return said.getvalue().decode()
        if own[cut] == ">":
            Path(own[cut + 1]).write_bytes(printed.getvalue())
            return said.getvalue().decode()
        return said.getvalue().decode() + self._shell(command.split("|", 1)[1], printed.getvalue())

    def _own(self, words: list[str], said: io.BytesIO, printed: io.BytesIO) -> None:
        # The folder is the current one.
        arguments = [found for word in words for found in (sorted(glob.glob(word)) or [word])]
        out, err = (
            io.TextIOWrapper(stream, encoding="utf-8", write_through=True)
            for stream in (printed, said)
        )
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                self.code = main(arguments)
            except SystemExit as exit_:
                self.code = int(exit_.code or 0)
        out.detach()
        err.detach()

    def _shell(self, command: str, given: bytes) -> str:
        ended = subprocess.run(
            ["sh", "-c", command],
            env={
                name: value
                for name, value in os.environ.items()
                # Where pytest knows that nobody watches, it cuts no line.
                if not name.startswith(("PYTEST_", "COV_")) and name not in ("CI", "BUILD_NUMBER")
            },
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        self.code = ended.returncode
        return ended.stdout.decode()

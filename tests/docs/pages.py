"""Pages of documentation as sequences of examples, which sybil finds and runs in order.

A fenced block is an example by its language:

- ``console``: lines that begin with ``$`` are commands, those below them what they print. A line
  ``…`` or ``...`` stands for any number of lines, a ``…`` within a line for anything there.
- ``python``: is run; the blocks of a page share their names.
- any: a comment ``<!-- file: NAME -->`` before it writes the block into that file,
  ``<!-- more of: NAME -->`` adds it, ``<!-- not run: WHY -->`` leaves it alone.

A block that is indented has no language; it is told by how it begins.
"""

from __future__ import annotations

import contextlib
import glob
import io
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator

from flux_conform.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md"))
README = ROOT / "README.md"

_BLOCK = re.compile(
    r"^(?:<!--\ (?P<note>[^>]*?)\ -->\n\s*)?"
    r"^(?P<fence>```+)(?P<language>[\w{}-]*)[^\n]*\n(?P<body>.*?)^(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_INDENTED = re.compile(r"(?<=\n\n) {4}.*\n(?:(?: {4}.*)?\n)*(?=\S|\Z)")
_DOTS = ("…", "...")
_LEFT_OUT = " ".join(
    f"-p no:{plugin}"
    for plugin in ("cacheprovider", "hypothesispytest", "pytest_cov", "xdist", "xdist.looponfail")
)
"""What no example needs of pytest, and takes half of its time."""


class Block(NamedTuple):
    """A block of a page: where it stands, what a comment before it says, its language and text."""

    start: int
    end: int
    note: str
    language: str
    body: str


def blocks_of(text: str) -> list[Block]:
    """The blocks of a page, in order: those with fences, and those that are indented."""
    fenced = [
        Block(match.start(), match.end(), match["note"] or "", match["language"], match["body"])
        for match in _BLOCK.finditer(text)
    ]
    for block in fenced:
        text = text[: block.start] + "-" * (block.end - block.start) + text[block.end :]
    indented = [
        Block(match.start(), match.end(), "", _language(body), body)
        for match in _INDENTED.finditer(text)
        for body in [textwrap.dedent(match[0])]
    ]
    return sorted([*fenced, *indented])


def _language(body: str) -> str:
    """The language of a block that does not name it."""
    if body.startswith("$ "):
        return "console"
    return "python" if re.match(r"(from|import) ", body) else "sh"


class Mismatch(AssertionError):
    """A command printed something else than the page says."""


class Console:
    """A shell in a folder, in which `flux-conform` runs in this very process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code = 0

    def run(self, command: str) -> str:
        """What a command prints, on both of its streams; `code` is how it ended."""
        if command == "echo $?":
            return f"{self.code}\n"
        words = shlex.shlex(command, posix=True, punctuation_chars="|>")
        words.whitespace_split = True
        words.commenters = ""
        own = list(words)
        if own[:1] == ["pytest"]:
            # In a process of its own: it would be strange to itself in this one.
            options = f"{_LEFT_OUT} --ignore=examples"
            return self._shell(f"{sys.executable} -m {command} {options}", b"")
        if own[:1] != ["flux-conform"]:
            return self._shell(command, b"")
        cut = next((index for index, word in enumerate(own) if word in ("|", ">")), len(own))
        said, printed = io.BytesIO(), io.BytesIO()
        self._own(own[1:cut], said, said if cut == len(own) else printed)
        if cut == len(own):
            return said.getvalue().decode()
        if own[cut] == ">":
            (self.folder / own[cut + 1]).write_bytes(printed.getvalue())
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
            cwd=self.folder,
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
        )
        self.code = ended.returncode
        return ended.stdout.decode()


def commands_of(body: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, and the lines that it is said to print."""
    command: str | None = None
    told: list[str] = []
    continues = False
    for line in body.splitlines():
        if continues and command is not None:
            command += " " + line.strip().removesuffix("\\").strip()
        elif line.startswith("$ "):
            if command is not None:
                yield command, told
            command, told = line[2:].removesuffix("\\").strip(), []
        elif command is not None:
            told.append(line)
            continue
        else:
            raise ValueError(f"a console block begins with a command, not with {line!r}")
        continues = line.endswith("\\")
    if command is not None:
        yield command, told


def agrees(told: list[str], printed: list[str]) -> bool:
    """Whether what is printed is what is told, dots standing for anything."""
    pattern = "".join(
        r"(?:.*\n)*?"
        if line.strip() in _DOTS
        else ".*".join(re.escape(part) for part in line.rstrip().split("…")) + r"\n"
        for line in told
    )
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in printed)) is not None


def strip(lines: list[str]) -> list[str]:
    """The lines without empty ones at either end."""
    return "\n".join(lines).strip("\n").splitlines()


def run_console(example: Example) -> None:
    """Run the commands of a block, and hold what they print against what is told."""
    console: Console = example.namespace["console"]
    for command, told in commands_of(example.parsed):
        printed = strip(console.run(command).splitlines())
        if not agrees(strip(told), printed):
            where = f"{example.path}:{example.line}"
            raise Mismatch("\n".join((f"{where}: $ {command}", *printed)))


def write_file(example: Example) -> None:
    """Write a block into the file that it is."""
    name, mode, body = example.parsed
    console: Console = example.namespace["console"]
    path = console.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8") as file:
        file.write(body)


def parse(document: Document) -> Iterator[Region]:
    """The examples of a page, for sybil."""
    python = PythonEvaluator()
    for block in blocks_of(document.text):
        how, _, name = block.note.partition(": ")
        if how == "not run":
            continue
        if how in ("file", "more of"):
            parsed = (name, "w" if how == "file" else "a", block.body)
            yield Region(block.start, block.end, parsed, write_file)
        elif block.language == "console":
            yield Region(block.start, block.end, block.body, run_console)
        elif block.language == "python":
            body = PythonSource(block.body)
            body.line_offset = document.text.count("\n", block.start, block.end) - (
                block.body.count("\n") + 1
            )
            yield Region(block.start, block.end, body, python)


class PythonSource(str):
    """Source with the number of lines between the start of its region and its own."""

    line_offset = 0


def examples_of(path: Path) -> list[Example]:
    """The examples of a page, in order; they share a namespace."""
    return list(Sybil(parsers=[parse]).parse(path).examples())

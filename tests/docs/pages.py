"""Pages of documentation as sequences of examples, which sybil finds and runs in order.

A fenced block is an example by its language:

- ``console``: lines that begin with ``$`` are commands, those below them what they print. A line
  ``…`` or ``...`` stands for any number of lines, a ``…`` within a line for anything there.
- ``sh``: every line is a command. It must end with 0, or as a comment behind it says:
  ``# exits with 1``.
- ``python``: is run; the blocks of a page share their names.
- ``yaml``: a list of the steps of a CI host, whose ``run`` is run.

Comments before a block say more, one in each:

- ``<!-- file: NAME -->`` writes the block into that file, ``<!-- more of: NAME -->`` adds it, and
  ``<!-- patch: OLD NEW -->`` makes NEW of the file OLD by the block, a diff;
- ``<!-- run: COMMAND -->`` is run before the block, and readers do not see it; it may stand alone;
- ``<!-- slow -->`` leaves the block to the slow tests;
- ``<!-- not run: WHY -->`` leaves it alone. What may stand for WHY is a closed list, and the test
  counts it.

A block that is indented has no language; how it begins says which it is.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator

from docs.console import Console

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))
SMALL = sorted(
    [
        ROOT / "ARCHITECTURE.md",
        ROOT / "CONTRIBUTING.md",
        *ROOT.glob("*/README.md"),
        *ROOT.glob("examples/*/README.md"),
    ]
)

_NOTE = re.compile(r"^<!-- (?P<note>.*?) -->\n\s*", re.MULTILINE)
_ALONE = re.compile(r"^<!-- (?P<note>run: .*?) -->$", re.MULTILINE)
_BLOCK = re.compile(
    r"^(?P<notes>(?:<!--\ [^\n]*?\ -->\n\s*)*)"
    r"^(?P<fence>```+)(?P<language>[\w{}-]*)[^\n]*\n(?P<body>.*?)^(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_INDENTED = re.compile(
    r"(?<=\n)(?P<notes>(?:<!--\ .*?\ -->\n\n?)*)(?<=\n\n)(?P<body>[ ]{4}.*\n(?:(?:[ ]{4}.*)?\n)*)(?=\S|\Z)",
    re.VERBOSE,
)
_DOTS = ("…", "...")
_COMMENT = re.compile(
    r"""^(?P<command>(?:[^'"#]|'[^']*'|"[^"]*"|(?<=\S)\#)*?)\s*(?:(?<!\S)(?P<said>\#.*))?$"""
)
_CODE = re.compile(r"exits with (\d+)")
_STEP = frozenset(("name", "run", "uses", "with", "env", "if", "id", "working-directory"))
"""The keys of a step that GitHub Actions knows, but for a few that no page needs."""


class Block(NamedTuple):
    """A block of a page: where it stands, what comments before it say, its language and text."""

    start: int
    end: int
    notes: tuple[str, ...]
    language: str
    body: str

    def noted(self, how: str) -> list[str]:
        """What the comments of a kind say."""
        return [
            what for note in self.notes for kind, _, what in [note.partition(": ")] if kind == how
        ]

    @property
    def slow(self) -> bool:
        """Whether the block is left to the slow tests."""
        return "slow" in self.notes


def blocks_of(text: str) -> list[Block]:
    """The blocks of a page, in order: those with fences, and those that are indented."""
    fenced = [
        Block(match.start(), match.end(), _notes(match), match["language"], match["body"])
        for match in _BLOCK.finditer(text)
    ]
    for block in fenced:
        text = text[: block.start] + "-" * (block.end - block.start) + text[block.end :]
    indented = [
        Block(match.start(), match.end(), _notes(match), _language(body), body)
        for match in _INDENTED.finditer(text)
        for body in [textwrap.dedent(match["body"])]
    ]
    return sorted([*fenced, *indented])


def _notes(match: re.Match[str]) -> tuple[str, ...]:
    return tuple(note["note"] for note in _NOTE.finditer(match["notes"] or ""))


def _language(body: str) -> str:
    """The language of a block that does not name it."""
    if body.startswith("$ "):
        return "console"
    return "python" if re.match(r"(from|import) ", body) else "sh"


class Mismatch(AssertionError):
    """A command printed or ended otherwise than the page says."""


def logical_lines(body: str) -> Iterator[str]:
    """The lines of a shell script, those that end in a backslash joined with the next."""
    yield from (line.strip() for line in re.sub(r"\\\n\s*", "", body).splitlines() if line.strip())


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


def script_of(body: str) -> Iterator[tuple[str, int]]:
    """Each command of a script, without its comment, and the exit code that the comment names."""
    for line in logical_lines(body):
        parts = _COMMENT.match(line)
        if parts is None:
            raise ValueError(f"a quote is not closed: {line}")
        if command := parts["command"].strip():
            code = _CODE.search(parts["said"] or "")
            yield command, int(code[1]) if code else 0


def steps_of(body: str) -> Iterator[str]:
    """The commands of the steps of a CI host."""
    for step in yaml.safe_load(body):
        if unknown := set(step) - _STEP:
            raise ValueError(f"no step has {', '.join(sorted(unknown))}")
        yield from logical_lines(step.get("run", ""))


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
    console = begin(example)
    for command, told in commands_of(example.parsed):
        printed = strip(console.run(command).splitlines())
        if not agrees(strip(told), printed):
            raise Mismatch("\n".join((f"{_place(example)}: $ {command}", *printed)))


def run_script(example: Example) -> None:
    """Run the commands of a block, each of which must end as it is said to."""
    console = begin(example)
    for command, code in example.parsed:
        printed = console.run(command)
        if console.code != code or "Traceback" in printed:
            what = f"{_place(example)}: {command}: exit code {console.code}, not {code}"
            raise Mismatch(f"{what}\n{printed}")


def write_file(example: Example) -> None:
    """Write a block into the file that it is."""
    name, mode, body = example.parsed
    path = begin(example).folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8") as file:
        file.write(body)


def patch_file(example: Example) -> None:
    """Make a file of another by a diff without line numbers, whose parts come in order."""
    folder = begin(example).folder
    old, new, body = example.parsed
    text = "\n" + (folder / old).read_text(encoding="utf-8")
    place = 0
    for part in re.findall(r"(?:^[+-].*\n)+|^ .*\n", body, re.MULTILINE):
        before, after = (
            "".join(line[1:] for line in part.splitlines(keepends=True) if line[0] in signs)
            for signs in (" -", " +")
        )
        place = text.find(f"\n{before}", place)
        if place < 0:
            raise Mismatch(f"{_place(example)}: not in {old}, or not in this order:\n{before}")
        text = f"{text[:place]}\n{after}{text[place + 1 + len(before) :]}"
        place += len(after)  # what comes next stands behind it
    (folder / new).write_text(text[1:], encoding="utf-8")


def begin(example: Example) -> Console:
    """The console of the page, in the folder in which each block begins."""
    console: Console = example.namespace["console"]
    console.home()
    return console


def _place(example: Example) -> str:
    return f"{example.path}:{example.line}"


class Page:
    """A parser for sybil, which finds the examples of a page; the slow ones on demand."""

    def __init__(self, *, slow: bool) -> None:
        self.slow = slow
        self.python = PythonEvaluator()

    def __call__(self, document: Document) -> Iterator[Region]:
        """The examples of a page, in order."""
        taken = 0
        for block in blocks_of(document.text):
            yield from self._hidden(document.text, taken, block.start)
            taken = block.end
            if block.noted("not run") or (block.slow and not self.slow):
                continue
            start = block.start
            if hidden := block.noted("run"):
                yield Region(start, start + 1, [*script_of("\n".join(hidden))], run_script)
                start += 1
            yield from self._region(document, block, start)
        yield from self._hidden(document.text, taken, len(document.text))

    def _hidden(self, text: str, start: int, end: int) -> Iterator[Region]:
        """The commands in comments that stand alone."""
        for match in _ALONE.finditer(text, start, end):
            script = script_of(match["note"].removeprefix("run: "))
            yield Region(match.start(), match.end(), [*script], run_script)

    def _region(self, document: Document, block: Block, start: int) -> Iterator[Region]:
        body, end = block.body, block.end
        if names := block.noted("file"):
            yield Region(start, end, (names[0], "w", body), write_file)
        elif names := block.noted("more of"):
            yield Region(start, end, (names[0], "a", body), write_file)
        elif names := block.noted("patch"):
            yield Region(start, end, (*names[0].split(), body), patch_file)
        elif block.language == "console":
            yield Region(start, end, body, run_console)
        elif block.language == "sh":
            yield Region(start, end, [*script_of(body)], run_script)
        elif block.language == "yaml":
            yield Region(start, end, [(command, 0) for command in steps_of(body)], run_script)
        elif block.language == "python":
            source = PythonSource(body)
            source.line_offset = document.text.count("\n", start, end) - (body.count("\n") + 1)
            yield Region(start, end, source, self.python)


def is_run(block: Block) -> bool:
    """Whether a block is an example, or a part of one."""
    kept = any(block.noted(how) for how in ("file", "more of", "patch"))
    return kept or block.language in ("console", "sh", "yaml", "python")


class PythonSource(str):
    """Source with the number of lines between the start of its region and its own."""

    line_offset = 0


def examples_of(path: Path, *, slow: bool = False) -> list[Example]:
    """The examples of a page, in order; they share a namespace."""
    return list(Sybil(parsers=[Page(slow=slow)]).parse(path).examples())

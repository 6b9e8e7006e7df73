"""Hand-written texts that cite rules, with generated parts, each between two comments.

.. generated: NAME ARGUMENT

this part is regenerated from a specification

.. end of generated text
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from flux_conform.language.faults import Fault, SpecificationFaults, closest

_UNDERLINE = re.compile(r"([=\-~])\1{2,}")
_MARKUP = re.compile(r"``(?P<code>[^`]+)``|`(?P<link>[^`<]+?)(?: <[^`>]*>)?`_|\*(?P<soft>[^*]+)\*")
_BEGIN = re.compile(r"\.\. generated: *(?P<name>\S+)(?: +(?P<argument>.*?))? *$")
_END = re.compile(r"\.\. end of generated text *$")
_ALMOST = re.compile(r"\s*\.\.\s*(?:generated|end\s+of\s+generated)\b", re.IGNORECASE)

RenderPart = Callable[[str, str], str]
"""Makes a part's text from its name and argument ("" if it has none). Raises UnknownPart."""


class UnknownPart(LookupError):
    """No part has this name, or the part does not accept the argument; `known` lists valid ones."""

    def __init__(self, message: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(message)
        self.message = message
        self.name = name
        self.known = known


class Part(NamedTuple):
    """A generated part: its name and argument, and its line numbers including both comments.

    `first` and `last` count from 1.
    """

    name: str
    argument: str
    first: int
    last: int

    @property
    def title(self) -> str:
        """The name and the argument."""
        return f"{self.name} {self.argument}".strip()


def parts_of(text: str, file: str) -> tuple[Part, ...]:
    """Return the generated parts of a text; `file` names it in faults.

    Raises SpecificationFaults if the comments do not match.
    """
    found: list[Part] = []
    faults: list[Fault] = []
    open_part: Part | None = None
    for number, line in enumerate(text.splitlines(), 1):
        begin, end = _BEGIN.fullmatch(line), _END.fullmatch(line)
        if begin is not None:
            if open_part is not None:
                faults.append(_unclosed(open_part, file))
            open_part = Part(begin["name"], begin["argument"] or "", number, number)
        elif end is not None and open_part is not None:
            found.append(open_part._replace(last=number))
            open_part = None
        elif end is not None:
            message = "an end without a beginning"
            faults.append(Fault(file, number, 1, message, '".. generated: NAME" before it'))
        elif _ALMOST.match(line):
            message = "a comment that is nearly one of a generated part"
            meant = '".. generated: NAME" or ".. end of generated text", at the line\'s beginning'
            faults.append(Fault(file, number, 1, message, meant))
    if open_part is not None:
        faults.append(_unclosed(open_part, file))
    if faults:
        raise SpecificationFaults(faults, {file: text})
    return tuple(found)


def regenerate(text: str, file: str, make: RenderPart) -> tuple[str, tuple[Part, ...]]:
    """Return the text with every part regenerated, and the parts that changed.

    Raises SpecificationFaults with all faulty comments.
    """
    lines = text.splitlines(keepends=True)
    written: list[str] = []
    stale: list[Part] = []
    faults: list[Fault] = []
    done = 0
    for part in parts_of(text, file):
        written += lines[done : part.first]
        try:
            body = f"\n{make(part.name, part.argument).rstrip()}\n\n"
        except UnknownPart as error:
            faults.append(_unknown(part, error, file))
            body = ""
        if body != "".join(lines[part.first : part.last - 1]):
            stale.append(part)
        written.append(body)
        done = part.last - 1
    if faults:
        raise SpecificationFaults(faults, {file: text})
    return "".join([*written, *lines[done:]]), tuple(stale)


def without_parts(text: str, file: str) -> Iterator[tuple[int, str]]:
    """Yield the hand-written lines, with their numbers from 1."""
    made = {n for part in parts_of(text, file) for n in range(part.first, part.last + 1)}
    for number, line in enumerate(text.splitlines(), 1):
        if number not in made:
            yield number, line


class Passage(NamedTuple):
    """A paragraph: its heading, its first line, and its words without markup."""

    section: str
    line: int
    text: str


def passages(text: str, file: str, rule: str) -> tuple[Passage, ...]:
    """Return the paragraphs that cite a rule, in order. Raises SpecificationFaults.

    Only the markup that these texts use is parsed, so that docutils is not needed at run time.
    """
    return tuple(
        Passage(section, line, _MARKUP.sub(lambda m: m["code"] or m["link"] or m["soft"], words))
        for section, line, words in _paragraphs(text, file)
        if f"`{rule}`_" in words
    )


def _paragraphs(text: str, file: str) -> list[tuple[str, int, str]]:
    found: list[tuple[str, int, str]] = []
    section, first = "", 0
    gathered: list[str] = []
    before = ""
    for number, line in [*without_parts(text, file), (0, "")]:
        if _UNDERLINE.fullmatch(line) and before.strip() and len(line) >= len(before.strip()):
            section, gathered = before.strip(), []
        elif line.strip():
            first = first if gathered else number
            gathered.append(line.strip())
        elif gathered:
            found.append((section, first, " ".join(gathered)))
            gathered = []
        before = line
    return found


def _unclosed(part: Part, file: str) -> Fault:
    message = f'the generated part "{part.title}" has no end'
    return Fault(file, part.first, 1, message, '".. end of generated text" after it')


def _unknown(part: Part, error: UnknownPart, file: str) -> Fault:
    column = len(".. generated: ") + 1
    near = closest(error.name, error.known)
    expected = None if near else f"one of {', '.join(error.known)}" if error.known else None
    return Fault(file, part.first, column, error.message, expected, near)

"""The hand-written paragraphs of this project's texts that cite a rule."""

from __future__ import annotations

import re
from typing import NamedTuple

from flux_conform.rfc.marked import without_parts


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
        Passage(section, line, _plain(words))
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


_UNDERLINE = re.compile(r"([=\-~])\1{2,}")
_MARKUP = re.compile(r"``(?P<code>[^`]+)``|`(?P<link>[^`<]+?)(?: <[^`>]*>)?`_|\*(?P<soft>[^*]+)\*")


def _plain(words: str) -> str:
    """Remove the markup; a link is replaced by its text."""
    return _MARKUP.sub(lambda m: m["code"] or m["link"] or m["soft"], words)

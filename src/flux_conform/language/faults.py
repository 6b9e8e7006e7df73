"""Faults of a specification file: values with a position, reported all together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from flux_conform.text import printable


class Fault(NamedTuple):
    """One mistake: its position (line and column count from 1), and what was expected."""

    file: str
    line: int
    column: int
    message: str
    expected: str | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.message}"
        if self.suggestion is not None:
            text += f'; did you mean "{self.suggestion}"?'
        elif self.expected is not None:
            text += f"; expected {self.expected}"
        return text


class SpecificationFaults(Exception):
    """A specification file that cannot be loaded; `faults` holds every mistake, by place.

    `texts` are the texts that were read, by file name.
    """

    def __init__(self, faults: Iterable[Fault], texts: Mapping[str, str] | None = None) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault[1:3])))
        self.texts = texts or {}
        super().__init__(self.faults)

    def __str__(self) -> str:
        lines_of = {file: text.splitlines() for file, text in self.texts.items()}
        parts = []
        for fault in self.faults:
            parts.append(printable(str(fault)))
            lines = lines_of.get(fault.file, [])
            if 1 <= fault.line <= len(lines):
                excerpt = lines[fault.line - 1]
                start = max(0, fault.column - 60)
                parts.append(f"    {excerpt[start : start + 100]}")
                parts.append("    " + " " * (fault.column - 1 - start) + "^")
        return "\n".join(parts)


def closest(name: str, known: Sequence[str]) -> str | None:
    """The known name that is most like a mistyped one, or None if none is close."""
    import difflib

    if len(name) > 100:  # not a typing mistake
        return None
    folded = {candidate.lower(): candidate for candidate in reversed(known)}
    matches = difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def suggestion(name: str, known: Sequence[str], otherwise: str = "") -> str:
    """The end of a sentence on an unknown name: the one that is near, or else the known ones."""
    near = closest(name, known)
    if near is not None:
        return f'; did you mean "{near}"?'
    return f"; {otherwise or 'known are ' + ', '.join(known)}"

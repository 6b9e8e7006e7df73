"""Two specifications compared: what is written differently, and what that means for logs."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.diff.meaning import Judge, Meaning, meaning
from flux_conform.diff.written import Change, changes
from flux_conform.language.specification import Specification

__all__ = ["Comparison", "compare"]


class Comparison(NamedTuple):
    """Two specifications by the names that a caller gives them, and how they differ."""

    one: str
    two: str
    structure: tuple[Change, ...]
    meaning: Meaning


def compare(
    one: Specification,
    two: Specification,
    *,
    judge: Judge,
    names: tuple[str, str] = ("A", "B"),
    strict: bool = False,
) -> Comparison:
    """Compare two specifications, in structure and in meaning.

    `judge` is the checker, which confirms each log that is found; `strict` lets what is only
    implied, or said with SHOULD, count against a log. Raises Misjudged where the checker does not
    see what the search saw.
    """
    return Comparison(*names, changes(one, two), meaning(one, two, judge=judge, strict=strict))

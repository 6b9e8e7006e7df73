"""Comparison of two specifications: what is written differently, and what that means for logs."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.diff.meaning import Judge, Meaning, meaning
from flux_conform.diff.written import Change, changes
from flux_conform.language.specification import Specification

__all__ = ["Comparison", "compare"]


class Comparison(NamedTuple):
    """How two specifications differ, and the names that the caller gives them."""

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

    `judge` is the checker, which confirms each log that is found. If `strict`, implied rules and
    those with SHOULD count against a log too. Raises Misjudged if the checker does not confirm what
    the search found.
    """
    return Comparison(*names, changes(one, two), meaning(one, two, judge=judge, strict=strict))

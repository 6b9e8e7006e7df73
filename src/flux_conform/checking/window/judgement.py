"""What can be said of a window of a log."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from flux_conform.checking.finding import Counted, Finding

WindowVerdict: TypeAlias = Literal["conforms", "violates", "inconclusive"]


class Doubt(NamedTuple):
    """A rule that a window breaks after some pasts and not after others, and at which line.

    `rule` is "" where there are too many pasts to follow, or no event.
    """

    rule: str
    line: int
    event: str
    says: str


class WindowJudgement(NamedTuple):
    """What can be said of a window.

    `verdict` is conforms, violates or inconclusive; `states` are those in which it can end.
    `begins` tells that the log's beginning is in it. `left_out` are the numbers of lines that are
    fragments, where the log was cut through. Of each rule at most MOST_LISTED findings, and as
    many doubts, are listed: `counted` and `counted_doubts` count the others, these by rule.
    """

    verdict: WindowVerdict
    states: tuple[str, ...]
    events: int
    findings: tuple[Finding, ...]
    doubts: tuple[Doubt, ...]
    begins: bool
    left_out: tuple[int, ...]
    counted: tuple[Counted, ...] = ()
    counted_doubts: tuple[tuple[str, int], ...] = ()

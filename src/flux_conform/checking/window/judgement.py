"""The judgement on a window of a log."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from flux_conform.checking.finding import Counted, Finding, Judgement, Stuck, WaitsFor

WindowVerdict: TypeAlias = Literal["conforms", "violates", "inconclusive"]


class Doubt(NamedTuple):
    """A rule that a window breaks after some possible pasts and not after others, with its line.

    `rule` is "" if there are too many pasts to follow, or no event.
    """

    rule: str
    line: int
    event: str
    says: str


class WindowJudgement(NamedTuple):
    """The judgement on a window.

    `verdict` is conforms, violates or inconclusive; `states` are the possible states at its end.
    `begins` says whether it contains the beginning of the log. `left_out` are the numbers of lines
    that are fragments. At most MOST_LISTED findings, and as many doubts, are listed for each rule;
    `counted` and `counted_doubts` (by rule) have the numbers of the others.
    `waits` and `stuck` are what is so whatever came before.
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
    waits: tuple[WaitsFor, ...] = ()
    stuck: tuple[Stuck, ...] = ()

    @property
    def judgement(self) -> Judgement:
        """The same in the form of a judgement on a whole log."""
        state = " or ".join(self.states)
        found = (self.findings, self.counted, self.waits, self.stuck)
        return Judgement(self.verdict, state, self.events, *found)

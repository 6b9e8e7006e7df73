"""What a session gives out: values, one after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from flux_conform.checking.finding import (
    VIOLATES,
    Finding,
    Judgement,
    counted_followers,
    counted_number,
    counts,
    root_of,
)

if TYPE_CHECKING:
    from flux_conform.checking.source_differences import Difference
    from flux_conform.checking.window import WindowJudgement
    from flux_conform.logs.jobid import JobId
    from flux_conform.machine.step import Machine
    from flux_conform.repair.repair_report import RepairReport


class Root(NamedTuple):
    """A finding that stands for itself, those listed that follow, and how many follow in all."""

    finding: Finding
    following: list[Finding]
    number: int


class LogJudged(NamedTuple):
    """A log, the machine that judged it, and its judgement; `strict` is how it was judged.

    The source may add: the job, what it does not keep and so could not be judged (`lost`), and
    where it contradicts the log (`differs`). `mended` is the repair, if one was requested. `window`
    is the judgement if events of the log may be missing.
    """

    name: str
    machine: Machine
    data: bytes
    judgement: Judgement
    strict: bool = False
    job: JobId | None = None
    lost: tuple[str, ...] = ()
    differs: tuple[Difference, ...] = ()
    mended: RepairReport | None = None
    window: WindowJudgement | None = None

    @property
    def is_bad(self) -> bool:
        """Whether the log violates, or says other things than its source."""
        return self.judgement.verdict == VIOLATES or bool(self.differs)

    @property
    def breaking(self) -> tuple[Finding, ...]:
        """The findings that make it violating."""
        found = self.judgement.findings
        return tuple(each for each in found if counts(each, strict=self.strict))

    def waivable(self) -> Mapping[Finding, str]:
        """The findings that shipped deviations would waive, with their names.

        It judges the log again, where it has findings. There are none where events of the log may
        be missing. Raises UnreadableLog.
        """
        if self.window is not None or not self.judgement.findings:
            return {}
        from flux_conform.checking.judge import judge
        from flux_conform.checking.waivable import waivable

        return waivable(
            self.judgement.findings,
            lambda options: judge(self.machine, self.data, options).findings,
        )

    def line_of(self, finding: Finding) -> bytes:
        """The bytes of the line that a finding is about."""
        end = self.data.find(b"\n", finding.offset)
        return self.data[finding.offset :] if end < 0 else self.data[finding.offset : end]

    @property
    def breaking_counted(self) -> int:
        """How many further findings make it violating, which are counted alone."""
        rows = self.judgement.counted
        return counted_number(row for row in rows if counts(row, strict=self.strict))

    def roots(self) -> Iterator[Root]:
        """Each finding that stands for itself, with those that only follow from it."""
        found = self.judgement.findings
        following: dict[int, list[Finding]] = {}
        for finding in found:
            if finding.because is not None:
                following.setdefault(root_of(found, finding.because), []).append(finding)
        counted = counted_followers(self.judgement)
        for place, finding in enumerate(found):
            if finding.because is None:
                listed = following.get(place, [])
                yield Root(finding, listed, len(listed) + counted[place])


class Progress(NamedTuple):
    """How far the work is: logs and events so far."""

    logs: int
    events: int


class Finished(NamedTuple):
    """All is judged.

    `is_bad` says whether a log violates or contradicts its source, `has_errors` whether something
    could not be read. Of work that was resumed, `progress` counts what was done since.
    """

    progress: Progress
    is_bad: bool
    has_errors: bool

"""What is found in a log: values with fields, told to people by `cli` and to programs as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

CONFORMS: Final = "conforms"
INCOMPLETE: Final = "incomplete"
VIOLATES: Final = "violates"
UNREADABLE: Final = "unreadable"
SKIPPED: Final = "skipped"
"""Stands in place of a verdict for what was left out of a source."""

INCONCLUSIVE: Final = "inconclusive"
"""The verdict on a window, or on a log that lacks events, that hangs on what is missing."""

Verdict: TypeAlias = Literal["conforms", "incomplete", "violates", "inconclusive"]
"""What a log is found to be; inconclusive only where its source left out some of its events."""

NOTE = "note"
"""The level of a finding that the RFCs are silent on."""


class Finding(NamedTuple):
    """A rule that a log breaks, or a note.

    `line` counts from 1, `offset` is the byte at which the line starts. `event` is the name of
    the event, None where the line holds none; `state` the state before it. `allowed` is what
    could have stood there. `because` is the index, in the judgement's findings, of an earlier
    finding that this one only follows from. `waived_by` names the deviations that excuse it.
    """

    rule: str
    level: str
    line: int
    offset: int
    event: str | None
    state: str
    message: str
    rfc: int
    section: str
    allowed: tuple[str, ...]
    because: int | None
    waived_by: str | None
    repair: str


MOST_LISTED = 100
"""Findings of one rule in one log that are listed; further ones are counted.

A broken log of a megabyte can break a rule a million times, and nobody reads them all.
"""


class Counted(NamedTuple):
    """Findings of one rule in one log that are counted and not listed, all alike in these fields.

    `because` is the index of a listed finding that all of them follow from. They follow from
    another finding where `follows` is true; where `because` is None then, that one is not listed.
    A rule that names its event has the name of the event's family here, where it is in one.
    """

    rule: str
    level: str
    state: str
    waived_by: str | None
    because: int | None
    follows: bool
    number: int


class Judgement(NamedTuple):
    """The verdict on one log, the state in which it ends, and how many events it holds.

    `findings` are at most MOST_LISTED of each rule, and those that one of them follows from;
    `counted` has the numbers of the others. The verdict takes all into account.
    """

    verdict: Verdict
    state: str
    events: int
    findings: tuple[Finding, ...]
    counted: tuple[Counted, ...] = ()

    @property
    def found(self) -> int:
        """How many findings there are, listed or not."""
        return len(self.findings) + counted_number(self.counted)


def to_json(
    log: str, machine: str, judgement: Judgement, link: Callable[[str], str | None]
) -> dict[str, Any]:
    """The judgement as `check --format json` prints it, one object a log.

    `link` gives the place of a rule in a text about it, or None.
    """
    told: dict[str, Any] = {
        "log": log,
        "machine": machine,
        "verdict": judgement.verdict,
        "state": judgement.state,
        "events": judgement.events,
        "findings": [
            {**finding._asdict(), "link": link(finding.rule)} for finding in judgement.findings
        ],
    }
    if judgement.counted:
        told["counted"] = counted_to_json(judgement.counted)
    return told


def counted_to_json(counted: Iterable[Counted]) -> list[dict[str, Any]]:
    """The rows as JSON."""
    return [
        {
            "rule": row.rule,
            "level": row.level,
            "state": row.state,
            "waived_by": row.waived_by,
            "because": row.because,
            "follows": row.follows,
            "count": row.number,
        }
        for row in counted
    ]


def counted_number(counted: Iterable[Counted]) -> int:
    """How many findings are counted there."""
    return sum(row.number for row in counted)


def root_of(findings: Sequence[Finding], place: int) -> int:
    """The place of the finding that all on the way from one at a place follow from."""
    while (deeper := findings[place].because) is not None:
        place = deeper
    return place


def counted_followers(judgement: Judgement) -> Counter[int]:
    """How many findings that are not listed follow from each listed one that stands for itself."""
    counted: Counter[int] = Counter()
    for row in judgement.counted:
        if row.because is not None:
            counted[root_of(judgement.findings, row.because)] += row.number
    return counted


def not_listed(number: int, rule: str) -> str:
    """The words on findings of a rule that are counted alone."""
    return f"{number:,} more of {rule} in this log, counted and not listed"


def consequences(number: int) -> str:
    """The words on findings that only follow from the one that they stand at."""
    if number == 1:
        return "1 more finding is a consequence of this one"
    return f"{number:,} more findings are consequences of this one"


def counted_by_rule(counted: Iterable[Counted]) -> dict[str, int]:
    """How many findings of each rule are counted there, in the order of the rows."""
    numbers: Counter[str] = Counter()
    for row in counted:
        numbers[row.rule] += row.number
    return dict(numbers)


def counts(finding: Finding | Counted, *, strict: bool) -> bool:
    """Whether the finding makes its log violating."""
    return finding.waived_by is None and finding.level in counting(strict=strict)


def counting(*, strict: bool) -> tuple[str, ...]:
    """The levels of the findings that make their logs violating, where nothing waives them."""
    return ("MUST", "SHOULD", "implied") if strict else ("MUST",)

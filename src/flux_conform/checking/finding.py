"""The values that describe the result of checking a log: verdict, findings and their JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from flux_conform.language.levels import counting

CONFORMS: Final = "conforms"
INCOMPLETE: Final = "incomplete"
VIOLATES: Final = "violates"
UNREADABLE: Final = "unreadable"
SKIPPED: Final = "skipped"
"""In place of a verdict, for a part of a source that was not checked."""

INCONCLUSIVE: Final = "inconclusive"
"""The verdict on a window, or on a log with missing events, that depends on what is missing."""

Verdict: TypeAlias = Literal["conforms", "incomplete", "violates", "inconclusive"]
"""The verdict on a log; inconclusive only if its source left out some of its events."""


class Finding(NamedTuple):
    """A rule that a log breaks, or a note.

    `line` counts from 1; `offset` is the byte offset of the line. `event` is the name of the event,
    None if the line has no event; `state` is the state before it. `allowed` is what was allowed
    instead. `because` is the index, in the judgement's findings, of an earlier finding of which
    this one is a consequence. `waived_by` names the deviations that excuse the finding.
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
"""Maximum number of findings of one rule in one log that are listed; further ones are counted.

A broken log of a megabyte can break a rule a million times, and nobody reads all the findings.
"""


class Counted(NamedTuple):
    """The number of findings of one rule in one log that are not listed and equal in these fields.

    If `follows` is true, they are consequences of another finding; `because` is its index, or None
    if that finding is not listed itself. If the rule's id contains an event name, it is here the
    name of the event's family, if the event is in one.
    """

    rule: str
    level: str
    state: str
    waived_by: str | None
    because: int | None
    follows: bool
    number: int


class WaitsFor(NamedTuple):
    """Something that a log waits for, as the specification says it.

    `what` is the name of its row there, `says` the thing in words, and `member` the one that is
    waited for of several. `event`, `line` and `since` (its time, in seconds since 1970) are of the
    event since which it has been so; `until` is the time of the log's last event. They are None
    where nothing is known: the log has waited since before its first event, or a time is faulty.
    """

    what: str
    says: str
    member: Any
    event: str | None
    line: int | None
    since: int | float | None
    until: int | float | None


class Stuck(NamedTuple):
    """A goal that a log cannot reach any more without certain events, whatever else follows.

    `claim` is the property that is refuted so, `says` what is out of reach, and `out` the events
    that lead on all the same. The other fields are those of `WaitsFor`: the event that led there.
    """

    claim: str
    says: str
    out: tuple[str, ...]
    event: str | None
    line: int | None
    since: int | float | None
    until: int | float | None


class Judgement(NamedTuple):
    """The verdict on one log, the state in which it ends, and the number of its events.

    `findings` has at most MOST_LISTED findings of each rule, and their causes; `counted` has the
    numbers of the others. The verdict takes all of them into account. `waits` is what a log waits
    for that has not ended, `stuck` what is out of its reach.
    """

    verdict: Verdict
    state: str
    events: int
    findings: tuple[Finding, ...]
    counted: tuple[Counted, ...] = ()
    waits: tuple[WaitsFor, ...] = ()
    stuck: tuple[Stuck, ...] = ()

    @property
    def found(self) -> int:
        """The number of findings, listed or not."""
        return len(self.findings) + counted_number(self.counted)


def to_json(
    log: str, machine: str, judgement: Judgement, link: Callable[[str], str | None]
) -> dict[str, Any]:
    """Return the judgement as `check --format json` prints it: one object per log.

    `link` returns the URL of the documentation of a rule, or None.
    """
    row: dict[str, Any] = {
        "log": log,
        "machine": machine,
        "verdict": judgement.verdict,
        "state": judgement.state,
        "events": judgement.events,
        **({"waits": [each._asdict() for each in judgement.waits]} if judgement.waits else {}),
        **({"stuck": [each._asdict() for each in judgement.stuck]} if judgement.stuck else {}),
        "findings": [
            {**finding._asdict(), "link": link(finding.rule)} for finding in judgement.findings
        ],
    }
    if judgement.counted:
        row["counted"] = counted_to_json(judgement.counted)
    return row


def counted_to_json(counted: Iterable[Counted]) -> list[dict[str, Any]]:
    """Return the counted findings as JSON."""
    # A field named `count` would hide the method of tuples.
    names = [name if name != "number" else "count" for name in Counted._fields]
    return [dict(zip(names, row, strict=True)) for row in counted]


def counted_number(counted: Iterable[Counted]) -> int:
    """Return the total number of counted findings."""
    return sum(row.number for row in counted)


def root_of(findings: Sequence[Finding], index: int) -> int:
    """Return the index of the root cause of a finding; its own index if it has no cause."""
    while (cause := findings[index].because) is not None:
        index = cause
    return index


def counted_followers(judgement: Judgement) -> Counter[int]:
    """Return the number of unlisted consequences of each listed root cause, by index."""
    counted: Counter[int] = Counter()
    for row in judgement.counted:
        if row.because is not None:
            counted[root_of(judgement.findings, row.because)] += row.number
    return counted


def not_listed(number: int, rule: str) -> str:
    """Return the text for findings of a rule that are counted and not listed."""
    return f"{number:,} more of {rule} in this log, counted and not listed"


def consequences(number: int) -> str:
    """Return the text for the consequences of a finding."""
    if number == 1:
        return "1 more finding is a consequence of this one"
    return f"{number:,} more findings are consequences of this one"


def counted_by_rule(counted: Iterable[Counted]) -> dict[str, int]:
    """Return the number of counted findings of each rule, in the order of the rows."""
    numbers: Counter[str] = Counter()
    for row in counted:
        numbers[row.rule] += row.number
    return dict(numbers)


def counts(finding: Finding | Counted, *, strict: bool) -> bool:
    """Whether the finding makes its log violate."""
    return finding.waived_by is None and finding.level in counting(strict=strict)

"""What is found in a log: values with fields, told to people by `cli` and to programs as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

CONFORMS, INCOMPLETE, VIOLATES, UNREADABLE = "conforms", "incomplete", "violates", "unreadable"
SKIPPED = "skipped"
"""Stands in place of a verdict for what was left out of a source."""

INCONCLUSIVE = "inconclusive"
"""The verdict on a window, or on a log that lacks events, that hangs on what is missing."""


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


class Judgement(NamedTuple):
    """The verdict on one log, the state in which it ends, and how many events it holds."""

    verdict: str
    state: str
    events: int
    findings: tuple[Finding, ...]


def to_json(
    log: str, machine: str, judgement: Judgement, link: Callable[[str], str | None]
) -> dict[str, Any]:
    """The judgement as `check --format json` prints it, one object a log.

    `link` gives the place of a rule in a text about it, or None.
    """
    return {
        "log": log,
        "machine": machine,
        "verdict": judgement.verdict,
        "state": judgement.state,
        "events": judgement.events,
        "findings": [
            {**finding._asdict(), "link": link(finding.rule)} for finding in judgement.findings
        ],
    }


def counts(finding: Finding, *, strict: bool) -> bool:
    """Whether the finding makes its log violating."""
    return finding.waived_by is None and finding.level in counting(strict=strict)


def counting(*, strict: bool) -> tuple[str, ...]:
    """The levels of the findings that make their logs violating, where nothing waives them."""
    return ("MUST", "SHOULD", "implied") if strict else ("MUST",)

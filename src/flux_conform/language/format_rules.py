"""The rules of a log's format: what is checked in each line."""

from __future__ import annotations

from typing import NamedTuple

LINE_CHECKS = (
    "not-empty",
    "lines",
    "last-newline",
    "duplicate-key",
    "timestamp",
    "name",
    "name-empty",
    "context",
    "keys",
    "time-order",
    "append-only",
)
"""The checks of a line, in the order in which the findings of a line are reported."""


class LineRule(NamedTuple):
    """A rule of the log's format; `check` is one of LINE_CHECKS."""

    id: str
    level: str
    check: str
    rfc: int
    section: str
    says: str
    repair: str

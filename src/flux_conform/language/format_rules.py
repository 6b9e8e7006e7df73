"""The rules of a log's format: what a reader tests in each line."""

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
"""The tests that a reader of logs knows, in the order in which findings of one line stand."""


class LineRule(NamedTuple):
    """A rule of the log's format; `check` is one of LINE_CHECKS."""

    id: str
    level: str
    check: str
    rfc: int
    section: str
    says: str
    repair: str

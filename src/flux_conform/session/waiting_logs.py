"""Counts what many logs wait for, and keeps those that have waited longest, in bounded memory."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flux_conform.checking.finding import Stuck, WaitsFor
from flux_conform.checking.waits_text import seconds

MOST_LONGEST = 5
"""Of all that wait for the same, those that are named."""


class WaitingLog(NamedTuple):
    """A log, what it waits for in words, and since when, in seconds since 1970 (None: unknown)."""

    log: str
    says: str
    since: float | None


class WaitingFor(NamedTuple):
    """How many logs wait for what one row of a specification says, and the longest of them."""

    machine: str
    what: str
    logs: int
    longest: tuple[WaitingLog, ...]

    @property
    def order(self) -> tuple[float, str, str]:
        """Its place: what has been waited for longest comes first."""
        return (_order(self.longest[0])[0], self.machine, self.what)


def _order(waiting: WaitingLog) -> tuple[float, str, str]:
    since = float("inf") if waiting.since is None else waiting.since
    return (since, waiting.log, waiting.says)


class WaitingLogs:
    """What logs wait for, one log at a time. `newest` is the latest time that any of them told."""

    def __init__(self) -> None:
        self.newest: float | None = None
        self._logs: dict[tuple[str, str], int] = {}
        self._longest: dict[tuple[str, str], list[WaitingLog]] = {}

    @classmethod
    def restored(cls, row: Mapping[str, Any]) -> WaitingLogs:
        """What an `as_json` says; other values raise KeyError, TypeError or ValueError."""
        found = cls()
        found.newest = None if row["newest"] is None else float(row["newest"])
        for told in row["for"]:
            key = (str(told["machine"]), str(told["what"]))
            found._logs[key] = int(told["logs"])
            found._longest[key] = [WaitingLog(**each) for each in told["longest"]]
        return found

    def add(self, machine: str, log: str, waits: Iterable[WaitsFor]) -> None:
        """Count a log that waits for something."""
        counted: set[str] = set()
        for wait in waits:
            key = (machine, wait.what)
            if wait.what not in counted:
                counted.add(wait.what)
                self._logs[key] = self._logs.get(key, 0) + 1
            longest = self._longest.setdefault(key, [])
            insort(longest, WaitingLog(log, wait.says, seconds(wait.since)), key=_order)
            del longest[MOST_LONGEST:]
            until = seconds(wait.until)
            if until is not None and (self.newest is None or until > self.newest):
                self.newest = until

    def add_stuck(self, machine: str, log: str, stuck: Iterable[Stuck]) -> None:
        """Count a log that cannot reach something, in place of what it waits for."""
        waits = (WaitsFor(each.claim, each.says, None, *each[3:]) for each in stuck)
        self.add(machine, log, waits)

    def rows(self) -> list[WaitingFor]:
        """What is waited for, the longest wait first."""
        rows = (WaitingFor(*key, n, tuple(self._longest[key])) for key, n in self._logs.items())
        return sorted(rows, key=lambda row: row.order)

    def as_json(self) -> dict[str, Any]:
        """The rows as JSON, and the latest time that any of the logs told."""
        rows = [
            {**row._asdict(), "longest": [each._asdict() for each in row.longest]}
            for row in self.rows()
        ]
        return {"newest": self.newest, "for": rows}

"""What a source says of a log's subject beside the log, held against what the log itself says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flux_conform.conformance.replay import Replay

_SAME = 1e-6
"""Seconds; what a source prints may be rounded to the microsecond."""


class Difference(NamedTuple):
    """A field of the report in which the two differ, in seconds since 1970; None is never."""

    field: str
    told: float | None
    replayed: float | None

    @property
    def says(self) -> str:
        """It in a sentence."""
        told, own = _time(self.told), _time(self.replayed)
        return f"{self.field} is {told} in the source, {own} in the log"


def differences(replay: Replay, told: Mapping[str, float | None]) -> tuple[Difference, ...]:
    """Where the times that were told are not those of the report.

    Fields are compared by their names; what the report does not know is not compared.
    """
    found = []
    for field, time in told.items():
        if field not in replay.report:
            continue
        own = replay.report[field]
        same = own is time if own is None or time is None else abs(own - time) <= _SAME
        if not same:
            found.append(Difference(field, time, own))
    return tuple(found)


def _time(seconds: float | None) -> str:
    return "never" if seconds is None else repr(seconds)

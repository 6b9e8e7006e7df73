"""Comparison of what a source records beside a log with what the log says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flux_conform.checking.replay import Replay
from flux_conform.logs.source_items import ColumnValue

_SAME = 1e-6
"""Tolerance in seconds: a source may round to the microsecond."""

_TIMES = "t_"
"""Prefix of the names of fields that are times."""


class Difference(NamedTuple):
    """A field in which the two differ. Times are in seconds since 1970; None is never, or nothing.

    `field` is a field of the report, or `state`, preceded by the column if two columns record it.
    """

    field: str
    told: ColumnValue
    replayed: ColumnValue

    @property
    def says(self) -> str:
        """The difference as a sentence."""
        is_time = _own(self.field).startswith(_TIMES)
        told, own = _shown(self.told, is_time), _shown(self.replayed, is_time)
        return f"{self.field} is {told} in the source, {own} in the log"


def differences(replay: Replay, recorded: Mapping[str, ColumnValue]) -> tuple[Difference, ...]:
    """Return the fields in which the source and the replay differ.

    Fields are compared by name, except those that the report does not have, or has as objects.
    """
    known: dict[str, Any] = {"state": replay.state, **replay.report}
    found = []
    for field, value in recorded.items():
        own = known.get(_own(field), value)
        if not isinstance(own, dict | list) and not _is_same(value, own):
            found.append(Difference(field, value, own))
    return tuple(found)


def _own(field: str) -> str:
    return field.rpartition(".")[2]


def _is_same(value: ColumnValue, own: Any) -> bool:
    if value is None or own is None or isinstance(value, str) or isinstance(own, str):
        return bool(value == own)
    return bool(abs(own - value) <= _SAME)


def _shown(value: ColumnValue, is_time: bool) -> str:
    if value is None:
        return "never" if is_time else "nothing"
    return value if isinstance(value, str) else repr(value)

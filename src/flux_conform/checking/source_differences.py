"""What a source says of a log's subject beside the log, held against what the log itself says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flux_conform.checking.replay import Replay

_SAME = 1e-6
"""Seconds; what a source prints may be rounded to the microsecond."""

_TIMES = "t_"
"""What the names of fields begin with that are times."""

ColumnValue = float | str | None


class Difference(NamedTuple):
    """A field in which the two differ. Times are in seconds since 1970; None is never, or nothing.

    `field` is that of the report, or `state`, with the column of the source before it where two
    columns say it.
    """

    field: str
    told: ColumnValue
    replayed: ColumnValue

    @property
    def says(self) -> str:
        """It in a sentence."""
        is_time = _own(self.field).startswith(_TIMES)
        told, own = _shown(self.told, is_time), _shown(self.replayed, is_time)
        return f"{self.field} is {told} in the source, {own} in the log"


def differences(replay: Replay, told: Mapping[str, ColumnValue]) -> tuple[Difference, ...]:
    """Where what was told is not what the replay gives.

    Fields are compared by their names; what the report does not know, or knows as an object, is
    not compared.
    """
    known: dict[str, Any] = {"state": replay.state, **replay.report}
    found = []
    for field, value in told.items():
        own = known.get(_own(field), value)
        if isinstance(own, dict | list):
            continue
        if not _is_same(value, own):
            found.append(Difference(field, value, own))
    return tuple(found)


def _own(field: str) -> str:
    return field.rpartition(".")[2]


def _is_same(told: ColumnValue, own: Any) -> bool:
    if told is None or own is None or isinstance(told, str) or isinstance(own, str):
        return bool(told == own)
    return bool(abs(own - told) <= _SAME)


def _shown(value: ColumnValue, is_time: bool) -> str:
    if value is None:
        return "never" if is_time else "nothing"
    return value if isinstance(value, str) else repr(value)

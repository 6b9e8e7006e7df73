"""Comparison of what a source records beside a log with what the log says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from flux_conform.checking.replay import Replay, reports
from flux_conform.machine.step import Machine
from flux_conform.text import finite_json

_SAME = 1e-6
"""Tolerance in seconds: a source may round to the microsecond."""

_TIMES = "t_"
"""Prefix of the names of fields that are times."""


class Difference(NamedTuple):
    """A field in which the two differ. Times are in seconds since 1970; None is never, or nothing.

    `field` is a field of the report, or `state`, preceded by the column if two columns record it.
    `line` is that of the event since which the log says so, if that was asked, and `event` its
    name; the start of the log has none.
    """

    field: str
    told: Any
    replayed: Any
    line: int | None = None
    event: str | None = None

    @property
    def says(self) -> str:
        """The difference as a sentence."""
        is_time = _own(self.field).startswith(_TIMES)
        told, own = _shown(self.told, is_time), _shown(self.replayed, is_time)
        since = "" if self.line is None else f", since {self.event} in line {self.line}"
        return f"{self.field} is {told} in the source, {own} in the log{since}"


def differences(
    replay: Replay,
    recorded: Mapping[str, Any],
    machine: Machine | None = None,
    data: bytes = b"",
) -> tuple[Difference, ...]:
    """Return the fields in which the source and the replay differ.

    Fields are compared by name, except those that the report does not have. Of an object those
    members are compared that the report's has; one that is left out is nothing, or an empty object.
    With the machine, which is made with `report=True`, and the log, each difference has the event
    since which the log says so. Raises UnreadableLog.
    """
    known: dict[str, Any] = {"state": replay.state, **replay.report}
    found = []
    for field, value in recorded.items():
        name = _own(field)
        if name not in known or (isinstance(known[name], dict) and _is_plain(value)):
            continue  # a column that is no object tells nothing of its members
        if not _is_same(value, known[name]):
            found.append(Difference(field, value, known[name]))
    if found and machine is not None:
        since = _since(machine, data, {_own(each.field) for each in found})
        found = [
            each._replace(line=since[_own(each.field)][0], event=since[_own(each.field)][1])
            for each in found
        ]
    return tuple(found)


def _since(
    machine: Machine, data: bytes, fields: Collection[str]
) -> dict[str, tuple[int | None, str | None]]:
    """For each field the line and the name of the event that gave it its last value."""
    since: dict[str, tuple[int | None, str | None]] = dict.fromkeys(fields, (None, None))
    values: dict[str, Any] = {}
    for entry, state, report in reports(machine, data):
        now = {"state": state, **report}
        for field in fields:
            if now[field] != values.get(field):
                values[field] = now[field]
                since[field] = (entry.line, entry.event.name if entry.event else None)
    return since


def _own(field: str) -> str:
    return field.rpartition(".")[2]


def _is_same(value: Any, own: Any) -> bool:
    if isinstance(own, dict):
        told = {} if value is None else value
        return isinstance(told, dict) and all(_is_member(told.get(key), own[key]) for key in own)
    if not _is_number(value) or not _is_number(own):
        return type(value) is type(own) and bool(value == own)
    return bool(abs(own - value) <= _SAME)


def _is_member(value: Any, own: Any) -> bool:
    return (value or {}) == own if isinstance(own, dict) else _is_same(value, own)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any, is_time: bool) -> str:
    if value is None:
        return "never" if is_time else "nothing"
    return value if isinstance(value, str) else finite_json(value)

"""The value that log strategies draw: an eventlog, written in one of several JSON styles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn, final

from hypothesis import strategies as st

from flux_conform.logs.eventlog import read_entries
from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME
from flux_conform.strategies.type_values import Context


@final
class Eventlog:
    """An eventlog. `bytes(log)` is its file, `str(log)` its text, `log.events` its events.

    It is immutable. Logs with the same bytes are equal. `repr` is an expression that makes the log.
    """

    __slots__ = ("data",)

    data: bytes
    """The bytes of the log's file."""

    def __init__(self, *data: bytes | str) -> None:
        """Concatenate the parts; text is encoded as UTF-8."""
        parts = (part.encode() if isinstance(part, str) else bytes(part) for part in data)
        object.__setattr__(self, "data", b"".join(parts))

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lines that are events, decoded: name, timestamp, and the context if there is one.

        A faulty line that is still an event, for example one with a bad timestamp, is included.
        """
        entries = read_entries(self.data)
        return [json.loads(entry.text) for entry in entries if entry.event is not None]

    def __bytes__(self) -> bytes:
        return self.data

    def __str__(self) -> str:
        """The text; bytes that are not UTF-8 become replacement characters."""
        return self.data.decode("utf-8", "replace")

    def __eq__(self, other: object) -> bool:
        return self.data == other.data if isinstance(other, Eventlog) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.data)

    def __repr__(self) -> str:
        """A call that makes the log, with each line of the log on its own line."""
        lines = self.data.splitlines(keepends=True)
        if len(lines) < 2:
            return f"Eventlog({''.join(map(_literal, lines))})"
        return "Eventlog(\n" + "".join(f"    {_literal(line)},\n" for line in lines) + ")"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an Eventlog does not change; {name} cannot be set")

    def __reduce__(self) -> tuple[type[Eventlog], tuple[bytes]]:
        return Eventlog, (self.data,)


def _literal(line: bytes) -> str:
    try:
        return repr(line.decode())
    except UnicodeDecodeError:
        return repr(line)


GAPS = st.sampled_from((BETWEEN, 1, 0, 0.001, 0.000001, 60.5, 3600, 86400.125))
"""Seconds between two events."""

STARTS = st.sampled_from((FIRST_TIME, 1700000000, 1, 0.5, 4102444800.123456))
"""The timestamp of the first event, in seconds since 1970."""


class Style(NamedTuple):
    """A JSON style of lines; a JSON reader sees no difference between styles."""

    separators: tuple[str, str]
    ascii: bool
    name_first: bool

    def line(self, time: float, name: str, context: Context) -> str:
        """Write an event as a line of a log."""
        row: dict[str, Any] = {"timestamp": time, "name": name}
        if self.name_first:
            row = {"name": name, "timestamp": time}
        if context is not None:
            row["context"] = context
        return json.dumps(row, separators=self.separators, ensure_ascii=self.ascii) + "\n"


STYLES = st.sampled_from(
    (
        Style((",", ":"), ascii=False, name_first=False),
        Style((", ", ": "), ascii=True, name_first=False),
        Style((",", ":"), ascii=True, name_first=True),
    )
)


def written(
    style: Style, times: Sequence[float], events: Sequence[tuple[str, Context]]
) -> Eventlog:
    """Write the log of events, given by name and context; extra timestamps are ignored."""
    lines = (
        style.line(round(time, 6), name, context)
        for time, (name, context) in zip(times, events, strict=False)
    )
    return Eventlog(*lines)

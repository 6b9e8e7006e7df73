"""Writes events as lines of a log: their timestamps, and the JSON styles of a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME
from flux_conform.strategies.drawn_log import Eventlog
from flux_conform.strategies.type_values import Context

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

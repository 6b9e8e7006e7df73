"""Scenarios and examples as what a log holds: lines of JSON."""

from __future__ import annotations

import json
from typing import Any

from flux_conform.language.specification import Scenario

START = 1767225600.0
"""When the first step of a scenario happens: the first moment of 2026, in seconds since 1970."""


def scenario_log(scenario: Scenario, start: float = START) -> bytes:
    """The eventlog that a scenario leaves, with its first step at `start` (seconds since 1970)."""
    return "".join(f"{line}\n" for line in scenario_lines(scenario, start)).encode()


def scenario_lines(scenario: Scenario, start: float = START) -> tuple[str, ...]:
    """The same as lines without their ends, one for each event."""
    return tuple(
        log_line(step.event, step.context, start + step.at)
        for step in scenario.steps
        if step.event is not None
    )


def log_line(event: str, context: str | None = None, timestamp: float = START) -> str:
    """An event as a line of a log; `context` is a text of JSON, None where there is none."""
    line: dict[str, Any] = {"timestamp": round(timestamp, 6), "name": event}
    if context is not None:
        line["context"] = json.loads(context)
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)

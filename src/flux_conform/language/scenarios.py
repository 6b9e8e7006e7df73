"""Scenarios, which are example logs, and the JSON lines of such a log."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

START = 1767225600.0
"""When the first step of a scenario happens: the first moment of 2026, in seconds since 1970."""


class Participant(NamedTuple):
    """A participant of a scenario. `roles` are further names under which it posts events."""

    name: str
    says: str
    roles: tuple[str, ...] = ()


class ScenarioStep(NamedTuple):
    """A step of a scenario: an event, or a request in words that no log holds.

    `at` counts seconds from the first step. `along` is the way of the event or request, from the
    participant that causes it to the one that logs it, or answers it. `context` is the event's,
    as a JSON text, or None if it has none. `breaks` are the rules that the event breaks, notes
    included, with their levels; None if the step does not say.
    """

    at: float
    along: tuple[str, ...]
    event: str | None = None
    request: str | None = None
    context: str | None = None
    breaks: tuple[tuple[str, str], ...] | None = None


class Scenario(NamedTuple):
    """A log as an example, step by step; `unfinished` if it stops before the end.

    `ends` is the state in which it ends, if it says so; `breaks` are the ids of the rules that it
    breaks, none if it conforms, but for steps that say themselves what they break. `reports` are
    fields of the report at its end, with their values as JSON texts.
    """

    name: str
    title: str
    says: str
    steps: tuple[ScenarioStep, ...]
    unfinished: bool = False
    ends: str | None = None
    breaks: tuple[str, ...] = ()
    reports: tuple[tuple[str, str], ...] = ()

    @property
    def is_usual(self) -> bool:
        """Whether it shows how things go, and neither it nor a step says what it breaks."""
        return not self.breaks and all(step.breaks is None for step in self.steps)


class Misfit(NamedTuple):
    """What a scenario says of its log, or does not say, and the log is otherwise.

    `step` is the index of the step that shows it, `field` the key that says so; None if there is
    none.
    """

    scenario: str
    message: str
    expected: str
    step: int | None = None
    field: str | None = None


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


def logged_time(timestamp: float) -> float:
    """A time as a log of ours has it: with six digits after the point, as Flux writes it."""
    return round(timestamp, 6)


def log_line(event: str, context: str | None = None, timestamp: float = START) -> str:
    """An event as a line of a log; `context` is a JSON text, None if there is none."""
    line: dict[str, Any] = {"timestamp": logged_time(timestamp), "name": event}
    if context is not None:
        line["context"] = json.loads(context)
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)

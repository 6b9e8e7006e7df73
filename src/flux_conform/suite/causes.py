"""The cause of a failure: what vectors have in common that fail for one mistake of a reader.

It is the step at which a state differs, or else the rule that the reader does not see, or the
fields that it reports otherwise. Errors are of one cause if their messages differ in numbers alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flux_conform.language.levels import counting
from flux_conform.logs.eventlog import UnreadableLog, read_entries
from flux_conform.suite.compare import Difference
from flux_conform.suite.folder import Vector

_VERDICTS = ("verdict", "strict", "accepts")


def cause_of_failure(vector: Vector, differences: Sequence[Difference]) -> str:
    """The cause of the differences, in a line; the first of them decides."""
    first = differences[0]
    if first.what == "states":
        return _state(vector, first)
    if first.what == "findings":
        if first.expected is not None:
            return f"a finding is not told: {first.expected}"
        return f"a finding is told that is none: {first.got}"
    if first.what in _VERDICTS:
        return _verdict(vector, first)
    fields = dict.fromkeys(difference.what.removeprefix("job.") for difference in differences)
    return f"the job's {', '.join(fields)}"


def cause_of_error(why: str) -> str:
    """The message of an error without its numbers."""
    return re.sub(r"\d+", "N", why)


def _state(vector: Vector, difference: Difference) -> str:
    told = f"expected {difference.expected or 'none'}, got {difference.got or 'none'}"
    number, name = _event_at(vector, difference.line)
    if name is None:
        return f"states that no event leads to: {told}"
    before = vector.states[number - 1] if 0 < number <= len(vector.states) else ""
    return f"the state after {name}{f' in {before}' if before else ''}: {told}"


def _event_at(vector: Vector, line: int | None) -> tuple[int, str | None]:
    """The number of the event on a line, from 0, and its name; None where there is none."""
    try:
        events = [entry for entry in read_entries(vector.plain_log()) if entry.event is not None]
    except UnreadableLog:
        return 0, None
    for number, entry in enumerate(events):
        if entry.line == line and entry.event is not None:
            return number, entry.event.name
    return 0, None


def _verdict(vector: Vector, difference: Difference) -> str:
    """Which rule is not seen, or where something is seen that is none."""
    levels = counting(strict=difference.what == "strict")
    rules = [str(f.get("rule")) for f in vector.findings if f["level"] in levels]
    strictly = " strictly" if difference.what == "strict" else ""
    if rules and difference.expected in ("violates", False):
        return f"a breach of {rules[0]} is not seen{strictly}"
    if difference.got not in ("violates", False):
        return f"the verdict: expected {difference.expected}, got {difference.got}"
    step = vector.transition or {}
    if "event" in step and "state" in step:
        return f"{step['event']} in {step['state']} is refused{strictly}, and breaks nothing"
    about = ", ".join(vector.clauses) or vector.group
    return f"a log that breaks nothing is refused{strictly}: {about}"

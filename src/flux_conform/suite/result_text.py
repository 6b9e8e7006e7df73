"""A result as text: what differs, where in the log, and how to run the vector again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flux_conform.reports.excerpt import excerpt
from flux_conform.suite.compare import Difference
from flux_conform.suite.results import Result, SuiteRun
from flux_conform.text import printable

_NAMES = {
    "verdict": "the verdict",
    "strict": "the strict verdict",
    "accepts": "whether it is accepted",
    "states": "the state after the event",
}
_LONG = 200
_DIFFERENCES = 8


def title(result: Result) -> str:
    """What went wrong, in one line."""
    if not result.differences or (result.fit is not None and result.fit.fitting):
        return result.why
    first = result.differences[0]
    at = "" if first.line is None else f" in line {first.line}"
    return f"{name_of(first)}{at}: expected {value(first.expected)}, got {value(first.got)}"


def name_of(difference: Difference) -> str:
    """What differs."""
    what = difference.what
    if what == "findings":
        return "the finding"
    if what == "states" and difference.line is None:
        return "states that no event leads to"
    return _NAMES.get(what) or f"the job's {what.removeprefix('job.')}"


def value(told: Any) -> str:
    """A JSON value as text, cut if it is long; null is "nothing"."""
    if told is None:
        return "nothing"
    text = told if isinstance(told, str) and told else json.dumps(told, ensure_ascii=False)
    text = printable(text)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def log_lines(result: Result) -> Iterator[tuple[str, bool]]:
    """The lines of the log around the first difference; True marks the line of it."""
    first = result.differences[0].line if result.differences else None
    part = excerpt(result.vector.read_log(), first)
    if part.before:
        yield f"       … {part.before:,} lines", False
    for line in part.lines:
        yield f"{'>' if line.marked else ' '} {line.number:>4}  {line.text}", line.marked
    if part.after:
        yield f"       … {part.after:,} more lines", False


def account(run: SuiteRun, result: Result) -> list[str]:
    """A full account of a result, line by line, with the command that runs it again."""
    return [*told(result), f"run it alone: {run.paste(result.vector)}"]


def told(result: Result) -> list[str]:
    """What a vector tests, its log, and what differed, line by line."""
    vector = result.vector
    lines = [vector.says, f"tests: {', '.join(vector.clauses) or 'no clause of its own'}"]
    if vector.contested:
        lines.append(f"rests on open questions: {', '.join(vector.contested)}")
    lines += ["", *(line for line, _ in log_lines(result)), ""]
    for difference in result.differences[:_DIFFERENCES]:
        at = "" if difference.line is None else f", line {difference.line}"
        lines.append(f"{name_of(difference)}{at}")
        lines.append(f"  expected: {value(difference.expected)}")
        lines.append(f"  got:      {value(difference.got)}")
    if len(result.differences) > _DIFFERENCES:
        left = len(result.differences) - _DIFFERENCES
        lines.append(f"and {left} more differences; --format json or html shows them")
    if result.why:
        lines.append(result.why)
    if result.errors:
        # Marked, because build servers interpret lines that begin with "::".
        last = result.errors.splitlines()[-10:]
        lines += ["its standard error ends with:", *(f"| {line}" for line in last)]
    return lines

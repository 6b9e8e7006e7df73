"""Compares the answer of a harness with what the suite expects."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from flux_conform.language.levels import MUST, counting
from flux_conform.logs.eventlog import UnreadableLog, read_entries
from flux_conform.suite.folder import FREE, Vector
from flux_conform.suite.protocol import Answer

_EXACT = 2**53

_LISTED = 100
"""Maximum number of findings of a rule that a vector lists."""


class Difference(NamedTuple):
    """A difference between an answer and what is expected.

    `what` is verdict, strict, accepts, states, findings or a field `job.NAME`. `line` is the line
    of the event at which it shows, None if it shows at no event. Of findings, `expected` is a rule
    that is not told, and `got` one that is told and not broken.
    """

    what: str
    line: int | None
    expected: Any
    got: Any


def compare(vector: Vector, answer: Answer, fields: frozenset[str]) -> tuple[Difference, ...]:
    """The differences, those of states first. Of the job, only `fields` are compared.

    States are not compared where a log is rejected whole.
    """
    found = []
    if answer.states is not None and not answer.rejects_whole:
        found += _states(vector, answer.states)
    breaches = [finding["line"] for finding in vector.findings if finding["level"] == MUST]
    for what, expected in (
        ("verdict", vector.verdict),
        ("strict", vector.strict),
        ("accepts", vector.verdict != "violates"),
    ):
        got = getattr(answer, what)
        if got is not None and got != expected and vector.verdict != FREE:
            found.append(Difference(what, min(breaches, default=None), expected, got))
    if answer.findings is not None and vector.verdict != FREE:
        found += _findings(vector, answer.findings, strictly=answer.strict is not None)
    if answer.job is not None and vector.job is not None:
        for field, got in answer.job.items():
            value = vector.job.get(field)
            if field in fields and not same(value, got):
                found.append(Difference(f"job.{field}", None, value, got))
    return tuple(found)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not.

    Beyond 2**53, numbers are equal if the nearest doubles are: many languages have no others.
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or (abs(one) > _EXACT and _double(one) == _double(other))
    return bool(one == other)


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _states(vector: Vector, got: tuple[str, ...]) -> list[Difference]:
    expected = vector.states
    shared = min(len(expected), len(got))
    at = next((n for n in range(shared) if expected[n] != got[n]), None)
    if at is not None:
        return [Difference("states", _line(vector, at), expected[at], got[at])]
    if len(got) < len(expected):
        return [Difference("states", _line(vector, len(got)), expected[len(got)], None)]
    if len(expected) == vector.events and len(got) > len(expected):
        return [Difference("states", None, None, got[len(expected)])]
    return []


def _findings(
    vector: Vector, told: Iterable[tuple[str, int]], *, strictly: bool
) -> list[Difference]:
    """The findings that differ, up to the first line that breaks a MUST.

    Notes need not be told; what SHOULD be and what is implied only by who tells the strict verdict.
    """
    needed = counting(strict=strictly)
    last = min((f["line"] for f in vector.findings if f["level"] == MUST), default=math.inf)
    known = {(str(f.get("rule")), f["line"]): f["level"] for f in vector.findings}
    counts = Counter(rule for rule, _ in known)
    # Of a rule that is broken more often than the suite lists, what is told beyond is unknown.
    cut = {rule for rule, count in counts.items() if count >= _LISTED}
    got = set(told)
    missed = [
        Difference("findings", line, rule, None)
        for (rule, line), level in known.items()
        if level in needed and line <= last and (rule, line) not in got
    ]
    wrong = [
        Difference("findings", line, None, rule)
        for rule, line in sorted(got, key=lambda each: (each[1], each[0]))
        if line <= last and (rule, line) not in known and rule not in cut
    ]
    return missed + wrong


def _line(vector: Vector, event: int) -> int | None:
    """The line of an event of the log, None where the log has fewer or cannot be read."""
    try:
        lines = [e.line for e in read_entries(vector.plain_log()) if e.event is not None]
    except UnreadableLog:
        return None
    return lines[event] if event < len(lines) else None

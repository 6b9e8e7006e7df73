"""The strategy for logs with a corrupted line, by the rule of lines that they break."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from flux_conform.checking.judge import Options, judge
from flux_conform.language.format_rules import LineRule
from flux_conform.language.levels import NOTE
from flux_conform.language.specification import UNLISTED
from flux_conform.strategies.drawn_log import Eventlog
from flux_conform.strategies.reachability import Reachability
from flux_conform.suite.making.line_vectors import inserted, replaced, whole_logs
from flux_conform.suite.making.telling_events import Logged, dumped, line_of

_ALL_FINDINGS = Options(notes=True)

Write = Callable[[list[bytes], int], bytes]
"""Writes the lines of a log, with a corruption at the line of an index (from 0)."""


class _Corruption(NamedTuple):
    """A way to corrupt a log: a line is replaced, or a faulty line is inserted before it."""

    name: str
    write: Write


def corrupted(
    reach: Reachability,
    rule: LineRule,
    logs: SearchStrategy[Eventlog],
    *,
    ends: bool | None,
) -> SearchStrategy[Eventlog] | None:
    """Draw clean `logs` and corrupt one line, so that they break `rule` and no other above a note.

    With `ends` true or false, the logs reach their end or do not, as the clean ones do. Returns
    None if no known corruption breaks the rule.
    """
    corruptions = _corruptions_by_rule(reach, ends=ends).get(rule.id)
    if not corruptions:
        return None

    @st.composite
    def draw_one(draw: st.DrawFn) -> Eventlog:
        lines = draw(logs).data.splitlines(keepends=True)
        corruption, sample = draw(st.sampled_from(corruptions))
        number = draw(st.integers(0, len(lines) - 1))
        for written in _attempts(reach, corruption, lines, number):
            if rule.id in _breaks(reach, written, ends=ends):
                return Eventlog(written)
        return Eventlog(sample)  # rather than rejecting the draw, which Hypothesis punishes

    return draw_one()


def _attempts(
    reach: Reachability, corruption: _Corruption, lines: list[bytes], number: int
) -> Iterator[bytes]:
    """Yield the log corrupted at a line, at an unlisted event inserted there, at the last line.

    To corrupt a line can lose its event, which may break other rules; to corrupt an unlisted event
    or the last line often does not.
    """
    yield corruption.write(lines, number)
    unlisted = _unlisted_event(lines[number], reach)
    yield corruption.write([*lines[:number], unlisted, *lines[number:]], number)
    if number:
        yield corruption.write(lines, len(lines) - 1)


def _unlisted_event(line: bytes, reach: Reachability) -> bytes:
    """Return the line of an unlisted event with the timestamp of a given line."""
    name = next((a.name for a in reach.letters if a.event == UNLISTED), UNLISTED)
    return line_of(Logged(name, None), json.loads(line)["timestamp"])


def _breaks(reach: Reachability, log: bytes, *, ends: bool | None) -> set[str]:
    """Return the one rule above a note that a log breaks, or else all notes.

    The result is empty if the log breaks several rules, or ends otherwise than wanted.
    """
    judgement = judge(reach.machine, log, _ALL_FINDINGS)
    findings = judgement.findings
    if ends is not None and reach.ends and (judgement.state in reach.ends) != ends:
        return set()
    broken = {f.rule for f in findings if f.level != NOTE and f.because is None}
    if broken:
        return broken if len(broken) == 1 else set()
    return {finding.rule for finding in findings}


@lru_cache(maxsize=32)
def _corruptions_by_rule(
    reach: Reachability, *, ends: bool | None
) -> dict[str, list[tuple[_Corruption, bytes]]]:
    """Return the corruptions that break each rule, each with a log that shows it."""
    sample = _sample(reach, ends=bool(ends))
    found: dict[str, list[tuple[_Corruption, bytes]]] = {}
    for corruption in _corruptions():
        known: set[str] = set()
        for number in range(len(sample)):
            for written in _attempts(reach, corruption, sample, number):
                for rule in _breaks(reach, written, ends=ends) - known:
                    known.add(rule)
                    found.setdefault(rule, []).append((corruption, written))
    return found


def _sample(reach: Reachability, *, ends: bool) -> list[bytes]:
    """Return the lines of a short clean log, with two events or more if there is one."""
    places = [p for p in reach.graph.places if p.log and (p.state in reach.ends) == ends]
    place = next((p for p in places if len(p.log) > 1), (*places, *reach.graph.places)[0])
    return [line_of(event, number + 2) for number, event in enumerate(place.log)]


def _corruptions() -> Iterator[_Corruption]:
    """Yield the corruptions that the conformance suite tests."""
    for fault in inserted():
        yield _Corruption(fault.name, partial(_inserted, fault.line))
    example = Logged("example", None)
    for number, fault in enumerate(replaced(example, 1.0)):
        yield _Corruption(fault.name, partial(_replaced, number))
    for number, fault in enumerate(whole_logs(b'{"timestamp":1,"name":"example"}\n')):
        yield _Corruption(fault.name, partial(_whole, number))


def _inserted(line: bytes, lines: list[bytes], number: int) -> bytes:
    return b"".join((*lines[:number], line, *lines[number:]))


def _replaced(fault: int, lines: list[bytes], number: int) -> bytes:
    row = json.loads(lines[number])
    context = dumped(row["context"]) if "context" in row else None
    made = list(replaced(Logged(row["name"], context), row["timestamp"]))
    return b"".join((*lines[:number], made[fault].line, *lines[number + 1 :]))


def _whole(fault: int, lines: list[bytes], _number: int) -> bytes:
    return list(whole_logs(b"".join(lines)))[fault].line

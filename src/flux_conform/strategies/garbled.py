"""Logs whose lines are at fault, by the test of the reader that they fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from flux_conform.checking.finding import NOTE
from flux_conform.checking.judge import Options, judge
from flux_conform.language.format_rules import LineRule
from flux_conform.language.specification import UNLISTED
from flux_conform.strategies.drawn_log import Eventlog
from flux_conform.strategies.reachability import Atlas
from flux_conform.suite.making.line_vectors import Fault, inserted, replaced, whole_logs
from flux_conform.suite.making.telling_events import Logged, dumped

_ANY = Options(notes=True)

Write = Callable[[list[bytes], int], bytes]


class _Way(NamedTuple):
    """A way to garble a log: one of its lines, by its number, is what is changed or put before."""

    name: str
    write: Write


def garbled(
    atlas: Atlas, rule: LineRule, logs: SearchStrategy[Eventlog], *, ends: bool | None
) -> SearchStrategy[Eventlog] | None:
    """Logs that break a rule of lines and no other above a note, made of clean ones.

    With `ends` they come to their end, or (False) do not, as the clean ones are. None where no way
    to do so is known.
    """
    ways = _ways_to(atlas, ends=ends).get(rule.id)
    if not ways:
        return None

    @st.composite
    def draw_one(draw: st.DrawFn) -> Eventlog:
        lines = draw(logs).data.splitlines(keepends=True)
        way, sample = draw(st.sampled_from(ways))
        number = draw(st.integers(0, len(lines) - 1))
        for written in _attempts(atlas, way, lines, number):
            if rule.id in _breaks(atlas, written, ends=ends):
                return Eventlog(written)
        return Eventlog(sample)

    return draw_one()


def _attempts(atlas: Atlas, way: _Way, lines: list[bytes], number: int) -> Iterator[bytes]:
    """The log garbled at a line; else at a line put there that does nothing; else at the last."""
    yield way.write(lines, number)
    harmless = _harmless(lines[number], atlas)
    yield way.write([*lines[:number], harmless, *lines[number:]], number)
    if number:
        yield way.write(lines, len(lines) - 1)


def _harmless(line: bytes, atlas: Atlas) -> bytes:
    """An event that is not listed, at the time of a line."""
    name = next((a.name for a in atlas.letters if a.event == UNLISTED), UNLISTED)
    time = json.loads(line)["timestamp"]
    return f'{{"timestamp":{dumped(time)},"name":{dumped(name)}}}\n'.encode()


def _breaks(atlas: Atlas, log: bytes, *, ends: bool | None) -> set[str]:
    """The rules that a log breaks alone: all that are noted, or the one above a note."""
    judgement = judge(atlas.machine, log, _ANY)
    findings = judgement.findings
    if ends is not None and atlas.ends and (judgement.state in atlas.ends) != ends:
        return set()
    graver = {f.rule for f in findings if f.level != NOTE and f.because is None}
    if graver:
        return graver if len(graver) == 1 else set()
    return {finding.rule for finding in findings}


@lru_cache(maxsize=32)
def _ways_to(atlas: Atlas, *, ends: bool | None) -> dict[str, list[tuple[_Way, bytes]]]:
    """The ways to break each rule, each with a log that it breaks so."""
    sample = _sample(atlas, ends=bool(ends))
    found: dict[str, list[tuple[_Way, bytes]]] = {}
    for way in _ways():
        known: set[str] = set()
        for number in range(len(sample)):
            for written in _attempts(atlas, way, sample, number):
                for rule in _breaks(atlas, written, ends=ends) - known:
                    known.add(rule)
                    found.setdefault(rule, []).append((way, written))
    return found


def _sample(atlas: Atlas, *, ends: bool) -> list[bytes]:
    """The lines of a short clean log, of two events at least where that can be."""
    places = [p for p in atlas.roads.places if p.road and (p.state in atlas.ends) == ends]
    place = next((p for p in places if len(p.road) > 1), (*places, *atlas.roads.places)[0])
    return [
        f'{{"timestamp":{number + 2},"name":{dumped(event.name)}{_context(event)}}}\n'.encode()
        for number, event in enumerate(place.road)
    ]


def _context(event: Logged) -> str:
    return "" if event.context is None else f',"context":{event.context}'


def _ways() -> Iterator[_Way]:
    """All ways of garbling that the suite knows."""
    for fault in inserted():
        yield _Way(fault.name, _inserting(fault.line))
    example = Logged("example", None)
    for number, fault in enumerate(replaced(example, 1.0)):
        yield _Way(fault.name, _replacing(number))
    for number, fault in enumerate(whole_logs(b'{"timestamp":1,"name":"example"}\n')):
        yield _Way(fault.name, _whole(number))


def _inserting(line: bytes) -> Write:
    return lambda lines, number: b"".join((*lines[:number], line, *lines[number:]))


def _replacing(fault: int) -> Write:
    def write(lines: list[bytes], number: int) -> bytes:
        row = json.loads(lines[number])
        context = dumped(row["context"]) if "context" in row else None
        made = list(replaced(Logged(row["name"], context), row["timestamp"]))
        return b"".join((*lines[:number], made[fault].line, *lines[number + 1 :]))

    return write


def _whole(fault: int) -> Write:
    def write(lines: list[bytes], number: int) -> bytes:
        made: list[Fault] = list(whole_logs(b"".join(lines)))
        return made[fault].line

    return write

"""Search for a log that breaks a given rule: the log of a scenario with one change.

Changes to each scenario are tried in turn until the checker finds the rule, so the log is realistic
and the mistake plausible. If no such log is found, that proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from flux_conform.checking.consequences import step_of
from flux_conform.checking.explain import rule_id
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.language.line_form import written
from flux_conform.language.scenarios import Scenario, scenario_lines
from flux_conform.language.specification import Specification
from flux_conform.logs.eventlog import read_entries
from flux_conform.machine.step import Machine
from flux_conform.rfc.table import Cell, Code

_ALL = Options(notes=True, strict=True)

Line = dict[str, Any]


class BreakingLog(NamedTuple):
    """A log that breaks a rule: the scenario it comes from, and the change."""

    rule: str
    scenario: Scenario
    how: Cell
    log: bytes
    judgement: Judgement

    def lines(self, specification: Specification) -> tuple[str, ...]:
        """Return the lines of the log in the form of the specification's logs."""
        return written(specification.fields, self.log.decode().splitlines())

    @property
    def others(self) -> int:
        """The number of other independent faults in the log."""
        return sum(
            each.because is None and each.rule != self.rule and each.level != "note"
            for each in self.judgement.findings
        )


def find_breaking_log(specification: Specification, rule: str) -> BreakingLog | None:
    """Return a log that breaks the rule, if possible without other faults; None if none is found.

    If later lines are faults too, the log is cut after the line that breaks the rule.
    """
    machine = Machine(specification.plain)
    best: BreakingLog | None = None
    for scenario in (each for each in specification.scenarios if each.is_usual):
        for how, log in _changed(scenario):
            found = _try_log(machine, rule, scenario, how, log)
            if found is None or (best is not None and best.others <= found.others):
                continue
            if not found.others:
                return found
            best = found
    return best


def _try_log(
    machine: Machine, rule: str, scenario: Scenario, how: Cell, log: bytes
) -> BreakingLog | None:
    if not _is_broken(machine, rule, log):
        return None
    judgement = judge(machine, log, _ALL)
    line = next((each.line for each in judgement.findings if each.rule == rule), None)
    if line is None:
        return None
    found = BreakingLog(rule, scenario, how, log, judgement)
    if not found.others:
        return found
    cut = b"".join(log.splitlines(keepends=True)[:line])
    shorter = BreakingLog(rule, scenario, (*how, ", up to there"), cut, judge(machine, cut, _ALL))
    is_kept = any(each.rule == rule for each in shorter.judgement.findings)
    return shorter if is_kept and shorter.others < found.others else found


def _is_broken(machine: Machine, rule: str, log: bytes) -> bool:
    """Return whether a log breaks the rule; much faster than a full judgement."""
    checks = {line.check: line.id for line in machine.specification.lines}
    configuration = machine.initial
    for entry in read_entries(log):
        if any(checks.get(fault.check) == rule for fault in entry.faults):
            return True
        if entry.event is None:
            continue
        step = step_of(machine, configuration, entry)
        if any(rule_id(breach.rule, entry) == rule for breach in step.breaches):
            return True
        configuration = step.after
    return False


# Changes


def _changed(scenario: Scenario) -> Iterator[tuple[Cell, bytes]]:
    texts = scenario_lines(scenario)
    lines = [json.loads(text) for text in texts]
    for how, changed in (*_orders(lines), *_contexts(lines)):
        yield how, "".join(_json(line) + "\n" for line in changed).encode()
    yield from _bytes("".join(f"{text}\n" for text in texts).encode(), lines)


def _orders(lines: list[Line]) -> Iterator[tuple[Cell, list[Line]]]:
    """Remove, move and repeat lines."""
    for place, line in enumerate(lines):
        yield (*_named(line, place), " left out"), lines[:place] + lines[place + 1 :]
    for place, line in enumerate(lines):
        rest = lines[:place] + lines[place + 1 :]
        for to in (*range(place + 1, len(lines)), *range(place - 1, -1, -1)):
            moved = [*rest[:to], line, *rest[to:]]
            yield (*_named(line, place), f" as line {to + 1}"), _in_time(lines, moved)
    for place, line in enumerate(lines):
        for to in range(place + 1, len(lines) + 1):
            again = {**line, "timestamp": lines[min(to, len(lines) - 1)]["timestamp"]}
            yield (
                (*_named(line, place), f" again as line {to + 1}"),
                [*lines[:to], again, *lines[to:]],
            )


def _contexts(lines: list[Line]) -> Iterator[tuple[Cell, list[Line]]]:
    """Remove keys, change their values, and add a context where none is allowed."""
    for place, line in enumerate(lines):
        for how, changed in _changed_contexts(line):
            yield (*_named(line, place), *how), [*lines[:place], changed, *lines[place + 1 :]]


def _changed_contexts(line: Line) -> Iterator[tuple[Cell, Line]]:
    if "context" not in line:
        yield (" with a context",), {**line, "context": {"key": 1}}
        return
    context = line["context"]
    yield (" without its context",), {key: of for key, of in line.items() if key != "context"}
    for key, value in context.items():
        left = {name: of for name, of in context.items() if name != key}
        yield (" without ", Code(key)), {**line, "context": left}
        for instead in (0, 1, 2, -1, "other", None):
            if instead != value:
                how = " with ", Code(f"{key}: {_json(instead)}")
                yield how, {**line, "context": {**context, key: instead}}


def _bytes(log: bytes, lines: list[Line]) -> Iterator[tuple[Cell, bytes]]:
    """Make mistakes in the format of lines."""
    line = lines[-1]
    before = log[: log[:-1].rfind(b"\n") + 1]
    yield ("nothing in it",), b""
    yield ("a blank line at its end",), log + b"\n"
    yield ("no newline at its end",), log[:-1]
    yield ("a key that stands twice",), before + b'{"name":"",' + _json(line).encode()[1:] + b"\n"
    for key, value in (
        ("timestamp", 0),
        ("timestamp", line["timestamp"] - 3600),
        ("name", None),
        ("name", ""),
        ("context", None),
        ("comment", ""),
    ):
        changed = f"{_json({**line, key: value})}\n".encode()
        yield (f"line {len(lines)} with ", Code(f"{key}: {_json(value)}")), before + changed


def _in_time(lines: list[Line], moved: list[Line]) -> list[Line]:
    """Return lines in a new order, with the times of their positions."""
    return [{**line, "timestamp": at["timestamp"]} for line, at in zip(moved, lines, strict=True)]


def _named(line: Line, place: int) -> Cell:
    return (f"line {place + 1} (", Code(line["name"]), ")")


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

"""What a reader of a log can observe by one specification: the verdicts, the states, and the job.

This is the judgement of the checker without messages, in one pass that ends at the first breach of
a MUST: thousands of logs are read against thousands of mutants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flux_conform.checking.finding import CONFORMS, INCOMPLETE, VIOLATES
from flux_conform.language.bag import Bag
from flux_conform.language.specification import UNDEFINED, Specification
from flux_conform.logs.eventlog import read_entries
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Configuration
from flux_conform.machine.evaluate import Evaluator, Value, compile_expression
from flux_conform.machine.step import Machine

MUST = "MUST"

COUNTED = ("MUST", "SHOULD", "implied")
"""The levels that count if a log is judged strictly."""


class ReadLine(NamedTuple):
    """A line: the checks that it fails, and its event, if it holds one."""

    checks: tuple[str, ...]
    name: str | None
    context: Mapping[str, Any] | None
    is_object: bool
    timestamp: int | float | None


ReadLog = tuple[ReadLine, ...]
"""A log as its lines, read once for many specifications."""


class Observation(NamedTuple):
    """What a reader observes; `vector.Expected` describes the fields."""

    verdict: str
    strict: str
    states: tuple[str, ...]
    job: Mapping[str, Any] | None


def read_log(log: bytes, specification: Specification) -> ReadLog:
    """Read a log of a specification. Raises UnreadableLog."""
    lines = []
    if specification.fields is not None:
        log = specification.fields.plain_log(log)
    for entry in read_entries(log):
        checks = tuple(fault.check for fault in entry.faults)
        event = entry.event
        if event is None:
            lines.append(ReadLine(checks, None, None, True, None))
        else:
            is_object = "context" not in checks
            lines.append(ReadLine(checks, event.name, event.context, is_object, event.timestamp))
    return tuple(lines)


class Observer:
    """Reads many logs by one specification."""

    def __init__(self, specification: Specification) -> None:
        self.machine = Machine(specification, report=True)
        self._levels = {rule.check: rule.level for rule in specification.lines}
        self._ends = specification.ends
        self._endless = specification.final is None
        definitions = specification.definition_table
        self._report: list[tuple[str, Evaluator]] = [
            (field, compile_expression(expression.tree, definitions))
            for field, expression in specification.report
        ]

    def observe(self, log: ReadLog) -> Observation:
        """What a reader observes of a log."""
        configuration = self.machine.initial
        states: list[str] = []
        strict = False
        first: dict[str, Value] = {}
        entered: dict[str, Value] = {}
        for line in log:
            levels = {self._levels.get(check) for check in line.checks}
            before = configuration
            if line.name is not None:
                step = self.machine.step(
                    configuration, line.name, line.context, context_is_object=line.is_object
                )
                levels.update(breach.rule.level for breach in step.breaches)
                configuration = step.after
            if MUST in levels:
                return Observation(VIOLATES, VIOLATES, tuple(states), None)
            strict = strict or not levels.isdisjoint(COUNTED)
            if line.name is None:
                continue
            states.append(configuration.state)
            if step.outcome not in (UNDEFINED, CAPTIVE, REMOVED):
                first.setdefault(line.name, line.timestamp)
                if configuration.state != before.state:
                    entered.setdefault(configuration.state, line.timestamp)
        is_end = self._endless or configuration.state in self._ends
        verdict = CONFORMS if is_end else INCOMPLETE
        job = self._job(configuration, first, entered)
        return Observation(verdict, VIOLATES if strict else verdict, tuple(states), job)

    def _job(
        self, last: Configuration, first: Mapping[str, Value], entered: Mapping[str, Value]
    ) -> Mapping[str, Any]:
        report: dict[str, Value] = {}
        moment = last.moment()
        moment.first_times, moment.entered_times, moment.report = first, entered, report
        for field, value in self._report:
            report[field] = value(moment)
        return {field: list(v) if isinstance(v, Bag) else v for field, v in report.items()}

"""The report of a machine at the end of a log."""

from __future__ import annotations

from collections.abc import Mapping

from flux_conform.language.bag import Bag
from flux_conform.language.expressions import TIMES, About
from flux_conform.language.specification import Specification
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.evaluate import Value
from flux_conform.machine.step import Machine


def time_fields(specification: Specification) -> frozenset[str]:
    """The fields of the report that are times of events."""
    return frozenset(
        field
        for field, expression in specification.report
        if isinstance(expression.tree, About) and expression.tree.function in TIMES
    )


def final_report(
    machine: Machine,
    configuration: Configuration,
    first: Mapping[str, Value],
    last: Mapping[str, Value],
    entered: Mapping[str, Value],
) -> dict[str, Value]:
    """The fields of the report; `first` and `last` are times of events, `entered` of states."""
    report: dict[str, Value] = {}
    moment = configuration.moment()
    moment.first_times, moment.last_times = first, last
    moment.entered_times, moment.report = entered, report
    for field, expression in machine.specification.report:
        report[field] = machine.evaluator(expression)(moment)
    return {field: v.listed() if isinstance(v, Bag) else v for field, v in report.items()}

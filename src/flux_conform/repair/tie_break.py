"""Ranking of repairs with equal cost by the report that a replay of the repaired log computes.

A rule may accept several forms of a value. The preferred form is the one from which the report
computes one of these values again: readers then understand the value as the rule does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from flux_conform.checking.replay import replay
from flux_conform.language.equality import distinct, same
from flux_conform.language.expressions import Name
from flux_conform.language.specification import Specification
from flux_conform.machine.step import Machine
from flux_conform.repair.edits import Change, Repair, Set

_Location: TypeAlias = tuple[object, ...]


def prefer_reported(specification: Specification, repairs: Sequence[Repair]) -> list[Repair]:
    """Return the repairs, those that the report confirms first; the order is otherwise kept."""
    forms: dict[_Location, list[Any]] = defaultdict(list)
    for repair in repairs:
        for place, value in _written_values(repair.changes):
            forms[place].append(value)
    forms = {place: kinds for place, values in forms.items() if len(kinds := distinct(values)) > 1}
    if not forms:
        return list(repairs)
    machine = Machine(specification, report=True)
    computed = [
        field for field, expression in specification.report if not isinstance(expression.tree, Name)
    ]
    reports = [replay(machine, repair.data).report for repair in repairs]
    differing = [
        field
        for field in computed
        if any(not same(report[field], reports[0][field]) for report in reports)
    ]

    def confirmed(number: int) -> int:
        return sum(
            same(reports[number][field], value)
            for place, _ in _written_values(repairs[number].changes)
            for value in forms.get(place, ())
            for field in differing
        )

    order = sorted(range(len(repairs)), key=lambda number: -confirmed(number))
    return [repairs[number] for number in order]


def _written_values(changes: Sequence[Change]) -> Iterator[tuple[_Location, Any]]:
    """Yield the values that changes write, except examples, and their locations."""
    for change in changes:
        if isinstance(change, Set) and not change.free:
            yield (change.line, *change.path), change.value

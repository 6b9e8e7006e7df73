"""Of repairs that cost the same, first the one whose log is reported as the rule means it.

A rule may accept a value in several forms. Then the form is written first from which the report
that a replay makes computes one of these values again: it means for readers what the rule says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from flux_conform.checking.replay import replay
from flux_conform.language.equality import same
from flux_conform.language.expressions import Name
from flux_conform.language.specification import Specification
from flux_conform.machine.step import Machine
from flux_conform.repair.edits import Change, Set
from flux_conform.repair.repairs import Repair

_Place: TypeAlias = tuple[object, ...]


def as_reported(specification: Specification, repairs: Sequence[Repair]) -> list[Repair]:
    """The repairs, first those that the report confirms; else in their order."""
    forms: dict[_Place, list[Any]] = defaultdict(list)
    for repair in repairs:
        for place, value in _told(repair.changes):
            if not any(same(value, other) for other in forms[place]):
                forms[place].append(value)
    forms = {place: values for place, values in forms.items() if len(values) > 1}
    if not forms:
        return list(repairs)
    machine = Machine(specification, report=True)
    computed = [
        field for field, expression in specification.report if not isinstance(expression.tree, Name)
    ]
    reports = [replay(machine, repair.data).report for repair in repairs]
    telling = [
        field
        for field in computed
        if any(not same(report[field], reports[0][field]) for report in reports)
    ]

    def confirmed(number: int) -> int:
        return sum(
            same(reports[number][field], value)
            for place, _ in _told(repairs[number].changes)
            for value in forms.get(place, ())
            for field in telling
        )

    order = sorted(range(len(repairs)), key=lambda number: -confirmed(number))
    return [repairs[number] for number in order]


def _told(changes: Sequence[Change]) -> Iterator[tuple[_Place, Any]]:
    """The values that changes write which are no examples, and where."""
    for change in changes:
        match change:
            case Set(line=line, path=path, value=value, free=False):
                yield (line, *path), value
            case _:
                continue

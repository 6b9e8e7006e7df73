"""Configurations of the explicit search in Z3's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.bag import Bag
from flux_conform.language.equality import value_key
from flux_conform.machine.space import Search
from flux_conform.machine.symbolic.configurations import STARTED, STATE
from flux_conform.machine.symbolic.groups import Group
from flux_conform.machine.symbolic.logic import boolean, same
from flux_conform.machine.symbolic.step import SymbolicMachine


def configuration_symbols(machine: SymbolicMachine, search: Search, number: int) -> list[Any]:
    """An explicit configuration as what holds of the components, for Z3."""
    values = configuration_values(machine, search, number)
    return [boolean(same(machine.components[name].before, value)) for name, value in values.items()]


def configuration_values(
    machine: SymbolicMachine, search: Search, number: int
) -> dict[str, bool | int]:
    """An explicit configuration's components; what is inside of none has no value."""
    moment = search.moment(search.configurations[number])
    values: dict[str, bool | int] = {
        STATE: machine.codes.of(moment.state),
        STARTED: not moment.first,
    }
    for name in machine.slice.seen:
        values[f"seen({name})"] = name in moment.seen
    for name in machine.slice.visited:
        values[f"visited({name})"] = name in moment.entered_times
    for variable in machine.slice.variables:
        if not isinstance(variable.type, t.SetOf | t.BagOf):
            _put(machine, values, variable.name, variable.type, moment.values[variable.name])
    for group in machine.groups:
        for name, count in _counts(group, moment.values).items():
            values[name] = count
    return {name: values[name] for name in machine.components if name in values}


def _put(
    machine: SymbolicMachine, values: dict[str, bool | int], name: str, of: t.Type, value: Any
) -> None:
    inner = t.present(of)
    if f"has({name})" in machine.components:
        values[f"has({name})"] = value is not None
        if value is None:
            return
    if isinstance(inner, t.Record):
        for field, kind in inner.fields:
            _put(machine, values, f"{name}.{field}", kind, value.get(field))
    else:
        values[name] = machine.codes.of(value) if isinstance(value, str) else value


def _counts(group: Group, values: Mapping[str, Any]) -> dict[str, bool | int]:
    bags: list[Bag] = [values[name] for name in group.names]
    counts: dict[str, bool | int] = {group.counter(row): 0 for row in group.classes}
    literals = {value_key(text) for text in group.literals}
    for name, bag in zip(group.names, bags, strict=True):
        table = {value_key(member): times for member, times in bag.items()}
        for text in group.literals:
            times = table.get(value_key(text), 0)
            counts[group.tracked(name, text)] = times if group.bag else times > 0
    members = {value_key(member): (member, times) for bag in bags for member, times in bag.items()}
    for key, (member, times) in members.items():
        if key in literals:
            continue
        row = tuple(member in bag for bag in bags)
        amount = times if group.bag else 1
        counts[group.counter(row)] = int(counts[group.counter(row)]) + amount
    return counts

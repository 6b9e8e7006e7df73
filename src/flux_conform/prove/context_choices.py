"""The steps that a way out may take: events whose contexts are chosen, not arbitrary.

That some event lowers a measure is a claim "there is a context such that …". Instead of asking a
solver for one, we offer it the contexts of the explicit search's alphabet, with a description of
each class; that one of these always will do is more than is needed, and easy to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

from flux_conform.language import types as t
from flux_conform.language.expressions import Key
from flux_conform.machine.alphabet import Action, Choice
from flux_conform.machine.set_choices import borne_sets
from flux_conform.machine.symbolic.configurations import Chosen
from flux_conform.machine.symbolic.expression_terms import translate
from flux_conform.machine.symbolic.groups import Group, Untranslatable
from flux_conform.machine.symbolic.logic import Truth, Whole, conj
from flux_conform.machine.symbolic.set_uses import is_listed
from flux_conform.machine.symbolic.step import Keys, SymbolicMachine, SymbolicStep
from flux_conform.machine.symbolic.symbols import (
    NONE,
    Count,
    Fields,
    Maybe,
    Opaque,
    Symbol,
    Text,
    constant,
    lifted,
)


def offers(machine: SymbolicMachine, action: Action) -> Iterator[SymbolicStep]:
    """The steps that an action stands for: one for each class its description can have.

    Of an event that bears sets, one for each of a few sets that it can choose.
    """
    if action.is_faulty:
        return  # a way out is one for those who keep to what is described
    types = action.item.event.key_types
    description = next(iter(machine.description_keys(action.event)), None)
    values: dict[str, Symbol] = {}
    where: list[Truth] = []
    sets = [*_sets_to_choose(machine, action.event)]
    listed: dict[str, list[str]] = {}
    for key, choice in action.choices:
        if is_listed(Key(key), types) and isinstance(choice.value, list):
            listed[key] = choice.value
        elif sets and _is_not_first(action, key, choice):
            return  # what the set holds is chosen by classes
        symbol, condition = _chosen(machine, choice, types[key])
        values[key] = symbol
        where.append(condition)
    if sets:
        for counts in sets:
            for own in machine.classes_at(action.event) or [()]:
                for inside in (False, True) if own else (None,):
                    chosen = Chosen(own, counts, listed, inside)
                    yield machine.build(action.event, Keys(values, chosen, conj(where)))
        return
    owns: Iterable[tuple[bool, ...] | None] = ()
    if machine.bears_tuple(action.event):
        owns = machine.classes_at(action.event)
    elif description is None or values.get(description, NONE) == NONE:
        owns = (None,)
    elif isinstance(lifted(values[description]).of, Text | Count):
        owns = machine.classes_at(action.event)
    for given in owns:
        chosen = Chosen(given, listed=listed)
        yield machine.build(action.event, Keys(values, chosen, conj(where)))


Counts: TypeAlias = Callable[[Group, tuple[bool, ...]], Whole]
"""How many of a class an event's set holds; in the class of no collection are fresh ones."""


def _sets_to_choose(machine: SymbolicMachine, event: str) -> Iterator[Counts]:
    """All of a collection; one member of a class; a fresh one; none."""
    groups = machine.groups_with_sets(event)
    for group in groups:
        for place in range(len(group.names)):
            yield partial(_whole_of, machine, group, place)
        for row in group.classes:
            yield partial(_one_of, group, row)
    if groups:
        yield partial(_one_of, None, ())
        yield _none_of


def _whole_of(
    machine: SymbolicMachine, group: Group, place: int, of: Group, row: tuple[bool, ...]
) -> Whole:
    if of != group:
        return 0
    return machine.values_before[group.counter(row)] if any(row) and row[place] else 0


def _one_of(group: Group | None, wanted: tuple[bool, ...], of: Group, row: tuple[bool, ...]) -> int:
    return int(not any(row) if group is None else of == group and row == wanted)


def _none_of(of: Group, row: tuple[bool, ...]) -> int:
    return 0


def _is_not_first(action: Action, key: str, choice: Choice) -> bool:
    sets = borne_sets(action.item, key, action.item.event.key_types[key], 1)
    return bool(sets) and choice.value != sets[0]


def _chosen(machine: SymbolicMachine, choice: Choice, of: t.Type) -> tuple[Symbol, Truth]:
    if not choice.present:
        return NONE, True
    inner = t.present(of)
    if choice.term is None:
        value = _written(choice.value, inner, machine)
        return (Maybe(True, value) if isinstance(of, t.Optional) else value), True
    maybe = lifted(translate(choice.term, machine.before))
    if maybe.of is None:
        return NONE, False
    return maybe.of, conj([maybe.has, _within(maybe.of, inner)])


def _written(value: Any, of: t.Type, machine: SymbolicMachine) -> Symbol:
    """A value of a type in symbols, where there is one."""
    if isinstance(of, t.Record):
        return Fields(tuple((name, _field(value, name, kind, machine)) for name, kind in of.fields))
    if not isinstance(value, bool | int | str):
        return Opaque(t.show(of))
    return constant(value, machine.codes)


def _field(whole: Mapping[str, Any], name: str, of: t.Type, machine: SymbolicMachine) -> Symbol:
    if name not in whole:
        return NONE
    value = _written(whole[name], t.present(of), machine)
    return Maybe(True, value) if isinstance(of, t.Optional) else value


def _within(value: Symbol, of: t.Type) -> Truth:
    """The value is of the type."""
    match of:
        case t.Integer(low=low, high=high) if isinstance(value, Count):
            number = value.number
            return conj(
                [True if low is None else number >= low, True if high is None else number <= high]
            )
        case t.Boolean() | t.String():
            return True
        case _:
            raise Untranslatable(f"a key of type {t.show(of)} must equal what is computed")

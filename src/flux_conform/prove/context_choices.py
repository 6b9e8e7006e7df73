"""The steps that a way out may take: events whose contexts are chosen, not arbitrary.

That some event lowers a measure is a claim "there is a context such that …". Instead of asking a
solver for one, we offer it the contexts of the explicit search's alphabet, with a description of
each class; that one of these always will do is more than is needed, and easy to decide.
"""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language import types as t
from flux_conform.machine.alphabet import Action, Choice
from flux_conform.machine.symbolic.expression_terms import translate
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, conj
from flux_conform.machine.symbolic.step import Keys, SymbolicMachine, SymbolicStep
from flux_conform.machine.symbolic.symbols import (
    NONE,
    Count,
    Maybe,
    Opaque,
    Symbol,
    Text,
    constant,
    lifted,
)


def offers(machine: SymbolicMachine, action: Action) -> Iterator[SymbolicStep]:
    """The steps that an action stands for: one for each class its description can have."""
    if action.is_faulty:
        return  # a way out is one for those who keep to what is described
    types = action.item.event.key_types
    description = machine.description_key(action.event)
    values: dict[str, Symbol] = {}
    where: list[Truth] = []
    for key, choice in action.choices:
        symbol, condition = _chosen(machine, choice, types[key])
        values[key] = symbol
        where.append(condition)
    if description is None or description not in values:
        yield machine.build(action.event, Keys(values, None, conj(where)))
        return
    if isinstance(values[description], Text):
        for own in machine.classes_at(action.event):
            yield machine.build(action.event, Keys(values, own, conj(where)))


def _chosen(machine: SymbolicMachine, choice: Choice, of: t.Type) -> tuple[Symbol, Truth]:
    if not choice.present:
        return NONE, True
    inner = t.present(of)
    if choice.term is None:
        if not isinstance(choice.value, bool | int | str):
            return Opaque(t.show(of)), True
        value = constant(choice.value, machine.codes)
        return (Maybe(True, value) if isinstance(of, t.Optional) else value), True
    maybe = lifted(translate(choice.term, machine.before))
    if maybe.of is None:
        return NONE, False
    return maybe.of, conj([maybe.has, _within(maybe.of, inner)])


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

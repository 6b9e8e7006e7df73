"""What fault domains have in common: a fault, and a specification with another effect or row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flux_conform.language.expressions import Binary, Call, Expression, Node, rebuilt, show
from flux_conform.language.specification import (
    STAYS,
    UNDEFINED,
    Event,
    Rule,
    Specification,
    Transition,
    Variable,
)
from flux_conform.mutation.mutants import Mutant
from flux_conform.mutation.rewrites import replaced

START = " at first"
"""Ends the name of a variable that keeps the value that another one starts with."""


def fault(
    at: str, says: str, other: Specification, event: str | None, state: str | None = None
) -> Mutant:
    """A fault that shows only at an event, in a state if one is given; None is any event."""
    return Mutant("", at, says, other, None if event is None else frozenset({event}), state)


def expression(tree: Node) -> Expression:
    """The expression of a tree."""
    return Expression(show(tree), tree)


def with_part(specification: Specification, part: str, place: int, new: Any) -> Specification:
    """The specification with another item at a place of a part."""
    parts: dict[str, Any] = {part: replaced(getattr(specification, part), place, new)}
    return specification._replace(**parts)


def with_effect(
    specification: Specification, event: Event, variable: str, effect: Node
) -> Specification:
    """The specification in which an event gives a variable this value."""
    effects = dict(event.effects)
    effects[variable] = expression(effect)
    place = specification.events.index(event)
    new = event._replace(effects=tuple(effects.items()))
    return with_part(specification, "events", place, new)


def with_start(specification: Specification, variable: Variable) -> Specification:
    """The specification with a variable that keeps what another one starts with.

    No constant stands for an empty collection.
    """
    start = variable._replace(name=f"{variable.name}{START}")
    return specification._replace(variables=(*specification.variables, start))


def with_refusal(specification: Specification, event: str, require: Node) -> Specification:
    """The specification in which an event may come only where something holds."""
    rule = Rule("fault", "MUST", (event,), expression(require), 0, "", "", ("",), ("",))
    return specification._replace(rules=(*specification.rules, rule))


def both(one: Node | None, other: Node) -> Node:
    """Both conditions."""
    return other if one is None else Binary("and", one, other)


def staying(row: Transition, when: Node) -> Transition:
    """The row of the same event that stays where something holds."""
    return row._replace(outcome=STAYS, target=None, when=expression(when))


def may_come(specification: Specification, event: Event) -> Iterator[str]:
    """The states in which an event may come."""
    for state in specification.machine_states:
        if state.final:
            continue
        rows = specification.cases(state.name, event.name, specification.today.name)
        if event.elsewhere != UNDEFINED or {row.outcome for row in rows} - {UNDEFINED}:
            yield state.name


def put(tree: Node, old: Node, new: Node) -> Node:
    """The tree with a part replaced wherever it stands."""
    return new if tree == old else rebuilt(tree, lambda child: put(child, old, new))


def has(tree: Node) -> Node:
    """That a value is there."""
    return Call("has", (tree,))

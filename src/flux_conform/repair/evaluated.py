"""The expressions that a machine evaluates at an event."""

from __future__ import annotations

from flux_conform.language.expressions import Node, expand
from flux_conform.language.specification import ANY_EVENT, Event
from flux_conform.machine.step import Machine


def trees_of(machine: Machine, event: Event) -> list[Node]:
    """Return the rules, guards and effects of an event, with definitions expanded.

    Only effects on variables that the machine keeps are included.
    """
    specification = machine.specification
    trees = [
        rule.require.tree
        for rule in specification.rules
        if event.name in rule.on or ANY_EVENT in rule.on
    ]
    trees += [
        row.when.tree
        for row in specification.transitions
        if row.event == event.name and row.when is not None
    ]
    kept = machine.initial.values
    trees += [effect.tree for variable, effect in event.effects if variable in kept]
    trees += [
        generation.when.tree
        for generation in specification.generations
        if generation.on == event.name and generation.when is not None
    ]
    return [expand(tree, machine.definitions) for tree in trees]

"""Outcomes, rules, effects and fields that also depend on what they should not."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language.expressions import Binary, Constant, If, Name, Node, Not, expand, walk
from flux_conform.language.specification import ANY_EVENT, MOVES, STAYS, Specification
from flux_conform.mutation.conditions import STATE, Conditions
from flux_conform.mutation.faulty_parts import (
    both,
    expression,
    fault,
    has,
    may_come,
    staying,
    with_effect,
    with_part,
    with_refusal,
)
from flux_conform.mutation.mutants import Mutant


def dependent_effects(specification: Specification) -> Iterator[Mutant]:
    """An effect that is missing where something holds."""
    conditions = Conditions(specification)
    for event in specification.events:
        for variable, effect in event.effects:
            for condition in conditions.at(event):
                if condition.kind == STATE:
                    continue
                new = If(condition.tree, Name(variable), effect.tree)
                other = with_effect(specification, event, variable, new)
                says = f"leaves {variable} where {condition.text}"
                yield fault(event.name, says, other, event.name)


def dependent_refusals(specification: Specification) -> Iterator[Mutant]:
    """An event that may not come where something holds."""
    conditions = Conditions(specification)
    for event in specification.events:
        states = set(may_come(specification, event))
        for condition in conditions.at(event):
            if not states or (condition.state and condition.state not in states):
                continue
            other = with_refusal(specification, event.name, Not(condition.tree))
            says = f"refused where {condition.text}"
            yield fault(event.name, says, other, event.name, condition.state)


def dependent_outcomes(specification: Specification) -> Iterator[Mutant]:
    """A transition that is not taken where something holds."""
    conditions = Conditions(specification)
    today = (None, specification.today.name)
    for place, row in enumerate(specification.transitions):
        if row.outcome not in (MOVES, STAYS) or row.generation not in today:
            continue
        event = specification.event(row.event)
        guard = None if row.when is None else row.when.tree
        for condition in conditions.at(event):
            if condition.kind == STATE:
                continue
            when = expression(both(guard, Not(condition.tree)))
            other = with_part(specification, "transitions", place, row._replace(when=when))
            # It does not move: where the event is undefined elsewhere, it stays.
            if event.elsewhere != STAYS and row.outcome == MOVES:
                stays = staying(row, both(guard, condition.tree))
                other = other._replace(transitions=(*other.transitions, stays))
            says = f"not taken where {condition.text}"
            yield fault(f"{row.event} in {row.source}", says, other, row.event, row.source)


def dependent_rules(specification: Specification) -> Iterator[Mutant]:
    """A rule that is not asked of an event where something holds."""
    conditions = Conditions(specification)
    for place, rule in enumerate(specification.rules):
        names = [name for name in rule.on if name != ANY_EVENT]
        for name in names if rule.level != "note" else ():
            event = specification.event(name)
            states = set(may_come(specification, event))
            for condition in conditions.at(event):
                if condition.state and condition.state not in states:
                    continue
                spared = condition.tree
                if len(names) > 1:
                    spared = both(Binary("==", Name("event"), Constant(name)), spared)
                require = expression(Binary("or", spared, rule.require.tree))
                other = with_part(specification, "rules", place, rule._replace(require=require))
                says = f"not asked of {name} where {condition.text}"
                yield fault(rule.id, says, other, name, condition.state)


def dependent_fields(specification: Specification) -> Iterator[Mutant]:
    """A field of the report that is another where something holds."""
    conditions = Conditions(specification)
    for place, (field, reported) in enumerate(specification.report):
        words = _words(specification, reported.tree)
        for value in words if len(words) > 1 else (None,):
            for condition in conditions.general:
                if condition.kind == STATE:
                    continue
                # A field that is not given yet stays so.
                given = (
                    condition.tree if value is None else both(has(reported.tree), condition.tree)
                )
                tree = If(given, Constant(value), reported.tree)
                new = (field, expression(tree))
                other = with_part(specification, "report", place, new)
                says = f"{value or 'none'} where {condition.text}"
                yield fault(f"the field {field}", says, other, None)


def _words(specification: Specification, tree: Node) -> list[str]:
    """The texts that a field may be."""
    states = {state.name for state in specification.states}
    nodes = walk(expand(tree, specification.definition_table))
    texts = (node.value for node in nodes if isinstance(node, Constant))
    return [text for text in dict.fromkeys(texts) if isinstance(text, str) and text not in states]

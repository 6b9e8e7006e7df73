"""Of several values the wrong one counts, or from some number on no more are taken."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    About,
    Binary,
    Call,
    Constant,
    If,
    Name,
    Node,
    Not,
    walk,
)
from flux_conform.language.specification import MOVES, Event, Specification, Variable
from flux_conform.mutation.confusions import COLLECTIONS
from flux_conform.mutation.faulty_parts import (
    both,
    expression,
    fault,
    has,
    may_come,
    staying,
    with_effect,
    with_refusal,
)
from flux_conform.mutation.mutants import Mutant

CAPACITIES = (1, 2, 3, 9)
"""The numbers of members after which no more are taken."""

COUNTS = (1, 2, 9)
"""How often an event still has its outcome."""

TIMES = "times it came"


def ordered(specification: Specification) -> Iterator[Mutant]:
    """Of the values that an event gives a variable the first, largest or smallest is kept."""
    for event in specification.events:
        for variable, effect in event.effects:
            of = next(v.type for v in specification.variables if v.name == variable)
            kept, new = Name(variable), effect.tree
            if isinstance(of, COLLECTIONS) or kept in walk(new):
                continue
            known = has(kept) if isinstance(of, t.Optional) else None
            ways: list[tuple[str, Node]] = [
                ("the first counts", known or About("seen", event.name)),
            ]
            if isinstance(t.present(of), t.Integer):
                for says, operator in (("the largest counts", ">"), ("the smallest counts", "<")):
                    ways.append((says, both(known, Binary(operator, kept, new))))
            for says, when in ways:
                other = with_effect(specification, event, variable, If(when, kept, new))
                yield fault(f"{event.name}: {variable}", says, other, event.name)


def counted(specification: Specification) -> Iterator[Mutant]:
    """Members are dropped, events refused or without their outcome, from some number on."""
    for variable in specification.variables:
        if not isinstance(variable.type, COLLECTIONS):
            continue
        for event in specification.events:
            effect = dict(event.effects).get(variable.name)
            if effect is None or not _adds(effect.tree, variable.name):
                continue
            for most in CAPACITIES:
                full = Binary(">=", Call("size", (Name(variable.name),)), Constant(most))
                tree = If(full, Name(variable.name), effect.tree)
                other = with_effect(specification, event, variable.name, tree)
                says = f"holds {most} at most"
                yield fault(f"{event.name}: {variable.name}", says, other, event.name)
    for event in specification.events:
        if any(may_come(specification, event)):
            yield from _often(specification, event)


def _adds(tree: Node, name: str) -> bool:
    return any(
        isinstance(node, Binary) and node.operator == "+" and node.left == Name(name)
        for node in walk(tree)
    )


def _often(specification: Specification, event: Event) -> Iterator[Mutant]:
    """An event that is refused, or moves no more, after it has come some times."""
    counter = Variable(TIMES, t.Integer(0, None), "")
    more = specification._replace(variables=(*specification.variables, counter))
    counting = with_effect(more, event, TIMES, Binary("+", Name(TIMES), Constant(1)))
    moving = [
        row for row in specification.transitions if row.event == event.name and row.outcome == MOVES
    ]
    for most in COUNTS:
        few = Binary("<", Name(TIMES), Constant(most))
        other = with_refusal(counting, event.name, few)
        yield fault(event.name, f"refused after {most} of them", other, event.name)
        if moving:
            kept = tuple(
                row._replace(when=expression(both(row.when and row.when.tree, few)))
                if row in moving
                else row
                for row in counting.transitions
            )
            stays = (staying(row, both(row.when and row.when.tree, Not(few))) for row in moving)
            other = counting._replace(transitions=(*kept, *stays))
            yield fault(event.name, f"does not move after {most} of them", other, event.name)

"""Which expressions of a specification decide what a log breaks, and which only report."""

from __future__ import annotations

from flux_conform.language.expressions import (
    IN_TEXTS,
    About,
    Binary,
    Call,
    Constant,
    Expression,
    Key,
    Name,
    Node,
    children,
    expand,
    walk,
)
from flux_conform.language.specification import ANY_EVENT, Specification
from flux_conform.machine.fold import reads_through


def judged_variables(specification: Specification) -> set[str]:
    """The variables that guards and rules read, directly or through the effects on others.

    What a log waits for is told of each that has not ended, so what tells it is read, too.
    """
    definitions = specification.definition_table
    effects = [
        (variable, expand(effect.tree, definitions))
        for event in specification.events
        for variable, effect in event.effects
    ]
    trees = [tree for _, tree in _conditions(specification)]
    for rule in specification.rules:
        # A message tells values too, and must not change what is kept of a log.
        told = [part for part in (*rule.breach, *rule.repair) if isinstance(part, Expression)]
        trees.extend(part.tree for part in told)
    trees.extend(part.tree for row in specification.waits for part in row.expressions)
    names = {variable.name for variable in specification.variables}
    return names & reads_through((expand(tree, definitions) for tree in trees), effects)


def judged_expressions(
    specification: Specification, *, every: bool = False
) -> list[tuple[str, Node]]:
    """All that judging evaluates, definitions put in: each with the name of its event.

    These are guards, requirements, and effects on variables that those read, or `every` effect.
    """
    judged = (
        {variable.name for variable in specification.variables}
        if every
        else judged_variables(specification)
    )
    found = _conditions(specification)
    for event in specification.events:
        found += [(event.name, effect.tree) for name, effect in event.effects if name in judged]
    definitions = specification.definition_table
    return [(event, expand(tree, definitions)) for event, tree in found]


def _conditions(specification: Specification) -> list[tuple[str, Node]]:
    """Guards, requirements and what chooses a generation, by event."""
    found = [
        (row.event, row.when.tree) for row in specification.transitions if row.when is not None
    ]
    for rule in specification.rules:
        found += [(event, rule.require.tree) for event in rule.on]
    found += [
        (generation.on, generation.when.tree)
        for generation in specification.generations
        if generation.on is not None and generation.when is not None
    ]
    return found


def expressions(specification: Specification) -> list[Expression]:
    """Every expression that a step may evaluate, definitions not put in."""
    found = [rule.require for rule in specification.rules]
    found += [row.when for row in specification.transitions if row.when is not None]
    found += [effect for event in specification.events for _, effect in event.effects]
    found += [expression for _, expression in specification.report]
    found += [part for row in specification.waits for part in row.expressions]
    found += [definition.body for definition in specification.definitions]
    return found


def asked_events(specification: Specification) -> frozenset[str]:
    """The events of which a step may ask whether they came."""
    return frozenset(
        node.name
        for expression in expressions(specification)
        for node in walk(expression.tree)
        if isinstance(node, About) and node.function == "seen"
    )


def listed_keys(specification: Specification) -> dict[str, frozenset[str]]:
    """The keys whose texts name members that expressions read, by event."""
    found: dict[str, set[str]] = {}
    for name, tree in judged_expressions(specification, every=True):
        for node in walk(tree):
            if isinstance(node, Call) and node.function in IN_TEXTS:
                keys = {part.name for part in walk(node) if isinstance(part, Key)}
                for event in specification.events:
                    if name in (event.name, ANY_EVENT):
                        found.setdefault(event.name, set()).update(keys)
    return {name: frozenset(keys) for name, keys in found.items()}


WHOLE = ""
"""In place of a key: the context as a whole."""


def telling_keys(specification: Specification) -> dict[str, tuple[str, ...]]:
    """The keys that rules, guards and effects read of each event, in the specification's order.

    An event whose context is read as a whole has WHOLE alone.
    """
    read: dict[str, set[str]] = {}
    for name, tree in judged_expressions(specification, every=True):
        read.setdefault(name, set()).update(n.name for n in walk(tree) if isinstance(n, Key))
    found = {}
    for event in specification.events:
        names = read.get(event.name, set())
        keys = tuple(key for key in event.key_types if key in names)
        found[event.name] = (WHOLE,) if WHOLE in names else keys
    return found


def names_matter(specification: Specification) -> bool:
    """Whether some expression asks more of an event's name than if it is a certain one.

    Then the events of a family differ, and logs with unlisted names are left open.
    """
    return any(_reads_name(tree) for _, tree in judged_expressions(specification))


def _reads_name(tree: Node) -> bool:
    match tree:
        case Name(name="event"):
            return True
        case Binary(operator="==" | "!=", left=Name(name="event"), right=Constant()):
            return False
        case _:
            return any(map(_reads_name, children(tree)))


def compared_texts(specification: Specification) -> frozenset[str]:
    """The strings that expressions compare with."""
    return frozenset(
        node.value
        for _, tree in judged_expressions(specification)
        for node in walk(tree)
        if isinstance(node, Constant) and isinstance(node.value, str)
    )

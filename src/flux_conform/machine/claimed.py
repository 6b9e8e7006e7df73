"""What a property claims, as trees: of the values after an event, and of those before it."""

from __future__ import annotations

from flux_conform.language.expressions import OLD, Call, Node, expand, rebuilt, walk
from flux_conform.language.specification import Property, Specification


def claimed(specification: Specification, claim: Property) -> Node | None:
    """What the property claims, with definitions put in; None where it is of a subject."""
    if claim.claim is None:
        return None
    return expand(claim.claim.tree, specification.definition_table)


def compares(tree: Node) -> bool:
    """Whether a claim compares what is after an event with what was before it."""
    return any(isinstance(node, Call) and node.function == OLD for node in walk(tree))


def at_one_time(tree: Node) -> Node:
    """The tree with all read at one time: what `old` asks of stands in its place.

    It means something else, but reads the same, and compares with the same constants.
    """
    if isinstance(tree, Call) and tree.function == OLD:
        return at_one_time(tree.arguments[0])
    return rebuilt(tree, at_one_time)

"""Why a claim is not decided: what the proofs do not know, and which limits were met."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language.expressions import Node, expand, show, walk
from flux_conform.language.specification import Property
from flux_conform.machine.claimed import claimed
from flux_conform.prove.prover import SECOND_OPINION, Prover

SOUGHT = ("always", "then", "never", "keeps", "reports", "reachable", "taken")
"""The kinds of claims that a single run decides, which may be sought in symbols."""


def reasons(prover: Prover, claim: Property) -> tuple[str, ...]:
    """Why the claim is not decided, as far as that is known."""
    return (*_free(prover, claim), *_limits(prover, claim))


def _free(prover: Prover, claim: Property) -> Iterator[str]:
    """The expressions that are any value to the proofs: those of steps, and of the claim."""
    trees = [*_trees(prover, claim)]
    asked = {part for tree in trees for part in walk(tree)}
    for node, why in prover.free_expressions(claim.assuming, claim.silent).items():
        if node in asked:
            yield any_value(node, why)


def any_value(node: Node, why: str) -> str:
    """Says that an expression is any value of its type to the proofs."""
    return f"{show(node)} is any value to the proofs: {why}"


def _trees(prover: Prover, claim: Property) -> Iterator[Node]:
    definitions = prover.specification.definition_table
    own = claimed(prover.specification, claim)
    yield from () if own is None else (own,)
    yield from () if claim.when is None else (expand(claim.when.tree, definitions),)
    for item in prover.slice.events:
        yield from (tree for _, tree in item.rules)
        yield from (guard for _, guard in item.rows if guard is not None)
        yield from (tree for _, tree in item.effects)
        yield from (when for _, when in item.selects if when is not None)


def _limits(prover: Prover, claim: Property) -> Iterator[str]:
    search = prover.search(claim.assuming)
    if search.clipped:
        met = len(search.configurations)
        yield f"the search ended at its limit of {met:,} configurations"
    if claim.kind in SOUGHT and prover.effort >= SECOND_OPINION:
        yield f"runs were sought in symbols up to {prover.limits.depth} events, and no further"

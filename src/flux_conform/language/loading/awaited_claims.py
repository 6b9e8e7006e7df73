"""What is claimed of the rows of `waits`: wherever a log stops, one holds; and each does somewhere.

The claims are made by the loader and decided like any other. A row that never holds makes the
claim true that is there to be refuted.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from flux_conform.language.expressions import Binary, Expression, Node, Not, show
from flux_conform.language.loading.awaited import Awaited, in_states
from flux_conform.language.specification import Property, Specification

CLAIM = "waits"
"""The id of the claim that some row holds; those of single rows begin with it."""


def with_awaited_claims(specification: Specification) -> Specification:
    """The specification with the claims about its rows of waits."""
    if not specification.waits:
        return specification
    claims = (*specification.properties, *_claims(specification))
    return specification._replace(properties=claims)


def claim_of(row: str) -> str:
    """The id of the claim that no log waits for what a row says."""
    return f"{CLAIM}-{row}"


def unanswered(specification: Specification) -> tuple[str, ...]:
    """The states in which a log is not over, and no row says what it waits for."""
    if not specification.waits or specification.final is None:
        return ()
    named = {state for row in specification.waits for state in row.states}
    return tuple(
        state.name for state in specification.states if state.name not in named | specification.ends
    )


def _claims(specification: Specification) -> Iterator[Property]:
    rows = specification.waits
    says = "Wherever a log stops before its end, it is said what it waits for."
    yield _claim(CLAIM, _answered(specification), "nothing", says, "proved")
    for row in rows:
        says = f"No log waits for {row.noun}."
        yield _claim(claim_of(row.name), Not(row.condition), "implied", says, "refuted")


def _answered(specification: Specification) -> Node:
    """That some row holds, where a log is not over.

    Of a machine without an end, this is asked in the states alone of which some row speaks.
    """
    rows = specification.waits
    if specification.final is not None:
        over = tuple(s.name for s in specification.states if s.name in specification.ends)
    else:
        named = {state for row in rows for state in row.states}
        over = tuple(s.name for s in specification.states if s.name not in named)
    holds = reduce(lambda one, other: Binary("or", one, other), map(_condition, rows))
    return Binary("or", in_states(over), holds) if over else holds


def _condition(row: Awaited) -> Node:
    return row.condition


def _claim(name: str, tree: Node, assuming: str, says: str, expect: str) -> Property:
    return Property(
        name, "always", None, None, None, Expression(show(tree), tree), assuming, True, "", says,
        expect,
    )  # fmt: skip

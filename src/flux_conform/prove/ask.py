"""Queries to Z3: the one place where its answers come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import z3

from flux_conform.interruptible import interruptible
from flux_conform.machine.deadline import hurry, milliseconds
from flux_conform.machine.symbolic.logic import array_of

TIMEOUT = 10_000
"""Maximum time for one query, in milliseconds; the answer is unknown after that."""


def assert_all(solver: Any, *terms: Any) -> None:
    """Assert Boolean terms."""
    context = solver.ctx.ref()
    for term in terms:
        z3.Z3_solver_assert(context, solver.solver, term.ast)


def check(solver: Any, assumptions: Sequence[Any] = (), most: int = TIMEOUT) -> Any:
    """What Z3 says of the solver's assertions and the assumptions: sat, unsat or unknown.

    It takes `most` milliseconds at most. Raises OutOfTime where there is a time limit and that is
    over.
    """
    context = solver.ctx.ref()
    given = array_of(assumptions)
    hurry()
    solver.set("timeout", milliseconds(most))
    with interruptible(solver):
        answer = z3.CheckSatResult(
            z3.Z3_solver_check_assumptions(context, solver.solver, len(assumptions), given)
        )
    if answer == z3.unknown:
        hurry()
    return answer


@contextmanager
def apart(solver: Any) -> Iterator[None]:
    """A scope: what is asserted inside is retracted at its end, also after an exception."""
    solver.push()
    try:
        yield
    finally:
        solver.pop()

"""Asking Z3: the one place where its answers come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3


def check(solver: Any, assumptions: Sequence[Any] = ()) -> Any:
    """What Z3 says of the solver's assertions and the assumptions: sat, unsat or unknown.

    While it thinks, Z3 takes Ctrl-C for itself and answers "unknown". To give up is not what the
    user asked for, so that answer raises KeyboardInterrupt.
    """
    answer = solver.check(list(assumptions))
    if answer == z3.unknown and "interrupted" in solver.reason_unknown():
        raise KeyboardInterrupt
    return answer

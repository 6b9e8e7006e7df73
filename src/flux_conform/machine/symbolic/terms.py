"""Z3's terms made by its own functions.

The Python wrapper looks at the sort of each argument of each term that it makes, which takes far
longer than making it. Here the arguments are Z3's terms already, of the right sort.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import z3


def all_of(terms: Sequence[Any]) -> Any:
    """All of the Boolean terms hold."""
    return _joined(z3.Z3_mk_and, terms)


def any_of(terms: Sequence[Any]) -> Any:
    """One of the Boolean terms holds."""
    return _joined(z3.Z3_mk_or, terms)


def negated(term: Any) -> Any:
    """The Boolean term does not hold."""
    return z3.BoolRef(z3.Z3_mk_not(term.ctx.ref(), term.ast), term.ctx)


def equals(left: Any, right: Any) -> Any:
    """Two terms of one sort are equal."""
    return z3.BoolRef(z3.Z3_mk_eq(left.ctx.ref(), left.ast, right.ast), left.ctx)


def array_of(terms: Sequence[Any]) -> Any:
    """The terms as Z3 takes them."""
    return (z3.Ast * len(terms))(*[term.ast for term in terms])


def _joined(make: Callable[[Any, int, Any], Any], terms: Sequence[Any]) -> Any:
    context = z3.main_ctx()
    return z3.BoolRef(make(context.ref(), len(terms), array_of(terms)), context)

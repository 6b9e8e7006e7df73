"""Booleans and integers that are Python's where they are known, and Z3's where they are not.

Building a Z3 term costs far more than looking at a Python value, so known values are folded away
before Z3 sees them. Z3's Python wrapper also checks the sort of every argument, which takes longer
than building the term; here the arguments have the right sort, so terms are built by the C API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import z3

Truth: TypeAlias = Any
"""A bool, or a Z3 Boolean term."""
Whole: TypeAlias = Any
"""An int, or a Z3 integer term."""


def conj(parts: Iterable[Truth]) -> Truth:
    """All of them hold."""
    kept = []
    for part in parts:
        if part is False:
            return False
        if part is not True:
            kept.append(part)
    if not kept:
        return True
    return kept[0] if len(kept) == 1 else all_of(kept)


def disj(parts: Iterable[Truth]) -> Truth:
    """One of them holds."""
    kept = []
    for part in parts:
        if part is True:
            return True
        if part is not False:
            kept.append(part)
    if not kept:
        return False
    return kept[0] if len(kept) == 1 else any_of(kept)


def neg(part: Truth) -> Truth:
    """It does not hold."""
    if isinstance(part, bool):
        return not part
    return part.arg(0) if z3.is_not(part) else negated(part)


def same(left: Truth | Whole, right: Truth | Whole) -> Truth:
    """Two truths, or two integers, are equal."""
    if left is right:
        return True
    if isinstance(left, bool):
        left, right = right, left
    if isinstance(right, bool):
        return left == right if isinstance(left, bool) else (left if right else neg(left))
    if isinstance(left, int):
        left, right = right, left
    if isinstance(right, int):
        return left == right if isinstance(left, int) else equals(left, _whole(right))
    return equals(left, right)


@lru_cache(maxsize=4096)
def _whole(number: int) -> Any:
    return z3.IntVal(number)


def pick(condition: Truth, then: Any, otherwise: Any) -> Any:
    """`then` where the condition holds, `otherwise` where it does not."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    if then is otherwise:
        return then
    if isinstance(then, bool) or isinstance(otherwise, bool):
        if isinstance(then, bool) and isinstance(otherwise, bool):
            if then == otherwise:
                return then
            return condition if then else neg(condition)
        if isinstance(then, bool):
            return disj([condition, otherwise]) if then else conj([neg(condition), otherwise])
        return disj([neg(condition), then]) if otherwise else conj([condition, then])
    if isinstance(then, int) and isinstance(otherwise, int) and then == otherwise:
        return then
    return z3.If(condition, then, otherwise)


def total(parts: Iterable[Whole]) -> Whole:
    """The sum."""
    known = 0
    terms = []
    for part in parts:
        if isinstance(part, int):
            known += part
        else:
            terms.append(part)
    if not terms:
        return known
    if known or len(terms) == 1:
        terms = [*terms, known] if known else terms
    return terms[0] if len(terms) == 1 else z3.Sum(terms)


def boolean(value: Truth) -> Any:
    """As a Z3 term, whatever it was."""
    return z3.BoolVal(value) if isinstance(value, bool) else value


def term_of(value: Truth | Whole) -> Any:
    """A truth or a whole number as a Z3 term, whatever it was."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return z3.IntVal(value) if is_number else boolean(value)


def constants_in(term: Truth | Whole) -> set[int]:
    """The constants without a meaning of their own that a term is made of, by their identity."""
    found: set[int] = set()
    known: set[int] = set()
    pending = [] if isinstance(term, bool | int) else [term]
    while pending:
        part = pending.pop()
        if part.get_id() not in known:
            known.add(part.get_id())
            pending += part.children()
            if z3.is_const(part) and part.decl().kind() == z3.Z3_OP_UNINTERPRETED:
                found.add(part.get_id())
    return found


# Z3 terms from Z3 terms of the right sort


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

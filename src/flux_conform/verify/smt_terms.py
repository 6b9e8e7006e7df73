"""SMT-LIB terms as text, put together; what is plainly true or false is left out."""

from __future__ import annotations

from collections.abc import Iterable

TRUE, FALSE = "true", "false"


def all_of(terms: Iterable[str]) -> str:
    """Return the term: all of them hold."""
    kept = [term for term in terms if term != TRUE]
    if FALSE in kept:
        return FALSE
    return TRUE if not kept else kept[0] if len(kept) == 1 else f"(and {' '.join(kept)})"


def any_of(terms: Iterable[str]) -> str:
    """Return the term: one of them holds."""
    return negation(all_of(map(negation, terms)))


def negation(term: str) -> str:
    """Return the term: it does not hold."""
    if term in (TRUE, FALSE):
        return FALSE if term == TRUE else TRUE
    return term[5:-1] if term.startswith("(not ") else f"(not {term})"


def choice(condition: str, then: str, otherwise: str) -> str:
    """Return the term: one where the condition holds, else the other."""
    if condition in (TRUE, FALSE):
        return then if condition == TRUE else otherwise
    return then if then == otherwise else f"(ite {condition} {then} {otherwise})"


def equality(one: str, two: str) -> str:
    """Return the term: both are equal."""
    return TRUE if one == two else f"(= {one} {two})"


def total(terms: Iterable[str]) -> str:
    """Return the term: their sum."""
    kept = [term for term in terms if term != "0"]
    return "0" if not kept else kept[0] if len(kept) == 1 else f"(+ {' '.join(kept)})"

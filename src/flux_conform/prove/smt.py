"""Terms as SMT-LIB 2 text, the same bytes whatever the version of Z3.

Z3's own printer lays terms out as it likes; certificates are compared and kept, so they are
written here. A part that occurs several times is named once, by a `let`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import z3

from flux_conform.machine.symbolic.groups import Untranslatable

LOGIC = "QF_LIA"
"""Linear whole numbers and truths: all that the proofs speak of."""

_OPERATORS = {
    z3.Z3_OP_AND: "and",
    z3.Z3_OP_OR: "or",
    z3.Z3_OP_NOT: "not",
    z3.Z3_OP_IMPLIES: "=>",
    z3.Z3_OP_ITE: "ite",
    z3.Z3_OP_EQ: "=",
    z3.Z3_OP_DISTINCT: "distinct",
    z3.Z3_OP_LE: "<=",
    z3.Z3_OP_LT: "<",
    z3.Z3_OP_GE: ">=",
    z3.Z3_OP_GT: ">",
    z3.Z3_OP_ADD: "+",
    z3.Z3_OP_SUB: "-",
    z3.Z3_OP_UMINUS: "-",
    z3.Z3_OP_MUL: "*",
    z3.Z3_OP_IDIV: "div",
    z3.Z3_OP_MOD: "mod",
}


def quoted(name: str) -> str:
    """A name as a symbol of SMT-LIB."""
    return f"|{name}|"


def clean(name: str) -> str:
    """The name without what no symbol of SMT-LIB can hold."""
    return "".join("_" if char in "|\\" or not char.isprintable() else char for char in name)


def number(value: int) -> str:
    """A whole number; SMT-LIB has no signs."""
    return str(value) if value >= 0 else f"(- {-value})"


def value(known: bool | int) -> str:
    """A truth or a whole number."""
    return str(known).lower() if isinstance(known, bool) else number(known)


def conjunction(parts: Iterable[str]) -> str:
    """All of the formulas hold."""
    found = list(parts)
    if len(found) < 2:
        return found[0] if found else "true"
    return f"(and {' '.join(found)})"


def substituted(values: Mapping[str, str], formula: str) -> str:
    """The formula with these terms for the names, all at once."""
    if not values:
        return formula
    pairs = " ".join(f"({quoted(name)} {term})" for name, term in values.items())
    return f"(let ({pairs}) {formula})"


def constants(terms: Iterable[Any]) -> dict[int, Any]:
    """The constants in Z3 terms, by their ids, in the order met."""
    found: dict[int, Any] = {}
    known: set[int] = set()
    pending = [term for term in terms if not isinstance(term, bool | int)][::-1]
    while pending:
        term = pending.pop()
        if term.get_id() in known:
            continue
        known.add(term.get_id())
        if z3.is_const(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[term.get_id()] = term
        pending.extend(reversed(term.children()))
    return found


class Printer:
    """Writes terms; `names` gives the symbol of each constant by its id."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names

    def __call__(self, term: Any) -> str:
        """The term as text. Raises Untranslatable where it holds a constant without a name."""
        if isinstance(term, bool | int):
            return value(term)
        uses: dict[int, int] = {}
        order: list[Any] = []
        _count(term, uses, order)
        texts: dict[int, str] = {}
        named: list[tuple[str, str]] = []
        for part in order:
            key = part.get_id()
            text = self._written(part, texts)
            if uses[key] > 1 and part.num_args() > 0 and part is not order[-1]:
                named.append((f"${len(named)}", text))
                text = named[-1][0]
            texts[key] = text
        result = texts[term.get_id()]
        for name, text in reversed(named):
            result = f"(let (({name} {text})) {result})"
        return result

    def _written(self, term: Any, texts: Mapping[int, str]) -> str:
        if z3.is_int_value(term):
            return number(term.as_long())
        if z3.is_true(term) or z3.is_false(term):
            return value(z3.is_true(term))
        kind = term.decl().kind()
        if kind == z3.Z3_OP_UNINTERPRETED and term.num_args() == 0:
            if term.get_id() not in self._names:
                raise Untranslatable(f"a certificate cannot speak of {term}, which no step sets")
            return quoted(self._names[term.get_id()])
        if kind not in _OPERATORS:
            raise Untranslatable(f"a certificate cannot speak of {term.decl().name()}")
        return f"({_OPERATORS[kind]} {' '.join(texts[part.get_id()] for part in term.children())})"


def _count(root: Any, uses: dict[int, int], order: list[Any]) -> None:
    """How often each part of a term occurs as an argument, and the parts, arguments first."""
    pending: list[tuple[Any, bool]] = [(root, False)]
    while pending:
        term, done = pending.pop()
        key = term.get_id()
        if done:
            order.append(term)
            continue
        uses[key] = uses.get(key, 0) + 1
        if uses[key] == 1:
            pending.append((term, True))
            pending.extend((part, False) for part in reversed(term.children()))

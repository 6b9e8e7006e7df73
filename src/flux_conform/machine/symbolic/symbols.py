"""Values as Z3 terms.

A value is a boolean, an integer, a string, none, a record, a list or a collection; one that may be
none has a condition that says whether it is. Strings are integers: the literals of a specification
have fixed codes (states first, so that a state is its name's code), any other string has a code
above these.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from flux_conform.language import types as t
from flux_conform.language.expressions import Constant, Node, walk
from flux_conform.machine.slice import Slice
from flux_conform.machine.symbolic.groups import literals_of
from flux_conform.machine.symbolic.logic import Truth, Whole
from flux_conform.machine.symbolic.member_terms import BagTerm, BorneSet, SetTerm


class Flag(NamedTuple):
    """A truth."""

    truth: Truth
    kind: str = "boolean"


class Count(NamedTuple):
    """A whole number."""

    number: Whole
    kind: str = "integer"


class Text(NamedTuple):
    """A string, by its code."""

    code: Whole
    kind: str = "string"


class Fields(NamedTuple):
    """A record's fields by name."""

    fields: tuple[tuple[str, Symbol], ...]
    kind: str = "record"


class Items(NamedTuple):
    """A list that the model itself writes out."""

    items: tuple[Symbol, ...]
    nodes: tuple[Node, ...]
    kind: str = "list"


class Opaque(NamedTuple):
    """A value of which the proofs only know that it is there, and why they know no more.

    One that may be null is there, and yet may equal none.
    """

    why: str
    null: bool = False
    kind: str = "opaque"


class Maybe(NamedTuple):
    """A value that is none unless `has`; `of` is None where it is never anything."""

    has: Truth
    of: Symbol | None
    kind: str = "optional"


Symbol: TypeAlias = (
    Flag | Count | Text | Fields | Items | Opaque | Maybe | SetTerm | BagTerm | BorneSet
)
NONE = Maybe(False, None)


class Codes:
    """The codes of strings: the literals of a slice, numbered, and room above for all others."""

    def __init__(self, slice_: Slice) -> None:
        specification = slice_.specification
        names: dict[str, None] = dict.fromkeys(state.name for state in specification.states)
        names.update(dict.fromkeys(event.name for event in specification.events))
        for tree in (*slice_.claims, *(tree for item in slice_.events for tree in item.trees)):
            for node in walk(tree):
                if isinstance(node, Constant) and isinstance(node.value, str):
                    names.setdefault(node.value)
        for event in specification.events:
            for _, of in getattr(event.context, "keys", ()):
                inner = t.listed(of)
                of = inner.of if isinstance(inner, t.ListOf) else of
                names.update(dict.fromkeys(literals_of(of)))
        names.update(dict.fromkeys(v.start for v in slice_.variables if isinstance(v.start, str)))
        self.texts = tuple(names)
        self._codes = {text: code for code, text in enumerate(names)}

    def of(self, text: str) -> int:
        """The code of a string; one beyond all literals is given to a string first met here."""
        return self._codes.setdefault(text, len(self._codes))

    @property
    def rest(self) -> int:
        """The first code that is no literal's."""
        return len(self.texts)


def constant(value: bool | int | str | None, codes: Codes) -> Symbol:
    """A constant of the language in symbols."""
    match value:
        case None:
            return NONE
        case bool():
            return Flag(value)
        case int():
            return Count(value)
        case _:
            return Text(codes.of(value))


def lifted(value: Symbol) -> Maybe:
    """The value as one that may be none."""
    return value if isinstance(value, Maybe) else Maybe(True, value)

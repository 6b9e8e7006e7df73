"""Parser for the types of keys in a text: "(integer) … in the range of 0-31"."""

from __future__ import annotations

import re
from typing import NamedTuple

from flux_conform.language import types as t

_PARENTHESES = re.compile(r"\(([^()]*)\)")
_NUMBER = r"(-?\d+)(?:\s*\([^()]*\))?"
_MAX_DIGITS = 40
"""Maximum number of digits of a bound; Python converts at most 4,300."""

_DASH = r"\s*(?:-|\u2013|\u2014|\.\.\.?|(?:to\s+)*to|through|and)\s*"
_RANGES = (
    re.compile(rf"\brange\b\D{{0,20}}?{_NUMBER}{_DASH}{_NUMBER}", re.I),
    re.compile(rf"\b(?:between|from)\s+{_NUMBER}{_DASH}{_NUMBER}", re.I),
)
_IN_TYPE = re.compile(rf"{_NUMBER}{_DASH}{_NUMBER}")

_PLAIN: dict[str, t.Type] = {
    **dict.fromkeys(("integer", "int"), t.Integer()),
    **dict.fromkeys(("number", "real", "float", "double"), t.Number()),
    **dict.fromkeys(("string", "text"), t.String()),
    **dict.fromkeys(("boolean", "bool"), t.Boolean()),
    **dict.fromkeys(("object", "dictionary", "dict"), t.Object()),
    **dict.fromkeys(("array", "list"), t.ListOf(t.Anything())),
    **dict.fromkeys(("any", "value"), t.Anything()),
}
_FILLING = frozenset({"a", "an", "the", "json", "optional", "required", "in", "range"})
_LIST = re.compile(r"(?:array|list) of (.+)")


class TypeWords(NamedTuple):
    """The words in parentheses, and the type they mean; None if it is unknown."""

    words: str
    type: t.Type | None


def type_of(body: str) -> TypeWords | None:
    """Return the type at the start of a key's description; None if there is none.

    A range is taken from the parentheses, or from the sentences after them.
    """
    found = _PARENTHESES.match(body)
    if found is None:
        return None
    words = " ".join(found[1].split())
    inside = _IN_TYPE.search(words)
    type_ = named(_IN_TYPE.sub(" ", words))
    if type_ == t.Integer():
        bounds = inside or next(
            filter(None, (one.search(body, found.end()) for one in _RANGES)), None
        )
        if bounds is not None:
            digits = max(len(bounds[1]), len(bounds[2]))
            if digits > _MAX_DIGITS:
                return TypeWords(f"{words}, with a bound of {digits:,} digits", None)
            type_ = t.Integer(int(bounds[1]), int(bounds[2]))
    return TypeWords(words, type_)


def named(words: str) -> t.Type | None:
    """Return the type that words such as `array of string` name; None if they name none."""
    options = [_single(option) for option in re.split(r"\s*\bor\b\s*|\s*\|\s*", words.lower())]
    known = [option for option in options if option is not None]
    if len(known) < len(options):
        return None
    return known[0] if len(known) == 1 else t.Union(tuple(known))


def _single(words: str) -> t.Type | None:
    parts = [word for word in re.findall(r"[a-z]+", words) if word not in _FILLING]
    text = " ".join(parts)
    found = _LIST.fullmatch(text)
    if found is not None:
        inner = _single(found[1])
        return None if inner is None else t.ListOf(inner)
    return _PLAIN.get(text) or _PLAIN.get(text.removesuffix("s"))


def kinds(type_: t.Type) -> frozenset[str]:
    """Return the kinds of JSON value that a type accepts, in the terms of a text.

    An idset and a literal are strings here: a text describes them in other words.
    """
    match type_:
        case t.Optional(of=of) | t.NonEmpty(of=of):
            return kinds(of)
        case t.Union(options=options):
            return frozenset().union(*map(kinds, options))
        case t.ListOf(of=of) | t.SetOf(of=of) | t.BagOf(of=of):
            return frozenset("array" if k == "any" else f"array of {k}" for k in kinds(of))
        case t.Record() | t.MapOf() | t.Object():
            return frozenset({"object"})
        case t.String() | t.Literal() | t.Idset() | t.Hostlist() | t.Path():
            return frozenset({"string"})
        case _:
            return frozenset({type_.kind})


def bounds(type_: t.Type) -> tuple[int | None, int | None]:
    """Return the bounds of an integer; None for a missing bound, or for another type."""
    if isinstance(type_, t.Optional):
        return bounds(type_.of)
    return (type_.low, type_.high) if isinstance(type_, t.Integer) else (None, None)

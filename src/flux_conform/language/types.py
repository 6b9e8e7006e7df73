"""The types of the specification language, as immutable values.

They are the types of context keys and of a machine's variables. `accepts` defines their meaning
for JSON values; the expression language and the proofs use the same types.

Every class is a `Variant` (a NamedTuple) whose last field, `kind`, names it: two values of
different classes are never equal, and the JSON form of a type is its fields under that name.
"""

from __future__ import annotations

import re
from typing import Any as AnyValue
from typing import TypeAlias, final

from flux_conform.language.listed_members import is_hostlist
from flux_conform.language.variant import Variant


@final
class Boolean(Variant):
    """`boolean`: true or false."""

    kind: str = "boolean"


@final
class Integer(Variant):
    """`integer` or `integer LOW..HIGH`: no point, no exponent; the bounds are included."""

    low: int | None = None
    high: int | None = None
    kind: str = "integer"


@final
class Number(Variant):
    """`number`: any finite JSON number."""

    kind: str = "number"


@final
class String(Variant):
    """`string`: any JSON string."""

    kind: str = "string"


@final
class Literal(Variant):
    """`"text"`: exactly this string."""

    text: str
    kind: str = "literal"


@final
class Idset(Variant):
    """`idset`: a string that is an idset of RFC 22."""

    kind: str = "idset"


@final
class Hostlist(Variant):
    """`hostlist`: a string that is a hostlist of RFC 29."""

    kind: str = "hostlist"


@final
class Path(Variant):
    """`path`: a string of non-empty parts with periods between them."""

    kind: str = "path"


@final
class Anything(Variant):
    """`any`: any JSON value."""

    kind: str = "any"


@final
class Object(Variant):
    """`object`: any JSON object."""

    kind: str = "object"


@final
class ListOf(Variant):
    """`list of T`: a JSON array."""

    of: Type
    kind: str = "list"


@final
class SetOf(Variant):
    """`set of T`: a variable that holds each member at most once."""

    of: Type
    kind: str = "set"


@final
class BagOf(Variant):
    """`bag of T`: a variable that counts its members (a multiset)."""

    of: Type
    kind: str = "bag"


@final
class Optional(Variant):
    """`optional T`: a key that may be absent, a variable that may be none."""

    of: Type
    kind: str = "optional"


@final
class Record(Variant):
    """`{field: T, …}`: an object with these fields."""

    fields: tuple[tuple[str, Type], ...]
    kind: str = "record"


@final
class MapOf(Variant):
    """`map of KEY to VALUE`: a JSON object whose names and values all have these types."""

    key: Type
    value: Type
    kind: str = "map"


@final
class NonEmpty(Variant):
    """`nonempty T`: a list or map with one entry at least."""

    of: Type
    kind: str = "nonempty"


@final
class Union(Variant):
    """`T | T`: a value of either type."""

    options: tuple[Type, ...]
    kind: str = "union"


Type: TypeAlias = (
    Boolean
    | Integer
    | Number
    | String
    | Literal
    | Idset
    | Hostlist
    | Path
    | Anything
    | Object
    | ListOf
    | SetOf
    | BagOf
    | Optional
    | Record
    | MapOf
    | NonEmpty
    | Union
)


def present(type_: Type) -> Type:
    """The type of a value that is there: T of `optional T`."""
    return type_.of if isinstance(type_, Optional) else type_


def listed(type_: Type) -> Type:
    """The type of a value that is there, whether or not it must hold something."""
    inner = present(type_)
    return inner.of if isinstance(inner, NonEmpty) else inner


def show(type_: Type) -> str:
    """The type as it is written in a specification file."""
    match type_:
        case Integer(low=None, high=None):
            return "integer"
        case Integer(low=low, high=high):
            return f"integer {'' if low is None else low}..{'' if high is None else high}"
        case Literal(text=text):
            return quoted(text)
        case Optional(of=of):
            return f"optional {show(of)}"
        case NonEmpty(of=of):
            return f"nonempty {_inner(of)}"
        case ListOf(of=of) | SetOf(of=of) | BagOf(of=of):
            return f"{type_.kind} of {_inner(of)}"
        case Record(fields=fields):
            return "{" + ", ".join(f"{name_shown(name)}: {show(of)}" for name, of in fields) + "}"
        case MapOf(key=key, value=value):
            return f"map of {_inner(key)} to {_inner(value)}"
        case Union(options=options):
            return " | ".join(map(_inner, options))
        case _:
            return type_.kind


def _inner(type_: Type) -> str:
    # `optional` applies to all that follows it, and `|` binds loosest.
    return f"({show(type_)})" if isinstance(type_, Optional | Union) else show(type_)


def quoted(text: str) -> str:
    """The text as it is written in an expression or a type."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def name_shown(name: str) -> str:
    """The name of a key or field as it is written: in quotes unless it is a plain word."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else quoted(name)


def accepts(type_: Type, value: AnyValue) -> bool:
    """Whether a decoded JSON value is of the type.

    `value` comes from a reader that keeps integers `int` and other numbers `float`; a boolean is
    no integer. `optional T` is about a key's absence and accepts what T accepts: null is a value.
    """
    match type_:
        case Boolean():
            return isinstance(value, bool)
        case Integer(low=low, high=high):
            return (
                isinstance(value, int)
                and not isinstance(value, bool)
                and (low is None or low <= value)
                and (high is None or value <= high)
            )
        case Number():
            return is_finite_number(value)
        case String():
            return isinstance(value, str)
        case Literal(text=text):
            return bool(value == text)
        case Idset():
            return isinstance(value, str) and is_idset(value)
        case Hostlist():
            return isinstance(value, str) and is_hostlist(value)
        case Path():
            return isinstance(value, str) and all(value.split("."))
        case Anything():
            return True
        case Object():
            return isinstance(value, dict)
        case ListOf(of=of) | SetOf(of=of) | BagOf(of=of):
            return isinstance(value, list) and all(accepts(of, item) for item in value)
        case Optional(of=of):
            return accepts(of, value)
        case Record(fields=fields):
            return isinstance(value, dict) and all(
                accepts(of, value[name]) if name in value else isinstance(of, Optional)
                for name, of in fields
            )
        case MapOf(key=key, value=of):
            return isinstance(value, dict) and all(
                accepts(key, name) and accepts(of, item) for name, item in value.items()
            )
        case NonEmpty(of=of):
            return bool(value) and accepts(of, value)
        case Union(options=options):
            return any(accepts(option, value) for option in options)


def is_finite_number(value: AnyValue) -> bool:
    """Whether a decoded JSON value is a number that is neither infinite nor NaN."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and value - value == 0.0
    )


def is_idset(text: str) -> bool:
    """Whether a string is an idset: RFC 22, "String Representation".

    Ids ascend and are unique; each is ASCII digits without leading zeros, alone or as a range
    `a-b` with a < b; commas between them; one pair of brackets or none; no blanks. The empty
    string and `[]` are the empty set.
    """
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if not text:
        return True
    last = -1
    for part in text.split(","):
        first, dash, second = part.partition("-")
        low = _idset_id(first)
        high = _idset_id(second) if dash else low
        if low is None or high is None or low <= last or (dash and high <= low):
            return False
        last = high
    return True


# Ids are compared as numbers; Python reads at most 4,300 digits at once, and no id comes near.
_MAX_ID_DIGITS = 4000


def _idset_id(digits: str) -> int | None:
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MAX_ID_DIGITS:
        return None
    return None if len(digits) > 1 and digits[0] == "0" else int(digits)

"""Values of a type: the plain one, those at its edges, and those of every other kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain, islice, product
from math import prod
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.equality import value_key

EXAMPLE = "example"

OF_EVERY_KIND: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 1.5, "", EXAMPLE, "0", "a..b", [], [EXAMPLE], {}),
)
"""A value of each kind, to try where a type takes some of them and not others."""

WIDE = 1000
"""A range wider than this has no telling middle."""


def ordinary(of: t.Type, *, least: bool = False) -> Any:
    """The value of a type that surprises a reader least; `optional T` gives that of T.

    Of integers one in the middle, where there is one, so that both sides of it are of the type;
    with `least` the lowest, or 0, as it is shown to people for one of many that would do.
    """
    match of:
        case t.Boolean():
            return False
        case t.Integer(low=low, high=high):
            return _least(low, high) if least else _middle(low, high)
        case t.Number() | t.Anything():
            return 0 if least else 1
        case t.String():
            return EXAMPLE
        case t.Literal(text=text):
            return text
        case t.Idset():
            return "0"
        case t.Hostlist():
            return EXAMPLE
        case t.Path():
            return "example.key"
        case t.Object() | t.MapOf():
            return {}
        case t.ListOf() | t.SetOf() | t.BagOf():
            return []
        case t.Record(fields=fields):
            return {
                name: ordinary(kind, least=least)
                for name, kind in fields
                if not isinstance(kind, t.Optional)
            }
        case t.NonEmpty(of=t.MapOf(key=name, value=value)):
            return {ordinary(name): ordinary(value, least=least)}
        case t.NonEmpty(of=t.ListOf(of=item)):
            return [ordinary(item, least=least)]
        case t.Optional(of=inner) | t.NonEmpty(of=inner) | t.Union(options=(inner, *_)):
            return ordinary(inner, least=least)


def plain(of: t.Type) -> list[Any]:
    """The ordinary value of a type, and those of its other options where it has few."""
    match of:
        case t.Boolean():
            return [False, True]
        case t.Union(options=options):
            return list(map(ordinary, options))
        case _:
            return [ordinary(of)]


def _least(low: int | None, high: int | None) -> int:
    if low is not None:
        return low
    return 0 if high is None else min(0, high)


def _middle(low: int | None, high: int | None) -> int:
    if low is not None and high is not None:
        return (low + high + 1) // 2 if high - low <= WIDE else low + 16
    return max(0, low or 0) if high is None or high >= 0 else high


def edges(of: t.Type) -> list[Any]:
    """Values at the bounds of a type and just outside them, or with one part left out."""
    match of:
        case t.Integer(low=low, high=high):
            found = [] if low is None else [low, low - 1]
            return found if high is None else [*found, high, high + 1]
        case t.Union(options=options):
            return [value for option in options for value in (ordinary(option), *edges(option))]
        case t.ListOf(of=inner):
            return [[ordinary(inner)], *([value] for value in (*edges(inner), *OF_EVERY_KIND))]
        case t.NonEmpty(of=inner):
            return [ordinary(inner), *edges(inner)]
        case t.Record(fields=fields):
            return [
                {name: ordinary(kind) for name, kind in fields if name != left}
                for left, _ in fields
            ]
        case t.MapOf(key=name, value=value):
            return [{ordinary(name): ordinary(value)}, {"": ordinary(value)}]
        case _:
            return []


MOST_FILLED = 48
"""At most so many values of a record are made of all combinations of its fields."""

_ABSENT = object()


def filled(of: t.Record, offered: Iterable[Any]) -> list[dict[str, Any]]:
    """Values of a record: its fields there or left out, with values offered that fit them.

    All combinations where they are few; else those in which one field differs from the others.
    """
    names = [name for name, _ in of.fields]
    options = [_options(kind, list(offered)) for _, kind in of.fields]
    rows: list[tuple[Any, ...]]
    if prod(map(len, options)) <= MOST_FILLED:
        rows = list(product(*options))
    else:
        least = tuple(each[0] for each in options)
        most = tuple(next((v for v in each if v is not _ABSENT), _ABSENT) for each in options)
        rows = [least, most] + [
            (*base[:place], value, *base[place + 1 :])
            for base in (least, most)
            for place, values in enumerate(options)
            for value in values
        ]
    made = [
        {name: value for name, value in zip(names, row, strict=True) if value is not _ABSENT}
        for row in rows
    ]
    return list({value_key(value): value for value in made}.values())


def _options(of: t.Type, offered: Sequence[Any]) -> list[Any]:
    inner = t.present(of)
    if isinstance(inner, t.Record):
        values: list[Any] = list(filled(inner, offered))
    else:
        values = [*plain(inner), *(value for value in offered if t.accepts(inner, value))]
    known = {value_key(value): value for value in values}
    return [*([_ABSENT] if isinstance(of, t.Optional) else []), *known.values()]


def another_integer(of: Sequence[t.Integer], known: Collection[Any]) -> list[int]:
    """A small integer of all these types that is not among those known, if there is any."""
    many = len(known) + 1
    starts = [0, *(end for each in of for end in (each.low, each.high) if end is not None)]
    upward = chain(range(1, many + 1), *(range(start, start + many) for start in starts))
    downward = chain.from_iterable(range(start, start - many, -1) for start in starts)
    fitting = (
        number
        for number in chain(upward, downward)
        if number not in known and all(t.accepts(each, number) for each in of)
    )
    return list(islice(fitting, 1))


def integers_of(values: Iterable[Any]) -> list[int]:
    """The integers among some values; true and false are none."""
    return [v for v in values if isinstance(v, int) and not isinstance(v, bool)]

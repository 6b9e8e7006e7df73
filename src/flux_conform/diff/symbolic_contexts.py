"""An arbitrary context in symbols: its keys as each side reads them.

If both sides require the same of a key, it is one unknown of its type. If they differ in the range
of an integer, in listed strings, or in whether the key is required, the unknown ranges over what
either accepts, and what each accepts is exact. For all other types it is only known whether one
side accepts every value that the other accepts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import z3

from flux_conform.diff.alike import Pair
from flux_conform.diff.merged import keys_of
from flux_conform.diff.side import Side
from flux_conform.language import types as t
from flux_conform.language.specification import (
    AnyContext,
    Context,
    EmptyContext,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.symbolic.components import among, is_textual, unknown, within
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, conj, disj, neg
from flux_conform.machine.symbolic.symbols import Codes, Count, Maybe, Symbol, Text


class Contexts(NamedTuple):
    """A context of an event: its keys for each side, when each accepts it, and what else holds."""

    keys: tuple[Mapping[str, Symbol], Mapping[str, Symbol]]
    taken: tuple[Truth, Truth]
    domain: tuple[Truth, ...]


def contexts_of(
    one: Side, two: Side, pair: Pair, read: Collection[str], codes: Codes, members: Collection[str]
) -> Contexts:
    """Return any context of a pair's events. `members` are keys that are members of collections.

    Raises Untranslatable if it has no representation in symbols.
    """
    maker = _Maker(pair.name, codes, members)
    records = [_is_record(entry.event.context) for entry in (pair.one, pair.two)]
    if one.judged_context(pair.one) == two.judged_context(pair.two):
        types = keys_of(pair.one)
        for key in read:
            if key in types:
                maker.same(key, types[key])
    elif all(records) and "context" in one.counted & two.counted:
        first, second = keys_of(pair.one), keys_of(pair.two)
        for key in dict.fromkeys((*first, *second)):
            if first.get(key) == second.get(key):
                if key in read:
                    maker.same(key, first[key])
            else:
                maker.different(key, first.get(key), second.get(key))
    else:
        maker.apart(one, two, pair, read)
    return Contexts(
        (maker.keys[0], maker.keys[1]),
        (conj(maker.taken[0]), conj(maker.taken[1])),
        tuple(maker.domain),
    )


def _is_record(context: Context) -> bool:
    return isinstance(context, TypedContext) and isinstance(context.type, t.Record)


class _Maker:
    def __init__(self, event: str, codes: Codes, members: Collection[str]) -> None:
        self._event = event
        self._codes = codes
        self._members = members
        self.keys: tuple[dict[str, Symbol], dict[str, Symbol]] = ({}, {})
        self.taken: tuple[list[Truth], list[Truth]] = ([], [])
        self.domain: list[Truth] = []

    def same(self, key: str, of: t.Type) -> None:
        """Add a key of which both sides require the same."""
        symbol = self._unknown(key, of)
        self.keys[0][key] = self.keys[1][key] = symbol

    def different(self, key: str, first: t.Type | None, second: t.Type | None) -> None:
        """Add a key of which the sides require different things; None requires nothing."""
        if first is None or second is None:
            self._on_one_side(key, first, second)
            return
        inner = [of.of if isinstance(of, t.Optional) else of for of in (first, second)]
        has: Truth = True
        if isinstance(first, t.Optional) or isinstance(second, t.Optional):
            has = z3.FreshBool(f"{self._event}.{key}?")
        fits: list[Truth]
        symbol: Symbol
        if inner[0] == inner[1]:
            symbol, fits = self._unknown(key, inner[0]), [True, True]
        elif len(bounded := [of for of in inner if isinstance(of, t.Integer)]) == 2:
            number = z3.FreshInt(f"{self._event}.{key}")
            symbol, fits = Count(number), [conj(within(of, number)) for of in bounded]
        elif all(_is_listed(of) for of in inner):
            code = z3.FreshInt(f"{self._event}.{key}")
            self.domain.append(code >= 0)
            symbol, fits = Text(code), [conj(among(of, code, self._codes)) for of in inner]
        else:
            self._unlike(key, first, second)
            return
        for place, of in enumerate((first, second)):
            optional = isinstance(of, t.Optional)
            self.keys[place][key] = Maybe(has, symbol) if optional else symbol
            self.taken[place].append(disj([neg(has), fits[place]]) if optional else has)
            if not optional:
                self.taken[place].append(fits[place])

    def apart(self, one: Side, two: Side, pair: Pair, read: Collection[str]) -> None:
        """Add contexts of different kinds: each side reads its own keys."""
        whole = []
        for place, (side, entry) in enumerate(((one, pair.one), (two, pair.two))):
            for key, of in keys_of(entry).items():
                if key in read:
                    self._separate(place, key, of)
            taken = z3.FreshBool(f"{self._event} taken")
            self.taken[place].append(taken)
            whole.append((taken, side.judged_context(entry)))
        self._include(whole[0][0], whole[1][0], _includes(whole[1][1], whole[0][1]))
        self._include(whole[1][0], whole[0][0], _includes(whole[0][1], whole[1][1]))

    def _on_one_side(self, key: str, first: t.Type | None, second: t.Type | None) -> None:
        place, of = (0, first) if first is not None else (1, second)
        assert of is not None
        self._separate(place, key, of)
        if of != t.Optional(t.Anything()):
            self.taken[place].append(z3.FreshBool(f"{self._event}.{key} taken"))

    def _unlike(self, key: str, first: t.Type, second: t.Type) -> None:
        if key in self._members:
            # Each side would read a different value.
            raise Untranslatable(
                f"the two ask different things of .{key} of {self._event}, a member of a collection"
            )
        taken = []
        for place, of in enumerate((first, second)):
            self._separate(place, key, of)
            taken.append(z3.FreshBool(f"{self._event}.{key} taken"))
            self.taken[place].append(taken[place])
        self._include(taken[0], taken[1], includes(second, first))
        self._include(taken[1], taken[0], includes(first, second))

    def _include(self, small: Truth, large: Truth, holds: bool) -> None:
        if holds:
            self.domain.append(z3.Implies(small, large))

    def _separate(self, place: int, key: str, of: t.Type) -> None:
        self.keys[place][key] = self._unknown(key, of)

    def _unknown(self, key: str, of: t.Type) -> Symbol:
        symbol, bounds = unknown(f"{self._event}.{key}", of, self._codes)
        self.domain += bounds
        return symbol


def _is_listed(of: t.Type) -> bool:
    """Return whether a type consists of literals and strings."""
    if isinstance(of, t.Union):
        return all(_is_listed(option) for option in of.options)
    return isinstance(of, t.Literal | t.String)


def includes(large: t.Type, small: t.Type) -> bool:
    """Return whether every value of one type certainly has the other; optional covers absence."""
    if large == small:
        return True
    match (large, small):
        case (t.Optional(of=inner), t.Optional(of=other)):
            return includes(inner, other)
        case (t.Optional(of=inner), _):
            return includes(inner, small)
        case (_, t.Optional()):
            return False
        case (t.Anything(), _):
            return True
        case (_, t.Union(options=options)):
            return all(includes(large, option) for option in options)
        case (t.Union(options=options), _):
            return any(includes(option, small) for option in options)
        case (t.Number(), t.Integer()):
            return True
        case (t.Integer(low=low, high=high), t.Integer(low=least, high=most)):
            return (low is None or (least is not None and low <= least)) and (
                high is None or (most is not None and most <= high)
            )
        case (t.String(), _):
            return is_textual(small)
        case (t.Idset() | t.Hostlist() | t.Path(), t.Literal(text=text)):
            return t.accepts(large, text)
        case (t.Object(), t.Record() | t.MapOf()):
            return True
        case (t.Record(fields=fields), t.Record(fields=others)):
            table = dict(others)
            return all(
                includes(of, table[name]) if name in table else of == t.Optional(t.Anything())
                for name, of in fields
            )
        case (t.MapOf(key=key, value=value), t.MapOf(key=other, value=item)):
            return includes(key, other) and includes(value, item)
        case (t.ListOf(of=inner), t.ListOf(of=other)):
            return includes(inner, other)
        case (t.NonEmpty(of=inner), t.NonEmpty(of=other)):
            return includes(inner, other)
        case (_, t.NonEmpty(of=inner)):
            return includes(large, inner)
        case _:
            return False


def _includes(large: tuple[Context, frozenset[str]], small: tuple[Context, frozenset[str]]) -> bool:
    """Return whether one side certainly accepts every context that the other accepts."""
    if _takes_all(large):
        return True
    if _takes_all(small):
        return False
    match (large[0], small[0]):
        case (UndefinedContext(), UndefinedContext()):
            return True
        case (EmptyContext(), UndefinedContext() | EmptyContext()):
            return True
        case (TypedContext() as typed, UndefinedContext() | EmptyContext()):
            return not typed.required
        case (TypedContext(type=of), TypedContext(type=other)):
            if isinstance(of, t.Record) and isinstance(other, t.Record):
                return includes(of, other)
            # Only records accept an absent context, so the smaller type must require one.
            return includes(of, other) and TypedContext(other).required
        case _:
            return False


def _takes_all(judged: tuple[Context, frozenset[str]]) -> bool:
    context, counted = judged
    match context:
        case AnyContext():
            return True
        case UndefinedContext():
            return "no-context" not in counted
        case _:
            return "context" not in counted

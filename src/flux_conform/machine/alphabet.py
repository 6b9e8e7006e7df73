"""The concrete events that are tried of one machine or of two: few, telling, the plainest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice, product
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from flux_conform.language import types as t
from flux_conform.language.equality import value_key
from flux_conform.language.expressions import Binary, Key, List, Name, Node, walk
from flux_conform.language.specification import UNLISTED, Specification, TypedContext
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.constants import Constants
from flux_conform.machine.fold import fold
from flux_conform.machine.growth import growth_of
from flux_conform.machine.set_choices import borne_sets, is_part_of_member, other_members
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.values import (
    EXAMPLE,
    OF_EVERY_KIND,
    another_integer,
    edges,
    filled,
    ordinary,
    plain,
)

MOST_CONTEXTS = 512
"""Of one event; what lies beyond has many keys that are all out of the ordinary at once."""

MOST_JOINT = 4096
"""Where these are not all, so many combinations are looked at for one expression."""


class Choice(NamedTuple):
    """What stands under a key: nothing, a value, or what an expression over variables gives."""

    present: bool
    value: Any = None
    term: Node | None = None


class Action(NamedTuple):
    """One event with one choice for each key that is read; `rest` are its other keys.

    A context that is faulty has a key that is missing, or of another type than described.
    """

    item: EventSlice
    name: str
    choices: tuple[tuple[str, Choice], ...]
    rest: tuple[tuple[str, Any], ...]
    whole: Any
    is_faulty: bool = False

    @property
    def event(self) -> str:
        """The entry of the specification."""
        return self.item.event.name


def first_bounds(constants: Constants, *, claims: bool) -> Bounds:
    """The smallest instance that can show what the machine (and claims) ask of sizes."""
    wanted = max([0, *constants.sizes, *(constants.claimed if claims else ())])
    bounds = Bounds(min(wanted + 1, 4), min(max(2, wanted + 1), 5))
    values = (
        choice.value
        for item in constants.slice.events
        for choices in tables_of(item, constants, bounds).values()
        for choice in choices
    )
    return bounds._replace(growth=growth_of(constants.slice.effects, constants.of_variable, values))


def log_name(specification: Specification, name: str) -> str:
    """A name under which an event of the entry can stand in a log."""
    event = specification.event(name)
    if not event.is_family:
        return name
    stem = EXAMPLE if name == UNLISTED else name.rstrip("*") + EXAMPLE
    candidates = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(c for c in candidates if specification.event(c).name == name)


def actions(slice_: Slice, constants: Constants, bounds: Bounds) -> Iterator[Action]:
    """Every action, by event in the specification's order, the plainest context first."""
    for item in slice_.events:
        context = item.event.context
        name = log_name(slice_.specification, item.event.name)
        asked = item.keys
        rest = tuple(
            (key, ordinary(of))
            for key, of in item.event.key_types.items()
            if key not in asked and not isinstance(of, t.Optional)
        )
        whole = None
        if isinstance(context, TypedContext) and not isinstance(context.type, t.Record):
            whole = ordinary(context.type)
        for choices in islice(rows(item, tables_of(item, constants, bounds)), bounds.contexts):
            yield Action(item, name, choices, rest, whole)


def tables_of(item: EventSlice, constants: Constants, bounds: Bounds) -> dict[str, list[Choice]]:
    """What may stand under each key that is read."""
    types = item.event.key_types
    read = [key for key in item.keys if key in types]
    return {key: choices_of(item, key, [types[key]], constants, bounds) for key in read}


Row: TypeAlias = tuple[tuple[str, Choice], ...]
"""A choice for each key that is read."""


def rows(
    item: EventSlice, tables: Mapping[str, Sequence[Choice]], apart: Collection[str] = ()
) -> Iterator[Row]:
    """The combinations of choices: all where they are few, else the plainest and what is asked.

    Where several keys are asked for in one expression, those combinations of them are kept that
    give it another value, or leave something else of it, than those before. Keys `apart` may bear
    values that the expression cannot read: all their choices count as different.
    """
    keys = list(tables)
    ranked = islice(product(*map(enumerate, tables.values())), 64 * MOST_CONTEXTS)
    plainest = sorted(ranked, key=_oddity)
    for row in plainest[:MOST_CONTEXTS]:
        yield tuple(zip(keys, (choice for _, choice in row), strict=True))
    if len(plainest) <= MOST_CONTEXTS:
        return
    known = set(map(_ranks, plainest[:MOST_CONTEXTS]))
    for tree in dict.fromkeys(item.trees):
        asked = {part.name for part in walk(tree) if isinstance(part, Key)} & tables.keys()
        some = [
            list(enumerate(choices if key in asked else choices[:1]))
            for key, choices in tables.items()
        ]
        met: set[object] = set()
        for row in sorted(islice(product(*some), MOST_JOINT), key=_oddity):
            choices = tuple(zip(keys, (choice for _, choice in row), strict=True))
            given = {key: c for key, c in choices if c.term is None and key not in apart}
            fixed = {key: choice.value for key, choice in given.items() if choice.present}
            left = fold(tree, item.event.name, fixed, frozenset(given))
            open_ranks = [
                rank for key, (rank, _) in zip(keys, row, strict=True) if key not in given
            ]
            if (left, *open_ranks) not in met:
                met.add((left, *open_ranks))
                if _ranks(row) not in known:
                    known.add(_ranks(row))
                    yield choices


def _oddity(row: tuple[tuple[int, Choice], ...]) -> tuple[int, tuple[int, ...]]:
    """Plain contexts first: few keys out of the ordinary, and those not far."""
    return sum(rank > 0 for rank, _ in row), _ranks(row)


def _ranks(row: tuple[tuple[int, Choice], ...]) -> tuple[int, ...]:
    return tuple(rank for rank, _ in row)


def choices_of(
    item: EventSlice, key: str, types: Sequence[t.Type | None], constants: Constants, bounds: Bounds
) -> list[Choice]:
    """What may stand under a key, for machines that ask these types of it; None asks nothing.

    The plainest comes first, and what all the machines take before what only some do.
    """
    event = item.event.name
    inner = [t.present(of) for of in types if of is not None]
    pool = constants.of_key(event, key)
    values: list[Any] = []
    if is_member(item, key) and any(isinstance(of, t.String) for of in inner):
        values += [EXAMPLE, *(f"{EXAMPLE}-{n + 1}" for n in range(1, bounds.descriptions))]
    for of in inner:
        values += borne_sets(item, key, of, bounds.descriptions)
        values += plain(of)
    values += [value for of in inner if isinstance(of, t.Record) for value in filled(of, pool)]
    values += pool
    if is_part_of_member(item, key, constants.slice.variables):
        shared = _values_elsewhere(constants.slice, item, key, inner)
        values = [*shared, *values] if shared else values
        values += [] if len(shared) > 1 else other_members(inner, values, bounds.descriptions)
    integers = [of for of in inner if isinstance(of, t.Integer)]
    if integers and constants.is_added_up(event, key):
        # The least and the most that one event can add.
        bounded = [bound for of in integers for bound in (of.low, of.high) if bound is not None]
        values += [1, *bounded]
    if integers and values[0] in pool:
        # Something that is none of the constants.
        values += another_integer(integers, pool)
    if any(of != types[0] for of in types):
        values += [value for of in inner for value in edges(of)]
        values += OF_EVERY_KIND
    optional = any(of is None or isinstance(of, t.Optional) for of in types)
    choices = [Choice(False)] if optional else []
    choices += [Choice(True, value) for value in values]
    choices += [Choice(True, term=term) for term in constants.terms_of(event, key)]
    kept: dict[object, tuple[int, Choice]] = {}
    for choice in choices:
        takers = sum(_fits(of, choice) for of in types)
        if takers:
            mark = choice.present, choice.term, value_key(choice.value)
            kept.setdefault(mark, (-takers, choice))
    return [choice for _, choice in sorted(kept.values(), key=itemgetter(0))]


def _values_elsewhere(
    slice_: Slice, item: EventSlice, key: str, types: Sequence[t.Type]
) -> list[Any]:
    """What a key that takes any string bears at other events whose types of it are narrower.

    Else no member of this event would be one of those.
    """
    if not any(isinstance(of, t.String) for of in types):
        return []
    others = (other.event.key_types.get(key) for other in slice_.events if other != item)
    narrower = (t.present(of) for of in others if of is not None)
    values = (value for of in narrower if of != t.String() for value in plain(of))
    return [value for value in dict.fromkeys(values) if isinstance(value, str)]


def _fits(of: t.Type | None, choice: Choice) -> bool:
    if of is None or choice.term is not None:
        return True
    return t.accepts(of, choice.value) if choice.present else isinstance(of, t.Optional)


def is_member(item: EventSlice, key: str) -> bool:
    """Whether a key's value is added to, removed from or looked for in a collection."""
    of = item.event.key_types.get(key, t.Anything())
    return not isinstance(t.present(of), t.Integer | t.Number | t.Boolean) and any(
        isinstance(node, Binary)
        and (
            (node.operator == "in" and node.left == Key(key) and _is_held(node.right))
            or (node.operator in ("+", "-") and node.right == Key(key))
        )
        for tree in item.trees
        for node in walk(tree)
    )


def _is_held(tree: Node) -> bool:
    """Whether a collection is one that variables hold, and not a list that is written out."""
    return not isinstance(tree, List) and any(isinstance(part, Name) for part in walk(tree))

"""The concrete events that the explicit search tries: few, telling, the plainest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any, NamedTuple

from flux_conform.language import types as t
from flux_conform.language.equality import distinct
from flux_conform.language.expressions import Binary, Key, Node, walk
from flux_conform.language.specification import UNLISTED, Specification, TypedContext
from flux_conform.machine.bounds import INTEGER, Bounds
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.telling import EXAMPLE, Pools, ordinary

MOST_CONTEXTS = 512
"""Of one event; what lies beyond has many keys that are all out of the ordinary at once."""


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


def first_bounds(pools: Pools, *, claims: bool) -> Bounds:
    """The smallest instance that can show what the machine (and claims) ask of sizes."""
    wanted = max([0, *pools.sizes, *(pools.claimed if claims else ())])
    integer = max([INTEGER, *(abs(number) + 2 for number in pools.integers)])
    return Bounds(min(wanted + 1, 4), min(max(2, wanted + 1), 5), integer)


def log_name(specification: Specification, name: str) -> str:
    """A name under which an event of the entry can stand in a log."""
    event = specification.event(name)
    if not event.is_family:
        return name
    stem = EXAMPLE if name == UNLISTED else name.rstrip("*") + EXAMPLE
    candidates = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(c for c in candidates if specification.event(c).name == name)


def actions(slice_: Slice, pools: Pools, bounds: Bounds) -> Iterator[Action]:
    """Every action, by event in the specification's order, the plainest context first."""
    for item in slice_.events:
        context = item.event.context
        types = dict(context.keys) if isinstance(context, TypedContext) else {}
        name = log_name(slice_.specification, item.event.name)
        asked = item.keys
        rest = tuple(
            (key, ordinary(of))
            for key, of in types.items()
            if key not in asked and not isinstance(of, t.Optional)
        )
        whole = None
        if isinstance(context, TypedContext) and not isinstance(context.type, t.Record):
            whole = ordinary(context.type)
        read = [(key, types[key]) for key in asked if key in types]
        tables = [list(enumerate(_choices(item, key, of, pools, bounds))) for key, of in read]
        ranked = islice(product(*tables), 64 * MOST_CONTEXTS)
        for row in sorted(ranked, key=_oddity)[:MOST_CONTEXTS]:
            choices = tuple((key, choice) for (key, _), (_, choice) in zip(read, row, strict=True))
            yield Action(item, name, choices, rest, whole)


def _oddity(row: tuple[tuple[int, Choice], ...]) -> tuple[int, tuple[int, ...]]:
    """Plain contexts first: few keys out of the ordinary, and those not far."""
    return sum(rank > 0 for rank, _ in row), tuple(rank for rank, _ in row)


def _choices(item: EventSlice, key: str, of: t.Type, pools: Pools, bounds: Bounds) -> list[Choice]:
    inner = of.of if isinstance(of, t.Optional) else of
    values: list[Any] = []
    if is_member(item, key) and isinstance(inner, t.String):
        values += [EXAMPLE, *(f"{EXAMPLE}-{n + 1}" for n in range(1, bounds.descriptions))]
    else:
        values.append(ordinary(inner))
        if isinstance(inner, t.Boolean):
            values += [False, True]
        if isinstance(inner, t.Union):
            values += [ordinary(option) for option in inner.options]
    pool = pools.of_key(item.event.name, key)
    values += pool
    if isinstance(inner, t.Integer) and values[0] in pool:
        # Something that is none of the constants.
        values += [next(n for n in range(1, len(pool) + 2) if n not in pool)]
    choices = [Choice(False)] if isinstance(of, t.Optional) else []
    accepted = distinct(value for value in values if t.accepts(inner, value))
    choices += [Choice(True, value) for value in accepted]
    choices += [Choice(True, term=term) for term in pools.terms_of(item.event.name, key)]
    return choices


def is_member(item: EventSlice, key: str) -> bool:
    """Whether a key's value is added to, removed from or looked for in a collection."""
    return any(
        isinstance(node, Binary)
        and (
            (node.operator == "in" and node.left == Key(key))
            or (node.operator in ("+", "-") and node.right == Key(key))
        )
        for tree in item.trees
        for node in walk(tree)
    ) and not _is_number(item, key)


def _is_number(item: EventSlice, key: str) -> bool:
    context = item.event.context
    types: Mapping[str, t.Type] = dict(context.keys) if isinstance(context, TypedContext) else {}
    of = types.get(key)
    inner = of.of if isinstance(of, t.Optional) else of
    return isinstance(inner, t.Integer | t.Number | t.Boolean)

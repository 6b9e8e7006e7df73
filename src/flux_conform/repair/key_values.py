"""Values that a key could bear: what the log tells of it, what the rules compare it with, examples.

A value is told where another event or a variable of the machine bears it; all others are invented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from flux_conform.language import types as t
from flux_conform.language.bag import Bag
from flux_conform.language.equality import distinct, same, value_key
from flux_conform.language.expressions import Key, Node
from flux_conform.language.specification import Event
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.evaluate import Unreadable, compile_expression
from flux_conform.machine.literals import (
    both_ways,
    comparisons,
    constants_of,
    is_term,
    memberships,
    options,
)
from flux_conform.machine.slice import event_slice
from flux_conform.machine.step import Machine
from flux_conform.machine.values import ordinary

_MEMBERS = 5
"""Members of a collection are tried where it holds no more."""


class Value(NamedTuple):
    """A value for a key; `told` by the log itself, or `free`: nothing speaks for just this one."""

    value: Any
    told: bool
    free: bool = False


class _Known(NamedTuple):
    """What the machine says of a key's values, whatever the log.

    `constants` are what it is compared with and values beside these, `demanded` those that it is
    to equal. `terms` are expressions over variables that it is compared with, `collections` the
    variables that it is added to, taken from or looked for in.
    """

    constants: tuple[Any, ...]
    demanded: tuple[Any, ...]
    terms: tuple[Node, ...]
    collections: tuple[str, ...]


class Values:
    """The values to try for the keys of a machine's events."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._known: dict[tuple[str, str], _Known] = {}
        self._examples: dict[str, dict[str, Any]] = {}

    def example(self, event: Event) -> dict[str, Any]:
        """The example of an event; an empty object where it has none."""
        if event.name not in self._examples:
            text = event.example
            self._examples[event.name] = {} if text is None else json.loads(text)
        return self._examples[event.name]

    def usual(self, event: Event, key: str, of: t.Type) -> Any:
        """The value of a key that surprises least."""
        example = self.example(event)
        if key in example and t.accepts(of, example[key]):
            return example[key]
        return ordinary(of, least=True)

    def depend(self, event: Event, key: str) -> bool:
        """Whether what a key could bear depends on the log."""
        known = self._known_of(event, key)
        return bool(known.terms or known.collections)

    def members(self, event: Event, key: str, configuration: Configuration) -> list[Any]:
        """What the collections hold that a key's values go to or are looked for in, where few."""
        found = []
        for name in self._known_of(event, key).collections:
            held = configuration.values.get(name)
            if isinstance(held, Bag) and held.kinds <= _MEMBERS:
                found += held.some(_MEMBERS)
        return found

    def candidates(
        self,
        event: Event,
        key: str,
        of: t.Type,
        configuration: Configuration,
        near: Iterable[Any],
    ) -> Iterator[Value]:
        """The values of a type that a key could bear in a configuration, the most telling first.

        `near` is what events near a breach bear under the same key: it may be what is missing.
        """
        seen: set[object] = set()
        known = self._known_of(event, key)
        for value in self._all(event, key, of, configuration, known, near):
            mark = value_key(value.value)
            if t.accepts(of, value.value) and mark not in seen:
                seen.add(mark)
                yield value

    def _all(
        self,
        event: Event,
        key: str,
        of: t.Type,
        configuration: Configuration,
        known: _Known,
        near: Iterable[Any],
    ) -> Iterator[Value]:
        for term in known.terms:
            value = _evaluated(term, configuration)
            if value is not None:
                yield Value(value, told=True)
        if known.collections:
            yield from (Value(value, told=True) for value in near)
        members = self.members(event, key, configuration)
        yield from (Value(member, told=True) for member in members)
        for value in (self.usual(event, key, of), *known.constants):
            free = not any(same(value, each) for each in known.demanded)
            yield Value(value, told=False, free=free)

    def _known_of(self, event: Event, key: str) -> _Known:
        place = event.name, key
        if place not in self._known:
            self._known[place] = _known(self.machine, event, key)
        return self._known[place]


def nearest(of: t.Type, value: Any) -> Any:
    """The value of a type that keeps most of one that is not of it; None where nothing is left."""
    match of:
        case t.Optional(of=inner):
            return nearest(inner, value)
        case t.Integer(low=low, high=high) if t.is_finite_number(value):
            whole = round(value)
            whole = whole if low is None else max(low, whole)
            return whole if high is None else min(high, whole)
        case t.Integer() if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            return nearest(of, int(value))
        case t.String() if t.is_finite_number(value):
            return str(value)
        case t.Boolean() if value in (0, 1):
            return bool(value)
        case _:
            return None


def _evaluated(term: Node, configuration: Configuration) -> Any:
    try:
        return compile_expression(term, {})(configuration.moment())
    except Unreadable:
        return None


def _known(machine: Machine, event: Event, key: str) -> _Known:
    constants: list[Any] = []
    demanded: list[Any] = []
    terms: dict[Node, None] = {}
    held: dict[str, None] = {}
    collections = {n for n, value in machine.initial.values.items() if isinstance(value, Bag)}
    for tree in event_slice(machine.specification, event, kept=machine.initial.values).trees:
        held.update((name, None) for of, name in memberships(tree, collections) if of == key)
        for node in comparisons(tree):
            for side, other in both_ways(node):
                if side == Key(key):
                    for constant in constants_of(other):
                        constants += _about(constant)
                        demanded += [constant] if node.operator in ("==", "in") else []
                    found = (part for part in options(other) if is_term(part, collections))
                    terms.update(dict.fromkeys(found))
    return _Known(tuple(distinct(constants)), tuple(demanded), tuple(terms), tuple(held))


def _about(constant: Any) -> Sequence[Any]:
    """A constant, and values that differ from it."""
    if isinstance(constant, bool):
        return constant, not constant
    return (constant, constant + 1, constant - 1) if isinstance(constant, int) else (constant,)

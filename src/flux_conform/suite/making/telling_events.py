"""The concrete events that vectors are made of: few for each event, but those that differ.

They come from the machine's alphabet: a plain context for each event, and others with the constants
that guards and rules compare keys with.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from flux_conform.language import types as t
from flux_conform.language.expressions import Node
from flux_conform.language.specification import Specification, TypedContext
from flux_conform.machine.alphabet import Action, actions, first_bounds, is_member
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.constants import Constants
from flux_conform.machine.evaluate import Unreadable, compile_expression
from flux_conform.machine.slice import slice_of
from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME


class Logged(NamedTuple):
    """An event of a log: its name and the JSON text of its context, None where it has none."""

    name: str
    context: str | None

    @property
    def value(self) -> Any:
        """The context as a value, which nobody changes."""
        return None if self.context is None else _parsed(self.context)


class Letter(NamedTuple):
    """An event that a vector may take: under the name `name`, governed by the entry `event`.

    `odd` counts the keys that are out of the ordinary; `another` tells that one of these is a
    second member for a collection, which nothing asks for by name. `terms` are keys whose values
    are computed where the letter is taken, with their types.
    """

    event: str
    name: str
    context: str | None
    odd: int
    another: bool
    terms: tuple[tuple[str, t.Type, Node], ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The keys of the context, but for those that are computed."""
        parsed = {} if self.context is None else json.loads(self.context)
        return parsed if isinstance(parsed, dict) else {}

    def at(self, configuration: Configuration) -> Logged | None:
        """The event in a configuration; None where a computed value does not fit its key."""
        if not self.terms:
            return Logged(self.name, self.context)
        values = {} if self.context is None else json.loads(self.context)
        moment = configuration.moment(self.name)
        for key, of, term in self.terms:
            try:
                value = compile_expression(term, {})(moment)
            except Unreadable:
                return None
            if value is None or not t.accepts(of, value):
                return None
            values[key] = value
        return Logged(self.name, dumped(values))


def plain_letters(letters: Iterable[Letter]) -> dict[str, Letter]:
    """The first letter of each event, by its entry."""
    found: dict[str, Letter] = {}
    for letter in letters:
        found.setdefault(letter.event, letter)
    return found


def letters_of(specification: Specification) -> tuple[Letter, ...]:
    """The letters of a specification, by event in its order, the plainest of each first."""
    slice_ = slice_of(specification, specification.today.name)
    constants = Constants(slice_)
    plain: dict[str, Action] = {}
    found: dict[Letter, None] = {}
    for action in actions(slice_, constants, first_bounds(constants, claims=True)):
        found[_letter(action, plain.setdefault(action.event, action), constants)] = None
    return tuple(found)


def varied(
    specification: Specification,
    letters: Iterable[Letter],
    events: Collection[str],
    numbers: Collection[int],
    texts: Collection[str],
) -> Iterator[Letter]:
    """The letters of some events with each key that they bear at each of these values."""
    for letter in letters:
        if letter.event not in events or letter.context is None or letter.another:
            continue
        types = specification.event(letter.event).key_types
        usual = json.loads(letter.context)
        for key in usual:
            inner = t.present(types.get(key, t.Anything()))
            if isinstance(inner, t.Integer) and inner.low is None:
                values: Collection[int | str] = numbers
            elif isinstance(inner, t.String):
                values = texts
            else:
                continue
            for value in values:
                changed = dumped({**usual, key: value})
                yield letter._replace(context=changed, odd=letter.odd + 1, terms=())


def log_of(events: Iterable[Logged]) -> bytes:
    """The eventlog of some events, a quarter of a second apart."""
    return b"".join(
        line_of(event, FIRST_TIME + number * BETWEEN) for number, event in enumerate(events)
    )


def line_of(event: Logged, timestamp: float) -> bytes:
    """An event as a line of a log."""
    context = "" if event.context is None else f',"context":{event.context}'
    return f'{{"timestamp":{timestamp},"name":{dumped(event.name)}{context}}}\n'.encode()


def dumped(value: Any) -> str:
    """A value as a short text of JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> Any:
    return json.loads(text)


def _letter(action: Action, plain: Action, constants: Constants) -> Letter:
    context = action.item.event.context
    if not isinstance(context, TypedContext):
        return Letter(action.event, action.name, None, 0, False)
    if action.whole is not None:
        return Letter(action.event, action.name, dumped(action.whole), 0, False)
    usual = dict(plain.choices)
    chosen = dict(action.choices)
    odd = [key for key, choice in chosen.items() if choice != usual[key]]

    def is_further_member(key: str) -> bool:
        # Of two members one of which some expression asks for neither stands for the other.
        asked = constants.of_key(action.event, key)
        told_apart = usual[key].value in asked or chosen[key].value in asked
        return is_member(action.item, key) and not told_apart

    another = any(map(is_further_member, odd))
    values: dict[str, Any] = dict(action.rest)
    values.update((k, c.value) for k, c in chosen.items() if c.present and c.term is None)
    types = action.item.event.key_types
    terms = tuple((k, types[k], c.term) for k, c in chosen.items() if c.term is not None)
    ordered = {key: values[key] for key in types if key in values}
    text = dumped(ordered) if ordered or context.required else None
    return Letter(action.event, action.name, text, len(odd), another, terms)

"""Telling values for keys: where the arithmetic of a specification turns, and words it knows."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator

from flux_conform.language import types as t
from flux_conform.language.expressions import Binary, Constant, Node, walk
from flux_conform.language.specification import Specification, TypedContext
from flux_conform.suite.making.telling_events import Letter, dumped

_ARITHMETIC = ("*", "/", "%", "&")


def turning_points(trees: Iterable[Node]) -> tuple[int, ...]:
    """Numbers about which arithmetic turns: its constants, those near them, and multiples."""
    found: dict[int, None] = {}
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Binary) and node.operator in _ARITHMETIC:
                for side in (node.left, node.right):
                    if isinstance(side, Constant) and type(side.value) is int:
                        value = side.value
                        found.update(dict.fromkeys((value - 1, value, value + 1, 2 * value)))
                        # Where dividing by one less begins to give another quotient.
                        found[value * (value - 1)] = None
    if found:
        found.update(dict.fromkeys((1, 2, 9, 3 * max(found) // 2)))
    return tuple(found)


def words(trees: Iterable[Node], specification: Specification) -> tuple[str, ...]:
    """The strings that expressions speak of, but for the names of states and events."""
    names = {state.name for state in specification.states}
    names |= {event.name for event in specification.events}
    found = [
        node.value
        for tree in trees
        for node in walk(tree)
        if isinstance(node, Constant) and isinstance(node.value, str)
    ]
    return tuple(dict.fromkeys(word for word in found if word not in names))


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
        context = specification.event(letter.event).context
        types = dict(context.keys) if isinstance(context, TypedContext) else {}
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

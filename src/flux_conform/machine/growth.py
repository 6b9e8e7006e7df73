"""How far a search follows integer variables: only those that can grow without end have a bound.

A variable that takes its values from events, or from other variables, has as many values as the
alphabet gives it. One that is computed from itself, such as a counter, has one more at each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from flux_conform.language.expressions import ARITHMETIC, Binary, Name, Node, walk

COUNTED = 16
"""A variable that is computed from itself is followed to this value at least."""


class Growth(NamedTuple):
    """The bounds of the variables that are computed from themselves.

    `mentioned` are the integers that the events of the search bear: a variable may take any of
    these at once, however large, but is not followed beyond.
    """

    bounds: Mapping[str, int]
    mentioned: frozenset[int]

    def is_beyond(self, name: str, before: object, after: object) -> bool:
        """Whether a step gives a variable a value that the search does not follow."""
        if name not in self.bounds or not isinstance(after, int) or isinstance(after, bool):
            return False
        if isinstance(before, int) and abs(after) <= abs(before):
            return False
        return abs(after) > self.bounds[name] and after not in self.mentioned


def growth_of(
    effects: Iterable[tuple[str, Node]],
    constants: Callable[[str], Iterable[object]],
    mentioned: Iterable[Any],
    *,
    most: int | None = None,
) -> Growth:
    """The growth under some effects, for events that bear some values.

    A variable is followed a little beyond the `constants` that it is compared with, so that each
    comparison is seen to hold and to fail; and no further than `most`, where that is given.
    """
    bounds = {}
    for name in growing(effects):
        bound = max([COUNTED, *(abs(n) + 2 for n in constants(name) if type(n) is int)])
        bounds[name] = bound if most is None else min(bound, most)
    values = mentioned if bounds else ()
    return Growth(bounds, frozenset(value for value in values if type(value) is int))


def growing(effects: Iterable[tuple[str, Node]]) -> list[str]:
    """The variables that are computed from themselves, perhaps through others."""
    trees = list(effects)
    names = dict.fromkeys(name for name, _ in trees)
    sources: dict[str, set[str]] = {name: set() for name in names}
    computed: set[tuple[str, str]] = set()
    for name, tree in trees:
        sources[name] |= _names(tree) & names.keys()
        for part in walk(tree):
            if isinstance(part, Binary) and part.operator in ARITHMETIC:
                computed |= {(name, source) for source in _names(part) & names.keys()}
    for name in names:  # what a variable takes its values from, at whatever distance
        ahead = list(sources[name])
        for source in ahead:
            new = sources[source] - sources[name]
            sources[name] |= new
            ahead += new
    cyclic = {(name, source) for name, source in computed if name in sources[source]}
    return [name for name in names if any(name in pair for pair in cyclic)]


def _names(tree: Node) -> set[str]:
    return {part.name for part in walk(tree) if isinstance(part, Name)}

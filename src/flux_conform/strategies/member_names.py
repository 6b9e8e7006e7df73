"""Finds the names that logs give to members of collections: descriptions of dependencies, say.

The machine compares such names only with each other. So they can be replaced by others, as long as
equal names stay equal and different names stay different.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.bag import Bag
from flux_conform.language.expressions import Binary, Call, Key, Name, Node, walk
from flux_conform.machine.alphabet import is_member
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.literals import literals, memberships
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.values import EXAMPLE
from flux_conform.suite.making.length_vectors import Paired, paired


class Members(NamedTuple):
    """The keys of events that hold member names, by kind of name.

    A kind is the set of collections that share names. `kinds` gives the kind for an event and a
    key, which holds a name or a list of names. `pairs` are events that add a member and the events
    that remove it. `words` are the texts that the specification compares with, which must not be
    replaced. `usual` is a name of each kind from the specification's examples.
    """

    kinds: Mapping[tuple[str, str], frozenset[str]]
    pairs: tuple[Paired, ...]
    words: frozenset[str]
    usual: Mapping[frozenset[str], str]

    def kind(self, event: str, key: str) -> frozenset[str] | None:
        """Return the kind of name that a key of an event holds; None if it holds no name."""
        return self.kinds.get((event, key))

    def present(self, configuration: Configuration, kind: frozenset[str]) -> list[str]:
        """Return the names of a kind that are in the collections of a configuration."""
        found: dict[str, None] = {}
        for variable in sorted(kind):
            held = configuration.values.get(variable)
            if isinstance(held, Bag):
                found.update((name, None) for name in held if isinstance(name, str))
        return list(found)


def members_of(slice_: Slice) -> Members:
    """Find the member names in the events of a slice of a specification."""
    variables = {variable.name for variable in slice_.variables}
    touched: dict[tuple[str, str], set[str]] = {}
    words = set()
    for item in slice_.events:
        for tree in item.trees:
            words |= {value for value in literals([tree]) if isinstance(value, str)}
            for key, variable in memberships(tree, variables):
                if is_member(item, key):
                    touched.setdefault((item.event.name, key), set()).add(variable)
            for key, met in _lists(item, tree, variables):
                touched.setdefault((item.event.name, key), set()).update(met)
    kinds = {key: frozenset(_joined(own, touched.values())) for key, own in touched.items()}
    usual: dict[frozenset[str], str] = {}
    for item in slice_.events:
        shown = json.loads(item.event.example or "{}")
        for key, value in shown.items():
            kind = kinds.get((item.event.name, key))
            if kind is not None and isinstance(value, str) and value not in words:
                usual.setdefault(kind, value)
    pairs = tuple(
        pair
        for pair in paired(slice_.specification)
        if (pair.add, pair.add_key) in kinds and (pair.remove, pair.remove_key) in kinds
    )
    return Members(kinds, pairs, frozenset(words), usual)


def is_made_up(name: object) -> bool:
    """Whether a value is a name that the search made up and that may be replaced."""
    return isinstance(name, str) and (name == EXAMPLE or name.startswith(f"{EXAMPLE}-"))


def _lists(
    item: EventSlice, tree: Node, variables: Collection[str]
) -> Iterator[tuple[str, set[str]]]:
    """Yield the keys that bear lists of names, each with the collections that it meets."""
    listed = t.ListOf(t.String())
    lists = {key for key, of in item.event.key_types.items() if t.listed(of) == listed}
    for node in walk(tree) if lists else ():
        is_disjoint = isinstance(node, Call) and node.function == "disjoint"
        if is_disjoint or (isinstance(node, Binary) and node.operator in ("+", "-", "&", "<=")):
            parts = list(walk(node))
            met = {part.name for part in parts if isinstance(part, Name) and part.name in variables}
            for part in parts:
                if isinstance(part, Key) and part.name in lists and met:
                    yield part.name, met


def _joined(own: set[str], others: Iterable[set[str]]) -> set[str]:
    """Return the collections that share names with these, directly or through others."""
    found, known = set(own), -1
    groups = list(others)
    while known != len(found):
        known = len(found)
        for group in groups:
            if group & found:
                found |= group
    return found

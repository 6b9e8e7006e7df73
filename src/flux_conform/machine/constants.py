"""The constants that a machine compares keys and variables with, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from flux_conform.language import types as t
from flux_conform.language.equality import same, value_key
from flux_conform.language.expressions import (
    ARITHMETIC,
    About,
    Binary,
    Call,
    Constant,
    Key,
    List,
    Member,
    Name,
    Node,
    Not,
    children,
    walk,
)
from flux_conform.machine.growth import growing
from flux_conform.machine.literals import (
    both_ways,
    comparisons,
    constants_of,
    is_term,
    literals,
    memberships,
    options,
)
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.solutions import Place, solution
from flux_conform.machine.values import EXAMPLE, integers_of, plain

ORDERINGS = ("<", "<=", ">", ">=")

TWO_OF_EACH: tuple[int | str, ...] = (1, 2, EXAMPLE, f"{EXAMPLE}-2")
"""Values that differ, for what is compared with itself, before an event and after it."""

MOST_SOLVED = 100
"""A key or a variable that has so many constants gets no more by calculation."""

_Flow: TypeAlias = tuple[Place, list[Place], Node | None, EventSlice]
"""A place, those it takes its values from, the expression if there is one, and its event."""


class Constants:
    """The constants that the expressions of a slice compare keys and variables with.

    A key's pool holds what it is compared with itself, and what the variables are compared with
    that take their values from it. `sizes` are what the machine compares the sizes of collections
    with, `claimed` what its properties do.
    """

    def __init__(self, slice_: Slice, *, on_the_way: bool = False) -> None:
        """`on_the_way` leaves out what matters to a run in its last event alone.

        That is what properties compare keys with. An event that keeps a variable can lose it to
        another value, but any two will do.
        """
        self.slice = slice_
        self._on_the_way = on_the_way
        self._kept: list[Place] = []
        self._pools: dict[tuple[str, str], dict[object, bool | int | str | None]] = {}
        self._terms: dict[tuple[str, str], dict[Node, None]] = {}
        self._found: set[Node] = set()
        self.sizes: list[int] = []
        self.claimed: list[int] = []
        variables = {variable.name for variable in slice_.variables}
        claims = {id(tree) for item in slice_.events for tree in item.claims}
        for item in slice_.events:
            for tree in item.trees:
                self._scan(tree, item, variables, id(tree) in claims)
        for tree in slice_.claims:
            self._scan(tree, None, variables, True)
        for item in slice_.events:
            for tree in item.trees:
                for node in self._comparisons(tree, id(tree) in claims):
                    self._find_both(node, item)
        self._follow(variables)
        lone = [place for place in self._kept if not self._pools.get(place)]
        for place in lone:
            self._add(place, TWO_OF_EACH)
        if lone:
            self._follow(variables)

    def _follow(self, variables: set[str]) -> None:
        """Take constants backwards along the effects, until nothing is new."""
        slice_ = self.slice
        flows: list[_Flow] = [
            (("", variable), _sources(tree, item.event.name, variables), tree, item)
            for item in slice_.events
            for variable, tree in item.effects
        ]
        endless = set(growing(slice_.effects))
        self._added_up = {
            source for target, sources, *_ in flows if target[1] in endless for source in sources
        }
        # A literal that one event's description is compared with may be a member by another's.
        # Numbers go one way alone: there and back by way of an effect they would have no end.
        numbers = (t.Integer, t.Number)
        held = {v.name for v in slice_.variables if not isinstance(t.present(v.type), numbers)}
        for item in slice_.events:
            for tree in item._replace(claims=()).trees if self._on_the_way else item.trees:
                for key, name in memberships(tree, variables):
                    place = (item.event.name, key)
                    flows.append((("", name), [place], None, item))
                    flows += [(place, [("", name)], None, item)] if name in held else []
        changed = True
        while changed:
            changed = False
            for target, sources, effect, item in flows:
                wanted = self._pools.get(target, {})
                before = sum(len(self._pools.get(source, ())) for source in sources)
                for source in sources:
                    self._pools.setdefault(source, {}).update(wanted)
                if effect is not None and target[1] not in endless:
                    for value in integers_of(wanted.values()):
                        self._find_around(effect, value, item)
                changed |= before != sum(len(self._pools[source]) for source in sources)

    def _find_both(self, comparison: Binary, item: EventSlice) -> None:
        """See to it that a comparison is met where it holds and where it fails."""
        constants = integers_of([*constants_of(comparison.left), *constants_of(comparison.right)])
        for side in (comparison.left, comparison.right):
            if isinstance(side, Binary) and side.operator in ARITHMETIC:
                for number in _around(constants) if comparison.operator in ORDERINGS else constants:
                    self._find(Binary("==", side, Constant(number)), item)
        self._find(comparison, item)
        self._find(Not(comparison), item)

    def _find_around(self, effect: Node, number: int, item: EventSlice) -> None:
        """See to it that an effect gives a number, and some less and greater ones."""
        for node in _arithmetic(effect):
            for operator in ("==", "<", ">"):
                self._find(Binary(operator, node, Constant(number)), item)

    def _find(self, condition: Node, item: EventSlice) -> None:
        """Add values of keys and variables for which a condition holds, where none are known."""
        if condition in self._found:
            return
        self._found.add(condition)
        places = self._places(condition, item)
        if places is None or any(len(self._pools.get(p, ())) > MOST_SOLVED for p in places):
            return
        offered = {
            place: [*plain(t.present(of)), *self._pools.get(place, {}).values()]
            + ([None] if isinstance(of, t.Optional) else [])
            for place, of in places.items()
        }
        found = solution(condition, places, offered)
        for place, value in ({} if found is None else found).items():
            if value is not None and not any(same(value, each) for each in offered[place]):
                self._pools.setdefault(place, {})[value_key(value)] = value

    def _places(self, condition: Node, item: EventSlice) -> dict[Place, t.Type] | None:
        """What a condition reads, with its types; None where it is not all keys or numbers."""
        keys = item.event.key_types
        variables = {v.name: v.type for v in self.slice.variables}
        found: dict[Place, t.Type] = {}
        for node in walk(condition):
            match node:
                case Key(name=name) if name in keys:
                    found[item.event.name, name] = keys[name]
                case Name(name=name) if isinstance(variables.get(name), t.Integer):
                    found["", name] = variables[name]
                case Key() | Name() | About() | Member():
                    return None
        return found or None

    def of_key(self, event: str, key: str) -> list[bool | int | str | None]:
        """The constants that matter to a key of an event."""
        return list(self._pools.get((event, key), {}).values())

    def of_variable(self, name: str) -> list[bool | int | str | None]:
        """The constants that matter to a variable."""
        return list(self._pools.get(("", name), {}).values())

    def is_added_up(self, event: str, key: str) -> bool:
        """Whether a variable that is computed from itself takes values from a key."""
        return (event, key) in self._added_up

    def terms_of(self, event: str, key: str) -> list[Node]:
        """The expressions over variables that a key is required to equal."""
        return list(self._terms.get((event, key), ()))

    def _scan(
        self, tree: Node, item: EventSlice | None, variables: set[str], is_claim: bool
    ) -> None:
        event = "" if item is None else item.event.name
        for node in self._comparisons(tree, is_claim):
            for side, other in both_ways(node):
                sources = _sources(side, event, variables)
                constants = constants_of(other) + _beyond(item, other)
                if sources and isinstance(side, Binary) and side.operator in ARITHMETIC:
                    constants += literals([side])
                if is_claim and side == other:
                    # What an event keeps can be lost only to another.
                    constants += () if self._on_the_way else TWO_OF_EACH
                    self._kept += sources if self._on_the_way else ()
                if node.operator in ORDERINGS:
                    constants += [c + d for c in integers_of(constants) for d in (-1, 1)]
                for source in sources:
                    self._add(source, constants)
                if any(isinstance(n, Call) and n.function == "size" for n in walk(side)):
                    (self.claimed if is_claim else self.sizes).extend(integers_of(constants))
                if isinstance(side, Key) and (node.operator != "in" or isinstance(other, List)):
                    self._note_terms(side.name, node.operator, other, event)

    def _comparisons(self, tree: Node, is_claim: bool) -> Iterator[Binary]:
        """The comparisons in a tree that matter."""
        for node in comparisons(tree):
            at_the_end = is_claim and any(isinstance(part, Key) for part in walk(node))
            if not (self._on_the_way and at_the_end):
                yield node

    def _add(self, place: Place, constants: Iterable[bool | int | str | None]) -> None:
        self._pools.setdefault(place, {}).update((value_key(each), each) for each in constants)

    def _note_terms(self, key: str, operator: str, other: Node, event: str) -> None:
        for term in options(other):
            if is_term(term):
                terms = self._terms.setdefault((event, key), {})
                terms[term] = None
                if operator in ORDERINGS:
                    terms.update((Binary(sign, term, Constant(1)), None) for sign in ("-", "+"))


def _sources(tree: Node, event: str, variables: set[str]) -> list[tuple[str, str]]:
    found = []
    for node in walk(tree):
        if isinstance(node, Key) and node.name:
            found.append((event, node.name))
        elif isinstance(node, Name) and node.name in variables:
            found.append(("", node.name))
    return found


def _beyond(item: EventSlice | None, node: Node) -> list[int]:
    """Where a key's bounds end: what is compared with the key may lie beyond them."""
    types = {} if item is None else item.event.key_types
    found = []
    for part in walk(node):
        name = part.name if isinstance(part, Key) else ""
        inner = t.present(types.get(name, t.Anything()))
        if isinstance(inner, t.Integer):
            found += [inner.low - 1] if inner.low is not None else []
            found += [inner.high + 1] if inner.high is not None else []
    return found


def _arithmetic(tree: Node) -> Iterator[Node]:
    """The largest parts of a tree that are arithmetic."""
    if isinstance(tree, Binary) and tree.operator in ARITHMETIC:
        yield tree
    else:
        for child in children(tree):
            yield from _arithmetic(child)


def _around(numbers: Iterable[int]) -> list[int]:
    return [number + near for number in numbers for near in (0, -1, 1)]

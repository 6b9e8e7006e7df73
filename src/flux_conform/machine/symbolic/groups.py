"""Which collections are reduced together, and to what; `members` in this package does it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    LISTED,
    Binary,
    Call,
    Constant,
    Key,
    List,
    Node,
    children,
    show,
    walk,
)
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.symbolic.set_uses import (
    Constants,
    Use,
    has_any_members,
    is_set,
    keys_in,
    members_of,
    parts_of,
    uses,
)
from flux_conform.machine.symbolic.set_uses import (
    Untranslatable as Untranslatable,
)

MAX_SETS = 4
"""Sets reduced together have 2**n - 1 counts; beyond this each is reduced by itself."""

MAX_CLASSES = 63
"""Of lanes and sets that are reduced together. A key is in one state of a lane at most."""


class Group(NamedTuple):
    """Collections that are reduced together: sets, or one bag.

    `classes` are the memberships that a string can have, one truth per collection, the class of
    strings in none of them left out. `literals` are the strings tracked by themselves. A `loose`
    reduction allows more steps than there are. Where all is `named`, no other string is a member.
    `computed` are those that the language's operators on sets meet. Sets that an event bears and no
    collection meets are a group of their own, without names, that has a `label`. Of `exclusive`
    collections, the states of one lane, no two have a member in common.
    """

    names: tuple[str, ...]
    bag: bool
    literals: tuple[Constants, ...]
    loose: bool
    named: bool = False
    computed: bool = False
    label: str = ""
    exclusive: tuple[tuple[str, ...], ...] = ()

    @property
    def classes(self) -> list[tuple[bool, ...]]:
        """The classes that are counted."""
        return [row for row in self.memberships if any(row)]

    @property
    def memberships(self) -> list[tuple[bool, ...]]:
        """The classes, and that of strings in no collection last."""
        return memberships(self.names, self.exclusive)

    def counter(self, row: tuple[bool, ...]) -> str:
        """The name of the count of a class."""
        inside = [name for name, held in zip(self.names, row, strict=True) if held]
        return "#" + "&".join(inside)

    def tracked(self, name: str, literal: Constants) -> str:
        """The name of what is known of a literal in a collection: a truth, or for a bag a count."""
        return f"{name}[{literal}]"

    def components(self) -> Iterator[tuple[str, str]]:
        """The numbers and truths that stand for the group, with their kinds."""
        for row in self.classes:
            yield self.counter(row), "nought" if self.named else "count"
        for name in self.names:
            for literal in self.literals:
                yield self.tracked(name, literal), "count" if self.bag else "flag"


def memberships(names: Sequence[str], exclusive: Iterable[Sequence[str]]) -> list[tuple[bool, ...]]:
    """In which of some collections something can be, that is in one of each lane at most."""
    lane_of = {name: lane for lane in exclusive for name in lane}
    found: list[tuple[bool, ...]] = [()]
    for name in names:
        barred = [names.index(other) for other in lane_of.get(name, ()) if other in names]
        found = [
            (*row, inside)
            for row in found
            for inside in (True, False)
            if not (inside and any(row[other] for other in barred if other < len(row)))
        ]
    return found


def kinds_of(slice_: Slice, barred: Collection[str] = ()) -> dict[str, bool]:
    """The collections of a slice that are none of those barred, each with whether it is a bag."""
    return {
        variable.name: isinstance(variable.type, t.BagOf)
        for variable in slice_.variables
        if isinstance(variable.type, t.SetOf | t.BagOf) and variable.name not in barred
    }


def groups_of(slice_: Slice, barred: Collection[str] = ()) -> tuple[Group, ...]:
    """The collections of a slice, grouped by the events and comparisons that they share.

    Nothing is known of those that are barred. Raises Untranslatable.
    """
    kinds = kinds_of(slice_, barred)
    found = _Found(kinds, [lane.sets for lane in slice_.specification.lanes])
    for item in slice_.events:
        types = item.event.key_types
        met = meetings(item, kinds)
        if sum(bool(use.members) for use in met) > 1:
            # What ties two descriptions together, such as a key of both, is not kept.
            for use in met:
                found.loosen(use.collections)
        for use in met:
            found.note(use)
            for whole in use.borne:
                found.describe(use.collections, _unlimited(members_of(whole, types)))
                texts = frozenset(literals_of(members_of(whole, types)))
                found.note(Use(use.collections, literals=texts))
                if _is_asked_otherwise(item, whole, kinds) or not has_any_members(whole, types):
                    found.loosen(use.collections)
            for member in use.members:
                _note_description(found, item, member, use, kinds)
        for tree in item.claims:
            for use in uses(tree, kinds):
                # A claim that compares a collection with itself, before an event and after it,
                # decides no step.
                if use.compared and len(use.collections) > 1:
                    found.compare(use.collections)
        for tree in (tree for tree in item.trees if tree not in item.claims):
            for use in uses(tree, kinds):
                if use.compared:
                    found.compare(use.collections)
        for target, tree in item.effects:
            if target in kinds:
                found.join({target, *parts_of(tree, kinds).collections})
    for tree in slice_.claims:
        for use in uses(tree, kinds):
            found.note(use)
            if use.compared and len(use.collections) > 1:
                found.compare(use.collections)
    return tuple(found.groups())


def _note_description(
    found: _Found, item: EventSlice, member: Node, use: Use, kinds: Mapping[str, bool]
) -> None:
    types = item.event.key_types
    if not isinstance(member, Key):
        for name in keys_in(member):
            some = _unlimited(types[name])
            if not some or any(map(_is_finite, some)) or _counts_of(item, member, name, kinds):
                found.loosen(use.collections)
        found.describe(use.collections, frozenset({t.Anything()}))
        return
    of = types[member.name]
    literals: set[Constants] = {*literals_of(of)}
    try:
        literals.update(_compared(item.trees, member.name, kinds))
    except Untranslatable as error:
        if is_text(t.present(of)):
            raise Untranslatable(str(error), use.collections) from None
        found.loosen(use.collections)
    found.note(Use(use.collections, literals=frozenset(literals)))
    found.describe(use.collections, _unlimited(of))
    if not is_text(t.present(of)) and _counts_of(item, member, member.name, kinds):
        found.loosen(use.collections)


def meetings(item: EventSlice, kinds: Mapping[str, bool]) -> list[Use]:
    """What meets at an event: uses that share a collection, a set or a member are one.

    Raises Untranslatable where several descriptions of an event meet.
    """
    met: list[Use] = []
    found = [use for tree in item.trees for use in uses(tree, kinds)]
    for target, tree in item.effects:
        if target in kinds:
            parts = parts_of(tree, kinds)
            found.append(Use(parts.collections | {target}, parts.borne))
    for use in found:
        apart = [other for other in met if not (other.atoms & use.atoms)]
        whole = use
        for other in met:
            if other.atoms & use.atoms:
                whole = Use(
                    whole.collections | other.collections,
                    whole.borne | other.borne,
                    whole.members | other.members,
                    whole.literals | other.literals,
                    computed=whole.computed or other.computed,
                )
        met = [*apart, whole._replace(compared=False)]
    for use in met:
        if len(use.members) > 1:
            raise Untranslatable(
                f"the event {item.event.name} bears several descriptions: "
                + ", ".join(sorted(map(show, use.members))),
                use.collections,
            )
    return met


class _Found:
    """What is known so far of the collections of a slice."""

    def __init__(self, kinds: Mapping[str, bool], lanes: Iterable[tuple[str, ...]]) -> None:
        self._kinds = kinds
        kept = (tuple(name for name in lane if name in kinds) for lane in lanes)
        self._lanes = [lane for lane in kept if lane]
        self._joined = {name: {name} for name in kinds}
        self._literals: dict[str, set[Constants]] = {name: set() for name in kinds}
        self._compared: set[str] = set()
        self._computed: set[str] = set()
        self._loose: set[str] = set()
        self._described: dict[str, set[t.Type]] = {name: set() for name in kinds}
        for lane in self._lanes:
            self.join(lane)

    def join(self, names: Iterable[str]) -> None:
        """These are reduced together, with all that each is reduced together with."""
        whole: set[str] = set()
        for name in names:
            whole |= self._joined[name]
        for name in whole:
            self._joined[name] = whole

    def note(self, use: Use) -> None:
        """One use of collections: they belong together, and track its literals."""
        self.join(use.collections)
        for name in use.collections:
            self._literals[name] |= use.literals
        if use.computed:
            self._computed |= use.collections

    def describe(self, names: Iterable[str], kinds: frozenset[t.Type]) -> None:
        """Members of these come from values of some types, without those that are named."""
        for name in names:
            self._described[name] |= kinds
        if any(map(_is_finite, kinds)):
            self.loosen(names)

    def loosen(self, names: Iterable[str]) -> None:
        """Of these the counts allow more than there is."""
        self._loose |= set(names)

    def compare(self, names: Iterable[str]) -> None:
        """These are held against each other."""
        self._compared |= set(names)

    def groups(self) -> Iterator[Group]:
        """The groups, in the order of the variables."""
        done: set[str] = set()
        for name in self._kinds:
            if name in done:
                continue
            names = tuple(other for other in self._kinds if other in self._joined[name])
            done.update(names)
            literals = tuple(sorted(set().union(*(self._literals[other] for other in names))))
            computed = not self._computed.isdisjoint(names)
            bags = any(self._kinds[other] for other in names)
            exclusive = tuple(lane for lane in self._lanes if set(lane) <= set(names))
            if exclusive and (bags or len(memberships(names, exclusive)) > MAX_CLASSES + 1):
                lanes = [name for lane in exclusive for name in lane]
                raise Untranslatable(
                    f"the lanes and collections that share events, {', '.join(names)}, "
                    + ("hold a bag" if bags else "have too many classes of members"),
                    {*names} - {*lanes} or {*exclusive[-1]},
                )
            if len(names) > 1 and not exclusive and (bags or len(names) > MAX_SETS):
                for other in names:
                    yield Group((other,), self._kinds[other], literals, True, computed=computed)
            else:
                # Not every member can be the description of an event whose type is a narrower one.
                kinds = set().union(*(self._described[other] for other in names))
                loose = len(kinds) > 1 or (bags and name in self._compared)
                loose = loose or not self._loose.isdisjoint(names)
                named = not kinds
                yield Group(names, bags, literals, loose, named, computed, exclusive=exclusive)


def _is_asked_otherwise(item: EventSlice, whole: Node, kinds: Mapping[str, bool]) -> bool:
    """Whether expressions ask more of the key that bears a set than its members."""
    (name,) = keys_in(whole)

    def asks(node: Node) -> bool:
        if node == whole or (isinstance(node, Call) and node.function == "has"):
            return False
        return node == Key(name) or any(map(asks, children(node)))

    return any(map(asks, item.trees))


def _counts_of(item: EventSlice, member: Node, name: str, kinds: Mapping[str, bool]) -> bool:
    """Whether a key of a description is computed with, or held against what is no constant."""

    def asks(node: Node) -> bool:
        match node:
            case Binary(operator="in", left=left, right=right) if left == member:
                return asks(right)
            case Binary(operator="+" | "-", left=left, right=right) if right == member:
                return asks(left) if is_set(left, kinds) else True
            case Binary(operator="==" | "!=" | "in", left=left, right=right):
                parts = [*children(left), *children(right)]
                plain = {left, right} & {Key(name)} and isinstance(member, Key)
                if plain and all(isinstance(p, Constant | Key) for p in (left, right, *parts)):
                    return False
            case Call(function="has"):
                return False
        return node == Key(name) or any(map(asks, children(node)))

    return any(map(asks, item.trees))


def _compared(trees: Iterable[Node], key: str, kinds: Mapping[str, bool]) -> list[Constants]:
    """The literals that the expressions compare with a key."""
    found = []
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Binary) and node.operator in ("==", "!=", "in"):
                if is_set(node.left, kinds) or is_set(node.right, kinds):
                    continue  # collections are compared, of which the key is at most a member
                for side, other in ((node.left, node.right), (node.right, node.left)):
                    if any(part == Key(key) for part in walk(side)) and not any(
                        isinstance(part, Call) and part.function in LISTED for part in (side, other)
                    ):
                        items = other.items if isinstance(other, List) else (other,)
                        for part in items:
                            if isinstance(part, Constant) and part.value is not None:
                                found.append(part.value)
                            elif not isinstance(part, Constant) and not (
                                node.operator == "in" and part is node.right
                            ):
                                raise Untranslatable(
                                    f"the description .{key} is compared with what is no literal"
                                )
    return found


def literals_of(of: t.Type) -> list[str]:
    """The strings that a type names."""
    match of:
        case t.Literal(text=text):
            return [text]
        case t.Optional(of=inner) | t.NonEmpty(of=inner):
            return literals_of(inner)
        case t.Union(options=options):
            return [text for option in options for text in literals_of(option)]
        case _:
            return []


def _unlimited(of: t.Type) -> frozenset[t.Type]:
    """The parts of a type of strings that have more values than can be named."""
    match of:
        case t.Optional(of=inner):
            return _unlimited(inner)
        case t.Union(options=options):
            return frozenset().union(*map(_unlimited, options))
        case t.Literal():
            return frozenset()
        case _:
            return frozenset({of})


def _is_finite(of: t.Type) -> bool:
    """Whether a type has so few values that a fresh one may be wanting."""
    return isinstance(of, t.Boolean) or (
        isinstance(of, t.Integer) and of.low is not None and of.high is not None
    )


def is_text(type_: t.Type) -> bool:
    """Whether the values of a type are strings."""
    return isinstance(type_, t.String | t.Idset | t.Hostlist | t.Path | t.Literal)

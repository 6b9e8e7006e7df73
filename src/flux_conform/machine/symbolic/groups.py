"""Which collections are reduced together, and to what; `members` in this package does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.expressions import Binary, Constant, If, Key, List, Name, Node, walk
from flux_conform.machine.slice import Slice

MAX_SETS = 4
"""Sets reduced together have 2**n - 1 counts; beyond this each is reduced by itself."""


class Untranslatable(Exception):
    """An expression that the proofs cannot speak of; the message says why."""


class Group(NamedTuple):
    """Collections that are reduced together: sets, or one bag.

    `classes` are the memberships that a string can have, one truth per collection, the class of
    strings in none of them left out. `literals` are the strings tracked by themselves. A `loose`
    reduction allows more steps than there are. Where all is `named`, no other string is a member.
    """

    names: tuple[str, ...]
    bag: bool
    literals: tuple[str, ...]
    loose: bool
    named: bool = False

    @property
    def classes(self) -> list[tuple[bool, ...]]:
        """The classes that are counted."""
        return [row for row in product((True, False), repeat=len(self.names)) if any(row)]

    def counter(self, row: tuple[bool, ...]) -> str:
        """The name of the count of a class."""
        inside = [name for name, held in zip(self.names, row, strict=True) if held]
        return "#" + "&".join(inside)

    def tracked(self, name: str, literal: str) -> str:
        """The name of what is known of a literal in a collection: a truth, or for a bag a count."""
        return f"{name}[{literal}]"

    def components(self) -> Iterator[tuple[str, str]]:
        """The numbers and truths that stand for the group, with their kinds."""
        for row in self.classes:
            yield self.counter(row), "nought" if self.named else "count"
        for name in self.names:
            for literal in self.literals:
                yield self.tracked(name, literal), "count" if self.bag else "flag"


def groups_of(slice_: Slice) -> tuple[Group, ...]:
    """The collections of a slice, grouped by the events and comparisons that they share."""
    kinds: dict[str, bool] = {}
    for variable in slice_.variables:
        if isinstance(variable.type, t.SetOf | t.BagOf):
            if not _is_text(variable.type.of):
                raise Untranslatable(
                    f"the variable {variable.name} is a {t.show(variable.type)}; "
                    "only collections of strings are reduced"
                )
            kinds[variable.name] = isinstance(variable.type, t.BagOf)
    found = _Found(kinds)
    for item in slice_.events:
        by_key: dict[str, set[str]] = {}
        for tree in item.trees:
            for use in _uses(tree, kinds):
                # A claim that compares a collection with itself, before an event and after it,
                # decides no step.
                own = tree in item.claims and len(use.collections) == 1
                found.note(use._replace(compared=use.compared and not own))
                for key in use.keys:
                    by_key.setdefault(key, set()).update(use.collections)
        if len(by_key) > 1:
            raise Untranslatable(
                f"the event {item.event.name} bears several descriptions: "
                + ", ".join(f".{key}" for key in sorted(by_key))
            )
        for target, tree in item.effects:
            if target in kinds:
                found.join({target, *_collections(tree, kinds)})
        for key, names in by_key.items():
            of = dict(getattr(item.event.context, "keys", ()))[key]
            literals = {*_compared(item.trees, key, kinds), *literals_of(of)}
            found.note(_Use(names, set(), literals, kinds=_unlimited(of)))
    for tree in slice_.claims:
        for use in _uses(tree, kinds):
            found.note(use._replace(compared=use.compared and len(use.collections) > 1))
    return tuple(found.groups())


class _Found:
    """What is known so far of the collections of a slice."""

    def __init__(self, kinds: Mapping[str, bool]) -> None:
        self._kinds = kinds
        self._joined = {name: {name} for name in kinds}
        self._literals: dict[str, set[str]] = {name: set() for name in kinds}
        self._compared: set[str] = set()
        self._described: dict[str, set[t.Type]] = {name: set() for name in kinds}

    def join(self, names: Iterable[str]) -> None:
        """These are reduced together, with all that each is reduced together with."""
        whole: set[str] = set()
        for name in names:
            whole |= self._joined[name]
        for name in whole:
            self._joined[name] = whole

    def note(self, use: _Use) -> None:
        """One use of collections: they belong together, and track its literals."""
        self.join(use.collections)
        for name in use.collections:
            self._literals[name] |= use.literals
            self._described[name] |= use.kinds
        if use.compared:
            self._compared |= use.collections

    def groups(self) -> Iterator[Group]:
        """The groups, in the order of the variables."""
        done: set[str] = set()
        for name in self._kinds:
            if name in done:
                continue
            names = tuple(other for other in self._kinds if other in self._joined[name])
            done.update(names)
            literals = tuple(sorted(set().union(*(self._literals[other] for other in names))))
            bags = any(self._kinds[other] for other in names)
            if len(names) > 1 and (bags or len(names) > MAX_SETS):
                for other in names:
                    yield Group((other,), self._kinds[other], literals, True)
            else:
                # Not every member can be the description of an event whose type is a narrower one.
                kinds = set().union(*(self._described[other] for other in names))
                loose = len(kinds) > 1 or (bags and name in self._compared)
                yield Group(names, bags, literals, loose, not kinds)


class _Use(NamedTuple):
    collections: set[str]
    keys: set[str]
    literals: set[str]
    compared: bool = False
    kinds: frozenset[t.Type] = frozenset()


def _uses(tree: Node, kinds: Mapping[str, bool]) -> Iterator[_Use]:
    """Where an expression asks for, adds or removes a description, or compares collections."""
    for node in walk(tree):
        if not isinstance(node, Binary):
            continue
        if node.operator == "in":
            inside, member = node.right, node.left
        elif node.operator in ("+", "-"):
            inside, member = node.left, node.right
        elif node.operator in ("==", "!="):
            names = _collections(node.left, kinds) | _collections(node.right, kinds)
            if names:
                yield _Use(names, set(), set(), True)
            continue
        else:
            continue
        names = _collections(inside, kinds)
        if not names:
            continue
        if isinstance(member, Key):
            yield _Use(names, {member.name}, set())
        elif isinstance(member, Constant) and isinstance(member.value, str):
            yield _Use(names, set(), {member.value})
        else:
            raise Untranslatable(
                "a member of a set or bag is neither a key of the event nor a literal string"
            )


def _collections(tree: Node, kinds: Mapping[str, bool]) -> set[str]:
    """The collections whose values an expression of a collection's type can have."""
    match tree:
        case Name(name=name):
            return {name} if name in kinds else set()
        case Binary(operator="+" | "-", left=left):
            return _collections(left, kinds)
        case If(then=then, otherwise=otherwise):
            return _collections(then, kinds) | _collections(otherwise, kinds)
        case _:
            return set()


def _compared(trees: Iterable[Node], key: str, kinds: Mapping[str, bool]) -> list[str]:
    """The literal strings that the expressions compare with a key."""
    found = []
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Binary) and node.operator in ("==", "!=", "in"):
                if _collections(node.left, kinds):
                    continue  # collections are compared, of which the key is at most a member
                for side, other in ((node.left, node.right), (node.right, node.left)):
                    if any(part == Key(key) for part in walk(side)):
                        items = other.items if isinstance(other, List) else (other,)
                        for part in items:
                            if isinstance(part, Constant) and isinstance(part.value, str):
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


def _is_text(type_: t.Type) -> bool:
    return isinstance(type_, t.String | t.Idset | t.Path | t.Literal)

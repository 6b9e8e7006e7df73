"""Sets and bags of descriptions, brought down to finitely many numbers, exactly.

Expressions treat descriptions alike: they ask whether the one that the event bears is a member,
add or remove it, and count. So a set of unbounded many strings may be replaced by counts:

*Sets that share events* (`dependencies` and `added`, say) are reduced together. Each string is a
member of some of them, which is its class; for each class but that of strings in none of them,
one count says how many strings are in it. An event's description is then "some string of class
c", possible where the count of c is above zero (strings in none of the sets are never wanting).
The event moves it to another class: one count less here, one more there. Two configurations with
equal counts differ by a renaming of strings, which no expression can tell apart, and renaming
commutes with every step; so the counts have exactly the behaviour of the sets, both ways.

*A bag* that no other collection shares an event with is reduced to its size: an expression sees
of the event's description whether it is held, and a bag of n > 0 holds some string and lacks
some. Removing one that is held makes n less by one. Whether it is held *still* after that depends
on its multiplicity, which the size does not tell; an expression that asks so is refused.

*Literal strings* that the model itself compares with a description break the symmetry, so each
is tracked by itself, beside the counts, which then speak of all other strings.

Where bags share events with other collections, or are compared, each is reduced by itself. That
allows more steps than there are (the tie between the two is lost): what is proved unreachable
so is unreachable, but a way out found so might not exist. Such a reduction is marked `loose`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import z3

from flux_conform.model import types as t
from flux_conform.model.expressions import Binary, Constant, If, Key, List, Name, Node, walk
from flux_conform.model.prove.logic import Truth, Whole, conj, disj, neg, pick, same, total
from flux_conform.model.prove.slice import Slice

MAX_SETS = 4
"""Sets reduced together have 2**n - 1 counts; beyond this each is reduced by itself."""


class Untranslatable(Exception):
    """An expression that the proofs cannot speak of; the message says why."""


class Group(NamedTuple):
    """Collections that are reduced together: sets, or one bag.

    `classes` are the memberships that a string can have, one truth per collection, the class of
    strings in none of them left out. `literals` are the strings tracked by themselves.
    """

    names: tuple[str, ...]
    bag: bool
    literals: tuple[str, ...]
    loose: bool

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
            yield self.counter(row), "count"
        for name in self.names:
            for literal in self.literals:
                yield self.tracked(name, literal), "count" if self.bag else "flag"


class Element(NamedTuple):
    """The description that an event bears, as seen from one group.

    `text` is its code as a string, `own` for each collection whether it holds the description,
    provided that it is none of the literals.
    """

    key: str
    text: Whole
    own: tuple[Truth, ...]


class SetTerm(NamedTuple):
    """A set's value. `others` says for each class whether its strings are in it."""

    group: Group
    others: tuple[Truth, ...]
    literals: tuple[Truth, ...]
    own: Truth


class BagTerm(NamedTuple):
    """A bag's value: how many strings it holds beside literals; `own` None is not known."""

    group: Group
    size: Whole
    literals: tuple[Whole, ...]
    own: Truth | None


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
    joined = {name: {name} for name in kinds}
    literals: dict[str, dict[str, None]] = {name: {} for name in kinds}

    def join(names: Iterable[str]) -> None:
        whole: set[str] = set()
        for name in names:
            whole |= joined[name]
        for name in whole:
            joined[name] = whole

    for item in slice_.events:
        by_key: dict[str, set[str]] = {}
        for tree in item.trees:
            for use in _uses(tree, kinds):
                join(use.collections)
                for key in use.keys:
                    by_key.setdefault(key, set()).update(use.collections)
                for name in use.collections:
                    literals[name].update(dict.fromkeys(use.literals))
        if len(by_key) > 1:
            raise Untranslatable(
                f"the event {item.event.name} bears several descriptions: "
                + ", ".join(f".{key}" for key in by_key)
            )
        for target, tree in item.effects:
            if target in kinds:
                join({target, *_collections(tree, kinds)})
        for key, names in by_key.items():
            join(names)
            compared = _compared(item.trees, key)
            for name in names:
                literals[name].update(dict.fromkeys(compared))
    for tree in slice_.claims:
        for use in _uses(tree, kinds):
            join(use.collections)
            for name in use.collections:
                literals[name].update(dict.fromkeys(use.literals))
    return tuple(_groups(kinds, joined, literals))


def _groups(
    kinds: Mapping[str, bool],
    joined: Mapping[str, set[str]],
    literals: Mapping[str, Mapping[str, None]],
) -> Iterator[Group]:
    done: set[str] = set()
    for name in kinds:
        if name in done:
            continue
        names = tuple(other for other in kinds if other in joined[name])
        done.update(names)
        tracked = tuple(dict.fromkeys(text for other in names for text in literals[other]))
        bags = any(kinds[other] for other in names)
        if len(names) > 1 and (bags or len(names) > MAX_SETS):
            for other in names:
                yield Group((other,), kinds[other], tracked, True)
        else:
            yield Group(names, bags, tracked, False)


class _Use(NamedTuple):
    collections: set[str]
    keys: set[str]
    literals: set[str]


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
                yield _Use(names, set(), set())
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


def _compared(trees: Iterable[Node], key: str) -> list[str]:
    """The literal strings that the expressions compare with a key."""
    found = []
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Binary) and node.operator in ("==", "!=", "in"):
                for side, other in ((node.left, node.right), (node.right, node.left)):
                    if any(part == Key(key) for part in walk(side)):
                        items = other.items if isinstance(other, List) else (other,)
                        for part in items:
                            if isinstance(part, Constant) and isinstance(part.value, str):
                                found.append(part.value)
                            elif not isinstance(part, Constant) and not _is_collection(node, part):
                                raise Untranslatable(
                                    f"the description .{key} is compared with what is no literal"
                                )
    return found


def _is_collection(node: Binary, part: Node) -> bool:
    return node.operator == "in" and part is node.right


def _is_text(type_: t.Type) -> bool:
    return isinstance(type_, t.String | t.Idset | t.Path | t.Literal)


class Collections:
    """The groups in one configuration, at one event: what expressions can ask and change.

    `get` gives the component of a name; `code` the code of a literal string; `element` the
    description that the event bears for each group, where it bears one.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        get: Callable[[str], Any],
        code: Callable[[str], int],
        elements: Mapping[Group, Element],
    ) -> None:
        self._groups = {name: group for group in groups for name in group.names}
        self._get = get
        self._code = code
        self._elements = elements
        self._doubt = 0

    def value(self, name: str) -> SetTerm | BagTerm:
        """A collection as it is in the configuration."""
        group = self._groups[name]
        index = group.names.index(name)
        element = self._elements.get(group)
        own = element.own[index] if element is not None else False
        literals = tuple(self._get(group.tracked(name, text)) for text in group.literals)
        if group.bag:
            return BagTerm(group, self._get(group.counter((True,))), literals, own)
        return SetTerm(group, tuple(row[index] for row in group.classes), literals, own)

    def count(self, group: Group, row: tuple[bool, ...]) -> Whole:
        """How many strings there are of a class."""
        return self._get(group.counter(row))

    def possible(self, group: Group) -> Truth:
        """What must hold for the event to bear a description of the class that it does."""
        element = self._elements.get(group)
        if element is None:
            return True
        wanting = [
            disj([neg(self._in_class(element, row)), self._get(group.counter(row)) >= 1])
            for row in group.classes
        ]
        return disj([neg(self._is_other(group, element)), conj(wanting)])

    def added(self, term: SetTerm | BagTerm, member: str | None) -> SetTerm | BagTerm:
        """With one more of the event's description (None) or of a literal."""
        if isinstance(term, BagTerm):
            counts = tuple(
                total([count, pick(self._is(term.group, text, member), 1, 0)])
                for text, count in zip(term.group.literals, term.literals, strict=True)
            )
            if member is not None:
                return term._replace(literals=counts)
            other = self._other(term.group)
            return BagTerm(term.group, total([term.size, pick(other, 1, 0)]), counts, True)
        held = tuple(
            disj([value, self._is(term.group, text, member)])
            for text, value in zip(term.group.literals, term.literals, strict=True)
        )
        return term._replace(literals=held, own=True if member is None else term.own)

    def removed(self, term: SetTerm | BagTerm, member: str | None) -> SetTerm | BagTerm:
        """With one less of the event's description (None) or of a literal."""
        if isinstance(term, BagTerm):
            counts = tuple(
                pick(
                    conj([self._is(term.group, text, member), _above_zero(count)]),
                    total([count, -1]),
                    count,
                )
                for text, count in zip(term.group.literals, term.literals, strict=True)
            )
            if member is not None:
                return term._replace(literals=counts)
            held = conj([self._other(term.group), self._known(term)])
            return BagTerm(term.group, total([term.size, pick(held, -1, 0)]), counts, None)
        kept = tuple(
            conj([value, neg(self._is(term.group, text, member))])
            for text, value in zip(term.group.literals, term.literals, strict=True)
        )
        return term._replace(literals=kept, own=False if member is None else term.own)

    def holds(self, term: SetTerm | BagTerm, member: str | None) -> Truth:
        """Whether the event's description (None), or a literal, is a member."""
        cases = [
            conj(
                [
                    self._is(term.group, text, member),
                    _above_zero(value) if isinstance(term, BagTerm) else value,
                ]
            )
            for text, value in zip(term.group.literals, term.literals, strict=True)
        ]
        if member is None:
            cases.append(conj([self._other(term.group), self._known(term)]))
        return disj(cases)

    def size(self, term: SetTerm | BagTerm) -> Whole:
        """How many members it has."""
        if isinstance(term, BagTerm):
            return total([term.size, *term.literals])
        group = term.group
        element = self._elements.get(group)
        parts = [pick(value, 1, 0) for value in term.literals]
        for row, inside in zip(group.classes, term.others, strict=True):
            parts.append(pick(inside, self._others(group, element, row), 0))
        if element is not None:
            parts.append(pick(conj([self._is_other(group, element), term.own]), 1, 0))
        return total(parts)

    def equal(self, left: SetTerm | BagTerm, right: SetTerm | BagTerm) -> Truth:
        """Whether two collections have the same members."""
        literals = [same(a, b) for a, b in zip(left.literals, right.literals, strict=True)]
        if isinstance(left, SetTerm) and isinstance(right, SetTerm) and left.group == right.group:
            element = self._elements.get(left.group)
            classes = [
                disj([same(a, b), same(self._others(left.group, element, row), 0)])
                for row, a, b in zip(left.group.classes, left.others, right.others, strict=True)
            ]
            if element is not None:
                other = self._is_other(left.group, element)
                classes.append(disj([neg(other), same(left.own, right.own)]))
            return conj([*literals, *classes])
        if left == right:
            return True
        # Sizes tell two bags apart, but never make them equal unless both are empty.
        self._doubt += 1
        doubt = z3.FreshBool("equal")
        sizes = same(self.size(left), self.size(right))
        empty = conj([same(self.size(left), 0), same(self.size(right), 0)])
        return disj([empty, conj([doubt, sizes, *literals])])

    def either(
        self, condition: Truth, then: SetTerm | BagTerm, otherwise: SetTerm | BagTerm
    ) -> SetTerm | BagTerm:
        """The one where the condition holds, the other where it does not."""
        if isinstance(condition, bool):
            return then if condition else otherwise
        literals = tuple(
            pick(condition, a, b) for a, b in zip(then.literals, otherwise.literals, strict=True)
        )
        if isinstance(then, SetTerm) and isinstance(otherwise, SetTerm):
            others = tuple(
                pick(condition, a, b) for a, b in zip(then.others, otherwise.others, strict=True)
            )
            own = pick(condition, then.own, otherwise.own)
            return SetTerm(then.group, others, literals, own)
        assert isinstance(then, BagTerm)
        assert isinstance(otherwise, BagTerm)
        size = pick(condition, then.size, otherwise.size)
        if then.own is None or otherwise.own is None:
            return BagTerm(then.group, size, literals, None)
        return BagTerm(then.group, size, literals, pick(condition, then.own, otherwise.own))

    def after(
        self, group: Group, terms: Mapping[str, SetTerm | BagTerm]
    ) -> Iterator[tuple[str, Truth | Whole]]:
        """The group's components when its collections have taken these values."""
        for name, term in terms.items():
            for text, value in zip(group.literals, term.literals, strict=True):
                yield group.tracked(name, text), value
        values = [terms[name] for name in group.names]
        if any(value.group != group for value in values):
            raise Untranslatable(f"{group.names[0]} takes the value of another collection")
        if isinstance(values[0], BagTerm):
            yield group.counter((True,)), values[0].size
            return
        sets = [value for value in values if isinstance(value, SetTerm)]
        element = self._elements.get(group)
        for new in group.classes:
            parts = []
            for index, old in enumerate(group.classes):
                arrives = conj(
                    same(value.others[index], held) for value, held in zip(sets, new, strict=True)
                )
                parts.append(pick(arrives, self._others(group, element, old), 0))
            if element is not None:
                here = conj(same(value.own, held) for value, held in zip(sets, new, strict=True))
                parts.append(pick(conj([self._is_other(group, element), here]), 1, 0))
            yield group.counter(new), total(parts)

    # Parts

    def _known(self, term: SetTerm | BagTerm) -> Truth:
        if term.own is None:
            raise Untranslatable(
                f"after a removal from the bag {term.group.names[0]} it is asked or removed again"
            )
        return term.own

    def _other(self, group: Group) -> Truth:
        element = self._elements.get(group)
        return False if element is None else self._is_other(group, element)

    def _is_other(self, group: Group, element: Element) -> Truth:
        return conj(neg(same(element.text, self._code(text))) for text in group.literals)

    def _is(self, group: Group, literal: str, member: str | None) -> Truth:
        """Whether the member that is meant is the literal."""
        if member is not None:
            return member == literal
        element = self._elements.get(group)
        return False if element is None else same(element.text, self._code(literal))

    def _in_class(self, element: Element, row: tuple[bool, ...]) -> Truth:
        return conj(same(own, held) for own, held in zip(element.own, row, strict=True))

    def _others(self, group: Group, element: Element | None, row: tuple[bool, ...]) -> Whole:
        """How many strings of a class there are beside the event's description."""
        count = self._get(group.counter(row))
        if element is None:
            return count
        mine = conj([self._is_other(group, element), self._in_class(element, row)])
        return total([count, pick(mine, -1, 0)])


def _above_zero(count: Whole) -> Truth:
    return count >= 1

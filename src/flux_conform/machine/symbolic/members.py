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

This asks that any other string could stand for any other. So the literals that the type of a
description names are tracked too; where descriptions are of different types (strings here,
idsets there), a member need not be a description that an event can bear. And where bags share
events with other collections, or are compared, each is reduced by itself, and the tie between
the two is lost. Both allow more steps than there are: what is proved unreachable so is
unreachable, but a way out found so might not exist. Such a reduction is marked `loose`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import z3

from flux_conform.machine.symbolic.groups import Group, Untranslatable
from flux_conform.machine.symbolic.logic import Truth, Whole, conj, disj, neg, pick, same, total


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
        self.elements = elements

    def value(self, name: str) -> SetTerm | BagTerm:
        """A collection as it is in the configuration."""
        group = self._groups[name]
        index = group.names.index(name)
        element = self.elements.get(group)
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
        element = self.elements.get(group)
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
        element = self.elements.get(group)
        parts = [pick(value, 1, 0) for value in term.literals]
        for row, inside in zip(group.classes, term.others, strict=True):
            parts.append(pick(inside, self._others(group, element, row), 0))
        if element is not None:
            parts.append(pick(conj([self._is_other(group, element), term.own]), 1, 0))
        return total(parts)

    def equal(self, left: SetTerm | BagTerm, right: SetTerm | BagTerm) -> Truth:
        """Whether two collections have the same members."""
        if left.group.literals != right.group.literals:
            names = f"{left.group.names[0]} and {right.group.names[0]}"
            raise Untranslatable(f"{names} are compared, and not reduced together")
        literals = [same(a, b) for a, b in zip(left.literals, right.literals, strict=True)]
        if isinstance(left, SetTerm) and isinstance(right, SetTerm) and left.group == right.group:
            element = self.elements.get(left.group)
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
        element = self.elements.get(group)
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
        element = self.elements.get(group)
        return False if element is None else self._is_other(group, element)

    def _is_other(self, group: Group, element: Element) -> Truth:
        return conj(neg(same(element.text, self._code(text))) for text in group.literals)

    def _is(self, group: Group, literal: str, member: str | None) -> Truth:
        """Whether the member that is meant is the literal."""
        if member is not None:
            return member == literal
        element = self.elements.get(group)
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

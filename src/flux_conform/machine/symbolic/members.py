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

*The states of a lane* are sets of which no two have a member in common, so that there is one count
for each.

*Literal strings* that the model itself compares with a description break the symmetry, so each
is tracked by itself, beside the counts, which then speak of all other strings.

*A set that an event bears*, the ids of an idset say, takes some members of each class, and some
that are in no set. So at such an event each class is cut into cells: those of its strings that are
in the event's set, and those that are not; with two such sets into four. How many strings are in a
cell is free, but for their sum, which is the count of the class. Strings in none of the
collections, and in one of the event's sets at least, are never wanting. What the event bears as a
single member is in one of the cells, too.

Members that are integers or tuples are no other than strings here, as long as nothing orders them.

This asks that any other string could stand for any other. So the literals that the type of a
description names are tracked too; where descriptions are of different types (strings here,
idsets there), a member need not be a description that an event can bear. And where bags share
events with other collections, or are compared, each is reduced by itself, and the tie between
the two is lost. Both allow more steps than there are: what is proved unreachable so is
unreachable, but a way out found so might not exist. Such a reduction is marked `loose`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from operator import and_
from typing import Any

import z3

from flux_conform.language.expressions import Node
from flux_conform.machine.symbolic.groups import Group, Untranslatable
from flux_conform.machine.symbolic.logic import Truth, Whole, conj, disj, neg, pick, same, total
from flux_conform.machine.symbolic.member_terms import (
    NO_SETS,
    BagTerm,
    Borne,
    BorneSet,
    Element,
    SetTerm,
    cells_of,
)
from flux_conform.machine.symbolic.set_uses import Constants


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
        borne: Mapping[Group, Borne] | None = None,
        lengths: Mapping[Node, Whole] | None = None,
    ) -> None:
        self._groups = {name: group for group in groups for name in group.names}
        self._get = get
        self._code_of = code
        self.elements = elements
        self.borne = borne or {}
        self.lengths = lengths or {}

    def value(self, name: str) -> SetTerm | BagTerm:
        """A collection as it is in the configuration."""
        group = self._groups[name]
        index = group.names.index(name)
        element = self.elements.get(group)
        own = element.own[index] if element is not None else False
        literals = tuple(self._get(group.tracked(name, text)) for text in group.literals)
        if group.bag:
            return BagTerm(group, self._get(group.counter((True,))), literals, own)
        return SetTerm(group, tuple(row[index] for row in self.cells(group)), literals, own)

    def count(self, group: Group, row: tuple[bool, ...]) -> Whole:
        """How many strings there are of a class."""
        return self._get(group.counter(row))

    def cells(self, group: Group) -> list[tuple[bool, ...]]:
        """The cells that are counted: the classes, cut by the sets that the event bears."""
        return cells_of(group, len(self.borne.get(group, NO_SETS).sets))

    def borne_set(self, node: Node) -> BorneSet | None:
        """The set that an expression reads off the event; None where it is none that is known."""
        terms = []
        for group, borne in self.borne.items():
            if node in borne.sets:
                place = borne.sets.index(node)
                index = len(group.names) + place
                element = self.elements.get(group)
                own = element.own[index] if element is not None else False
                others = tuple(row[index] for row in self.cells(group))
                terms.append(SetTerm(group, others, borne.literals[place], own))
        if not terms and node not in self.lengths:
            return None
        return BorneSet(tuple(terms), self.lengths.get(node))

    def all_possible(self) -> list[Truth]:
        """What must hold for the event to bear its description and its sets."""
        found = [self.possible(group) for group in {**self.elements, **self.borne}]
        return [*found, *(length >= 0 for length in self.lengths.values())]

    def possible(self, group: Group) -> Truth:
        """What must hold for the event to bear a description, and sets, of these classes."""
        element, borne = self.elements.get(group), self.borne.get(group, NO_SETS)
        found: list[Truth] = [count >= 0 for count in borne.counts.values()]
        held = [each in borne.listed for each in borne.sets]
        found += [
            same(count, 0)
            for row, count in borne.counts.items()
            if any(map(and_, row[len(group.names) :], held))
        ]
        if borne.sets:
            rows = [row for row in self.cells(group) if row not in borne.counts]
            found += [self._size_of(group, row) >= 0 for row in rows]
        if element is not None:
            wanting = [
                disj([neg(self._in_class(element, row)), self._size_of(group, row) >= 1])
                for row in self.cells(group)
            ]
            own = dict(zip(group.names, element.own, strict=False))
            alone = [
                disj([neg(own[one]), neg(own[two])])
                for lane in group.exclusive
                for one, two in combinations(lane, 2)
            ]
            found.append(disj([neg(self._is_other(group, element)), conj([*wanting, *alone])]))
        for node in borne.sets:
            length = self.lengths.get(node)
            if length is None and node not in borne.filled:
                continue
            term = self.borne_set(node)
            assert term is not None
            size = self.size(next(each for each in term.terms if each.group == group))
            if length is not None:
                found += [length >= size, disj([size >= 1, same(length, 0)])]
            if node in borne.filled:
                found.append(size >= 1)
        return conj(found)

    def _size_of(self, group: Group, row: tuple[bool, ...]) -> Whole:
        """How many strings are in a cell."""
        borne = self.borne.get(group, NO_SETS)
        if row in borne.counts:
            return borne.counts[row]
        width = len(group.names)
        there = self._get(group.counter(row[:width]))
        rest = [count for cell, count in borne.counts.items() if cell[:width] == row[:width]]
        return total([there, *(-count for count in rest)])

    # Sets that are computed

    def nothing(self, group: Group) -> SetTerm | BagTerm:
        """The empty set, or bag, of a group."""
        if group.bag:
            return BagTerm(group, 0, (0,) * len(group.literals), False)
        return SetTerm(
            group, (False,) * len(self.cells(group)), (False,) * len(group.literals), False
        )

    def joined(
        self, one: SetTerm, two: SetTerm, combine: Callable[[Truth, Truth], Truth]
    ) -> SetTerm:
        """The set of what is in one or the other, or both, as each member's places combine."""
        return SetTerm(
            one.group,
            tuple(map(combine, one.others, two.others)),
            tuple(map(combine, one.literals, two.literals)),
            combine(one.own, two.own),
        )

    def is_empty(self, term: SetTerm) -> Truth:
        """Whether there is nothing in a set."""
        group, element = term.group, self.elements.get(term.group)
        parts = [neg(held) for held in term.literals]
        for row, inside in zip(self.cells(group), term.others, strict=True):
            parts.append(disj([neg(inside), same(self._others(group, element, row), 0)]))
        if element is not None:
            parts.append(neg(conj([self._is_other(group, element), term.own])))
        return conj(parts)

    def added(self, term: SetTerm | BagTerm, member: Constants | None) -> SetTerm | BagTerm:
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

    def removed(self, term: SetTerm | BagTerm, member: Constants | None) -> SetTerm | BagTerm:
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

    def holds(self, term: SetTerm | BagTerm, member: Constants | None) -> Truth:
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
        for row, inside in zip(self.cells(group), term.others, strict=True):
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
                for row, a, b in zip(self.cells(left.group), left.others, right.others, strict=True)
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
            for index, old in enumerate(self.cells(group)):
                arrives = conj(
                    same(value.others[index], held) for value, held in zip(sets, new, strict=True)
                )
                parts.append(pick(arrives, self._others(group, element, old), 0))
            if element is not None:
                here = conj(same(value.own, held) for value, held in zip(sets, new, strict=True))
                parts.append(pick(conj([self._is_other(group, element), here]), 1, 0))
            yield group.counter(new), total(parts)

    # Parts

    def _code(self, literal: Constants) -> Whole:
        return self._code_of(literal) if isinstance(literal, str) else literal

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
        if element.text is None:
            return True
        return conj(neg(same(element.text, self._code(text))) for text in group.literals)

    def _is(self, group: Group, literal: Constants, member: Constants | None) -> Truth:
        """Whether the member that is meant is the literal."""
        if member is not None:
            return member == literal
        element = self.elements.get(group)
        return (
            False
            if element is None or element.text is None
            else same(element.text, self._code(literal))
        )

    def _in_class(self, element: Element, row: tuple[bool, ...]) -> Truth:
        return conj(same(own, held) for own, held in zip(element.own, row, strict=True))

    def _others(self, group: Group, element: Element | None, row: tuple[bool, ...]) -> Whole:
        """How many strings of a class there are beside the event's description."""
        count = self._size_of(group, row)
        if element is None:
            return count
        mine = conj([self._is_other(group, element), self._in_class(element, row)])
        return total([count, pick(mine, -1, 0)])


def _above_zero(count: Whole) -> Truth:
    return count >= 1

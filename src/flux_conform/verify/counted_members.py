"""Sets and bags as the counts that a certificate keeps of them.

Every string is treated alike, but for the literals that are tracked by themselves. So a collection
is looked at from a few points: each literal; the string that the event bears (`OWN`, provided that
it is no literal); and, for each way of being in the sets of a group or not, any other string.

The states of a lane are sets of which no two have a member in common. So no count is kept of what
is in two of them; that no event brings anything there is shown with its effects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations, product
from typing import NamedTuple, TypeAlias

from flux_conform.verify.definitions import Unsupported
from flux_conform.verify.smt_terms import (
    FALSE,
    TRUE,
    all_of,
    any_of,
    choice,
    equality,
    negation,
    total,
)

OWN = "own"
Point: TypeAlias = str | tuple[bool, ...]
"""A literal after a quote, `OWN`, or a row: in which sets of the group another string is."""


class Group(NamedTuple):
    """Collections whose strings are counted together: sets, or one bag.

    `tracked` is the component of a literal in a collection, `counters` that of a row. Where
    members are integers, so are the literals, here as text. A group without collections is that of
    sets that an event bears; they are its `label`.
    """

    names: tuple[str, ...]
    is_bag: bool
    literals: tuple[str, ...]
    tracked: Mapping[tuple[str, str], str]
    counters: Mapping[tuple[bool, ...], str]
    lanes: tuple[tuple[str, ...], ...] = ()
    numbers: bool = False
    label: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells the groups at an event apart."""
        return self.names or (self.label,)


class Own(NamedTuple):
    """The string that an event bears: its code, and in which collections of the group it is.

    A tuple has no code. `held` tells of the sets that the event bears, too.
    """

    code: str | None
    held: Mapping[str, str]


class Borne(NamedTuple):
    """The sets that an event bears, as seen from a group.

    `cells` are the terms of how many members there are of each row that is in one of the sets at
    least; its first places are the collections, its last the sets. `literals` tells which they
    hold. Those `filled` have a member, and those `listed` no member but literals, by their types.
    """

    group: Group
    sets: tuple[str, ...]
    cells: Mapping[tuple[bool, ...], str]
    literals: Mapping[tuple[str, str], str]
    filled: Collection[str] = ()
    listed: Collection[str] = ()

    def wanting(self) -> Iterator[str]:
        """Yield that there is no member but literals in sets whose types list them."""
        for row, count in self.cells.items():
            inside = zip(self.sets, row[len(self.group.names) :], strict=True)
            if any(held and name in self.listed for name, held in inside):
                yield equality(count, "0")


class Counted(NamedTuple):
    """The value of a collection: of a set, whether a point is in it; of a bag, how often.

    What the event bears is in a bag or not (`OWN`); how often the others are is their sum (`()`).
    After it was taken from a bag, whether it is still there is not known.
    """

    group: Group
    at: Callable[[Point], str]


class Counting:
    """What is asked of collections and done to them, at one event or at none.

    `symbol` writes the name of a component, `code` that of a string.
    """

    def __init__(
        self,
        groups: Collection[Group],
        symbol: Callable[[str], str],
        code: Callable[[str], str],
        own: Mapping[tuple[str, ...], Own],
        borne: Mapping[tuple[str, ...], Borne] | None = None,
        lengths: Mapping[str, str] | None = None,
    ) -> None:
        self._borne = borne or {}
        self.lengths = lengths or {}
        self._group_of = {name: group for group in groups for name in group.names}
        self._symbol = symbol
        self._code = code
        self._own = own

    def value(self, name: str) -> Counted:
        """Return a collection as it is."""
        if name not in self._group_of:
            raise Unsupported(f"the collection {name}, which the certificate does not count")
        group = self._group_of[name]
        own = self._own.get(group.key)

        def at(point: Point) -> str:
            if point == OWN:
                return FALSE if own is None else own.held[name]
            if isinstance(point, str):
                return self._symbol(group.tracked[name, point[1:]])
            if group.is_bag:
                return self._symbol(group.counters[True,])
            return TRUE if point[group.names.index(name)] else FALSE

        return Counted(group, at)

    def possible(self) -> Iterator[str]:
        """Yield what must hold for the event to bear a string of its class, and its sets."""
        groups = [*self._group_of.values(), *(borne.group for borne in self._borne.values())]
        for group in {group.key: group for group in groups}.values():
            own, borne = self._own.get(group.key), self._borne.get(group.key)
            for row in [] if borne is None else self._rows(group):
                yield f"(>= {self._size(group, row)} 0)"
            for row in [] if own is None else self._rows(group):
                here = all_of([self._is_other(group), self._in_row(group, row)])
                yield any_of([negation(here), f"(>= {self._size(group, row)} 1)"])
            for one, two in pairs_of(group) if own is not None else ():
                assert own is not None
                yield negation(all_of([self._is_other(group), own.held[one], own.held[two]]))
            for name in [] if borne is None else borne.sets:
                if name in self.lengths:
                    length, size = self.lengths[name], self.size(self.borne(name)[group.key])
                    yield f"(>= {length} {size})"
                    yield equality(f"(= {length} 0)", f"(= {size} 0)")
                if borne is not None and name in borne.filled:
                    yield f"(>= {self.size(self.borne(name)[group.key])} 1)"
            yield from () if borne is None else borne.wanting()
        yield from (f"(>= {length} 0)" for length in self.lengths.values())

    def borne(self, name: str) -> dict[tuple[str, ...], Counted]:
        """Return a set that the event bears, as each group sees it."""
        found = {}
        for key, borne in self._borne.items():
            if name in borne.sets:
                found[key] = Counted(borne.group, partial(self._borne_at, borne, name))
        return found

    def _borne_at(self, borne: Borne, name: str, point: Point) -> str:
        if point == OWN:
            own = self._own.get(borne.group.key)
            return FALSE if own is None else own.held[name]
        if isinstance(point, str):
            return borne.literals[name, point[1:]]
        return TRUE if point[len(borne.group.names) + borne.sets.index(name)] else FALSE

    def written(self, group: Group, literals: Sequence[str | None]) -> Counted:
        """Return the set of some literals, and of what the event bears (None)."""
        for literal in literals:
            self._check_member(group, literal)
        return Counted(
            group, lambda point: any_of(self._is(group, point, each) for each in literals)
        )

    def met(self, sign: str, one: Counted, two: Counted) -> Counted:
        """Return the union, the difference or what two sets have in common."""

        def at(point: Point) -> str:
            first, second = one.at(point), two.at(point)
            if sign == "+":
                return any_of([first, second])
            return all_of([first, negation(second) if sign == "-" else second])

        return Counted(one.group, at)

    def is_empty(self, whole: Counted) -> str:
        """Return the term: nothing is in a set, wherever a member could be."""
        group = whole.group
        parts = [negation(whole.at(f"'{text}")) for text in group.literals]
        parts += [
            any_of([negation(whole.at(row)), equality(self._others(group, row), "0")])
            for row in self._rows(group)
        ]
        return all_of([*parts, negation(all_of([self._is_other(group), whole.at(OWN)]))])

    def _rows(self, group: Group) -> list[tuple[bool, ...]]:
        """The rows that are counted, of collections and of the sets that the event bears."""
        borne = self._borne.get(group.key)
        return cells_of(group, 0 if borne is None else len(borne.sets))

    def _size(self, group: Group, row: tuple[bool, ...]) -> str:
        """How many members there are of a row."""
        width, borne = len(group.names), self._borne.get(group.key)
        if borne is not None and row in borne.cells:
            return borne.cells[row]
        whole = self._symbol(group.counters[row[:width]])
        cells = {} if borne is None else borne.cells
        taken = [term for other, term in cells.items() if other[:width] == row[:width]]
        return total([whole, *(f"(- {term})" for term in taken)])

    def changed(self, whole: Counted, sign: str, literal: str | None) -> Counted:
        """Return a collection with a literal added (`+`) or removed, or what the event bears."""
        group, adds = whole.group, sign == "+"
        self._check_member(group, literal)

        def at(point: Point) -> str:
            if group.is_bag and point == OWN:
                if literal is not None:
                    return whole.at(OWN)
                if adds:
                    return TRUE
                raise Unsupported("a bag asked again after a removal")
            meant = self._is(group, point, literal)
            before = whole.at(point)
            if not group.is_bag:
                return any_of([before, meant]) if adds else all_of([before, negation(meant)])
            if point == ():
                meant = FALSE if literal is not None else self._is_other(group)
                there = meant if adds or literal is not None else whole.at(OWN)
            else:
                there = TRUE if adds else f"(>= {before} 1)"
            return total([before, choice(all_of([meant, there]), "1" if adds else "(- 1)", "0")])

        return Counted(group, at)

    def either(self, condition: str, then: Counted, otherwise: Counted) -> Counted:
        """Return one collection where the condition holds, else the other."""
        if then.group != otherwise.group:
            raise Unsupported("a choice between collections that are counted apart")
        return Counted(
            then.group, lambda point: choice(condition, then.at(point), otherwise.at(point))
        )

    def holds(self, whole: Counted, literal: str | None) -> str:
        """Return the term: a literal is a member, or what the event bears."""
        group = whole.group
        self._check_member(group, literal)
        cases = [
            all_of([self._is(group, f"'{text}", literal), self._some(whole, f"'{text}")])
            for text in group.literals
        ]
        if literal is None:
            cases.append(all_of([self._is_other(group), whole.at(OWN)]))
        return any_of(cases)

    def size(self, whole: Counted) -> str:
        """Return the term: how many members there are."""
        group = whole.group
        literals = [whole.at(f"'{text}") for text in group.literals]
        if group.is_bag:
            return total([whole.at(()), *literals])
        parts = [choice(held, "1", "0") for held in literals]
        parts += [choice(whole.at(row), self._others(group, row), "0") for row in self._rows(group)]
        parts.append(choice(all_of([self._is_other(group), whole.at(OWN)]), "1", "0"))
        return total(parts)

    def equal(self, one: Counted, two: Counted) -> str:
        """Return the term: two collections have the same members."""
        group = one.group
        if group != two.group:
            raise Unsupported("a comparison of collections that are counted apart")
        alike = [equality(one.at(f"'{text}"), two.at(f"'{text}")) for text in group.literals]
        if group.is_bag:
            # Both come of one bag, and differ at most in its literals and in what the event bears.
            return all_of([*alike, equality(one.at(()), two.at(()))])
        for row in self._rows(group):
            none = equality(self._others(group, row), "0")
            alike.append(any_of([equality(one.at(row), two.at(row)), none]))
        own = equality(one.at(OWN), two.at(OWN))
        return all_of([*alike, any_of([negation(self._is_other(group)), own])])

    def after(self, group: Group, values: Mapping[str, Counted]) -> Iterator[tuple[str, str]]:
        """Yield the components of a group whose collections have taken values."""
        if any(value.group != group for value in values.values()):
            raise Unsupported("a collection takes the value of one that is counted apart")
        for (name, text), component in group.tracked.items():
            yield component, values[name].at(f"'{text}")
        if group.is_bag:
            yield group.counters[True,], values[group.names[0]].at(())
            return
        astray = list(self._astray(group, values))
        for new, counter in group.counters.items():
            parts = [
                choice(self._becomes(group, values, old, new), self._others(group, old), "0")
                for old in self._rows(group)
            ]
            mine = all_of([self._is_other(group), self._becomes(group, values, OWN, new)])
            yield counter, total([*parts, choice(mine, "1", "0"), *astray])

    # Parts

    def _astray(self, group: Group, values: Mapping[str, Counted]) -> Iterator[str]:
        """Yield how many strings come to two states of one lane: none, if the lanes are lanes."""
        for one, two in pairs_of(group):
            for old in self._rows(group):
                both = all_of([values[one].at(old), values[two].at(old)])
                yield choice(both, self._others(group, old), "0")
            mine = all_of([self._is_other(group), values[one].at(OWN), values[two].at(OWN)])
            yield choice(mine, "1", "0")

    def _check_member(self, group: Group, literal: str | None) -> None:
        """Raise Unsupported if the certificate does not know the string that is meant."""
        if literal is None and group.key not in self._own:
            raise Unsupported(f"a member of {', '.join(group.names)} that no event bears")
        if literal is not None and literal not in group.literals:
            raise Unsupported(f"the string {literal!r}, which the certificate does not track")

    def _becomes(
        self, group: Group, values: Mapping[str, Counted], point: Point, row: tuple[bool, ...]
    ) -> str:
        pairs = zip(group.names, row, strict=True)
        inside = [(values[name].at(point), held) for name, held in pairs]
        return all_of(term if held else negation(term) for term, held in inside)

    def _some(self, whole: Counted, point: Point) -> str:
        return f"(>= {whole.at(point)} 1)" if whole.group.is_bag else whole.at(point)

    def _is(self, group: Group, point: Point, literal: str | None) -> str:
        """The string that is added, removed or asked for is the one at a point."""
        if not isinstance(point, str):
            return FALSE
        if literal is not None:
            return TRUE if point == f"'{literal}" else FALSE
        if point == OWN:
            return TRUE
        own = self._own.get(group.key)
        return (
            FALSE
            if own is None or own.code is None
            else equality(own.code, self._coded(group, point[1:]))
        )

    def _is_other(self, group: Group) -> str:
        own = self._own.get(group.key)
        if own is None:
            return FALSE
        if own.code is None:
            return TRUE
        literals = [equality(own.code, self._coded(group, text)) for text in group.literals]
        return all_of(map(negation, literals))

    def _coded(self, group: Group, literal: str) -> str:
        if not group.numbers:
            return self._code(literal)
        return literal if literal[0] != "-" else f"(- {literal[1:]})"

    def _in_row(self, group: Group, row: tuple[bool, ...]) -> str:
        held = self._own[group.key].held
        borne = self._borne.get(group.key)
        names = (*group.names, *(() if borne is None else borne.sets))
        pairs = zip(names, row, strict=True)
        return all_of(held[name] if inside else negation(held[name]) for name, inside in pairs)

    def _others(self, group: Group, row: tuple[bool, ...]) -> str:
        """How many strings of a row there are beside the one that the event bears."""
        count = self._size(group, row)
        if group.key not in self._own:
            return count
        mine = all_of([self._is_other(group), self._in_row(group, row)])
        return total([count, choice(mine, "(- 1)", "0")])


def cells_of(group: Group, sets: int) -> list[tuple[bool, ...]]:
    """Return the rows of a group, and of none of its collections, cut by some sets."""
    rows = [*group.counters, (False,) * len(group.names)]
    cut = product(rows, product((True, False), repeat=sets))
    return [row for inside, borne in cut if any(row := (*inside, *borne))]


def pairs_of(group: Group) -> Iterator[tuple[str, str]]:
    """Yield the pairs of states of one lane."""
    for lane in group.lanes:
        yield from combinations(lane, 2)

"""Lemmas: small claims about configurations, of which invariants are made.

An atom is a condition of the specification language that asks no event; a lemma says that one of
a few atoms, or of their opposites, holds. Candidates are made from the model alone, and only
those are kept that hold in every configuration of the explicit instance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import z3

from flux_conform.language import types as t
from flux_conform.language.equality import distinct
from flux_conform.language.expressions import (
    About,
    Binary,
    Call,
    Constant,
    Member,
    Name,
    Node,
    show,
)
from flux_conform.machine.constants import Constants
from flux_conform.machine.space import Search
from flux_conform.machine.symbolic.components import is_textual
from flux_conform.machine.symbolic.configurations import Configurations
from flux_conform.machine.symbolic.expression_terms import Scene, truth
from flux_conform.machine.symbolic.logic import Truth, conj, disj, neg, same, term_of


class Within(NamedTuple):
    """Each member of the one set is a member of the other; the language has no such operator."""

    inner: str
    outer: str


class Fact(NamedTuple):
    """What holds of a component by its nature: a count is not negative, a state is a known one."""

    component: str


class Formula(NamedTuple):
    """A condition in Z3's terms over the components before an event, as another engine found it."""

    term: Any


class Atom(NamedTuple):
    """A condition on a configuration; `state` is the state's name where it asks for that alone."""

    text: str
    condition: Node | Within | Fact | Formula
    state: str | None = None


class Literal(NamedTuple):
    """An atom, or its opposite."""

    atom: Atom
    holds: bool

    @property
    def text(self) -> str:
        """The literal as an expression."""
        if self.holds:
            return self.atom.text
        if isinstance(self.atom.condition, Binary) and self.atom.condition.operator == "==":
            left, right = self.atom.condition.left, self.atom.condition.right
            return show(Binary("!=", left, right))
        return f"not {self.atom.text}"

    @property
    def opposite(self) -> Literal:
        """What holds where this does not."""
        return Literal(self.atom, not self.holds)


class Lemma(NamedTuple):
    """One of the literals holds."""

    literals: tuple[Literal, ...]

    @property
    def is_fact(self) -> bool:
        """Whether it only says what holds by the nature of the encoding."""
        return isinstance(self.literals[0].atom.condition, Fact)

    @property
    def text(self) -> str:
        """The lemma as an expression."""
        *given, last = self.literals
        if not given:
            return last.text
        return " and ".join(literal.opposite.text for literal in given) + f" implies {last.text}"


def atoms(machine: Configurations, constants: Constants) -> Iterator[Atom]:
    """The atoms that a machine's expressions suggest, states last."""
    yield _atom(Name("first"))
    for name in machine.slice.seen:
        yield _atom(About("seen", name))
    for name in machine.slice.visited:
        yield _atom(About("visited", name))
    for variable in machine.slice.variables:
        yield from _of_variable(variable.name, variable.type, constants)
    for group in machine.groups:
        if not group.bag:
            for inner in group.names:
                for outer in group.names:
                    if inner != outer:
                        yield Atom(f"each of {inner} is in {outer}", Within(inner, outer))
        if group.computed and len(group.names) > 1:
            yield from map(_empty_class, repeat(group.names), group.classes)
    for state in machine.specification.states:
        condition = Binary("==", Name("state"), Constant(state.name))
        yield Atom(show(condition), condition, state.name)


def _empty_class(names: Sequence[str], row: tuple[bool, ...]) -> Atom:
    """No member is in just these sets of a group."""
    inside = [name for name, held in zip(names, row, strict=True) if held]
    whole: Node = Name(inside[0])
    for name in inside[1:]:
        whole = Binary("&", whole, Name(name))
    for name, held in zip(names, row, strict=True):
        whole = whole if held else Binary("-", whole, Name(name))
    return _atom(Call("empty", (whole,)))


def _of_variable(name: str, of: t.Type, constants: Constants) -> Iterator[Atom]:
    variable = Name(name)
    match of:
        case t.Boolean():
            yield _atom(variable)
            return
        case t.SetOf() | t.BagOf():
            yield _atom(Call("empty", (variable,)))
            for size in sorted({*constants.sizes, *constants.claimed}):
                if size > 1:  # one at least is what `empty` says already
                    yield _atom(Binary(">=", Call("size", (variable,)), Constant(size)))
            return
        case t.Integer():
            pass
        case t.Object():
            return
        case _:
            yield _atom(Call("has", (variable,)))
    inner = t.present(of)
    parts: list[tuple[Node, t.Type]] = [(variable, inner)]
    if isinstance(inner, t.Record):
        parts = [(Member(variable, field), kind) for field, kind in inner.fields]
    pool = constants.of_variable(name)
    for part, kind in parts:
        counts = isinstance(of, t.Integer)
        yield from _of_value(part, kind, (*pool, 0) if counts else pool, ordered=counts)


def _of_value(
    part: Node, of: t.Type, pool: Sequence[bool | int | str | None], *, ordered: bool
) -> Iterator[Atom]:
    """Comparisons of a variable, or of a field, with the constants that are of its type."""
    kind = str if is_textual(of) else int if isinstance(of, t.Integer) else None
    for value in distinct(pool):
        if kind is None or not isinstance(value, kind) or isinstance(value, bool):
            continue
        if ordered:
            yield _atom(Binary(">=", part, Constant(value)))
            yield _atom(Binary("<=", part, Constant(value)))
        yield _atom(Binary("==", part, Constant(value)))


def _atom(condition: Node) -> Atom:
    return Atom(show(condition), condition)


def symbol(atom: Atom, machine: Configurations, values: Mapping[str, Any]) -> Truth:
    """The atom in symbols, in the configuration of these components."""
    match atom.condition:
        case Within():
            return _within(atom.condition, machine, machine.scene(values))
        case Formula(term=term):
            components = machine.components.items()
            pairs = [(item.before, term_of(values[name])) for name, item in components]
            return z3.substitute(term, *pairs)
        case Fact(component=name):
            value = values[name]
            if machine.components[name].kind == "count":
                return value >= 0
            if machine.components[name].kind == "nought":
                return same(value, 0)
            states = machine.specification.states
            return disj(same(value, machine.codes.of(state.name)) for state in states)
        case condition:
            return truth(condition, machine.scene(values))


def _within(condition: Within, machine: Configurations, scene: Scene) -> Truth:
    group = next(group for group in machine.groups if condition.inner in group.names)
    inner, outer = group.names.index(condition.inner), group.names.index(condition.outer)
    one = scene.collections.value(condition.inner)
    two = scene.collections.value(condition.outer)
    return conj(
        [
            *(
                same(scene.collections.count(group, row), 0)
                for row in group.classes
                if row[inner] and not row[outer]
            ),
            *(disj([neg(a), b]) for a, b in zip(one.literals, two.literals, strict=True)),
        ]
    )


def facts(machine: Configurations) -> Iterator[Atom]:
    """What holds of every configuration by its nature. It is proved with the rest, not assumed."""
    for component in machine.components.values():
        if component.kind == "count":
            yield Atom(f"{component.name} >= 0", Fact(component.name))
        elif component.kind == "nought":
            yield Atom(f"{component.name} == 0", Fact(component.name))
        elif component.kind == "state":
            yield Atom(f"{component.name} is one of the states", Fact(component.name))


class Samples:
    """Explored configurations as samples: for each literal a bit set of those that satisfy it."""

    def __init__(
        self, search: Search, among: Sequence[Atom], inside: bytearray | None = None
    ) -> None:
        """`inside` marks the configurations that count; by default all do."""
        size = len(search.configurations)
        self.all = _bits(inside if inside is not None else bytearray(b"\1" * size))
        self._bits = {}
        for atom in among:
            condition = atom.condition
            if isinstance(condition, Fact | Formula):
                continue
            if isinstance(condition, Within):
                marks = _within_marks(search, condition)
            else:
                marks = search.satisfying(condition)
            self._bits[atom] = _bits(marks) & self.all

    def satisfying(self, literal: Literal) -> int:
        """Where the literal holds."""
        bits = self._bits[literal.atom]
        return bits if literal.holds else bits ^ self.all


def _bits(marks: bytearray) -> int:
    return int.from_bytes(marks, "little")


def _within_marks(search: Search, condition: Within) -> bytearray:
    inner, inner_values = search.column(condition.inner)
    outer, outer_values = search.column(condition.outer)
    memo: dict[tuple[int, int], bool] = {}
    marks = bytearray(len(inner))
    for number, pair in enumerate(zip(inner, outer, strict=True)):
        if pair not in memo:
            large = outer_values[pair[1]]
            memo[pair] = all(member in large for member in inner_values[pair[0]])
        marks[number] = memo[pair]
    return marks


def candidates(among: Sequence[Atom], samples: Samples, *, width: int = 2) -> list[Lemma]:
    """The lemmas of at most `width` literals that hold in every sample.

    A lemma that a shorter one implies is left out. Three literals are tried only with a state
    among them.
    """
    literals = [Literal(atom, holds) for atom in among for holds in (True, False)]
    units = [lemma for lemma in literals if samples.satisfying(lemma) == samples.all]
    settled = {literal.atom for literal in units}
    states = [
        Literal(atom, False) for atom in among if atom.state is not None and atom not in settled
    ]
    data = [lit for lit in literals if lit.atom.state is None and lit.atom not in settled]
    found = [Lemma((literal,)) for literal in units]
    pairs: set[frozenset[Literal]] = set()

    def holds(*parts: Literal) -> bool:
        bits = 0
        for part in parts:
            bits |= samples.satisfying(part)
        return bits == samples.all

    for place, one in enumerate(data):
        for two in data[place + 1 :]:
            if one.atom is not two.atom and holds(one, two):
                pairs.add(frozenset((one, two)))
                found.append(Lemma((one, two)))
    for state in states:
        for one in data:
            if holds(state, one):
                pairs.add(frozenset((state, one)))
                found.append(Lemma((state, one)))
    if width > 2:
        for state in states:
            for place, one in enumerate(data):
                if frozenset((state, one)) in pairs:
                    continue
                for two in data[place + 1 :]:
                    if one.atom is two.atom or frozenset((one, two)) in pairs:
                        continue
                    if frozenset((state, two)) not in pairs and holds(state, one, two):
                        found.append(Lemma((state, one, two)))
    return found

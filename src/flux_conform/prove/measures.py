"""That something can always be reached: a measure which some legal event can always lower.

The measure is a sum of whole numbers, none negative, one for each flag that is up (or down), each
state, and each member of a collection. Where the goal is not reached yet, some event reaches it
or makes the sum less; a sum of this kind cannot get less for ever, so some run reaches the goal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import z3

from flux_conform.language import types as t
from flux_conform.language.expressions import About, Call, Name, Node, show
from flux_conform.machine.exploration import by_target, towards
from flux_conform.machine.space import Edge, Search
from flux_conform.machine.symbolic.configurations import STATE
from flux_conform.machine.symbolic.expression_terms import translate
from flux_conform.machine.symbolic.logic import (
    Truth,
    Whole,
    boolean,
    conj,
    disj,
    neg,
    pick,
    same,
    total,
)
from flux_conform.machine.symbolic.step import SymbolicMachine, SymbolicStep
from flux_conform.machine.symbolic.symbols import Count
from flux_conform.prove.ask import check
from flux_conform.prove.context_choices import offers
from flux_conform.prove.invariant import Induction, Invariant
from flux_conform.prove.lemmas import Atom, Literal, symbol

ROUNDS, ROUNDS_A_TERM = 25, 3
"""Maximum number of rounds in which a measure is corrected by a counterexample: at all, and for
each term that it may have."""


class Term(NamedTuple):
    """What a measure counts: a literal (1 where it holds), or the size of a collection."""

    of: Literal | Node

    @property
    def text(self) -> str:
        """The term as it is printed."""
        return f"[{self.of.text}]" if isinstance(self.of, Literal) else show(self.of)


class Measure(NamedTuple):
    """A sum of terms, each times a whole number above zero."""

    terms: tuple[tuple[int, Term], ...]

    @property
    def text(self) -> str:
        """The sum, the heaviest terms first."""
        ordered = sorted(self.terms, key=lambda pair: -pair[0])
        parts = [term.text if n == 1 else f"{n}*{term.text}" for n, term in ordered]
        return " + ".join(parts) or "0"


class Goal(NamedTuple):
    """What is to be reached, for the search and for Z3.

    `obliged` says where it is not reached yet (and must be possible); `success` whether a step
    from there, given by its components before and after, reaches it. `claim` is what holds where
    it is reached, None where that is a change of state.
    """

    obliged_marks: bytearray
    succeeds: Callable[[Edge], bool]
    obliged: Truth
    success: Callable[[Mapping[str, Any]], Truth]
    claim: Truth | None = None


TRUSTED_PART = 16
"""Ways are trusted for configurations up to this fraction of the first one that was clipped."""


class Ways(NamedTuple):
    """How many events the goal is away from the configurations from which it can be reached.

    `best` are the first edges of these ways. From configurations that are `open` steps were left
    out, or some configuration can be reached of which that is so.
    """

    distance: Mapping[int, int]
    best: list[Edge]
    open: Collection[int]

    def stuck(self, goal: Goal) -> list[int]:
        """The configurations from which the goal cannot be reached."""
        return [n for n in self._unreached(goal) if n not in self.open]

    def doubtful(self, goal: Goal) -> list[int]:
        """Those from which it was not reached, and may be by steps that were left out."""
        return [n for n in self._unreached(goal) if n in self.open]

    def _unreached(self, goal: Goal) -> list[int]:
        return [n for n, owed in enumerate(goal.obliged_marks) if owed and n not in self.distance]


def ways(search: Search, goal: Goal, admits: Callable[[Edge], bool]) -> Ways:
    """How the goal is reached from each configuration of the explicit instance."""
    succeeding: dict[int, Edge] = {}
    others: list[Edge] = []
    for number, edges in enumerate(search.edges):
        for edge in filter(admits, edges) if goal.obliged_marks[number] else ():
            if goal.succeeds(edge):
                succeeding.setdefault(number, edge)
            else:
                others.append(edge)
    into = by_target(others)
    distance: dict[int, int] = {}
    first: dict[int, Edge] = {}
    for number, onward in towards(succeeding, into, lambda edge: True).items():
        first[number] = onward or succeeding[number]
        distance[number] = 1 if onward is None else distance[onward.target] + 1
    # Near what was left out, the shortest ways are ways around; far from it they are not.
    near = min(search.clipped, default=len(search.edges) * TRUSTED_PART) // TRUSTED_PART
    return Ways(
        distance,
        [first[number] for number in sorted(first) if number < near],
        towards(search.clipped, into, lambda edge: True),
    )


class Progress(NamedTuple):
    """A proof that the goal can be reached: the measure, the invariant and the ways it needs."""

    measure: Measure
    invariant: Invariant
    value: Whole
    ways: tuple[SymbolicStep, ...]


def prove_progress(
    induction: Induction[SymbolicMachine],
    invariant: Invariant,
    search: Search,
    goal: Goal,
    found: Ways,
    atoms: Sequence[Atom],
    without: Sequence[str] = (),
) -> Progress | str:
    """A measure for the goal, checked by Z3 in every configuration; or why there is none."""
    machine = induction.machine
    unfinished = [edge for edge in found.best if not goal.succeeds(edge)]
    # What helped in the explicit instance comes first; beyond its bounds more may be needed.
    helpful = sorted({edge.action for edge in found.best})
    reason = "no measure was found"
    for menu in (helpful, range(len(search.steps))):
        steps = [
            step
            for number in menu
            if search.steps[number].action.event not in without
            for step in offers(machine, search.steps[number].action)
            if step.legal is not False
        ]
        for features in _features(machine, atoms):
            attempt = _Attempt(induction, invariant, goal, features, steps)
            known = _deltas(search, features, unfinished)
            # Of a search that was clipped the ways found may be ways around, which no measure fits.
            for rows in (known, []) if search.clipped and known else (known,):
                result = attempt.run(rows)
                if isinstance(result, Progress):
                    return result
                reason = result
    return reason


class _Attempt:
    """The hunt for a measure over certain features and steps."""

    def __init__(
        self,
        induction: Induction[SymbolicMachine],
        invariant: Invariant,
        goal: Goal,
        features: Sequence[Term],
        steps: Sequence[SymbolicStep],
    ) -> None:
        self._induction = induction
        self._invariant = invariant
        self._goal = goal
        self._features = features
        self._steps = steps
        values = induction.machine.values_before
        self._table = _Table(induction.machine, features, steps, values)
        self._successes = [
            conj([step.legal, goal.success({**values, **step.after})]) for step in steps
        ]

    def run(self, rows: Sequence[tuple[int, ...]]) -> Progress | str:
        """A measure that falls along the rows and, mended where need be, everywhere."""
        demands: list[list[tuple[int, ...]]] = [[row] for row in rows]
        for _ in range(max(ROUNDS, ROUNDS_A_TERM * len(self._features))):
            weights = _weights(len(self._features), demands)
            if weights is None:
                return "no linear measure falls along the ways out that were found"
            claims = self._counterexample(weights)
            reasons = self._induction.refutes(self._invariant, claims)
            if reasons is not None:
                value = self._table.value(weights)
                ended = self._induction.refutes(self._invariant, [value < 0])
                if ended is None:
                    return "a measure was found, but it may fall below zero, and so for ever"
                pairs = zip(weights, self._features, strict=True)
                return Progress(
                    Measure(tuple((n, term) for n, term in pairs if n)),
                    self._induction.core(self._invariant, (*reasons[0], *ended[0])),
                    value,
                    # The first claim is that the goal is owed.
                    tuple(self._steps[place - 1] for place in reasons[1] if place > 0),
                )
            model = self._induction.model(self._invariant, claims)
            if model is None:
                return "Z3 gave up on the measure"
            choices = self._table.deltas(model)
            if not choices:
                return "a configuration that the invariant allows offers no event that helps"
            demands.append(choices)
        return "no measure was found"

    def _counterexample(self, weights: Sequence[int]) -> list[Truth]:
        """The goal is owed, and no step reaches it or lowers the measure."""
        return [self._goal.obliged] + [
            neg(disj([success, self._table.lowers(number, weights)]))
            for number, success in enumerate(self._successes)
        ]


def _features(machine: SymbolicMachine, atoms: Iterable[Atom]) -> Iterator[list[Term]]:
    """What measures are made of: first what is easily read, then all."""
    among = [atom for atom in atoms if _countable(atom)]
    flags = {variable.name for variable in machine.slice.variables}
    sizes = [
        Term(Call("size", (Name(variable.name),)))
        for variable in machine.slice.variables
        if isinstance(variable.type, t.SetOf | t.BagOf) and machine.knows(Name(variable.name))
    ]
    plain = [atom for atom in among if atom.state is not None or _names(atom) & {*flags, "first"}]
    yield [Term(Literal(atom, True)) for atom in plain] + sizes
    signs = [
        Term(Literal(atom, holds))
        for atom in among
        for holds in ((True,) if atom.state is not None else (True, False))
    ]
    yield signs + sizes


def _countable(atom: Atom) -> bool:
    """Whether the atom is a state, a flag, or whether something has come or is there."""
    condition = atom.condition
    has = isinstance(condition, Call) and condition.function == "has"
    return atom.state is not None or has or isinstance(condition, Name | About)


def _names(atom: Atom) -> set[str]:
    return {atom.condition.name} if isinstance(atom.condition, Name) else set()


def _deltas(
    search: Search, features: Sequence[Term], edges: Sequence[Edge]
) -> list[tuple[int, ...]]:
    """What each edge adds to each feature; edges that do the same once."""
    columns = []
    for feature in features:
        if isinstance(feature.of, Literal):
            condition = feature.of.atom.condition
            assert isinstance(condition, tuple)
            marks = search.satisfying(condition)  # type: ignore[arg-type]
            columns.append([int(mark == feature.of.holds) for mark in marks])
        else:
            assert isinstance(feature.of, Call)
            name = feature.of.arguments[0]
            assert isinstance(name, Name)
            numbers, table = search.column(name.name)
            sizes = [len(value) for value in table]
            columns.append([sizes[number] for number in numbers])
    rows = {
        tuple(column[edge.target] - column[edge.source] for column in columns): None
        for edge in edges
    }
    return list(rows)


class _Table:
    """Each step's legality and what it does to each feature, in symbols."""

    def __init__(
        self,
        machine: SymbolicMachine,
        features: Sequence[Term],
        steps: Sequence[SymbolicStep],
        values: Mapping[str, Any],
    ) -> None:
        self._machine = machine
        self._features = features
        self._steps = steps
        self._before = [_value(machine, feature, values) for feature in features]
        self._values = values
        self._after: dict[tuple[int, int], Whole] = {}
        # Where the log is removed nothing is owed any more, so no step there is on the way.
        self._legal = [conj([step.legal, neg(self._removes(step))]) for step in steps]

    def _removes(self, step: SymbolicStep) -> Truth:
        removed = self._machine.specification.removed
        state = {**self._values, **step.after}[STATE]
        return removed is not None and same(state, self._machine.codes.of(removed.name))

    def _change(self, step: int, feature: int) -> Whole:
        key = (step, feature)
        if key not in self._after:
            after = {**self._values, **self._steps[step].after}
            value = _value(self._machine, self._features[feature], after)
            before = self._before[feature]
            unchanged = value is before or (
                not isinstance(value, int) and not isinstance(before, int) and value.eq(before)
            )
            self._after[key] = 0 if unchanged else total([value, -before])
        return self._after[key]

    def value(self, weights: Sequence[int]) -> Whole:
        """The measure of these weights, before a step."""
        pairs = zip(weights, self._before, strict=True)
        return total(value if n == 1 else n * value for n, value in pairs if n)

    def lowers(self, step: int, weights: Sequence[int]) -> Truth:
        """The step is legal, keeps the log, and lowers the measure of these weights."""
        change = total(
            weight * self._change(step, feature) for feature, weight in enumerate(weights) if weight
        )
        return conj([self._legal[step], change <= -1])

    def deltas(self, model: Any) -> list[tuple[int, ...]]:
        """What each step that is legal in a configuration adds to each feature there."""
        found: dict[tuple[int, ...], None] = {}
        for number in range(len(self._steps)):
            if z3.is_true(model.eval(boolean(self._legal[number]), model_completion=True)):
                row = []
                for feature in range(len(self._features)):
                    change = self._change(number, feature)
                    if not isinstance(change, int):
                        change = model.eval(change, model_completion=True).as_long()
                    row.append(change)
                found[tuple(row)] = None
        return list(found)


def _value(machine: SymbolicMachine, feature: Term, values: Mapping[str, Any]) -> Whole:
    if isinstance(feature.of, Literal):
        truth = symbol(feature.of.atom, machine, values)
        return pick(truth if feature.of.holds else neg(truth), 1, 0)
    size = translate(feature.of, machine.scene(values))
    assert isinstance(size, Count)
    return size.number


def _weights(count: int, demands: Sequence[Sequence[tuple[int, ...]]]) -> list[int] | None:
    """Whole numbers, none negative and small, with which each demand has a row that falls."""
    weights = [z3.Int(f"weight{number}") for number in range(count)]
    useful = {
        place for rows in demands for row in rows for place, change in enumerate(row) if change < 0
    }
    for largest in (1, 2, 4, 8, 16, 64, 1024):
        solver = z3.SolverFor("QF_LIA")
        solver.set("timeout", 5_000)
        for place, weight in enumerate(weights):
            solver.add(weight >= 0, weight <= (largest if place in useful else 0))
        for rows in demands:
            falls = [
                total(n * w for n, w in zip(row, weights, strict=True) if n) <= -1 for row in rows
            ]
            solver.add(boolean(disj(falls)))
        best: list[int] | None = None
        while check(solver) == z3.sat:
            model = solver.model()
            best = [model.eval(w, model_completion=True).as_long() for w in weights]
            solver.add(z3.Sum(weights) < sum(best))
        if best is not None:
            return best
    return None

"""Proofs that there is no log on which two specifications differ.

First, find the parts that are equal on both sides: assume it of all candidates, and drop those for
which Z3 finds an event, accepted by both, that does not keep them equal. Then, for each event that
may be decided differently, ask Z3 for a configuration in which one side accepts it and the other
does not. If Z3 finds one, lemmas that hold in every reachable pair of configurations (Houdini) may
show that it is unreachable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import z3

from flux_conform.diff.alike import comparable_parts, decides_alike
from flux_conform.diff.joint import JointMachine, JointStep
from flux_conform.diff.merged import second, twins
from flux_conform.diff.product import FIRST_ONLY, SECOND_ONLY, STATES, ProductSearch
from flux_conform.diff.scope import Scope
from flux_conform.language.expressions import Binary, Constant, Name, Node, show
from flux_conform.machine.constants import Constants
from flux_conform.machine.evaluate import compile_expression
from flux_conform.machine.interning import STATE
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, boolean, neg, same
from flux_conform.prove.ask import check
from flux_conform.prove.invariant import Induction
from flux_conform.prove.lemmas import (
    Atom,
    Fact,
    Formula,
    Lemma,
    Samples,
    Within,
    atoms,
    candidates,
    symbol,
)

MOST_PAIRS = 3000
"""Number of pairs that suggest lemmas; Houdini drops those that hold of these alone."""


class Proof(NamedTuple):
    """Whether it is proved that there is no such log, and what the proof uses or why it failed."""

    proved: bool
    because: tuple[str, ...]


def prove(scope: Scope, search: ProductSearch, wanted: Sequence[str]) -> dict[str, Proof]:
    """Return for each direction a proof that no log differs in it, or why there is none."""
    reason = _outside(scope)
    if reason is not None:
        return dict.fromkeys(wanted, Proof(False, (reason,)))
    if not scope.relevant:
        alike = "all that decides is written alike on both sides"
        return dict.fromkeys(wanted, Proof(True, (alike,)))
    try:
        return _Prover(scope, _joined(scope), search).answers(wanted)
    except Untranslatable as error:
        reason = f"the proofs cannot speak of it: {error}"
        return dict.fromkeys(wanted, Proof(False, (reason,)))


def _outside(scope: Scope) -> str | None:
    """Return why logs may differ for a reason that is not an event of a specification."""
    sides = (scope.one, scope.two)
    one, two = (
        {rule.check for rule in side.specification.lines if rule.level in side.levels}
        for side in sides
    )
    if one != two:
        return "the rules of the log's lines differ: " + ", ".join(sorted(one ^ two))
    if scope.relevant and "context" not in one:
        return "an event's context need be no object"
    if scope.relevant and not all("context" in side.counted for side in sides):
        return "events whose keys are faulty are accepted"
    return None


def _joined(scope: Scope) -> JointMachine:
    """Return both machines as one, in which the parts that Z3 can show equal are shared."""
    shared = frozenset(comparable_parts(scope.one, scope.two) & scope.parts)
    while True:
        machine = JointMachine(scope, shared)
        solver = _solver(machine)
        split = {
            part
            for step in machine.joint_steps
            for part, alike in step.alike
            if not _never(solver, [step.possible, *step.accepts, neg(alike)])
        }
        if not split:
            return machine
        shared -= split


def _solver(machine: JointMachine) -> z3.Solver:
    solver = z3.SolverFor("QF_LIA")
    for item in machine.components.values():
        if item.kind == "count":
            solver.add(item.before >= 0)
    return solver


def _never(solver: z3.Solver, claims: Sequence[Truth]) -> bool:
    """Return whether the claims cannot hold together; unknown counts as no."""
    if any(claim is False for claim in claims):
        return True
    return bool(check(solver, [boolean(claim) for claim in claims]) == z3.unsat)


class _Goal(NamedTuple):
    """Claims about one step that must never hold together, in one direction."""

    direction: str
    step: JointStep
    claims: tuple[Truth, ...]


class _Prover:
    def __init__(self, scope: Scope, machine: JointMachine, search: ProductSearch) -> None:
        self._scope = scope
        self._machine = machine
        self._search = search

    def answers(self, wanted: Sequence[str]) -> dict[str, Proof]:
        """Return the answer for each direction."""
        solver = _solver(self._machine)
        goals = [goal for goal in self._goals(wanted) if not _never(solver, goal.claims)]
        lemmas: dict[str, list[str]] = {direction: [] for direction in wanted}
        induction = Induction(self._machine) if goals else None
        for among in self._tiers():
            if induction is None or not goals:
                break
            suggested = candidates(among, _SamplePairs(self._search, among))
            invariant = induction.houdini(suggested)
            rest = []
            needed: dict[str, dict[Lemma, None]] = {}
            for goal in goals:
                found = induction.refutes(invariant, goal.claims)
                if found is None:
                    rest.append(goal)
                else:
                    needed.setdefault(goal.direction, {}).update(dict.fromkeys(found[0]))
            for direction, used in needed.items():
                lemmas[direction] += induction.core(invariant, used).texts
            goals = rest
        equal = ", ".join(sorted(self._machine.shared))
        answers = {}
        for direction in wanted:
            names = dict.fromkeys(g.step.pair.label for g in goals if g.direction == direction)
            if names:
                reason = "no proof was found for " + ", ".join(names) + _loosely(self._machine)
                answers[direction] = Proof(False, (reason,))
            else:
                because = [f"equal on both sides: {equal}"] if equal else []
                answers[direction] = Proof(True, (*because, *dict.fromkeys(lemmas[direction])))
        return answers

    def _goals(self, wanted: Sequence[str]) -> list[_Goal]:
        goals = []
        machine = self._machine
        other = second(STATE, machine.shared)
        for step in machine.joint_steps:
            one, two = step.accepts
            if not decides_alike(*machine.sides, step.pair, machine.shared):
                if FIRST_ONLY in wanted:
                    goals.append(_Goal(FIRST_ONLY, step, (step.possible, one, neg(two))))
                if SECOND_ONLY in wanted:
                    goals.append(_Goal(SECOND_ONLY, step, (step.possible, two, neg(one))))
            if STATES in wanted and STATE not in machine.shared:
                apart = neg(same(step.after[STATE], step.after[other]))
                goals.append(_Goal(STATES, step, (step.possible, one, two, apart)))
        return goals

    # Lemmas

    def _tiers(self) -> Iterator[list[Atom]]:
        """Yield the atoms of lemmas: first those that relate the two sides, then all."""
        machine = self._machine
        plain = list(atoms(machine, Constants(machine.slice)))
        said: list[Node] = []
        if STATE not in machine.shared:
            other = Name(second(STATE, machine.shared))
            said.append(Binary("==", Name(STATE), other))
            states = self._scope.two.specification.states
            said += [Binary("==", other, Constant(state.name)) for state in states]
        for one, two in twins(machine.slice.variables, machine.shared):
            said.append(Binary("==", one, two))
            # Members that the specifications name may be equal even if the whole is not.
            for group in machine.groups:
                for text in map(Constant, group.literals if one.name in group.names else ()):
                    said.append(Binary("==", Binary("in", text, one), Binary("in", text, two)))
        tied = [atom for tree in said if self._is_said(atom := Atom(show(tree), tree))]
        plain = [atom for atom in plain if self._is_said(atom)]
        yield [atom for atom in plain if atom.state is not None] + tied
        yield plain + tied

    def _is_said(self, atom: Atom) -> bool:
        values = self._machine.values_before
        try:
            symbol(atom, self._machine, values)
        except Untranslatable:
            return False
        return True


def _loosely(machine: JointMachine) -> str:
    if not machine.loose:
        return ""
    return "; what ties " + ", ".join(machine.loose) + " together is lost to the proofs"


class _SamplePairs(Samples):
    """For each literal, the explored pairs in which it holds, as bits."""

    def __init__(self, search: ProductSearch, among: Sequence[Atom]) -> None:
        moments = [search.moment(both) for both in search.pairs[:MOST_PAIRS]]
        self.all = (1 << len(moments)) - 1
        self._bits = {}
        for atom in among:
            condition = atom.condition
            if isinstance(condition, Fact | Formula):
                continue
            if isinstance(condition, Within):
                inner, outer = condition.inner, condition.outer
                held = [all(x in m.values[outer] for x in m.values[inner]) for m in moments]
            else:
                held = list(map(compile_expression(condition, {}), moments))
            self._bits[atom] = int("".join("1" if bit else "0" for bit in reversed(held)), 2)

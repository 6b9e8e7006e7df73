"""Proofs that there is no log at all on which two specifications differ.

First the parts that are equal on both sides are found: assumed of all that can be, and given up
where Z3 finds an event, accepted by both, that does not keep them equal. Then for each event that
may be decided differently Z3 is asked for a configuration in which one side accepts it and the
other does not; where there seems to be one, lemmas that hold in every pair of configurations that
logs come to (Houdini) may show that none comes there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import z3

from flux_conform.diff.alike import comparable_parts
from flux_conform.diff.joint import JointMachine, JointStep
from flux_conform.diff.merged import second, twins
from flux_conform.diff.product import FIRST_ONLY, SECOND_ONLY, STATES, ProductSearch
from flux_conform.diff.scope import Scope
from flux_conform.diff.side import STATE
from flux_conform.language.expressions import Binary, Constant, Name, Node, show
from flux_conform.machine.constants import Constants
from flux_conform.machine.evaluate import compile_expression
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, boolean, neg, same
from flux_conform.prove.ask import check
from flux_conform.prove.invariant import Induction
from flux_conform.prove.lemmas import (
    Atom,
    Fact,
    Formula,
    Lemma,
    Seen,
    Within,
    atoms,
    candidates,
    symbol,
)

MOST_PAIRS = 3000
"""So many pairs suggest lemmas; those that hold of these alone Houdini drops."""


class Proved(NamedTuple):
    """There is no such log. `because` tells what the proof rests on, lemmas for instance."""

    because: tuple[str, ...]


class Undecided(NamedTuple):
    """Neither a log nor a proof was found."""

    reason: str


Answer = Proved | Undecided


def prove(scope: Scope, walk: ProductSearch, wanted: Iterable[str]) -> dict[str, Answer]:
    """For each direction a proof that no log differs in it, or why there is none."""
    wanted = list(wanted)
    reason = _outside(scope)
    if reason is not None:
        return dict.fromkeys(wanted, Undecided(reason))
    if not scope.relevant:
        told = "all that decides is written alike on both sides"
        return dict.fromkeys(wanted, Proved((told,)))
    try:
        machine = _joined(scope)
        return _Prover(scope, machine, walk).answers(wanted)
    except Untranslatable as error:
        return dict.fromkeys(wanted, Undecided(f"the proofs cannot speak of it: {error}"))


def _outside(scope: Scope) -> str | None:
    """Why logs differ, or may, that no event of a specification tells of."""
    counted = []
    for side in (scope.one, scope.two):
        rules = side.specification.lines
        counted.append({rule.check for rule in rules if rule.level in side.levels})
    if counted[0] != counted[1]:
        return "the rules of the log's lines differ: " + ", ".join(sorted(counted[0] ^ counted[1]))
    if scope.relevant and "context" not in counted[0]:
        return "an event's context need be no object"
    if scope.relevant and not all("context" in side.counted for side in (scope.one, scope.two)):
        return "events whose keys are faulty are accepted"
    return None


def _joined(scope: Scope) -> JointMachine:
    """Both machines as one, with as many parts shared as Z3 can show equal."""
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
    """Whether the claims cannot hold together; not being told counts as no."""
    if any(claim is False for claim in claims):
        return True
    return bool(check(solver, [boolean(claim) for claim in claims]) == z3.unsat)


class _Goal(NamedTuple):
    """What must never be: claims of one step, in one direction."""

    direction: str
    step: JointStep
    claims: tuple[Truth, ...]


class _Prover:
    def __init__(self, scope: Scope, machine: JointMachine, walk: ProductSearch) -> None:
        self._scope = scope
        self._machine = machine
        self._walk = walk

    def answers(self, wanted: Sequence[str]) -> dict[str, Answer]:
        """The answer for each direction."""
        solver = _solver(self._machine)
        goals = [goal for goal in self._goals(wanted) if not _never(solver, goal.claims)]
        lemmas: dict[str, list[str]] = {direction: [] for direction in wanted}
        induction = Induction(self._machine) if goals else None
        for among in self._tiers():
            if induction is None or not goals:
                break
            suggested = candidates(among, _SeenPairs(self._walk, among))
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
        equal = sorted(self._machine.shared)
        answers: dict[str, Answer] = {}
        for direction in wanted:
            names = dict.fromkeys(g.step.pair.label for g in goals if g.direction == direction)
            if names:
                answers[direction] = Undecided(
                    "no proof was found for " + ", ".join(names) + _loosely(self._machine)
                )
            else:
                because = [f"equal on both sides: {', '.join(equal)}"] if equal else []
                because += dict.fromkeys(lemmas[direction])
                answers[direction] = Proved(tuple(because))
        return answers

    def _goals(self, wanted: Sequence[str]) -> list[_Goal]:
        goals = []
        machine = self._machine
        other = second(STATE, machine.shared)
        for step in machine.joint_steps:
            one, two = step.accepts
            if not machine.decided_alike(step):
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
        """The atoms of lemmas: first those that tie the two sides together, then all."""
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
            # Members that the specifications name may be equal where the whole is not.
            for group in machine.groups:
                for text in map(Constant, group.literals if one.name in group.names else ()):
                    held = Binary("in", text, one), Binary("in", text, two)
                    said.append(Binary("==", *held))
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


class _SeenPairs(Seen):
    """For each literal, the pairs that the search came to in which it holds, as bits."""

    def __init__(self, walk: ProductSearch, among: Sequence[Atom]) -> None:
        moments = [walk.moment(both) for both in walk.pairs[:MOST_PAIRS]]
        self.all = (1 << len(moments)) - 1
        self._bits = {}
        for atom in among:
            condition = atom.condition
            marks = bytearray()
            if isinstance(condition, Fact | Formula):
                continue
            if isinstance(condition, Within):
                for moment in moments:
                    large = moment.values[condition.outer]
                    marks.append(all(x in large for x in moment.values[condition.inner]))
            else:
                holds = compile_expression(condition, {})
                marks.extend(bool(holds(moment)) for moment in moments)
            text = "".join("1" if mark else "0" for mark in reversed(marks))
            self._bits[atom] = int(text, 2)

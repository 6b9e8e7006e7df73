"""Inductive invariants: lemmas that hold at the start and that no step can break.

Houdini: of the candidates, those that some step breaks are dropped until no step breaks any. What
remains is the largest inductive subset. It holds in every configuration that a run can come to,
whatever its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import z3

from flux_conform.model.prove.encode import Step, SymbolicMachine
from flux_conform.model.prove.lemmas import Atom, Lemma, facts, formula, symbol
from flux_conform.model.prove.logic import boolean

TIMEOUT = 10_000
"""Milliseconds for one question to Z3; a question that takes longer is not answered."""


class Known(NamedTuple):
    """A lemma with its formula, and the components that the formula reads."""

    lemma: Lemma
    formula: Any
    reads: frozenset[str]


class Invariant(NamedTuple):
    """Lemmas that are inductive together."""

    lemmas: tuple[Known, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The lemmas as expressions, facts of the encoding left out."""
        return tuple(known.lemma.text for known in self.lemmas if known.lemma.literals)


class Induction:
    """The inductive reasoning about one machine; Z3's solver is kept between questions."""

    def __init__(self, machine: SymbolicMachine, atoms: Sequence[Atom]) -> None:
        self.machine = machine
        self.symbols = {atom: symbol(atom, machine, machine.before) for atom in atoms}
        self._names = {str(item.before): name for name, item in machine.components.items()}
        self._facts = [self._known(lemma, boolean(claim)) for lemma, claim in facts(machine)]
        self._distinct = _distinct(machine)

    def known(self, lemma: Lemma) -> Known:
        """A lemma with its formula."""
        return self._known(lemma, formula(lemma, self.symbols))

    def claim(self, text: str, claim: Any) -> Known:
        """A claim that is no lemma of atoms, with its formula."""
        return self._known(Lemma((), text), boolean(claim))

    def _known(self, lemma: Lemma, claim: Any) -> Known:
        return Known(lemma, claim, frozenset(_constants(claim, self._names)))

    def houdini(
        self, candidates: Iterable[Known], start: Sequence[Any] | None = None
    ) -> Invariant:
        """The largest inductive subset of the candidates and the facts of the encoding.

        `start` says where runs begin; by default before the first event.
        """
        active = [*self._facts, *candidates]
        active = _holding(active, self.machine.start() if start is None else start)
        solver = z3.SolverFor("QF_LIA")
        solver.set("timeout", TIMEOUT)
        switches = {id(known): z3.Bool(f"use{number}") for number, known in enumerate(active)}
        for known in active:
            solver.add(z3.Implies(switches[id(known)], known.formula))
        changed = True
        while changed:
            changed = False
            for step in self._distinct:
                count = len(active)
                active = self._kept(solver, step, active, switches)
                changed |= len(active) != count
        return Invariant(tuple(active))

    def _kept(
        self, solver: Any, step: Step, active: list[Known], switches: dict[int, Any]
    ) -> list[Known]:
        """The lemmas that the step cannot break, given all that are active."""
        touched = [known for known in active if known.reads & step.after.keys()]
        if not touched:
            return active
        solver.push()
        solver.add(boolean(step.legal))
        pairs = _substitution(self.machine, step)
        broken = {}
        for number, known in enumerate(touched):
            broken[id(known)] = z3.Bool(f"broken{number}")
            after = z3.substitute(known.formula, pairs)
            solver.add(z3.Implies(broken[id(known)], z3.Not(after)))
        while touched:
            solver.push()
            solver.add(z3.Or([broken[id(known)] for known in touched]))
            answer = solver.check([switches[id(known)] for known in active])
            if answer == z3.sat:
                model = solver.model()
                lost = {
                    id(known)
                    for known in touched
                    if not z3.is_true(
                        model.eval(z3.substitute(known.formula, pairs), model_completion=True)
                    )
                }
            else:
                lost = set() if answer == z3.unsat else {id(known) for known in touched}
            solver.pop()
            if not lost:
                break
            touched = [known for known in touched if id(known) not in lost]
            active = [known for known in active if id(known) not in lost]
        solver.pop()
        return active

    def refutes(self, invariant: Invariant, claims: Sequence[Any]) -> list[Known] | None:
        """The lemmas with which the claims cannot all hold; None where they can, or nobody knows."""
        solver = z3.SolverFor("QF_LIA")
        solver.set("timeout", TIMEOUT)
        for claim in claims:
            solver.add(boolean(claim))
        switches = [z3.Bool(f"use{number}") for number in range(len(invariant.lemmas))]
        for switch, known in zip(switches, invariant.lemmas, strict=True):
            solver.add(z3.Implies(switch, known.formula))
        if solver.check(switches) != z3.unsat:
            return None
        core = {str(part) for part in solver.unsat_core()}
        return [
            known
            for switch, known in zip(switches, invariant.lemmas, strict=True)
            if str(switch) in core
        ]

    def closed(self, invariant: Invariant, needed: Iterable[Known]) -> Invariant:
        """The few lemmas of an invariant that keep the needed ones, and each other, inductive."""
        kept = {id(known): known for known in needed}
        pending = list(kept.values())
        while pending:
            goal = pending.pop()
            for step in self._distinct:
                if not goal.reads & step.after.keys():
                    continue
                after = z3.substitute(goal.formula, _substitution(self.machine, step))
                used = self.refutes(
                    # The lemma itself first: the core then names fewer others.
                    Invariant((goal, *kept.values(), *invariant.lemmas)),
                    [step.legal, z3.Not(after)],
                )
                assert used is not None, "an invariant is inductive"
                for known in used:
                    if id(known) not in kept:
                        kept[id(known)] = known
                        pending.append(known)
        return Invariant(tuple(known for known in invariant.lemmas if id(known) in kept))


def _holding(lemmas: Iterable[Known], start: Sequence[Any]) -> list[Known]:
    solver = z3.SolverFor("QF_LIA")
    solver.add(list(start))
    if solver.check() != z3.sat:
        return []
    # The start is one configuration, so its model decides.
    model = solver.model()
    return [
        known
        for known in lemmas
        if z3.is_true(model.eval(known.formula, model_completion=True))
    ]


def _substitution(machine: SymbolicMachine, step: Step) -> list[tuple[Any, Any]]:
    pairs = []
    for name, value in step.after.items():
        before = machine.components[name].before
        if isinstance(value, bool):
            value = z3.BoolVal(value)
        elif isinstance(value, int):
            value = z3.IntVal(value)
        pairs.append((before, value))
    return pairs


def _constants(term: Any, names: dict[str, str]) -> set[str]:
    found: set[str] = set()
    done: set[int] = set()
    pending = [term]
    while pending:
        part = pending.pop()
        if part.get_id() in done:
            continue
        done.add(part.get_id())
        if z3.is_const(part):
            name = names.get(str(part)) if part.decl().kind() == z3.Z3_OP_UNINTERPRETED else None
            if name is not None:
                found.add(name)
        else:
            pending.extend(part.children())
    return found


def _distinct(machine: SymbolicMachine) -> list[Step]:
    """The steps of a machine that some run can take; of those that do the same, one."""
    known: set[str] = set()
    kept = []
    for step in machine.steps:
        legal = boolean(step.legal)
        if z3.is_false(legal):
            continue
        after = sorted((name, str(value)) for name, value in step.after.items())
        signature = f"{legal.sexpr()} {after}"
        if signature not in known:
            known.add(signature)
            kept.append(step)
    return kept

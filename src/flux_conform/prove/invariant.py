"""Inductive invariants: lemmas that hold at the start and that no step can break.

Houdini: of the candidates, those that some step breaks are dropped until no step breaks any. What
remains is the largest inductive subset. It holds in every reachable configuration, for runs
of any length.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar

import z3

from flux_conform.machine.symbolic.logic import (
    Truth,
    any_of,
    boolean,
    conj,
    constants_in,
    equals,
    neg,
    negated,
)
from flux_conform.machine.symbolic.step import Stepping, SymbolicStep
from flux_conform.prove.ask import apart, assert_all, check
from flux_conform.prove.lemmas import Atom, Lemma, Literal, facts, symbol


class Invariant(NamedTuple):
    """Lemmas that are inductive together; `uses` are the rules without which they are not."""

    lemmas: tuple[Lemma, ...]
    uses: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The lemmas as expressions, facts of the encoding left out."""
        return tuple(lemma.text for lemma in self.lemmas if not lemma.is_fact)


class _Effect(NamedTuple):
    """A step as the lemmas see it: the atoms that it can change, with their truth after it."""

    step: SymbolicStep
    after: dict[Atom, Truth]


M = TypeVar("M", bound=Stepping)


class Induction(Generic[M]):
    """The inductive reasoning about one machine; one solver is kept for all questions.

    Atoms have a Z3 constant each for before and after a step, and lemmas are clauses over these,
    so that a step says once for each atom what becomes of it, and not for each lemma.
    """

    def __init__(self, machine: M, without: Sequence[str] = ()) -> None:
        """Prepare; no step is of an event in `without`."""
        self.machine = machine
        self.steps = [step for step in machine.steps if step.event not in without]
        self._solver = z3.SolverFor("QF_LIA")
        self._values = machine.values_before
        self._components = {
            place: name for name, term in self._values.items() for place in constants_in(term)
        }
        self._before: dict[Atom, Any] = {}
        self._after: dict[Atom, Any] = {}
        self._frame: dict[Atom, Any] = {}
        self._effects = [_Effect(step, {}) for step in _distinct(self.steps)]
        self._held: dict[Lemma, Any] = {}
        self._broken: dict[Lemma, Any] = {}
        self._rules: dict[str, Any] = {}
        self.facts = [Lemma((Literal(atom, True),)) for atom in facts(machine)]

    # Lemmas

    def houdini(self, candidates: Iterable[Lemma], start: Sequence[Any] | None = None) -> Invariant:
        """The largest inductive subset of the candidates and the facts of the encoding.

        `start` describes the configurations where runs begin; by default, before any event.
        """
        active = self._holding([*self.facts, *candidates], start)
        self._solver.set("core.minimize", False)
        changed = True
        while changed:
            changed = False
            for effect in self._effects:
                count = len(active)
                active = self._kept(effect, active)
                changed |= len(active) != count
        # From here on cores are asked for, and few lemmas are easier to read than many.
        self._solver.set("core.minimize", True)
        return Invariant(tuple(active))

    def _kept(self, effect: _Effect, active: list[Lemma]) -> list[Lemma]:
        """The lemmas that the step cannot break, given all that are active."""
        touched = [lemma for lemma in active if self._touches(effect, lemma)]
        while touched:
            with self._at(effect) as frame:
                assert_all(self._solver, any_of([self._broken[lemma] for lemma in touched]))
                answer = check(self._solver, [*frame, *(self._held[lemma] for lemma in active)])
                if answer == z3.unsat:
                    break
                lost = set(touched)
                if answer == z3.sat:
                    true = self._true(self._after)
                    lost = {lemma for lemma in touched if not _holds(lemma, true)}
            touched = [lemma for lemma in touched if lemma not in lost]
            active = [lemma for lemma in active if lemma not in lost]
        return active

    def _true(self, places: Mapping[Atom, Any]) -> set[Atom]:
        """The atoms that are true, in the solver's model, at one of the two places."""
        model = self._solver.model()
        return {
            atom
            for atom, place in places.items()
            if z3.is_true(model.eval(place, model_completion=True))
        }

    def _touches(self, effect: _Effect, lemma: Lemma) -> bool:
        return any(literal.atom in effect.after for literal in lemma.literals)

    def _holding(self, lemmas: list[Lemma], start: Sequence[Any] | None) -> list[Lemma]:
        """The lemmas that hold wherever runs begin."""
        for lemma in lemmas:
            self._register(lemma)
        given = self.machine.start() if start is None else start
        kept: list[Lemma] = []
        with apart(self._solver):
            assert_all(self._solver, *map(boolean, given))
            if check(self._solver) == z3.sat:
                # What does not hold in one such configuration goes at once; it is most of them.
                true = self._true(self._before)
                kept = [lemma for lemma in lemmas if _holds(lemma, true)]
        if start is None:
            return kept  # before any event there is one configuration alone
        wrong = [
            conj(_signed(self._before[x.atom], not x.holds) for x in lemma.literals)
            for lemma in kept
        ]
        holds = self._entailed(given, (), wrong)
        return [lemma for lemma, held in zip(kept, holds, strict=True) if held]

    def _register(self, lemma: Lemma) -> None:
        """Make the lemma known to the solver: a switch that asserts it, and one that breaks it."""
        if lemma in self._held:
            return
        for literal in lemma.literals:
            self._register_atom(literal.atom)
        number = len(self._held)
        held, broken = z3.Bool(f"held{number}"), z3.Bool(f"broken{number}")
        self._held[lemma], self._broken[lemma] = held, broken
        before = [_signed(self._before[x.atom], x.holds) for x in lemma.literals]
        assert_all(self._solver, any_of([negated(held), *before]))
        for literal in lemma.literals:
            after = _signed(self._after[literal.atom], not literal.holds)
            assert_all(self._solver, any_of([negated(broken), after]))

    def _switches(self, invariant: Invariant) -> list[Any]:
        """The switches that assert the lemmas of an invariant."""
        for lemma in invariant.lemmas:
            self._register(lemma)
        return [self._held[lemma] for lemma in invariant.lemmas]

    def _register_atom(self, atom: Atom) -> None:
        if atom in self._before:
            return
        number = len(self._before)
        self._before[atom] = z3.Bool(f"atom{number}")
        self._after[atom] = z3.Bool(f"atom{number}'")
        before = symbol(atom, self.machine, self._values)
        self._frame[atom] = z3.Bool(f"same{number}")
        assert_all(
            self._solver,
            equals(self._before[atom], boolean(before)),
            any_of([negated(self._frame[atom]), equals(self._after[atom], self._before[atom])]),
        )
        read = constants_in(before)
        alone = read <= self._components.keys()
        for effect in self._effects:
            if alone and not any(self._components[each] in effect.step.after for each in read):
                continue  # the step changes nothing that the atom reads
            after = symbol(atom, self.machine, {**self._values, **effect.step.after})
            if isinstance(after, bool) or isinstance(before, bool) or not after.eq(before):
                effect.after[atom] = after

    @contextmanager
    def _at(self, effect: _Effect) -> Iterator[list[Any]]:
        """The solver with the step taken, obeying all rules.

        It gives the switches for the atoms that are left as they were.
        """
        with self._taken(effect) as frame:
            assert_all(self._solver, boolean(effect.step.legal))
            yield frame

    @contextmanager
    def _by_rules(self, effect: _Effect) -> Iterator[list[Any]]:
        """As `_at`, but each rule is obeyed only where its own switch is on."""
        step = effect.step
        with self._taken(effect) as frame:
            assert_all(self._solver, boolean(step.possible), boolean(step.allowed))
            for rule, truth in step.rules:
                switch = self._rules.setdefault(rule, z3.Bool(f"rule {rule}"))
                assert_all(self._solver, any_of([negated(switch), boolean(truth)]))
            yield frame

    @contextmanager
    def _taken(self, effect: _Effect) -> Iterator[list[Any]]:
        with apart(self._solver):
            for atom, after in effect.after.items():
                assert_all(self._solver, equals(self._after[atom], boolean(after)))
            yield [switch for atom, switch in self._frame.items() if atom not in effect.after]

    # Questions

    def refutes(
        self, invariant: Invariant, claims: Sequence[Truth]
    ) -> tuple[tuple[Lemma, ...], tuple[int, ...]] | None:
        """Why the claims cannot all hold: the lemmas, and the places of the claims, that say so.

        None where they can, or where Z3 gives up.
        """
        held = self._switches(invariant)
        switches = [z3.Bool(f"claim{number}") for number in range(len(claims))]
        with apart(self._solver):
            for switch, claim in zip(switches, claims, strict=True):
                assert_all(self._solver, any_of([negated(switch), boolean(claim)]))
            answer = check(self._solver, [*switches, *held])
            core = self._core() if answer == z3.unsat else set()
        if answer != z3.unsat:
            return None
        return (
            tuple(lemma for lemma in invariant.lemmas if self._held[lemma].get_id() in core),
            tuple(n for n, switch in enumerate(switches) if switch.get_id() in core),
        )

    def bars(
        self, invariant: Invariant, step: SymbolicStep, claims: Sequence[Truth]
    ) -> tuple[tuple[Lemma, ...], tuple[str, ...]] | None:
        """Why a run cannot take a step where the claims hold: lemmas, and rules that it obeys.

        A rule is not among them where the others and the lemmas do without it. None where the
        step can be taken, or where Z3 gives up.
        """
        fixed = [step.possible, step.allowed, *claims]
        rules = list(step.rules)
        reasons = self.refutes(invariant, [*fixed, *(truth for _, truth in rules)])
        if reasons is None:
            return None
        rules = [rule for n, rule in enumerate(rules, len(fixed)) if n in reasons[1]]
        for rule in list(rules):
            rest = [other for other in rules if other is not rule]
            fewer = self.refutes(invariant, [*fixed, *(truth for _, truth in rest)])
            if fewer is not None:
                rules, reasons = rest, fewer
        return reasons[0], tuple(name for name, _ in rules)

    def _core(self) -> set[int]:
        return {part.get_id() for part in self._solver.unsat_core()}

    def entailed(
        self, invariant: Invariant, given: Sequence[Truth], claims: Sequence[Truth]
    ) -> list[bool]:
        """For each claim whether it is proved wherever the invariant and all that is given hold.

        False is no answer: the claim does not hold somewhere there, or Z3 gives up.
        """
        return self._entailed(given, self._switches(invariant), [neg(claim) for claim in claims])

    def _entailed(
        self, given: Sequence[Truth], held: Sequence[Any], wrong: Sequence[Truth]
    ) -> list[bool]:
        """For each place whether what would be wrong there is excluded; all are asked at once."""
        switches = [z3.Bool(f"wrong{number}") for number in range(len(wrong))]
        open_ = list(range(len(wrong)))
        with apart(self._solver):
            assert_all(self._solver, *map(boolean, given))
            for switch, truth in zip(switches, wrong, strict=True):
                assert_all(self._solver, any_of([negated(switch), boolean(truth)]))
            while open_:
                with apart(self._solver):
                    assert_all(self._solver, any_of([switches[number] for number in open_]))
                    answer = check(self._solver, held)
                    model = self._solver.model() if answer == z3.sat else None
                if answer == z3.unsat:
                    break
                shown = {
                    number
                    for number in open_
                    if model is None or z3.is_true(model.eval(boolean(wrong[number]), True))
                }
                open_ = [number for number in open_ if number not in shown] if shown else []
        excluded = set(open_)
        return [number in excluded for number in range(len(wrong))]

    def model(self, invariant: Invariant, claims: Sequence[Truth]) -> Any:
        """A configuration, as a Z3 model, of the invariant in which the claims hold; or None."""
        held = self._switches(invariant)
        with apart(self._solver):
            assert_all(self._solver, *map(boolean, claims))
            answer = check(self._solver, held)
            return self._solver.model() if answer == z3.sat else None

    def core(self, invariant: Invariant, needed: Iterable[Lemma]) -> Invariant:
        """The few lemmas of an invariant that keep the needed ones, and each other, inductive.

        This is also a second proof: every lemma that it gives is asked for anew. Of its reasons
        lemmas are preferred to rules: what holds without a rule is not said to need it.
        """
        kept = dict.fromkeys(needed)
        uses: set[str] = set()
        fresh = list(kept)
        self._solver.set("core.minimize", True)
        while fresh:
            found: list[Lemma] = []
            for effect in self._effects:
                goals = [lemma for lemma in fresh if self._touches(effect, lemma)]
                if not goals:
                    continue
                reasons = self._reasons(effect, goals, list(kept), invariant.lemmas)
                if reasons is None:
                    every = dict.fromkeys(rule for e in self._effects for rule, _ in e.step.rules)
                    return Invariant(invariant.lemmas, tuple(every))
                found += reasons[0]
                uses.update(reasons[1])
            fresh = [lemma for lemma in dict.fromkeys(found) if lemma not in kept]
            kept.update(dict.fromkeys(fresh))
        return Invariant(
            tuple(lemma for lemma in invariant.lemmas if lemma in kept),
            tuple(rule for rule in self._rules if rule in uses),
        )

    def _reasons(
        self,
        effect: _Effect,
        goals: Sequence[Lemma],
        kept: Sequence[Lemma],
        lemmas: Sequence[Lemma],
    ) -> tuple[list[Lemma], list[str]] | None:
        """The lemmas and rules by which a step keeps the goals; None where Z3 gives up."""
        rules = [rule for rule, _ in effect.step.rules]
        with self._by_rules(effect) as frame:
            assert_all(self._solver, any_of([self._broken[lemma] for lemma in goals]))

            def asked(lemmas: Sequence[Lemma], rules: Sequence[str]) -> Any:
                held = [self._held[lemma] for lemma in lemmas]
                return check(self._solver, [*frame, *held, *(self._rules[x] for x in rules)])

            if asked(kept, ()) == z3.unsat:
                return [], []
            for rule in list(rules):
                rest = [other for other in rules if other != rule]
                if asked(lemmas, rest) == z3.unsat:
                    rules = rest
            answer = asked(lemmas, rules)
            if answer == z3.unknown:
                return None
            if answer != z3.unsat:
                raise AssertionError("an invariant is inductive")
            core = self._core()
        return [lemma for lemma in lemmas if self._held[lemma].get_id() in core], rules


def _holds(lemma: Lemma, true: Container[Atom]) -> bool:
    return any((literal.atom in true) == literal.holds for literal in lemma.literals)


def _signed(term: Any, holds: bool) -> Any:
    return term if holds else negated(term)


def _distinct(steps: Iterable[SymbolicStep]) -> list[SymbolicStep]:
    """The steps, but for those that nothing allows; of those that do the same, one.

    A step that only a rule forbids is kept, so that a proof which needs the rule names it.
    """
    known: set[tuple[object, ...]] = set()
    kept = []
    for step in steps:
        if step.possible is False or step.allowed is False:
            continue
        legal = boolean(step.legal)
        after = [
            (name, value, None) if isinstance(value, bool | int) else (name, None, value.get_id())
            for name, value in step.after.items()
        ]
        # Steps under different rules are different: proofs say which rules they use.
        signature = (legal.get_id(), tuple(rule for rule, _ in step.rules), *after)
        if signature not in known:
            known.add(signature)
            kept.append(step)
    return kept

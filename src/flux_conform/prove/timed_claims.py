"""Claims that ask for times: that before an event something about times never holds.

Times are reals. They never go back where the runs obey the rule of the log's lines that says so.
What is known of them besides are bounds on how far one is from another, found as the largest
inductive set (Houdini) of those that the durations in rules and claims suggest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import permutations
from typing import Any, NamedTuple

import z3

from flux_conform.language.durations import decimal_of, seconds
from flux_conform.language.expressions import SINCE, About, Duration, Node, expand, walk
from flux_conform.language.specification import ANY_EVENT, Property, Rule, State
from flux_conform.machine.configuration import Step
from flux_conform.machine.evaluate import Unreadable
from flux_conform.machine.event_times import asked_times
from flux_conform.machine.slice import assumed, has_sound_contexts
from flux_conform.machine.step import Machine
from flux_conform.machine.symbolic.configurations import STARTED, STATE
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, boolean, conj, disj, neg, same
from flux_conform.machine.symbolic.step import SymbolicStep
from flux_conform.prove.ask import apart, check
from flux_conform.prove.lemmas import Lemma, symbol
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown
from flux_conform.prove.prover import Prover
from flux_conform.prove.timed_exercise import Trials, run
from flux_conform.prove.timed_runs import TimedRules, Unsolvable, has_effect
from flux_conform.prove.timed_terms import FIRST, LAST, TimedScene
from flux_conform.prove.witnesses import Run

MOST_BOUNDS = 12
"""Number of different distances that bounds are tried with, the shortest first."""

NOT_CERTIFIED = "no certificate: the verifier knows no times"


def decide(prover: Prover, claim: Property) -> Shown:
    """Whether the claim holds in every run; refuted by a log with times, proved by an invariant."""
    try:
        proof = _Induction(prover, claim)
        if proof.is_vacuous():
            summary = "no such event comes"
            return Shown(PROVED, summary, (NOT_CERTIFIED,), vacuous=True)
        lemmas = proof.proved()
    except Untranslatable as error:
        lemmas, why = None, f"the proofs cannot speak of it: {error}"
    else:
        why = "no bounds on times were found that imply it"
    if lemmas is not None:
        summary = "holds wherever the event may come"
        return Shown(PROVED, summary, (*lemmas, NOT_CERTIFIED))
    found = counterexample(prover, claim)
    if found is None:
        return Shown(UNKNOWN, f"no log refutes it, and {why}")
    return Shown(REFUTED, f"does not hold before {found.events[-1].name}", counterexample=found)


def counterexample(prover: Prover, claim: Property) -> Run | None:
    """A run that refutes the claim, at times that the rules assumed allow."""
    said, levels = _said(prover, claim), assumed(claim.assuming)
    asked = [part for tree in said for part in walk(tree) if isinstance(part, About)]
    if any(part.function == "visited" for part in asked):
        return None  # which no reader of a log remembers
    machine = Machine(prover.specification.plain, report=True, asking=[part.name for part in asked])
    timed = TimedRules(machine)
    trials = Trials(prover.search(claim.assuming), machine, timed, _asked(prover, claim))
    for in_order in (True, False):
        if not in_order and "time-order" in _checks(prover, levels):
            break
        for row in trials.at((claim.on or ANY_EVENT,), partial(_is_run, claim, levels)):
            number = len(row.events) - 1
            try:
                wanted = [row.holds(tree, number) for tree in said]
                for place in range(number + 1):
                    judged = [rule for rule in timed.judged(row, place) if rule.level in levels]
                    wanted += [row.holds(timed.tree(rule), place) for rule in judged]
            except (Unreadable, Unsolvable):
                continue
            found = run(row, wanted, (), (), in_order=in_order)
            if found is not None:
                return found
    return None


def _checks(prover: Prover, levels: Sequence[str]) -> set[str]:
    """What is tested of the lines of such runs."""
    return {line.check for line in prover.specification.lines if line.level in levels}


def _is_run(claim: Property, levels: Sequence[str], step: Step) -> bool:
    """Whether an event is one of the runs that the claim is about, whatever its time."""
    return (
        has_effect(step)
        and (claim.silent or step.outcome != "silent")
        and not any(breach.rule.level in levels for breach in step.breaches)
    )


def _said(prover: Prover, claim: Property) -> list[Node]:
    """What holds where the claim is refuted."""
    said = (each for each in (claim.when, claim.claim) if each is not None)
    return [prover.tree(each) for each in said]


def _asked(prover: Prover, claim: Property) -> frozenset[str]:
    """The events of whose times the claim, or a rule, asks."""
    machine = Machine(prover.specification.plain)
    of_rules = machine.timed.asked if machine.timed is not None else frozenset[str]()
    return of_rules.union(*(asked_times(tree) for tree in _said(prover, claim)))


class _Bound(NamedTuple):
    """That of two times one is at most so long after the other; in a state, where it names one."""

    state: State | None
    later: tuple[str, str]
    earlier: tuple[str, str]
    most: Fraction

    @property
    def text(self) -> str:
        """The bound as an expression."""
        where = f'state == "{self.state.name}" implies ' if self.state is not None else ""
        return f"{where}{_named(self.later)} - {_named(self.earlier)} <= {decimal_of(self.most)} s"


PREVIOUS = ("time", "")
"""The time of the event before."""


def _named(point: tuple[str, str]) -> str:
    return "the last time" if point == PREVIOUS else f"{point[0]}({point[1]})"


class _Induction:
    def __init__(self, prover: Prover, claim: Property) -> None:
        """Prepare. Raises Untranslatable."""
        specification = prover.specification
        self._levels = assumed(claim.assuming)
        checks = _checks(prover, self._levels)
        if "timestamp" not in checks:
            raise Untranslatable("its runs have events without a time")
        if not has_sound_contexts(specification, self._levels):
            raise Untranslatable("its runs have contexts that cannot be read")
        self._in_order = "time-order" in checks
        self._prover, self._claim = prover, claim
        self._said = _said(prover, claim)
        self._machine = prover.machine(claim.assuming, claim.silent)
        table = specification.definition_table
        timed = TimedRules(Machine(specification.plain))
        self._rules = [
            (rule, expand(rule.require.tree, table))
            for rule in timed.rules
            if rule.level in self._levels
        ]
        self._now = z3.Real("now")
        trees = [*self._said, *(tree for _, tree in self._rules)]
        points = sorted(
            {
                (FIRST if part.function == FIRST else LAST, part.name)
                for tree in trees
                for part in walk(tree)
                if isinstance(part, About) and part.function in (SINCE, FIRST, LAST)
            }
        )
        self._asked = {name for _, name in points}
        self._before = {point: z3.Real(f"{point[0]}({point[1]})") for point in points}
        self._before[PREVIOUS] = z3.Real("previous")
        known = prover.invariant(claim.assuming, claim.silent).lemmas
        self._known = [self._of_lemma(lemma) for lemma in known]

    def _of_lemma(self, lemma: Lemma) -> Truth:
        values = self._machine.values_before
        terms = ((symbol(each.atom, self._machine, values), each.holds) for each in lemma.literals)
        return disj(term if holds else neg(term) for term, holds in terms)

    # Steps

    def _events(self) -> list[str]:
        on = self._claim.on
        names = [step.event for step in self._machine.steps]
        return names if on in (None, ANY_EVENT) else [name for name in names if name == on]

    def _scene(self, step: SymbolicStep) -> TimedScene:
        return TimedScene(step.scene, self._now, self._before)

    def _taken(self, step: SymbolicStep) -> list[Truth]:
        """What holds where a run takes a step."""
        scene = self._scene(step)
        found = [*self._known, step.legal]
        for rule, tree in self._rules:
            if self._is_judged(rule, step.event):
                found.append(scene.holds(tree))
        if self._in_order:
            started = self._machine.values_before[STARTED]
            found.append(disj([neg(started), self._now >= self._before[PREVIOUS]]))
        return found

    def _is_judged(self, rule: Rule, event: str) -> bool:
        return event in rule.on or ANY_EVENT in rule.on

    def _after(self, step: SymbolicStep) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
        """The components and the times after a step."""
        values = {**self._machine.values_before, **step.after}
        times = {**self._before, PREVIOUS: self._now}
        if step.event in self._asked:
            came = self._machine.values_before[f"seen({step.event})"]
            if (LAST, step.event) in times:
                times[LAST, step.event] = self._now
            if (FIRST, step.event) in times:
                first = self._before[FIRST, step.event]
                times[FIRST, step.event] = z3.If(came, first, self._now)
        return values, times

    # Bounds

    def _holds(
        self, bound: _Bound, values: Mapping[str, Any], times: Mapping[tuple[str, str], Any]
    ) -> Truth:
        """A bound, which says nothing before there are both times."""
        there = [
            values[STARTED] if point == PREVIOUS else values[f"seen({point[1]})"]
            for point in (bound.later, bound.earlier)
        ]
        if bound.state is not None:
            there.append(same(values[STATE], self._machine.codes.of(bound.state.name)))
        most = z3.Q(bound.most.numerator, bound.most.denominator)
        return disj([neg(conj(there)), times[bound.later] - times[bound.earlier] <= most])

    def _candidates(self, states: Sequence[State | None]) -> Iterator[_Bound]:
        trees = [*self._said, *(tree for _, tree in self._rules)]
        lengths = {
            seconds(part.amount, part.unit)
            for tree in trees
            for part in walk(tree)
            if isinstance(part, Duration)
        }
        sums = sorted({one + two for one in lengths for two in lengths} - lengths)
        most = [*sorted(lengths), *sums][:MOST_BOUNDS]
        for state in states:
            for later, earlier in permutations(self._before, 2):
                for bound in (Fraction(0), *most, *(-each for each in most)):
                    yield _Bound(state, later, earlier, bound)

    def bounds(self, states: Sequence[State | None]) -> list[_Bound]:
        """The largest inductive set of the candidates: before the first event all of them hold."""
        active = list(self._candidates(states))
        before = self._machine.values_before, self._before
        held = [(z3.Bool(f"bound {n}"), self._holds(b, *before)) for n, b in enumerate(active)]
        marks = {bound: mark for bound, (mark, _) in zip(active, held, strict=True)}
        steps = []
        for step in self._machine.steps:
            solver = z3.Solver()
            solver.add([boolean(term) for term in self._taken(step)])
            solver.add([z3.Implies(mark, boolean(term)) for mark, term in held])
            values, times = self._after(step)
            steps.append((solver, {bound: self._holds(bound, values, times) for bound in active}))
        changed = True
        while changed:
            changed = False
            for solver, after in steps:
                kept = self._kept(solver, after, active, marks)
                changed |= len(kept) != len(active)
                active = kept
        return active

    def _kept(
        self,
        solver: z3.Solver,
        after: Mapping[_Bound, Truth],
        active: list[_Bound],
        marks: Mapping[_Bound, Any],
    ) -> list[_Bound]:
        """The bounds that a step keeps, given all that are active."""
        while active:
            with apart(solver):
                solver.add(z3.Or([z3.Not(boolean(after[bound])) for bound in active]))
                answer = check(solver, [marks[bound] for bound in active])
                if answer == z3.unsat:
                    return active
                lost = set(active)
                if answer == z3.sat:
                    model = solver.model()
                    lost = {
                        bound
                        for bound in active
                        if not z3.is_true(model.eval(boolean(after[bound]), model_completion=True))
                    }
            active = [bound for bound in active if bound not in lost]
        return active

    # Answers

    def is_vacuous(self) -> bool:
        """Whether no run comes to such an event."""
        return all(self._never([*self._taken(step), *self._when(step)]) for step in self._spoken())

    def proved(self) -> tuple[str, ...] | None:
        """The bounds by which the claim holds, as expressions; None where it does not follow."""
        if all(self._never(self._against(step)) for step in self._spoken()):
            return ()
        for states in ((None,), (None, *self._machine.specification.states)):
            found = self._proved_by(self.bounds(states))
            if found is not None:
                return found
        return None

    def _proved_by(self, active: Sequence[_Bound]) -> tuple[str, ...] | None:
        used: dict[_Bound, None] = {}
        for step in self._spoken():
            solver = z3.Solver()
            solver.add([boolean(term) for term in self._against(step)])
            marks = {z3.Bool(f"bound {number}"): bound for number, bound in enumerate(active)}
            before = self._machine.values_before, self._before
            for mark, bound in marks.items():
                solver.add(z3.Implies(mark, boolean(self._holds(bound, *before))))
            if check(solver, list(marks)) != z3.unsat:
                return None
            used.update(dict.fromkeys(marks[mark] for mark in solver.unsat_core()))
        return tuple(bound.text for bound in used)

    def _spoken(self) -> list[SymbolicStep]:
        return [self._machine.step(name) for name in self._events()]

    def _when(self, step: SymbolicStep) -> list[Truth]:
        return [self._scene(step).holds(tree) for tree in self._said[:-1]]

    def _against(self, step: SymbolicStep) -> list[Truth]:
        """What holds where the claim does not."""
        return [*self._taken(step), *(self._scene(step).holds(tree) for tree in self._said)]

    def _never(self, terms: Sequence[Truth]) -> bool:
        solver = z3.Solver()
        solver.add([boolean(term) for term in terms])
        return bool(check(solver) == z3.unsat)

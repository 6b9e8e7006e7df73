"""Claims of configurations (always, reports) and of single events (then, never, keeps)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from flux_conform.language.expressions import Binary, Node
from flux_conform.language.specification import ANY_EVENT, Property
from flux_conform.machine.claimed import at_one_time, claimed, compares
from flux_conform.machine.ready_actions import ReadyAction
from flux_conform.machine.space import Paths, Search
from flux_conform.machine.symbolic.expression_terms import truth
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, neg
from flux_conform.machine.symbolic.readability import holds
from flux_conform.machine.symbolic.step import SymbolicStep
from flux_conform.machine.symbolic.unchanged import across
from flux_conform.prove.argument import ALWAYS, CHANGES, NEVER, Argument, Conclusion
from flux_conform.prove.invariant import Invariant
from flux_conform.prove.led_runs import led_runs
from flux_conform.prove.lemmas import Lemma
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Need, Shown
from flux_conform.prove.phrases import lemma_texts
from flux_conform.prove.prover import ADMITS, QUIET, SECOND_OPINION, Prover, run_kind
from flux_conform.prove.spacer import Bad
from flux_conform.prove.step_trials import Allowed, StepTrial, StepTrials, obeying
from flux_conform.prove.witnesses import Run, run_of

SHALLOW = 1000
"""Maximum number of configurations searched under weaker rules before an invariant is tried."""


def decide(prover: Prover, claim: Property) -> Shown:
    """Whether the claim holds in every run; refuted by a shortest log, proved by an invariant."""
    why = "no invariant was found that implies it"
    try:
        proof = _proof(prover, claim)
    except Untranslatable as error:
        proof, why = None, f"the proofs cannot speak of it: {error}"
    run = None if proof is not None else counterexample(prover, claim)
    if proof is None and run is None:
        proof = _proof_by_spacer(prover, claim)
    if proof is None and run is None and prover.effort >= SECOND_OPINION:
        run = _led_counterexample(prover, claim)
    if proof is not None:
        summary = "holds at the start, and no event breaks it"
        if not _is_of_places(claim):
            summary = "holds wherever the event may come"
        lemmas = lemma_texts(proof.invariant)
        return Shown(PROVED, summary, invariant=lemmas, arguments=(proof,))
    if run is None:
        return Shown(UNKNOWN, f"no log refutes it, and {why}")
    where = f"after {run.events[-1].name}" if run.events else "before the first event"
    if claim.kind == NEVER:
        where = f"before {run.events[-1].name}"
    return Shown(REFUTED, f"does not hold {where}", counterexample=run)


def needs(prover: Prover, claim: Property, uses: Sequence[str]) -> tuple[Need, ...]:
    """For each rule used a shortest run that refutes the claim once the rule is gone."""
    return tuple(Need(rule, counterexample(prover, claim, frozenset([rule]))) for rule in uses)


def restated(claim: Property, shown: Shown, uses: Sequence[str]) -> str:
    """The rule that the claim only restates, or "".

    It does where it speaks of an event, and one rule of that event, with no lemma, implies it.
    """
    alone = not _is_of_places(claim) and len(uses) == 1 and not shown.invariant
    return uses[0] if alone else ""


# By search


class _SearchedRuns(NamedTuple):
    """Runs of a search: its configurations by the length of their logs, and one step more."""

    search: Search
    paths: Paths
    allowed: Allowed


def _searched_runs(
    prover: Prover, claim: Property, without: frozenset[str]
) -> Iterator[_SearchedRuns]:
    """The runs that a search knows, the plainest first; rules of `without` may be broken.

    First those that obey every rule, at last by a step that breaks what may be broken;
    then those of the property's own assumptions, of which there may be many more.
    """
    obeys = obeying(claim, without)
    kind = run_kind(claim.silent)
    strict = prover.search(prover.strictest)
    # Where a rule is taken away, what still obeys it shows nothing new.
    levels: tuple[Allowed, ...] = (lambda done: done.is_quiet, obeys)
    if without:
        levels = (lambda done: obeys(done) and any(rule.id in without for rule in done.breaks),)
    for admitted in (QUIET, kind):
        paths = prover.paths(prover.strictest, admitted)
        for allowed in levels:
            yield _SearchedRuns(strict, paths, allowed)
    if claim.assuming != prover.strictest or without:
        limit = SHALLOW if prover.effort == 0 else None
        search = prover.search(claim.assuming, limit, without)
        yield _SearchedRuns(search, search.paths(ADMITS[kind]), obeys)


def counterexample(
    prover: Prover, claim: Property, without: frozenset[str] = frozenset()
) -> Run | None:
    """A shortest run of the plainest runs that refutes the claim."""
    tree = _claimed(prover, claim)
    if _is_of_places(claim):
        return _run_to(prover, claim, tree, False, without)

    def refuted_by(trials: StepTrials) -> Callable[[StepTrial], bool]:
        return _refuted_by(claim, tree, trials)

    return _run_at_event(prover, claim, at_one_time(tree), refuted_by, without)


def _led_counterexample(prover: Prover, claim: Property) -> Run | None:
    """A run that refutes the claim, found in symbols where the search does not come."""
    tree = _claimed(prover, claim)
    try:
        bad = [bad for bad, _ in _against(prover, claim)]
        for led in led_runs(prover, claim, bad):
            if _is_of_places(claim):
                refuted = not led.search.satisfying(tree)[led.end]
            else:
                refuted = led.last is not None and all(
                    test(led.last) for test in _tests(prover, claim, StepTrials(led.search))
                )
            if refuted:
                return led.run
    except Untranslatable:
        pass
    return None


def _tests(
    prover: Prover, claim: Property, trials: StepTrials
) -> Iterator[Callable[[StepTrial], bool]]:
    """What holds of an event that refutes the claim."""
    tree = _claimed(prover, claim)
    if claim.when is not None:
        yield trials.holds_before(prover.tree(claim.when))
    yield _refuted_by(claim, tree, trials)


def _refuted_by(claim: Property, tree: Node, trials: StepTrials) -> Callable[[StepTrial], bool]:
    if claim.kind == NEVER:
        return trials.holds_before(tree)
    holds_after = trials.holds_across(tree) if compares(tree) else trials.holds_after(tree)
    return lambda trial: not holds_after(trial)


def _run_to(
    prover: Prover,
    claim: Property,
    condition: Node,
    wanted: bool,
    without: frozenset[str] = frozenset(),
) -> Run | None:
    """A shortest run of the plainest runs to where the condition holds, or does not."""
    for search, paths, allowed in _searched_runs(prover, claim, without):
        marks = search.satisfying(condition)
        found = next((number for number in paths.order if marks[number] == wanted), None)
        if found is not None:
            return run_of(search, paths.to(found))
        trials = StepTrials(search)
        holds_after = trials.holds_after(condition)
        steps = _steps(prover, claim, search, without)
        for trial in trials.over(paths.order, steps, allowed, condition):
            if holds_after(trial) == wanted:
                return trials.run(paths, trial)
    return None


def _run_at_event(
    prover: Prover,
    claim: Property,
    asked: Node | None = None,
    wanted: Callable[[StepTrials], Callable[[StepTrial], bool]] | None = None,
    without: frozenset[str] = frozenset(),
) -> Run | None:
    """A shortest run of the plainest runs whose last event the claim speaks of, and is wanted."""
    when = [] if claim.when is None else [prover.tree(claim.when)]
    for search, paths, allowed in _searched_runs(prover, claim, without):
        trials = StepTrials(search)
        tests = [trials.holds_before(tree) for tree in when]
        tests += [] if wanted is None else [wanted(trials)]
        steps = _steps(prover, claim, search, without)
        for trial in trials.over(paths.order, steps, allowed, asked, lambda event: when):
            if all(test(trial) for test in tests):
                return trials.run(paths, trial)
    return None


def _steps(
    prover: Prover, claim: Property, search: Search, without: frozenset[str]
) -> list[ReadyAction]:
    """The steps of the claim's events; in the strictest search, those that `without` judges."""
    steps = StepTrials(search).steps(_events(prover, claim))
    if without and search is prover.search(prover.strictest):
        return [step for step in steps if step.is_judged_by(without)]
    return steps


# By induction


def _proof_by_spacer(prover: Prover, claim: Property) -> Argument | None:
    try:
        bad = [bad for bad, _ in _against(prover, claim)]
        stronger = prover.strengthen(claim.assuming, claim.silent, bad)
        return _proof(prover, claim) if stronger else None
    except Untranslatable:
        return None


def _proof(prover: Prover, claim: Property) -> Argument | None:
    """The induction from which the claim follows, or None where none was found."""
    plain = None
    if compares(_claimed(prover, claim)) or claim.kind == "reports":
        # What a step changes, it changes wherever it is taken as a rule, and what is reported
        # follows from what is known at the end: no lemma is needed.
        plain = _proof_by(prover, claim, Invariant(()))
    return plain or _proof_by(prover, claim, prover.invariant(claim.assuming, claim.silent))


def _proof_by(prover: Prover, claim: Property, invariant: Invariant) -> Argument | None:
    induction = prover.induction(claim.assuming, claim.silent)
    used: dict[Lemma, None] = {}
    rules: dict[str, None] = {}
    shown = []
    for (step, wrong), conclusion in _against(prover, claim):
        found: tuple[tuple[Lemma, ...], tuple[int | str, ...]] | None
        if step is None:
            found = induction.refutes(invariant, wrong)
        else:
            barred = induction.bars(invariant, step, wrong)
            rules.update(dict.fromkeys(barred[1] if barred is not None else ()))
            found = barred
        if found is None:
            return None
        used.update(dict.fromkeys(found[0]))
        shown.append(conclusion)
    core = induction.core(invariant, used) if used else Invariant(())
    return Argument(induction.machine, core, tuple(shown), tuple(rules))


def _against(prover: Prover, claim: Property) -> Iterator[tuple[Bad, Conclusion]]:
    """What would refute the claim, a configuration or a step; and what it shows if none is."""
    tree = _claimed(prover, claim)
    machine = prover.machine(claim.assuming, claim.silent)
    values = machine.values_before
    if _is_of_places(claim):
        held = truth(tree, machine.before)
        yield Bad(None, [neg(held)]), Conclusion(ALWAYS, {"claim": held})
        return
    for step in map(machine.step, _events(prover, claim)):
        kind = claim.kind
        if kind == NEVER:
            said = wrong = holds(tree, step.scene)
        elif compares(tree):
            kind, said = CHANGES, across(tree, step)
            wrong = neg(said)
        else:
            said = truth(tree, machine.before)
            wrong = neg(truth(tree, machine.scene({**values, **step.after}, free=True)))
        when = _when(prover, claim, step)
        conclusion = Conclusion(kind, {"when": when, "claim": said}, step.event)
        yield Bad(step, [when, wrong]), conclusion


# Premises


def premise(prover: Prover, claim: Property) -> tuple[Run | None, bool]:
    """A shortest run in which the premise of a claim holds; and whether no run can.

    The premise is its event, or the left side of its `implies`. Without one, neither is known.
    """
    if not _is_of_places(claim):
        run = _run_at_event(prover, claim)
        return run, run is None and _is_vacuous(prover, claim, None)
    tree = _claimed(prover, claim)
    if not isinstance(tree, Binary) or tree.operator != "implies":
        return None, False
    run = _run_to(prover, claim, tree.left, True)
    return run, run is None and _is_vacuous(prover, claim, tree.left)


def _is_vacuous(prover: Prover, claim: Property, given: Node | None) -> bool:
    """Whether an invariant excludes a premise: what is given, or without it the claim's event."""
    try:
        induction = prover.induction(claim.assuming, claim.silent)
        machine = induction.machine
        invariant = prover.invariant(claim.assuming, claim.silent)
        if given is not None:
            return induction.refutes(invariant, [truth(given, machine.before)]) is not None
        return all(
            induction.refutes(invariant, [step.legal, _when(prover, claim, step)]) is not None
            for step in map(machine.step, _events(prover, claim))
        )
    except Untranslatable:
        return False


# What the claim says


def _is_of_places(claim: Property) -> bool:
    """Whether it is a claim of configurations, and of no event."""
    return claim.kind in (ALWAYS, "reports")


def _events(prover: Prover, claim: Property) -> list[str]:
    """The entries of the events that the claim speaks of; every one, where it names none."""
    if claim.on is None or claim.on == ANY_EVENT:
        return [event.name for event in prover.specification.events]
    return [claim.on]


def _claimed(prover: Prover, claim: Property) -> Node:
    tree = claimed(prover.specification, claim)
    assert tree is not None
    return tree


def _when(prover: Prover, claim: Property, step: SymbolicStep) -> Truth:
    """The condition that narrows the event."""
    return True if claim.when is None else holds(prover.tree(claim.when), step.scene)

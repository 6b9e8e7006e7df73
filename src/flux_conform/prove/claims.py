"""Properties that claim something of configurations or events: always, on … then, on … never."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flux_conform.language.expressions import Binary, Node, expand, show
from flux_conform.language.specification import ANY_EVENT, SILENT, Property
from flux_conform.machine.slice import assumed
from flux_conform.machine.space import Paths, Search
from flux_conform.machine.steps import Done
from flux_conform.machine.symbolic.expression_terms import truth
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, neg
from flux_conform.machine.symbolic.readability import holds
from flux_conform.machine.symbolic.step import SymbolicStep
from flux_conform.prove import argument
from flux_conform.prove.argument import Argument, Conclusion
from flux_conform.prove.invariant import Invariant
from flux_conform.prove.lemmas import Atom, Lemma, symbol
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown
from flux_conform.prove.phrases import lemma_texts
from flux_conform.prove.spacer import Bad
from flux_conform.prove.step_trials import Allowed
from flux_conform.prove.witnesses import Run, run_of
from flux_conform.prove.workbench import ADMITS, QUIET, Bench, run_kind

SHALLOW = 1000
"""So many configurations are searched under weaker rules before an invariant is tried instead."""


def decide(bench: Bench, claim: Property) -> Shown:
    """Whether the claim holds in every run; refuted by a shortest log, proved by an invariant."""
    why = "no invariant was found that implies it"
    try:
        proof = _proof(bench, claim)
    except Untranslatable as error:
        proof, why = None, f"the proofs cannot speak of it: {error}"
    run = None if proof is not None else counterexample(bench, claim)
    if proof is None and run is None:
        proof = _proof_by_spacer(bench, claim)
    if proof is not None:
        summary = "holds at the start, and no event breaks it"
        if claim.kind != "always":
            summary = "holds wherever the event may come"
        lemmas = lemma_texts(proof.invariant)
        return Shown(PROVED, summary, invariant=lemmas, arguments=(proof,))
    if run is None:
        return Shown(UNKNOWN, f"no log refutes it, and {why}")
    where = f"after {run.events[-1].name}" if run.events else "before the first event"
    if claim.kind == "never":
        where = f"before {run.events[-1].name}"
    return Shown(REFUTED, f"does not hold {where}", counterexample=run)


# By search


class SearchedRuns(NamedTuple):
    """Runs of a search: its configurations by the length of their logs, and one step more."""

    search: Search
    paths: Paths
    allowed: Allowed


def searched_runs(
    bench: Bench, claim: Property, without: frozenset[str] = frozenset()
) -> Iterator[SearchedRuns]:
    """The runs that a search knows, the plainest first; rules of `without` may be broken.

    First those that obey every rule, at last by a step that breaks what may be broken;
    then those of the property's own assumptions, of which there may be many more.
    """
    levels = assumed(claim.assuming)

    def spoken(done: Done) -> bool:
        return done.has_effect and (claim.silent or done.outcome != SILENT)

    def obeys(done: Done) -> bool:
        return spoken(done) and not any(
            rule.level in levels and rule.id not in without for rule in done.breaks
        )

    def deviates(done: Done) -> bool:
        return obeys(done) and any(rule.id in without for rule in done.breaks)

    kind = run_kind(claim.silent)
    strict = bench.search(bench.strictest)
    for admitted in (QUIET, kind):
        paths = bench.paths(bench.strictest, admitted)
        # Where a rule is taken away, what still obeys it shows nothing new.
        for allowed in (deviates,) if without else (lambda done: done.is_quiet, obeys):
            yield SearchedRuns(strict, paths, allowed)
    if claim.assuming != bench.strictest or without:
        limit = SHALLOW if bench.effort == 0 else None
        search = bench.search(claim.assuming, limit, without)
        yield SearchedRuns(search, search.paths(ADMITS[kind]), obeys)


def counterexample(
    bench: Bench, claim: Property, without: frozenset[str] = frozenset()
) -> Run | None:
    """A shortest run of the plainest runs that goes against the claim."""
    tree = tree_of(bench, claim)
    when = when_of(bench, claim)
    for search, paths, allowed in searched_runs(bench, claim, without):
        trials = bench.trials(search)
        if claim.kind == "always":
            marks = search.satisfying(tree)
            broken = next((number for number in paths.order if not marks[number]), None)
            if broken is not None:
                return run_of(search, paths.to(broken))
        given = None if when is None else trials.holds_before(when)
        holds_then = (
            trials.holds_before(tree) if claim.kind == "never" else trials.holds_after(tree)
        )
        steps = trials.steps(events_of(bench, claim))
        if without and search is bench.search(bench.strictest):
            steps = [step for step in steps if step.is_judged_by(without)]
        for trial in trials.over(paths.order, steps, allowed, tree):
            if given is not None and not given(trial):
                continue
            if holds_then(trial) == (claim.kind == "never"):
                return trials.run(paths, trial)
    return None


# By induction


def _proof_by_spacer(bench: Bench, claim: Property) -> Argument | None:
    try:
        bad = [Bad(question.step, question.wrong) for question in _against(bench, claim)]
        stronger = bench.strengthen(claim.assuming, claim.silent, bad)
        return _proof(bench, claim) if stronger else None
    except Untranslatable:
        return None


def _proof(bench: Bench, claim: Property) -> Argument | None:
    """The induction from which the claim follows, or None where none was found."""
    induction = bench.induction(claim.assuming, claim.silent)
    invariant = bench.invariant(claim.assuming, claim.silent)
    used: dict[Lemma, None] = {}
    rules: dict[str, None] = {}
    shown = []
    for question in _against(bench, claim):
        found: tuple[tuple[Lemma, ...], tuple[int | str, ...]] | None
        if question.step is None:
            found = induction.refutes(invariant, question.wrong)
        else:
            barred = induction.bars(invariant, question.step, question.wrong)
            rules.update(dict.fromkeys(barred[1] if barred is not None else ()))
            found = barred
        if found is None:
            return None
        used.update(dict.fromkeys(found[0]))
        shown.append(question.shows)
    core = induction.core(invariant, used) if used else Invariant(())
    return Argument(induction.machine, core, tuple(shown), tuple(rules))


class _Question(NamedTuple):
    """What would go against the claim: a configuration, or a step; and what it shows if barred."""

    step: SymbolicStep | None
    wrong: Sequence[Truth]
    shows: Conclusion


def _against(bench: Bench, claim: Property) -> Iterator[_Question]:
    """What would go against the claim: a configuration, or a step of each event."""
    tree = tree_of(bench, claim)
    machine = bench.machine(claim.assuming, claim.silent)
    values = machine.values_before
    if claim.kind == argument.ALWAYS:
        held = symbol(Atom(show(tree), tree), machine, values)
        yield _Question(None, [neg(held)], argument.always(held))
        return
    for step in steps_of(bench, claim):
        if claim.kind == argument.NEVER:
            claimed = wrong = holds(tree, step.scene)
        else:
            claimed = truth(tree, machine.before)
            wrong = neg(truth(tree, machine.scene({**values, **step.after})))
        given = _given(bench, claim, step)
        shows = argument.at_event(claim.kind, step.event, given, claimed)
        yield _Question(step, [given, wrong], shows)


def _given(bench: Bench, claim: Property, step: SymbolicStep) -> Truth:
    when = when_of(bench, claim)
    return True if when is None else holds(when, step.scene)


def steps_of(bench: Bench, claim: Property) -> Iterator[SymbolicStep]:
    """The symbolic step of each event that the claim speaks of."""
    machine = bench.machine(claim.assuming, claim.silent)
    yield from map(machine.step, events_of(bench, claim))


# Premises


class Premise(NamedTuple):
    """Whether what a claim presupposes can come to pass: a shortest run, or why none does."""

    run: Run | None
    never: bool


def premise(bench: Bench, claim: Property) -> Premise | None:
    """The premise of a claim: its event, or what stands left of its `implies`; None without one."""
    if claim.kind == "always":
        tree = tree_of(bench, claim)
        if not isinstance(tree, Binary) or tree.operator != "implies":
            return None
        return _state_premise(bench, claim, tree.left)
    when = when_of(bench, claim)
    for search, paths, allowed in searched_runs(bench, claim):
        trials = bench.trials(search)
        given = None if when is None else trials.holds_before(when)
        steps = trials.steps(events_of(bench, claim))
        for trial in trials.over(paths.order, steps, allowed):
            if given is None or given(trial):
                return Premise(trials.run(paths, trial), False)
    try:
        induction = bench.induction(claim.assuming, claim.silent)
        invariant = bench.invariant(claim.assuming, claim.silent)
        never = all(
            induction.refutes(invariant, [step.legal, _given(bench, claim, step)]) is not None
            for step in steps_of(bench, claim)
        )
    except Untranslatable:
        never = False
    return Premise(None, never)


def _state_premise(bench: Bench, claim: Property, given: Node) -> Premise:
    for search, paths, allowed in searched_runs(bench, claim):
        marks = search.satisfying(given)
        found = next((number for number in paths.order if marks[number]), None)
        if found is not None:
            return Premise(run_of(search, paths.to(found)), False)
        trials = bench.trials(search)
        holds_then = trials.holds_after(given)
        for trial in trials.over(paths.order, search.every_step, allowed, given):
            if holds_then(trial):
                return Premise(trials.run(paths, trial), False)
    try:
        induction = bench.induction(claim.assuming, claim.silent)
        machine = induction.machine
        values = machine.values_before
        reasons = induction.refutes(
            bench.invariant(claim.assuming, claim.silent),
            [symbol(Atom(show(given), given), machine, values)],
        )
    except Untranslatable:
        reasons = None
    return Premise(None, reasons is not None)


# What the claim says


def events_of(bench: Bench, claim: Property) -> list[str]:
    """The entries of the events that the claim speaks of; every one, where it names none."""
    if claim.on in (None, ANY_EVENT):
        return [event.name for event in bench.specification.events]
    assert claim.on is not None
    return [claim.on]


def tree_of(bench: Bench, claim: Property) -> Node:
    """What is claimed, definitions put in."""
    assert claim.claim is not None
    return expand(claim.claim.tree, bench.specification.definition_table)


def when_of(bench: Bench, claim: Property) -> Node | None:
    """What narrows the event, definitions put in."""
    if claim.when is None:
        return None
    return expand(claim.when.tree, bench.specification.definition_table)

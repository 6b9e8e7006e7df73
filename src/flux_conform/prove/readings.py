"""That a log has one reading: one outcome of each event, one generation of each log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, TypeAlias

from flux_conform.language.expressions import expand
from flux_conform.language.specification import Generation, Property, Specification
from flux_conform.machine.symbolic.configurations import STARTED
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth
from flux_conform.machine.symbolic.readability import holds
from flux_conform.machine.symbolic.step import SymbolicMachine, SymbolicStep
from flux_conform.prove.argument import SEPARATE, Argument, Conclusion
from flux_conform.prove.invariant import Invariant
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown, Witness
from flux_conform.prove.phrases import counted, joined
from flux_conform.prove.prover import ADMITS, ANY, QUIET, Prover, run_kind
from flux_conform.prove.step_trials import StepTrials, obeying
from flux_conform.prove.table_properties import overlaps
from flux_conform.prove.witnesses import Run, run_of

_Pair: TypeAlias = tuple[Generation, Generation]
"""Two generations that one first event could choose."""

NO_LEMMAS = Invariant(())


def functional(prover: Prover, claim: Property) -> Shown:
    """Two runs over one log end alike.

    Both start alike, and the first event puts both into one generation. Effects are functions of
    the values before an event and of its context. So runs could only part where two transitions
    match one event; where they have the same outcome it does not matter which is taken. By
    induction over the log, no two runs part.
    """
    shown = overlaps(
        prover, claim, lambda one, two: one.outcome != two.outcome or one.target != two.target
    )
    if shown.verdict != PROVED:
        return shown
    specification = prover.specification
    cases = sum(not state.captive for state in specification.machine_states) * len(
        specification.events
    )
    summary = f"one outcome in each of {counted(cases, 'case')} of state and event"
    return shown._replace(summary=summary)


def separate(prover: Prover, claim: Property) -> Shown:
    """Each log is of one generation: of those that its first event could choose, one alone fits.

    Today's is for all logs that choose no other, and the choice holds for the whole log, so two
    generations could only be confused where two conditions hold of one first event.
    """
    specification = prover.specification
    generations = specification.generations
    if len(generations) < 2:
        return Shown(PROVED, f"there is one generation, {generations[0].name}")
    arguments: list[Argument] = []
    try:
        for pair in combinations([each for each in generations if each.on is not None], 2):
            if pair[0].on != pair[1].on:
                continue
            shown = _confused(prover, claim, pair)
            if isinstance(shown, Shown):
                return shown
            arguments.append(shown)
    except Untranslatable as error:
        return Shown(UNKNOWN, str(error))
    witnesses, detail = [], []
    for generation in generations:
        run = _first_run(prover.of_generation(generation.name), claim)
        if run is None:
            none = _is_empty(prover.of_generation(generation.name), claim)
            summary = f"no log is {'' if none else 'known that is '}of the generation "
            return Shown(REFUTED if none else UNKNOWN, summary + generation.name)
        witnesses.append(Witness(f"generation-{generation.name}", generation.says, run))
        detail.append(
            f"{generation.name}: {run.events[0].line}, which leads to {run.events[0].state}"
        )
    names = joined([generation.name for generation in generations], "or")
    return Shown(
        PROVED,
        f"each log is of {names}, by its first event alone",
        tuple(detail),
        tuple(witnesses),
        arguments=tuple(arguments),
    )


def _is_empty(prover: Prover, claim: Property) -> bool:
    """Whether no event can come first in a log of the generation; False where that is not known."""
    try:
        machine = prover.machine(claim.assuming, claim.silent)
        induction = prover.induction(claim.assuming, claim.silent)
    except Untranslatable:
        return False
    return all(
        induction.refutes(NO_LEMMAS, [*machine.start(), step.legal]) is not None
        for step in machine.steps
    )


def _confused(prover: Prover, claim: Property, pair: _Pair) -> Shown | Argument:
    """That one first event fits two generations, or may; or the proof that none does."""
    text = f"{pair[0].name} and {pair[1].name}"
    # The machine takes the first that fits, and no generation before this one does.
    there = prover.of_generation(pair[0].name)
    proof = _excluded(prover, pair) or _excluded_at_first(there, claim, pair)
    if proof is not None:
        return proof
    run = _fits_both(there, claim, pair)
    if run is None:
        return Shown(UNKNOWN, f"no log is known to be of {text}, and nothing excludes one")
    return Shown(REFUTED, f"one log is of {text}", counterexample=run)


def _excluded(prover: Prover, pair: _Pair) -> Argument | None:
    """The proof that the conditions exclude each other, whatever event comes first."""
    induction = prover.induction("nothing", True)
    step, conditions = _first_step(induction.machine, pair)
    anywhere = induction.machine.components[STARTED].before
    if induction.refutes(NO_LEMMAS, [step.possible, anywhere, *conditions]) is None:
        return None
    return Argument(induction.machine, NO_LEMMAS, (_separate(pair, conditions, {}),))


def _excluded_at_first(there: Prover, claim: Property, pair: _Pair) -> Argument | None:
    """The proof that no run as assumed begins with an event that fits both."""
    induction = there.induction(claim.assuming, claim.silent)
    machine = induction.machine
    step, conditions = _first_step(machine, pair)
    barred = induction.bars(NO_LEMMAS, step, [*machine.start(), *conditions])
    if barred is None:
        return None
    shows = _separate(pair, conditions, {"at_start": True})
    return Argument(machine, NO_LEMMAS, (shows,), barred[1])


def _first_step(machine: SymbolicMachine, pair: _Pair) -> tuple[SymbolicStep, list[Truth]]:
    """The event that both generations begin with, and what each asks of it."""
    assert pair[0].on is not None
    step = machine.step(pair[0].on)
    return step, conditions_of(machine.specification, step, pair)


def _separate(pair: _Pair, conditions: Sequence[Truth], more: dict[str, Any]) -> Conclusion:
    facts = {"generations": [each.name for each in pair], **more}
    return Conclusion(SEPARATE, {"guards": tuple(conditions)}, pair[0].on, facts)


def conditions_of(
    specification: Specification, step: SymbolicStep, generations: Iterable[Generation]
) -> list[Truth]:
    """What generations ask of an event that is the first."""
    scene = step.scene._replace(started=False, free=step.scene.free and step.scene.free.afresh())
    return [
        True
        if one.when is None
        else holds(expand(one.when.tree, specification.definition_table), scene)
        for one in generations
    ]


def _fits_both(prover: Prover, claim: Property, pair: _Pair) -> Run | None:
    """A run of one event that fits both, quiet if one is."""
    search = prover.search(claim.assuming, 0)
    trials = StepTrials(search)
    fits = [trials.holds_before(prover.tree(one.when)) for one in pair if one.when is not None]
    assert pair[0].on is not None
    for allowed in (lambda done: done.has_effect and done.is_quiet, obeying(claim)):
        for trial in trials.over([0], trials.steps([pair[0].on]), allowed):
            if all(fit(trial) for fit in fits):
                return trials.run(search.paths(ADMITS[ANY]), trial)
    return None


def _first_run(prover: Prover, claim: Property) -> Run | None:
    """The plainest run of one event in a generation."""
    for assuming, kind in ((prover.strictest, QUIET), (claim.assuming, run_kind(claim.silent))):
        search = prover.search(assuming, 1)
        paths = search.paths(ADMITS[kind])
        if len(paths.order) > 1:
            return run_of(search, paths.to(paths.order[1]))
    return None

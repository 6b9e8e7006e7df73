"""That a log has one reading: one outcome of each event, one generation of each log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from flux_conform.language.expressions import expand
from flux_conform.language.specification import SILENT, Generation, Property, Specification
from flux_conform.machine.slice import assumed
from flux_conform.machine.steps import Done
from flux_conform.machine.symbolic.configurations import STARTED
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth
from flux_conform.machine.symbolic.readability import holds
from flux_conform.machine.symbolic.step import SymbolicStep
from flux_conform.prove import argument
from flux_conform.prove.argument import Argument
from flux_conform.prove.invariant import Invariant
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown, Witness
from flux_conform.prove.phrases import counted, joined
from flux_conform.prove.table_properties import overlaps
from flux_conform.prove.witnesses import Run, run_of
from flux_conform.prove.workbench import ADMITS, ANY, QUIET, Bench, run_kind


def functional(bench: Bench, claim: Property) -> Shown:
    """Two runs over one log end alike.

    Both start alike, and the first event puts both into one generation. Effects are functions of
    the values before an event and of its context. So runs could only part where two transitions
    match one event; where they have the same outcome it does not matter which is taken. By
    induction over the log, no two runs part.
    """
    shown = overlaps(
        bench, claim, lambda one, two: one.outcome != two.outcome or one.target != two.target
    )
    if shown.verdict != PROVED:
        return shown
    specification = bench.specification
    cases = sum(not state.final for state in specification.machine_states) * len(
        specification.events
    )
    summary = f"one outcome in each of {counted(cases, 'case')} of state and event"
    return shown._replace(summary=summary)


class _Pair(NamedTuple):
    """Two generations that one first event could choose."""

    one: Generation
    two: Generation


def separate(bench: Bench, claim: Property) -> Shown:
    """Each log is of one generation: of those that its first event could choose, one alone fits.

    Today's is for all logs that choose no other, and the choice holds for the whole log, so two
    generations could only be confused where two conditions hold of one first event.
    """
    specification = bench.specification
    generations = specification.generations
    if len(generations) < 2:
        return Shown(PROVED, f"there is one generation, {generations[0].name}")
    arguments: list[Argument] = []
    try:
        for pair in _pairs(generations):
            shown = _confused(bench, claim, pair)
            if isinstance(shown, Shown):
                return shown
            arguments.append(shown)
    except Untranslatable as error:
        return Shown(UNKNOWN, str(error))
    witnesses, detail = [], []
    for generation in generations:
        run = _first_run(bench.sibling(generation.name), claim)
        if run is None:
            none = _is_empty(bench.sibling(generation.name), claim)
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


def _is_empty(bench: Bench, claim: Property) -> bool:
    """Whether no event can come first in a log of the generation; False where that is not known."""
    try:
        machine = bench.machine(claim.assuming, claim.silent)
        induction = bench.induction(claim.assuming, claim.silent)
    except Untranslatable:
        return False
    return all(
        induction.refutes(Invariant(()), [*machine.start(), step.legal]) is not None
        for step in machine.steps
    )


def _pairs(generations: tuple[Generation, ...]) -> Iterator[_Pair]:
    chosen = [generation for generation in generations if generation.on is not None]
    for one, two in combinations(chosen, 2):
        if one.on == two.on:
            yield _Pair(one, two)


def _confused(bench: Bench, claim: Property, pair: _Pair) -> Shown | Argument:
    """That one first event fits two generations, or may; or the proof that none does."""
    text = f"{pair.one.name} and {pair.two.name}"
    # The machine takes the first that fits, and no generation before this one does.
    there = bench.sibling(pair.one.name)
    proof = _excluded(bench, pair) or _excluded_at_first(there, claim, pair)
    if proof is not None:
        return proof
    run = _fits_both(there, claim, pair)
    if run is None:
        return Shown(UNKNOWN, f"no log is known to be of {text}, and nothing excludes one")
    return Shown(REFUTED, f"one log is of {text}", counterexample=run)


def _excluded(bench: Bench, pair: _Pair) -> Argument | None:
    """The proof that the conditions exclude each other, whatever event comes first."""
    machine = bench.machine("nothing", True)
    assert pair.one.on is not None
    step = machine.step(pair.one.on)
    conditions = conditions_of(machine.specification, step, pair)
    anywhere = machine.components[STARTED].before
    induction = bench.induction("nothing", True)
    if induction.refutes(Invariant(()), [step.possible, anywhere, *conditions]) is None:
        return None
    names = [one.name for one in pair]
    shows = argument.separate(pair.one.on, names, conditions, at_start=False)
    return Argument(machine, Invariant(()), (shows,))


def _excluded_at_first(there: Bench, claim: Property, pair: _Pair) -> Argument | None:
    """The proof that no run as assumed begins with an event that fits both."""
    induction = there.induction(claim.assuming, claim.silent)
    machine = induction.machine
    assert pair.one.on is not None
    step = machine.step(pair.one.on)
    conditions = conditions_of(machine.specification, step, pair)
    barred = induction.bars(Invariant(()), step, [*machine.start(), *conditions])
    if barred is None:
        return None
    names = [one.name for one in pair]
    shows = argument.separate(pair.one.on, names, conditions, at_start=True)
    return Argument(machine, Invariant(()), (shows,), barred[1])


def conditions_of(
    specification: Specification, step: SymbolicStep, generations: Iterable[Generation]
) -> list[Truth]:
    """What generations ask of an event that is the first."""
    scene = step.scene._replace(started=False)
    return [
        True
        if one.when is None
        else holds(expand(one.when.tree, specification.definition_table), scene)
        for one in generations
    ]


def _fits_both(bench: Bench, claim: Property, pair: _Pair) -> Run | None:
    """A run of one event that fits both, quiet if one is."""
    search = bench.search(claim.assuming, 0)
    trials, levels = bench.trials(search), assumed(claim.assuming)
    table = bench.specification.definition_table
    fits = [
        trials.holds_before(expand(one.when.tree, table)) for one in pair if one.when is not None
    ]

    def obeys(done: Done) -> bool:
        spoken = done.has_effect and (claim.silent or done.outcome != SILENT)
        return spoken and not any(rule.level in levels for rule in done.breaks)

    assert pair.one.on is not None
    for allowed in (lambda done: done.has_effect and done.is_quiet, obeys):
        for trial in trials.over([0], trials.steps([pair.one.on]), allowed):
            if all(fit(trial) for fit in fits):
                return trials.run(search.paths(ADMITS[ANY]), trial)
    return None


def _first_run(bench: Bench, claim: Property) -> Run | None:
    """The plainest run of one event in a generation."""
    for assuming, kind in (
        (bench.strictest, QUIET),
        (claim.assuming, run_kind(claim.silent)),
    ):
        paths = bench.search(assuming, 1).paths(ADMITS[kind])
        for number in paths.order[1:2]:
            return run_of(bench.search(assuming, 1), paths.to(number))
    return None

"""That a log has one reading: one outcome of each event, one generation of each log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from flux_conform.language.expressions import expand
from flux_conform.language.specification import SILENT, Generation, Property
from flux_conform.machine.evaluate import compile_expression
from flux_conform.machine.symbolic.configurations import STARTED
from flux_conform.machine.symbolic.expression_terms import truth
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.prove import argument
from flux_conform.prove.argument import Argument
from flux_conform.prove.invariant import Invariant
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown, Witness
from flux_conform.prove.phrases import counted, joined
from flux_conform.prove.table_properties import overlaps
from flux_conform.prove.witnesses import Last, Run, run_of
from flux_conform.prove.workbench import ADMITS, ANY, QUIET, Bench


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
        run = _first_run(bench.sibling(generation.name))
        if run is None:
            none = _is_empty(bench.sibling(generation.name))
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


def _is_empty(bench: Bench) -> bool:
    """Whether no event can come first in a log of the generation; False where that is not known."""
    try:
        machine = bench.machine(bench.strictest, True)
        induction = bench.induction(bench.strictest, True)
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
    machine = bench.machine("nothing", True)
    assert pair.one.on is not None
    step = machine.step(pair.one.on)
    table = bench.specification.definition_table
    # What may come as the first event is what its types allow, whatever generation it chooses;
    # but the conditions are asked of a first event.
    scene = step.scene._replace(started=False)
    conditions = [
        True if one.when is None else truth(expand(one.when.tree, table), scene) for one in pair
    ]
    anywhere = machine.components[STARTED].before
    induction = bench.induction("nothing", True)
    if induction.refutes(Invariant(()), [step.possible, anywhere, *conditions]) is not None:
        names = [one.name for one in pair]
        shows = argument.separate(pair.one.on, names, conditions)
        return Argument(machine, Invariant(()), (shows,))
    # The machine takes the first that fits, and no generation before this one does.
    run = _fits_both(bench.sibling(pair.one.name), pair)
    if run is None:
        return Shown(UNKNOWN, f"no log is known to be of {text}, and nothing excludes one")
    return Shown(REFUTED, f"one log is of {text}", counterexample=run)


def _fits_both(bench: Bench, pair: _Pair) -> Run | None:
    search = bench.search(bench.strictest)
    for step in search.every_step:
        if step.action.event != pair.one.on:
            continue
        trial = search.trial(step, search.configurations[0])
        moment = search.moment(search.configurations[0], step.name)
        moment.context = step.context
        table = bench.specification.definition_table
        if trial is not None and all(
            one.when is None or compile_expression(one.when.tree, table)(moment) for one in pair
        ):
            target = None if trial.row is None else trial.row.target
            last = Last(
                step.action,
                0,
                target or search.state_of(0),
                trial.breaks,
                trial.outcome == SILENT,
            )
            return run_of(search, [], last)
    return None


def _first_run(bench: Bench) -> Run | None:
    """The plainest run of one event in a generation."""
    search = bench.search(bench.strictest, 1)
    for admitted in (QUIET, ANY):
        paths = search.paths(ADMITS[admitted])
        for number in paths.order[1:2]:
            return run_of(search, paths.to(number))
    return None

"""Properties that claim something of configurations or events: always, on … then, on … never."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.model.evaluate import compile_expression
from flux_conform.model.expressions import Node, expand, show
from flux_conform.model.prove import argument
from flux_conform.model.prove.argument import Argument
from flux_conform.model.prove.bench import QUIET, Bench, run_kind
from flux_conform.model.prove.encode import Step
from flux_conform.model.prove.groups import Untranslatable
from flux_conform.model.prove.lemmas import Atom, symbol
from flux_conform.model.prove.logic import Truth, neg
from flux_conform.model.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown
from flux_conform.model.prove.reaching import to_configuration
from flux_conform.model.prove.runs import Run, context_of, run_of
from flux_conform.model.prove.search import Edge
from flux_conform.model.prove.symbols import truth
from flux_conform.model.prove.wording import lemma_texts
from flux_conform.model.specification import ANY_EVENT, Property


def always(bench: Bench, claim: Property) -> Shown:
    """The claim holds in every configuration that a run comes to."""
    tree = _tree(bench, claim)
    search = bench.search(claim.assuming)
    reached = bench.paths(claim.assuming, run_kind(claim.silent)).reached
    holds = search.satisfying(tree)
    broken = [n for n, mark in enumerate(reached) if mark and not holds[n]]
    found = to_configuration(bench, claim, broken)
    if found is not None:
        run = run_of(search, found[1])
        where = f"after {run.events[-1].name}" if run.events else "before the first event"
        return Shown(REFUTED, f"does not hold {where}", counterexample=run)
    try:
        induction = bench.induction(claim.assuming, claim.silent)
        invariant = bench.invariant(claim.assuming, claim.silent)
        machine = induction.machine
        values = {name: item.before for name, item in machine.components.items()}
        holds = symbol(Atom(show(tree), tree), machine, values)
        reasons = induction.refutes(invariant, [neg(holds)])
        if reasons is None:
            return Shown(UNKNOWN, "no log refutes it, no invariant was found that implies it")
        core = induction.core(invariant, reasons[0])
    except Untranslatable as error:
        return Shown(UNKNOWN, f"no log refutes it, and {error}")
    return Shown(
        PROVED,
        "holds at the start, and no event breaks it",
        invariant=lemma_texts(core),
        arguments=(Argument(machine, core, argument.always(holds)),),
    )


def then(bench: Bench, claim: Property) -> Shown:
    """After the event (where `when` held before it) the claim holds."""
    return _at_event(bench, claim)


def never(bench: Bench, claim: Property) -> Shown:
    """Before the event (where `when` holds) the claim does not hold."""
    return _at_event(bench, claim)


def _at_event(bench: Bench, claim: Property) -> Shown:
    found = _shown(bench, claim)
    if found is not None:
        return Shown(
            REFUTED, f"the last event, {found.events[-1].name}, refutes it", counterexample=found
        )
    tree = _tree(bench, claim)
    when = _when(bench, claim)
    lemmas: list[str] = []
    arguments: list[Argument] = []
    try:
        induction = bench.induction(claim.assuming, claim.silent)
        machine = induction.machine
        values = {name: item.before for name, item in machine.components.items()}
        for name in _events(bench, claim):
            step: Step = machine.step(name)
            given: Truth = True if when is None else truth(when, step.scene)
            if claim.kind == argument.NEVER:
                claimed = wrong = truth(tree, step.scene)
            else:
                claimed = truth(tree, machine.scene(values))
                wrong = neg(truth(tree, machine.scene({**values, **step.after})))
            invariant = bench.invariant(claim.assuming, claim.silent)
            reasons = induction.bars(invariant, step, [given, wrong])
            if reasons is None:
                return Shown(UNKNOWN, "no log refutes it, no invariant was found that implies it")
            core = induction.core(invariant, reasons[0])
            lemmas += lemma_texts(core)
            shows = argument.at_event(claim.kind, name, given, claimed)
            arguments.append(Argument(machine, core, shows, reasons[1]))
    except Untranslatable as error:
        return Shown(UNKNOWN, f"no log refutes it, and {error}")
    return Shown(
        PROVED,
        "holds wherever the event may come",
        invariant=tuple(dict.fromkeys(lemmas)),
        arguments=tuple(arguments),
    )


def _shown(bench: Bench, claim: Property) -> Run | None:
    """A shortest run whose last event goes against the claim."""
    search = bench.search(claim.assuming)
    holds = compile_expression(_tree(bench, claim), {})
    when = _when(bench, claim)
    given = None if when is None else compile_expression(when, {})
    events = set(_events(bench, claim))
    for kind in (QUIET, run_kind(claim.silent)):
        paths = bench.paths(claim.assuming, kind)
        for number in paths.order:
            for edge in _admitted(bench, claim, number, kind):
                action = search.steps[edge.action].action
                if action.event not in events:
                    continue
                before = search.moment(search.configurations[number], action.name)
                before.context = context_of(search, action, number)
                if given is not None and not given(before):
                    continue
                after = search.moment(search.configurations[edge.target])
                wrong = holds(before) if claim.kind == "never" else not holds(after)
                if wrong:
                    return run_of(search, [*paths.to(number), edge])
    return None


def _admitted(bench: Bench, claim: Property, number: int, kind: str) -> Iterator[Edge]:
    search = bench.search(claim.assuming)
    for edge in (*search.loops_at(number), *search.edges[number]):
        if edge.quiet if kind == QUIET else claim.silent or not edge.silent:
            yield edge


def _events(bench: Bench, claim: Property) -> list[str]:
    if claim.on == ANY_EVENT:
        return [event.name for event in bench.specification.events]
    return [claim.on] if claim.on is not None else []


def _tree(bench: Bench, claim: Property) -> Node:
    assert claim.claim is not None
    return expand(claim.claim.tree, bench.specification.definition_table)


def _when(bench: Bench, claim: Property) -> Node | None:
    if claim.when is None:
        return None
    return expand(claim.when.tree, bench.specification.definition_table)

"""Properties that ask for a way out: a goal reachable from wherever a run has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from flux_conform.language.expressions import expand, show
from flux_conform.language.specification import Property, State
from flux_conform.machine.space import Edge, Search
from flux_conform.machine.symbolic.configurations import STATE
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, conj, neg, same
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.prove.argument import Argument, reached, trapped
from flux_conform.prove.instance import configuration_symbols, configuration_values
from flux_conform.prove.lemmas import Atom, Lemma, Seen, candidates, symbol
from flux_conform.prove.measures import Goal, Progress, Ways, prove_progress, ways
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown, Witness
from flux_conform.prove.phrases import joined, lemma_texts
from flux_conform.prove.reaching import to_configuration
from flux_conform.prove.witnesses import run_of
from flux_conform.prove.workbench import ADMITS, Bench, run_kind


def recoverable(bench: Bench, claim: Property) -> Shown:
    """From wherever a run has come, some run leads to where the claim holds."""
    assert claim.claim is not None
    tree = expand(claim.claim.tree, bench.specification.definition_table)
    atom = Atom(show(tree), tree)
    search = bench.search(claim.assuming)
    done = search.satisfying(tree)
    removed = bench.specification.removed
    gone = search.in_state(removed)
    marks = _obliged(bench, claim)
    for number, here in enumerate(done):
        marks[number] &= not here and not gone[number]
    try:
        machine = bench.machine(claim.assuming, claim.silent)
        values = machine.values_before
        obliged = conj([neg(symbol(atom, machine, values)), neg(_in(machine, values, removed))])
    except Untranslatable as error:
        return Shown(UNKNOWN, str(error))

    def success(after: Mapping[str, Any]) -> Truth:
        return conj([symbol(atom, machine, after), neg(_in(machine, after, removed))])

    def succeeds(edge: Edge) -> bool:
        return bool(done[edge.target]) and not gone[edge.target]

    goal = Goal(marks, succeeds, obliged, success, symbol(atom, machine, values))
    return _judge(bench, claim, goal, claim.claim.text)


def leavable(bench: Bench, claim: Property) -> Shown:
    """From wherever a run has come outside the final state, the state can still change."""
    search = bench.search(claim.assuming)
    removed, final = bench.specification.removed, bench.specification.final
    gone, ended = search.in_state(removed), search.in_state(removed, final)
    marks = _obliged(bench, claim)
    for number, over in enumerate(ended):
        marks[number] &= not over
    try:
        machine = bench.machine(claim.assuming, claim.silent)
    except Untranslatable as error:
        return Shown(UNKNOWN, str(error))
    values = machine.values_before
    obliged = conj([neg(_in(machine, values, removed)), neg(_in(machine, values, final))])

    def success(after: Mapping[str, Any]) -> Truth:
        changed = neg(same(after[STATE], values[STATE]))
        return conj([changed, neg(_in(machine, after, removed))])

    def succeeds(edge: Edge) -> bool:
        changed = search.state_of(edge.target) != search.state_of(edge.source)
        return changed and not gone[edge.target]

    goal = Goal(marks, succeeds, obliged, success)
    return _judge(bench, claim, goal, None)


def _obliged(bench: Bench, claim: Property) -> bytearray:
    return bytearray(bench.paths(claim.assuming, run_kind(claim.silent)).reached)


def _in(machine: SymbolicMachine, values: Mapping[str, Any], state: State | None) -> Truth:
    return state is not None and same(values[STATE], machine.codes.of(state.name))


def _admits(bench: Bench, claim: Property) -> Callable[[Edge], bool]:
    """The edges that a way out may take."""
    admits = ADMITS[run_kind(claim.silent)]
    if not claim.without:
        return admits
    steps = bench.search(claim.assuming).steps
    barred = {n for n, step in enumerate(steps) if step.action.event in claim.without}
    return lambda edge: edge.action not in barred and admits(edge)


def _judge(bench: Bench, claim: Property, goal: Goal, target: str | None) -> Shown:
    search = bench.search(claim.assuming)
    found = ways(search, goal, _admits(bench, claim))
    stuck = found.stuck(goal)
    try:
        if stuck:
            return _refuted(bench, claim, goal, stuck, target)
        shown = _proved(bench, claim, goal, found, target)
        # Where steps were left out, an invariant may still show that these lead nowhere either.
        doubtful: dict[str, list[int]] = {}
        for number in found.doubtful(goal) if shown.verdict == UNKNOWN else ():
            doubtful.setdefault(search.state_of(number), []).append(number)
        refuted = (_refuted(bench, claim, goal, each, target) for each in doubtful.values())
        return next((other for other in refuted if other.verdict == REFUTED), shown)
    except Untranslatable as error:
        return Shown(UNKNOWN, str(error))


def _proved(bench: Bench, claim: Property, goal: Goal, found: Ways, target: str | None) -> Shown:
    induction = bench.induction(claim.assuming, claim.silent)
    if induction.machine.loose:
        names = joined(induction.machine.loose)
        return Shown(UNKNOWN, f"counts of {names} allow more steps than there are")
    result = prove_progress(
        induction,
        bench.invariant(claim.assuming, claim.silent),
        bench.search(claim.assuming),
        goal,
        found,
        bench.atoms(claim.assuming, claim.silent),
        claim.without,
    )
    if not isinstance(result, Progress):
        return Shown(UNKNOWN, result)
    what = f"reaching {target}" if target is not None else "a change of state"
    summary = "some event always lowers the measure " + (
        f"until {target}" if target is not None else "until the state changes"
    )
    if not result.measure.terms:
        summary = "one event is enough everywhere"
    detail = (
        f"measure: {result.measure.text}",
        f"farthest in the explicit instance: {max(found.distance, default=0)} events from {what}",
    )
    return Shown(
        PROVED,
        summary,
        detail,
        invariant=lemma_texts(result.invariant),
        measure=result.measure.text,
        arguments=(
            Argument(
                induction.machine,
                result.invariant,
                (reached(goal.claim, result.value, result.ways, claim.without),),
            ),
        ),
    )


def _refuted(
    bench: Bench, claim: Property, goal: Goal, stuck: list[int], target: str | None
) -> Shown:
    search = bench.search(claim.assuming)
    lost = 0 in stuck
    place = _telling(bench, claim, goal, stuck, lost and target is not None)
    if place is None:
        return Shown(UNKNOWN, "no log leads to the configurations that look stuck")
    number, edges = place
    argument = _trapped(bench, claim, goal, number)
    state = search.state_of(number)
    if argument is None:
        return Shown(
            UNKNOWN, f"no measure was found, and no invariant shows {state} to be a dead end"
        )
    run = run_of(search, edges)
    if target is None:
        summary = f"a run can come to {state} and never leave it"
    elif lost:
        summary = f"no run ever reaches {target}; this one ends for good in {state}"
    else:
        summary = f"a run can come to {state} from where {target} is out of reach"
    if claim.without:
        summary += f" without {joined(claim.without, 'or')}"
    others = sorted({search.state_of(n) for n in stuck} - {state})
    detail = [f"stuck in {state}; nothing that may follow leads on"]
    if others:
        detail.append(f"such configurations exist in {joined(others)} too")
    ends = [] if lost else list(_dead_ends(bench, claim, stuck))
    detail += [f"{end.purpose}: {end.run.names}" for end in ends]
    return Shown(
        REFUTED,
        summary,
        tuple(detail),
        tuple(ends),
        counterexample=run,
        invariant=lemma_texts(argument.invariant),
        arguments=(argument,),
    )


def _dead_ends(bench: Bench, claim: Property, stuck: Sequence[int]) -> Iterator[Witness]:
    """The events that close the way, each in each state with its shortest log."""
    search = bench.search(claim.assuming)
    paths = bench.paths(claim.assuming, run_kind(claim.silent))
    admits = ADMITS[run_kind(claim.silent)]
    marks = bytearray(len(search.configurations))
    for number in stuck:
        marks[number] = 1
    known: set[tuple[str, str]] = set()
    for number in paths.order:
        if marks[number]:
            continue
        for edge in search.edges[number]:
            name = search.steps[edge.action].action.name
            state = search.state_of(number)
            if marks[edge.target] and admits(edge) and (name, state) not in known:
                known.add((name, state))
                run = run_of(search, [*paths.to(number), edge])
                yield Witness(f"dead-end-{name}-{state}", f"{name} in {state} closes the way", run)


def _telling(
    bench: Bench, claim: Property, goal: Goal, stuck: list[int], lost: bool
) -> tuple[int, list[Edge]] | None:
    """The stuck configuration to show, with its log: the nearest, of one event at least.

    Where the goal is lost from the start, the nearest is no news; then it is the nearest in which
    the state can no longer change.
    """
    search = bench.search(claim.assuming)
    wanted: Iterable[int] = [number for number in stuck if number != 0] or stuck
    if lost:
        still = _still(search)
        wanted = [number for number in wanted if still[number]] or wanted
    return to_configuration(bench, claim, wanted)


def _still(search: Search) -> list[bool]:
    """For each configuration whether the state can never change again."""
    into: list[list[int]] = [[] for _ in search.configurations]
    moving = []
    for edges in search.edges:
        for edge in edges:
            if search.state_of(edge.source) != search.state_of(edge.target):
                moving.append(edge.source)
            else:
                into[edge.target].append(edge.source)
    still = [True] * len(search.configurations)
    for number in moving:
        if still[number]:
            still[number] = False
            moving.extend(into[number])
    return still


def _trapped(bench: Bench, claim: Property, goal: Goal, number: int) -> Argument | None:
    """What holds for ever after a configuration, and excludes the goal, whatever the bounds."""
    search = bench.search(claim.assuming)
    induction = bench.induction(claim.assuming, claim.silent, claim.without)
    machine = induction.machine
    among = bench.atoms(claim.assuming, claim.silent)
    onward = search.onward(number, _admits(bench, claim))
    seen = Seen(search, among, onward)
    start = configuration_symbols(machine, search, number)
    invariant = induction.houdini(candidates(among, seen, width=bench.width), start)
    values = machine.values_before
    used: list[Lemma] = []
    rules: list[str] = []
    for step in induction.steps:
        success = goal.success({**values, **step.after})
        reasons = induction.bars(invariant, step, [goal.obliged, success])
        if reasons is None:
            return None
        used += reasons[0]
        rules += reasons[1]
    core = induction.core(invariant, dict.fromkeys(used))
    begun = configuration_values(machine, search, number)
    shows = (trapped(goal.claim, claim.without),)
    return Argument(machine, core, shows, tuple(dict.fromkeys(rules)), begun)

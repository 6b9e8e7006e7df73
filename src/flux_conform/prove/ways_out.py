"""Properties that ask for a way out: a goal reachable from wherever a run has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from flux_conform.language.specification import Property, State
from flux_conform.machine.exploration import by_target, towards
from flux_conform.machine.space import Edge, Search
from flux_conform.machine.symbolic.configurations import STATE
from flux_conform.machine.symbolic.expression_terms import truth
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, conj, neg, same
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.prove.argument import LEFT, REACHED, TRAPPED, Argument, Conclusion
from flux_conform.prove.instance import configuration_symbols, configuration_values
from flux_conform.prove.lemmas import Formula, Lemma, Samples, candidates
from flux_conform.prove.measures import Goal, Progress, Ways, prove_progress, ways
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown, Witness
from flux_conform.prove.phrases import joined, lemma_texts
from flux_conform.prove.prover import ADMITS, Prover, run_kind
from flux_conform.prove.reaching import to_configuration
from flux_conform.prove.witnesses import Run, run_of


def recoverable(prover: Prover, claim: Property) -> Shown:
    """From wherever a run has come, some run leads to where the claim holds."""
    assert claim.claim is not None
    tree = prover.tree(claim.claim)
    search = prover.search(claim.assuming)
    done = search.satisfying(tree)
    removed = prover.specification.removed
    gone = search.in_state(removed)

    def goal(machine: SymbolicMachine) -> Goal:
        held = truth(tree, machine.before)
        return Goal(
            _obliged(prover, claim, done, gone),
            lambda edge: bool(done[edge.target]) and not gone[edge.target],
            conj([neg(held), neg(_in(machine, machine.values_before, removed))]),
            lambda after: conj(
                [truth(tree, machine.scene(after, free=True)), neg(_in(machine, after, removed))]
            ),
            held,
        )

    return _judge(prover, claim, goal, claim.claim.text)


def leavable(prover: Prover, claim: Property) -> Shown:
    """From wherever a run has come outside of final states, the state can still change."""
    search = prover.search(claim.assuming)
    removed, finals = prover.specification.removed, prover.specification.finals
    gone = search.in_state(removed)

    def succeeds(edge: Edge) -> bool:
        changed = search.state_of(edge.target) != search.state_of(edge.source)
        return changed and not gone[edge.target]

    def goal(machine: SymbolicMachine) -> Goal:
        values = machine.values_before
        return Goal(
            _obliged(prover, claim, search.in_state(*finals), gone),
            succeeds,
            conj(
                [
                    neg(_in(machine, values, removed)),
                    *(neg(_in(machine, values, final)) for final in finals),
                ]
            ),
            lambda after: conj(
                [neg(same(after[STATE], values[STATE])), neg(_in(machine, after, removed))]
            ),
        )

    return _judge(prover, claim, goal, None)


def _obliged(prover: Prover, claim: Property, *excused: bytearray) -> bytearray:
    """Marks the configurations that runs reach and that are none of those excused."""
    reached = prover.paths(claim.assuming, run_kind(claim.silent)).reached
    return bytearray(
        mark and not any(marks) for mark, *marks in zip(reached, *excused, strict=True)
    )


def _in(machine: SymbolicMachine, values: Mapping[str, Any], state: State | None) -> Truth:
    return state is not None and same(values[STATE], machine.codes.of(state.name))


def _admits(prover: Prover, claim: Property) -> Callable[[Edge], bool]:
    """The edges that a way out may take."""
    admits = ADMITS[run_kind(claim.silent)]
    if not claim.without:
        return admits
    steps = prover.search(claim.assuming).steps
    barred = {n for n, step in enumerate(steps) if step.action.event in claim.without}
    return lambda edge: edge.action not in barred and admits(edge)


def _judge(
    prover: Prover,
    claim: Property,
    goal_of: Callable[[SymbolicMachine], Goal],
    target: str | None,
) -> Shown:
    search = prover.search(claim.assuming)
    try:
        goal = goal_of(prover.machine(claim.assuming, claim.silent))
        found = ways(search, goal, _admits(prover, claim))
        stuck = found.stuck(goal)
        if stuck:
            return _refuted(prover, claim, goal, stuck, target)
        shown = _proved(prover, claim, goal, found, target)
        # Where steps were left out, an invariant may still show that these lead nowhere either.
        doubtful: dict[str, list[int]] = {}
        for number in found.doubtful(goal) if shown.verdict == UNKNOWN else ():
            doubtful.setdefault(search.state_of(number), []).append(number)
        refuted = (_refuted(prover, claim, goal, each, target) for each in doubtful.values())
        return next((other for other in refuted if other.verdict == REFUTED), shown)
    except Untranslatable as error:
        return Shown(UNKNOWN, str(error))


def _proved(prover: Prover, claim: Property, goal: Goal, found: Ways, target: str | None) -> Shown:
    induction = prover.induction(claim.assuming, claim.silent)
    if induction.machine.loose:
        names = joined(induction.machine.loose)
        return Shown(UNKNOWN, f"counts of {names} allow more steps than there are")
    result = prove_progress(
        induction,
        prover.invariant(claim.assuming, claim.silent),
        prover.search(claim.assuming),
        goal,
        found,
        prover.atoms(claim.assuming, claim.silent),
        claim.without,
    )
    if not isinstance(result, Progress):
        return Shown(UNKNOWN, result)
    what, until = "a change of state", "the state changes"
    if target is not None:
        what, until = f"reaching {target}", target
    summary = f"some event always lowers the measure until {until}"
    if not result.measure.terms:
        summary = "one event is enough everywhere"
    farthest = max(found.distance.values(), default=0)
    detail = (
        f"measure: {result.measure.text}",
        f"farthest in the explicit instance: {farthest} events from {what}",
    )
    reached = {} if goal.claim is None else {"claim": goal.claim}
    shows = Conclusion(
        REACHED if reached else LEFT,
        {**reached, "measure": result.value},
        facts={"without": list(claim.without)},
        ways=result.ways,
    )
    return Shown(
        PROVED,
        summary,
        detail,
        invariant=lemma_texts(result.invariant),
        measure=result.measure.text,
        arguments=(Argument(induction.machine, result.invariant, (shows,)),),
    )


def _refuted(
    prover: Prover, claim: Property, goal: Goal, stuck: list[int], target: str | None
) -> Shown:
    search = prover.search(claim.assuming)
    # What was left out may lead on from other places, so only what is argued for is said.
    sparing = bool(prover.left_out)
    lost = 0 in stuck and not sparing
    place = _shown_place(prover, claim, goal, stuck, lost and target is not None)
    if place is None:
        return Shown(UNKNOWN, "no log leads to the configurations that look stuck")
    number, edges = place
    argument = _trapped(prover, claim, goal, number)
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
    others = sorted({search.state_of(n) for n in stuck} - {state}) if not sparing else []
    detail = [f"stuck in {state}; nothing that may follow leads on"]
    if others:
        detail.append(f"such configurations exist in {joined(others)} too")
    ends = [] if lost or sparing else list(_dead_ends(prover, claim, stuck))
    detail += [f"{end.purpose}: {end.run.names}" for end in ends]
    further = [] if lost else list(_further(prover, claim, goal, stuck, argument))
    return Shown(
        REFUTED,
        summary,
        tuple(detail),
        tuple(ends),
        counterexample=run,
        invariant=lemma_texts(argument.invariant),
        arguments=(argument, *(other for other, _ in further)),
        runs=tuple(run for _, run in further),
    )


_MOST_TRAPS = 20
"""Dead ends of one claim that are argued for, each with all that are like it."""


def _further(
    prover: Prover, claim: Property, goal: Goal, stuck: Sequence[int], first: Argument
) -> Iterator[tuple[Argument, Run]]:
    """Arguments for the dead ends that the first one does not cover, each with a run to it."""
    search = prover.search(claim.assuming)
    paths = prover.paths(claim.assuming, run_kind(claim.silent))
    samples = Samples(search, prover.atoms(claim.assuming, claim.silent))
    closed, covered = frozenset(stuck), _covered(samples, first)
    count = 0
    for number in paths.order:
        if number not in closed or covered >> (8 * number) & 1:
            continue
        argument = _trapped(prover, claim, goal, number)
        if argument is None or count == _MOST_TRAPS:
            return
        count += 1
        covered |= _covered(samples, argument) | 1 << (8 * number)
        yield argument, run_of(search, paths.to(number))


def _covered(samples: Samples, argument: Argument) -> int:
    """Where all lemmas of an argument hold, so that it begins there as well."""
    where = samples.all
    for lemma in argument.invariant.lemmas:
        holds = 0
        for literal in lemma.literals if not lemma.is_fact else ():
            if isinstance(literal.atom.condition, Formula):
                return 0  # found by another engine, of no sample
            holds |= samples.satisfying(literal)
        where &= samples.all if lemma.is_fact else holds
    return where


def _dead_ends(prover: Prover, claim: Property, stuck: Sequence[int]) -> Iterator[Witness]:
    """The events that close the way, each in each state with its shortest log."""
    search = prover.search(claim.assuming)
    paths = prover.paths(claim.assuming, run_kind(claim.silent))
    admits = ADMITS[run_kind(claim.silent)]
    closed = frozenset(stuck)
    known: set[tuple[str, str]] = set()
    for number in paths.order:
        if number in closed:
            continue
        for edge in search.edges[number]:
            name = search.steps[edge.action].action.name
            state = search.state_of(number)
            if edge.target in closed and admits(edge) and (name, state) not in known:
                known.add((name, state))
                run = run_of(search, [*paths.to(number), edge])
                yield Witness(f"dead-end-{name}-{state}", f"{name} in {state} closes the way", run)


def _shown_place(
    prover: Prover, claim: Property, goal: Goal, stuck: list[int], lost: bool
) -> tuple[int, list[Edge]] | None:
    """The stuck configuration to show, with its log: the nearest, of one event at least.

    Where the goal is lost from the start, the nearest is no news; then it is the nearest in which
    the state can no longer change.
    """
    search = prover.search(claim.assuming)
    wanted: Iterable[int] = [number for number in stuck if number != 0] or stuck
    if lost:
        still = _still(search)
        wanted = [number for number in wanted if still[number]] or wanted
    return to_configuration(prover, claim, wanted)


def _still(search: Search) -> list[bool]:
    """For each configuration whether the state can never change again."""
    edges = [edge for edges in search.edges for edge in edges]
    moving = {e.source for e in edges if search.state_of(e.source) != search.state_of(e.target)}
    can_move = towards(moving, by_target(edges), lambda edge: True)
    return [number not in can_move for number in range(len(search.configurations))]


def _trapped(prover: Prover, claim: Property, goal: Goal, number: int) -> Argument | None:
    """What holds for ever after a configuration, and excludes the goal, whatever the bounds."""
    search = prover.search(claim.assuming)
    induction = prover.induction(claim.assuming, claim.silent, claim.without)
    machine = induction.machine
    among = prover.atoms(claim.assuming, claim.silent)
    onward = search.paths(_admits(prover, claim), number).reached
    samples = Samples(search, among, onward)
    start = configuration_symbols(machine, search, number)
    invariant = induction.houdini(candidates(among, samples, width=prover.width), start)
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
    without = {"without": list(claim.without)}
    shows = Conclusion(TRAPPED, {"claim": goal.claim}, facts=without)
    return Argument(machine, core, (shows,), tuple(dict.fromkeys(rules)), begun)

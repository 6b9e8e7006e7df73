"""Events that are accepted: in some states, each such event is a step that runs may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from flux_conform.language.expressions import Binary, Constant, List, Node
from flux_conform.language.specification import ANY_EVENT, SILENT, Property
from flux_conform.machine.claimed import claimed
from flux_conform.machine.slice import assumed
from flux_conform.machine.space import Paths, Search
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, disj, neg, same
from flux_conform.machine.symbolic.readability import matches
from flux_conform.machine.symbolic.step import SymbolicStep
from flux_conform.prove.argument import ACCEPTED, Argument, Conclusion
from flux_conform.prove.invariant import Invariant
from flux_conform.prove.lemmas import Lemma
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Need, Shown
from flux_conform.prove.phrases import lemma_texts
from flux_conform.prove.prover import ADMITS, QUIET, Prover, run_kind
from flux_conform.prove.spacer import Bad
from flux_conform.prove.step_trials import Allowed, StepTrial, StepTrials, obeying
from flux_conform.prove.witnesses import Run

SHALLOW = 1000
"""Maximum number of configurations searched under weaker rules before an invariant is tried."""

Found: TypeAlias = tuple[StepTrials, Paths, StepTrial]


def accepts(prover: Prover, claim: Property) -> Shown:
    """Whether in these states each event that the claim speaks of is a step of runs.

    Its context is of the right types; it is not undefined, and breaks no rule that runs obey.
    """
    why = "no invariant was found that implies it"
    proof = None
    try:
        proof = _proof(prover, claim)
    except Untranslatable as error:
        why = f"the proofs cannot speak of it: {error}"
    found = None if proof is not None else _refused(prover, claim)
    if proof is None and found is None:
        proof = _proof_by_spacer(prover, claim)
    if proof is not None:
        summary = "accepted wherever a run has come in these states"
        lemmas = lemma_texts(proof.invariant)
        return Shown(PROVED, summary, invariant=lemmas, arguments=(proof,))
    if found is None:
        return Shown(UNKNOWN, f"no log refutes it, and {why}")
    trials, paths, trial = found
    run = trials.run(paths, trial)
    return Shown(REFUTED, _refusal(claim, trials, trial, run), counterexample=run)


def needs(prover: Prover, claim: Property, uses: Sequence[str]) -> tuple[Need, ...]:
    """For each rule used a run that refutes the claim once no run need obey the rule."""
    found = []
    for rule in uses:
        refused = _refused(prover, claim, frozenset([rule]))
        run = None if refused is None else refused[0].run(*refused[1:])
        found.append(Need(rule, run))
    return tuple(found)


def premises(prover: Prover, claim: Property) -> tuple[Run | None, tuple[str, ...]]:
    """A shortest run with such an event in one of the states; and the states without any.

    Each state is told in which, as an invariant shows, no such event can come: of it nothing is
    claimed.
    """
    run: Run | None = None
    empty = []
    for state in _states(claim):
        within = Binary("==", _tree(prover, claim).left, Constant(state))
        found = next(_trials(prover, claim, within, lambda done: True), None)
        if found is not None:
            run = run or found[0].run(*found[1:])
        elif _is_empty(prover, claim, state):
            empty.append(f"in {state} no such event can come: nothing is claimed of it")
    return run, tuple(empty)


def _refusal(claim: Property, trials: StepTrials, trial: StepTrial, run: Run) -> str:
    """Why the event that ends the run is refused."""
    last = run.events[-1]
    where = f"{last.name} is refused in {trials.search.state_of(trial.number)}"
    if trial.done.outcome == SILENT and not last.breaks:
        return f"{where}: it is silent there"
    levels = {rule.id: rule.level for rule in trials.search.specification.rules}
    counted = (*assumed(claim.assuming), None)
    broken = [rule for rule in last.breaks if levels.get(rule) in counted]
    return f"{where}: it breaks {', '.join(broken)}"


# By search


def _refused(
    prover: Prover, claim: Property, without: frozenset[str] = frozenset()
) -> Found | None:
    """A shortest run to such an event in these states that no run may take."""
    obeys = obeying(claim, without)
    tree = _tree(prover, claim)
    return next(_trials(prover, claim, tree, lambda done: not obeys(done), without), None)


def _trials(
    prover: Prover,
    claim: Property,
    within: Node,
    wanted: Allowed,
    without: frozenset[str] = frozenset(),
) -> Iterator[Found]:
    """The events of the claim, their contexts right, at the ends of runs; the shortest first."""
    when = [] if claim.when is None else [prover.tree(claim.when)]
    for search, paths in _runs(prover, claim, without):
        trials = StepTrials(search)
        tests: list[Callable[[StepTrial], bool]] = [trials.holds_before(within)]
        tests += [trials.holds_before(tree) for tree in when]
        events = [event for event in prover.specification.events if _is_of(claim, event.name)]
        steps = trials.steps(event.name for event in events)
        sound = [step for step in steps if not step.action.is_faulty]
        for trial in trials.over(paths.order, sound, wanted, within, lambda event: when):
            if all(test(trial) for test in tests):
                yield trials, paths, trial


def _runs(
    prover: Prover, claim: Property, without: frozenset[str]
) -> Iterator[tuple[Search, Paths]]:
    """The searches that know such runs: those of the strictest rules first."""
    kind = run_kind(claim.silent)
    if not without:
        for admitted in (QUIET, kind):
            paths = prover.paths(prover.strictest, admitted)
            yield prover.search(prover.strictest), paths
    if without or claim.assuming != prover.strictest:
        limit = SHALLOW if prover.effort == 0 else None
        search = prover.search(claim.assuming, limit, without)
        yield search, search.paths(ADMITS[kind])


# By induction


def _proof_by_spacer(prover: Prover, claim: Property) -> Argument | None:
    try:
        bad = [Bad(None, wrong) for wrong, _ in _against(prover, claim)]
        stronger = prover.strengthen(claim.assuming, claim.silent, bad)
        return _proof(prover, claim) if stronger else None
    except Untranslatable:
        return None


def _proof(prover: Prover, claim: Property) -> Argument | None:
    """The induction from which the claim follows, or None where none was found."""
    # Where the event is legal whatever has been, no lemma is needed.
    plain = _proof_by(prover, claim, Invariant(()))
    return plain or _proof_by(prover, claim, prover.invariant(claim.assuming, claim.silent))


def _proof_by(prover: Prover, claim: Property, invariant: Invariant) -> Argument | None:
    induction = prover.induction(claim.assuming, claim.silent)
    used: dict[Lemma, None] = {}
    shown = []
    for wrong, conclusion in _against(prover, claim):
        found = induction.refutes(invariant, wrong)
        if found is None:
            return None
        used.update(dict.fromkeys(found[0]))
        shown.append(conclusion)
    core = induction.core(invariant, used) if used else Invariant(())
    return Argument(induction.machine, core, tuple(shown))


def _against(prover: Prover, claim: Property) -> Iterator[tuple[list[Truth], Conclusion]]:
    """What would refute the claim: such an event, in one of the states, that no run may take."""
    machine = prover.machine(claim.assuming, claim.silent)
    states = _states(claim)
    here = disj(same(machine.before.state, machine.codes.of(state)) for state in states)
    for event in prover.specification.events:
        if _is_of(claim, event.name):
            step = machine.step(event.name)
            when = _when(prover, claim, step)
            refused = neg(step.legal)
            facts = {"states": list(states)}
            conclusion = Conclusion(ACCEPTED, {"when": when}, event.name, facts)
            yield [step.possible, when, here, refused], conclusion


def _is_empty(prover: Prover, claim: Property, state: str) -> bool:
    """Whether an invariant shows that no such event can come in a state."""
    try:
        induction = prover.induction(claim.assuming, claim.silent)
        machine = induction.machine
        invariant = prover.invariant(claim.assuming, claim.silent)
        here = same(machine.before.state, machine.codes.of(state))
        return all(
            induction.refutes(invariant, [step.possible, _when(prover, claim, step), here])
            is not None
            for step in machine.steps
            if _is_of(claim, step.event)
        )
    except Untranslatable:
        return False


# What the claim says


def _is_of(claim: Property, event: str) -> bool:
    """Whether the claim speaks of an event."""
    return claim.on in (event, ANY_EVENT)


def _tree(prover: Prover, claim: Property) -> Binary:
    """That the state is one of those named."""
    tree = claimed(prover.specification, claim)
    assert isinstance(tree, Binary)
    return tree


def _states(claim: Property) -> list[str]:
    """The states in which the event is accepted."""
    assert claim.claim is not None
    assert isinstance(claim.claim.tree, Binary)
    assert isinstance(claim.claim.tree.right, List)
    items = claim.claim.tree.right.items
    return [str(item.value) for item in items if isinstance(item, Constant)]


def _when(prover: Prover, claim: Property, step: SymbolicStep) -> Truth:
    """The condition that narrows the event, whose context is of the right types."""
    return matches(None if claim.when is None else prover.tree(claim.when), step.scene)

"""No vacuous rule: for every rule and guard a run that obeys it and one that would break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flux_conform.language.expressions import Node
from flux_conform.language.levels import ASKED
from flux_conform.language.specification import ANY_EVENT, Rule, Transition
from flux_conform.machine.event_times import timed_rules
from flux_conform.machine.slice import assumed, premise_of
from flux_conform.machine.space import Paths
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth
from flux_conform.machine.symbolic.readability import fails, holds
from flux_conform.machine.symbolic.step import SymbolicStep
from flux_conform.prove.outcomes import Exercise, GuardUse, RuleUse
from flux_conform.prove.prover import ADMITS, ANY, QUIET, Prover
from flux_conform.prove.reaching import row_text
from flux_conform.prove.step_trials import Allowed, StepTrials
from flux_conform.prove.timed_exercise import timed_uses
from flux_conform.prove.witnesses import Run

ASSUMED = "implied"
"""Runs obey every rule but notes, up to the event that is looked at."""
NEAR = 1000
"""Number of configurations after which only what is still missing is looked for."""


def exercise(prover: Prover) -> Exercise:
    """Exercise every rule and guard of the specification, in the generation that shows most."""
    specification = prover.specification
    timed = timed_rules(specification)
    judged = [rule for rule in specification.rules if rule.id not in timed]
    uses: dict[str, RuleUse] = {}
    guards: dict[int, GuardUse] = {}  # by the place of the row: two rows may be equal
    provers = prover.of_each_generation()
    for there in provers:
        wanted = [
            rule for rule in judged if rule.id not in uses or uses[rule.id].verdict != "independent"
        ]
        rows = [
            (place, row)
            for place, row in enumerate(specification.transitions)
            if row.when is not None and (place not in guards or not guards[place].is_good)
        ]
        if not wanted and not rows:
            break
        # What is wanted of other logs alone shows after a few events, or not at all.
        search = there.search(ASSUMED, NEAR if there is not prover and prover.effort == 0 else None)
        trials, reached = StepTrials(search), [search.paths(ADMITS[kind]) for kind in (QUIET, ANY)]
        for use in _rules(there, trials, reached, wanted):
            uses[use.id] = _better(uses[use.id], use) if use.id in uses else use
        for place, guard in _guards(there.generation, trials, reached, rows):
            known = guards.get(place)
            if known is not None and not guard.is_good:
                # Logs of one generation may take the row, and those of another pass it by.
                guard = known._replace(
                    taken=known.taken or guard.taken, passed=known.passed or guard.passed
                )
            guards[place] = guard
    uses = {rule.id: _explained(provers, rule, uses[rule.id]) for rule in judged}
    uses |= {use.id: use for use in timed_uses(prover, ASSUMED)}
    rows_of_file = specification.transitions
    return Exercise(
        tuple(uses[rule.id] for rule in specification.rules),
        tuple(
            guards[place]
            for place in sorted(guards)
            # That a lane refuses an event nowhere is no slip: nobody wrote such a guard.
            if guards[place].is_good or not rows_of_file[place].lane
        ),
    )


def _better(one: RuleUse, two: RuleUse) -> RuleUse:
    """What two generations show of a rule."""
    better = two if two.alone and not one.alone else one
    return better._replace(obeyed=one.obeyed or two.obeyed)


def _explained(provers: Sequence[Prover], rule: Rule, use: RuleUse) -> RuleUse:
    """Why no log was found: because, in every generation, other rules or the machine exclude it."""
    follows = conflicts = None
    if not use.alone:
        follows = _everywhere(_follows, provers, rule)
    if use.obeyed is None:
        conflicts = _everywhere(_barred, provers, rule)
    return use._replace(follows=follows, conflicts=conflicts)


def _everywhere(
    question: Callable[[Prover, Rule], tuple[str, ...] | None],
    provers: Sequence[Prover],
    rule: Rule,
) -> tuple[str, ...] | None:
    """The rules that answer a question, of all generations; None where one is not answered."""
    used: dict[str, None] = {}
    for prover in provers:
        try:
            found = question(prover, rule)
        except Untranslatable:
            return None
        if found is None:
            return None
        used.update(dict.fromkeys(found))
    return tuple(used)


# Rules


class _Wanted:
    """What is known so far of one rule in one generation."""

    def __init__(self, rule: Rule, events: Sequence[str], premise: Node | None) -> None:
        self.rule = rule
        self.events = events
        self.premise = premise
        self.obeyed: Run | None = None
        self.broken: Run | None = None
        self.others = -1
        """How many other rules the last event of `broken` breaks; -1 where there is no such run."""

    @property
    def is_done(self) -> bool:
        """Nothing better can be found."""
        return self.obeyed is not None and self.others == 0


def _rules(
    prover: Prover, trials: StepTrials, reached: Sequence[Paths], rules: Sequence[Rule]
) -> Iterator[RuleUse]:
    wanted = [
        _Wanted(rule, _events(prover, rule), premise_of(prover.tree(rule.require)))
        for rule in rules
    ]
    for paths in reached:
        # Most is found after a few events; what is not is looked for by itself.
        for part in (paths.order[:NEAR], paths.order[NEAR:]):
            _look(trials, paths, part, [item for item in wanted if not item.is_done])
    for item in wanted:
        yield RuleUse(
            item.rule.id,
            item.rule.level,
            prover.generation,
            item.obeyed,
            item.broken,
            item.others == 0,
            None,
            None,
            item.rule.follows,
        )


def _look(trials: StepTrials, paths: Paths, numbers: Sequence[int], wanted: list[_Wanted]) -> None:
    """Try at some configurations the steps that the rules wanted judge."""
    tests = {
        item.rule.id: trials.holds_before(item.premise)
        for item in wanted
        if item.premise is not None
    }
    judging: dict[str, list[_Wanted]] = {}
    for item in wanted:
        for event in item.events:
            judging.setdefault(event, []).append(item)
    premises = {
        event: [item.premise for item in items if item.premise is not None]
        for event, items in judging.items()
    }
    steps = trials.steps(judging)
    for trial in trials.over(
        numbers, steps, lambda done: done.has_effect, at_event=premises.__getitem__
    ):
        broken = trial.done.breaks
        weighty = [rule for rule in broken if rule.level in ASKED]
        for item in judging[trial.step.action.event]:
            if item.rule in broken:
                others = len(weighty) - (item.rule in weighty)
                if item.others < 0 or others < item.others:
                    item.broken, item.others = trials.run(paths, trial), others
            elif item.obeyed is None and not weighty:
                test = tests.get(item.rule.id)
                if test is None or test(trial):
                    item.obeyed = trials.run(paths, trial)
        if all(item.is_done for item in wanted):
            return


def _follows(prover: Prover, rule: Rule) -> tuple[str, ...] | None:
    """The rules from which a rule follows, or None where that is not known.

    Up to the first event that breaks it a run obeys it too, so the invariant of runs that obey
    every rule may be used.
    """
    return _excluded(
        prover, rule, lambda step, tree: fails(tree, step.scene), lambda name: name != rule.id
    )


def _barred(prover: Prover, rule: Rule) -> tuple[str, ...] | None:
    """The rules that never let a rule apply, or None where that is not known."""

    def given(step: SymbolicStep, tree: Node) -> Truth:
        premise = premise_of(tree)
        return True if premise is None else holds(premise, step.scene)

    return _excluded(prover, rule, given, lambda name: True)


def _excluded(
    prover: Prover,
    rule: Rule,
    wanted: Callable[[SymbolicStep, Node], Truth],
    obeyed: Callable[[str], bool],
) -> tuple[str, ...] | None:
    """The rules because of which no event of a rule's is as wanted; None where one may be."""
    if rule.level not in assumed(ASSUMED):
        # Nothing that the rules assumed read need bear on it.
        prover = prover.with_every_rule
    induction = prover.induction(ASSUMED, True)
    invariant = prover.invariant(ASSUMED, True)
    tree = prover.tree(rule.require)
    used: dict[str, None] = {}
    for event in _events(prover, rule):
        step = induction.machine.step(event)
        rules = [(name, holds) for name, holds in step.rules if obeyed(name)]
        claims = [step.possible, step.allowed, wanted(step, tree)]
        reasons = induction.refutes(invariant, [*claims, *(holds for _, holds in rules)])
        if reasons is None:
            return None
        places = [place - len(claims) for place in reasons[1]]
        used.update(dict.fromkeys(rules[place][0] for place in places if place >= 0))
    return tuple(used)


def _events(prover: Prover, rule: Rule) -> Sequence[str]:
    if ANY_EVENT in rule.on:
        return [event.name for event in prover.specification.events]
    return rule.on


# Guards


def _guards(
    generation: str,
    trials: StepTrials,
    reached: Sequence[Paths],
    rows: Sequence[tuple[int, Transition]],
) -> Iterator[tuple[int, GuardUse]]:
    search = trials.search
    for number, row in rows:
        if row.generation not in (None, generation):
            continue
        taken: Run | None = None
        passed: Run | None = None
        # At last with an event that breaks weak rules: some guards are for such events alone.
        for paths, levels in (
            (reached[0], ASKED),
            (reached[1], ASKED),
            (reached[0], ("MUST",)),
        ):
            here = search.in_state(search.specification.state(row.source))
            places = [place for place in paths.order if here[place]]
            steps = trials.steps([row.event])
            for trial in trials.over(places, steps, _obeying(levels)):
                if taken is not None and passed is not None:
                    break
                if trial.done.row is row:
                    taken = taken or trials.run(paths, trial)
                elif not any(each is row for each in trials.matching(trial)):
                    passed = passed or trials.run(paths, trial)
        yield number, GuardUse(row_text(row), generation, taken, passed)


def _obeying(levels: tuple[str, ...]) -> Allowed:
    return lambda done: not any(rule.level in levels for rule in done.breaks)

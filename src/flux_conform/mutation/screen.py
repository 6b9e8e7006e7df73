"""Runs of a specification as a screen for its mutants: which claim a changed step refutes.

Most mutants change what one event does, and nothing else. So the runs of the specification are
explored once. The events that a mutant changes are tried at the ends of these runs, and where such
a step is not what it was, the claims are asked. The run is one of the mutant, too: on the way there
each step of a changed event does what it did. Where nothing is found, nothing is said: the mutant
may have runs of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from flux_conform.language.expressions import Node, expand
from flux_conform.language.specification import (
    ANY_EVENT,
    LEVELS,
    MachineFinding,
    Property,
    Specification,
)
from flux_conform.machine.claimed import claimed, compares
from flux_conform.machine.evaluate import Moment, Unreadable, compile_expression
from flux_conform.machine.fold import reads
from flux_conform.machine.interning import GENERATION, Interned, Numbers, applied
from flux_conform.machine.ready_actions import ReadyAction
from flux_conform.machine.slice import event_slice
from flux_conform.machine.space import Search
from flux_conform.machine.step import Machine
from flux_conform.machine.steps import Done, Steps
from flux_conform.mutation.mutants import Mutant
from flux_conform.prove.prover import ADMITS, QUIET, Prover
from flux_conform.prove.step_trials import obeying

ALIKE = 3
"""Of configurations that differ in nothing that a claim of the event reads, so many are tried."""

MANY = 3000
"""Number of changed steps at which claims are asked, at most."""


class _Trial(NamedTuple):
    """A changed step: what the mutant does, and the moments at the event and after it."""

    done: Done
    at: Moment
    after: Moment


class Screen:
    """The runs of a specification that break no rule at all, as far as a search knows them."""

    def __init__(self, prover: Prover, proved: Collection[Property]) -> None:
        """`proved` are claims that hold, of runs, and whose variables the prover's search keeps."""
        self._search = prover.search(prover.strictest)
        self._paths = self._search.paths(ADMITS[QUIET])
        self._specification = prover.specification
        self._claims = tuple(proved)
        self._steps: dict[str, list[ReadyAction]] = {}
        for step in self._search.every_step:
            if not step.action.is_faulty:
                self._steps.setdefault(step.action.event, []).append(step)
        self._alike: dict[tuple[str, bool], Sequence[int]] = {}

    def noticed(self, mutant: Mutant) -> str:
        """The id of a claim that the mutant refutes at a step that it changes, or ""."""
        found = self._in_places(mutant)
        changed = _Changed(self._search, mutant)
        for wide in (False, True):
            for event in changed.events:
                if not found and changed.is_known(event):
                    found = self._at_event(changed, event, wide)
        return found

    # Which claims, and where

    def _claims_at(self, event: str) -> list[Property]:
        """The claims that a step of an event may refute, those that name it first."""
        named = [claim for claim in self._claims if claim.on == event]
        return named + [claim for claim in self._claims if claim.on in (None, ANY_EVENT)]

    def _places_at(self, event: str, wide: bool) -> Sequence[int]:
        """Configurations that differ in what claims of the event read, or any claim if `wide`."""
        key = event, wide
        if key not in self._alike:
            trees = [
                tree
                for claim in self._claims_at(event)
                if wide or claim.on == event
                for tree in _trees(self._specification, claim)
                if tree is not None
            ]
            read = self._search.places(name for tree in trees for name in reads(tree))
            part = itemgetter(*{*read, *(at for step in self._steps[event] for at in step.places)})
            count: Counter[Any] = Counter()
            chosen = self._alike[key] = []
            for number in self._paths.order:
                kind = part(self._search.configurations[number])
                count[kind] += 1
                if count[kind] <= (1 if wide else ALIKE):
                    chosen.append(number)
        return self._alike[key]

    # What refutes a claim

    def _in_places(self, mutant: Mutant) -> str:
        """A claim of configurations that means something else in the mutant, and is wrong there."""
        anew = {claim.id: claim for claim in mutant.specification.properties}
        for claim in self._claims:
            if claim.on is None:
                tree = claimed(mutant.specification, anew[claim.id])
                if tree is not None and tree != claimed(self._specification, claim):
                    marks = self._search.satisfying(tree)
                    if not all(marks[number] for number in self._paths.order):
                        return claim.id
        return ""

    def _at_event(self, changed: _Changed, event: str, wide: bool) -> str:
        trials = list(self._trials(changed, event, wide))
        for claim in self._claims_at(event) if trials else ():
            refutes = _refutes(changed.mutant.specification, claim)
            if any(map(refutes, trials)):
                return claim.id
        return ""

    def _trials(self, changed: _Changed, event: str, wide: bool) -> Iterator[_Trial]:
        """The steps of an event, at the ends of runs of the mutant, that are not what they were."""
        search = self._search
        only = changed.mutant.state
        left = MANY
        for number in self._places_at(event, wide):
            if only not in (None, search.state_of(number)):
                continue
            configuration = search.configurations[number]
            for step in self._steps[event]:
                usual = search.attempt(step, configuration)
                done = changed.done(step, configuration)
                if usual is None or done is None or done.is_cut or _is_misfit(done):
                    continue
                if not changed.claims_too and _says(done) == _says(usual):
                    continue
                if not self._is_run(changed, number):
                    break
                yield changed.trial(step, configuration, done)
                left -= 1
                if not left:
                    return

    def _is_run(self, changed: _Changed, number: int) -> bool:
        """Whether the run to a configuration is one of the mutant, which finds nothing in it."""
        search, known = self._search, changed.known
        for edge in self._paths.to(number):
            if edge.target not in known:
                step, before = search.steps[edge.action], search.configurations[edge.source]
                known[edge.target] = True
                if step.action.event in changed.events:
                    done = changed.done(step, before)
                    after = search.configurations[edge.target]
                    known[edge.target] = (
                        done is not None
                        and done.has_effect
                        and done.is_quiet
                        and applied(before, done.changes) == after
                    )
            if not known[edge.target]:
                return False
        return True


class _Changed:
    """The steps of a mutant, between the configurations of its specification."""

    def __init__(self, search: Search, mutant: Mutant) -> None:
        self.mutant = mutant
        usual = search.specification.definitions
        self.claims_too = mutant.specification.definitions != usual
        """Whether claims may mean something else, so that no step is what it was."""
        self.known: dict[int, bool] = {}
        """Which runs to configurations of the specification are runs of the mutant."""
        self.events = [
            event.name
            for event in search.specification.events
            if mutant.events is None or event.name in mutant.events
        ]
        self._generation = search.slice.generation
        machine = Machine(mutant.specification, report=True, asking=search.slice.seen)
        self._space = Interned(machine, search.space.fields)
        self._space.tables = search.space.tables  # so that values have the same numbers
        self._stepping = Steps(self._space, search.bounds, self._generation)
        self._ready: dict[int, ReadyAction] = {}

    def is_known(self, event: str) -> bool:
        """Whether the configurations keep all that decides a step of the event."""
        other, place = self.mutant.specification, self._space.place
        item = event_slice(other, other.event(event), self._generation, kept=self._space.variables)
        asked = {name for tree in item.trees for name in reads(tree)} - {"first"}
        return GENERATION in place and asked <= set(place)

    def ready(self, step: ReadyAction) -> ReadyAction:
        """A step of the specification, as the mutant takes it."""
        if id(step) not in self._ready:
            self._ready[id(step)] = ReadyAction(self._stepping, step.action)
        return self._ready[id(step)]

    def done(self, step: ReadyAction, configuration: Numbers) -> Done | None:
        """What the mutant does at a step, in logs of the generation; None where there is none."""
        done = self.ready(step).at(configuration)
        return done if done and done.generation in (None, self._generation) else None

    def trial(self, step: ReadyAction, configuration: Numbers, done: Done) -> _Trial:
        """The step with its moments."""
        at = self.ready(step).moment(configuration, done)
        after = self._space.moment(applied(configuration, done.changes))
        after.before = at
        return _Trial(done, at, after)


def _says(done: Done) -> object:
    """What decides whether a step refutes a claim."""
    broken = {(rule.id, rule.level) for rule in done.breaks if rule.level != LEVELS[-1]}
    return done.outcome, done.changes, broken


def _is_misfit(done: Done) -> bool:
    """Whether the event's context is not what the mutant describes."""
    found = (breach.rule for breach in done.breaches)
    return any(isinstance(rule, MachineFinding) and "context" in rule.kind for rule in found)


def _trees(specification: Specification, claim: Property) -> tuple[Node | None, Node | None]:
    """What narrows a claim, and what it claims."""
    when = None if claim.when is None else expand(claim.when.tree, specification.definition_table)
    return when, claimed(specification, claim)


def _refutes(specification: Specification, claim: Property) -> Callable[[_Trial], bool]:
    """The test whether a step refutes a claim."""
    when, tree = _trees(specification, claim)
    assert tree is not None
    narrows = None if when is None or claim.on is None else compile_expression(when, {})
    test, obeys, across = compile_expression(tree, {}), obeying(claim), compares(tree)

    def refutes(trial: _Trial) -> bool:
        if narrows is not None and not _holds(narrows, trial.at, False):
            return False
        if claim.kind == "accepts":
            return _holds(test, trial.at, False) and not obeys(trial.done)
        if not obeys(trial.done):
            return False
        if claim.kind == "never":
            return _holds(test, trial.at, False)
        return not _holds(test, trial.after, across)

    return refutes


def _holds(test: Callable[[Moment], Any], moment: Moment, unreadable: bool) -> bool:
    """Whether a condition holds; `unreadable` where it reads a key that cannot be read."""
    try:
        return bool(test(moment))
    except Unreadable:
        return unreadable

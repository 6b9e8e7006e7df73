"""Single steps tried at the configurations of a search: those that break rules, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from flux_conform.language.expressions import Node
from flux_conform.language.specification import SILENT, Property, Transition
from flux_conform.machine.deadline import hurry
from flux_conform.machine.evaluate import Unreadable, compile_expression
from flux_conform.machine.fold import reads
from flux_conform.machine.interning import applied
from flux_conform.machine.ready_actions import ReadyAction
from flux_conform.machine.slice import assumed
from flux_conform.machine.space import Paths, Search
from flux_conform.machine.steps import Done
from flux_conform.prove.witnesses import Last, Run, run_of

Allowed = Callable[[Done], bool]


def obeying(claim: Property, without: frozenset[str] = frozenset()) -> Allowed:
    """Admits the steps of the runs that a property assumes, which may break rules of `without`."""
    levels = assumed(claim.assuming)

    def allowed(done: Done) -> bool:
        spoken = done.has_effect and (claim.silent or done.outcome != SILENT)
        return spoken and not any(
            rule.level in levels and rule.id not in without for rule in done.breaks
        )

    return allowed


class StepTrial(NamedTuple):
    """A step tried at a configuration, and what it does there."""

    number: int
    step: ReadyAction
    done: Done


class StepTrials:
    """What each step does at each configuration of a search."""

    def __init__(self, search: Search) -> None:
        self.search = search

    def over(
        self,
        numbers: Iterable[int],
        steps: Iterable[ReadyAction],
        allowed: Allowed,
        asked: Node | None = None,
        at_event: Callable[[str], Iterable[Node]] = lambda event: (),
    ) -> Iterator[StepTrial]:
        """The steps allowed, at these configurations, in their order.

        Of trials that are alike in all that a step, the condition `asked` and what is asked
        `at_event`, by its entry, read, the first alone.
        """
        tried = [(step, step.part_with(at_event(step.action.event)), set[Any]()) for step in steps]
        configurations = self.search.configurations
        also = itemgetter(*self.search.places(() if asked is None else reads(asked)))
        for place, number in enumerate(numbers):
            if place % 256 == 0:
                hurry()
            configuration = configurations[number]
            more = also(configuration)
            for step, part_of, known in tried:
                part = part_of(configuration), more
                if part not in known:
                    known.add(part)
                    done = self.search.attempt(step, configuration)
                    if done is not None and allowed(done):
                        yield StepTrial(number, step, done)

    def steps(self, events: Iterable[str]) -> list[ReadyAction]:
        """The steps of some events."""
        names = set(events)
        return [step for step in self.search.every_step if step.action.event in names]

    def after(self, trial: StepTrial) -> tuple[int, ...]:
        """The configuration that a trial leads to."""
        return applied(self.search.configurations[trial.number], trial.done.changes)

    def holds_before(self, condition: Node) -> Callable[[StepTrial], bool]:
        """A test of trials: whether the condition holds at the event."""
        evaluate = compile_expression(condition, {})

        def holds(trial: StepTrial) -> bool:
            search = self.search
            moment = trial.step.moment(search.configurations[trial.number], trial.done)
            try:
                return bool(evaluate(moment))
            except Unreadable:
                return False

        return holds

    def holds_after(self, condition: Node) -> Callable[[StepTrial], bool]:
        """A test of trials: whether the condition, which asks no event, holds after it."""
        evaluate = compile_expression(condition, {})
        part_of = itemgetter(*self.search.places(reads(condition)))
        memo: dict[Any, bool] = {}

        def holds(trial: StepTrial) -> bool:
            after = self.after(trial)
            part = part_of(after)
            if part not in memo:
                memo[part] = bool(evaluate(self.search.moment(after)))
            return memo[part]

        return holds

    def holds_across(self, condition: Node) -> Callable[[StepTrial], bool]:
        """A test of trials: whether a condition of the values before and after the event holds.

        One that reads a key which cannot be read asks nothing.
        """
        evaluate = compile_expression(condition, {})

        def holds(trial: StepTrial) -> bool:
            search = self.search
            moment = search.moment(self.after(trial))
            moment.before = trial.step.moment(search.configurations[trial.number], trial.done)
            try:
                return bool(evaluate(moment))
            except Unreadable:
                return True

        return holds

    def matching(self, trial: StepTrial) -> list[Transition]:
        """The transitions whose guards hold of a trial."""
        return list(trial.step.matching(self.search.configurations[trial.number]))

    def run(self, paths: Paths, trial: StepTrial) -> Run:
        """The run that ends with a trial."""
        state = self.search.state_in(self.after(trial))
        judged = self.search.trial(trial.step, self.search.configurations[trial.number])
        assert judged is not None
        silent = trial.done.outcome == SILENT
        last = Last(trial.step.action, trial.number, state, judged.breaks, silent)
        return run_of(self.search, paths.to(trial.number), last)

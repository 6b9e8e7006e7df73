"""Single steps tried at the configurations of a search: those that break rules, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from flux_conform.language.expressions import Node
from flux_conform.language.specification import Transition
from flux_conform.machine.actions import IMPOSSIBLE, Result, Step
from flux_conform.machine.deadline import hurry
from flux_conform.machine.evaluate import compile_expression
from flux_conform.machine.fold import reads
from flux_conform.machine.space import Paths, Search
from flux_conform.prove.witnesses import Last, Run, run_of

Allowed = Callable[[Result], bool]


class Trial(NamedTuple):
    """A step tried at a configuration, and what it does there."""

    number: int
    step: Step
    result: Result


class Trials:
    """What each step does at each configuration of a search, worked out once for like cases."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self._results: dict[int, dict[Any, Result | None]] = {}

    def result(self, step: Step, number: int) -> Result | None:
        """What the step does at a configuration; None where the instance has no such step."""
        configuration = self.search.configurations[number]
        memo = self._results.setdefault(id(step), {})
        part = step.part(configuration)
        if part not in memo:
            memo[part] = self.search.attempt(step, configuration)
        return memo[part]

    def over(
        self,
        numbers: Iterable[int],
        steps: Iterable[Step],
        allowed: Allowed,
        asked: Node | None = None,
    ) -> Iterator[Trial]:
        """The steps allowed, at these configurations, in their order.

        Of trials that are alike in all that a step and the condition `asked` read, the first alone.
        """
        tried = [(step, step.part, set[Any]()) for step in steps]
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
                    result = self.result(step, number)
                    if result is not None and allowed(result):
                        yield Trial(number, step, result)

    def steps(self, events: Iterable[str]) -> list[Step]:
        """The steps of some events."""
        names = set(events)
        return [step for step in self.search.every_step if step.action.event in names]

    def after(self, trial: Trial) -> tuple[int, ...]:
        """The configuration that a trial leads to."""
        changed = list(self.search.configurations[trial.number])
        for place, value in trial.result.changes:
            changed[place] = value
        return tuple(changed)

    def holds_before(self, condition: Node) -> Callable[[Trial], bool]:
        """A test of trials: whether the condition holds at the event."""
        evaluate = compile_expression(condition, {})

        def holds(trial: Trial) -> bool:
            search = self.search
            moment = search.moment(search.configurations[trial.number], trial.step.action.name)
            context = trial.step.context(moment)
            assert context is not IMPOSSIBLE
            moment.context = context
            return bool(evaluate(moment))

        return holds

    def holds_after(self, condition: Node) -> Callable[[Trial], bool]:
        """A test of trials: whether the condition, which asks no event, holds after it."""
        evaluate = compile_expression(condition, {})
        part_of = itemgetter(*self.search.places(reads(condition)))
        memo: dict[Any, bool] = {}

        def holds(trial: Trial) -> bool:
            after = self.after(trial)
            part = part_of(after)
            if part not in memo:
                memo[part] = bool(evaluate(self.search.moment(after)))
            return memo[part]

        return holds

    def matching(self, trial: Trial) -> list[Transition]:
        """The transitions whose guards hold of a trial."""
        search = self.search
        moment = search.moment(search.configurations[trial.number], trial.step.action.name)
        moment.context = trial.step.context(moment)
        return list(trial.step.matching(moment))

    def run(self, paths: Paths, trial: Trial) -> Run:
        """The run that ends with a trial."""
        state = self.search.state_in(self.after(trial))
        told = self.search.trial(trial.step, self.search.configurations[trial.number])
        assert told is not None
        last = Last(trial.step.action, trial.number, state, told.breaks, trial.result.silent)
        return run_of(self.search, paths.to(trial.number), last)

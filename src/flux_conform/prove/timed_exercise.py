"""Logs that obey the policies which ask for times, and logs that break them, with their times."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction

from flux_conform.language.levels import ASKED
from flux_conform.language.line_form import written
from flux_conform.language.specification import ANY_EVENT, SILENT, Rule
from flux_conform.machine.configuration import Step
from flux_conform.machine.deadline import hurry
from flux_conform.machine.evaluate import Unreadable
from flux_conform.machine.ready_actions import ReadyAction
from flux_conform.machine.slice import premise_of
from flux_conform.machine.space import Edge, Search
from flux_conform.machine.step import Machine
from flux_conform.prove.outcomes import RuleUse
from flux_conform.prove.prover import ADMITS, ANY, Prover
from flux_conform.prove.timed_runs import (
    Happening,
    TimedRules,
    Unsolvable,
    Value,
    Walk,
    has_effect,
    negated,
    timed_lines,
    walks,
)
from flux_conform.prove.witnesses import FIRST_TIME, Run, RunEvent, context_of

NEAR = 300
"""Number of configurations after which an event is tried, the nearest first."""


def timed_uses(prover: Prover, assuming: str) -> Iterator[RuleUse]:
    """What runs make of each rule that asks for times: one that obeys it, and one that breaks it.

    The runs obey the rules of the level `assuming` and stronger ones.
    """
    machine = Machine(prover.specification.plain)
    timed = TimedRules(machine)
    if not timed.rules:
        return
    asked = machine.timed.asked if machine.timed is not None else frozenset[str]()
    trials = Trials(prover.search(assuming), machine, timed, asked)
    for rule in timed.rules:
        premise = premise_of(timed.tree(rule))
        obeyed = broken = None
        for walk, number in trials.of(rule):
            try:
                held = walk.holds(timed.tree(rule), number)
                given = True if premise is None else walk.holds(premise, number)
            except (Unreadable, Unsolvable):
                continue
            others = timed.conditions(walk, rule)
            obeyed = obeyed or run(walk, [held, given], others, ())
            broken = broken or run(walk, [negated(held)], others, (rule.id,))
            if obeyed and broken:
                break
        alone = broken is not None
        yield RuleUse(
            *(rule.id, rule.level, prover.generation, obeyed, broken, alone),
            *(None, None, rule.follows),
        )


class Trials:
    """Events tried after the runs of a search, and after those with one more event in them."""

    def __init__(
        self, search: Search, machine: Machine, timed: TimedRules, asked: Collection[str]
    ) -> None:
        """`asked` are the events of whose times something is asked."""
        self._search = search
        self._machine = machine
        self._timed = timed
        self._paths = search.paths(ADMITS[ANY])
        plain: dict[str, ReadyAction] = {}
        for step in search.every_step:
            plain.setdefault(step.action.event, step)
        self._asked = [self._happening(plain[name], 0) for name in sorted(asked) if name in plain]

    def of(self, rule: Rule) -> Iterator[tuple[Walk, int]]:
        """Events in a row of which the rule judges the last, with its number."""
        for walk in self.at(rule.on, is_sound):
            last = len(walk.events) - 1
            if rule in self._timed.judged(walk, last):
                yield walk, last

    def at(self, on: Sequence[str], is_run: Callable[[Step], bool]) -> Iterator[Walk]:
        """Events in a row, all of a run, of which the last is one of these."""
        steps = [
            step for step in self._search.every_step if ANY_EVENT in on or step.action.event in on
        ]
        generation = self._search.slice.generation
        for number in self._paths.order[:NEAR]:
            hurry()
            events = [self._passed(edge) for edge in self._paths.to(number)]
            for step in steps:
                rows = [*events, self._happening(step, number)]
                yield from walks(self._machine, rows, self._asked, is_run, generation)

    def _passed(self, edge: Edge) -> Happening:
        return self._happening(self._search.steps[edge.action], edge.source)

    def _happening(self, step: ReadyAction, source: int) -> Happening:
        return Happening(step.action.name, context_of(self._search, step.action, source))


def run(
    walk: Walk,
    wanted: Sequence[Value],
    wished: Sequence[Value],
    breaks: tuple[str, ...],
    *,
    in_order: bool = True,
) -> Run | None:
    """The run with times at which all that is wanted holds; None where there are none."""
    if any(value is None or value is False for value in wanted):
        return None
    times = walk.solved(wanted, wished, in_order=in_order)
    return None if times is None else run_at(walk, times, breaks)


def run_at(walk: Walk, times: Sequence[Fraction], breaks: tuple[str, ...]) -> Run:
    """The run at these times, whose last event breaks these rules that ask for times."""
    form = walk.machine.specification.fields
    lines = written(form, timed_lines(walk, times, Fraction(FIRST_TIME)))
    events = [
        RunEvent(event.name, line, step.after.state, (), step.outcome == SILENT)
        for event, line, step in zip(walk.events, lines, walk.steps, strict=True)
    ]
    return Run((*events[:-1], events[-1]._replace(breaks=breaks)))


def is_sound(step: Step) -> bool:
    """Whether an event takes effect, and breaks nothing that the source asks."""
    return has_effect(step) and not any(breach.rule.level in ASKED for breach in step.breaches)

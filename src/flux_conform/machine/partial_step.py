"""One event after a log of which only some is known: all that it can do, each with what it shows.

It is `flux_conform.machine.step` over values that may be unknown. Where a guard is unknown, the
event can do more than one thing. Where a rule is unknown, it is in doubt, and taken as obeyed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.language.bag import Bag
from flux_conform.language.expressions import Expression, Node, expand
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    SILENT,
    UNDEFINED,
    Event,
    MachineFinding,
    Rule,
    Transition,
)
from flux_conform.machine.configuration import CAPTIVE, REMOVED, KeyFault
from flux_conform.machine.evaluate import Unreadable
from flux_conform.machine.partly_known import Facts, Value, evaluate, learn
from flux_conform.machine.partly_known_sets import UNKNOWN, Partly
from flux_conform.machine.sets import is_empty_set
from flux_conform.machine.step import Machine


class Past(NamedTuple):
    """One way that the log so far may have been: a generation, and what is known of the rest."""

    generation: str
    facts: Facts


class Broken(NamedTuple):
    """A broken rule, with what was known when it was broken."""

    rule: Rule | MachineFinding
    facts: Facts
    keys: tuple[KeyFault, ...] = ()


class Next(NamedTuple):
    """A past with one more event: the rules that it breaks for sure, and those that it may."""

    past: Past
    broken: tuple[Broken, ...]
    doubts: tuple[Rule, ...]


class PartialStep:
    """The steps of a machine after pasts of which some is known."""

    def __init__(self, machine: Machine, counts: Callable[[Broken], bool]) -> None:
        """`counts` tells whether a breach matters; a rule that would not is in no doubt."""
        self._machine = machine
        self._specification = machine.specification
        self._counts = counts
        self._findings = {each.kind: each for each in self._specification.findings}
        self._trees: dict[int, Node] = {}

    def steps(
        self, past: Past, name: str, context: Mapping[str, Any] | None, *, context_is_object: bool
    ) -> Iterator[Next]:
        """All that an event can do after a past; `context` is as `Machine.step` takes it."""
        event = self._machine.event(name)
        unreadable, breach = self._machine.judge_context(event, context, context_is_object)
        facts = past.facts._replace(
            event=name,
            context=self._machine.read_context(event, context),
            unreadable=unreadable,
        )
        state = self._specification.state(facts.state)
        if state.captive or state.removed:
            kind = CAPTIVE if state.captive else REMOVED
            yield Next(past, (Broken(self._findings[kind], facts),), ())
            return
        broken = () if breach is None else (Broken(breach[0], facts, breach[1]),)
        for row, outcome, known in self._outcomes(past, event, facts):
            yield self._after(past, event, row, outcome, known, broken)

    def value(self, expression: Expression, facts: Facts, *, unreadable: bool) -> Value:
        """The value of an expression, or `unreadable` where it reads a key that cannot be read."""
        try:
            return evaluate(self._tree(expression), facts)
        except Unreadable:
            return unreadable

    def _outcomes(
        self, past: Past, event: Event, facts: Facts
    ) -> Iterator[tuple[Transition | None, str, Facts]]:
        """The rows that can match, each with what is known if it does."""
        for row in self._specification.cases(facts.state, event.name, past.generation):
            if row.when is None:
                yield row, row.outcome, facts
                return
            holds = self.value(row.when, facts, unreadable=False)
            if holds is UNKNOWN:
                yield row, row.outcome, learn(self._tree(row.when), True, facts)
                facts = learn(self._tree(row.when), False, facts)
            elif holds:
                yield row, row.outcome, facts
                return
        yield None, event.elsewhere, facts

    def _after(
        self,
        past: Past,
        event: Event,
        row: Transition | None,
        outcome: str,
        facts: Facts,
        broken: tuple[Broken, ...],
    ) -> Next:
        found, doubts = list(broken), []
        if outcome in (UNDEFINED, SILENT):
            found.append(Broken(self._findings[outcome], facts))
        for rule in self._specification.rules:
            if ANY_EVENT not in rule.on and (event.name not in rule.on or outcome == UNDEFINED):
                continue
            holds = self.value(rule.require, facts, unreadable=True)
            if holds is UNKNOWN:
                if self._counts(Broken(rule, facts)):
                    doubts.append(rule)
                    facts = learn(self._tree(rule.require), True, facts)
            elif not holds:
                found.append(Broken(rule, facts))
        if outcome != UNDEFINED:
            target = row.target if outcome == MOVES and row is not None else None
            seen = facts.seen
            if not seen.get(event.name):
                seen = {**seen, event.name: True}
            values = self._values_after(event, facts)
            facts = facts._replace(values=values, state=target or facts.state, seen=seen)
        return Next(past._replace(facts=facts), tuple(found), tuple(doubts))

    def _values_after(self, event: Event, facts: Facts) -> Mapping[str, Value]:
        # What does not change stays the same object, for pasts are held against each other.
        values = facts.values
        for name, effect in event.effects:
            try:
                value = evaluate(self._tree(effect), facts)
            except Unreadable:
                continue
            if is_empty_set(value) and isinstance(values[name], Partly | Bag):
                value = Bag(distinct=values[name].distinct)
            if value is not values[name]:
                values = {**values, name: value}
        return values

    def _tree(self, expression: Expression) -> Node:
        key = id(expression)
        if key not in self._trees:
            self._trees[key] = expand(expression.tree, self._machine.definitions)
        return self._trees[key]

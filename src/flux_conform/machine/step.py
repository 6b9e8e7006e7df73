"""The machine that a specification describes, one careful step at a time.

This is the meaning of a specification: everything that judges or replays a log, fast or slow,
takes these steps. How judging goes on after a fault is laid down here: an undefined event has no
effect at all, a silent one leaves the state alone, a key that is missing or faulty is told once
and whatever reads it is left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

from flux_conform.language import Model, load
from flux_conform.language import types as t
from flux_conform.language.equality import reading
from flux_conform.language.expressions import Expression
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    SILENT,
    STAYS,
    UNDEFINED,
    AnyContext,
    EmptyContext,
    Event,
    MachineFinding,
    Rule,
    Transition,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.configuration import (
    CAPTIVE,
    REMOVED,
    Breach,
    Configuration,
    KeyFault,
    Step,
)
from flux_conform.machine.contexts import context_faults
from flux_conform.machine.evaluate import (
    Evaluator,
    Moment,
    Unreadable,
    Value,
    compile_expression,
)
from flux_conform.machine.event_times import after_event, only_timed, timed_parts
from flux_conform.machine.judged import asked_events, judged_variables, listed_keys
from flux_conform.machine.moment import EveryKey, holds_at
from flux_conform.machine.row_index import cases_of
from flux_conform.machine.sets import taken_by

_MAX_MEMBERS = 1_000
"""Names of which it is remembered what family they are in; past it, memory starts anew."""

_MAX_POSSIBLE = 100
"""Configurations for which it is remembered what may come next."""


_Case: TypeAlias = tuple[Evaluator | None, Transition]
_Allowed: TypeAlias = tuple[Event, list[Transition], list[Evaluator]]


class Machine:
    """A specification made ready to run. It holds no state of any log, but for memos.

    `line_rules` are the rules of lines by what they check. `hints` are what `repair` says of
    events that are undefined, by state, event and generation. `readings` are machines made of
    changes on the specification, by the change; None is one that is about another specification.
    """

    def __init__(self, model: Model, *, report: bool = False, asking: Iterable[str] = ()) -> None:
        """Compile the specification; without `report`, variables that no rule reads are left out.

        A machine for checking needs no variable that only the report asks for. Of events in
        `asking` it is remembered, too, that they came, though no rule asks that. Raises what `load`
        raises.
        """
        self.specification = specification = load(model)
        self._made = report, tuple(asking)
        self.definitions = specification.definition_table
        self._events = {event.name: event for event in specification.events if not event.is_family}
        self._members: dict[str, Event] = {}
        """The families of events by the names of their members."""
        self._allowed: dict[tuple[str, str], list[_Allowed]] = {}
        self._possible: dict[Hashable, tuple[object, list[tuple[Event, list[Transition]]]]] = {}
        self._evaluators: dict[str, Evaluator] = {}
        self.hints: dict[tuple[str, str, str], str] = {}
        self.readings: dict[str, Machine | None] = {}
        self._cases: dict[tuple[str, str, str], tuple[_Case, ...]] = {}
        self._rules: dict[str, tuple[tuple[Rule, Evaluator], ...]] = {}
        self._effects: dict[str, tuple[tuple[str, Evaluator], ...]] = {}
        self._numbers = {
            event.name: read
            for event in specification.events
            if isinstance(event.context, TypedContext) and (read := reading(event.context.type))
        }
        self._findings = {finding.kind: finding for finding in specification.findings}
        self._captive = frozenset(specification.captive)
        self._removed = specification.removed.name if specification.removed else None
        self._ends = specification.ends
        self._has_end = specification.final is not None
        self.line_rules = {rule.check: rule for rule in specification.lines}
        kept = {variable.name for variable in specification.variables}
        if not report:
            kept &= judged_variables(specification)
        self._kept = frozenset(kept)
        self._listed = listed_keys(specification)
        self.asked = asked_events(specification).union(self._made[1])
        self.timed = timed_parts(specification)
        self._generations = [
            (generation.name, generation.on, self._optional(generation.when))
            for generation in specification.generations
            if generation.on is not None
        ]
        self.initial = Configuration(
            specification.initial.name,
            None,
            {
                variable.name: variable.first_value
                for variable in specification.variables
                if variable.name in self._kept
            },
            frozenset(),
        )

    @cached_property
    def plain(self) -> Machine:
        """The machine of the same logs, put into the form of eventlogs."""
        plain = self.specification.plain
        if plain is self.specification:
            return self
        return Machine(plain, report=self._made[0], asking=self._made[1])

    @classmethod
    def of(cls, given: Machine | Model) -> Machine:
        """The machine that is given, or one for checking, made of what `load` takes."""
        return given if isinstance(given, Machine) else cls(given)

    def step(
        self,
        before: Configuration,
        name: str,
        context: Mapping[str, Any] | None,
        *,
        context_is_object: bool = True,
        context_is_sound: bool = False,
        forced: bool = False,
        time: Fraction | None = None,
    ) -> Step:
        """One event in one configuration.

        `context` is None where the event has none, or has one that is no object
        (`context_is_object` false; then nothing more is said about it). `context_is_sound` tells
        that the context was checked and may lack keys that nothing reads. `forced` takes an event
        that is undefined here as its own transition, where it has one: how a log is judged on as
        if that fault were mended. `time` is the exact time of the event: without it, rules that ask
        for times are not judged. Only a machine with such rules (`timed`) needs it.
        """
        event = self.event(name)
        if before.state == self._removed:
            return self._ended(REMOVED, before, name)
        unreadable, context_breach = _NO_KEYS, None
        if not context_is_sound:
            unreadable, context_breach = self.judge_context(event, context, context_is_object)
            if self._numbers:
                context = self.read_context(event, context)
        moment = before.moment(name, context, unreadable)
        if time is not None and self.timed is not None:
            moment.time, moment.times = time, before.times
        generation = before.generation or self._generation(moment)
        row, outcome = self._outcome(before.state, event, generation, moment)
        if outcome == CAPTIVE:
            return self._ended(CAPTIVE, before, name)
        breaches = [Breach(context_breach[0], moment, context_breach[1])] if context_breach else []
        if outcome == UNDEFINED and forced:
            row = self._own_transition(event, generation) or row
            outcome = row.outcome if row is not None else outcome
        if outcome in (UNDEFINED, SILENT):
            breaches.append(Breach(self._findings[outcome], moment))
        rules = self._rules_of(event.name)
        if outcome == UNDEFINED:
            rules = tuple(pair for pair in rules if ANY_EVENT in pair[0].on)
        for rule, holds in rules:
            if not holds_at(holds, moment):
                breaches.append(Breach(rule, moment))
        after = before._replace(generation=generation)
        if outcome != UNDEFINED:
            after = self._after(after, event, row if outcome == MOVES else None, moment)
            if self.timed is not None and event.name in self.timed.asked:
                after = after._replace(times=after_event(after.times, event.name, time))
        return Step(outcome, after, tuple(breaches), row)

    def event(self, name: str) -> Event:
        """The entry of the specification that governs an event of that name."""
        known = self._events.get(name) or self._members.get(name)
        if known is None:
            if len(self._members) >= _MAX_MEMBERS:
                self._members.clear()
            known = self._members[name] = self.specification.event(name)
        return known

    def is_open(self, state: str) -> bool:
        """Whether a log in the state is still to come to its end."""
        return self._has_end and state not in self._ends

    def evaluator(self, expression: Expression) -> Evaluator:
        """What evaluates an expression of the specification; it is compiled once."""
        evaluator = self._evaluators.get(expression.text)
        if evaluator is None:
            evaluator = self._evaluators[expression.text] = self._compiled(expression)
        return evaluator

    def outcome(
        self, state: str, name: str, generation: str
    ) -> list[tuple[Transition | None, str]]:
        """The outcomes of an event in a state, one for each guard case, in the order tried."""
        event = self.event(name)
        cases = [(row, row.outcome) for _, row in self._cases_of(state, event.name, generation)]
        whole: list[tuple[Transition | None, str]] = [*cases]
        if all(row.when is not None for row, _ in cases):
            whole.append((None, CAPTIVE if state in self._captive else event.elsewhere))
        return whole

    def possible(self, configuration: Configuration) -> list[tuple[Event, list[Transition]]]:
        """The events that may come next, with the transitions that move the state.

        An event is left out where it is undefined or silent, or where a rule above a note that
        reads none of its keys forbids it now.
        """
        # The values are held beside, that their id may stay their own.
        state, known, values, seen, _ = configuration
        key = (state, known, id(values), seen)
        if key in self._possible:
            return self._possible[key][1]
        generation = configuration.generation or self.specification.today.name
        moment = configuration.moment(unreadable=EveryKey())
        possible: list[tuple[Event, list[Transition]]] = []
        for event, moves, rules in self._allowed_in(configuration.state, generation):
            moment.event = event.name
            if all(holds_at(holds, moment) for holds in rules):
                possible.append((event, moves))
        if len(self._possible) >= _MAX_POSSIBLE:
            self._possible.clear()
        self._possible[key] = (values, possible)
        return possible

    def _allowed_in(self, state: str, generation: str) -> list[_Allowed]:
        """The events that move or stay in some guard case, with their moves and their rules."""
        key = (state, generation)
        if key not in self._allowed:
            found = []
            for event in self.specification.events if state != self._removed else ():
                outcomes = self.outcome(state, event.name, generation)
                if any(outcome in (MOVES, STAYS) for _, outcome in outcomes):
                    moves = [row for row, kind in outcomes if row is not None and kind == MOVES]
                    rules = [
                        holds for rule, holds in self._rules_of(event.name) if rule.level != "note"
                    ]
                    found.append((event, moves, rules))
            self._allowed[key] = found
        return self._allowed[key]

    # Parts of a step

    def _ended(self, kind: str, before: Configuration, name: str) -> Step:
        moment = Moment(values=before.values, state=before.state, event=name)
        return Step(kind, before, (Breach(self._findings[kind], moment),), None)

    def judge_context(
        self, event: Event, context: Mapping[str, Any] | None, is_object: bool
    ) -> tuple[frozenset[str], tuple[MachineFinding, tuple[KeyFault, ...]] | None]:
        """The keys that cannot be read, and the breach of the event's context."""
        match event.context:
            case AnyContext():
                return _NO_KEYS, None
            case UndefinedContext():
                broken = context is not None
                return _NO_KEYS, (self._findings["no-context"], ()) if broken else None
            case EmptyContext():
                keys = tuple(
                    KeyFault(key, t.Anything(), True, value)
                    for key, value in (context or {}).items()
                )
                return _NO_KEYS, (self._findings["context"], keys) if keys else None
            case TypedContext() as typed:
                faults = context_faults(typed, context, self._listed.get(event.name, ()))
                unreadable = frozenset(fault.key for fault in faults) or _NO_KEYS
                told = bool(faults) and is_object
                return unreadable, (self._findings["context"], faults) if told else None

    def read_context(
        self, event: Event, context: Mapping[str, Any] | None
    ) -> Mapping[str, Any] | None:
        """The context as expressions read it: where a type says number, 1.0 is read as 1."""
        read = self._numbers.get(event.name)
        return context if read is None or context is None else read(context)

    def _generation(self, moment: Moment) -> str:
        for name, on, when in self._generations:
            if on == moment.event and (when is None or holds_at(when, moment, unreadable=False)):
                return name
        return self.specification.today.name

    def _outcome(
        self, state: str, event: Event, generation: str, moment: Moment
    ) -> tuple[Transition | None, str]:
        for guard, row in self._cases_of(state, event.name, generation):
            if guard is None or holds_at(guard, moment, unreadable=False):
                return row, row.outcome
        return None, CAPTIVE if state in self._captive else event.elsewhere

    def _own_transition(self, event: Event, generation: str) -> Transition | None:
        """The transition that an event stands for, where it has but one target."""
        rows = [
            row
            for row in self.specification.transitions
            if row.event == event.name
            and row.outcome == MOVES
            and row.generation in (None, generation)
        ]
        return rows[0] if len({row.target for row in rows}) == 1 else None

    def _after(
        self, before: Configuration, event: Event, row: Transition | None, moment: Moment
    ) -> Configuration:
        values: dict[str, Value] | None = None
        for variable, effect in self._effects_of(event):
            try:
                value = effect(moment)
            except Unreadable:
                continue
            if value is not before.values[variable]:
                values = dict(before.values) if values is None else values
                values[variable] = value
        seen = before.seen
        if event.name in self.asked and event.name not in seen:
            seen = seen | {event.name}
        state = row.target if row is not None and row.target is not None else before.state
        return Configuration(
            state,
            before.generation,
            before.values if values is None else values,
            seen,
            before.times,
        )

    # Compiled on first use, so that a small log does not pay for the whole specification

    def _optional(self, expression: Expression | None) -> Evaluator | None:
        return None if expression is None else self._compiled(expression)

    def _compiled(self, expression: Expression) -> Evaluator:
        return compile_expression(expression.tree, self.definitions)

    def _cases_of(self, state: str, event: str, generation: str) -> tuple[_Case, ...]:
        key = (state, event, generation)
        if key not in self._cases:
            rows = cases_of(self.specification, *key)
            self._cases[key] = tuple((self._optional(row.when), row) for row in rows)
        return self._cases[key]

    def _rules_of(self, event: str) -> tuple[tuple[Rule, Evaluator], ...]:
        if event not in self._rules:
            self._rules[event] = tuple(
                (rule, self._required(rule))
                for rule in sorted(self.specification.rules, key=lambda rule: rule.id)
                if event in rule.on or ANY_EVENT in rule.on
            )
        return self._rules[event]

    def _required(self, rule: Rule) -> Evaluator:
        holds = self._compiled(rule.require)
        return only_timed(holds) if self.timed and rule.id in self.timed.rules else holds

    def _effects_of(self, event: Event) -> tuple[tuple[str, Evaluator], ...]:
        if event.name not in self._effects:
            self._effects[event.name] = tuple(
                (variable, taken_by(self._compiled(expression), self.initial.values[variable]))
                for variable, expression in event.effects
                if variable in self._kept
            )
        return self._effects[event.name]


_NO_KEYS: frozenset[str] = frozenset()

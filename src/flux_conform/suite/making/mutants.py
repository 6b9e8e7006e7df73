"""First-order mutants of a specification: each differs from it in one small place.

What is mutated: transitions, guards, rules, contexts, effects, generations, definitions, the levels
of findings, the format of lines, the report, and flags of states. Texts for people, and what only
proofs and pictures read (properties, questions, virtual states), are no behaviour and are left out;
so are changes after which the specification would be ill typed, and so none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flux_conform.language.expressions import Call, Expression, Key, Name, Not, expand, show, walk
from flux_conform.language.specification import (
    ANY_EVENT,
    LEVELS,
    MOVES,
    SILENT,
    STAYS,
    UNDEFINED,
    AnyContext,
    Context,
    EmptyContext,
    Event,
    Rule,
    Specification,
    Transition,
    TypedContext,
    UndefinedContext,
)
from flux_conform.suite.making.rewrites import rewrites
from flux_conform.suite.making.rewrites_of_types import type_rewrites

REPORT = "report changed"
DEFINITIONS = "definition changed"
EFFECTS = ("effect dropped", "effect changed")


class Mutant(NamedTuple):
    """A specification with one change.

    `operator` is the kind of change, `at` what is changed, `says` how. No log reads otherwise that
    holds none of `events`, or, where `state` is given, none of them in that state; where `events`
    is None any log may.
    """

    operator: str
    at: str
    says: str
    specification: Specification
    events: frozenset[str] | None
    state: str | None = None

    @property
    def id(self) -> str:
        """The mutant in a line."""
        return f"{self.operator}: {self.at}: {self.says}"


def mutants(specification: Specification) -> Iterator[Mutant]:
    """All first-order mutants, in a fixed order."""
    yield from _transitions(specification)
    yield from _extra(specification)
    yield from _guards(specification)
    yield from _rules(specification)
    yield from _levels(specification)
    yield from _events(specification)
    yield from _generations(specification)
    yield from _definitions(specification)
    yield from _lines(specification)
    yield from _report(specification)
    yield from _states(specification)


def _row_text(row: Transition) -> str:
    guard = "" if row.when is None else f" [{row.when.text}]"
    kept = "" if row.generation is None else f" in {row.generation}"
    return f"{row.event} in {row.source}{guard}{kept}"


def _told(outcome: str, target: str | None) -> str:
    return f"to {target}" if outcome == MOVES else outcome


def _with_row(specification: Specification, place: int, *rows: Transition) -> Specification:
    old = specification.transitions
    return specification._replace(transitions=(*old[:place], *rows, *old[place + 1 :]))


def _transitions(specification: Specification) -> Iterator[Mutant]:
    for place, row in enumerate(specification.transitions):
        at, events = _row_text(row), frozenset({row.event})
        without = _with_row(specification, place)
        yield Mutant("transition missing", at, "left out", without, events, row.source)
        for outcome, target in _outcomes(specification):
            if (outcome, target) == (row.outcome, row.target) or target == row.source:
                continue
            other = _with_row(specification, place, row._replace(outcome=outcome, target=target))
            says = f"{_told(row.outcome, row.target)} becomes {_told(outcome, target)}"
            yield Mutant("transition retargeted", at, says, other, events, row.source)
        for generation in (None, *(g.name for g in specification.generations)):
            if generation != row.generation and len(specification.generations) > 1:
                other = _with_row(specification, place, row._replace(generation=generation))
                says = f"holds in {generation or 'every generation'}"
                yield Mutant("transition of other generation", at, says, other, events, row.source)


def _outcomes(specification: Specification) -> Iterator[tuple[str, str | None]]:
    for state in specification.states:
        yield MOVES, state.name
    for outcome in (STAYS, SILENT, UNDEFINED):
        yield outcome, None


def _extra(specification: Specification) -> Iterator[Mutant]:
    """A transition more: in each state and for each event that has none under every guard."""
    for state in specification.machine_states:
        for event in specification.events:
            rows = [
                row
                for row in specification.transitions
                if row.event == event.name and row.source == state.name
            ]
            if any(row.when is None and row.generation is None for row in rows):
                continue
            usual = UNDEFINED if state.final else event.elsewhere
            for outcome, target in _outcomes(specification):
                if target == state.name or (target is None and outcome == usual):
                    continue
                row = Transition(event.name, state.name, None, outcome, target, None, (), None, -1)
                changed = specification._replace(transitions=(*specification.transitions, row))
                at = f"{event.name} in {state.name}"
                says = f"also {_told(outcome, target)}" if rows else _told(outcome, target)
                events = frozenset({event.name})
                yield Mutant("transition extra", at, says, changed, events, state.name)


def _guards(specification: Specification) -> Iterator[Mutant]:
    for place, row in enumerate(specification.transitions):
        if row.when is None:
            continue
        at, events = _row_text(row), frozenset({row.event})
        dropped = _with_row(specification, place, row._replace(when=None))
        yield Mutant("guard dropped", at, "always", dropped, events, row.source)
        negated = _expression(Not(row.when.tree))
        other = _with_row(specification, place, row._replace(when=negated))
        yield Mutant("guard negated", at, negated.text, other, events, row.source)
        for tree in rewrites(row.when.tree, specification):
            changed = _expression(tree)
            other = _with_row(specification, place, row._replace(when=changed))
            yield Mutant("guard changed", at, changed.text, other, events, row.source)


def _expression(tree: object) -> Expression:
    return Expression(show(tree), tree)  # type: ignore[arg-type]


def _rules(specification: Specification) -> Iterator[Mutant]:
    for place, rule in enumerate(specification.rules):
        old = specification.rules
        every = ANY_EVENT in rule.on
        events = None if every else frozenset(rule.on)
        dropped = specification._replace(rules=(*old[:place], *old[place + 1 :]))
        yield Mutant("rule dropped", rule.id, "left out", dropped, events)

        def changed(new: Rule, place: int = place) -> Specification:
            rules = specification.rules
            return specification._replace(rules=(*rules[:place], new, *rules[place + 1 :]))

        for tree in rewrites(rule.require.tree, specification):
            require = _expression(tree)
            other = changed(rule._replace(require=require))
            yield Mutant("rule changed", rule.id, require.text, other, events)
        if len(rule.on) > 1:
            for event in rule.on:
                on = tuple(name for name in rule.on if name != event)
                other = changed(rule._replace(on=on))
                yield Mutant("rule of fewer events", rule.id, f"not for {event}", other, events)
        for level in LEVELS:
            if level != rule.level:
                says = f"{rule.level} becomes {level}"
                other = changed(rule._replace(level=level))
                yield Mutant("level changed", rule.id, says, other, events)


def _levels(specification: Specification) -> Iterator[Mutant]:
    for place, finding in enumerate(specification.findings):
        for level in LEVELS:
            if level != finding.level:
                old = specification.findings
                new = (*old[:place], finding._replace(level=level), *old[place + 1 :])
                other = specification._replace(findings=new)
                says = f"{finding.level} becomes {level}"
                yield Mutant("level changed", finding.id, says, other, None)


def _events(specification: Specification) -> Iterator[Mutant]:
    for place, event in enumerate(specification.events):
        events = frozenset({event.name})

        def changed(new: Event, place: int = place) -> Specification:
            old = specification.events
            return specification._replace(events=(*old[:place], new, *old[place + 1 :]))

        for outcome in (STAYS, SILENT, UNDEFINED):
            if outcome != event.elsewhere:
                says = f"{event.elsewhere} becomes {outcome}"
                other = changed(event._replace(elsewhere=outcome))
                yield Mutant("outcome elsewhere", event.name, says, other, events)
        for number, (variable, effect) in enumerate(event.effects):
            at = f"{event.name}: {variable}"
            rest = (*event.effects[:number], *event.effects[number + 1 :])
            other = changed(event._replace(effects=rest))
            yield Mutant("effect dropped", at, "left out", other, events)
            for tree in rewrites(effect.tree, specification):
                new = _expression(tree)
                effects = (*event.effects[:number], (variable, new), *event.effects[number + 1 :])
                other = changed(event._replace(effects=effects))
                yield Mutant("effect changed", at, new.text, other, events)
        for says, context in _contexts(event.context, _keys_read(specification, event)):
            other = changed(event._replace(context=context))
            yield Mutant("context changed", event.name, says, other, events)


def _contexts(context: Context, read: frozenset[str]) -> Iterator[tuple[str, Context]]:
    """Other contexts under which all that reads the keys is still well typed."""
    kinds: tuple[Context, ...] = (EmptyContext(), UndefinedContext(), AnyContext())
    for kind in kinds:
        if kind != context and not read:
            yield f"{context.kind} becomes {kind.kind}", kind
    if isinstance(context, TypedContext):
        for says, of in type_rewrites(context.type, read):
            yield says, TypedContext(of)


def _keys_read(specification: Specification, event: Event) -> frozenset[str]:
    """The keys of an event's context that some expression reads; "" where it reads the whole."""
    expressions = [effect for _, effect in event.effects]
    expressions += [rule.require for rule in specification.rules if event.name in rule.on]
    rows = [row for row in specification.transitions if row.event == event.name]
    expressions += [row.when for row in rows if row.when is not None]
    choosing = [g for g in specification.generations if g.on == event.name]
    expressions += [g.when for g in choosing if g.when is not None]
    table = specification.definition_table
    nodes = [node for e in expressions for node in walk(expand(e.tree, table))]
    return frozenset(node.name for node in nodes if isinstance(node, Key))


def _generations(specification: Specification) -> Iterator[Mutant]:
    for place, generation in enumerate(specification.generations):
        if generation.on is None:
            continue
        at, events = generation.name, frozenset({generation.on})
        old = specification.generations
        new = [("never chosen", generation._replace(on=None, when=None))]
        if generation.when is not None:
            new.append(("always chosen", generation._replace(when=None)))
            new += [
                (show(tree), generation._replace(when=_expression(tree)))
                for tree in rewrites(generation.when.tree, specification)
            ]
        for says, changed in new:
            generations = (*old[:place], changed, *old[place + 1 :])
            other = specification._replace(generations=generations)
            yield Mutant("generation", at, says, other, events)


def _definitions(specification: Specification) -> Iterator[Mutant]:
    for place, definition in enumerate(specification.definitions):
        for tree in rewrites(definition.body.tree, specification):
            old = specification.definitions
            body = _expression(tree)
            new = (*old[:place], definition._replace(body=body), *old[place + 1 :])
            other = specification._replace(definitions=new)
            events = _users(specification, definition.name)
            yield Mutant(DEFINITIONS, definition.name, body.text, other, events)


def _users(specification: Specification, name: str) -> frozenset[str] | None:
    """The events at which a definition is used; None where any may be."""
    users: dict[str, None] = {}
    expressions: list[tuple[tuple[str, ...], Expression]] = [
        *((rule.on, rule.require) for rule in specification.rules),
        *(((row.event,), row.when) for row in specification.transitions if row.when is not None),
        *(((event.name,), effect) for event in specification.events for _, effect in event.effects),
    ]
    for on, expression in expressions:
        if _mentions(expression, name):
            users.update(dict.fromkeys(on))
    others: list[Expression] = [
        *(body.body for body in specification.definitions),
        *(expression for _, expression in specification.report),
        *(g.when for g in specification.generations if g.when is not None),
    ]
    if ANY_EVENT in users or any(_mentions(expression, name) for expression in others):
        return None
    return frozenset(users)


def _mentions(expression: Expression, name: str) -> bool:
    return any(
        (isinstance(node, Name) and node.name == name)
        or (isinstance(node, Call) and node.function == name)
        for node in walk(expression.tree)
    )


def _lines(specification: Specification) -> Iterator[Mutant]:
    old = specification.lines
    for place, line in enumerate(old):
        without = specification._replace(lines=(*old[:place], *old[place + 1 :]))
        yield Mutant("format rule dropped", line.id, "left out", without, None)
        for level in LEVELS:
            if level != line.level:
                new = (*old[:place], line._replace(level=level), *old[place + 1 :])
                says = f"{line.level} becomes {level}"
                other = specification._replace(lines=new)
                yield Mutant("level changed", line.id, says, other, None)


def _report(specification: Specification) -> Iterator[Mutant]:
    old = specification.report
    for place, (field, expression) in enumerate(old):
        for tree in rewrites(expression.tree, specification):
            new = _expression(tree)
            report = (*old[:place], (field, new), *old[place + 1 :])
            other = specification._replace(report=report)
            yield Mutant(REPORT, field, new.text, other, None)


def _states(specification: Specification) -> Iterator[Mutant]:
    old = specification.states
    for place, state in enumerate(old):
        changes = []
        if state.final:
            changes.append(("is not final", state._replace(final=False)))
        if state.removed:
            changes.append(("does not end the log", state._replace(removed=False)))
        for says, changed in changes:
            states = (*old[:place], changed, *old[place + 1 :])
            other = specification._replace(states=states)
            yield Mutant("state", state.name, says, other, None)


def count(found: Iterable[Mutant]) -> dict[str, int]:
    """How many mutants there are of each operator."""
    counted: dict[str, int] = {}
    for mutant in found:
        counted[mutant.operator] = counted.get(mutant.operator, 0) + 1
    return counted

"""First-order mutants of a specification: each differs from it in one small place.

Mutated are transitions, guards, rules, contexts, effects, generations, definitions, levels, the
format of lines, the report, and flags of states. Texts for people, and parts that only proofs and
pictures read (properties, questions, virtual states), are not behaviour and are left alone. No
mutant is ill typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from flux_conform.language.expressions import (
    Call,
    Expression,
    Key,
    Name,
    Node,
    Not,
    expand,
    rebuilt,
    show,
    walk,
)
from flux_conform.language.levels import LEVELS, POLICY
from flux_conform.language.loading.reported import report_fields
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    SILENT,
    STAYS,
    UNDEFINED,
    AnyContext,
    Context,
    EmptyContext,
    Event,
    Property,
    Specification,
    Transition,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.configuration import CAPTIVE
from flux_conform.mutation.rewrites import replaced, rewrites, type_rewrites

REPORT = "report changed"


class Mutant(NamedTuple):
    """A specification with one change.

    `operator` is the kind of change, `at` what is changed, `says` how. Only logs that hold one of
    `events` can be read differently, and if `state` is given, only where it comes in that state.
    If `events` is None, any log can. With a `form` the specification is the same, and a key of its
    events, or their names if the key is "", are read in that form of `normal_texts`.
    """

    operator: str
    at: str
    says: str
    specification: Specification
    events: frozenset[str] | None
    state: str | None = None
    form: tuple[str, str] | None = None

    @property
    def id(self) -> str:
        """The mutant in one line, unique in its specification."""
        return f"{self.operator}: {self.at}: {self.says}"


def mutants(specification: Specification) -> Iterator[Mutant]:
    """The first-order mutants of these operators, in a fixed order."""
    yield from _transitions(specification)
    yield from _extra(specification)
    yield from _guards(specification)
    yield from _rules(specification)
    for place in range(len(specification.findings)):
        yield from _levels(specification, "findings", place, None)
    yield from _events(specification)
    yield from _generations(specification)
    yield from _definitions(specification)
    for place, line in enumerate(specification.lines):
        without = _changed(specification, "lines", place)
        yield Mutant("format rule dropped", line.id, "left out", without, None)
        yield from _levels(specification, "lines", place, None)
    for place, (field, expression) in enumerate(specification.report):
        for new in rewrites(expression, specification):
            other = _changed(specification, "report", place, (field, new))
            yield Mutant(REPORT, field, new.text, _claimed_anew(specification, other), None)
    yield from _states(specification)


def _changed(specification: Specification, part: str, place: int, *new: Any) -> Specification:
    """The specification with one item of a part replaced by others, or left out."""
    parts: dict[str, Any] = {part: replaced(getattr(specification, part), place, *new)}
    return specification._replace(**parts)


def _claimed_anew(specification: Specification, other: Specification) -> Specification:
    """The mutant with claims of what is reported that speak of its own report.

    Claims hold the report's expressions in place of its fields. A field that is a variable by
    itself cannot be told from the variable, so claims keep it as it was.
    """
    variables = {variable.name for variable in specification.variables}
    before, after = (report_fields(each.report, variables) for each in (specification, other))
    new: dict[Node, Node] = {
        tree: after[name]
        for name, tree in before.items()
        if after[name] != tree and not isinstance(tree, Name)
    }

    def put(tree: Node) -> Node:
        return new[tree] if tree in new else rebuilt(tree, put)

    def anew(claim: Property) -> Property:
        if claim.kind != "reports" or claim.claim is None:
            return claim
        tree = put(claim.claim.tree)
        return claim._replace(claim=Expression(show(tree), tree))

    return other._replace(properties=tuple(map(anew, specification.properties)))


def _levels(
    specification: Specification, part: str, place: int, events: frozenset[str] | None
) -> Iterator[Mutant]:
    """The same rule at every other level of what the source asks; a policy has no other."""
    rule = getattr(specification, part)[place]
    for level in LEVELS if rule.level != POLICY else ():
        if level not in (rule.level, POLICY):
            says = f"{rule.level} becomes {level}"
            other = _changed(specification, part, place, rule._replace(level=level))
            yield Mutant("level changed", rule.id, says, other, events)


def _row_text(row: Transition) -> str:
    guard = "" if row.when is None else f" [{row.when.text}]"
    kept = "" if row.generation is None else f" in {row.generation}"
    return f"{row.event} in {row.source}{guard}{kept}"


def _told(outcome: str, target: str | None) -> str:
    return f"to {target}" if outcome == MOVES else outcome


def _transition(
    specification: Specification, place: int, operator: str, says: str, *new: Transition
) -> Mutant:
    """The mutant with other rows in the place of one."""
    row = specification.transitions[place]
    other = _changed(specification, "transitions", place, *new)
    return Mutant(operator, _row_text(row), says, other, frozenset({row.event}), row.source)


def _transitions(specification: Specification) -> Iterator[Mutant]:
    generations = [generation.name for generation in specification.generations]
    for place, row in enumerate(specification.transitions):
        mutant = partial(_transition, specification, place)
        yield mutant("transition missing", "left out")
        for outcome, target in _outcomes(specification):
            if (outcome, target) == (row.outcome, row.target) or target == row.source:
                continue
            says = f"{_told(row.outcome, row.target)} becomes {_told(outcome, target)}"
            new = row._replace(outcome=outcome, target=target)
            yield mutant("transition retargeted", says, new)
        for generation in (None, *generations) if len(generations) > 1 else ():
            if generation != row.generation:
                says = f"holds in {generation or 'every generation'}"
                new = row._replace(generation=generation)
                yield mutant("transition of other generation", says, new)


def _outcomes(specification: Specification) -> Iterator[tuple[str, str | None]]:
    for state in specification.states:
        yield MOVES, state.name
    for outcome in (STAYS, SILENT, UNDEFINED):
        yield outcome, None


def _extra(specification: Specification) -> Iterator[Mutant]:
    """A transition more: in each state and for each event that has none under every guard."""
    for state, event in product(specification.machine_states, specification.events):
        rows = [
            row
            for row in specification.transitions
            if row.event == event.name and row.source == state.name
        ]
        if any(row.when is None and row.generation is None for row in rows):
            continue
        usual = UNDEFINED if state.captive else event.elsewhere
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
        mutant = partial(_transition, specification, place)
        yield mutant("guard dropped", "always", row._replace(when=None))
        tree = Not(row.when.tree)
        negated = Expression(show(tree), tree)
        yield mutant("guard negated", negated.text, row._replace(when=negated))
        for new in rewrites(row.when, specification):
            yield mutant("guard changed", new.text, row._replace(when=new))


def _rules(specification: Specification) -> Iterator[Mutant]:
    for place, rule in enumerate(specification.rules):
        events = None if ANY_EVENT in rule.on else frozenset(rule.on)
        changes = [
            ("rule changed", require.text, rule._replace(require=require))
            for require in rewrites(rule.require, specification)
        ]
        for event in rule.on if len(rule.on) > 1 else ():
            on = tuple(name for name in rule.on if name != event)
            changes.append(("rule of fewer events", f"not for {event}", rule._replace(on=on)))
        without = _changed(specification, "rules", place)
        yield Mutant("rule dropped", rule.id, "left out", without, events)
        for operator, says, new in changes:
            other = _changed(specification, "rules", place, new)
            yield Mutant(operator, rule.id, says, other, events)
        yield from _levels(specification, "rules", place, events)


def _events(specification: Specification) -> Iterator[Mutant]:
    for place, event in enumerate(specification.events):
        changes: list[tuple[str, str, str, Event]] = []
        for outcome in (STAYS, SILENT, UNDEFINED):
            if outcome != event.elsewhere:
                says = f"{event.elsewhere} becomes {outcome}"
                new = event._replace(elsewhere=outcome)
                changes.append(("outcome elsewhere", event.name, says, new))
        for number, (variable, effect) in enumerate(event.effects):
            at = f"{event.name}: {variable}"
            rest = replaced(event.effects, number)
            changes.append(("effect dropped", at, "left out", event._replace(effects=rest)))
            for changed in rewrites(effect, specification):
                effects = replaced(event.effects, number, (variable, changed))
                changes.append(
                    ("effect changed", at, changed.text, event._replace(effects=effects))
                )
        changes += [
            ("context changed", event.name, says, event._replace(context=context))
            for says, context in _contexts(event.context, keys_read(specification, event))
        ]
        for operator, at, says, new in changes:
            other = _changed(specification, "events", place, new)
            yield Mutant(operator, at, says, other, frozenset({event.name}))


def _contexts(context: Context, read: frozenset[str]) -> Iterator[tuple[str, Context]]:
    """Other contexts under which all that reads the keys is still well typed."""
    kinds: tuple[Context, ...] = (EmptyContext(), UndefinedContext(), AnyContext())
    for kind in () if read else kinds:
        if kind != context:
            yield f"{context.kind} becomes {kind.kind}", kind
    if isinstance(context, TypedContext):
        for says, of in type_rewrites(context.type, read):
            yield says, TypedContext(of)


def keys_read(specification: Specification, event: Event) -> frozenset[str]:
    """The keys of an event's context that some expression reads; "" is the context as a whole."""
    expressions = [
        *(effect for _, effect in event.effects),
        *(rule.require for rule in specification.rules if event.name in rule.on),
        *(row.when for row in specification.transitions if row.event == event.name),
        *(
            generation.when
            for generation in specification.generations
            if generation.on == event.name
        ),
    ]
    table = specification.definition_table
    nodes = [n for e in expressions if e is not None for n in walk(expand(e.tree, table))]
    return frozenset(node.name for node in nodes if isinstance(node, Key))


def _generations(specification: Specification) -> Iterator[Mutant]:
    for place, generation in enumerate(specification.generations):
        if generation.on is None:
            continue
        changes = [("never chosen", generation._replace(on=None, when=None))]
        if generation.when is not None:
            changes.append(("always chosen", generation._replace(when=None)))
            changes += [
                (when.text, generation._replace(when=when))
                for when in rewrites(generation.when, specification)
            ]
        for says, changed in changes:
            other = _changed(specification, "generations", place, changed)
            events = frozenset({generation.on})
            yield Mutant("generation", generation.name, says, other, events)


def _definitions(specification: Specification) -> Iterator[Mutant]:
    for place, definition in enumerate(specification.definitions):
        events = _users(specification, definition.name)
        for body in rewrites(definition.body, specification):
            new = definition._replace(body=body)
            other = _changed(specification, "definitions", place, new)
            yield Mutant("definition changed", definition.name, body.text, other, events)


def _users(specification: Specification, name: str) -> frozenset[str] | None:
    """The events at which a definition is used; None where any may be."""
    at_any = (ANY_EVENT,)
    expressions: list[tuple[tuple[str, ...], Expression | None]] = [
        *((rule.on, rule.require) for rule in specification.rules),
        *(((row.event,), row.when) for row in specification.transitions),
        *(((event.name,), effect) for event in specification.events for _, effect in event.effects),
        *((at_any, definition.body) for definition in specification.definitions),
        *((at_any, expression) for _, expression in specification.report),
        *((at_any, generation.when) for generation in specification.generations),
    ]
    users = {
        event
        for on, expression in expressions
        if expression is not None and _mentions(expression, name)
        for event in on
    }
    return None if ANY_EVENT in users else frozenset(users)


def _mentions(expression: Expression, name: str) -> bool:
    return any(
        (isinstance(node, Name) and node.name == name)
        or (isinstance(node, Call) and node.function == name)
        for node in walk(expression.tree)
    )


def _states(specification: Specification) -> Iterator[Mutant]:
    for place, state in enumerate(specification.states):
        changes = []
        if state.final:
            changes.append(("is not final", state._replace(final=False, open=False)))
        if state.open:
            changes.append(("is captive", state._replace(open=False)))
        if state.removed:
            changes.append(("does not end the log", state._replace(removed=False)))
        for says, changed in changes:
            other = _changed(specification, "states", place, changed)
            yield Mutant("state", state.name, says, _with_captive_finding(other), None)


def _with_captive_finding(specification: Specification) -> Specification:
    """The specification with a finding for events in captive states, if it has such states.

    Where it names none, an event there is found as one that is undefined.
    """
    findings = {finding.kind: finding for finding in specification.findings}
    if not specification.captive or CAPTIVE in findings:
        return specification
    captive = findings[UNDEFINED]._replace(kind=CAPTIVE)
    return specification._replace(findings=(*specification.findings, captive))

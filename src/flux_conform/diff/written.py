"""What is written differently in two specifications: states, events, keys, transitions, rules.

They are compared as values, so that order, comments and the way a file is laid out do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from flux_conform.language import types as t
from flux_conform.language.expressions import Expression, show
from flux_conform.language.specification import (
    Event,
    MachineFinding,
    Rule,
    Specification,
    State,
    Transition,
    TypedContext,
)

ADDED, REMOVED, CHANGED = "added", "removed", "changed"

KINDS = (
    "generation",
    "state",
    "virtual state",
    "definition",
    "variable",
    "event",
    "key",
    "transition",
    "rule",
    "finding",
    "line rule",
    "report",
)
"""What a change is of, in the order in which changes are told."""


class Change(NamedTuple):
    """One thing that only one specification has, or that they say differently.

    `kind` is one of KINDS, `how` is ADDED, REMOVED or CHANGED, `name` says of what; `detail` tells
    what it is, or what of it was and is now.
    """

    kind: str
    how: str
    name: str
    detail: tuple[str, ...] = ()


def changes(one: Specification, two: Specification) -> tuple[Change, ...]:
    """All that is written differently, by kind and in the order of the specifications."""
    found = [
        *_compared(
            "generation",
            {g.name: g for g in one.generations},
            {g.name: g for g in two.generations},
            lambda g: {"today": _yes(g.today), "on": g.on or "", "when": _tree(g.when)},
        ),
        *_compared("state", _by_name(one.states), _by_name(two.states), _state),
        *_compared(
            "virtual state",
            {v.name: v for v in one.virtual_states},
            {v.name: v for v in two.virtual_states},
            lambda v: {"members": ", ".join(v.members)},
        ),
        *_compared(
            "definition",
            {d.name: d for d in one.definitions},
            {d.name: d for d in two.definitions},
            lambda d: {"parameters": ", ".join(d.parameters), "value": show(d.body.tree)},
        ),
        *_compared(
            "variable",
            {v.name: v for v in one.variables},
            {v.name: v for v in two.variables},
            lambda v: {"type": t.show(v.type)},
        ),
        *_compared("event", _by_name(one.events), _by_name(two.events), _event),
        *_keys(one, two),
        *_transitions(one, two),
        *_compared("rule", {r.id: r for r in one.rules}, {r.id: r for r in two.rules}, _rule),
        *_compared(
            "finding",
            {f.kind: f for f in one.findings},
            {f.kind: f for f in two.findings},
            _finding,
        ),
        *_compared(
            "line rule",
            {rule.id: rule for rule in one.lines},
            {rule.id: rule for rule in two.lines},
            lambda rule: {"level": rule.level, "check": rule.check, "says": rule.says},
        ),
        *_compared("report", dict(one.report), dict(two.report), lambda e: {"value": show(e.tree)}),
    ]
    return tuple(sorted(found, key=lambda change: KINDS.index(change.kind)))


_T = TypeVar("_T")
Named = TypeVar("Named", State, Event)


def _by_name(items: Iterable[Named]) -> dict[str, Named]:
    return {item.name: item for item in items}


def _compared(
    kind: str, one: Mapping[str, _T], two: Mapping[str, _T], said: Callable[[_T], dict[str, str]]
) -> Iterator[Change]:
    """Entries of two tables: `said` gives what each says, by what it is called."""
    for name, item in one.items():
        if name not in two:
            yield Change(kind, REMOVED, name, _whole(said(item)))
    for name, item in two.items():
        if name not in one:
            yield Change(kind, ADDED, name, _whole(said(item)))
            continue
        before, after = said(one[name]), said(item)
        detail = tuple(
            f"{what}: {_or_none(before.get(what))} → {_or_none(after.get(what))}"
            for what in dict.fromkeys((*before, *after))
            if before.get(what, "") != after.get(what, "")
        )
        if detail:
            yield Change(kind, CHANGED, name, detail)


def _whole(said: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{what}: {text}" for what, text in said.items() if text)


def _or_none(text: str | None) -> str:
    return text or "nothing"


def _yes(flag: bool) -> str:
    return "yes" if flag else ""


def _tree(expression: Expression | None) -> str:
    return "" if expression is None else show(expression.tree)


def _state(state: State) -> dict[str, str]:
    return {
        "letter": state.letter,
        "initial": _yes(state.initial),
        "final": _yes(state.final),
        "removed": _yes(state.removed),
        "waitable": _yes(state.waitable),
        "says": state.says,
    }


def _event(event: Event) -> dict[str, str]:
    context = event.context
    record = isinstance(context, TypedContext) and isinstance(context.type, t.Record)
    # The keys of a record are told one by one, beside the event.
    told = t.show(context.type) if isinstance(context, TypedContext) else context.kind
    effects = {f"effect on {name}": show(effect.tree) for name, effect in event.effects}
    return {
        "by": ", ".join(event.by),
        "context": "keys" if record else told,
        "elsewhere": event.elsewhere,
        "says": event.says,
        **effects,
    }


def _rule(rule: Rule) -> dict[str, str]:
    return {
        "level": rule.level,
        "on": ", ".join(rule.on),
        "require": show(rule.require.tree),
        "says": rule.says,
        "breach": _message(rule.breach),
        "repair": _message(rule.repair),
    }


def _message(parts: tuple[str | Expression, ...]) -> str:
    texts = (part if isinstance(part, str) else f"{{{show(part.tree)}}}" for part in parts)
    return "".join(texts)


def _finding(finding: MachineFinding) -> dict[str, str]:
    return {"id": finding.id, "level": finding.level, "says": finding.says}


def _keys(one: Specification, two: Specification) -> Iterator[Change]:
    """Keys of events that both have; those of an event that one lacks are told with it."""
    tables = [{event.name: event for event in spec.events} for spec in (one, two)]
    for name, event in tables[1].items():
        other = tables[0].get(name)
        before = {} if other is None else _key_types(other)
        yield from _compared(
            "key",
            {f"{name}.{key}": of for key, of in before.items()},
            {f"{name}.{key}": of for key, of in _key_types(event).items()},
            _key,
        )
    for name, event in tables[0].items():
        if name not in tables[1]:
            for key, of in _key_types(event).items():
                yield Change("key", REMOVED, f"{name}.{key}", _whole(_key(of)))


def _key_types(event: Event) -> dict[str, t.Type]:
    return dict(event.context.keys) if isinstance(event.context, TypedContext) else {}


def _key(of: t.Type) -> dict[str, str]:
    optional = isinstance(of, t.Optional)
    inner = of.of if isinstance(of, t.Optional) else of
    return {"required": "" if optional else "yes", "type": t.show(inner)}


class _Place(NamedTuple):
    """Where a transition applies: what two of them share that are one, changed."""

    event: str
    source: str
    guard: str
    generation: str


def _transitions(one: Specification, two: Specification) -> Iterator[Change]:
    tables = [_by_place(spec.transitions) for spec in (one, two)]
    yield from _compared(
        "transition",
        {_name(place): row for place, row in tables[0].items()},
        {_name(place): row for place, row in tables[1].items()},
        lambda row: {"outcome": _outcome(row)},
    )
    orders = [
        [place for place in table if place in tables[1 - n]] for n, table in enumerate(tables)
    ]
    for pair in dict.fromkeys((place.event, place.source) for place in orders[1]):
        tried = [[place for place in order if place[:2] == pair] for order in orders]
        if tried[0] != tried[1]:
            detail = ("the order in which guards are tried",)
            yield Change("transition", CHANGED, " in ".join(pair), detail)


def _by_place(rows: Iterable[Transition]) -> dict[_Place, Transition]:
    found: dict[_Place, Transition] = {}
    for row in rows:
        place = _Place(row.event, row.source, _tree(row.when), row.generation or "")
        found.setdefault(place, row)
    return found


def _name(place: _Place) -> str:
    parts = [f"{place.event} in {place.source}"]
    if place.guard:
        parts.append(f"when {place.guard}")
    if place.generation:
        parts.append(f"in logs of {place.generation}")
    return " ".join(parts)


def _outcome(row: Transition) -> str:
    return f"to {row.target}" if row.target is not None else row.outcome


def counted(found: Iterable[Change]) -> dict[str, dict[str, int]]:
    """How many changes there are of each kind, added, removed and changed."""
    counts: dict[str, dict[str, int]] = {}
    for change in found:
        table = counts.setdefault(change.kind, {ADDED: 0, REMOVED: 0, CHANGED: 0})
        table[change.how] += 1
    return counts

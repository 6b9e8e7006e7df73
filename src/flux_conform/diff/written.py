"""What is written differently in two specifications: states, events, keys, transitions, rules.

They are compared as values, so that order, comments and layout do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple, TypeVar

from flux_conform.language import types as t
from flux_conform.language.expressions import Expression, show
from flux_conform.language.lane_meaning import said_sets
from flux_conform.language.lanes import LaneRow
from flux_conform.language.loading.awaited import Awaited
from flux_conform.language.specification import (
    Event,
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
    "lane",
    "definition",
    "variable",
    "event",
    "key",
    "transition",
    "rule",
    "finding",
    "line rule",
    "report",
    "wait",
)
"""The kinds of things that can change, in the order of a report."""


_T = TypeVar("_T")


class Change(NamedTuple):
    """One thing that only one specification has, or that they say differently.

    `kind` is one of KINDS, `how` is ADDED, REMOVED or CHANGED. `detail` lists its properties, or
    those that changed with their values before and after.
    """

    kind: str
    how: str
    name: str
    detail: tuple[str, ...] = ()


def changes(one: Specification, two: Specification) -> tuple[Change, ...]:
    """Return all that is written differently, by kind and in the order of the specifications."""

    def compared(
        kind: str,
        items: Callable[[Specification], Iterable[_T]],
        says: Callable[[_T], dict[str, str]],
        by: str = "name",
    ) -> Iterator[Change]:
        name = attrgetter(by)
        before, after = ({name(item): item for item in items(spec)} for spec in (one, two))
        return _compared(kind, before, after, says)

    found = (
        *compared(
            "generation",
            lambda spec: spec.generations,
            lambda g: {"today": _yes(g.today), "on": g.on or "", "when": _tree(g.when)},
        ),
        *compared("state", lambda spec: spec.states, _state),
        *compared(
            "virtual state",
            lambda spec: spec.virtual_states,
            lambda v: {"members": ", ".join(v.members)},
        ),
        *compared(
            "definition",
            lambda spec: spec.definitions,
            lambda d: {"parameters": ", ".join(d.parameters), "value": show(d.body.tree)},
        ),
        *compared(
            "lane",
            lambda spec: spec.lanes,
            lambda lane: {
                "states": ", ".join(state.name for state in lane.states),
                "initial": lane.initial.name,
                "says": lane.says,
            },
        ),
        *compared(
            "variable",
            lambda spec: [each for each in spec.variables if each.name not in said_sets(spec)],
            lambda v: {"type": t.show(v.type), "start": "" if v.start is None else str(v.start)},
        ),
        *compared("event", _own_events, _event),
        *_keys(one, two),
        *_transitions(one, two),
        *_compared("transition", _of_lanes(one), _of_lanes(two), _lane_outcome),
        *compared("rule", lambda spec: spec.rules, _rule, by="id"),
        *compared(
            "finding",
            lambda spec: spec.findings,
            lambda f: {"id": f.id, "level": f.level, "says": f.says},
            by="kind",
        ),
        *compared(
            "line rule",
            lambda spec: spec.lines,
            lambda rule: {"level": rule.level, "check": rule.check, "says": rule.says},
            by="id",
        ),
        *_compared("report", dict(one.report), dict(two.report), lambda e: {"value": show(e.tree)}),
        *compared("wait", lambda spec: spec.waits, _wait),
    )
    return tuple(sorted(found, key=lambda change: KINDS.index(change.kind)))


def _compared(
    kind: str, one: Mapping[str, _T], two: Mapping[str, _T], said: Callable[[_T], dict[str, str]]
) -> Iterator[Change]:
    """Compare the entries of two tables; `said` returns the properties of an entry, by name."""
    for name, item in one.items():
        if name not in two:
            yield Change(kind, REMOVED, name, _whole(said(item)))
    for name, item in two.items():
        if name not in one:
            yield Change(kind, ADDED, name, _whole(said(item)))
            continue
        before, after = said(one[name]), said(item)
        detail = tuple(
            f"{what}: {before.get(what) or 'nothing'} → {after.get(what) or 'nothing'}"
            for what in dict.fromkeys((*before, *after))
            if before.get(what, "") != after.get(what, "")
        )
        if detail:
            yield Change(kind, CHANGED, name, detail)


def _whole(said: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{what}: {text}" for what, text in said.items() if text)


def _yes(flag: bool) -> str:
    return "yes" if flag else ""


def _tree(expression: Expression | None) -> str:
    return "" if expression is None else show(expression.tree)


def _state(state: State) -> dict[str, str]:
    return {
        "letter": state.letter,
        "initial": _yes(state.initial),
        "final": "not captive" if state.open else _yes(state.final),
        "removed": _yes(state.removed),
        "waitable": _yes(state.waitable),
        "says": state.says,
    }


def _event(event: Event) -> dict[str, str]:
    context = event.context
    record = isinstance(context, TypedContext) and isinstance(context.type, t.Record)
    # The keys of a record are compared one by one.
    shown = t.show(context.type) if isinstance(context, TypedContext) else context.kind
    effects = {f"effect on {name}": show(effect.tree) for name, effect in event.effects}
    return {
        "by": ", ".join(event.by),
        "context": "keys" if record else shown,
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


def _wait(row: Awaited) -> dict[str, str]:
    return {
        "in": ", ".join(row.states),
        "when": _tree(row.when),
        "each": _tree(row.each),
        "for": _message(row.says),
    }


def _message(parts: tuple[str | Expression, ...]) -> str:
    texts = (part if isinstance(part, str) else f"{{{show(part.tree)}}}" for part in parts)
    return "".join(texts)


def _keys(one: Specification, two: Specification) -> Iterator[Change]:
    """Compare the keys of each event; those of an event that one lacks are listed too."""
    before, after = ({event.name: _key_types(event) for event in s.events} for s in (one, two))
    for name in dict.fromkeys((*after, *before)):
        yield from _compared("key", before.get(name, {}), after.get(name, {}), _key)


def _key_types(event: Event) -> dict[str, t.Type]:
    keys = event.context.keys if isinstance(event.context, TypedContext) else ()
    return {f"{event.name}.{key}": of for key, of in keys}


def _key(of: t.Type) -> dict[str, str]:
    optional = isinstance(of, t.Optional)
    inner = of.of if isinstance(of, t.Optional) else of
    return {"required": "" if optional else "yes", "type": t.show(inner)}


class _Place(NamedTuple):
    """Where a transition applies. Two transitions with the same place are one that changed."""

    event: str
    source: str
    guard: str
    generation: str

    def __str__(self) -> str:
        guard = f" when {self.guard}" if self.guard else ""
        generation = f" in logs of {self.generation}" if self.generation else ""
        return f"{self.event} in {self.source}{guard}{generation}"


def _transitions(one: Specification, two: Specification) -> Iterator[Change]:
    tables: list[dict[_Place, Transition]] = []
    for specification in (one, two):
        table: dict[_Place, Transition] = {}
        for row in (each for each in specification.transitions if not each.lane):
            place = _Place(row.event, row.source, _tree(row.when), row.generation or "")
            table.setdefault(place, row)
        tables.append(table)
    before, after = ({str(place): row for place, row in table.items()} for table in tables)
    yield from _compared("transition", before, after, lambda row: {"outcome": _outcome(row)})
    common = [
        [place for place in table if place in tables[1 - n]] for n, table in enumerate(tables)
    ]
    for pair in dict.fromkeys(place[:2] for place in common[1]):
        tried = [[place for place in places if place[:2] == pair] for places in common]
        if tried[0] != tried[1]:
            detail = ("the order in which guards are tried",)
            yield Change("transition", CHANGED, " in ".join(pair), detail)


def _own_events(specification: Specification) -> Iterator[Event]:
    """The events, without the effects that say what becomes of lanes and keys of variables."""
    sets = said_sets(specification)
    for event in specification.events:
        effects = tuple(pair for pair in event.effects if pair[0] not in sets)
        yield event._replace(effects=effects)


def _of_lanes(specification: Specification) -> dict[str, LaneRow]:
    """The rows of lanes, one for each of their states, by what they match."""
    return {
        f"{row.event} in {source} of {lane.name}"
        + ("" if row.when is None else f" when {show(row.when.tree)}"): row
        for lane in specification.lanes
        for row in lane.rows
        for source in row.sources
    }


def _lane_outcome(row: LaneRow) -> dict[str, str]:
    return {"outcome": f"to {row.target}" if row.target is not None else row.outcome}


def _outcome(row: Transition) -> str:
    return f"to {row.target}" if row.target is not None else row.outcome

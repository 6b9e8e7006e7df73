"""Looks for a log that kills a mutant which the vectors leave.

Of the events that bear on the mutant each bears the values that the specification compares with
anything, and values beside them, in each state; one such event, or two that follow one another, and
then the log goes on to its end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain, product

from flux_conform.language import types as t
from flux_conform.language.expressions import Expression, expand
from flux_conform.language.specification import MOVES, STAYS, Specification, TypedContext
from flux_conform.machine.fold import reads
from flux_conform.machine.literals import literals, words
from flux_conform.machine.values import EXAMPLE, integers_of, ordinary
from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME
from flux_conform.suite.making.clean_graph import CleanGraph, Place, taken
from flux_conform.suite.making.mutants import REPORT, Mutant
from flux_conform.suite.making.observe import Observer, ReadLine, ReadLog
from flux_conform.suite.making.telling_events import Logged, dumped

STATES = "states"

NEAREST = 4
"""So many places of each state are tried, the nearest."""

MOST = 20_000
"""So many logs are tried for a mutant."""


def telling_events(
    specification: Specification, names: Collection[str]
) -> tuple[tuple[Logged, ...], ...]:
    """The events of some entries, with each key in turn at a telling value, then with two so."""
    numbers, texts = _constants(specification)
    found: dict[Logged, None] = {}
    double: dict[Logged, None] = {}
    for event in specification.events:
        if event.name not in names or event.is_family:
            continue
        context = event.context
        if not isinstance(context, TypedContext):
            found[Logged(event.name, None)] = None
            continue
        if not isinstance(context.type, t.Record):
            for value in _objects(context.type):
                found[Logged(event.name, dumped(value))] = None
            continue
        usual = ordinary(context.type)
        keys = dict(context.keys)
        values = {key: list(_values(of, numbers, texts)) for key, of in keys.items()}
        found[Logged(event.name, dumped(usual) if usual or context.required else None)] = None
        for one in keys:
            for value in values[one]:
                found[Logged(event.name, dumped({**usual, one: value}))] = None
        for one, two in product(keys, keys):
            if one < two:
                for first, second in product(values[one], values[two]):
                    text = dumped({**usual, one: first, two: second})
                    double[Logged(event.name, text)] = None
    return tuple(found), tuple(double)


def _constants(specification: Specification) -> tuple[list[int], list[str]]:
    trees = [expression.tree for expression in _expressions(specification)]
    numbers = dict.fromkeys((0, 1))
    for value in integers_of(literals(trees)):
        numbers.update(dict.fromkeys((value - 1, value, value + 1)))
    products = {a * b for a, b in product(numbers, numbers) if 1 < a < b < 1000}
    wide = dict.fromkeys((*numbers, *sorted(products)[:24]))
    return list(wide), ["", EXAMPLE, f"{EXAMPLE}-2", *words(trees, specification)]


def _expressions(specification: Specification) -> Iterator[Expression]:
    yield from (rule.require for rule in specification.rules)
    yield from (row.when for row in specification.transitions if row.when is not None)
    yield from (effect for event in specification.events for _, effect in event.effects)
    yield from (definition.body for definition in specification.definitions)
    yield from (expression for _, expression in specification.report)


def _values(of: t.Type, numbers: Iterable[int], texts: Iterable[str]) -> Iterator[object]:
    inner = t.present(of)
    match inner:
        case t.Boolean():
            yield from (True, False)
        case t.Integer():
            yield from (number for number in numbers if t.accepts(inner, number))
        case t.String():
            yield from texts
        case t.Object():
            yield from _objects(inner)
        case _:
            yield ordinary(inner)


def _objects(of: t.Type) -> Iterator[object]:
    for value in (
        {},
        {"example": 1},
        {"example": 2},
        {"example": None},
        {"other": "a", "example": 1},
    ):
        if t.accepts(of, value):
            yield value


def bearing_on(mutant: Mutant, specification: Specification) -> frozenset[str]:
    """The entries whose events may show what a mutant does."""
    names = set(mutant.events or ())
    fields = {field for field, _ in specification.report}
    if mutant.operator == REPORT and mutant.at in fields:
        read = _read_by(specification, mutant.at)
        names |= {e.name for e in specification.events if {v for v, _ in e.effects} & read}
    # What reads the variables that the event changes shows the change.
    changed = {v for e in specification.events if e.name in names for v, _ in e.effects}
    for rule in specification.rules:
        if changed & set(reads(expand(rule.require.tree, specification.definition_table))):
            names |= set(rule.on)
    return frozenset(names)


def _read_by(specification: Specification, field: str) -> set[str]:
    report = dict(specification.report)
    found: set[str] = set()
    ahead = [field]
    for name in ahead:
        for part in reads(expand(report[name].tree, specification.definition_table)):
            if part in report and part != name and part not in ahead:
                ahead.append(part)
            found.add(part)
    return found


def killer(
    graph: CleanGraph, original: Observer, mutant: Mutant, power: str
) -> tuple[Logged, ...] | None:
    """A log that kills a mutant under a power of observation; None where none was found."""
    specification = graph.machine.specification
    one, two = telling_events(specification, bearing_on(mutant, specification))
    other = Observer(mutant.specification)
    tried = chain(((e,) for e in one), ((e,) for e in two), product(one, one))
    left = MOST
    for more in tried:
        for place in _nearest(graph):
            left -= 1
            if left < 0:
                return None
            events = _whole(graph, place, more)
            if events is None:
                continue
            log = read_events(events)
            seen, own = other.observe(log), original.observe(log)
            if seen[:2] != own[:2] or (power == STATES and seen != own):
                return events
    return None


def read_events(events: Iterable[Logged]) -> ReadLog:
    """The log of some events as it is read."""
    return tuple(
        ReadLine((), event.name, event.value, True, FIRST_TIME + number * BETWEEN)
        for number, event in enumerate(events)
    )


@lru_cache(maxsize=4)
def _nearest(graph: CleanGraph) -> tuple[Place, ...]:
    kept: dict[str, list[Place]] = {}
    for place in graph.places:
        kept.setdefault(place.state, []).append(place)
    return tuple(place for places in kept.values() for place in places[:NEAREST])


def _whole(graph: CleanGraph, place: Place, more: tuple[Logged, ...]) -> tuple[Logged, ...] | None:
    """The log that goes on from a place with these events, and to its end if it can."""
    after = place.configuration
    for logged in more:
        step = taken(graph.machine, after, logged)
        if step.outcome not in (MOVES, STAYS):
            return None
        after = step.after
    return (*place.log, *more, *(graph.ending(after) or ()))

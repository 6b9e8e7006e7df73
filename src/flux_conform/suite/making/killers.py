"""Finds a log that kills a mutant that survives all vectors.

Tries, in each state, the events that bear on the mutant, with the constants of the specification
and the values next to them: one such event, or two in a row, and then the shortest way to the end.
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
from flux_conform.mutation.mutants import REPORT, Mutant
from flux_conform.mutation.powers import STATES
from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME
from flux_conform.suite.making.clean_graph import CleanGraph, Place, taken
from flux_conform.suite.making.mutant_reader import MutantReader
from flux_conform.suite.making.observe import Observer, ReadLine, ReadLog
from flux_conform.suite.making.telling_events import Logged, dumped

NEAREST = 4
"""So many places of each state are tried, the nearest."""

MOST = 20_000
"""So many logs are tried for a mutant."""


def varied_events(
    specification: Specification, names: Collection[str]
) -> tuple[tuple[Logged, ...], ...]:
    """The events of some entries: one key at a value that matters, and then two at once."""
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
        values = {key: list(_values(of, numbers, texts)) for key, of in context.keys}
        found[Logged(event.name, dumped(usual) if usual or context.required else None)] = None
        for key, borne in values.items():
            for value in borne:
                found[Logged(event.name, dumped({**usual, key: value}))] = None
        pairs = (pair for pair in product(values, values) if pair[0] < pair[1])
        for one, two in pairs:
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
    match t.present(of):
        case t.Boolean():
            yield from (True, False)
        case t.Integer() as inner:
            yield from (number for number in numbers if t.accepts(inner, number))
        case t.String():
            yield from texts
        case t.Object() as inner:
            yield from _objects(inner)
        case inner:
            yield ordinary(inner)


def _objects(of: t.Type) -> list[object]:
    values = ({}, *({EXAMPLE: n} for n in (1, 2, None)), {"other": "a", EXAMPLE: 1})
    return [value for value in values if t.accepts(of, value)]


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
    graph: CleanGraph, original: Observer, mutant: Mutant, power: str, most: int = MOST
) -> tuple[Logged, ...] | None:
    """A log that kills a mutant under a power of observation; None where none was found."""
    specification = graph.machine.specification
    one, two = varied_events(specification, bearing_on(mutant, specification))
    other = MutantReader(mutant)
    tried = chain(((e,) for e in one), ((e,) for e in two), product(one, one))
    left = most
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

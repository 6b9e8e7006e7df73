"""Vectors for collections and repeated events: members come and go, events come more than once.

A collection may be a set or a bag, its members equal or not, and of an event that is repeated the
first or the last may count. All short sequences of events that change a collection, and all pairs
of events that carry data, are followed by the events whose rules read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, product

from flux_conform.language import types as t
from flux_conform.language.expressions import expand
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    STAYS,
    Rule,
    Specification,
    TypedContext,
)
from flux_conform.machine.configuration import Configuration, Step, key_of
from flux_conform.machine.fold import reads
from flux_conform.machine.step import Machine
from flux_conform.suite.making.clean_graph import CleanGraph, Place, taken
from flux_conform.suite.making.length_vectors import Members, collections
from flux_conform.suite.making.step_vectors import slug
from flux_conform.suite.making.telling_events import Letter, Logged, log_of
from flux_conform.suite.making.vector import Draft

SEVERAL = "several"

LENGTH = 3
"""Maximum number of changes of a collection in a row."""

MOST_AGAIN = 15_000
"""Maximum number of triples of letters. Of more, those with one effect count once."""

CROWDS = (3, 4, 10)
"""Numbers of members that are in a collection at once."""

OBJECTS = (
    *('{"example":1}', '{"example":null}', "{}", '{"example":[1]}'),
    *('{"example":{"inner":1}}', '{"example":{"inner":null}}'),
    '{"other":"a","example":{"next":{"deep":2}}}',
    '{"example":{"next":{"deep":null,"other":true}}}',
)
"""Contexts for an event that may carry any object: they put, replace and remove keys, also in
nested objects."""


def several(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """All of these vectors."""
    yield from _members(graph, letters)
    yield from _again(graph, letters)


# Collections


def _members(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    for members in collections(graph.machine):
        changes = (*members.adds[:2], *members.removes[-2:])
        readers = _readers(graph.machine.specification, members.variable)
        for reader in [one for one in letters if one.event in readers and not one.another]:
            if reader.odd or reader.event in (members.add, members.remove):
                continue
            place = _place_of(graph, reader, changes)
            if place is None:
                continue
            number = 0
            rules = tuple(
                rule.id
                for rule in _reading(graph.machine.specification, members.variable)
                if reader.event in rule.on
            )
            lengths = range(1, LENGTH + 1)
            short = chain.from_iterable(product(changes, repeat=n) for n in lengths)
            for sequence in chain(short, _crowds(members)):
                after = _after(graph.machine, place.configuration, sequence)
                last = None if after is None else reader.at(after)
                if last is not None:
                    number += 1
                    yield _draft(
                        f"{slug(members.variable)}-{slug(reader.event)}-{number}",
                        f"{reader.event} after {_told(sequence)}",
                        (*place.log, *sequence, last),
                        rules,
                    )


def _crowds(members: Members) -> Iterator[tuple[Logged, ...]]:
    """Some equal members, and some that are not, of which all or all but one are removed."""
    equal, gone = members.adds[0], members.removes[-1]
    for many in CROWDS:
        yield (equal,) * many + (gone,) * (many - 1)
        yield (equal,) * many + (gone,) * many
        yield members.adds[:many] + members.removes[1 - many :][::-1]
        yield members.adds[:many] + members.removes[-many:]


def _told(events: Iterable[Logged]) -> str:
    return ", ".join(f"{event.name} {event.context}" for event in events)


def _readers(specification: Specification, variable: str) -> set[str]:
    return {
        event
        for rule in _reading(specification, variable)
        for event in rule.on
        if event != ANY_EVENT
    }


def _reading(specification: Specification, variable: str) -> Iterator[Rule]:
    table = specification.definition_table
    for rule in specification.rules:
        if variable in reads(expand(rule.require.tree, table)):
            yield rule


def _place_of(graph: CleanGraph, reader: Letter, changes: Sequence[Logged]) -> Place | None:
    """The nearest place where the reader and the first change are clean."""
    for place in graph.places:
        logged = reader.at(place.configuration)
        events = () if logged is None else (logged, changes[0])
        if events and all(graph.is_clean(graph.step(place, event)) for event in events):
            return place
    return None


def _after(
    machine: Machine,
    configuration: Configuration,
    events: Iterable[Logged],
    allows: Callable[[Step], bool] = lambda step: step.outcome in (MOVES, STAYS),
) -> Configuration | None:
    """The configuration after some events; None if a step is not allowed."""
    for logged in events:
        step = taken(machine, configuration, logged)
        if not allows(step):
            return None
        configuration = step.after
    return configuration


# Events that come again


def _again(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """Two letters of an event that changes data, and then each letter of an event that reads it."""
    for event in graph.machine.specification.events:
        if not event.effects or event.is_family:
            continue
        own = [one for one in letters if one.event == event.name and not one.terms]
        taken_here = [Logged(one.name, one.context) for one in own]
        of = event.context.type if isinstance(event.context, TypedContext) else None
        if isinstance(of, t.Object):
            taken_here = [Logged(event.name, text) for text in OBJECTS]
        readers = _later(graph.machine.specification, letters, event.name)
        number = 0
        places = {logged: graph.clean_at(logged) for logged in taken_here}
        if len(taken_here) ** 2 * len(readers) > MOST_AGAIN:
            taken_here = _of_different_effects(graph.machine, places)
        for first, second in product(taken_here, repeat=2):
            place = places[first]
            if place is None:
                continue
            middle = _after(graph.machine, place.configuration, (first, second), graph.is_clean)
            if middle is None:
                continue
            tails: list[tuple[Logged, ...]] = [()]
            for reader in readers:
                last = reader.at(middle)
                if last is not None and _after(graph.machine, middle, (last,)) is not None:
                    tails.append((last,))
            for tail in tails:
                number += 1
                after = _after(graph.machine, middle, tail)
                ending = graph.ending(after) if after is not None else None
                says = f"{_told((first, second, *tail))}"
                events = (*place.log, first, second, *tail, *(ending or ()))
                yield _draft(f"{slug(event.name)}-twice-{number}", says, events, ())


def _later(specification: Specification, letters: Sequence[Letter], name: str) -> list[Letter]:
    """The letters of other events whose rules read what an event changes."""
    changed = [variable for variable, _ in specification.event(name).effects]
    found = {event for variable in changed for event in _readers(specification, variable)}
    return [one for one in letters if one.event in found - {name} and not one.another]


def _of_different_effects(machine: Machine, places: dict[Logged, Place | None]) -> list[Logged]:
    """The first letter for each configuration that the letters lead to."""
    found: dict[object, Logged] = {}
    for logged, place in places.items():
        if place is not None:
            after = taken(machine, place.configuration, logged).after
            found.setdefault(key_of(after), logged)
    return list(found.values())


def _draft(name: str, says: str, events: Sequence[Logged], clauses: tuple[str, ...]) -> Draft:
    return Draft(SEVERAL, name, "data", says, log_of(events), clauses)

"""Vectors for length: every beginning of a whole log, and logs of hundreds of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flux_conform.language.expressions import Binary, Key, Name
from flux_conform.language.specification import MOVES, Specification, TypedContext
from flux_conform.machine.step import Machine
from flux_conform.machine.values import ordinary
from flux_conform.suite.making.clean_graph import CleanGraph, Place, taken
from flux_conform.suite.making.step_vectors import after, slug
from flux_conform.suite.making.telling_events import Letter, Logged, dumped, log_of
from flux_conform.suite.making.vector import Draft

PREFIXES, LONG = "prefixes", "long"

MANY = 200


def prefixes(graph: CleanGraph) -> Iterator[Draft]:
    """Every beginning of the longest of the shortest logs to the final state, and the whole."""
    longest = graph.places[longest_place(graph)].log
    for count in range(1, len(longest) + 1):
        name = f"{count:02}-{slug(longest[count - 1].name)}"
        says = f"the first {count} of {len(longest)} events of a whole log"
        yield Draft(PREFIXES, name, "prefix", says, log_of(longest[:count]))


def longest_place(graph: CleanGraph) -> int:
    """Where the longest of the shortest logs to the final state ends, of those with small numbers.

    Where there is none, or no clean log comes there, of the logs to any place.
    """
    finals = {state.name for state in graph.machine.specification.finals}
    places = graph.places
    ends = [n for n in range(graph.near) if places[n].state in finals]
    return max(ends or range(graph.near), key=lambda number: len(places[number].log))


def long_logs(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """Events that come hundreds of times, cycles gone round, collections with many members."""
    for letter in letters:
        if letter.odd or letter.terms:
            continue
        found = _repeatable(graph, letter)
        if found is not None:
            place, logged = found
            events = (*place.log, *[logged] * MANY)
            yield _draft(
                graph, f"{slug(letter.event)}-often", f"{MANY} times {logged.name}", events
            )
    for number, (place, cycle) in enumerate(_cycles(graph), 1):
        events = (*place.log, *cycle * MANY)
        names = ", ".join(event.name for event in cycle)
        yield _draft(graph, f"round-{number}", f"{MANY} times round: {names}", events)
    for _, add, remove, adds, removes in collections(graph.machine):
        nearest = graph.clean_at(adds[0])
        if nearest is None:
            continue
        events = (*nearest.log, *adds, *removes)
        says = f"{MANY} times {add}, and {remove} for each, the last first"
        yield _draft(graph, f"{slug(add)}-members", says, events)
        yield _draft(
            graph,
            f"{slug(add)}-members-but-one",
            f"{MANY} times {add}, and {remove} for each but one",
            (*nearest.log, *adds, *removes[1:]),
        )


def _draft(graph: CleanGraph, name: str, says: str, events: Sequence[Logged]) -> Draft:
    ending = graph.ending(after(graph.machine, events)) or ()
    return Draft(LONG, name, "length", says, log_of((*events, *ending)))


def _repeatable(graph: CleanGraph, letter: Letter) -> tuple[Place, Logged] | None:
    """A place where the letter is clean, however often it comes."""
    for place in graph.places:
        logged = letter.at(place.configuration)
        if logged is None or not place.log:
            continue
        configuration = place.configuration
        for _ in range(3):
            step = taken(graph.machine, configuration, logged)
            if not graph.is_clean(step):
                break
            configuration = step.after
        else:
            return place, logged
    return None


def _cycles(graph: CleanGraph) -> Iterator[tuple[Place, tuple[Logged, ...]]]:
    """Two clean transitions that lead back to where the first began."""
    known: set[tuple[str, str]] = set()
    for ways in graph.ways:
        for way in ways:
            if way.row is None or way.row.outcome != MOVES or way.target >= len(graph.ways):
                continue
            for back in graph.ways[way.target]:
                names = (way.logged.name, back.logged.name)
                is_back = back.target == way.source != way.target and names not in known
                if is_back and back.row is not None and back.row.outcome == MOVES:
                    known.add(names)
                    yield graph.places[way.source], (way.logged, back.logged)


class Members(NamedTuple):
    """What adds members to a collection and what removes them, for many members of other names."""

    variable: str
    add: str
    remove: str
    adds: tuple[Logged, ...]
    removes: tuple[Logged, ...]


class Paired(NamedTuple):
    """An event that adds its key to a collection, and one that removes its own from it."""

    variable: str
    add: str
    add_key: str
    remove: str
    remove_key: str


def paired(specification: Specification) -> Iterator[Paired]:
    """The events that add members to a collection, with those that remove them."""
    for variable in specification.variables:
        adding: dict[str, str] = {}
        removing: dict[str, str] = {}
        for event in specification.events:
            for name, effect in event.effects:
                tree = effect.tree
                if name != variable.name or not isinstance(tree, Binary):
                    continue
                if tree.left == Name(name) and isinstance(tree.right, Key):
                    kind = adding if tree.operator == "+" else removing
                    kind[event.name] = tree.right.name
        for add, key in adding.items():
            for remove, other in removing.items():
                yield Paired(variable.name, add, key, remove, other)


def collections(machine: Machine) -> Iterator[Members]:
    """The events that add members to a collection, with those that remove them, many of each."""
    for variable, add, key, remove, other in paired(machine.specification):
        removes = _named(machine, remove, other)[::-1]
        yield Members(variable, add, remove, _named(machine, add, key), removes)


def _named(machine: Machine, event: str, key: str) -> tuple[Logged, ...]:
    return tuple(
        bearing(machine.specification, event, key, f"example-{number}") for number in range(MANY)
    )


def bearing(specification: Specification, event: str, key: str, text: str) -> Logged:
    """An event with a text for one of its keys, and an ordinary value for each other one."""
    context = specification.event(event).context
    usual = ordinary(context.type) if isinstance(context, TypedContext) else {}
    return Logged(event, dumped({**usual, key: text}))

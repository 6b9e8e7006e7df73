"""Vectors for policies that ask for times: exactly at each bound, and just on either side of it.

A reader may take `<` for `<=`, round times to floats, or to seconds, or take the first event of a
name for the last one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

from flux_conform.language.specification import ANY_EVENT, Rule
from flux_conform.machine.evaluate import Unreadable
from flux_conform.prove.timed_runs import (
    LEAST,
    Happening,
    TimedRules,
    Unsolvable,
    Walk,
    timed_lines,
    walks,
)
from flux_conform.suite.making.clean_graph import CleanGraph
from flux_conform.suite.making.step_vectors import slug
from flux_conform.suite.making.telling_events import Letter, Logged, plain_letters
from flux_conform.suite.making.vector import Draft

PLACES = 500
"""Maximum number of places from which an event is tried, the nearest first."""

WALKS = 3
"""Maximum number of logs whose times are solved for, for each policy and event."""

START = Fraction("1700000000.3")
"""The first time: its float is not what it says."""

_OFFSETS = (("at", Fraction(0)), ("above", LEAST), ("below", -LEAST))


def of_times(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """All of these vectors; none for a machine whose rules ask for no times."""
    machine = graph.machine
    if machine.timed is None:
        return
    timed, plain = TimedRules(machine), plain_letters(letters)
    asked = [_happening(plain[name]) for name in sorted(machine.timed.asked)]
    for rule in timed.rules:
        for event in plain if ANY_EVENT in rule.on else rule.on:
            last = [one for one in letters if one.event == event and not one.terms]
            for number, (walk, bound) in enumerate(_bounds(graph, timed, rule, last, asked), 1):
                others = timed.conditions(walk, rule)
                name = f"{slug(rule.id)}-{slug(event)}-{number}"
                yield from _at(walk, bound, others, rule, name)


def _bounds(
    graph: CleanGraph,
    timed: TimedRules,
    rule: Rule,
    last: Sequence[Letter],
    asked: Sequence[Happening],
) -> Iterator[tuple[Walk, object]]:
    """Logs that end with the event, and how far times are from a bound there."""
    named = {each.name for each in asked}
    found: set[tuple[str, ...]] = set()
    for place, letter in product(graph.places[:PLACES], last):
        events = [Happening(each.name, each.value) for each in place.log]
        row = [*events, _happening(letter)]
        for walk in walks(graph.machine, row, asked, graph.is_clean, graph.generation):
            names = tuple(sorted(each.name for each in walk.events if each.name in named))
            if names in found:
                continue  # another number of the events that are asked for tells more
            number = len(walk.events) - 1
            try:
                held = timed.judged(walk, number) and walk.holds(timed.tree(rule), number)
            except (Unreadable, Unsolvable):
                continue
            if isinstance(held, bool | list):
                continue
            found.add(names)
            for bound in walk.bounds(timed.tree(rule), number):
                yield walk, bound
            if len(found) >= WALKS:
                return


def _at(walk: Walk, bound: object, others: list[object], rule: Rule, name: str) -> Iterator[Draft]:
    for where, offset in _OFFSETS:
        times = walk.solved_at(bound, offset, others)
        if times is not None:
            says = f"{where} a bound of {rule.id}: {rule.says}"
            log = "".join(f"{line}\n" for line in timed_lines(walk, times, START))
            yield Draft("data", f"{name}-{where}", "data", says, log.encode(), (rule.id,))


def _happening(letter: Letter) -> Happening:
    return Happening(letter.name, Logged(letter.name, letter.context).value)

"""Derives what is known about a log from its state alone, whatever its events were.

For each state it computes which events must have occurred and which may have occurred on the way
there, and so which variables are unchanged. It assumes that the log has an event and has broken no
rule so far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.specification import MOVES, SILENT, STAYS
from flux_conform.machine.partly_known import Facts, Value
from flux_conform.machine.partly_known_sets import UNKNOWN, Partly
from flux_conform.machine.step import Machine


class Edge(NamedTuple):
    """An event that is defined in a state, and a state to which it can lead."""

    source: str
    event: str
    target: str


def pasts(machine: Machine, generation: str) -> Iterator[Facts]:
    """Yield the facts about a log in each state from which it can continue."""
    specification = machine.specification
    steps = list(edges(machine, generation))
    openers = specification.opening_events
    may, must = _occurrences(machine, steps)
    for state in specification.machine_states:
        if state.captive or state.name not in may:
            continue
        certain = must[state.name] | openers
        # An event that may or may not have occurred has no entry.
        seen = {
            event.name: event.name in certain
            for event in specification.events
            if event.name in certain or event.name not in may[state.name]
        }
        changed = {
            name
            for event in specification.events
            if event.name in may[state.name]
            for name, _ in event.effects
        }
        values = {
            variable.name: unknown(variable.type)
            if variable.name in changed
            else variable.first_value
            for variable in specification.variables
        }
        yield Facts(values, state.name, seen)


def edges(machine: Machine, generation: str) -> Iterator[Edge]:
    """Yield the state changes of a specification, whatever the guards say."""
    for state in machine.specification.machine_states:
        for event in machine.specification.events:
            for row, outcome in machine.outcome(state.name, event.name, generation):
                if outcome == MOVES and row is not None and row.target is not None:
                    yield Edge(state.name, event.name, row.target)
                elif outcome in (STAYS, SILENT):
                    yield Edge(state.name, event.name, state.name)


def _occurrences(
    machine: Machine, steps: list[Edge]
) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
    """Return, for each reachable state, the events that may and that must have occurred.

    A fixed point over the edges: `may` grows by union, `must` shrinks by intersection.
    """
    start = machine.specification.initial.name
    may: dict[str, frozenset[str]] = {start: frozenset()}
    must: dict[str, frozenset[str]] = {start: frozenset()}
    grows = True
    while grows:
        grows = False
        for source, event, target in steps:
            if source not in may:
                continue
            possible = may[source] | {event}
            if not possible <= may.get(target, frozenset()) or target not in may:
                may[target] = may.get(target, frozenset()) | possible
                grows = True
            certain = must[source] | {event}
            kept = certain if target not in must else must[target] & certain
            if must.get(target) != kept:
                must[target] = kept
                grows = True
    return may, must


def unknown(of: t.Type) -> Value:
    """Return the value that says that nothing is known about a value of a type."""
    if isinstance(of, t.SetOf | t.BagOf):
        return Partly(isinstance(of, t.SetOf), {}, frozenset())
    return UNKNOWN

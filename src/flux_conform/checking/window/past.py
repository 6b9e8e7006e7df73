"""What is known of a log by the state that it has come to, whatever its events were.

Of each state it is told which events must and which may have come on the way there, and so which
variables no event can have changed. The way broke no rule, and it is not empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.specification import MOVES, SILENT, STAYS
from flux_conform.language.values import start_value
from flux_conform.machine.partly_known import UNKNOWN, Facts, Partly, Value
from flux_conform.machine.step import Machine


class Edge(NamedTuple):
    """An event that is defined in a state, and the state to which it may lead."""

    source: str
    event: str
    target: str


def pasts(machine: Machine, generation: str) -> Iterator[Facts]:
    """For each state from which a log can go on, what is known when it is there."""
    specification = machine.specification
    steps = list(edges(machine, generation))
    openers = specification.opening_events
    may, must = _ways(machine, steps)
    for state in specification.machine_states:
        if state.final or state.name not in may:
            continue
        sure = must[state.name] | openers
        seen = {
            event.name: event.name in sure
            for event in specification.events
            if event.name in sure or event.name not in may[state.name]
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
            else start_value(variable.type)
            for variable in specification.variables
        }
        yield Facts(values, state.name, seen)


def edges(machine: Machine, generation: str) -> Iterator[Edge]:
    """What the events of a specification may do in its states, whatever the guards say."""
    for state in machine.specification.machine_states:
        for event in machine.specification.events:
            for row, outcome in machine.outcome(state.name, event.name, generation):
                if outcome == MOVES and row is not None and row.target is not None:
                    yield Edge(state.name, event.name, row.target)
                elif outcome in (STAYS, SILENT):
                    yield Edge(state.name, event.name, state.name)


def _ways(
    machine: Machine, steps: list[Edge]
) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
    """By state, the events that may and that must have come; only states that can be reached."""
    start = machine.specification.initial.name
    may: dict[str, frozenset[str]] = {start: frozenset()}
    must: dict[str, frozenset[str]] = {start: frozenset()}
    grows = True
    while grows:
        grows = False
        for source, event, target in steps:
            if source not in may:
                continue
            came = may[source] | {event}
            if not came <= may.get(target, frozenset()) or target not in may:
                may[target] = may.get(target, frozenset()) | came
                grows = True
            sure = must[source] | {event}
            kept = sure if target not in must else must[target] & sure
            if must.get(target) != kept:
                must[target] = kept
                grows = True
    return may, must


def unknown(of: t.Type) -> Value:
    """A value of a type of which nothing is known."""
    if isinstance(of, t.SetOf | t.BagOf):
        return Partly(isinstance(of, t.SetOf), {}, frozenset())
    return UNKNOWN

"""Vectors for lanes: the same key again, and another key in between.

A reader may keep one lane for all keys, forget where a lane is, or let an event pass that the lane
of its key refuses. So all short sequences of events with rows of a lane are tried, of two keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import product

from flux_conform.language.equality import value_key
from flux_conform.language.lanes import Lane
from flux_conform.machine.evaluate import Unreadable
from flux_conform.machine.step import Machine
from flux_conform.suite.making.clean_graph import CleanGraph, taken
from flux_conform.suite.making.member_vectors import SEVERAL
from flux_conform.suite.making.step_vectors import slug
from flux_conform.suite.making.telling_events import Letter, Logged, log_of
from flux_conform.suite.making.vector import Draft

LENGTH = 3
"""Maximum number of events of a lane in a row."""

PLACES = 200
"""Maximum number of places from which a sequence is tried, the nearest first."""

KEYS = 2
"""Of each event this many keys are tried, with each choice of guards."""


def of_lanes(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """All of these vectors; none for a machine without lanes."""
    for lane in graph.machine.specification.lanes:
        events = _events(graph.machine, lane, letters)
        number = 0
        for length in range(2, LENGTH + 1):
            for sequence in product(events, repeat=length):
                log = _log(graph, sequence)
                if log is not None:
                    number += 1
                    says = ", ".join(f"{event.name} {event.context}" for event in sequence)
                    name = f"{slug(lane.name)}-lane-{number}"
                    yield Draft(SEVERAL, name, "data", says, log_of(log), ())


def _events(machine: Machine, lane: Lane, letters: Sequence[Letter]) -> list[Logged]:
    """The events with rows of a lane: of each some keys, with each choice of guards."""
    found: dict[object, Logged] = {}
    keys: dict[str, list[object]] = {}
    for one in letters:
        rows = lane.rows_of(one.event)
        if not rows or one.terms or one.context is None:
            continue
        context = json.loads(one.context)
        moment = machine.initial.moment(one.name, context)
        try:
            key = value_key(machine.evaluator(rows[0].key)(moment))
            guards = [row.when is None or bool(machine.evaluator(row.when)(moment)) for row in rows]
        except Unreadable:
            continue
        known = keys.setdefault(one.event, [])
        if key not in known and len(known) < KEYS:
            known.append(key)
        if key in known:
            found.setdefault((one.event, key, *guards), Logged(one.name, one.context))
    return list(found.values())


def _log(graph: CleanGraph, sequence: Sequence[Logged]) -> tuple[Logged, ...] | None:
    """A log that ends with these events, all clean but the last; None where there is none."""
    for place in graph.places[:PLACES]:
        configuration = place.configuration
        for event in sequence[:-1]:
            step = taken(graph.machine, configuration, event)
            if not graph.is_clean(step):
                break
            configuration = step.after
        else:
            return (*place.log, *sequence)
    return None

"""Vectors for the report of a job: every combination of the values that a field reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flux_conform.language.equality import value_key
from flux_conform.language.expressions import Node, expand
from flux_conform.language.specification import MOVES, Specification
from flux_conform.machine.fold import reads
from flux_conform.machine.literals import turning_points, words
from flux_conform.machine.step import Machine
from flux_conform.suite.making.clean_graph import BOUNDS, CleanGraph, Place
from flux_conform.suite.making.step_vectors import Ends, slug
from flux_conform.suite.making.telling_events import Letter, Logged, log_of, varied
from flux_conform.suite.making.vector import Draft

NEAREST = BOUNDS._replace(configurations=1_500)
"""Bounds of the places that are explored for a field."""


def reported(
    machine: Machine, letters: Sequence[Letter], graph: CleanGraph, generation: str
) -> Iterator[Draft]:
    """For each field of the report, complete logs with each combination of what it reads.

    `machine` is made with `report=True`; `graph` knows the ways to the end.
    """
    specification, core = machine.specification, set(graph.letters)
    ends, plain_ends = Ends(machine), Ends(graph.machine)
    finals = {state.name for state in specification.finals}
    for field, trees, parts in _fields(specification):
        writing = {e.name for e in specification.events if {v for v, _ in e.effects} & parts}
        if not writing:
            continue
        numbers = turning_points(trees)
        texts = words(trees, specification)
        moving = {row.event for row in specification.transitions if row.outcome == MOVES}
        offered = dict.fromkeys(
            one for one in letters if one.event in moving | writing and one in core
        )
        plain = [one for one in letters if one.event in writing and one.odd <= 1]
        offered.update(dict.fromkeys(varied(specification, plain, writing, numbers, texts)))
        found = CleanGraph(machine, tuple(offered), generation=generation, bounds=NEAREST)
        seen: set[object] = set()
        for place in found.places:
            events = _to_the_end(graph, plain_ends, found, place)
            ending = ends.after(events)
            if finals and ending.state not in finals:
                continue
            values = tuple(value_key(ending.values.get(part)) for part in sorted(parts))
            if values in seen:
                continue
            seen.add(values)
            told = ", ".join(f"{p} {ending.values.get(p)!r}" for p in sorted(parts))
            log = log_of(events)
            yield Draft("reported", f"{slug(field)}-{len(seen)}", "report", f"{field}: {told}", log)


def _fields(
    specification: Specification,
) -> Iterator[tuple[str, list[Node], frozenset[str]]]:
    """Each field with its expressions, those of fields that it reads too, and their variables."""
    table = specification.definition_table
    report = {name: expand(value.tree, table) for name, value in specification.report}
    variables = {variable.name for variable in specification.variables}
    for field in report:
        trees, ahead = [], [field]
        for name in ahead:
            trees.append(report[name])
            ahead += [p for p in reads(report[name]) if p in report and p not in ahead]
        parts = {part for tree in trees for part in reads(tree)} & variables
        if parts:
            yield field, trees, frozenset(parts)


def _to_the_end(
    graph: CleanGraph, ends: Ends, found: CleanGraph, place: Place
) -> tuple[Logged, ...]:
    """The log of a place with a way to the end: that of `found`, or else that of `graph`."""
    ending = found.ending(place.configuration)
    if ending is None:
        ending = graph.ending(ends.after(place.log)) or ()
    return (*place.log, *ending)

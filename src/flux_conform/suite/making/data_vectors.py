"""Vectors for data: each rule judged on every combination of values that bears on it.

What a rule reads (the state, variables, which events came) has few telling values in the logs over
the letters that change it; each of them meets each letter of the rule's events.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from flux_conform.language.equality import value_key
from flux_conform.language.expressions import Node, expand
from flux_conform.language.specification import ANY_EVENT, MOVES, SILENT, STAYS, Rule, Specification
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.fold import reads
from flux_conform.machine.step import Machine
from flux_conform.suite.making.clean_graph import BOUNDS, CleanGraph
from flux_conform.suite.making.step_vectors import Trial, about, ids, slug, trials
from flux_conform.suite.making.telling_events import Letter, log_of
from flux_conform.suite.making.turning_points import turning_points, varied
from flux_conform.suite.making.vector import Draft

DATA = "data"

NEAREST = BOUNDS._replace(configurations=700)
"""So many places are looked at for a rule, the nearest first."""


class RuleData(NamedTuple):
    """Where one rule is tried: what it reads of a configuration, clean logs, its letters there."""

    rule: Rule
    parts: tuple[str, ...]
    graph: CleanGraph
    trials: list[Trial]


def rule_data_of(
    machine: Machine,
    rule: Rule,
    letters: Sequence[Letter],
    main: CleanGraph,
    *,
    notes: bool = False,
) -> RuleData:
    """What the data vectors of a rule are made of, explored over all that changes what it reads."""
    core = set(main.letters)
    specification = machine.specification
    parts = _closed(specification, reads(expand(rule.require.tree, machine.definitions)), machine)
    on = {event.name for event in specification.events if {event.name, ANY_EVENT} & set(rule.on)}
    own = tuple(
        letter
        for letter in letters
        if letter.event in on and (ANY_EVENT not in rule.on or letter.odd == 0)
    )
    writing = {
        event.name
        for event in specification.events
        if f"seen({event.name})" in parts or any(name in parts for name, _ in event.effects)
    }
    moving = {row.event for row in specification.transitions if row.outcome == MOVES}
    moving.add(next(iter(specification.events)).name)
    offered = [
        letter
        for letter in letters
        if letter.event in writing or (letter.event in moving | on and letter in core)
    ]
    numbers = turning_points(_trees(specification, rule, parts))
    if numbers:
        offered += varied(specification, letters, writing, numbers, ())
        own = (*own, *varied(specification, own, on, numbers, ()))
        offered, own = list(dict.fromkeys(offered)), tuple(dict.fromkeys(own))
    graph = CleanGraph(machine, offered, generation=main.generation, bounds=NEAREST, notes=notes)
    return RuleData(rule, tuple(sorted(parts)), graph, trials(graph, own))


def _trees(specification: Specification, rule: Rule, parts: Collection[str]) -> Iterator[Node]:
    """What a rule asks, and what effects make of the parts that it reads."""
    table = specification.definition_table
    yield expand(rule.require.tree, table)
    for event in specification.events:
        for name, effect in event.effects:
            if name in parts:
                yield expand(effect.tree, table)


def judged_on_data(rule_data: RuleData, mark: str = "") -> Iterator[Draft]:
    """The rule on every combination of the values that it reads with the letters it judges."""
    best: dict[object, Trial] = {}
    for trial in rule_data.trials:
        if trial.step.outcome not in (MOVES, STAYS, SILENT):
            continue
        values = tuple(_value(trial.place.configuration, part) for part in rule_data.parts)
        key = values, trial.letter
        if key not in best or trial.oddity < best[key].oddity:
            best[key] = trial
    for number, trial in enumerate(best.values(), 1):
        yield Draft(
            DATA,
            f"{mark}{slug(rule_data.rule.id)}-{number}",
            "data",
            f"values that {rule_data.rule.id} depends on",
            log_of(trial.events),
            tuple(dict.fromkeys([rule_data.rule.id, *ids(rule_data.graph.machine, trial)])),
            about(trial),
        )


def _value(configuration: Configuration, part: str) -> object:
    if part == "state":
        return configuration.state
    if part == "first":
        return configuration.generation is None
    if part.startswith("seen("):
        return part[5:-1] in configuration.seen
    return value_key(configuration.values.get(part))


def _closed(specification: Specification, parts: Iterable[str], machine: Machine) -> set[str]:
    """The parts with all that effects on them read."""
    found = set(parts)
    trees: list[tuple[str, Node]] = [
        (name, expand(effect.tree, machine.definitions))
        for event in specification.events
        for name, effect in event.effects
    ]
    known = -1
    while len(found) != known:
        known = len(found)
        for name, tree in trees:
            if name in found:
                found |= set(reads(tree))
    return found

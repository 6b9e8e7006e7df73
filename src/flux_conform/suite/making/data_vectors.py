"""Vectors for data: each rule judged on every combination of the values that it reads.

What a rule reads (the state, variables, which events came) has few values in the logs over the
letters that change it. Each combination of them is tried with each letter of the rule's events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flux_conform.language.equality import value_key
from flux_conform.language.expressions import expand
from flux_conform.language.lanes import Lane
from flux_conform.language.specification import MOVES, SILENT, STAYS, Rule
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.evaluate import Moment, Unreadable, compile_expression
from flux_conform.machine.fold import reads_through
from flux_conform.machine.literals import turning_points
from flux_conform.machine.step import Machine
from flux_conform.suite.making.clean_graph import BOUNDS, CleanGraph
from flux_conform.suite.making.step_vectors import Trial, ids, plainest, slug, trials
from flux_conform.suite.making.telling_events import Letter, log_of, varied
from flux_conform.suite.making.vector import Draft

NEAREST = BOUNDS._replace(configurations=700)
"""Bounds of the places that are explored for a rule."""


class RuleData(NamedTuple):
    """The trials of one rule, over a graph of its own; `parts` is what it reads."""

    rule: Rule
    parts: tuple[str, ...]
    graph: CleanGraph
    trials: list[Trial]


def rule_data_of(
    machine: Machine, rule: Rule, letters: Sequence[Letter], main: CleanGraph, *, notes: bool
) -> RuleData:
    """Explore letters that change what a rule reads, and try the letters of its events there."""
    specification = machine.specification
    events = specification.events
    require = expand(rule.require.tree, machine.definitions)
    effects = [
        (variable, expand(effect.tree, machine.definitions))
        for event in events
        for variable, effect in event.effects
    ]
    parts = reads_through([require], effects)
    own = [letter for letter in letters if letter.event in rule.on]
    writing = {
        event.name
        for event in events
        if f"seen({event.name})" in parts or any(name in parts for name, _ in event.effects)
    }
    moving = {row.event for row in specification.transitions if row.outcome == MOVES}
    moving.update((events[0].name, *rule.on))
    core = set(main.letters)
    offered = [
        letter
        for letter in letters
        if letter.event in writing or (letter.event in moving and letter in core)
    ]
    numbers = turning_points([require, *(tree for name, tree in effects if name in parts)])
    if numbers:
        offered += varied(specification, letters, writing, numbers, ())
        own = [*own, *varied(specification, own, rule.on, numbers, ())]
        offered, own = list(dict.fromkeys(offered)), list(dict.fromkeys(own))
    graph = CleanGraph(machine, offered, generation=main.generation, bounds=NEAREST, notes=notes)
    return RuleData(rule, tuple(sorted(parts)), graph, trials(graph, own))


def judged_on_data(rule_data: RuleData, mark: str = "") -> Iterator[Draft]:
    """The rule on every combination of the values that it reads with the letters it judges."""
    rule = rule_data.rule.id
    specification = rule_data.graph.machine.specification
    lanes = {name: lane for lane in specification.lanes for name in lane.sets}
    best = plainest(
        (
            (
                tuple(
                    _told_of(lanes[part], part, trial)
                    if part in lanes
                    else _value(trial.place.configuration, part)
                    for part in rule_data.parts
                ),
                trial.letter,
            ),
            trial,
        )
        for trial in rule_data.trials
        if trial.done.outcome in (MOVES, STAYS, SILENT)
    )
    for number, trial in enumerate(best.values(), 1):
        yield Draft(
            "data",
            f"{mark}{slug(rule)}-{number}",
            "data",
            f"values that {rule} depends on",
            log_of(trial.events),
            tuple(dict.fromkeys([rule, *ids(rule_data.graph.machine, trial)])),
            trial.about,
        )


def _told_of(lane: Lane, part: str, trial: Trial) -> object:
    """Of the lanes in a state: whether those of the letter's key are, and whether others are.

    Which others makes no difference: there are as many configurations as sets of keys.
    """
    held = trial.place.configuration.values[part]
    rows = lane.rows_of(trial.letter.event)
    if not rows:
        return len(held) > 0
    context = json.loads(trial.letter.context or "{}")
    moment = Moment(values={}, state="", event=trial.letter.event, context=context)
    try:
        key = compile_expression(rows[0].key.tree, {})(moment)
    except Unreadable:
        return len(held) > 0
    own = sum(member in held for member in (key if rows[0].each else [key]))
    return own, len(held) > own


def _value(configuration: Configuration, part: str) -> object:
    if part == "state":
        return configuration.state
    if part == "first":
        return configuration.generation is None
    if part.startswith("seen("):
        return part[5:-1] in configuration.seen
    return value_key(configuration.values.get(part))

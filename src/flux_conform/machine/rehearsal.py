"""Scenarios judged: what their logs break, and where they end, is what they say."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from flux_conform.language import Model, Specification, is_file, load
from flux_conform.language.names import path_of
from flux_conform.language.scenarios import Misfit, Scenario
from flux_conform.machine.step import Machine


def load_rehearsed(model: Model, *, compiled: bool = True) -> Specification:
    """As `load`, but a scenario in a file that is not as it says is a fault, told at its place.

    A packaged machine was rehearsed when its compiled form was made; without `compiled` it is
    rehearsed again.
    """
    if isinstance(model, Specification) or not isinstance(model, str | os.PathLike):
        return load(model)
    name = os.fspath(model)
    if isinstance(model, str) and compiled and not is_file(name) and not os.path.isfile(name):
        return load(model)
    from flux_conform.language.loader import load_file

    return load_file(name if isinstance(model, os.PathLike) else path_of(name), rehearse)


def rehearse(specification: Specification) -> Iterator[Misfit]:
    """What does not fit in the scenarios of a specification.

    A scenario breaks the rules in its `breaks`, each of them and, but for notes, no other. It ends
    in the state `ends`; without that it comes to an end, where the machine has one, unless it is
    `unfinished`.
    """
    machine = Machine(specification)
    for scenario in specification.scenarios:
        yield from _misfits(machine, scenario)


def _misfits(machine: Machine, scenario: Scenario) -> Iterator[Misfit]:
    configuration, broken = machine.initial, set()
    for place, step in enumerate(scenario.steps):
        if step.event is None:
            continue
        context = None if step.context is None else json.loads(step.context)
        done = machine.step(configuration, step.event, context)
        configuration = done.after
        for breach in done.breaches:
            rule = breach.rule.id.replace("{event}", step.event)
            if breach.rule.level == "note" or rule in broken:
                continue
            broken.add(rule)
            if rule not in scenario.breaks:
                message = f"{step.event} breaks {rule} here, and the scenario does not say so"
                expected = f"an event that conforms, or breaks: [{rule}]"
                yield Misfit(scenario.name, message, expected, step=place)
    for rule in scenario.breaks:
        if rule not in broken:
            message = f"the scenario does not break {rule}"
            yield Misfit(scenario.name, message, "rules that it breaks", field="breaks")
    yield from _misfits_of_end(machine.specification, scenario, configuration.state)


def _misfits_of_end(
    specification: Specification, scenario: Scenario, state: str
) -> Iterator[Misfit]:
    message, name = f"the scenario ends in {state}", scenario.name
    if scenario.ends is not None:
        if scenario.ends != state:
            yield Misfit(name, message, f"ends: {state}", field="ends")
    elif specification.final is not None and scenario.unfinished == (state in specification.ends):
        expected = 'no "unfinished"' if scenario.unfinished else "unfinished: true, or ends: STATE"
        yield Misfit(name, message, expected, field="unfinished")

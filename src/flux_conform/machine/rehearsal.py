"""Scenarios judged: what their logs break, and where they end, is what they say."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from fractions import Fraction

from flux_conform.language import Model, Specification, is_file, load
from flux_conform.language.names import path_of
from flux_conform.language.scenarios import START, Misfit, Scenario, ScenarioStep, logged_time
from flux_conform.language.specification import UNDEFINED
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Step
from flux_conform.machine.evaluate import Value
from flux_conform.machine.final_report import final_report
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

    A scenario breaks the rules in its `breaks`, each of them and, but for notes, no other. A step
    with `breaks` breaks these, at these levels, and no other, notes included. The log ends in the
    state `ends`; without that it comes to an end, where the machine has one, unless it is
    `unfinished`. At the end the fields of the report in `reports` have these values.
    """
    reports = any(scenario.reports for scenario in specification.scenarios)
    machine = Machine(specification, report=reports)
    for scenario in specification.scenarios:
        yield from _misfits(machine, scenario)


def _misfits(machine: Machine, scenario: Scenario) -> Iterator[Misfit]:
    configuration, broken = machine.initial, set()
    first: dict[str, Value] = {}
    last: dict[str, Value] = {}
    entered: dict[str, Value] = {}
    for place, step in enumerate(scenario.steps):
        if step.event is None:
            continue
        context = None if step.context is None else json.loads(step.context)
        time = Fraction(repr(logged_time(START + step.at)))
        done = machine.step(configuration, step.event, context, time=time)
        if done.outcome not in (UNDEFINED, CAPTIVE, REMOVED):
            first.setdefault(step.event, START + step.at)
            last[step.event] = START + step.at
            if done.after.state != configuration.state:
                entered.setdefault(done.after.state, START + step.at)
        configuration = done.after
        if step.breaks is not None:
            yield from _misfits_of_step(scenario, place, step, done)
            continue
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
    times = first, last, entered
    report = final_report(machine, configuration, *times) if scenario.reports else {}
    for field, text in scenario.reports:
        if _text(report[field]) != _text(json.loads(text)):
            message = f"{field} is {_text(report[field])} at the end of the scenario"
            expected = f"{field}: {_text(report[field])}"
            yield Misfit(scenario.name, message, expected, field="reports")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _misfits_of_step(
    scenario: Scenario, place: int, step: ScenarioStep, done: Step
) -> Iterator[Misfit]:
    """What a step breaks and does not say, or says and does not break, or not at that level."""
    found = {each.rule.id.replace("{event}", step.event or ""): each.rule for each in done.breaches}
    said = dict(step.breaks or ())
    for rule in {**said, **found}:
        level = found[rule].level if rule in found else None
        if level == said.get(rule):
            continue
        if level is None:
            message = f"{step.event} does not break {rule} here"
        elif rule in said:
            message = f"{step.event} breaks {rule} here, which is {level}"
        else:
            message = f"{step.event} breaks {rule} here, and the step does not say so"
        expected = f"{rule}: {level}" if level else "rules that it breaks"
        yield Misfit(scenario.name, message, expected, step=place)


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

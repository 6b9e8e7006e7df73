"""Plain machines as texts of specifications, and plain logs as lines."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from plain.expressions import show
from plain.machine import Claim, Kind, Machine, Row
from prove.machines import FINDINGS

SUBJECTS = {
    "single": "initial and final",
    "reachable": "each state",
    "taken": "each transition",
    "disjoint": "each pair",
    "closed": "final",
    "functional": "each event",
    "separate": "generations",
    "leavable": "every other state",
}


def typed(kind: Kind) -> str:
    """A type as the language writes it."""
    return f"optional {kind.text}" if kind.optional else kind.text


def line(number: int, name: str, context: Mapping[str, Any] | None) -> str:
    """An event as a line of a log."""
    event: dict[str, Any] = {"timestamp": number + 1, "name": name}
    if context is not None:
        event["context"] = context
    return json.dumps(event) + "\n"


def log_text(events: Iterable[tuple[str, Mapping[str, Any] | None]]) -> bytes:
    """A log as a file."""
    return "".join(line(number, *event) for number, event in enumerate(events)).encode()


def text(machine: Machine) -> str:
    """The machine as a specification, which is JSON below its first lines."""
    return "\n".join(_lines(machine)) + "\n"


def _lines(machine: Machine) -> Iterator[str]:
    yield from ("machine: toy", "title: A toy", "source: {rfc: 99}", "lines: eventlog", FINDINGS)
    if len(machine.generations) > 1:
        yield "generations:"
        for generation in machine.generations:
            chosen: dict[str, Any] = {"says": "x"}
            if generation.name == machine.today:
                chosen["today"] = True
            if generation.on is not None:
                chosen["on"] = generation.on
            if generation.when is not None:
                chosen["when"] = show(generation.when)
            yield f"  {generation.name}: {json.dumps(chosen)}"
    yield "states:"
    for state in machine.states:
        mark = ", initial: true" if state == machine.states[0] else ""
        mark += ", final: true" if state == machine.final else ""
        yield f"  {state}: {{says: x{mark}}}"
    if machine.removed is not None:
        yield f"  {machine.removed}: {{says: x, removed: true}}"
    if machine.virtual:
        yield "virtual states:"
    for name, members in machine.virtual.items():
        yield f"  {name}: [{', '.join(members)}]"
    if machine.variables:
        yield "variables:"
    for name, kind in machine.variables.items():
        yield f"  {name}: {json.dumps(typed(kind))}"
    yield "events:"
    for name, event in machine.events.items():
        entry: dict[str, Any] = {"says": "x", "elsewhere": event.elsewhere}
        entry["context"] = event.context
        if event.keys:
            entry["context"] = {key: typed(kind) for key, kind in event.keys.items()}
        if event.effects:
            entry["effect"] = {name: show(effect) for name, effect in event.effects.items()}
        yield f"  {name}: {json.dumps(entry)}"
    yield "transitions:" if machine.rows else "transitions: []"
    for _, group in groupby(machine.rows, _written):
        yield f"  - {json.dumps(_row(next(group)))}"
    if machine.rules:
        yield "rules:"
    for rule in machine.rules:
        source = "site" if rule.level == "policy" else "rfc99"
        said = {"id": f"{source}/{rule.name}", "level": rule.level, "on": list(rule.on)}
        said |= {"require": show(rule.require), "section": "S", "says": "S."}
        yield f"  - {json.dumps(said | {'breach': 'b', 'repair': 'r'})}"
    if machine.report:
        yield f"report: {json.dumps({name: show(told) for name, told in machine.report.items()})}"
    if machine.claims:
        yield "properties:"
    for claim in machine.claims:
        yield f"  - {json.dumps(_claim(claim))}"


def _written(row: Row) -> object:
    """What rows share that are written as one."""
    key = (row.event, row.guard, row.outcome, row.target, row.generation, row.by)
    return key if row.by else row.number


def _row(row: Row) -> dict[str, Any]:
    said: dict[str, Any] = {"on": row.event, "from": row.by or row.source}
    if row.guard is not None:
        said["when"] = show(row.guard)
    if row.generation is not None:
        said["generation"] = row.generation
    if row.target is not None:
        return said | {"to": row.target}
    return said | {row.outcome: True}


def _claim(claim: Claim) -> dict[str, Any]:
    said: dict[str, Any] = {"id": claim.name, "says": "S.", "assuming": claim.assuming}
    said["silent"] = "in" if claim.silent else "out"
    said["expect"] = claim.expect
    if claim.event is not None:
        said["on"] = claim.event
    if claim.when is not None:
        said["when"] = show(claim.when)
    if claim.without:
        said["without"] = list(claim.without)
    if claim.kind == "cycles":
        said["cycles"] = [list(each) for each in claim.cycles]
    elif claim.names:
        said[claim.kind] = list(claim.names)
    elif claim.claim is not None:
        said[claim.kind] = show(claim.claim)
    else:
        said[claim.kind] = SUBJECTS[claim.kind]
    return said

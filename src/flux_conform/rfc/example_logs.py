"""Check of the example events in a text: their lines and contexts, without any history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.checking import explain
from flux_conform.checking.consequences import step_of
from flux_conform.language.specification import MachineFinding
from flux_conform.logs.eventlog import MAX_DEPTH, Entry, UnreadableLog, depth_exceeds, read_entries
from flux_conform.machine.step import Machine
from flux_conform.rfc.difference import Difference
from flux_conform.rfc.stated import Example


class ExampleFault(NamedTuple):
    """A fault of an example; `keys` are the faulty keys if it is in the section's own context."""

    difference: Difference
    keys: frozenset[str] | None = None


def faults_of(machine: Machine, example: Example, event: str) -> Iterator[ExampleFault]:
    """Yield what the model rejects in an example from the section on an event.

    The state is not checked: an example shows an event by itself. An example may show other events
    too, if the specification lists them.
    """
    found, broken = _objects(example)
    if broken is not None:
        yield _no_json(broken)
    names: list[tuple[str, int]] = []
    for line, text in found:
        try:
            entry = next(read_entries(text.encode("utf-8", "surrogatepass") + b"\n"))
        except UnreadableLog as error:
            yield _no_json(Example(line, str(error)))
            continue
        yield from _line_faults(machine, entry, line)
        if entry.event is not None:
            names.append((entry.event.name, line))
            yield from _context_faults(machine, entry, line, event)
    # Listed events may accompany the section's own.
    own = any(_is_of(name, event) for name, _ in names)
    for name, line in names:
        if not _is_of(name, event) and not (own and _is_listed(machine, name)):
            yield ExampleFault(
                Difference(
                    "example-event",
                    f"the example shows {json.dumps(name, ensure_ascii=False)}",
                    line=line,
                    mark=f'"{name}"',
                    model=f"this is the section on {event}",
                    remedy=f"give the event the name {event}",
                )
            )


def _objects(example: Example) -> tuple[list[Example], Example | None]:
    """Return the JSON objects of a block, each on one line, and the first syntax error.

    An object may span several lines.
    """
    text = example.text
    decoder = json.JSONDecoder(parse_int=float)
    found: list[Example] = []
    position = 0
    if depth_exceeds(text.encode("utf-8", "surrogatepass"), MAX_DEPTH):
        return found, Example(example.line, "the example nests too deep")
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        line = example.line + text.count("\n", 0, position)
        if position >= len(text):
            return found, None if found else Example(line, "the example is empty")
        try:
            _, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            at = example.line + text.count("\n", 0, error.pos)
            return found, Example(at, f"the example is not JSON: {error.msg.lower()}")
        # A line break is white space between the parts of an object, and never part of a string.
        found.append(Example(line, text[position:end].replace("\n", " ")))
        position = end


def _no_json(error: Example) -> ExampleFault:
    model, remedy = "a log holds one JSON object a line", "write a whole JSON object"
    line, message = error
    return ExampleFault(Difference("example-json", message, line=line, model=model, remedy=remedy))


def _line_faults(machine: Machine, entry: Entry, line: int) -> Iterator[ExampleFault]:
    rules = {rule.check: rule for rule in machine.specification.lines}
    mark = "" if entry.event is None else f'"{entry.event.name}"'
    for fault in entry.faults:
        rule = rules.get(fault.check)
        if rule is not None:
            yield ExampleFault(
                Difference(
                    "example-line", fault.detail, "", line, mark, rule.says, rule.id, rule.repair
                )
            )


def _context_faults(
    machine: Machine, entry: Entry, line: int, event: str
) -> Iterator[ExampleFault]:
    assert entry.event is not None
    name = entry.event.name
    for breach in step_of(machine, machine.initial, entry).breaches:
        rule = breach.rule
        if isinstance(rule, MachineFinding) and rule.kind in ("context", "no-context"):
            found = explain.finding(machine, rule, entry, machine.initial, breach)
            yield ExampleFault(
                Difference(
                    "example-context",
                    found.message,
                    line=line,
                    mark=f'"{name}"',
                    model=explain.says(machine, found),
                    rule=found.rule,
                    remedy=found.repair,
                ),
                frozenset(key.key for key in breach.keys) if name == event else None,
            )


def _is_of(name: str, event: str) -> bool:
    """Return whether a section on `event` covers the event with that name."""
    return name.startswith(event[:-1]) if event.endswith("*") else name == event


def _is_listed(machine: Machine, name: str) -> bool:
    entry = machine.specification.event(name)
    return entry.name == name or entry.name.endswith(".*")

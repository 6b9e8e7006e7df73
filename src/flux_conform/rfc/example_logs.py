"""Check of the example events in a text: their lines and contexts, without any history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.checking import explain
from flux_conform.language.specification import MachineFinding
from flux_conform.logs.eventlog import MAX_DEPTH, Entry, UnreadableLog, depth_exceeds, read_entries
from flux_conform.machine.step import Machine
from flux_conform.rfc.stated import Example

_CONTEXT_FINDINGS = ("context", "no-context")


class ExampleFault(NamedTuple):
    """A fault of an example. `kind` is one of the example kinds of `difference.KINDS`.

    `keys` are the keys of the context that are faulty.
    """

    kind: str
    line: int
    event: str
    message: str
    says: str
    rule: str | None
    repair: str
    keys: tuple[str, ...] = ()


class _Object(NamedTuple):
    """A JSON object of an example on one line, and the line where it begins."""

    line: int
    text: str


def faults_of(machine: Machine, example: Example, event: str) -> Iterator[ExampleFault]:
    """Yield what the model rejects in an example from the section on an event.

    The state is not checked: an example shows an event by itself. An example may show other events
    too, if the specification lists them.
    """
    found, broken = _objects(example)
    if broken is not None:
        yield _no_json(broken[0], broken[1])
    names: list[tuple[str, int]] = []
    for item in found:
        try:
            entry = next(read_entries(item.text.encode("utf-8", "surrogatepass") + b"\n"))
        except UnreadableLog as error:
            yield _no_json(item.line, str(error))
            continue
        yield from _line_faults(machine, entry, item.line)
        if entry.event is None:
            continue
        names.append((entry.event.name, item.line))
        yield from _context_faults(machine, entry, item.line)
    if found:
        yield from _name_faults(machine, names, event)


def _name_faults(
    machine: Machine, names: list[tuple[str, int]], event: str
) -> Iterator[ExampleFault]:
    """Yield the events that do not belong here; listed events may accompany the section's own."""
    own = any(_is_of(name, event) for name, _ in names)
    for name, line in names:
        if _is_of(name, event) or (own and _is_listed(machine, name)):
            continue
        yield ExampleFault(
            kind="example-event",
            line=line,
            event=name,
            message=f"the example shows {json.dumps(name, ensure_ascii=False)}",
            says=f"this is the section on {event}",
            rule=None,
            repair=f"give the event the name {event}",
        )


def _objects(example: Example) -> tuple[list[_Object], tuple[int, str] | None]:
    """Return the JSON objects of a block, and the line and message of the first syntax error.

    An object may span several lines.
    """
    text = example.text
    decoder = json.JSONDecoder(parse_int=float)
    found: list[_Object] = []
    position = 0
    if depth_exceeds(text.encode("utf-8", "surrogatepass"), MAX_DEPTH):
        return found, (example.line, "the example nests too deep")
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        line = example.line + text.count("\n", 0, position)
        if position >= len(text):
            return found, None if found else (line, "the example is empty")
        try:
            _, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            at = example.line + text.count("\n", 0, error.pos)
            return found, (at, f"the example is not JSON: {error.msg.lower()}")
        # A line break is white space between the parts of an object, and never part of a string.
        found.append(_Object(line, text[position:end].replace("\n", " ")))
        position = end


def _no_json(line: int, message: str) -> ExampleFault:
    says = "a log holds one JSON object a line"
    return ExampleFault("example-json", line, "", message, says, None, "write a whole JSON object")


def _line_faults(machine: Machine, entry: Entry, line: int) -> Iterator[ExampleFault]:
    rules = {rule.check: rule for rule in machine.specification.lines}
    name = entry.event.name if entry.event is not None else ""
    for fault in entry.faults:
        rule = rules.get(fault.check)
        if rule is not None:
            yield ExampleFault(
                "example-line", line, name, fault.detail, rule.says, rule.id, rule.repair
            )


def _context_faults(machine: Machine, entry: Entry, line: int) -> Iterator[ExampleFault]:
    assert entry.event is not None
    is_object = not any(fault.check == "context" for fault in entry.faults)
    step = machine.step(
        machine.initial, entry.event.name, entry.event.context, context_is_object=is_object
    )
    for breach in step.breaches:
        rule = breach.rule
        if isinstance(rule, MachineFinding) and rule.kind in _CONTEXT_FINDINGS:
            found = explain.finding(
                machine, rule, entry, machine.initial, breach, "", because=None, waived_by=None
            )
            yield ExampleFault(
                "example-context",
                line,
                entry.event.name,
                found.message,
                explain.says(machine, found),
                found.rule,
                found.repair,
                tuple(key.key for key in breach.keys),
            )


def _is_of(name: str, event: str) -> bool:
    """Return whether a section on `event` covers the event with that name."""
    return name.startswith(event[:-1]) if event.endswith("*") else name == event


def _is_listed(machine: Machine, name: str) -> bool:
    entry = machine.specification.event(name)
    return entry.name == name or entry.name.endswith(".*")

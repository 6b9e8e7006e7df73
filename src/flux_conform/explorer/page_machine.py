"""What the page holds of a machine: its compiled form, and what is worked out of it beforehand."""

from __future__ import annotations

from typing import Any

from flux_conform.checking.nearest_repair import repair_of_undefined
from flux_conform.language import types as t
from flux_conform.language.compiled import encode
from flux_conform.language.specification import (
    UNDEFINED,
    EmptyContext,
    Event,
    Specification,
    TypedContext,
)
from flux_conform.language.type_text import words_of_type
from flux_conform.machine.event_times import timed_parts
from flux_conform.machine.judged import listed_keys
from flux_conform.machine.step import Machine

_LEFT_OUT = ("properties", "questions", "participants", "scenarios", "lanes")
"""Parts of a specification that no log is judged by."""


class NotExplorable(ValueError):
    """A machine says something that the page does not read."""


def page_machine(specification: Specification) -> dict[str, Any]:
    """The machine as values of JSON. Raises NotExplorable.

    Types of contexts have their `words` with them, as messages say them, and contexts what is
    `allowed` in them. `listed` are the keys whose texts name members that expressions read, by
    event; `hints` are repairs of undefined events, by state, event and generation.
    """
    if timed_parts(specification) is not None:
        raise NotExplorable(
            f"{specification.name}: its rules ask for times, which the page does not read"
        )
    if any(row.lane for row in specification.transitions):
        raise NotExplorable(
            f"{specification.name}: its lanes refuse events, which the page does not put in words"
        )
    encoded = encode(specification)
    events = [
        _event(event, row)
        for event, row in zip(specification.events, encoded["events"], strict=True)
    ]
    kept = {key: value for key, value in encoded.items() if key not in _LEFT_OUT}
    return {
        "name": specification.name,
        "specification": {"fields": None, "waits": [], **kept, "events": events},
        "listed": {name: sorted(keys) for name, keys in listed_keys(specification).items()},
        "hints": _hints(specification),
    }


def _hints(specification: Specification) -> dict[str, str]:
    machine = Machine(specification)
    found = {}
    for generation in specification.generations:
        for state in specification.machine_states:
            before = machine.initial._replace(state=state.name, generation=generation.name)
            for event in specification.events:
                cases = machine.outcome(state.name, event.name, generation.name)
                if any(outcome == UNDEFINED for _, outcome in cases):
                    hint = repair_of_undefined(machine, before, event.name)
                    found[f"{state.name} {event.name} {generation.name}"] = hint
    return found


def _event(event: Event, encoded: dict[str, Any]) -> dict[str, Any]:
    context = {**encoded["context"]}
    match event.context:
        case EmptyContext():
            context["allowed"] = ["{}"]
        case TypedContext(type=of) as typed:
            keys = [f"{key}: {t.show(kind)}" for key, kind in typed.keys]
            context["allowed"] = keys or [t.show(of)]
            context["type"] = _worded(of, context["type"])
    return {**encoded, "context": context}


def _worded(type_: t.Type, encoded: dict[str, Any]) -> dict[str, Any]:
    """A type's JSON form with its words, and those of what a fault in it names."""
    worded = {**encoded, "words": words_of_type(type_)}
    match type_:
        case t.Record(fields=fields):
            rows = zip(fields, encoded["fields"], strict=True)
            worded["fields"] = [[name, _worded(of, row)] for (name, of), (_, row) in rows]
        case t.MapOf(key=key, value=value):
            worded["key"] = _worded(key, encoded["key"])
            worded["value"] = _worded(value, encoded["value"])
        case t.NonEmpty(of=of):
            worded["of"] = _worded(of, encoded["of"])
    return worded

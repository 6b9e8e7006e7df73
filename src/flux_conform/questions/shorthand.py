"""Short notation for logs: the names of events, with the keys that are not ordinary."""

from __future__ import annotations

import json
from typing import Any

from flux_conform.language.faults import closest
from flux_conform.language.line_form import written
from flux_conform.language.open_questions import LogEvent
from flux_conform.language.specification import UNLISTED, Specification, TypedContext
from flux_conform.machine.values import ordinary
from flux_conform.prove.witnesses import event_line
from flux_conform.questions.answers import Log


class InvalidShorthand(ValueError):
    """A short log that cannot be expanded; the message says why."""


def expanded(specification: Specification, events: tuple[LogEvent, ...]) -> Log:
    """Return the eventlog in full, with ordinary contexts. Raises InvalidShorthand."""
    lines = []
    for number, event in enumerate(events):
        context = _ordinary_context(specification, event.name)
        keys = {key: json.loads(text) for key, text in event.keys}
        if keys:
            context = {**(context or {}), **keys}
            context = {key: value for key, value in context.items() if value is not None}
        lines.append(event_line(number, event.name, context))
    return Log(written(specification.fields, lines), specification.fields)


def shorthand(specification: Specification, log: Log) -> tuple[str, ...]:
    """Return each event of a log in short: its name, and the keys that are not ordinary."""
    shorts = []
    for text in log.plain_lines:
        line = json.loads(text)
        usual = _ordinary_context(specification, line["name"]) or {}
        context = line.get("context") or {}
        odd = {
            key: value
            for key, value in context.items()
            if key not in usual or _json(usual[key]) != _json(value)
        }
        odd |= {key: None for key in usual if key not in context}
        shorts.append(f"{line['name']} {_json(odd)}" if odd else str(line["name"]))
    return tuple(shorts)


def _ordinary_context(specification: Specification, name: str) -> Any:
    """Return the most ordinary context of an event; None if it needs none.

    Raises InvalidShorthand if the event is not listed.
    """
    try:
        event = specification.event(name)
    except KeyError:
        event = None
    listed = [each.name for each in specification.events]
    if event is None or (event.name == UNLISTED and name != UNLISTED):
        near = closest(name, listed)
        hint = f'; is "{near}" meant?' if near else ""
        raise InvalidShorthand(f'its log holds an event "{name}" that is not listed{hint}')
    if not isinstance(event.context, TypedContext) or not event.context.required:
        return None
    return ordinary(event.context.type)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

"""Runs as eventlogs: what a search found, written so that a person and `check` can read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from flux_conform.language.line_form import written
from flux_conform.language.specification import TypedContext
from flux_conform.machine.alphabet import Action
from flux_conform.machine.evaluate import compile_expression
from flux_conform.machine.space import Edge, Search

FIRST_TIME = 1700000000.0
"""Seconds since the epoch; each further event of a run comes a quarter of a second later."""
BETWEEN = 0.25


class RunEvent(NamedTuple):
    """An event of a run: its name, its line of the log, and the state that it leads to.

    The line is in the form of the specification's logs.

    `breaks` are the rules that it breaks, of whatever level; `silent` is an event of which the
    specification does not say what it does there.
    """

    name: str
    line: str
    state: str
    breaks: tuple[str, ...] = ()
    silent: bool = False


class Run(NamedTuple):
    """A run, from the first event on."""

    events: tuple[RunEvent, ...]

    @property
    def log(self) -> bytes:
        """The run as an eventlog."""
        return "".join(f"{event.line}\n" for event in self.events).encode()

    @property
    def breaks(self) -> tuple[str, ...]:
        """The rules that some event breaks."""
        return tuple(dict.fromkeys(rule for event in self.events for rule in event.breaks))

    @property
    def is_quiet(self) -> bool:
        """Whether a checker finds nothing in the log, not even a note."""
        return not any(event.breaks or event.silent for event in self.events)

    @property
    def names(self) -> str:
        """The events' names, in their order."""
        return ", ".join(event.name for event in self.events)


def run_of(search: Search, edges: Sequence[Edge], last: Last | None = None) -> Run:
    """The run that takes these edges, and one more event where there is a `last`."""
    events: list[RunEvent] = []
    for edge in edges:
        action = search.steps[edge.action].action
        line = event_line(len(events), action.name, context_of(search, action, edge.source))
        breaks = () if edge.quiet else search.breaks(edge)
        events.append(
            RunEvent(action.name, line, search.state_of(edge.target), breaks, edge.silent)
        )
    if last is not None:
        context = context_of(search, last.action, last.source)
        line = event_line(len(events), last.action.name, context)
        events.append(RunEvent(last.action.name, line, last.state, last.breaks, last.silent))
    form = search.slice.specification.fields
    return Run(tuple(event._replace(line=written(form, [event.line])[0]) for event in events))


class Last(NamedTuple):
    """The event that ends a run: taken where, the state after it, the rules that it breaks."""

    action: Action
    source: int
    state: str
    breaks: tuple[str, ...]
    silent: bool = False


def event_line(number: int, name: str, context: Any) -> str:
    """Return the line of an event, numbered from 0, of a made-up log."""
    line: dict[str, Any] = {"timestamp": FIRST_TIME + number * BETWEEN, "name": name}
    if context is not None:
        line["context"] = context
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)


def context_of(search: Search, action: Action, source: int) -> Any:
    """The whole context of an action taken at a configuration; None where it has none."""
    context = action.item.event.context
    if not isinstance(context, TypedContext):
        return None
    if action.whole is not None:
        return action.whole
    values = dict(action.rest)
    for key, choice in action.choices:
        if choice.term is not None:
            moment = search.moment(search.configurations[source], action.name)
            values[key] = compile_expression(choice.term, {})(moment)
        elif choice.present:
            values[key] = choice.value
    ordered = {key: values[key] for key, _ in context.keys if key in values}
    return ordered if ordered or context.required else None

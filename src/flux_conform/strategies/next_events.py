"""The strategy for the next event of a log: events that break no rule after the log so far."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

from flux_conform.checking.consequences import step_of
from flux_conform.language.equality import distinct
from flux_conform.language.levels import NOTE
from flux_conform.language.specification import SILENT, UNDEFINED, Transition
from flux_conform.logs.eventlog import UnreadableLog, read_entries
from flux_conform.logs.given import Given, log_of
from flux_conform.machine.configuration import Breach, Configuration
from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME
from flux_conform.strategies.arguments import Model, event_of, specification_of
from flux_conform.strategies.drawn_log import GAPS
from flux_conform.strategies.member_names import is_made_up
from flux_conform.strategies.reachability import Reachability, reachability_of
from flux_conform.strategies.type_values import Context
from flux_conform.strategies.varying import contexts_of, plain_context, varied
from flux_conform.suite.making.telling_events import Letter, Logged


class _NextEvent(NamedTuple):
    """An event that is allowed next, with a plain context, and the transition that it takes."""

    event: str
    name: str
    context: Context
    row: Transition | None


def events(
    model: Model = "job", *, after: Given = b"", name: str | None = None
) -> SearchStrategy[dict[str, Any]]:
    """Draw events that are allowed next in a log, each name with the same probability.

    An event is drawn as a decoded line: timestamp, name, and the context if it has one. It adds no
    finding to the log except notes. `after` is the log so far, as `flux_conform.logs.given.log_of`
    accepts it; by default it is empty. With `name`, only events of that name are drawn. Raises
    InvalidArgument, also if no event is allowed.
    """
    specification = specification_of(model)
    if name is not None:
        event_of(specification, name)
    try:
        data = log_of(after).data
    except TypeError as error:
        raise InvalidArgument(f"after={after!r} is no log: {error}") from error
    except OSError as error:
        raise InvalidArgument(f"after={after!r} cannot be read: {error}") from error
    form = specification.fields
    if form is not None:
        data = form.plain_log(data)
    reach = reachability_of(specification.plain, specification.today.name)
    configuration, time = _replayed(reach, data)
    found: dict[str, list[_NextEvent]] = {}
    for candidate in _possible(reach, configuration, name):
        found.setdefault(candidate.event, []).append(candidate)
    if not found:
        what = "nothing" if name is None else f"no {name}"
        raise InvalidArgument(
            f"{what} may come next: the log is in {configuration.state}, and any such event would "
            f"break a rule of {reach.specification.name}"
        )
    machine = reach.machine

    @st.composite
    def next_event(draw: DrawFn) -> dict[str, Any]:
        """Draw an event name, then one of its plain contexts, then values that keep its effect."""
        event = draw(st.sampled_from(list(found)))
        plain = draw(st.sampled_from(found[event]))

        def holds(context: Context) -> bool:
            step = machine.step(configuration, plain.name, context)
            return step.transition == plain.row and not _is_violated(step.breaches)

        kept = [key for key in plain.context or {} if reach.members.kind(event, key)]
        drawn = draw(contexts_of(reach, event))
        context = varied(machine.event(event), plain.context, drawn, kept, holds)
        row: dict[str, Any] = {"timestamp": round(time + draw(GAPS), 6), "name": plain.name}
        row = row if context is None else {**row, "context": context}
        return row if form is None else json.loads(form.line(json.dumps(row).encode()))

    return next_event()


def _replayed(reach: Reachability, data: bytes) -> tuple[Configuration, float]:
    """Replay a log; return the configuration after it and its last timestamp.

    Of a log without events, the timestamp is one that lets the next event be at FIRST_TIME.
    """
    configuration, time = reach.machine.initial, FIRST_TIME - BETWEEN
    if not data:
        return configuration, time
    try:
        entries = list(read_entries(data))
    except UnreadableLog as error:
        raise InvalidArgument(f"the log so far cannot be read: {error}") from error
    for entry in entries:
        if entry.event is None:
            continue
        configuration = step_of(reach.machine, configuration, entry).after
        if entry.event.timestamp is not None:
            time = entry.event.timestamp
    return configuration, time


def _possible(
    reach: Reachability, configuration: Configuration, name: str | None
) -> Iterator[_NextEvent]:
    """Yield the events that are allowed in a configuration, each with some plain contexts."""
    wanted = None if name is None else reach.machine.event(name)
    possible = {event.name for event, _ in reach.machine.possible(configuration)}
    for letter in reach.letters:
        if letter.event not in possible:
            continue
        if wanted not in (None, reach.machine.event(letter.event)):
            continue
        logged = letter.at(configuration)
        if logged is None:
            continue
        logged_name = letter.name if name is None or name == letter.event else name
        for context in _named(reach, configuration, letter, logged):
            step = reach.machine.step(configuration, logged_name, context)
            if step.outcome not in (SILENT, UNDEFINED) and not _is_violated(step.breaches):
                yield _NextEvent(letter.event, logged_name, context, step.transition)


def _named(
    reach: Reachability, configuration: Configuration, letter: Letter, logged: Logged
) -> Iterator[Context]:
    """Yield the contexts of a letter: with each member name present in the log, and with a new one.

    Names that the search made up stand for any name, so they are replaced by real ones.
    """
    context: Context = None if logged.context is None else json.loads(logged.context)
    plain = plain_context(reach.machine.event(letter.event), context, reach.read[letter.event])
    for key, value in (plain or {}).items():
        kind = reach.members.kind(letter.event, key)
        if kind is not None and is_made_up(value):
            present = reach.members.present(configuration, kind)
            fresh = reach.members.usual.get(kind, value)
            for own in distinct((*present, fresh, value)):
                yield {**(plain or {}), key: own}
            return
    yield plain


def _is_violated(breaches: Iterable[Breach]) -> bool:
    """Whether a rule above the level note is broken."""
    return any(breach.rule.level != NOTE for breach in breaches)

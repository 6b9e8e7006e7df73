"""What may come next in a log: events that a specification allows after those that came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

from flux_conform.checking.because import step_of
from flux_conform.checking.finding import NOTE
from flux_conform.language.equality import distinct
from flux_conform.language.specification import SILENT, UNDEFINED, Transition
from flux_conform.logs.eventlog import UnreadableLog, read_entries
from flux_conform.logs.given import Given, log_of
from flux_conform.machine.configuration import Breach, Configuration
from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME
from flux_conform.strategies.arguments import Model, event_of, specification_of
from flux_conform.strategies.member_names import is_made_up
from flux_conform.strategies.reachability import Atlas, atlas_of
from flux_conform.strategies.type_values import Context
from flux_conform.strategies.varying import contexts_of, plain_context, varied
from flux_conform.strategies.writing import GAPS
from flux_conform.suite.making.telling_events import Letter, Logged


class _Next(NamedTuple):
    """An event that may come, with the plainest context, and what it does."""

    event: str
    name: str
    context: Context
    row: Transition | None


def events(
    model: Model = "job", *, after: Given = b"", name: str | None = None
) -> SearchStrategy[dict[str, Any]]:
    """Events that may come next in a log, each name as likely as the others.

    What is drawn is an event as a line of a log holds it, decoded: timestamp, name, and a context
    where it has one. With it the log breaks nothing that it does not break already, but perhaps
    for notes. `after` is the log so far, as `flux_conform.logs.given.log_of` takes it, none at
    first; `name` asks for an event of that name. Raises InvalidArgument, also where none may come.
    """
    specification = specification_of(model)
    if name is not None:
        event_of(specification, name)
    data = _data(after)
    return _following(atlas_of(specification, specification.today.name), data, name)


def _data(after: Given) -> bytes:
    try:
        return log_of(after).data
    except TypeError as error:
        raise InvalidArgument(f"after={after!r} is no log: {error}") from error
    except OSError as error:
        raise InvalidArgument(f"after={after!r} cannot be read: {error}") from error


def _following(atlas: Atlas, data: bytes, name: str | None) -> SearchStrategy[dict[str, Any]]:
    configuration, time = _replayed(atlas, data)
    found: dict[str, list[_Next]] = {}
    for one in _possible(atlas, configuration, name):
        found.setdefault(one.event, []).append(one)
    if not found:
        what = "nothing" if name is None else f"no {name}"
        raise InvalidArgument(
            f"{what} may come next: the log is in {configuration.state}, and any such event would "
            f"break a rule of {atlas.specification.name}"
        )
    machine = atlas.machine

    @st.composite
    def following(draw: DrawFn) -> dict[str, Any]:
        event = draw(st.sampled_from(list(found)))
        plain = draw(st.sampled_from(found[event]))

        def holds(context: Context) -> bool:
            step = machine.step(configuration, plain.name, context)
            return step.transition == plain.row and not _graver(step.breaches)

        kept = [key for key in plain.context or {} if atlas.members.kind(event, key)]
        drawn = draw(contexts_of(atlas, event))
        context = varied(machine.event(event), plain.context, drawn, kept, holds)
        row: dict[str, Any] = {"timestamp": round(time + draw(GAPS), 6), "name": plain.name}
        return row if context is None else {**row, "context": context}

    return following()


def _replayed(atlas: Atlas, data: bytes) -> tuple[Configuration, float]:
    """Where a log has come to, and the latest time in it; before that of the first, if none."""
    configuration, time = atlas.machine.initial, FIRST_TIME - BETWEEN
    if not data:
        return configuration, time
    try:
        entries = list(read_entries(data))
    except UnreadableLog as error:
        raise InvalidArgument(f"the log so far cannot be read: {error}") from error
    for entry in entries:
        if entry.event is None:
            continue
        configuration = step_of(atlas.machine, configuration, entry).after
        if entry.event.timestamp is not None:
            time = entry.event.timestamp
    return configuration, time


def _possible(atlas: Atlas, configuration: Configuration, name: str | None) -> Iterator[_Next]:
    """The events that may come in a configuration, each with some plain contexts."""
    asked = None if name is None else atlas.machine.event(name)
    offered = {event.name for event, _ in atlas.machine.possible(configuration)}
    for letter in atlas.letters:
        if letter.event not in offered or asked not in (None, atlas.machine.event(letter.event)):
            continue
        logged = letter.at(configuration)
        if logged is None:
            continue
        called = letter.name if name is None or name == letter.event else name
        for context in _named(atlas, configuration, letter, logged):
            step = atlas.machine.step(configuration, called, context)
            if step.outcome not in (SILENT, UNDEFINED) and not _graver(step.breaches):
                yield _Next(letter.event, called, context, step.transition)


def _named(
    atlas: Atlas, configuration: Configuration, letter: Letter, logged: Logged
) -> Iterator[Context]:
    """The contexts of a letter, with each of the names that are about there, and a new one."""
    context: Context = None if logged.context is None else json.loads(logged.context)
    plain = plain_context(atlas.machine.event(letter.event), context, atlas.read[letter.event])
    for key, value in (plain or {}).items():
        kind = atlas.members.kind(letter.event, key)
        if kind is not None and is_made_up(value):
            present = atlas.members.present(configuration, kind)
            fresh = atlas.members.usual.get(kind, value)
            for own in distinct((*present, fresh, value)):
                yield {**(plain or {}), key: own}
            return
    yield plain


def _graver(breaches: Iterable[Breach]) -> bool:
    return any(breach.rule.level != NOTE for breach in breaches)

"""Comparison of the events that a text describes with a specification, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flux_conform.language import types as t
from flux_conform.language.specification import (
    UNDEFINED,
    UNLISTED,
    AnyContext,
    EmptyContext,
    Event,
    Specification,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.step import Machine
from flux_conform.rfc import facts
from flux_conform.rfc.compare_states import remedy_for_unknown
from flux_conform.rfc.difference import Difference
from flux_conform.rfc.example_logs import faults_of
from flux_conform.rfc.facts import ModelKey
from flux_conform.rfc.keytypes import bounds, kinds
from flux_conform.rfc.stated import ANY, EMPTY, OBJECT, StatedEvent, StatedKey, StatedText


def compare(text: StatedText, specification: Specification) -> Iterator[Difference]:
    """Yield the differences in events, their contexts, keys and examples."""
    yield from _events(text, specification)
    yield from _unlisted_events(text, specification)
    machine = Machine(specification)
    listed = {event.name: event for event in specification.events}
    for stated in text.events:
        event = listed.get(stated.name)
        if event is None:
            continue  # already reported; the model says nothing about its context and examples
        differing = [*_context(stated, event, specification)]
        yield from differing
        yield from _examples(stated, machine, differing)


def _examples(
    stated: StatedEvent, machine: Machine, differing: Sequence[Difference]
) -> Iterator[Difference]:
    """Yield what the model rejects in examples, except consequences of reported differences."""
    whole = any(difference.kind == "context" for difference in differing)
    reported = {difference.what.split()[0] for difference in differing}
    for example in stated.examples:
        for difference, keys in faults_of(machine, example, stated.name):
            follows = keys is not None and (whole or keys <= reported)
            if not (differing and follows):
                yield difference


def _events(text: StatedText, specification: Specification) -> Iterator[Difference]:
    described = {event.name for event in text.events} | {family.name for family in text.families}
    known = [event.name for event in specification.events if event.name != UNLISTED]
    for event in specification.events:
        if event.name in described or event.name == UNLISTED or not text.events:
            continue
        yield Difference(
            kind="event-missing",
            what=f"the event {event.name} is not described",
            line=text.events_line,
            model=f"{event.name}: {event.says}; its context: {facts.show_context(event.context)}",
            rule=_rule(event, specification),
            remedy=f'describe it in a section "{event.section}", or remove it from the model',
        )
    for stated in text.events:
        if stated.name not in known:
            yield Difference(
                kind="event-unknown",
                what=f"{stated.name} is described as an event",
                line=stated.line,
                mark=stated.heading,
                model=f"it lists no event {stated.name}",
                remedy=remedy_for_unknown(stated.name, known, "add the event to the model"),
            )


def _unlisted_events(text: StatedText, specification: Specification) -> Iterator[Difference]:
    """Compare whether events that are not described are allowed."""
    unlisted = (event for event in specification.events if event.name == UNLISTED)
    allowed = any(event.elsewhere != UNDEFINED for event in unlisted)
    if allowed == (text.unlisted is not None) or not text.events:
        return
    model = "events that it does not list" + (" may come" if allowed else " are undefined")
    yield Difference(
        kind="event-others",
        what="no sentence allows events that are not described"
        if allowed
        else "events that are not described are allowed",
        line=text.unlisted or text.events_line,
        model=model,
        rule=facts.rule_of(specification, "undefined"),
        remedy=f"say the same in both: the model says it of the event {UNLISTED}",
    )


def _rule(event: Event, specification: Specification) -> str | None:
    """Return the rule about an event's context."""
    kind = "no-context" if isinstance(event.context, UndefinedContext) else "context"
    return facts.rule_of(specification, kind, event.name)


def _context(
    stated: StatedEvent, event: Event, specification: Specification
) -> Iterator[Difference]:
    context = event.context
    rule = _rule(event, specification)
    if stated.keys and isinstance(context, TypedContext) and isinstance(context.type, t.Record):
        yield from _keys(stated, event, specification, rule)
        return
    said = _summary(stated)
    if said is None:
        return  # nothing was understood, which is already reported
    words, line = said
    if not _agree(stated, event):
        yield Difference(
            kind="context",
            what=f"the context of {event.name}: {words}",
            line=line,
            model=f"the context of {event.name}: {facts.show_context(context)}",
            rule=rule,
            remedy="say the same in both",
        )


def _summary(stated: StatedEvent) -> tuple[str, int] | None:
    """Return what a section says about the whole context, and the line."""
    if stated.keys:
        names = ", ".join(key.name for key in stated.keys)
        return f"it has keys: {names}", stated.keys[0].line
    if not stated.contexts:
        return None
    context = stated.contexts[0]
    of_object = "an object of one key at least" if context.one_at_least else "any object"
    words = {OBJECT: of_object, EMPTY: "empty", ANY: "nothing is asked of it"}
    return words.get(context.kind, "none is defined"), context.line


def _agree(stated: StatedEvent, event: Event) -> bool:
    said = {context.kind for context in stated.contexts}
    one_at_least = any(context.one_at_least for context in stated.contexts)
    match event.context:
        case _ if stated.keys or len(said) != 1:
            return False
        case AnyContext() | EmptyContext() | UndefinedContext():
            return said == {event.context.kind}
        case TypedContext(type=t.Record()):
            return False
        case TypedContext(type=type_):
            return said == {OBJECT} and one_at_least == isinstance(type_, t.NonEmpty)


def _keys(
    stated: StatedEvent, event: Event, specification: Specification, rule: str | None
) -> Iterator[Difference]:
    described = {key.name: key for key in stated.keys}
    model_keys = {key.name: key for key in facts.keys(specification, event)}
    for name, key in model_keys.items():
        if name not in described:
            yield Difference(
                kind="key-missing",
                what=f"the key {name} of {event.name} is not named",
                line=stated.line,
                mark=stated.heading,
                model=f"{name}: {facts.show_key(key)}",
                rule=rule,
                remedy=f"add {name} to the keys, or remove it from the model",
            )
    for stated_key in stated.keys:
        known = model_keys.get(stated_key.name)
        if known is not None:
            yield from _key(stated_key, known, event, rule)
            continue
        yield Difference(
            kind="key-unknown",
            what=f"{stated_key.name} is named as a key of {event.name}",
            line=stated_key.line,
            mark=stated_key.name,
            model=f"the keys of {event.name} are {', '.join(model_keys)}",
            rule=rule,
            remedy=remedy_for_unknown(stated_key.name, [*model_keys], "add the key to the model"),
        )


def _key(stated: StatedKey, key: ModelKey, event: Event, rule: str | None) -> Iterator[Difference]:
    found = []
    if stated.required != key.required:
        word = "REQUIRED" if stated.required else "OPTIONAL"
        found.append(("key-required", f"{stated.name} of {event.name} is {word}"))
    if stated.type is not None and kinds(stated.type) != kinds(key.type):
        found.append(("key-type", f"{stated.name} of {event.name} is ({stated.words})"))
    elif stated.type is not None and bounds(stated.type) != bounds(key.type):
        found.append(
            ("key-range", f"{stated.name} of {event.name} is in {_range(bounds(stated.type))}")
        )
    for kind, what in found:
        yield Difference(
            kind=kind,
            what=what,
            line=stated.line,
            mark=stated.name,
            model=f"{stated.name}: {facts.show_key(key)}",
            rule=rule,
            remedy="say the same in both",
        )


def _range(limits: tuple[int | None, int | None]) -> str:
    low, high = limits
    if low is None and high is None:
        return "no range"
    return f"the range {'' if low is None else low} to {'' if high is None else high}"

"""What a specification says today, in the terms in which a text speaks of it."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.expressions import Call, Key, Node, Not
from flux_conform.language.specification import (
    MOVES,
    UNDEFINED,
    UNLISTED,
    Context,
    Event,
    Specification,
    Transition,
    TypedContext,
)

FROM_TEXT, FROM_DIAGRAM = "text", "diagram"
"""Where a transition of a specification can come from, as its `basis` names it."""


class Edge(NamedTuple):
    """A transition as a picture shows it, and where the specification takes it from."""

    source: str
    target: str
    event: str
    basis: frozenset[str]


class ModelKey(NamedTuple):
    """A key of a context: its type without `optional`, and whether today's logs must bear it."""

    name: str
    type: t.Type
    required: bool


def edges(specification: Specification) -> tuple[Edge, ...]:
    """The transitions between states of today's logs, guards left out, each once."""
    found: dict[tuple[str, str, str], frozenset[str]] = {}
    for row in _todays(specification):
        if row.outcome == MOVES and row.target is not None:
            key = (row.source, row.target, row.event)
            found[key] = found.get(key, frozenset()) | frozenset(row.basis)
    return tuple(Edge(*key, basis) for key, basis in found.items())


def _todays(specification: Specification) -> list[Transition]:
    today = specification.today.name
    return [row for row in specification.transitions if row.generation in (None, today)]


def keys(specification: Specification, event: Event) -> tuple[ModelKey, ...]:
    """The keys of an event's context, as today's logs bear them.

    Where the lack of a key at the first event makes a log one of an older generation, today's
    logs must bear the key.
    """
    if not isinstance(event.context, TypedContext):
        return ()
    told_apart = {
        key
        for generation in specification.generations
        if not generation.today and generation.on == event.name and generation.when is not None
        for key in _lacking(generation.when.tree)
    }
    return tuple(
        ModelKey(name, of.of, name in told_apart)
        if isinstance(of, t.Optional)
        else ModelKey(name, of, True)
        for name, of in event.context.keys
    )


def _lacking(tree: Node) -> list[str]:
    """The key whose lack is the whole condition: `not has(.KEY)`."""
    match tree:
        case Not(operand=Call(function="has", arguments=(Key(name=name),))):
            return [name]
        case _:
            return []


def allows_others(specification: Specification) -> bool:
    """Whether events may come that the specification does not list."""
    return any(
        event.name == UNLISTED and event.elsewhere != UNDEFINED for event in specification.events
    )


def rule_of(specification: Specification, kind: str, event: str = "") -> str | None:
    """The id of what the machine finds by itself, by its kind; None where it has none."""
    for finding in specification.findings:
        if finding.kind == kind:
            return finding.id.replace("{event}", event)
    return None


def show_context(context: Context) -> str:
    """A context as the specification writes it."""
    return t.show(context.type) if isinstance(context, TypedContext) else context.kind


def show_key(key: ModelKey) -> str:
    """A key as a text would put it."""
    return f"{'REQUIRED' if key.required else 'OPTIONAL'}, {t.show(key.type)}"

"""Facts of a specification in the terms of a text, for logs of today's generation."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.expressions import Call, Key, Not
from flux_conform.language.specification import (
    MOVES,
    Context,
    Event,
    Specification,
    TypedContext,
)

FROM_TEXT, FROM_DIAGRAM = "text", "diagram"
"""Where a specification takes a transition from, as its `basis` names it."""


class Edge(NamedTuple):
    """A transition as a picture shows it, and where the specification takes it from."""

    source: str
    target: str
    event: str
    basis: frozenset[str]


class ModelKey(NamedTuple):
    """A key of a context: its type without `optional`, and whether today's logs require it."""

    name: str
    type: t.Type
    required: bool


def edges(specification: Specification) -> tuple[Edge, ...]:
    """Return the distinct transitions between states in today's logs, without guards."""
    found: dict[tuple[str, str, str], frozenset[str]] = {}
    generations = (None, specification.today.name)
    for row in specification.transitions:
        if row.generation in generations and row.outcome == MOVES and row.target is not None:
            key = (row.source, row.target, row.event)
            found[key] = found.get(key, frozenset()) | frozenset(row.basis)
    return tuple(Edge(*key, basis) for key, basis in found.items())


def keys(specification: Specification, event: Event) -> tuple[ModelKey, ...]:
    """Return the keys of an event's context in today's logs.

    If the absence of a key in the first event marks a log of an older generation, today's logs
    require the key.
    """
    if not isinstance(event.context, TypedContext):
        return ()
    distinguishing = set()
    for generation in specification.generations:
        if not generation.today and generation.on == event.name and generation.when is not None:
            match generation.when.tree:
                case Not(operand=Call(function="has", arguments=(Key(name=name),))):
                    distinguishing.add(name)
    return tuple(
        ModelKey(name, of.of, name in distinguishing)
        if isinstance(of, t.Optional)
        else ModelKey(name, of, True)
        for name, of in event.context.keys
    )


def rule_of(specification: Specification, kind: str, event: str = "") -> str | None:
    """Return the id of the built-in check of a kind, or None."""
    ids = {finding.kind: finding.id.replace("{event}", event) for finding in specification.findings}
    return ids.get(kind)


def show_context(context: Context) -> str:
    """Format a context as the specification writes it."""
    return t.show(context.type) if isinstance(context, TypedContext) else context.kind


def show_key(key: ModelKey) -> str:
    """Format a key as a text would describe it."""
    return f"{'REQUIRED' if key.required else 'OPTIONAL'}, {t.show(key.type)}"

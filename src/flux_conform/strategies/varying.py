"""Varies a plain context: as many drawn values as keep the effect of the event."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from hypothesis.strategies import SearchStrategy

from flux_conform.language import types as t
from flux_conform.language.specification import Event, TypedContext
from flux_conform.strategies.reachability import Reachability
from flux_conform.strategies.type_values import Context, contexts, example_of


@lru_cache(maxsize=4096)
def contexts_of(reach: Reachability, event: str) -> SearchStrategy[Context]:
    """Return the strategy for the contexts of an event; cached, because each step draws from it."""
    return contexts(reach.specification, event)


def plain_context(entry: Event, base: Mapping[str, Any] | None, kept: Collection[str]) -> Context:
    """Return the example context of an event, with the values of `base` for the `kept` keys.

    A kept key that the base does not have is left out if it is optional.
    """
    example = example_of(entry)
    if not (isinstance(entry.context, TypedContext) and isinstance(entry.context.type, t.Record)):
        if kept or entry.context.kind in ("empty", "undefined"):
            return None if base is None else dict(base)
        return example
    found = {}
    for key, of in entry.context.keys:
        if base is not None and key in base and (key in kept or key not in example):
            found[key] = base[key]
        elif key in example and not (key in kept and isinstance(of, t.Optional)):
            found[key] = example[key]
    return found or (None if not entry.context.required else {})


def varied(
    event: Event,
    plain: Context,
    drawn: Context,
    kept: Collection[str],
    holds: Callable[[Context], bool],
) -> Context:
    """Return the plain context with as many values of the drawn one as `holds` accepts.

    The `kept` keys keep their plain values. The caller knows that `holds` accepts `plain`.
    """
    keys = [key for key, _ in event.context.keys] if isinstance(event.context, TypedContext) else []
    if not keys or plain is None:
        return drawn if holds(drawn) else plain
    whole = _replaced(plain, drawn, [key for key in keys if key not in kept])
    if holds(whole):
        return whole
    for key in keys:
        other = _replaced(plain, whole, [key])
        if other != plain and holds(other):
            plain = other
    return plain


def _replaced(
    plain: Mapping[str, Any], drawn: Mapping[str, Any] | None, keys: Sequence[str]
) -> dict[str, Any]:
    """Return the plain context with the drawn values of these keys."""
    found = {key: value for key, value in plain.items() if key not in keys}
    found.update((key, value) for key, value in (drawn or {}).items() if key in keys)
    order = [*(drawn or {}), *plain]
    return {key: found[key] for key in dict.fromkeys(order) if key in found}

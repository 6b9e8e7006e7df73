"""Contexts near a plain one: other values, as far as what shall come of the event still does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from hypothesis.strategies import SearchStrategy

from flux_conform.language import types as t
from flux_conform.language.specification import Event, TypedContext
from flux_conform.strategies.reachability import Atlas
from flux_conform.strategies.type_values import Context, contexts, example_of


@lru_cache(maxsize=4096)
def contexts_of(atlas: Atlas, event: str) -> SearchStrategy[Context]:
    """The contexts that fit an event, which are asked for again and again."""
    return contexts(atlas.specification, event)


def plain_context(entry: Event, base: Mapping[str, Any] | None, kept: Collection[str]) -> Context:
    """The plainest context of an event: its example, but for the `kept` keys, which are the base's.

    A kept key that the base has not is left out where it may be.
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
    """As much of the drawn context as holds; the rest is the plain one's, and so are `kept` keys.

    The plain one is known to hold.
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
    """The plain context with these keys as they were drawn."""
    found = {key: value for key, value in plain.items() if key not in keys}
    found.update((key, value) for key, value in (drawn or {}).items() if key in keys)
    order = [*(drawn or {}), *plain]
    return {key: found[key] for key in dict.fromkeys(order) if key in found}

"""What is wrong with the context of an event, by the type that a specification gives it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.listed_members import has_too_many
from flux_conform.language.specification import TypedContext
from flux_conform.machine.configuration import KeyFault


def context_faults(
    context: TypedContext, value: Mapping[str, Any] | None, listed: Collection[str] = ()
) -> tuple[KeyFault, ...]:
    """The keys of a context that are missing or of the wrong type; "" is the whole context.

    Of `listed` keys the members are read, and there can be too many.
    """
    if not isinstance(context.type, t.Record):
        if value is None or not t.accepts(context.type, value):
            return _map_faults(context.type, value) or (
                KeyFault("", context.type, value is not None, value),
            )
        return ()
    found = value or {}
    faults = []
    for key, of in context.keys:
        if key not in found:
            if not isinstance(of, t.Optional):
                faults.append(KeyFault(key, of, False, None))
        elif not t.accepts(of, found[key]):
            faults.append(KeyFault(key, of, True, found[key]))
        elif key in listed and has_too_many(
            found[key], hosts=isinstance(t.present(of), t.Hostlist)
        ):
            faults.append(KeyFault(key, of, True, found[key], has_too_many=True))
    return tuple(faults)


def _map_faults(type_: t.Type, value: Mapping[str, Any] | None) -> tuple[KeyFault, ...]:
    """The entries of a map that are at fault, where that is what is wrong with it."""
    inner = type_.of if isinstance(type_, t.NonEmpty) else type_
    if not isinstance(inner, t.MapOf) or value is None:
        return ()
    faults = []
    for name, item in value.items():
        if not t.accepts(inner.key, name):
            faults.append(KeyFault(name, inner.key, True, name, is_name=True))
        elif not t.accepts(inner.value, item):
            faults.append(KeyFault(name, inner.value, True, item))
    return tuple(faults)

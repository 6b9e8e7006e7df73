"""The texts that a specification itself has: no log gives anything away by them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.expressions import Constant
from flux_conform.language.families import is_family
from flux_conform.language.specification import Specification


def public_texts(specification: Specification) -> frozenset[str]:
    """Return names of events and keys, and what expressions, types and examples hold."""
    found = {event.name for event in specification.events if not is_family(event.name)}
    for part in _parts(specification):
        match part:
            case t.Literal(text=text):
                found.add(text)
            case t.Record(fields=fields):
                found.update(name for name, _ in fields)
            case Constant(value=str() as text):
                found.add(text)
    for event in specification.events:
        found.update(_texts(json.loads(event.example)) if event.example is not None else ())
    return frozenset(found)


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, tuple):
        yield value
        for part in value:
            yield from _parts(part)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)

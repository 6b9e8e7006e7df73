"""What tells configurations apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flux_conform.conformance.machine import Configuration


def key_of(configuration: Configuration) -> object:
    """What tells configurations apart, hashable."""
    values = tuple(frozen(value) for value in configuration.values.values())
    return configuration.state, configuration.generation, configuration.seen, values


def frozen(value: Any) -> object:
    """A value as one that can be hashed, told apart by its type too."""
    if isinstance(value, Mapping):
        return tuple((name, frozen(item)) for name, item in sorted(value.items()))
    if isinstance(value, list):
        return tuple(map(frozen, value))
    return type(value), value

"""What tells configurations apart."""

from __future__ import annotations

from typing import Any

from flux_conform.conformance.machine import Configuration
from flux_conform.model.equality import value_key


def key_of(configuration: Configuration) -> object:
    """What tells configurations apart, hashable."""
    values = tuple(frozen(value) for value in configuration.values.values())
    return configuration.state, configuration.generation, configuration.seen, values


def frozen(value: Any) -> object:
    """What two values share if and only if the language takes them for equal; hashable."""
    return value_key(value)

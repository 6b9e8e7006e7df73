"""What tells configurations apart."""

from __future__ import annotations

from flux_conform.conformance.machine import Configuration
from flux_conform.model.equality import value_key


def key_of(configuration: Configuration) -> object:
    """What tells configurations apart, hashable."""
    values = tuple(map(value_key, configuration.values.values()))
    return configuration.state, configuration.generation, configuration.seen, values

"""Hypothesis strategies made from a specification: contexts of events, events, and logs.

Everything drawn follows from the specification alone, so they serve any machine. Needs Hypothesis.
"""

from __future__ import annotations

from flux_conform.strategies.distribution import Distribution, distribution
from flux_conform.strategies.eventlog import Eventlog
from flux_conform.strategies.following import events
from flux_conform.strategies.logs import broken_by, eventlogs, runs
from flux_conform.strategies.values import contexts

__all__ = [
    "Distribution",
    "Eventlog",
    "broken_by",
    "contexts",
    "distribution",
    "eventlogs",
    "events",
    "runs",
]

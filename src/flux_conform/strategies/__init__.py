"""Hypothesis strategies for the events, contexts and logs of a specification.

The strategies read nothing but the specification, so they work for any machine. EventlogMachine
drives a live system in the same way. Needs Hypothesis.
"""

from __future__ import annotations

from flux_conform.strategies.distribution import Distribution, distribution
from flux_conform.strategies.drawn_log import Eventlog
from flux_conform.strategies.live_system import EventlogMachine, stimulus
from flux_conform.strategies.next_events import events
from flux_conform.strategies.type_values import contexts
from flux_conform.strategies.whole_logs import broken_by, eventlogs, runs

__all__ = [
    "Distribution",
    "Eventlog",
    "EventlogMachine",
    "broken_by",
    "contexts",
    "distribution",
    "eventlogs",
    "events",
    "runs",
    "stimulus",
]

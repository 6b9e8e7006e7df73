"""Where a log stands, and what one event does there, as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flux_conform.language import types as t
from flux_conform.language.equality import value_key
from flux_conform.language.specification import MachineFinding, Rule, Transition
from flux_conform.machine.evaluate import Moment, Value
from flux_conform.machine.event_times import NO_TIMES
from flux_conform.machine.moment import Times

CAPTIVE, REMOVED = "captive", "removed"
"""The outcomes of an event after the end: in the final state, and after the log's removal."""


class Configuration(NamedTuple):
    """All that a log so far comes down to.

    `generation` is None before the first event. `values` are the variables by name; it is never
    changed in place. `seen` are the names of events that took effect, of those that some rule
    asks for; `times` are the times of those for whose times one asks.
    """

    state: str
    generation: str | None
    values: Mapping[str, Value]
    seen: frozenset[str]
    times: Times = NO_TIMES

    def moment(
        self,
        event: str | None = None,
        context: Mapping[str, Any] | None = None,
        unreadable: frozenset[str] = frozenset(),
    ) -> Moment:
        """What expressions can ask here, at an event or after the log."""
        return Moment(
            values=self.values,
            state=self.state,
            seen=self.seen,
            event=event,
            context=context,
            unreadable=unreadable,
            first=self.generation is None,
        )


def key_of(configuration: Configuration) -> object:
    """What tells configurations apart, hashable."""
    values = tuple(map(value_key, configuration.values.values()))
    return configuration.state, configuration.generation, configuration.seen, values


class KeyFault(NamedTuple):
    """A key of a context that is at fault: what was expected, and the value (if `present`).

    `is_name` tells that the name itself is of the wrong type, and not what it stands for;
    `has_too_many`, that an idset or hostlist has more members than are read.
    """

    key: str
    expected: t.Type
    present: bool
    value: Any
    is_name: bool = False
    has_too_many: bool = False


class Breach(NamedTuple):
    """A rule that a step breaks. `moment` gives the values that its message tells."""

    rule: Rule | MachineFinding
    moment: Moment
    keys: tuple[KeyFault, ...] = ()


class Step(NamedTuple):
    """What one event does: the outcome, the configuration after it, and the rules it breaks.

    `transition` is the row of the specification that matched, None where none did.
    """

    outcome: str
    after: Configuration
    breaches: tuple[Breach, ...]
    transition: Transition | None

"""What an expression may name where it stands, and what can be wrong with a part of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from flux_conform.language import expressions as x
from flux_conform.language import types as t
from flux_conform.language.lanes import COUNT
from flux_conform.language.levels import POLICY
from flux_conform.language.type_relations import DurationType, Kind, LaneOf, TimeType, Unknown

OF_POLICIES = (
    f"known to rules of the level {POLICY} (id: site/…) and to claims with never; "
    "no RFC asks for times"
)
"""Where times are known."""


class TypeFault(NamedTuple):
    """What is wrong with a part of an expression; `among` are the names that are known there."""

    node: x.Node
    message: str
    name: str | None = None
    among: tuple[str, ...] = ()


class Scope(NamedTuple):
    """The names that an expression may use, with their types.

    `keys` is None if the expression belongs to no particular event. `whole` is the type of `.`, if
    the event's context is one object. `broken` are definitions whose faults are already noted.
    Times are known in the report (`at_report`) and to policies (`at_policy`); a definition
    (`at_definition`) may be used in any place, at any event. What was visited (`at_property`) is
    known to proofs, which cover all runs. `before` is what an expression may use within old(…),
    None where there is no event before it.
    """

    variables: Mapping[str, t.Type]
    definitions: Mapping[str, x.Definition]
    states: Sequence[str]
    events: Sequence[str]
    keys: Mapping[str, t.Type] | None = None
    whole: t.Type | None = None
    report: Mapping[str, Kind] = {}
    event_names: bool = True
    broken: Collection[str] = ()
    at_report: bool = False
    at_definition: bool = False
    at_property: bool = False
    at_policy: bool = False
    before: Scope | None = None

    @property
    def knows_time(self) -> bool:
        """Whether the time of the event is known."""
        return self.at_policy or self.at_definition

    @property
    def values(self) -> tuple[str, ...]:
        """The names that stand for values on their own."""
        declared = (*self.variables, *self.lanes, *self.definitions, *self.report)
        return (*declared, *x.BUILT_IN_NAMES)

    lanes: Mapping[str, LaneOf] = {}

    @property
    def counts_lanes(self) -> bool:
        """Whether there are lanes to be counted; one with a fault may be among what is broken."""
        return bool(self.lanes or (self.broken and COUNT not in self.definitions))


def of_about(node: x.About, scope: Scope) -> tuple[Kind, TypeFault | None]:
    """The type of `seen(EVENT)` and its like, and what is wrong with it."""
    of_event = node.function in x.OF_EVENTS
    what, known = ("event", scope.events) if of_event else ("state", scope.states)
    if node.name not in known:
        fault = TypeFault(node, f'unknown {what} "{node.name}"', node.name, tuple(known))
        return Unknown(), fault
    if node.function == "visited":
        if not scope.at_property:
            return Unknown(), TypeFault(node, "visited(…) is known in properties alone")
        return t.Boolean(), None
    if node.function == "seen":
        return t.Boolean(), None
    if node.function == x.SINCE:
        if scope.knows_time:
            return t.Optional(DurationType()), None  # type: ignore[arg-type]
        return Unknown(), TypeFault(node, f"since(…) is {OF_POLICIES}")
    if scope.at_definition:
        return Unknown(), None  # a time of the report is a number
    if of_event and scope.at_policy:
        return t.Optional(TimeType()), None  # type: ignore[arg-type]
    if not scope.at_report:
        message = f"{node.function}(…) is known in the report alone; here, ask seen(EVENT)"
        return Unknown(), TypeFault(node, message)
    return t.Optional(t.Number()), None

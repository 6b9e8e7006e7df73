"""Says in which state of a lane an event is undefined, and in which states it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flux_conform.language.expressions import Call, Expression, Name, show
from flux_conform.language.lane_meaning import lowered
from flux_conform.language.lanes import INDEX, Lane, LaneRow, set_of
from flux_conform.language.specification import UNDEFINED
from flux_conform.logs.eventlog import show_value
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.evaluate import Moment, Unreadable, Value
from flux_conform.machine.step import Machine

_SHOWN = 5
"""Members of a set that a message shows."""


class Refusal(NamedTuple):
    """That a lane has no row for an event: what is wrong, and the way out."""

    message: str
    repair: str


def refused_by_lane(
    machine: Machine, name: str, before: Configuration, moment: Moment
) -> Refusal | None:
    """Return what refuses an event that is undefined: a lane, or None where the state does."""
    specification = machine.specification
    generation = before.generation or specification.today.name
    event = machine.event(name).name
    lanes = {lane.name: lane for lane in specification.lanes}
    for row in specification.cases(before.state, event, generation) if lanes else ():
        if row.lane and row.when is not None and _value(machine, row.when, moment):
            return _refusal(machine, lanes[row.lane], name, event, moment)
    return None


def _refusal(machine: Machine, lane: Lane, name: str, event: str, moment: Moment) -> Refusal:
    rows = lane.rows_of(event)
    key = rows[0].key
    if rows[0].each:
        return _refused_some(machine, lane, name, rows, moment)
    tree = lowered(Call(INDEX, (Name(lane.name), key.tree)), {lane.name: lane})
    value = _value(machine, key, moment)
    shown = f"{lane.name}[{', '.join(map(show_value, value if type(value) is list else [value]))}]"
    state = _value(machine, Expression(show(tree), tree), moment)
    message = f"{show_value(name)} is not defined while {shown} is {state}"
    return Refusal(message, f"remove this line{_elsewhere(rows, state, shown)}")


def _refused_some(
    machine: Machine, lane: Lane, name: str, rows: Sequence[LaneRow], moment: Moment
) -> Refusal:
    """As `_refusal`, of an event that moves the lanes of a set: the first that has no row."""
    states: dict[str, list[Value]] = {state.name: [] for state in lane.states}
    for member in _value(machine, rows[0].key, moment) or ():
        held = (s for s in lane.counted if member in moment.values[set_of(lane.name, s)])
        states[next(held, lane.initial.name)].append(member)
    for state, members in states.items():
        if members and not _is_defined(machine, rows, state, moment):
            shown = f"{lane.name}[{', '.join(map(show_value, members[:_SHOWN]))}]"
            more = f" and {len(members) - _SHOWN} more" if len(members) > _SHOWN else ""
            message = f"{show_value(name)} is not defined while {shown}{more} is {state}"
            return Refusal(message, f"leave {shown}{more} out{_elsewhere(rows, state, shown)}")
    raise AssertionError(lane.name)


def _is_defined(machine: Machine, rows: Sequence[LaneRow], state: str, moment: Moment) -> bool:
    for row in rows:
        if state in row.sources and (row.when is None or _value(machine, row.when, moment)):
            return row.outcome != UNDEFINED
    return False


def _elsewhere(rows: Sequence[LaneRow], state: Value, shown: str) -> str:
    """The states of the lane in which the event is defined, and a guard that it needs here."""
    defined = [row for row in rows if row.outcome != UNDEFINED]
    here = [row.when.text for row in defined if state in row.sources and row.when is not None]
    if here:
        return f", or write it so that {' or '.join(here)}"
    states = dict.fromkeys(source for row in defined for source in row.sources)
    return f", or log it while {shown} is {' or '.join(states)}" if states else ""


def _value(machine: Machine, expression: Expression, moment: Moment) -> Value:
    try:
        return machine.evaluator(expression)(moment)
    except Unreadable:
        return None

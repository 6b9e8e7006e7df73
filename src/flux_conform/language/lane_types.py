"""Checks what expressions ask of lanes."""

from __future__ import annotations

from collections.abc import Sequence

from flux_conform.language import expressions as x
from flux_conform.language import types as t
from flux_conform.language.lanes import COUNT
from flux_conform.language.type_relations import (
    Kind,
    LaneOf,
    NameOf,
    Unknown,
    assignable,
    show,
)

Fault = tuple[x.Node, str, str | None, tuple[str, ...]]
"""The node at fault, the message, an unknown name, and the names that are known there."""


def parts_of(key: x.Node) -> tuple[x.Node, ...]:
    """The parts of the key of a lane: the items of a list, or the one value."""
    return key.items if isinstance(key, x.List) else (key,)


def state_of(node: x.Call, lane: Kind, kinds: Sequence[Kind]) -> tuple[Kind, list[Fault]]:
    """The type of `LANE[KEY]`, of a key whose parts have these types, and what is wrong with it."""
    subject, key = node.arguments
    if not isinstance(lane, LaneOf):
        if isinstance(lane, Unknown):
            return lane, []
        shown = x.show(subject)
        return Unknown(), [(node, f'"{shown}" is no lane: {show(lane)} has no keys', None, ())]
    faults: list[Fault] = []
    if len(kinds) != len(lane.parts):
        wanted = f"{len(lane.parts)} part{'s' if len(lane.parts) > 1 else ''}"
        faults.append((node, f"a key of {lane.name} has {wanted}, not {len(kinds)}", None, ()))
    else:
        for part, kind, wanted_type in zip(parts_of(key), kinds, lane.parts, strict=True):
            if isinstance(kind, t.Optional):
                message = f"a part of the key of {lane.name} may be none; ask has(…) first"
                faults.append((part, message, None, ()))
            elif not (assignable(kind, wanted_type) or assignable(wanted_type, kind)):
                message = f"a key of {lane.name} has {show(wanted_type)} here, not {show(kind)}"
                faults.append((part, message, None, ()))
    return NameOf(f"state of {lane.name}", lane.states), faults


def counted(node: x.Node, lane: LaneOf, state: str) -> tuple[Kind, list[Fault]]:
    """The type of the set `LANE.STATE`, and what is wrong with it."""
    initial, *others = lane.states
    if state == initial:
        message = (
            f"every key that no event has moved is in {initial}, the initial state of {lane.name}, "
            "so these are not counted; count those in another state"
        )
        return Unknown(), [(node, message, None, ())]
    if state not in others:
        message = f'unknown state "{state}" of {lane.name}'
        return Unknown(), [(node, message, state, lane.states)]
    return t.SetOf(lane.member), []


def counted_by(node: x.Call, lane: Kind) -> tuple[Kind, list[Fault]]:
    """The type of `count(LANE, STATE)`, and what is wrong with it."""
    if not isinstance(lane, LaneOf):
        shown = x.show(node.arguments[0])
        message = f'{COUNT}(…) takes a lane and one of its states; "{shown}" is no lane'
        return t.Integer(0, None), [] if isinstance(lane, Unknown) else [(node, message, None, ())]
    state = node.arguments[1]
    if not isinstance(state, x.Name):
        message = f"{COUNT}(…) takes the name of a state of {lane.name}, without quotes"
        return t.Integer(0, None), [(state, message, None, ())]
    return t.Integer(0, None), counted(state, lane, state.name)[1]

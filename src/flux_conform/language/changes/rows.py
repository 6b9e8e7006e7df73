"""Merges changed transitions into the neighbour's: each is identified by what it matches.

A row covers all pairs of its events and states. A changed row replaces the neighbour's for its own
pairs only, so a row of several pairs is split where necessary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.language.shapes import Field, Items, Record, Value
from flux_conform.language.yaml_nodes import (
    FaultList,
    Mapping,
    Mark,
    Node,
    Scalar,
    Sequence,
    value_of,
)

ROWS = "transitions"
"""The one list whose items are identified by what they match."""

REMOVE = "remove"
"""The key of a changed row that takes the neighbour's away."""

_MATCHED = ("on", "lane", "from", "when", "generation")
_TRUE = Value("true", "true", bool, {"const": True})


def row_shape(machine: Record) -> Record:
    """The shape of a transition."""
    rows = machine.fields[ROWS].shape
    assert isinstance(rows, Items)
    assert isinstance(rows.of, Record)
    return rows.of


def removal_shape(machine: Record) -> Record:
    """The shape of a row that takes the neighbour's away: what that one matches, and no more."""
    row = row_shape(machine)
    fields = {name: row.fields[name] for name in _MATCHED}
    fields[REMOVE] = Field(_TRUE, "no such transition is left", True)
    return Record("a row to remove", fields)


class _Cell(NamedTuple):
    """What identifies a transition."""

    event: str
    state: str
    when: str
    generation: str
    lane: str

    def __str__(self) -> str:
        lane = f" of the lane {self.lane}" if self.lane else ""
        when = f" when {self.when}" if self.when else ""
        generation = f" in generation {self.generation}" if self.generation else ""
        return f"on {self.event}{lane} from {self.state}{when}{generation}"


class _Row:
    """A row, and what is left of its pairs."""

    def __init__(self, node: Node, unions: dict[str, list[Scalar]]) -> None:
        self.node = node
        self.events = scalars(value_of(node, "on"))
        self.lane = lane_of(node)
        states = scalars(value_of(node, "from"))
        self.states = list(states if self.lane else _resolved(states, unions))
        self.taken: set[_Cell] = set()
        self.after: list[Node] = []
        self.when = _text(value_of(node, "when"))
        self.generation = _text(value_of(node, "generation"))

    def cell(self, event: Scalar, state: Scalar) -> _Cell:
        return _Cell(event.text, state.text, self.when, self.generation, self.lane)

    def cells(self) -> Iterator[tuple[Scalar, Scalar, _Cell]]:
        for event in self.events:
            for state in self.states:
                yield event, state, self.cell(event, state)

    def left(self) -> Iterator[Node]:
        """The row without the pairs that were taken; one row for events with the same states."""
        if not self.taken or not isinstance(self.node, Mapping):
            yield self.node
            return
        groups: dict[tuple[Scalar, ...], list[Scalar]] = {}
        for event in self.events:
            states = [each for each in self.states if self.cell(event, each) not in self.taken]
            if states:
                groups.setdefault(tuple(states), []).append(event)
        for from_, events in groups.items():
            yield with_lists(self.node, {"on": tuple(events), "from": from_})


def put_rows(shape: Record, tree: Mapping, change: Sequence, faults: FaultList) -> Mapping:
    """The tree with the changed rows in its list of transitions; what matches none is noted."""
    base = value_of(tree, ROWS)
    removal = removal_shape(shape)
    unions = _unions(value_of(tree, "virtual states"))
    rows = [_Row(node, unions) for node in (base.items if isinstance(base, Sequence) else ())]
    holders: dict[_Cell, list[_Row]] = {}
    for row in rows:
        for _, _, cell in row.cells():
            holders.setdefault(cell, []).append(row)
    said: dict[_Cell, Mark] = {}
    last: list[Node] = []
    for node in change.items:
        new = _Row(node, unions)
        is_removal = value_of(node, REMOVE) is not None
        if is_removal:
            count = len(faults.faults)
            removal.read(node, faults)
            if len(faults.faults) > count:
                continue
        first = None
        for event, state, cell in new.cells():
            if cell in said:
                message = (
                    f"the transition {cell} is changed twice (first in line {said[cell].line})"
                )
                faults.add(node.mark, message, expected="it once")
            said.setdefault(cell, node.mark)
            found = holders.get(cell, [])
            first = first or (found[0] if found else None)
            for row in found:
                row.taken.add(cell)
            if is_removal and not found:
                _add_missing(event, state, cell, list(holders), faults)
        if not is_removal:
            (last if first is None else first.after).append(node)
    items = (node for row in rows for node in (*row.left(), *row.after))
    list_ = Sequence((*items, *last), change.mark)
    pairs = [(key, list_ if key.text == ROWS else node) for key, node in tree.pairs]
    if base is None:
        pairs.append((Scalar(ROWS, True, change.mark), list_))
    return tree._replace(pairs=tuple(pairs))


def scalars(node: Node | None) -> tuple[Scalar, ...]:
    """The single values of a list; a value without brackets is a list of one."""
    items = node.items if isinstance(node, Sequence) else (node,)
    return tuple(item for item in items if isinstance(item, Scalar))


def with_lists(row: Mapping, lists: dict[str, tuple[Scalar, ...]]) -> Mapping:
    """The mapping with other lists under some of its keys."""
    return row._replace(
        pairs=tuple(
            (key, Sequence(lists[key.text], node.mark) if key.text in lists else node)
            for key, node in row.pairs
        )
    )


def lane_of(row: Node) -> str:
    """The lane whose transition a row is; none of another."""
    lane = value_of(row, "lane")
    if isinstance(lane, Mapping):
        return lane.pairs[0][0].text if lane.pairs else ""
    return _text(lane)


def _text(node: Node | None) -> str:
    return " ".join(node.text.split()) if isinstance(node, Scalar) else ""


def _unions(node: Node | None) -> dict[str, list[Scalar]]:
    """The states of each virtual state, each of which may hold those before it."""
    unions: dict[str, list[Scalar]] = {}
    for key, members in node.pairs if isinstance(node, Mapping) else ():
        unions[key.text] = list(_resolved(scalars(members), unions))
    return unions


def _resolved(names: tuple[Scalar, ...], unions: dict[str, list[Scalar]]) -> Iterator[Scalar]:
    """The named states without duplicates, each at the place of the name that includes it."""
    seen = set()
    for name in names:
        for state in unions.get(name.text, [name]):
            if state.text not in seen:
                seen.add(state.text)
                yield state._replace(mark=name.mark)


def _add_missing(
    event: Scalar, state: Scalar, cell: _Cell, known: list[_Cell], faults: FaultList
) -> None:
    """Note that there is no such transition to remove, and which are similar."""
    message = f"there is no transition {cell} to remove"
    of_event = [each for each in known if each.event == cell.event]
    here = [each for each in of_event if each.state == cell.state]
    if here:
        faults.add(event.mark, message, expected=" or ".join(f"one {each}" for each in here))
    elif of_event:
        states = tuple(dict.fromkeys(each.state for each in of_event))
        faults.add(state.mark, message, name=cell.state, among=states)
    else:
        events = tuple(dict.fromkeys(each.event for each in known))
        faults.add(event.mark, message, name=cell.event, among=events)

"""Describes a picture in words, for screen readers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from flux_conform.diagrams.graph import FINAL, INITIAL, REMOVED, Edge, Picture, PicturedState
from flux_conform.diagrams.marks import (
    ADDED,
    ALIEN,
    DROPPED,
    NEVER,
    TAKEN,
    Row,
    Scene,
    Table,
)

_LOOKS = {
    TAKEN: "taken",
    NEVER: "never taken",
    ALIEN: "not in the model",
    ADDED: "added",
    DROPPED: "removed",
}


def describe(picture: Picture) -> str:
    """All that the picture shows, as sentences."""
    return " ".join(_sentences(picture))


def state_title(state: PicturedState) -> str:
    """What a state is, in a line."""
    role = f" ({state.role})" if state.role in (INITIAL, FINAL, REMOVED) else ""
    notes = f" ({', '.join(state.notes)})" if state.notes else ""
    says = f": {state.says}" if state.says else ""
    return f"{state.shown}{role}{says}{notes}"


def edge_title(edge: Edge) -> str:
    """What an edge is, in a line."""
    return f"{edge.source} to {edge.target}: {', '.join(map(str, edge.labels))}"


def _sentences(picture: Picture) -> Iterator[str]:
    if picture.road:
        yield f"The main road: {', '.join(picture.road)}."
    for group in picture.groups:
        yield f"{group.shown} is {', '.join(group.members)}."
    for state in picture.states:
        told = [*_look(state.look), *state.notes, *_flags(state.flags)]
        if told:
            yield f"{state.name}: {', '.join(told)}."
    for edge in picture.edges:
        told = [*_look(edge.look), *_flags(edge.flags)]
        yield f"{edge_title(edge)} ({', '.join(told)})." if told else f"{edge_title(edge)}."
    yield from picture.caption
    for note in picture.notes:
        yield f"{note.flag}: {note.head}: {note.says}."
    if picture.table is not None:
        yield from _table(picture.table)
    for scene in picture.scenes:
        yield from _scene(scene)


def _look(look: str) -> list[str]:
    return [_LOOKS[look]] if look in _LOOKS else []


def _flags(flags: tuple[str, ...]) -> list[str]:
    return [f"see {', '.join(flags)}"] if flags else []


def _table(table: Table) -> Iterator[str]:
    for band in table.bands:
        event = ""
        for row in band.rows:
            if not row.inner:
                event = row.name
            name = f"{event} [{row.name}]" if row.inner else event
            if row.cells:
                yield f"{name}, from {band.head}: {_outcomes(table, row)}."


def _outcomes(table: Table, row: Row) -> str:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for state, cell in zip(table.columns, row.cells, strict=True):
        found[cell.says].append(state)
    return "; ".join(f"{says} in {', '.join(states)}" for says, states in found.items())


def _scene(scene: Scene) -> Iterator[str]:
    yield f"{scene.title}: {scene.says} It begins in {scene.start}."
    state = scene.start
    for message in scene.messages:
        kind = "" if message.logged else " (a request)"
        way = " to ".join(message.path)
        then = f", and then {message.state}" if message.state != state else ""
        yield f"After {message.at:g} s {message.text}{kind}, {way}{then}."
        state = message.state

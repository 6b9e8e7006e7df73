"""The picture of a lane: the states that each key goes through, and what moves it between them."""

from __future__ import annotations

from flux_conform.diagrams.graph import Picture, guard_text, state_graph
from flux_conform.diagrams.views.detail import detail_picture
from flux_conform.language.lanes import Lane
from flux_conform.language.specification import MOVES, UNDEFINED, Specification, State, Transition


class UnknownLane(LookupError):
    """The specification has no lane of that name; `known` are those that it has."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        if not self.known:
            return f'no lane "{self.name}": this machine has no lanes'
        return f'no lane "{self.name}"; the known ones are {", ".join(self.known)}'


def lane_picture(specification: Specification, name: str, *, detail: bool = False) -> Picture:
    """The states of a lane and what moves between them, as of a machine of its own.

    With `detail` a table shows each event with rows of it. Raises UnknownLane.
    """
    lanes = {lane.name: lane for lane in specification.lanes}
    if name not in lanes:
        raise UnknownLane(name, tuple(lanes))
    alone = _alone(specification, lanes[name])
    picture = detail_picture(alone) if detail else state_graph(alone)
    keys = dict.fromkeys(row.key.text for row in lanes[name].rows)
    whose = f"One {name} for each {' or '.join(keys)}."
    return picture._replace(caption=(whose,))


def with_lanes(picture: Picture, specification: Specification) -> Picture:
    """The picture of a machine's states, with its lanes in words below."""
    lines = tuple(_in_words(specification, lane) for lane in specification.lanes)
    return picture._replace(caption=(*picture.caption, *lines)) if lines else picture


def _in_words(specification: Specification, lane: Lane) -> str:
    keys = dict.fromkeys(row.key.text for row in lane.rows)
    moves = []
    for row in lane.rows:
        if row.outcome == MOVES:
            guard = f" [{guard_text(specification, row.when)}]" if row.when is not None else ""
            moves.append(f"{', '.join(row.sources)} → {row.target} on {row.event}{guard}")
    whose = " or ".join(keys)
    return f"{lane.name}, for each {whose}, begins as {lane.initial.name}: {'; '.join(moves)}."


def _alone(specification: Specification, lane: Lane) -> Specification:
    """The lane as a machine."""
    asked = {row.event for row in lane.rows}
    return specification._replace(
        name=f"{specification.name}-{lane.name}",
        title=lane.says or f"The lane {lane.name} of {specification.name}",
        states=tuple(
            State(
                name=state.name,
                letter=state.name[:1],
                initial=state.initial,
                final=False,
                removed=False,
                waitable=False,
                says=state.says,
            )
            for state in lane.states
        ),
        virtual_states=(),
        events=tuple(
            event._replace(elsewhere=UNDEFINED)
            for event in specification.events
            if event.name in asked
        ),
        transitions=tuple(
            Transition(
                row.event,
                source,
                row.when,
                row.outcome,
                row.target,
                None,
                row.basis,
                row.question,
                row.row,
            )
            for row in lane.rows
            for source in row.sources
        ),
        lanes=(),
    )

"""How often logs took each edge of a machine, and the events for which it has no edge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from flux_conform.diagrams.graph import (
    BRANCH,
    COVER,
    NOWHERE,
    Edge,
    Label,
    Picture,
    PicturedState,
    state_graph,
)
from flux_conform.diagrams.marks import ALIEN, NEVER, TAKEN, Legend
from flux_conform.diagrams.views.edges import Move, counted, marked, move_of, moves_of
from flux_conform.language.specification import Specification, Transition
from flux_conform.machine.taken import Course
from flux_conform.text import cut, several

_MOST_ALIENS = 6
"""Events that are named on one edge that is not in the model."""


class Coverage:
    """What logs did, added up one log at a time."""

    def __init__(self, specification: Specification) -> None:
        self.specification = specification
        self.generations: Counter[str] = Counter()
        self.moves: Counter[Move] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.visits: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.aliens: Counter[tuple[str, str]] = Counter()
        self.violating = 0
        """How many of the logs violate."""
        self.doubtful: Counter[Move] = Counter()
        """The moves of those logs, which `moves` counts too."""

    def add(self, course: Course, *, violates: bool = False) -> None:
        """Count a log."""
        self.violating += violates
        self.generations[course.generation] += 1
        self.visits[self.specification.initial.name] += 1
        self.ends[course.state] += 1
        for event in course.events:
            self.outcomes["alien" if event.alien else event.outcome] += 1
            if event.transition is not None:
                move = move_of(self.specification, event.transition)
                self.moves[move] += 1
                self.doubtful[move] += violates
                self.visits[event.after] += 1
            elif event.alien:
                self.aliens[event.before, event.event] += 1

    @property
    def logs(self) -> int:
        """How many logs were counted."""
        return self.generations.total()

    @property
    def events(self) -> int:
        """How many events they held."""
        return self.outcomes.total()


def cover_picture(
    coverage: Coverage,
    generation: str | None = None,
    *,
    reachable: Collection[Transition] | None = None,
) -> Picture:
    """The machine with counts on all states and edges.

    It shows the edges of all generations that the logs are of, or of the one that is named. What
    logs did where the machine defines nothing is an edge to a box that is no state: an event that
    is undefined in the state where it came, or came after the end. Such an event has no effect,
    so it leads nowhere; it is counted by the state and the name that the log gave it.

    The line below counts what was never taken among the `reachable` transitions, if they are given;
    what only violating logs took was not taken, and is named there.

    Raises UnknownGeneration.
    """
    merged, origins = _merged(coverage, generation)
    picture = state_graph(merged, generation)
    several_generations = len(set(origins.values())) > 1

    def mark(move: Move, label: Label) -> Label:
        count = coverage.moves[move]
        origin = origins.get(move, "") if several_generations else ""
        after = " ".join(part for part in (origin and f"({origin})", counted(count)) if part)
        return label._replace(after=after, look=TAKEN if count else NEVER)

    states = tuple(_state(each, coverage) for each in picture.states)
    name = _free_name({each.name for each in picture.states})
    aliens = _aliens(coverage, name)
    if aliens:
        says = "what logs did and no edge of the machine is for"
        states = (*states, PicturedState(name, NOWHERE, says, look=ALIEN))
    return picture._replace(
        view=COVER,
        title=f"{picture.title}: what {several(coverage.logs, 'eventlog')} did",
        states=states,
        edges=(*marked(picture, mark, TAKEN), *aliens),
        legend=(
            Legend(TAKEN, "taken, and how often"),
            Legend(NEVER, "never taken"),
            *([Legend(ALIEN, "not in the model; the event had no effect")] if aliens else ()),
        ),
        caption=_caption(coverage, picture, reachable),
    )


def standing_picture(
    specification: Specification,
    states: Mapping[str, int],
    moves: Mapping[tuple[str, str, str], int],
) -> Picture:
    """The machine with how many logs are in each state, and how often events moved one.

    `moves` counts by the state, the event and the state after it.
    """
    picture = state_graph(specification)
    names = {
        each.name: f"{each.name} ({states[each.name]:,})" if states.get(each.name) else each.name
        for each in picture.states
    }

    def mark(move: Move, label: Label) -> Label:
        count = moves.get((move.source, move.event, move.target), 0)
        return label._replace(after=counted(count) if count else "", look=TAKEN if count else NEVER)

    edges = marked(picture, mark, TAKEN)
    groups = (
        group._replace(members=tuple(names.get(each, each) for each in group.members))
        for group in picture.groups
    )
    return picture._replace(
        states=tuple(each._replace(name=names[each.name]) for each in picture.states),
        road=tuple(names[each] for each in picture.road),
        edges=tuple(e._replace(source=names[e.source], target=names[e.target]) for e in edges),
        groups=tuple(groups),
    )


def _merged(coverage: Coverage, generation: str | None) -> tuple[Specification, dict[Move, str]]:
    """The machine of all generations that occur, and which one a move is of ("": of all)."""
    specification = coverage.specification
    if generation is not None:
        return specification, {}
    kept = set(coverage.generations) or {specification.today.name}
    rows = [row for row in specification.transitions if row.generation in (None, *kept)]
    origins = {move_of(specification, row): row.generation or "" for row in rows}
    merged = tuple(dict.fromkeys(row._replace(generation=None) for row in rows))
    return specification._replace(transitions=merged), origins


def _state(state: PicturedState, coverage: Coverage) -> PicturedState:
    count = coverage.visits[state.name]
    if not count:
        return state._replace(look=NEVER, notes=("never",))
    return state._replace(look=TAKEN, notes=(counted(count),))


def _free_name(taken: set[str]) -> str:
    """The name of the box that is no state; no state has it."""
    name = "not in the model"
    while name in taken:
        name += "."
    return name


def _aliens(coverage: Coverage, target: str) -> tuple[Edge, ...]:
    """An edge from each state in which something came that is not defined there."""
    edges = []
    order = [state.name for state in coverage.specification.states]
    for state in sorted({state for state, _ in coverage.aliens}, key=order.index):
        found = Counter({e: n for (s, e), n in coverage.aliens.items() if s == state})
        # The most frequent first; of equal ones the first by name.
        ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        labels = [Label(_short(event), None, "", counted(n), ALIEN) for event, n in ranked]
        rest = ranked[_MOST_ALIENS:]
        if len(rest) > 1:
            total = counted(sum(n for _, n in rest))
            labels[_MOST_ALIENS:] = [Label(f"{len(rest)} further", None, "", total, ALIEN)]
        edges.append(Edge(state, target, BRANCH, tuple(labels), ALIEN))
    return tuple(edges)


def _short(event: str) -> str:
    shown = "".join(char if char.isprintable() else "?" for char in event) or '""'
    return cut(shown, 40)


def _caption(
    coverage: Coverage, picture: Picture, reachable: Collection[Transition] | None
) -> tuple[str, ...]:
    logs, events = several(coverage.logs, "eventlog"), several(coverage.events, "event")
    kinds = (("moves", "moved"), ("stays", "stayed"), ("silent", "silent"), ("alien", "undefined"))
    told = ", ".join(f"{coverage.outcomes[kind]:,} {word}" for kind, word in kinds)
    moves = [move for edge in picture.edges for move in moves_of(edge)]
    others = ""
    if reachable is not None:
        wanted = {move_of(coverage.specification, row) for row in reachable}
        left_out = len(moves)
        moves = [move for move in moves if move in wanted]
        left_out -= len(moves)
        others = f" that a writer can be asked for; {left_out} others are drawn" if left_out else ""
    never = sum(coverage.moves[move] == coverage.doubtful[move] for move in moves)
    doubtful = [move for move in moves if coverage.doubtful[move] == coverage.moves[move] > 0]
    only = ", ".join(f"{move.source} {move.event}" for move in doubtful)
    violating = ""
    if coverage.violating:
        verb = "violates" if coverage.violating == 1 else "violate"
        violating = f" {several(coverage.violating, 'eventlog')} {verb}"
        violating += f"; no other took {only}." if only else "."
    generations = ""
    if len(coverage.specification.generations) > 1:
        generations = f" Generations: {_counts(coverage.generations)}."
    return (
        f"{logs}, {events}: {told}. Never taken: {never} of {several(len(moves), 'move')}"
        f"{others}.{violating}{generations}",
        f"The logs end in: {_counts(coverage.ends)}.",
    )


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common())

"""How often logs took each edge of a machine, and the events for which it has no edge."""

from __future__ import annotations

from collections import Counter

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
from flux_conform.language.specification import Specification
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

    def add(self, course: Course) -> None:
        """Count a log."""
        self.generations[course.generation] += 1
        self.visits[self.specification.initial.name] += 1
        self.ends[course.state] += 1
        for event in course.events:
            self.outcomes["alien" if event.alien else event.outcome] += 1
            if event.transition is not None:
                self.moves[move_of(self.specification, event.transition)] += 1
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


def cover_picture(coverage: Coverage, generation: str | None = None) -> Picture:
    """The machine with counts on all states and edges.

    It shows the edges of all generations that the logs are of, or of the one that is named. What
    logs did where the machine defines nothing is an edge to a box that is no state: an event that
    is undefined in the state where it came, or came after the end. Such an event has no effect,
    so it leads nowhere; it is counted by the state and the name that the log gave it.

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
        caption=_caption(coverage, picture),
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


def _caption(coverage: Coverage, picture: Picture) -> tuple[str, ...]:
    logs, events = several(coverage.logs, "eventlog"), several(coverage.events, "event")
    kinds = (("moves", "moved"), ("stays", "stayed"), ("silent", "silent"), ("alien", "undefined"))
    told = ", ".join(f"{coverage.outcomes[kind]:,} {word}" for kind, word in kinds)
    moves = [move for edge in picture.edges for move in moves_of(edge)]
    never = sum(not coverage.moves[move] for move in moves)
    generations = ""
    if len(coverage.specification.generations) > 1:
        generations = f" Generations: {_counts(coverage.generations)}."
    return (
        f"{logs}, {events}: {told}. Never taken: {never} of {len(moves)} moves.{generations}",
        f"The logs end in: {_counts(coverage.ends)}.",
    )


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common())

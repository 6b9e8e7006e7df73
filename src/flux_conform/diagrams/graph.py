"""The neutral picture of a machine: what is drawn, without positions.

Every back end (DOT, SVG, TikZ, …) draws this value. It is computed from the specification alone:
which path is the main road, which edges lead back along it, and which leave it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from flux_conform.diagrams.marks import AS_IS, Legend, Note, Scene, Table
from flux_conform.diagrams.road import main_road
from flux_conform.language import Model, load
from flux_conform.language.expressions import Expression, Key, Name, Node, expand, rebuilt, show
from flux_conform.language.specification import MOVES, Specification, State, Transition

INITIAL, FINAL, REMOVED, PLAIN = "initial", "final", "removed", "plain"
"""The roles of a state: where logs begin, the captive end, the log deleted, any other."""

NOWHERE = "nowhere"
"""The role of a box that is no state: what logs did and the machine does not know leads there."""

STATES, DETAIL, TRACE, COVER, DIFF, LIFECYCLE = (
    *("states", "detail", "trace", "cover", "diff", "lifecycle"),
)
"""The views: what a picture of a machine can be about."""

MAIN, BACK, DETOUR, BRANCH = "main", "back", "detour", "branch"
"""The roles of an edge.

It follows the main road by one state; it leads back along it, or to the state that it comes from;
it leads forward past states of the road, or to where such an edge leads; or one of its ends does
not lie on the road.
"""


class Label(NamedTuple):
    """An event that moves the machine, with the guard's text where it has one.

    `before` and `after` are marks that a view puts about it (a step or "+", a count); `look` is one
    of `marks.LOOKS`.
    """

    event: str
    guard: str | None = None
    before: str = ""
    after: str = ""
    look: str = AS_IS

    def __str__(self) -> str:
        return " ".join(part for part in (self.before, self.plain, self.after) if part)

    @property
    def plain(self) -> str:
        """The event and its guard, without marks."""
        return self.event if self.guard is None else f"{self.event} [{self.guard}]"

    @property
    def bare(self) -> Label:
        """The label without marks; edges whose bare labels agree can share a rail."""
        return Label(self.event, self.guard)

    @property
    def marks(self) -> str:
        """The marks alone."""
        return " ".join(part for part in (self.before.rstrip(":"), self.after) if part)


class PicturedState(NamedTuple):
    """A state, its role, and what it means in a few words.

    A view adds what stands in its box: lines of `notes` below the name, and `flags`, the numbers
    of `Picture.notes` that belong there; `mark` stands before the name ("+").
    """

    name: str
    role: str
    says: str
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    look: str = AS_IS
    mark: str = ""

    @property
    def shown(self) -> str:
        """The name with its mark."""
        return f"{self.mark} {self.name}" if self.mark else self.name


class Edge(NamedTuple):
    """All transitions of one role between the same two states.

    `look` and `flags` are as those of a state.
    """

    source: str
    target: str
    role: str
    labels: tuple[Label, ...]
    look: str = AS_IS
    flags: tuple[str, ...] = ()


class Group(NamedTuple):
    """A virtual state: neighbours on the main road under one name.

    `height` counts the levels of groups within it; `mark` is what a view puts before the name.
    """

    name: str
    members: tuple[str, ...]
    height: int
    mark: str = ""

    @property
    def shown(self) -> str:
        """The name with its mark."""
        return f"{self.mark} {self.name}" if self.mark else self.name


class Picture(NamedTuple):
    """What there is to draw.

    `road` names the states of the main road, the initial one first. A group comes before those
    within it. Below the states stand a `legend`, lines of `caption`, a `table` and `notes`, where
    a view has them. A picture of `scenes` has these alone: neither states nor road nor edges.
    """

    name: str
    title: str
    generation: str
    states: tuple[PicturedState, ...] = ()
    road: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    edges: tuple[Edge, ...] = ()
    view: str = STATES
    legend: tuple[Legend, ...] = ()
    caption: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    table: Table | None = None
    scenes: tuple[Scene, ...] = ()

    @property
    def key(self) -> str:
        """A name that no other view of the machine has."""
        return self.name if self.view == STATES else f"{self.name}-{self.view}"

    @property
    def start(self) -> str:
        """The state that the initial marker points to."""
        return self.road[0]

    def inside(self, group: int | None) -> tuple[list[int], list[int]]:
        """The states and the groups, by place, directly inside a group, or outside all (None)."""

        def innermost(members: set[str], before: int) -> int | None:
            around = [p for p in range(before) if members <= set(self.groups[p].members)]
            return around[-1] if around else None

        count = len(self.groups)
        return (
            [p for p, state in enumerate(self.states) if innermost({state.name}, count) == group],
            [p for p, each in enumerate(self.groups) if innermost(set(each.members), p) == group],
        )


class UnknownGeneration(LookupError):
    """The specification has no generation of that name; `known` are those that it has."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        return f'no generation "{self.name}"; the known ones are {", ".join(self.known)}'


def state_graph(model: Model, generation: str | None = None) -> Picture:
    """The picture of a machine's states and of all transitions that move between them.

    Args:
        model: The machine, as `flux_conform.load` takes it.
        generation: The name of a generation; None is today's.

    Raises:
        UnknownGeneration: The specification has none of that name.
    """
    specification = load(model)
    known = tuple(each.name for each in specification.generations)
    if generation is None:
        generation = specification.today.name
    elif generation not in known:
        raise UnknownGeneration(generation, known)
    moves = [
        row
        for row in specification.transitions
        if row.outcome == MOVES and row.generation in (None, generation)
    ]
    order = [state.name for state in specification.states]
    road = _road(specification, moves, order)
    drawn = {state.name for state in specification.machine_states}
    drawn.update(end for row in moves for end in (row.source, _target(row)))
    return Picture(
        name=specification.name,
        title=specification.title,
        generation=generation,
        states=tuple(
            PicturedState(state.name, _role(state), state.says)
            for state in specification.states
            if state.name in drawn
        ),
        road=road,
        groups=_groups(specification, road),
        edges=_edges(specification, moves, road, order),
    )


def _role(state: State) -> str:
    if state.removed:
        return REMOVED
    if state.final:
        return FINAL
    return INITIAL if state.initial else PLAIN


def _target(row: Transition) -> str:
    assert row.target is not None, "a transition that moves has a target"
    return row.target


def _road(
    specification: Specification, moves: Iterable[Transition], order: list[str]
) -> tuple[str, ...]:
    # A removed log has left the machine: that end is no road's.
    removed = {state.name for state in specification.states if state.removed}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in moves:
        found[row.source].add(_target(row))
    successors = {
        source: [target for target in order if target in found[source] - removed]
        for source in order
    }
    final = next((state.name for state in specification.states if state.final), None)
    return main_road(specification.initial.name, final, successors)


def _edges(
    specification: Specification, moves: list[Transition], road: tuple[str, ...], order: list[str]
) -> tuple[Edge, ...]:
    places = {name: place for place, name in enumerate(road)}
    steps = {row: _step(row, places) for row in moves}
    labels = {row: _label(specification, row) for row in moves}
    # What leads past states leads to the same end from the last of them: one kind of edge, one
    # look, and so one rail to draw. But an edge of the road keeps at least one event.
    past = {(labels[row], row.target) for row in moves if (step := steps[row]) and step > 1}
    one_step = {row for row in moves if steps[row] == 1}
    stays_main = {row for row in one_step if (labels[row], row.target) not in past}
    kept = {row.source for row in stays_main}
    stays_main |= {row for row in one_step if row.source not in kept}

    def role(row: Transition) -> str:
        step = steps[row]
        if step is None:
            return BRANCH
        if step < 1:
            return BACK
        return MAIN if row in stays_main else DETOUR

    found: defaultdict[tuple[str, str, str], dict[Label, None]] = defaultdict(dict)
    for row in moves:
        found[row.source, _target(row), role(row)][labels[row]] = None
    edges = [
        Edge(source, target, role, tuple(seen)) for (source, target, role), seen in found.items()
    ]
    return tuple(
        sorted(edges, key=lambda edge: (order.index(edge.source), order.index(edge.target)))
    )


def _step(row: Transition, places: dict[str, int]) -> int | None:
    """How many states further along the road a transition leads; None where it is not on it."""
    source, target = places.get(row.source), places.get(_target(row))
    return None if source is None or target is None else target - source


def _label(specification: Specification, row: Transition) -> Label:
    return Label(row.event, None if row.when is None else guard_text(specification, row.when))


def guard_text(specification: Specification, when: Expression) -> str:
    """A guard as a reader of the picture needs it: definitions put in, keys without their dot.

    The dot stays where a variable has the key's name.
    """
    variables = {variable.name for variable in specification.variables}

    def plain(node: Node) -> Node:
        if isinstance(node, Key) and node.name and node.name not in variables:
            return Name(node.name)
        return rebuilt(node, plain)

    return show(plain(expand(when.tree, specification.definition_table)))


def _groups(specification: Specification, road: tuple[str, ...]) -> tuple[Group, ...]:
    """The virtual states that are a stretch of the road and cut across none before them."""
    kept: dict[str, frozenset[str]] = {}
    for virtual in specification.virtual_states:
        members = frozenset(virtual.members)
        places = sorted(road.index(name) for name in members if name in road)
        on_road = len(places) == len(members) > 0
        if (
            on_road
            and places[-1] - places[0] == len(places) - 1
            and all(
                members <= other or other <= members or not members & other
                for other in kept.values()
            )
        ):
            kept[virtual.name] = members
    # The widest first, so that whoever draws them in this order paints no group over its members.
    names = sorted(kept, key=lambda name: -len(kept[name]))
    heights: dict[str, int] = {}
    for place in reversed(range(len(names))):
        inner = [name for name in names[place + 1 :] if kept[name] <= kept[names[place]]]
        heights[names[place]] = 1 + max((heights[name] for name in inner), default=-1)
    return tuple(
        Group(name, tuple(state for state in road if state in kept[name]), heights[name])
        for name in names
    )

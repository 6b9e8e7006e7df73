"""Runs of the explicit instance from the point where somebody begins to wait.

Every log given is as short as the instance allows; of logs in which a checker finds nothing the
shortest, where there is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from itertools import count
from typing import NamedTuple

from flux_conform.language.specification import MOVES, Transition
from flux_conform.machine.exploration import (
    Exploration,
    by_target,
    forward,
    path_to,
    towards,
)
from flux_conform.machine.space import Edge, Paths
from flux_conform.prove.prover import ADMITS, QUIET, Prover, run_kind
from flux_conform.prove.witnesses import Run, run_of


class WaitedRun(NamedTuple):
    """A run, and how many of its events come before the wait begins."""

    run: Run
    waits_after: int

    @property
    def seen(self) -> tuple[str, ...]:
        """The names of the events that come while somebody waits."""
        return tuple(event.name for event in self.run.events[self.waits_after :])


class CyclicRun(NamedTuple):
    """A run whose last `once` events are a cycle: they end in the configuration they began in."""

    course: WaitedRun
    once: int

    @property
    def states(self) -> tuple[str, ...]:
        """The states of one round, the first of them at both ends; none twice in a row."""
        events = self.course.run.events[-self.once :]
        found = [events[-1].state]
        for event in events:
            if event.state != found[-1]:
                found.append(event.state)
        return tuple(found)


class ExploredRuns:
    """The explicit instance for runs that obey `assuming`, with silent steps or without."""

    def __init__(self, prover: Prover, assuming: str, silent: bool) -> None:
        self.search = prover.search(assuming)
        self.kind = run_kind(silent)
        self._prover = prover
        self._assuming = assuming
        self.state = [self.search.state_of(n) for n in range(len(self.search.configurations))]
        self.reached = self.paths(self.kind).reached
        self._depths: dict[str, dict[int, int]] = {}
        self._rings: dict[tuple[str, frozenset[str]], frozenset[int]] = {}

    def paths(self, kind: str) -> Paths:
        """The shortest logs to configurations over the edges of a kind."""
        return self._prover.paths(self._assuming, kind)

    def inside(self, states: Collection[str]) -> list[int]:
        """The configurations in some states that runs reach, the nearest first."""
        return [n for n in self.paths(self.kind).order if self.state[n] in states]

    @cached_property
    def _into(self) -> dict[int, list[Edge]]:
        """The edges that runs may take, by the configuration that they lead to."""
        admits = ADMITS[self.kind]
        return by_target(e for edges in self.search.edges for e in edges if admits(e))

    @cached_property
    def taken(self) -> frozenset[Transition]:
        """The transitions between states that some run of the instance takes."""
        return self.taken_from(range(len(self.state)))

    def taken_from(self, numbers: Iterable[int]) -> frozenset[Transition]:
        """The transitions between states that are taken at these configurations."""
        admits = ADMITS[self.kind]
        rows: dict[int, Transition] = {}
        for number in numbers:
            if self.reached[number]:
                for edge in self.search.edges[number]:
                    row = edge.row
                    if row is not None and row.outcome == MOVES and admits(edge):
                        rows[id(row)] = row
        return frozenset(rows.values())

    def after(self, starts: Iterable[int], avoiding: Collection[str] = ()) -> set[int]:
        """The starts and all that may come after them, no state of `avoiding` being entered."""
        admits = ADMITS[self.kind]

        def enters(edge: Edge) -> bool:
            return admits(edge) and self.state[edge.target] not in avoiding

        return set(forward(starts, self.search.edges.__getitem__, enters))

    def before(self, goals: Iterable[int]) -> set[int]:
        """The goals and all configurations from which one of them can be reached."""
        return set(towards(goals, self._into, lambda edge: True))

    def entries(self, states: Collection[str]) -> list[Edge]:
        """The edges that enter the states from elsewhere."""
        admits = ADMITS[self.kind]
        inside = [state in states for state in self.state]
        return [
            edge
            for number in self.paths(self.kind).order
            if not inside[number]
            for edge in self.search.edges[number]
            if inside[edge.target] and admits(edge)
        ]

    # Logs

    def course(
        self,
        starts: Collection[int],
        goal: Callable[[int], bool],
        avoiding: Collection[str] = (),
        *,
        late: bool = False,
    ) -> tuple[WaitedRun, int] | None:
        """A shortest log through a start to a goal, and the goal; None where there is none.

        From the start on, no state of `avoiding` is entered. With `late`, what comes after the
        start is as short as can be, however long the way to it.
        """
        for kind in dict.fromkeys((QUIET, self.kind)):
            found = self._hunt(kind, starts, goal, avoiding, late)
            if found is not None:
                head, tail, place = found
                return WaitedRun(run_of(self.search, [*head, *tail]), len(head)), place
        return None

    def cyclic_run(
        self, starts: Collection[int], group: frozenset[str], avoiding: Collection[str]
    ) -> CyclicRun | None:
        """A shortest log through a start to a round within a group of states, gone round once."""
        for kind in dict.fromkeys((QUIET, self.kind)):
            ring = self._ring(kind, group)
            found = self._hunt(kind, starts, ring.__contains__, avoiding, False) if ring else None
            if found is not None:
                head, tail, place = found
                once = self._around(kind, place, ring)
                run = run_of(self.search, [*head, *tail, *once])
                return CyclicRun(WaitedRun(run, len(head)), len(once))
        return None

    def _hunt(
        self,
        kind: str,
        starts: Collection[int],
        goal: Callable[[int], bool],
        avoiding: Collection[str],
        late: bool,
    ) -> tuple[list[Edge], list[Edge], int] | None:
        """The edges of a log to a start and from there to a goal, and the goal.

        A start joins when all shorter logs than its own have been looked at.
        """
        depths = self._depth(kind)
        admits = ADMITS[kind]
        joining: defaultdict[int, list[int]] = defaultdict(list)
        for number in sorted(depths.keys() & starts):
            joining[0 if late else depths[number]].append(number)
        last: dict[int, Edge | None] = {}
        frontier: list[int] = []
        for level in count():
            new = [number for number in joining.pop(level, ()) if number not in last]
            last.update(dict.fromkeys(new))
            following: list[int] = []
            for number in (*frontier, *new):
                if goal(number):
                    tail = path_to(last, number)
                    head = self.paths(kind).to(tail[0].source if tail else number)
                    return head, tail, number
                for edge in self.search.edges[number]:
                    target = edge.target
                    if target not in last and admits(edge) and self.state[target] not in avoiding:
                        last[target] = edge
                        following.append(target)
            frontier = following
            if not frontier and not joining:
                break
        return None

    def _depth(self, kind: str) -> dict[int, int]:
        if kind not in self._depths:
            paths = self.paths(kind)
            depths: dict[int, int] = {}
            for number in paths.order:
                edge = paths.last[number]
                depths[number] = 0 if edge is None else depths[edge.source] + 1
            self._depths[kind] = depths
        return self._depths[kind]

    # Rounds

    def _ring(self, kind: str, group: frozenset[str]) -> frozenset[int]:
        """The configurations of a group of states that can come round through another state."""
        key = (kind, group)
        if key not in self._rings:
            admits = ADMITS[kind]
            depths = self._depth(kind)
            graph = {
                n: [
                    edge.target
                    for edge in self.search.edges[n]
                    if admits(edge) and self.state[edge.target] in group
                ]
                for n in depths
                if self.state[n] in group
            }
            parts = strong_parts(graph)
            self._rings[key] = frozenset(
                n for part in parts if len({self.state[n] for n in part}) > 1 for n in part
            )
        return self._rings[key]

    def _around(self, kind: str, start: int, ring: frozenset[int]) -> list[Edge]:
        """The edges of a shortest round from a configuration of a ring, through another state."""
        admits = ADMITS[kind]
        begun, round_ = (start, False), (start, True)
        exploration: Exploration[tuple[int, bool], Edge] = Exploration(begun)
        for place in exploration.pending():
            number, changed = exploration.nodes[place]
            for edge in self.search.edges[number]:
                if edge.target in ring and admits(edge):
                    after = (edge.target, changed or self.state[edge.target] != self.state[start])
                    reached = exploration.add(after, place, edge)
                    if after == round_:
                        return [met.label for met in exploration.path(reached)]
        raise AssertionError("a ring can be gone round")


def strong_parts(graph: dict[int, list[int]]) -> list[list[int]]:
    """The strongly connected parts of a graph: Kosaraju's two sweeps, without recursion."""
    finished: list[int] = []
    met: set[int] = set()
    for root in graph:
        if root in met:
            continue
        met.add(root)
        stack = [(root, iter(graph[root]))]
        while stack:
            number, targets = stack[-1]
            following = next((t for t in targets if t not in met), None)
            if following is None:
                finished.append(number)
                stack.pop()
            else:
                met.add(following)
                stack.append((following, iter(graph[following])))
    back: dict[int, list[int]] = {number: [] for number in graph}
    for number, onward in graph.items():
        for target in onward:
            back[target].append(number)
    parts: list[list[int]] = []
    placed: set[int] = set()
    for root in reversed(finished):
        if root in placed:
            continue
        placed.add(root)
        part = [root]
        for number in part:
            for source in back[number]:
                if source not in placed:
                    placed.add(source)
                    part.append(source)
        parts.append(part)
    return parts

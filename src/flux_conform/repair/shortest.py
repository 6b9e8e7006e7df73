"""Search for the smallest repair, over positions in the log, configurations and changes made.

A node consists of a position (the number of lines consumed), the configuration there, and
optionally a line that is being moved. Consuming the next line unchanged is free, and possible if
that causes no violation. Nodes are expanded by the number of changes, then by position, so a node
has its least cost and all of its cheapest parents when it is expanded. A node that was reached with
fewer changes is not expanded again: whatever is possible from there was cheaper before.

A change after the first violation cannot repair it, so changes are tried only before the furthest
position that was reached with one change less.

A line that violates a rule in itself must be changed or dropped in every repair. One change of each
such line is therefore not counted against the limit: it does not multiply the number of nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from time import thread_time
from typing import TypeAlias

from flux_conform.repair import costs
from flux_conform.repair.costs import Cost, EventStatistics
from flux_conform.repair.edit_script import (
    Bounds,
    Dropped,
    EditScript,
    Inserted,
    Moved,
    Operation,
    Replaced,
    SearchResult,
)
from flux_conform.repair.edits import content_of_change
from flux_conform.repair.insertions import Insertions
from flux_conform.repair.log_lines import Line, is_faulty, is_repeat, may_be_empty
from flux_conform.repair.replacements import Replacements

NOT_MOVING = -1
Key: TypeAlias = tuple[int, int]
"""A configuration, and the index of the line that is being moved, or NOT_MOVING.

A line ahead of the position was consumed early and is skipped when it is reached. A line behind the
position is yet to be placed.
"""

_FINDING, _DOUBT = 1 << 40, 1 << 20
_MAX_SCRIPTS = 256
"""Maximum number of edit scripts that are reconstructed."""


class Node:
    """The least cost of a node, and the parents from which it is reached at that cost."""

    __slots__ = ("cost", "parents")

    def __init__(self, cost: int) -> None:
        self.cost = cost
        self.parents: list[tuple[int, int, Key, Operation | None]] = []


class Search:
    """One search through one log."""

    def __init__(
        self,
        insertions: Insertions,
        lines: Sequence[Line],
        bounds: Bounds,
        start: int | None = None,
    ) -> None:
        """The search begins in the configuration `start`; by default, in the initial one."""
        self.walker = insertions.walker
        self.start = insertions.walker.start if start is None else start
        self.lines = lines
        # If no line has an event, all events are inserted, and their number must be limited.
        has_events = any(line.happening is not None for line in lines)
        self.faulty = [has_events and is_faulty(insertions.walker, line) for line in lines]
        self.bounds = bounds
        self.insertions = insertions
        self.replacements = Replacements(insertions)
        self.occurrences = Counter(line.content for line in lines)
        self.statistics = EventStatistics(
            insertions.machine.specification, [line.event for line in lines]
        )
        self.deadline = thread_time() + bounds.seconds
        self.exact = True
        # Indexed by the number of changes, then by position.
        self.nodes: list[dict[int, dict[Key, Node]]] = []
        self.furthest: list[int] = []

    def run(self) -> SearchResult:
        """Return the cheapest edit scripts."""
        self.insertions.forget_nearby()
        # Lines that violate in themselves are corrected on the first level, so their nearby values
        # are needed before any other line fails.
        for index in [index for index, faulty in enumerate(self.faulty) if faulty][:_FAILED]:
            self._add_around(index)
        for made in range(self.bounds.changes + 1):
            if not self._expand_level(made):
                return SearchResult(None, (), made - 1, False)
            found = self._goals(made)
            if found is not None:
                return found
        return SearchResult(None, (), self.bounds.changes, self.exact)

    # Levels: one per number of changes

    def _expand_level(self, made: int) -> bool:
        """Expand all nodes with `made` changes; return False if the time runs out."""
        while len(self.nodes) <= made + 1:
            self.nodes.append({})
        level = self.nodes[made]
        self.furthest.append(0)
        if made == 0:
            level[0] = {(self.start, NOT_MOVING): Node(0)}
        failed: dict[int, list[int]] = {}
        back = 0
        if made:
            back = max(0, self.furthest[made - 1] - self.bounds.back)
            self.exact = self.exact and back == 0
        for place in range(len(self.lines) + 1):
            if made and place >= back:
                for key, node in list(self.nodes[made - 1].get(place, {}).items()):
                    if key[1] == NOT_MOVING:
                        self._add_changes(made, place, key[0], node)
                    if thread_time() > self.deadline:
                        return False
            here = level.get(place)
            if here:
                self._expand(made, place, here, failed)
            if here and not made and not any(self.faulty):
                # No change will be tried that far back.
                level.pop(place - self.bounds.back - 1, None)
            if thread_time() > self.deadline:
                return False
        for index in sorted(failed)[-_FAILED:]:
            self.insertions.add_nearby([self.lines[index]], failed[index][:_FAILED])
            self._add_around(index)
        return True

    def _add_around(self, index: int) -> None:
        """Collect the values of the lines around a line, if the log is short."""
        if len(self.lines) <= self.bounds.reach:
            self.insertions.add_nearby(self.lines[max(0, index - _AROUND) : index + _AROUND])

    def _expand(
        self, made: int, place: int, here: dict[Key, Node], failed: dict[int, list[int]]
    ) -> None:
        """Expand the nodes of a position without a change."""
        for key in [key for key in here if NOT_MOVING < key[1] < place]:
            self._place_moved(made, place, key, here[key])
        reached = [self.nodes[fewer].get(place, {}) for fewer in range(made)]
        for key in [key for key in here if any(key in nodes for nodes in reached)]:
            del here[key]
        self.furthest[made] = max(self.furthest[made], place)
        if place == len(self.lines):
            return
        line = self.lines[place]
        for key, node in list(here.items()):
            configuration, moving = key
            if moving == place:
                beside = configuration, NOT_MOVING
                self._add_node(made, place + 1, beside, node.cost, (made, place, key, None))
                continue
            if moving != NOT_MOVING and place - moving > self.bounds.reach:
                self.exact = False
                continue
            taken = None
            if line.is_sound and line.happening is not None:
                taken = self.walker.take(configuration, line.happening)
            if taken is not None:
                cost = node.cost + taken.findings * _FINDING
                self._add_node(
                    made, place + 1, (taken.after, moving), cost, (made, place, key, None)
                )
            elif self.faulty[place]:
                self._correct_faulty(made, place, key, node.cost)
            else:
                failed.setdefault(place, []).append(configuration)

    def _correct_faulty(self, made: int, place: int, key: Key, cost: int) -> None:
        """Replace or drop a line that violates in itself; one such change is not counted."""
        before = made, place, key
        doubt = self._drop_doubt(place) * _DOUBT
        self._add_node(made, place + 1, key, cost + doubt, (*before, Dropped(place)))
        self._replace_line(made, place, key, cost, before)

    def _replace_line(
        self, made: int, place: int, key: Key, cost: int, before: tuple[int, int, Key]
    ) -> None:
        """Replace a line; each changed value beyond the first counts as another change."""
        line = self.lines[place]
        configuration, moving = key
        alike = set()
        for replacement in self.replacements.of(line, configuration):
            if replacement.happening == line.happening and not line.checks:
                continue
            taken = self.walker.take(configuration, replacement.happening)
            # Of replacements that differ only in example values, one is enough.
            kind = taken, replacement.doubt, tuple(map(content_of_change, replacement.changes))
            if taken is not None and kind not in alike:
                alike.add(kind)
                total = cost + taken.findings * _FINDING + replacement.doubt * _DOUBT
                self._add_node(
                    made + len(replacement.changes) - 1,
                    place + 1,
                    (taken.after, moving),
                    total,
                    (*before, Replaced(place, replacement)),
                )

    def _place_moved(self, made: int, place: int, key: Key, node: Node) -> None:
        configuration, moving = key
        # A move across a single line is found as the move of that line in the other direction.
        happening = self.lines[moving].happening
        if place <= moving + 2 or happening is None:
            return
        if place <= self.furthest[made - 1] and self._is_far(made, moving):
            return
        taken = self.walker.take(configuration, happening)
        if taken is None:
            return
        cost = node.cost + taken.findings * _FINDING + self._time_doubt(moving, place)
        cost += place - moving - 1
        self._add_node(
            made, place, (taken.after, NOT_MOVING), cost, (made, place, key, Moved(moving, place))
        )

    def _add_node(
        self,
        made: int,
        place: int,
        key: Key,
        cost: int,
        parent: tuple[int, int, Key, Operation | None],
    ) -> None:
        while len(self.nodes) <= made:
            self.nodes.append({})
        here = self.nodes[made].setdefault(place, {})
        node = here.get(key)
        if node is None or cost < node.cost:
            node = here[key] = Node(cost)
        if cost == node.cost:
            node.parents.append(parent)

    # Changes

    def _add_changes(self, made: int, place: int, configuration: int, node: Node) -> None:
        """Apply every change at a position; the new nodes have `made` changes."""
        key = configuration, NOT_MOVING
        before = made - 1, place, key
        for insertion in self.insertions.at(configuration):
            taken = self.walker.take(configuration, insertion.happening)
            if taken is None or taken.after == configuration:
                continue
            name = self.walker.happenings[insertion.happening].name
            cost = node.cost + taken.findings * _FINDING + insertion.doubt * _DOUBT
            cost += self.statistics.oddity(name, place)
            self._add_node(
                made, place, (taken.after, NOT_MOVING), cost, (*before, Inserted(place, insertion))
            )
        if place == len(self.lines):
            return
        line = self.lines[place]
        if self.faulty[place]:
            self._move_earlier(made, place, configuration, node, before)
            return
        if self._may_drop(place, configuration):
            cost = node.cost + self._drop_doubt(place) * _DOUBT
            self._add_node(made, place + 1, key, cost, (*before, Dropped(place)))
        self._replace_line(made, place, key, node.cost, before)
        if line.is_sound:
            cost = node.cost + costs.DENIED_ORDER * _DOUBT
            self._add_node(made, place + 1, (configuration, place), cost, (*before, None))
        self._move_earlier(made, place, configuration, node, before)

    def _may_drop(self, place: int, configuration: int) -> bool:
        """Return whether a line may be dropped.

        Of repeated lines only the last may be dropped, except where the line causes a violation.
        """
        if place + 1 == len(self.lines) or not is_repeat(self.lines, place + 1):
            return True
        happening = self.lines[place].happening
        return happening is None or self.walker.take(configuration, happening) is None

    def _move_earlier(
        self, made: int, place: int, configuration: int, node: Node, before: tuple[int, int, Key]
    ) -> None:
        end = min(len(self.lines), place + self.bounds.reach + 1)
        if end < len(self.lines):
            self.exact = False
        failing = self.furthest[made - 1]
        begin = max(place + 1, failing) if self._is_far(made, place) else place + 1
        for index in range(begin, end):
            happening = self.lines[index].happening
            if happening is None or self.faulty[index]:
                continue
            taken = self.walker.take(configuration, happening)
            # An event that changes nothing needs to move only if it violates where it is.
            if taken is None or (index > failing and taken.after == configuration):
                continue
            cost = node.cost + taken.findings * _FINDING + costs.DENIED_ORDER * _DOUBT
            cost += self._time_doubt(index, place) + index - place
            self._add_node(made, place, (taken.after, index), cost, (*before, Moved(index, place)))

    def _is_far(self, made: int, place: int) -> bool:
        """Return whether a place is too far before the violation for moves that do not cross it."""
        if len(self.lines) <= self.bounds.reach:
            return False
        return place < self.furthest[made - 1] - self.bounds.near

    def _drop_doubt(self, index: int) -> int:
        """Return the doubt of dropping a line."""
        line = self.lines[index]
        if line.happening is None:
            return costs.UNREADABLE
        if is_repeat(self.lines, index):
            return costs.REPEATED
        if self.occurrences[line.content] > 1:
            return costs.DUPLICATED
        denied = costs.DENIED_EVENT + costs.DENIED_VALUE * len(line.context or ())
        return denied + (costs.DENIED_STATE if line.event in self.insertions.state_changing else 0)

    def _time_doubt(self, index: int, before: int) -> int:
        """Return the doubt of the new time of a line that moves."""
        now = self.lines[index].timestamp
        if now is None:
            return costs.WRITTEN * _DOUBT
        earlier = self.lines[before - 1].timestamp if before else None
        later = self.lines[before].timestamp if before < len(self.lines) else None
        fits = (earlier is None or earlier <= now) and (later is None or now <= later)
        return 0 if fits else costs.WRITTEN * _DOUBT

    # Goals

    def _goals(self, made: int) -> SearchResult | None:
        place = len(self.lines)
        empty = may_be_empty(self.walker)
        goals = {
            key: node
            for key, node in self.nodes[made].get(place, {}).items()
            if key[1] == NOT_MOVING
            and (empty or self.walker.configurations[key[0]].generation is not None)
        }
        if not goals:
            return None
        least = min(node.cost for node in goals.values())
        scripts: list[EditScript] = []
        for key, node in goals.items():
            if node.cost == least:
                most = max(1, _MAX_SCRIPTS - len(scripts))
                scripts += islice(self._scripts_to(made, place, key), most)
        self.exact = self.exact and len(scripts) < _MAX_SCRIPTS
        cost = cost_of(made + sum(self.faulty), least)
        return SearchResult(cost, tuple(scripts), made, self.exact)

    def _scripts_to(self, made: int, place: int, key: Key) -> Iterator[EditScript]:
        """Yield the edit scripts that lead to a node, reconstructed from the end."""
        pending: list[tuple[int, int, Key, tuple[Operation, ...]]] = [(made, place, key, ())]
        while pending:
            made, place, key, operations = pending.pop()
            parents = self.nodes[made].get(place, {key: NO_NODE})[key].parents
            if not parents or (made == 0 and not any(self.faulty)):
                yield operations
                continue
            for less, there, other, operation in reversed(parents):
                more = operations if operation is None else (operation, *operations)
                pending.append((less, there, other, more))


def cost_of(changes: int, weight: int) -> Cost:
    """Return the cost of a number of changes and the accumulated weight of a node."""
    findings, rest = divmod(weight, _FINDING)
    return Cost(changes, findings, *divmod(rest, _DOUBT))


NO_NODE = Node(0)
_FAILED, _AROUND = 8, 50
"""Maximum number of failing lines, and of lines around them, whose values are tried elsewhere."""

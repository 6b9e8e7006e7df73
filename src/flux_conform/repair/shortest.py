"""The search for the smallest repair: over places of the log, configurations and changes made.

A node is a place of the log (so many of its lines are behind), the configuration there, and a
line that is on its way to another place, if any. Taking the next line as it stands costs no
change and is open where it breaks nothing that counts. Nodes are met in the order of changes
made, and for as many changes in the order of the lines, so that each has its least cost and all
the ways to it when it is left. A node that was met with fewer changes is not met again: whatever
can be done from there cost less before.

A change behind the first line that breaks something mends nothing, so that changes are looked
for before it alone; a further one only before the furthest line that was come to with those
before it.

A line that is wrong in itself, whatever came before it, must change or go in every repair. So one
change on each of these is counted apart: they multiply nothing, and the bound is on the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from time import thread_time
from typing import TypeAlias

from flux_conform.repair import costs
from flux_conform.repair.costs import Cost
from flux_conform.repair.edits import content_of_change
from flux_conform.repair.event_statistics import Familiar
from flux_conform.repair.insertions import Letters
from flux_conform.repair.log_lines import Line, is_faulty, is_repeat, may_be_empty
from flux_conform.repair.replacements import Forms
from flux_conform.repair.ways import (
    Bounds,
    Dropped,
    Formed,
    Found,
    Inserted,
    Moved,
    Operation,
    Way,
)

NOT_MOVING = -1
Key: TypeAlias = tuple[int, int]
"""A configuration, and the index of the line that is on its way, or NOT_MOVING.

Where the line is still ahead it was taken before its turn, and is passed over there; where it is
behind it is yet to be put down.
"""

_FINDING, _DOUBT = 1 << 40, 1 << 20
_WAYS = 256
"""So many ways are followed back at most."""


class Node:
    """A node with its least cost, and where it is come to from at that cost."""

    __slots__ = ("cost", "parents")

    def __init__(self, cost: int) -> None:
        self.cost = cost
        self.parents: list[tuple[int, int, Key, Operation | None]] = []


class Search:
    """One search through one log."""

    def __init__(
        self, letters: Letters, lines: Sequence[Line], bounds: Bounds, start: int | None = None
    ) -> None:
        """The lines are met from the configuration `start` on; by default from the beginning."""
        self.walker = letters.walker
        self.start = letters.walker.start if start is None else start
        self.lines = lines
        # Where no line is an event all would be made up, and that is bounded.
        has_events = any(line.happening is not None for line in lines)
        self.faulty = [has_events and is_faulty(letters.walker, line) for line in lines]
        self.bounds = bounds
        self.letters = letters
        self.forms = Forms(letters)
        self.told = Counter(line.content for line in lines)
        self.familiar = Familiar(letters.machine.specification, lines)
        self.deadline = thread_time() + bounds.seconds
        self.exact = True
        # By changes made, then by place.
        self.nodes: list[dict[int, dict[Key, Node]]] = []
        self.furthest: list[int] = []

    def run(self) -> Found:
        """The ways of least cost."""
        self.letters.forget_near()
        # What is wrong in itself is put right before anything is known to break elsewhere.
        for index in [index for index, faulty in enumerate(self.faulty) if faulty][:_FAILED]:
            self._add_around(index)
        for made in range(self.bounds.changes + 1):
            if not self._level(made):
                return Found(None, (), made - 1, False)
            found = self._goals(made)
            if found is not None:
                return found
        return Found(None, (), self.bounds.changes, self.exact)

    # One number of changes

    def _level(self, made: int) -> bool:
        """Meet all nodes with so many changes; False where the time is over."""
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
                        self._change(made, place, key[0], node)
                    if thread_time() > self.deadline:
                        return False
            here = level.get(place)
            if here:
                self._pass(made, place, here, failed)
            if here and not made and not any(self.faulty):
                # No change will be tried as far back as there.
                level.pop(place - self.bounds.back - 1, None)
            if thread_time() > self.deadline:
                return False
        for index in sorted(failed)[-_FAILED:]:
            self.letters.add_near([self.lines[index]], failed[index][:_FAILED])
            self._add_around(index)
        return True

    def _add_around(self, index: int) -> None:
        """Note what the lines around one bear, where the log is short."""
        if len(self.lines) <= self.bounds.reach:
            self.letters.add_near(self.lines[max(0, index - _AROUND) : index + _AROUND])

    def _pass(
        self, made: int, place: int, here: dict[Key, Node], failed: dict[int, list[int]]
    ) -> None:
        """Leave the nodes of a place without a change."""
        for key in [key for key in here if NOT_MOVING < key[1] < place]:
            self._put_down(made, place, key, here[key])
        for key in [key for key in here if self._is_known(made, place, key)]:
            del here[key]
        self.furthest[made] = max(self.furthest[made], place)
        if place == len(self.lines):
            return
        line = self.lines[place]
        for key, node in list(here.items()):
            configuration, moving = key
            if moving == place:
                self._meet(made, place + 1, (configuration, NOT_MOVING), node.cost,
                           (made, place, key, None))  # fmt: skip
                continue
            if moving != NOT_MOVING and place - moving > self.bounds.reach:
                self.exact = False
                continue
            taken = None
            if line.is_sound and line.happening is not None:
                taken = self.walker.take(configuration, line.happening)
            if taken is not None:
                cost = node.cost + taken.findings * _FINDING
                self._meet(made, place + 1, (taken.after, moving), cost, (made, place, key, None))
            elif self.faulty[place]:
                self._put_right(made, place, key, node.cost)
            else:
                failed.setdefault(place, []).append(configuration)

    def _put_right(self, made: int, place: int, key: Key, cost: int) -> None:
        """Mend a line that is wrong in itself, or drop it: one change of these is not counted."""
        before = made, place, key
        doubt = self._of_dropping(place) * _DOUBT
        self._meet(made, place + 1, key, cost + doubt, (*before, Dropped(place)))
        self._form(made, place, key, cost, before)

    def _form(
        self, made: int, place: int, key: Key, cost: int, before: tuple[int, int, Key]
    ) -> None:
        """Give a line other forms; each value beyond the first is a change of its own."""
        line = self.lines[place]
        configuration, moving = key
        alike = set()
        for form in self.forms.of(line, configuration):
            if form.happening == line.happening and not line.checks:
                continue
            taken = self.walker.take(configuration, form.happening)
            # Of examples that differ in nothing else one is enough.
            kind = taken, form.doubt, tuple(map(content_of_change, form.changes))
            if taken is not None and kind not in alike:
                alike.add(kind)
                total = cost + taken.findings * _FINDING + form.doubt * _DOUBT
                self._meet(made + len(form.changes) - 1, place + 1, (taken.after, moving), total,
                           (*before, Formed(place, form)))  # fmt: skip

    def _put_down(self, made: int, place: int, key: Key, node: Node) -> None:
        configuration, moving = key
        # A move over one line is the move of that line over this one.
        happening = self.lines[moving].happening
        if place <= moving + 2 or happening is None:
            return
        if place <= self.furthest[made - 1] and self._is_far(made, moving):
            return
        taken = self.walker.take(configuration, happening)
        if taken is None:
            return
        cost = node.cost + taken.findings * _FINDING + self._rewritten(moving, place)
        cost += place - moving - 1
        self._meet(made, place, (taken.after, NOT_MOVING), cost,
                   (made, place, key, Moved(moving, place)))  # fmt: skip

    def _is_known(self, made: int, place: int, key: Key) -> bool:
        return any(key in self.nodes[fewer].get(place, ()) for fewer in range(made))

    def _meet(
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

    def _change(self, made: int, place: int, configuration: int, node: Node) -> None:
        """All changes at a place, to nodes with so many made."""
        key = configuration, NOT_MOVING
        before = made - 1, place, key
        for letter in self.letters.at(configuration):
            taken = self.walker.take(configuration, letter.happening)
            if taken is None or taken.after == configuration:
                continue
            name = self.walker.happenings[letter.happening].name
            cost = node.cost + taken.findings * _FINDING + letter.doubt * _DOUBT
            cost += self.familiar.oddity(name, place)
            self._meet(made, place, (taken.after, NOT_MOVING), cost,
                       (*before, Inserted(place, letter)))  # fmt: skip
        if place == len(self.lines):
            return
        line = self.lines[place]
        if self.faulty[place]:
            self._take_early(made, place, configuration, node, before)
            return
        if self._may_go(place, configuration):
            cost = node.cost + self._of_dropping(place) * _DOUBT
            self._meet(made, place + 1, key, cost, (*before, Dropped(place)))
        self._form(made, place, key, node.cost, before)
        if line.is_sound:
            cost = node.cost + costs.DENIED_ORDER * _DOUBT
            self._meet(made, place + 1, (configuration, place), cost, (*before, None))
        self._take_early(made, place, configuration, node, before)

    def _may_go(self, place: int, configuration: int) -> bool:
        """Whether a line may be dropped: of repeated ones the last, but for what cannot stay."""
        if place + 1 == len(self.lines) or not is_repeat(self.lines, place + 1):
            return True
        happening = self.lines[place].happening
        return happening is None or self.walker.take(configuration, happening) is None

    def _take_early(
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
            # What changes nothing could only go because it must not stay where it is.
            if taken is None or (index > failing and taken.after == configuration):
                continue
            cost = node.cost + taken.findings * _FINDING + costs.DENIED_ORDER * _DOUBT
            cost += self._rewritten(index, place) + index - place
            self._meet(made, place, (taken.after, index), cost,
                       (*before, Moved(index, place)))  # fmt: skip

    def _is_far(self, made: int, place: int) -> bool:
        """Whether a place is too far from where something breaks for moves on this side of it."""
        if len(self.lines) <= self.bounds.reach:
            return False
        return place < self.furthest[made - 1] - self.bounds.near

    def _of_dropping(self, index: int) -> int:
        """The doubt of dropping a line."""
        line = self.lines[index]
        if line.happening is None:
            return costs.UNREADABLE
        if is_repeat(self.lines, index):
            return costs.REPEATED
        if self.told[line.content] > 1:
            return costs.TOLD_TWICE
        denied = costs.DENIED_EVENT + costs.DENIED_VALUE * len(line.context or ())
        return denied + (costs.DENIED_STATE if line.event in self.letters.driving else 0)

    def _rewritten(self, index: int, before: int) -> int:
        """The doubt of a line's time where the line is put elsewhere."""
        now = self.lines[index].timestamp
        if now is None:
            return costs.WRITTEN * _DOUBT
        earlier = self.lines[before - 1].timestamp if before else None
        later = self.lines[before].timestamp if before < len(self.lines) else None
        fits = (earlier is None or earlier <= now) and (later is None or now <= later)
        return 0 if fits else costs.WRITTEN * _DOUBT

    # Ends

    def _goals(self, made: int) -> Found | None:
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
        ways: list[Way] = []
        for key, node in goals.items():
            if node.cost == least:
                for way in self._back(made, place, key):
                    ways.append(way)
                    if len(ways) >= _WAYS:
                        break
        self.exact = self.exact and len(ways) < _WAYS
        cost = cost_of(made + sum(self.faulty), least)
        return Found(cost, tuple(ways), made, self.exact)

    def _back(self, made: int, place: int, key: Key) -> Iterator[Way]:
        """The ways that lead to a node, told from its end."""
        pending: list[tuple[int, int, Key, tuple[Operation, ...]]] = [(made, place, key, ())]
        while pending:
            made, place, key, operations = pending.pop()
            parents = self.nodes[made].get(place, {key: NO_NODE})[key].parents
            if not parents or (made == 0 and not any(self.faulty)):
                yield Way(operations)
                continue
            for less, there, other, operation in reversed(parents):
                more = operations if operation is None else (operation, *operations)
                pending.append((less, there, other, more))


def cost_of(changes: int, weight: int) -> Cost:
    """The cost of so many changes with what the nodes add up."""
    findings, rest = divmod(weight, _FINDING)
    return Cost(changes, findings, *divmod(rest, _DOUBT))


NO_NODE = Node(0)
_FAILED, _AROUND = 8, 50
"""The values of so many lines that break something are tried elsewhere; of lines around, too."""

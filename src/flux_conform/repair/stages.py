"""Repairs of logs with too many faults for one search: in stages, or by one wholesale change.

The repaired log conforms, but the changes may not be the smallest ones.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from time import thread_time
from typing import NamedTuple

from flux_conform.repair.copies import find_copies
from flux_conform.repair.edit_script import (
    Bounds,
    Dropped,
    DroppedCopies,
    Moved,
    Operation,
    Replaced,
    SearchResult,
    reindexed,
)
from flux_conform.repair.insertions import Insertions
from flux_conform.repair.log_lines import Line, is_faulty, may_be_empty
from flux_conform.repair.shortest import NO_NODE, NOT_MOVING, Key, Node, Search, cost_of
from flux_conform.repair.walker import Walker

_MAX_LINES = 400
"""Maximum number of lines that a stage examines."""

_MAX_CANDIDATES = 3
"""Maximum number of sets of copies tried if the log has other faults too."""

_MAX_CHANGES = 2
"""Maximum number of changes that a stage combines."""


def count_findings(walker: Walker, lines: Sequence[Line]) -> int | None:
    """Return the number of findings below the violating levels, or None if the lines violate."""
    if not lines and not may_be_empty(walker):
        return None
    configuration, findings = walker.start, 0
    for line in lines:
        if line.happening is None or is_faulty(walker, line):
            return None
        taken = walker.take(configuration, line.happening)
        if taken is None:
            return None
        configuration = taken.after
        findings += taken.findings
    return findings


def drop_copies(
    insertions: Insertions, lines: Sequence[Line], bounds: Bounds
) -> SearchResult | None:
    """Repair a log by dropping its copies, as one change, and a few further changes."""
    best: SearchResult | None = None
    for number, gone in enumerate(find_copies(lines)):
        away = set(gone)
        places = [index for index in range(len(lines)) if index not in away]
        left = [lines[index] for index in places]
        dropped = DroppedCopies(gone)
        findings = count_findings(insertions.walker, left)
        if findings is not None:
            return SearchResult(cost_of(1, 0)._replace(findings=findings), ((dropped,),), 1, False)
        if number >= _MAX_CANDIDATES:
            continue
        few = bounds._replace(changes=min(bounds.changes, _MAX_CHANGES), seconds=bounds.seconds / 4)
        found = Search(insertions, left, few).run()
        if found.cost is None or (best is not None and best.cost is not None
                                  and best.cost.changes <= found.cost.changes + 1):  # fmt: skip
            continue
        onto = [*places, len(lines)]
        scripts = tuple(
            (dropped, *(reindexed(each, onto) for each in script)) for script in found.scripts
        )
        cost = found.cost._replace(changes=found.cost.changes + 1)
        best = SearchResult(cost, scripts, 0, False)
    return best


def sort_by_time(walker: Walker, lines: Sequence[Line]) -> SearchResult | None:
    """Repair a log by moving the fewest lines such that the times are in order."""
    stamps = [line.timestamp for line in lines]
    if any(stamp is None for stamp in stamps):
        return None
    order = sorted(range(len(lines)), key=lambda index: stamps[index] or 0)
    if order == list(range(len(lines))):
        return None
    findings = count_findings(walker, [lines[index] for index in order])
    if findings is None:
        return None
    kept = set(_longest_increasing(order))
    moves: list[Moved] = []
    before = len(lines)
    for index in reversed(order):
        if index in kept:
            before = index
        else:
            moves.append(Moved(index, before))
    cost = cost_of(len(moves), 0)._replace(findings=findings)
    return SearchResult(cost, (tuple(reversed(moves)),), 0, False)


def repair_in_stages(
    insertions: Insertions, lines: Sequence[Line], bounds: Bounds, deadline: float
) -> SearchResult | None:
    """Repair a log from its start, a few faults at a time.

    A stage keeps its changes up to the last one, and the next stage begins right after that. When
    the time runs out, every further line that violates is dropped.
    """
    stage = _Stage((), 0, insertions.walker.start, False)
    operations: list[Operation] = []
    for _ in range(bounds.stages):
        place = stage.place
        rest = lines[place:]
        if thread_time() > deadline:
            stage = _drop_violations(insertions, rest, stage.configuration)
        else:
            stage = _stage(insertions, rest, bounds, stage.configuration)
        operations += (reindexed(each, range(place, len(lines) + 1)) for each in stage.operations)
        stage = stage._replace(place=place + stage.place)
        if stage.is_end:
            count = sum(
                len(each.replacement.changes) if isinstance(each, Replaced) else 1
                for each in operations
            )
            return SearchResult(cost_of(count, 0), (tuple(operations),), 0, False)
    return None


class _Stage(NamedTuple):
    """The changes of a stage, and the line and configuration at which the next stage begins."""

    operations: tuple[Operation, ...]
    place: int
    configuration: int
    is_end: bool


def _stage(insertions: Insertions, rest: Sequence[Line], bounds: Bounds, start: int) -> _Stage:
    lines = rest[:_MAX_LINES]
    narrow = bounds.narrowed()._replace(
        changes=min(bounds.changes, _MAX_CHANGES), seconds=bounds.seconds / 4
    )
    search = Search(insertions, lines, narrow, start)
    found = search.run()
    if found.cost is not None and len(lines) == len(rest):
        return _Stage(found.scripts[0], len(lines), start, True)
    first = search.furthest[0]
    if first == len(lines):
        return _trace(search, 0, first, whole=True)
    best: tuple[float, int, int] | None = None
    for made in range(1, len(search.furthest)):
        places = [place for place, here in search.nodes[made].items() if _settled(here)]
        gain = max(places, default=first) - first
        if gain > 0 and (best is None or gain / made > best[0]):
            best = gain / made, made, first + gain
    if best is not None:
        return _trace(search, *best[1:], whole=False)
    stage = _trace(search, 0, first, whole=True)
    return stage._replace(operations=(*stage.operations, Dropped(first)), place=first + 1)


def _settled(here: Mapping[Key, Node]) -> list[Key]:
    """Return the nodes of a position at which no line is being moved."""
    return [key for key in here if key[1] == NOT_MOVING]


def _trace(search: Search, made: int, place: int, *, whole: bool) -> _Stage:
    """Return the changes on the path to the cheapest node, and where the last of them leads.

    With `whole`, the path is kept up to the position itself.
    """
    here = search.nodes[made][place]
    key = min(_settled(here), key=lambda each: here[each].cost)
    operations: list[Operation] = []
    on = behind = place, key[0]
    while parents := search.nodes[made].get(place, {key: NO_NODE})[key].parents:
        if key[1] == NOT_MOVING:
            behind = place, key[0]
        made, place, key, operation = parents[0]
        if operation is not None:
            if not operations and not whole:
                on = behind
            operations.append(operation)
    return _Stage(tuple(reversed(operations)), *on, False)


def _drop_violations(insertions: Insertions, lines: Sequence[Line], start: int) -> _Stage:
    """Drop every line that violates; insert events only if no line is left."""
    walker, configuration = insertions.walker, start
    operations: list[Operation] = []
    for index, line in enumerate(lines):
        taken = None
        if line.happening is not None and not is_faulty(walker, line):
            taken = walker.take(configuration, line.happening)
        if taken is None:
            operations.append(Dropped(index))
        else:
            configuration = taken.after
    if walker.configurations[configuration].generation is None and not may_be_empty(walker):
        found = Search(insertions, (), Bounds(), configuration).run()
        if found.scripts:
            places = [len(lines)]
            operations += (reindexed(each, places) for each in found.scripts[0])
    return _Stage(tuple(operations), len(lines), configuration, True)


def _longest_increasing(numbers: Sequence[int]) -> list[int]:
    """Return the longest increasing subsequence of different numbers."""
    ends: list[int] = []
    """The smallest last number of an increasing subsequence, by its length."""
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        before[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    found: list[int] = []
    on = ends[-1] if ends else None
    while on is not None:
        found.append(on)
        on = before[on]
    return found[::-1]

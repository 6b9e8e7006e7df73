"""Repairs of logs with more faults than are searched together: one after another, or as a whole.

They mend the log, but may not be the smallest changes that do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from time import thread_time
from typing import NamedTuple

from flux_conform.repair.copies import copies
from flux_conform.repair.insertions import Letters
from flux_conform.repair.log_lines import Line, is_faulty, may_be_empty
from flux_conform.repair.shortest import (
    NO_NODE,
    NOT_MOVING,
    Key,
    Node,
    Search,
    cost_of,
)
from flux_conform.repair.walker import Walker
from flux_conform.repair.ways import (
    Bounds,
    Copies,
    Dropped,
    Formed,
    Found,
    Moved,
    Operation,
    Way,
    placed,
)

_LINES = 400
"""Maximum number of lines that a stage looks at."""

_CANDIDATES = 3
"""Maximum number of sets of copies that are tried where something else is wrong too."""

_TOGETHER = 2
"""Maximum number of changes that a stage tries together."""


def walked(walker: Walker, lines: Sequence[Line]) -> int | None:
    """How many lesser findings lines have that violate nothing; None where they violate."""
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


def without_copies(letters: Letters, lines: Sequence[Line], bounds: Bounds) -> Found | None:
    """The repair of a log by dropping its copies, as one change, and by a few further changes."""
    best: Found | None = None
    for number, gone in enumerate(copies(lines)):
        away = set(gone)
        places = [index for index in range(len(lines)) if index not in away]
        left = [lines[index] for index in places]
        dropped = Copies(gone)
        findings = walked(letters.walker, left)
        if findings is not None:
            return Found(cost_of(1, 0)._replace(findings=findings), (Way((dropped,)),), 1, False)
        if number >= _CANDIDATES:
            continue
        few = bounds._replace(changes=min(bounds.changes, _TOGETHER), seconds=bounds.seconds / 4)
        found = Search(letters, left, few).run()
        if found.cost is None or (best is not None and best.cost is not None
                                  and best.cost.changes <= found.cost.changes + 1):  # fmt: skip
            continue
        onto = [*places, len(lines)]
        ways = tuple(
            Way((dropped, *(placed(each, onto) for each in way.operations))) for way in found.ways
        )
        cost = found.cost._replace(changes=found.cost.changes + 1)
        best = Found(cost, ways, 0, False)
    return best


def in_order_of_time(walker: Walker, lines: Sequence[Line]) -> Found | None:
    """The repair of a log by moving the fewest lines so that their times are in order."""
    stamps = [line.timestamp for line in lines]
    if any(stamp is None for stamp in stamps):
        return None
    order = sorted(range(len(lines)), key=lambda index: stamps[index] or 0)
    if order == list(range(len(lines))):
        return None
    findings = walked(walker, [lines[index] for index in order])
    if findings is None:
        return None
    kept = set(_longest_rising(order))
    moves: list[Moved] = []
    before = len(lines)
    for index in reversed(order):
        if index in kept:
            before = index
        else:
            moves.append(Moved(index, before))
    cost = cost_of(len(moves), 0)._replace(findings=findings)
    return Found(cost, (Way(tuple(reversed(moves))),), 0, False)


def one_after_another(
    letters: Letters, lines: Sequence[Line], bounds: Bounds, deadline: float
) -> Found | None:
    """The repair of a log from its beginning on, a few faults at a time.

    Of each stage as much is kept as is changed there; the next begins right behind it. Where time
    is over, what cannot stay is dropped.
    """
    stage = _Stage((), 0, letters.walker.start, False)
    operations: list[Operation] = []
    for _ in range(bounds.stages):
        place = stage.place
        rest = lines[place:]
        if thread_time() > deadline:
            stage = _dropped(letters, rest, stage.configuration)
        else:
            stage = _stage(letters, rest, bounds, stage.configuration)
        operations += (placed(each, range(place, len(lines) + 1)) for each in stage.operations)
        stage = stage._replace(place=place + stage.place)
        if stage.is_end:
            count = sum(
                len(each.form.changes) if isinstance(each, Formed) else 1 for each in operations
            )
            return Found(cost_of(count, 0), (Way(tuple(operations)),), 0, False)
    return None


class _Stage(NamedTuple):
    """What a stage does; from which line, and in which configuration, to go on."""

    operations: tuple[Operation, ...]
    place: int
    configuration: int
    is_end: bool


def _stage(letters: Letters, rest: Sequence[Line], bounds: Bounds, start: int) -> _Stage:
    lines = rest[:_LINES]
    narrow = bounds.narrowed()._replace(
        changes=min(bounds.changes, _TOGETHER), seconds=bounds.seconds / 4
    )
    search = Search(letters, lines, narrow, start)
    found = search.run()
    if found.cost is not None and len(lines) == len(rest):
        return _Stage(found.ways[0].operations, len(lines), start, True)
    first = search.furthest[0]
    if first == len(lines):
        return _traced(search, 0, first, whole=True)
    best: tuple[float, int, int] | None = None
    for made in range(1, len(search.furthest)):
        places = [place for place, here in search.nodes[made].items() if _resting(here)]
        gain = max(places, default=first) - first
        if gain > 0 and (best is None or gain / made > best[0]):
            best = gain / made, made, first + gain
    if best is not None:
        return _traced(search, *best[1:], whole=False)
    stage = _traced(search, 0, first, whole=True)
    return stage._replace(operations=(*stage.operations, Dropped(first)), place=first + 1)


def _resting(here: Mapping[Key, Node]) -> list[Key]:
    """The nodes of a place at which no line is being moved."""
    return [key for key in here if key[1] == NOT_MOVING]


def _traced(search: Search, made: int, place: int, *, whole: bool) -> _Stage:
    """The changes on the way to the cheapest node of a place, and where it came from the last.

    With `whole`, the way is kept up to the place itself.
    """
    here = search.nodes[made][place]
    key = min(_resting(here), key=lambda each: here[each].cost)
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


def _dropped(letters: Letters, lines: Sequence[Line], start: int) -> _Stage:
    """Drop every line that violates; insert events only where none is left."""
    walker, configuration = letters.walker, start
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
        found = Search(letters, (), Bounds(), configuration).run()
        if found.ways:
            places = [len(lines)]
            operations += (placed(each, places) for each in found.ways[0].operations)
    return _Stage(tuple(operations), len(lines), configuration, True)


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """The longest part of different numbers, in their order, that rises."""
    ends: list[int] = []
    """The least number in which a rising part ends, by the length of the part."""
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

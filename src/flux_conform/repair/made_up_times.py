"""The times of a log replaced by others in the same order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from flux_conform.language.durations import decimal_of
from flux_conform.repair.line_trees import Number, Object, Tree, TreeLine
from flux_conform.repair.smallest_log import Lines

_MOST_DIGITS = 100


def time_of(number: Number) -> Fraction | None:
    """A time that is one; None where its event has none."""
    # Of a number that no float holds, a fraction could take all memory.
    if len(number.text) > _MOST_DIGITS or not 0 < float(number.text) < math.inf:
        return None
    return Fraction(number.text)


def _times(lines: Lines) -> list[Fraction]:
    found = set()
    for line in lines:
        for key, value in line.tree.members if line.tree is not None else ():
            if key == "timestamp" and isinstance(value, Number):
                time = time_of(value)
                if time is not None:
                    found.add(time)
    return sorted(found)


def numbered(lines: Lines) -> Lines:
    """The log with the times 1, 2, 3, in the order that they have."""
    return _with_times(lines, {time: f"{n}.0" for n, time in enumerate(_times(lines), 1)})


def relative(lines: Lines) -> Lines:
    """The log with times that begin at 1 and lie apart as they do."""
    times = _times(lines)
    return _with_times(lines, {time: decimal_of(time - times[0] + 1) for time in times})


def _with_times(lines: Lines, new: Mapping[Fraction, str]) -> Lines:
    def of(line: TreeLine) -> TreeLine:
        if line.tree is None:
            return line
        members: list[tuple[str, Tree]] = []
        for key, value in line.tree.members:
            time = time_of(value) if key == "timestamp" and isinstance(value, Number) else None
            members.append((key, value if time is None else Number(new[time])))
        return line._replace(tree=Object(tuple(members)))

    return tuple(map(of, lines))

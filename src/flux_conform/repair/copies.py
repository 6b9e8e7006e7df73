"""Detection of copies: a log that was appended to itself, or whose lines were written twice.

Copies have the same events and contexts; their times may differ. This module only proposes lines to
drop; the caller decides whether dropping them repairs the log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import gcd

from flux_conform.repair.log_lines import Line

_MIN_DIFFERENT = 2
"""Minimum number of different lines in a copy; a single repeated line is simply dropped."""

_MAX_STRETCHES = 8
"""Maximum number of stretches tried one by one; the longest come first."""

_MAX_STEPS = 200_000
"""Maximum number of line comparisons in the search for stretches."""


def find_copies(lines: Sequence[Line]) -> Iterator[tuple[int, ...]]:
    """Yield sets of line indices that may be copies, the most likely first."""
    contents = [line.content for line in lines]
    met: set[tuple[int, ...]] = set()
    for found in (*_stretches(contents), *_doubled_log(contents)):
        # One event repeated many times is not a log that was written twice.
        if found not in met and len({contents[index] for index in found}) >= _MIN_DIFFERENT:
            met.add(found)
            yield found


def _doubled_log(contents: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Yield the copies if every line of the log occurs a multiple of the same number of times.

    If the log itself repeats an event, the first occurrences are kept, or the first of each group:
    copies may follow the whole log, or each of its lines.
    """
    count = Counter(contents)
    times = gcd(*count.values()) if count else 1
    if times < 2:
        return
    for after_each in (True, False):
        number: Counter[str] = Counter()
        gone = []
        for index, content in enumerate(contents):
            place = number[content]
            number[content] += 1
            if place % times if after_each else place >= count[content] // times:
                gone.append(index)
        yield tuple(gone)


def _stretches(contents: Sequence[str]) -> list[tuple[int, ...]]:
    """Return the stretches of lines that repeat the lines right before them, then their union.

    A stretch may repeat these lines several times, and end within a repetition.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for index, content in enumerate(contents):
        places[content].append(index)
    found: dict[tuple[int, int], None] = {}
    steps = 0
    for index, content in enumerate(contents):
        for other in places[content]:
            period = other - index
            if period < _MIN_DIFFERENT or steps > _MAX_STEPS:
                continue
            if index and contents[index - 1] == contents[other - 1]:
                continue  # the repetition starts earlier
            end = other
            while end < len(contents) and contents[end] == contents[end - period]:
                end += 1
            steps += end - other
            # A whole copy, or a partial one at the end of the log, where writing stopped.
            if end - other >= period or end == len(contents):
                found[other, end] = None
    longest = sorted(found, key=lambda each: each[0] - each[1])[:_MAX_STRETCHES]
    every: set[int] = set()
    for begin, end in longest:
        every.update(range(begin, end))
    stretches = [tuple(range(begin, end)) for begin, end in longest]
    return [*stretches, tuple(sorted(every))]

"""Lines that repeat earlier ones: a log that was appended to itself, or written twice.

Copies have the same events and contexts, whatever their times are. Which of them could go is found
by how the log repeats itself; whether dropping them mends the log is decided by the caller.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import gcd

from flux_conform.repair.log_lines import Line

_FEWEST = 2
"""A single line that is repeated is a line to drop, and no copy of a log."""

_STRETCHES = 8
"""Maximum number of stretches that are tried one by one; the longest come first."""

_STEPS = 200_000
"""Maximum number of comparisons of lines in the search for stretches."""


def copies(lines: Sequence[Line]) -> Iterator[tuple[int, ...]]:
    """The indices of lines that could go together as copies, the likeliest first."""
    contents = [line.content for line in lines]
    met: set[tuple[int, ...]] = set()
    for found in (*_stretches(contents), *_whole(contents)):
        # One event that is repeated many times is no log that was written twice.
        if found not in met and len({contents[index] for index in found}) >= _FEWEST:
            met.add(found)
            yield found


def _whole(contents: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """What goes where every line of a log is written the same number of times, in any order.

    Of an event that the log itself has more than once the first ones are kept, or the first of each
    group: the copies may stand after the log or after each of its lines.
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
    """The stretches of lines that repeat the lines right before them, and all of them together.

    A stretch may repeat these several times, and the last time in part.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for index, content in enumerate(contents):
        places[content].append(index)
    found: dict[tuple[int, int], None] = {}
    steps = 0
    for index, content in enumerate(contents):
        for other in places[content]:
            period = other - index
            if period < _FEWEST or steps > _STEPS:
                continue
            if index and contents[index - 1] == contents[other - 1]:
                continue  # it begins before
            end = other
            while end < len(contents) and contents[end] == contents[end - period]:
                end += 1
            steps += end - other
            # A whole copy, or a part of one at the end, where writing stopped.
            if end - other >= period or end == len(contents):
                found[other, end] = None
    longest = sorted(found, key=lambda each: each[0] - each[1])[:_STRETCHES]
    every: set[int] = set()
    for begin, end in longest:
        every.update(range(begin, end))
    stretches = [tuple(range(begin, end)) for begin, end in longest]
    return [*stretches, tuple(sorted(every))]

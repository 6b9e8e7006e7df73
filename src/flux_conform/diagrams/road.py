"""The main road of a machine: the longest way from its first state to its last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def main_road(
    start: str, goal: str | None, successors: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The longest path from `start` to `goal` that visits no state twice.

    Of paths of equal length the first wins, in the order of `successors`. Where no path leads to
    the goal, or there is none, the longest path to anywhere is taken.
    """
    leads_there = _sources_of(goal, successors) if goal is not None else frozenset()
    if start not in leads_there:
        return _longest(start, None, successors)
    kept = {
        state: [target for target in targets if target in leads_there]
        for state, targets in successors.items()
    }
    return _longest(start, goal, kept)


def _longest(
    start: str, goal: str | None, successors: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    best: tuple[str, ...] = ()
    path = [start]

    def extend() -> None:
        nonlocal best
        here = path[-1]
        if (goal is None or here == goal) and len(path) > len(best):
            best = tuple(path)
        if here == goal:
            return
        for target in successors.get(here, ()):
            # Without this bound a machine of a dozen states, each leading to each, takes minutes.
            if target not in path and len(path) + _room(target, path, successors) > len(best):
                path.append(target)
                extend()
                path.pop()

    extend()
    return best


def _room(start: str, taken: Sequence[str], successors: Mapping[str, Sequence[str]]) -> int:
    """How many states can be reached from `start`, itself included, around those taken."""
    seen = {start}
    ahead = [start]
    while ahead:
        for target in successors.get(ahead.pop(), ()):
            if target not in seen and target not in taken:
                seen.add(target)
                ahead.append(target)
    return len(seen)


def _sources_of(goal: str, successors: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The states from which the goal can be reached, itself included."""
    found = {goal}
    grown = True
    while grown:
        more = {s for s, targets in successors.items() if not found.isdisjoint(targets)} - found
        found |= more
        grown = bool(more)
    return frozenset(found)

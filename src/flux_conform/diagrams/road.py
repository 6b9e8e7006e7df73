"""The main road of a machine: the longest way from its first state to its last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def main_road(
    start: str, goal: str | None, successors: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The longest path from `start` to `goal` that visits no state twice.

    Of paths of equal length the first wins, in the order of `successors`. Where no path leads to
    the goal, or there is none, the longest path to anywhere is taken.
    """
    sources = {
        target: [state for state in successors if target in successors[state]]
        for targets in successors.values()
        for target in targets
    }
    leads_there = _reached(goal, (), sources) if goal is not None else set()
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
            if target in path:
                continue
            if len(path) + len(_reached(target, path, successors)) > len(best):
                path.append(target)
                extend()
                path.pop()

    extend()
    return best


def _reached(
    start: str, around: Sequence[str], successors: Mapping[str, Iterable[str]]
) -> set[str]:
    """The states that can be reached from `start`, itself included, around those taken."""
    seen = {start}
    ahead = [start]
    while ahead:
        for target in successors.get(ahead.pop(), ()):
            if target not in seen and target not in around:
                seen.add(target)
                ahead.append(target)
    return seen

"""How logs are drawn over an atlas: a goal first, each as likely as any other, then a walk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

from flux_conform.language.specification import MOVES
from flux_conform.strategies.drawn_log import Eventlog
from flux_conform.strategies.garbled import garbled
from flux_conform.strategies.log_walk import SELDOM, Walk
from flux_conform.strategies.reachability import Atlas, Case, Goal
from flux_conform.strategies.rule_breaks import Faults

_FURTHER = 5
"""So many goals are drawn beside the first at most."""

_OFTEN = st.sampled_from((False, True, True))


class _Aim(NamedTuple):
    """A case as a goal, and how many events a log has that goes there (and home) straight."""

    goal: Goal
    length: int
    case: Case

    @property
    def moves(self) -> bool:
        """Whether the case changes the state."""
        return self.case.outcome == MOVES


def clean(atlas: Atlas, most: int) -> SearchStrategy[Eventlog]:
    """Logs that break nothing, to their end."""
    aims = _aims(atlas, most, True)
    if not aims:
        shortest = min((aim.length for aim in _aims(atlas, None, True)), default=None)
        hint = f"; the shortest has {shortest}: give a larger max_events" if shortest else ""
        raise InvalidArgument(
            f"no log of {atlas.specification.name} of {most} events at most breaks nothing and "
            f"comes to its end{hint}"
        )
    goals = _goals(aims)

    @st.composite
    def eventlogs(draw: DrawFn) -> Eventlog:
        walk = Walk(draw, atlas, most)
        _visit(draw, walk, goals, home=True)
        walk.home()
        return walk.log()

    return eventlogs()


def going_on(atlas: Atlas, most: int) -> SearchStrategy[Eventlog]:
    """Logs that break nothing and have not come to an end: in each state as often as in another."""
    states = [each.name for each in atlas.specification.states if each.name not in atlas.ends]
    return coming_to(atlas, states, most)


def coming_to(atlas: Atlas, states: Sequence[str], most: int) -> SearchStrategy[Eventlog]:
    """Logs that break nothing and are in one of the states, each as likely as the others."""
    aims = _aims(atlas, most, False)
    found = [
        (state, _goals(there))
        for state in states
        if (there := [aim for aim in aims if aim.case.target == state])
    ]
    if not found:
        raise InvalidArgument(
            f"no log of {atlas.specification.name} ({atlas.generation}) that breaks nothing comes "
            f"to {' or '.join(states)} in {most} events"
        )

    @st.composite
    def runs(draw: DrawFn) -> Eventlog:
        state, goals = draw(st.sampled_from(found))
        walk = Walk(draw, atlas, most)
        _visit(draw, walk, goals, home=False)
        walk.wander(lambda place: atlas.roads.places[place].state == state)
        return walk.log()

    return runs()


def faulty(
    faults: Faults, rule: str, most: int, *, ends: bool | None, alone: bool
) -> SearchStrategy[Eventlog] | None:
    """Logs that break a rule: with `ends` that come to their end, or (False) do not.

    With `alone` they break no other above a note. None where no such log is known.
    """
    atlas = faults.atlas
    line = next((one for one in atlas.specification.lines if one.id == rule), None)
    if line is not None:
        either = [False, True] if ends is None and atlas.ends else [ends is not False]
        logs = st.one_of([clean(atlas, most) if end else going_on(atlas, most) for end in either])
        return garbled(atlas, line, logs, ends=ends)
    goals = _fault_goals(faults, rule, most, ends=ends, alone=alone)
    if not goals:
        return None

    @st.composite
    def eventlogs(draw: DrawFn) -> Eventlog:
        walk = Walk(draw, atlas, most)
        came = walk.to(draw(st.sampled_from(goals)), home=bool(ends))
        came = came or any(walk.to(goal, home=bool(ends)) for goal in goals)
        assert came  # goals that cannot be reached are not offered
        if ends is None:
            if not alone and draw(st.booleans()):
                walk.to(draw(st.sampled_from(goals)), home=False)
            if draw(st.booleans()):
                walk.home()
        elif ends:
            walk.home()
        return walk.log()

    return eventlogs()


def _goals(aims: Sequence[_Aim]) -> SearchStrategy[Goal]:
    """Changes of the state as often as all cases, for these are many more."""
    moves = [aim.goal for aim in aims if aim.moves]
    every = st.sampled_from([aim.goal for aim in aims])
    return every | st.sampled_from(moves) if moves else every


def _visit(draw: DrawFn, walk: Walk, goals: SearchStrategy[Goal], *, home: bool) -> None:
    """Go to a goal, and perhaps to others after it."""
    came = walk.to(draw(goals), home=home)
    while not came:  # the way to the one drawn is too long after all
        came = walk.to(draw(goals), home=home)
    for _ in range(_FURTHER):
        if not draw(_OFTEN if home else SELDOM):  # going on, most would be near the end
            return
        walk.to(draw(goals), home=home)


@lru_cache(maxsize=64)
def _aims(atlas: Atlas, most: int | None, ends: bool) -> list[_Aim]:
    """Every case that a clean log of so many events meets, the nearest first."""
    found = []
    for case in atlas.cases:
        goal = atlas.case_goal(case, home=ends)
        length = _length(atlas, goal, home=ends)
        if length is not None and (most is None or length <= most):
            found.append(_Aim(goal, length, case))
    return sorted(found, key=lambda aim: aim.length)


@lru_cache(maxsize=1024)
def _fault_goals(
    faults: Faults, rule: str, most: int, *, ends: bool | None, alone: bool
) -> list[Goal]:
    table = faults.alone(rule)
    if not table and not alone:
        table = faults.with_others(rule)
    found = []
    for fault, options in table.items():
        goal = faults.goal(rule, fault, options, ends=ends)
        length = _length(faults.atlas, goal, home=bool(ends))
        if length is not None and length <= most:
            found.append((length, goal))
    return [goal for _, goal in sorted(found, key=lambda pair: pair[0])]


def _length(atlas: Atlas, goal: Goal, *, home: bool) -> int | None:
    """How many events lead from the beginning through a goal, with `home` to the end.

    That is by way of the nearest place at which it is at hand; of two, the longer.
    """
    roads = {place: len(atlas.roads.places[place].road) for place in goal.options}
    nearest = min(roads.values(), default=0)
    found = []
    for place in [place for place, length in roads.items() if length == nearest]:
        for step, tail in goal.options[place][:1]:
            target = (tail or (step,))[-1].target
            further = atlas.home(target) if home and target is not None else ()
            if further is not None:
                found.append(nearest + 1 + len(tail) + len(further))
    return max(found, default=None)

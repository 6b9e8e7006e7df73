"""Strategies for logs over a reachability map: draw a goal first, then a log through it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

from flux_conform.language.specification import MOVES
from flux_conform.strategies.corrupted import corrupted
from flux_conform.strategies.drawn_log import Eventlog
from flux_conform.strategies.log_builder import SELDOM, LogBuilder
from flux_conform.strategies.reachability import Case, Goal, Reachability
from flux_conform.strategies.rule_breaks import Faults

_MAX_FURTHER_GOALS = 5
"""Maximum number of goals that a log visits after the first."""

_OFTEN = st.sampled_from((False, True, True))


class _CaseGoal(NamedTuple):
    """A case as a goal, with the number of events of the shortest log through it."""

    goal: Goal
    length: int
    case: Case


def clean(reach: Reachability, most: int) -> SearchStrategy[Eventlog]:
    """Draw complete logs of at most `most` events that break no rule. Raises InvalidArgument."""
    found = _case_goals(reach, most, True)
    if not found:
        shortest = min((each.length for each in _case_goals(reach, None, True)), default=None)
        hint = f"; the shortest has {shortest}: give a larger max_events" if shortest else ""
        raise InvalidArgument(
            f"no log of {reach.specification.name} of {most} events at most breaks nothing and "
            f"comes to its end{hint}"
        )
    goals = _goals(found)

    @st.composite
    def eventlogs(draw: DrawFn) -> Eventlog:
        builder = LogBuilder(draw, reach, most)
        _visit(draw, builder, goals, home=True)
        builder.home()
        return builder.log()

    return eventlogs()


def incomplete(reach: Reachability, most: int) -> SearchStrategy[Eventlog]:
    """Draw logs that break no rule and have not ended, each state equally likely."""
    states = [each.name for each in reach.specification.states if each.name not in reach.ends]
    return ending_in(reach, states, most)


def ending_in(reach: Reachability, states: Sequence[str], most: int) -> SearchStrategy[Eventlog]:
    """Draw logs that break no rule and are in one of the states, each state equally likely.

    Raises InvalidArgument.
    """
    goals_of_cases = _case_goals(reach, most, False)
    found = [
        (state, _goals(there))
        for state in states
        if (there := [each for each in goals_of_cases if each.case.target == state])
    ]
    if not found:
        raise InvalidArgument(
            f"no log of {reach.specification.name} ({reach.generation}) that breaks nothing comes "
            f"to {' or '.join(states)} in {most} events"
        )

    @st.composite
    def runs(draw: DrawFn) -> Eventlog:
        state, goals = draw(st.sampled_from(found))
        builder = LogBuilder(draw, reach, most)
        _visit(draw, builder, goals, home=False)
        builder.wander(lambda node: reach.graph.places[node].state == state)
        return builder.log()

    return runs()


def breaking(
    faults: Faults, rule: str, most: int, *, ends: bool | None, alone: bool
) -> SearchStrategy[Eventlog] | None:
    """Draw logs that break a rule; with `alone`, no other rule above the level note.

    With `ends` true or false, the logs reach their end or do not; with None, either. Returns None
    if no such log is known.
    """
    reach = faults.reach
    line = next((one for one in reach.specification.lines if one.id == rule), None)
    if line is not None:
        either = [False, True] if ends is None and reach.ends else [ends is not False]
        logs = st.one_of([clean(reach, most) if end else incomplete(reach, most) for end in either])
        return corrupted(reach, line, logs, ends=ends)
    goals = _fault_goals(faults, rule, most, ends=ends, alone=alone)
    if not goals:
        return None

    @st.composite
    def eventlogs(draw: DrawFn) -> Eventlog:
        builder = LogBuilder(draw, reach, most)
        reached = builder.to(draw(st.sampled_from(goals)), home=bool(ends))
        reached = reached or any(builder.to(goal, home=bool(ends)) for goal in goals)
        assert reached  # the goals were filtered by the length of their shortest log
        if ends is None:
            if not alone and draw(st.booleans()):
                builder.to(draw(st.sampled_from(goals)), home=False)
            if draw(st.booleans()):
                builder.home()
        elif ends:
            builder.home()
        return builder.log()

    return eventlogs()


def _goals(cases: Sequence[_CaseGoal]) -> SearchStrategy[Goal]:
    """Draw from all cases or from the moves alone, equally often: most cases are no moves."""
    moves = [each.goal for each in cases if each.case.outcome == MOVES]
    every = st.sampled_from([case.goal for case in cases])
    return every | st.sampled_from(moves) if moves else every


def _visit(draw: DrawFn, builder: LogBuilder, goals: SearchStrategy[Goal], *, home: bool) -> None:
    """Extend the log through a goal, and perhaps through further ones."""
    while not builder.to(draw(goals), home=home):
        pass  # the values drawn for this goal do not allow a log that is short enough
    for _ in range(_MAX_FURTHER_GOALS):
        if not draw(_OFTEN if home else SELDOM):  # else most incomplete logs would be near the end
            return
        builder.to(draw(goals), home=home)


@lru_cache(maxsize=64)
def _case_goals(reach: Reachability, most: int | None, ends: bool) -> list[_CaseGoal]:
    """Return every case that a clean log of at most `most` events meets, the nearest first.

    With `ends`, the log must reach its end too.
    """
    found = []
    for case in reach.cases:
        goal = reach.case_goal(case, home=ends)
        length = _length(reach, goal, home=ends)
        if length is not None and (most is None or length <= most):
            found.append(_CaseGoal(goal, length, case))
    return sorted(found, key=lambda each: each.length)


@lru_cache(maxsize=1024)
def _fault_goals(
    faults: Faults, rule: str, most: int, *, ends: bool | None, alone: bool
) -> list[Goal]:
    """Return the goals that break a rule in logs of at most `most` events, the nearest first."""
    table = faults.alone(rule)
    if not table and not alone:
        table = faults.with_others(rule)
    found = []
    for fault, options in table.items():
        goal = faults.goal(rule, fault, options, ends=ends)
        length = _length(faults.reach, goal, home=bool(ends))
        if length is not None and length <= most:
            found.append((length, goal))
    return [goal for _, goal in sorted(found, key=itemgetter(0))]


def _length(reach: Reachability, goal: Goal, *, home: bool) -> int | None:
    """Return the number of events from the start through a goal, with `home` to the end.

    The path goes through the nearest node at which the goal can be reached; of several nearest
    nodes, the longest path counts, because the log builder may meet any of them.
    """
    distances = {node: len(reach.graph.places[node].log) for node in goal.options}
    nearest = min(distances.values(), default=0)
    found = []
    for node in [node for node, distance in distances.items() if distance == nearest]:
        for step, tail in goal.options[node][:1]:
            target = (tail or (step,))[-1].target
            further = reach.home(target) if home and target is not None else ()
            if further is not None:
                found.append(nearest + 1 + len(tail) + len(further))
    return max(found, default=None)

"""Courses of logs to draw: random ones through any machine, and the events of a small table."""

import random

from flux_conform.language.specification import (
    MOVES,
    STAYS,
    UNDEFINED,
    AnyContext,
    Event,
    Specification,
)
from flux_conform.machine.taken import Course, Passed


def wander(specification: Specification, seed: int, events: int = 12) -> Course:
    """A course of random steps, of which some move, some stay and some are undefined."""
    chance = random.Random(seed)
    state = specification.initial.name
    time = 1e9
    passed = []
    for line in range(1, events + 1):
        time += 10 ** chance.uniform(-5, 6)
        rows = [row for row in specification.transitions if row.source == state]
        outcome = chance.choice((MOVES, MOVES, MOVES, STAYS, UNDEFINED))
        if outcome == MOVES and rows:
            row = chance.choice(rows)
            passed.append(Passed(line, time, row.event, row.event, state, MOVES, row.target, row))
            state = row.target
        else:
            name = chance.choice(("surprise", "a-rather-long-name", "go"))
            kind = outcome if outcome != MOVES else STAYS
            passed.append(Passed(line, time, name, name, state, kind, state, None))
    return Course(specification.today.name, tuple(passed), state)


def with_events(specification: Specification) -> Specification:
    """The machine with its events declared, each posted by one of three."""
    names = dict.fromkeys(row.event for row in specification.transitions)
    who = ("nobody", "one of the many who may do it", "somebody else")
    kinds = (UNDEFINED, STAYS, "silent")
    return specification._replace(
        events=tuple(
            Event(name, (who[i % 3],), AnyContext(), (), kinds[i % 3], "", "")
            for i, name in enumerate(names)
        )
    )

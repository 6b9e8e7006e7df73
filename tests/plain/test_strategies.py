"""Logs that the strategies draw for small random machines are what the plain reading says."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, reject, seed, settings
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from flux_conform.strategies import Eventlog, broken_by, eventlogs, runs
from plain.drawn import machines
from plain.machine import UNDEFINED, Machine, Step, initial, step
from plain.machines_at_random import FIXED, at_random
from plain.runs import Runs, TooMany, explore
from plain.writing import text
from prove.machines import loaded

BOUND = 8
"""Logs are drawn of so many events at most, and everything that shorter ones show is asked for."""


def some_of(strategy: SearchStrategy[Eventlog], many: int = 5) -> list[Eventlog]:
    """A few logs of a strategy, the same ones each time."""
    found: list[Eventlog] = []

    @seed(1)
    @settings(FIXED, max_examples=many)
    @given(strategy)
    def draw(log: Eventlog) -> None:
        found.append(log)

    draw()
    return found


def read(machine: Machine, log: Eventlog) -> list[Step]:
    """What each event of a log does."""
    steps, place = [], initial(machine)
    for event in log.events:
        context: Mapping[str, Any] | None = event.get("context")
        did = step(machine, place, event["name"], context)
        steps.append(did)
        place = did.after
    return steps


def weighty(machine: Machine, steps: list[Step]) -> Counter[str]:
    """What is broken above a note."""
    broken = Counter(rule for did in steps for rule in did.breaks)
    return Counter({rule: n for rule, n in broken.items() if machine.level(rule) != "note"})


def depth(found: Runs) -> dict[str, int]:
    """How many events the shortest log to each state has; a log without any is none."""
    shortest: dict[str, int] = {}
    for place, steps in found.steps.items():
        for _, did in steps:
            events = len(found.log(place)) + 1
            shortest[did.after.state] = min(events, shortest.get(did.after.state, events))
    return shortest


def breakable(found: Runs) -> set[str]:
    """The rules that a short log can break with its last event, and no other with them."""
    machine = found.machine
    rules = set()
    for place in found.parents:
        if len(found.log(place)) >= BOUND:
            continue
        for letter in found.alphabet:
            did = step(machine, place, letter.name, letter.context)
            fits = did.after.generation == found.generation and did.outcome != UNDEFINED
            if fits and len(did.breaks) == 1:
                rules |= did.breaks
    return rules & {rule.name for rule in machine.rules}


def drawn_for(many: int, seeded: int = 1) -> Counter[str]:
    """Hold the strategies of so many machines to the plain reading, and count what they draw."""
    counts: Counter[str] = Counter()

    def agree(machine: Machine) -> None:
        try:
            clean = explore(machine, assuming="note", silent=False)
        except TooMany:
            reject()
        specification = loaded(text(machine))
        conforming(machine, clean, counts, specification)
        for state, events in depth(clean).items():
            if state != machine.removed and events <= BOUND:
                for log in some_of(runs(specification, state, max_events=BOUND), 2):
                    steps = read(machine, log)
                    assert not weighty(machine, steps)
                    assert [initial(machine), *(did.after for did in steps)][-1].state == state
                    counts["runs"] += 1
        for rule in breakable(clean):
            for log in some_of(broken_by(f"rfc99/{rule}", specification, max_events=BOUND), 2):
                broken = Counter(each for did in read(machine, log) for each in did.breaks)
                noted = {each for each in broken if machine.level(each) == "note"}
                assert rule in broken
                assert set(broken) - noted <= {rule}
                counts["broken"] += 1

    at_random(machines(), many, seeded=seeded)(agree)
    return counts


def conforming(machine: Machine, clean: Runs, counts: Counter[str], specification: Any) -> None:
    """Logs that conform do so, and come to their end; there are some where there is a short one."""
    ends = {machine.final, machine.removed} if machine.final is not None else set(machine.states)
    short = any(n <= BOUND for state, n in depth(clean).items() if state in ends)
    try:
        logs = some_of(eventlogs(specification, max_events=BOUND))
    except InvalidArgument:
        assert not short
        return
    for log in logs:
        steps = read(machine, log)
        assert not weighty(machine, steps)
        assert machine.final is None or steps[-1].after.state in ends
        counts["conforming"] += 1


def test_drawn_logs_conform_come_to_states_and_break_one_rule() -> None:
    counts = drawn_for(30)
    assert counts["conforming"] >= 30
    assert counts["runs"] >= 30
    assert counts["broken"] >= 10


@pytest.mark.slow
@pytest.mark.parametrize("seeded", [2, 3])
def test_logs_of_many_machines_conform_come_to_states_and_break_one_rule(seeded: int) -> None:
    counts = drawn_for(100, seeded)
    assert counts["conforming"] >= 100
    assert counts["runs"] >= 150
    assert counts["broken"] >= 50

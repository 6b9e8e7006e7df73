"""Where all of a log is known, the partial step is the machine's own step."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flux_conform.language import load
from flux_conform.logs.eventlog import read_entries
from flux_conform.machine.configuration import Configuration, Step
from flux_conform.machine.evaluate import Moment
from flux_conform.machine.partial_step import Next, PartialStep, Past
from flux_conform.machine.partly_known import Facts
from flux_conform.machine.step import Machine
from random_logs import random_logs

# A report is asked for too, so that no variable is left out.
MACHINE = Machine(load("job"), report=True)
EVENTS = [event.name for event in MACHINE.specification.events]


def known(configuration: Configuration) -> Past:
    """All that there is to know."""
    assert configuration.generation is not None
    seen = {name: name in configuration.seen for name in EVENTS}
    facts = Facts(configuration.values, configuration.state, seen)
    return Past(configuration.generation, facts)


def steps(seed: int) -> Iterator[tuple[Configuration, Step, list[Next]]]:
    """The steps of some random logs after their first events, taken both ways."""
    partial = PartialStep(MACHINE, lambda broken: True)
    for log in random_logs(seed):
        before = MACHINE.initial
        for entry in read_entries(log):
            if entry.event is None:
                continue
            is_object = not any(fault.check == "context" for fault in entry.faults)
            name, context = entry.event.name, entry.event.context
            step = MACHINE.step(before, name, context, context_is_object=is_object)
            if before.generation is not None:
                nexts = partial.steps(known(before), name, context, context_is_object=is_object)
                yield before, step, list(nexts)
            before = step.after


@pytest.mark.parametrize("seed", range(2))
def test_nothing_unknown_leaves_one_next_step_and_no_doubt(seed: int) -> None:
    compared = 0
    for before, step, nexts in steps(seed):
        (only,) = nexts
        assert only.doubts == ()
        assert sorted(broken.rule.id for broken in only.broken) == sorted(
            breach.rule.id for breach in step.breaches
        )
        assert only.past.facts.state == step.after.state
        if step.outcome not in ("captive", "removed"):
            assert only.past.facts.values == step.after.values, before
        compared += 1
    assert compared > 10_000


def test_a_moment_knows_what_facts_do() -> None:
    """Whoever adds to one of them thinks of the other."""
    assert {"values", "state", "seen", "event", "context", "unreadable"} == set(Facts._fields)
    assert set(Facts._fields) < set(Moment.__slots__)

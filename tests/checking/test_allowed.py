"""What a finding says was allowed there: events that would have been no fault of order."""

import pytest

from facts.cases import ALLOC, LIFE, added, began, lines, removed, urgency
from flux_conform.checking.judge import judge
from flux_conform.language import load
from flux_conform.machine.step import Machine
from toys import PUSH, coin, turnstile_machine

MACHINE = Machine(load("job"))
CLEAN = LIFE[-1]


def allowed(*parts: str, last: str) -> tuple[str, ...]:
    """What is allowed in place of the last event, which is a fault where it stands."""
    findings = judge(MACHINE, lines(*parts, last)).findings
    return next(f.allowed for f in findings if f.line == len(parts) + 1)


def test_events_that_move_the_state_come_first() -> None:
    """And those that are undefined or silent there are not among them."""
    found = allowed(*LIFE[:3], last=CLEAN)
    assert found[:2] == ("priority", "exception")
    assert not {"clean", "validate", "depend", "alloc", "flux-restart", "finish"} & set(found)
    assert {"memo", "urgency", "prolog-start"} <= set(found)


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        ((), "depend", (added("a"),)),
        ((added("a"),), "depend", (added("b"), removed("a"))),
        ((added("a"), removed("a")), "submit", ()),
    ],
)
def test_what_the_values_forbid_is_not_allowed(
    before: tuple[str, ...], event: str, after: tuple[str, ...]
) -> None:
    """`depend` while a dependency is outstanding, a second submit ever."""
    outstanding = sum("add" in part for part in before) - sum("remove" in part for part in before)
    assert ("depend" in allowed(*LIFE[:2], *before, last=CLEAN)) is (outstanding == 0)
    assert (event in allowed(*LIFE[:2], *before, *after, last=CLEAN)) is False
    assert "submit" not in allowed(*LIFE[:2], *before, last=CLEAN)


def test_what_was_allowed_is_told_of_each_line_by_itself() -> None:
    """Though nothing but the values changed between two faults."""
    findings = judge(
        MACHINE, lines(*LIFE[:2], CLEAN, added("a"), CLEAN, removed("a"), CLEAN)
    ).findings
    assert ["depend" in finding.allowed for finding in findings] == [True, False, True]


def test_held_jobs_get_no_resources_and_running_prologs_no_start() -> None:
    """Rules of the data count as well as those of the order."""
    sched = LIFE[:4]
    assert "alloc" in allowed(*sched, last=CLEAN)
    assert "alloc" not in allowed(*sched, urgency(0), LIFE[3], last=CLEAN)
    run = (*sched, ALLOC)
    assert "start" in allowed(*run, last=CLEAN)
    assert "start" not in allowed(*run, began("prolog"), last=CLEAN)


def test_another_machine_tells_its_own_events() -> None:
    """Only the coin moves a locked turnstile."""
    (finding,) = judge(turnstile_machine(), PUSH).findings
    assert finding.allowed == ("coin", "unlisted")
    # A second coin breaks an implied rule, so it is not what is meant.
    findings = judge(turnstile_machine(), coin() + coin()).findings
    assert [(f.rule, f.allowed) for f in findings] == [("rfc9999/coin/once", ("push", "unlisted"))]

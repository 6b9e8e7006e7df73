"""The repair of an undefined event: putting the named events before it mends it."""

import re

import pytest

from facts.cases import (
    ALLOC,
    CLEAN,
    DEPEND,
    FINISH,
    INVALIDATE,
    PRIORITY,
    UNTIL,
    V0,
    VALIDATE,
    lines,
)  # fmt: skip
from facts.transitions import OUTCOMES, UNDEFINED
from flux_conform.checking.finding import Finding
from flux_conform.checking.judge import judge
from flux_conform.language import load
from flux_conform.machine.step import Machine
from toys import PUSH, coin, turnstile_machine

MACHINE = Machine(load("job"))
DRIVING = {
    "validate": VALIDATE, "invalidate": INVALIDATE, "depend": DEPEND, "priority": PRIORITY,
    "alloc": ALLOC, "finish": FINISH, "clean": CLEAN,
}  # fmt: skip
PAIRS = [
    (generation, state, event)
    for (generation, state, event), cases in OUTCOMES.items()
    if cases == (("", UNDEFINED),)
]


def begun(generation: str, state: str) -> tuple[str, ...]:
    """The shortest log up to a state; in the older form submit alone leads to DEPEND."""
    life = UNTIL[state]
    if generation == "v1":
        return life
    return (V0, *life[2:])


def undefined_in(log: bytes) -> list[Finding]:
    return [f for f in judge(MACHINE, log).findings if f.rule == "rfc21/states/undefined"]


def named_in(repair: str) -> list[str]:
    """The events that a repair says to log."""
    told = re.match('log (?:an event|the events) ((?:"[^"]+"(?:, )?)+) before it', repair)
    return re.findall('"([^"]+)"', told[1]) if told else []


REACHABLE = [pair for pair in PAIRS if not (pair[0] == "v0" and pair[1] == "NEW")]


@pytest.mark.parametrize(("generation", "state", "event"), REACHABLE)
def test_what_the_repair_says_mends_the_fault(generation: str, state: str, event: str) -> None:
    """For every state and event undefined there: log what it names, or it says to remove it."""
    before = begun(generation, state)
    (finding,) = undefined_in(lines(*before, DRIVING[event]))
    assert finding.state == state
    assert "remove this line" in finding.repair
    assert undefined_in(lines(*before)) == []
    names = named_in(finding.repair)
    mended = lines(*before, *(DRIVING[name] for name in names), DRIVING[event])
    if names:
        assert undefined_in(mended) == []
    else:
        assert "no event leads from here to a state where it is defined" in finding.repair


def test_the_repair_names_events_exactly_where_some_lead_there() -> None:
    """Told by the way of a job's life: forward there are events to name, back there are none."""
    order = list(UNTIL)
    needs = {"validate": "NEW", "invalidate": "NEW", "depend": "DEPEND", "priority": "PRIORITY",
             "alloc": "SCHED", "finish": "RUN", "clean": "CLEANUP"}  # fmt: skip
    for generation, state, event in REACHABLE:
        if generation == "v0":
            continue
        (finding,) = undefined_in(lines(*begun(generation, state), DRIVING[event]))
        place, wanted = order.index(state), order.index(needs[event])
        names = named_in(finding.repair)
        if event == "alloc" and state == "RUN":
            # It is merely silent in CLEANUP, and nothing leads back to SCHED.
            assert names == []
        else:
            assert len(names) == max(0, wanted - place), (state, event, names)


def test_where_a_guard_alone_forbids_an_event_no_other_event_makes_room() -> None:
    """The same state would refuse it again, so the line is to be removed."""
    machine = turnstile_machine(
        ("to: Unlocked, basis: text}", "to: Unlocked, when: .value > 5}"),
        ("    elsewhere: stays\n    effect: {coins: coins + 1}",
         "    elsewhere: undefined\n    effect: {coins: coins + 1}"),
    )  # fmt: skip
    (finding, *_) = judge(machine, coin(3)).findings
    assert finding.rule == "rfc9999/states/undefined"
    assert finding.repair.startswith("remove this line: no event leads from here")


def test_the_repair_of_another_machine() -> None:
    """A push needs a coin before it."""
    machine = turnstile_machine()
    (finding,) = judge(machine, PUSH).findings
    assert finding.repair == 'log an event "coin" before it, or remove this line'
    assert judge(machine, coin() + PUSH).findings == ()


def test_a_guarded_move_and_an_earlier_place_are_told_too() -> None:
    """A fatal exception leads to where clean is defined, and what came too late came earlier."""
    (finding,) = undefined_in(lines(*UNTIL["SCHED"], CLEAN))
    assert named_in(finding.repair) == ["alloc", "finish"]
    assert finding.repair.endswith('; or log "exception" [fatal] before it')
    (finding,) = undefined_in(lines(*UNTIL["CLEANUP"], PRIORITY))
    assert finding.repair.endswith("; or log it earlier, in PRIORITY or SCHED")

"""A replay gives the state after each event, and the report of what the log tells."""

from typing import Any

import pytest

from facts.cases import LIFE, lines
from flux_conform.checking.judge import judge
from flux_conform.checking.replay import replay
from flux_conform.checking.source_differences import differences
from flux_conform.language import load
from flux_conform.machine.step import Machine
from toys import PUSH, coin, event, load_toy, turnstile, turnstile_machine

JOB = Machine(load("job"), report=True)
TOY = Machine(load_toy(turnstile()), report=True)


def test_each_event_has_its_outcome_and_the_state_after_it() -> None:
    """Those that are undefined have no effect; lines that hold no event are named."""
    log = PUSH + coin() + b"x\n" + coin() + PUSH + event("cough", "no object")
    replayed = replay(TOY, log)
    assert [(e.line, e.event, e.outcome, e.state) for e in replayed.events] == [
        (1, "push", "undefined", "Locked"),
        (2, "coin", "moves", "Unlocked"),
        (4, "coin", "stays", "Unlocked"),
        (5, "push", "moves", "Locked"),
        (6, "cough", "stays", "Locked"),
    ]
    assert replayed.unread == (3,)
    assert replayed.state == "Locked"


def test_the_report_holds_values_and_the_time_at_which_a_state_was_first_entered() -> None:
    """Times of the log, not of the reading; none for what never was."""
    assert replay(TOY, coin() + coin()).report == {"coins": 2, "t_unlocked": 1700000000.5}
    assert replay(TOY, PUSH).report == {"coins": 0, "t_unlocked": None}
    twice = (
        event("coin", {"value": 9}, timestamp=7) + PUSH + event("coin", {"value": 9}, timestamp=9)
    )
    assert replay(TOY, twice).report["t_unlocked"] == 7


def test_a_faulty_context_does_not_stop_a_move_nor_what_does_not_read_it() -> None:
    """The coin counts, whatever it is worth."""
    assert replay(TOY, event("coin", {"value": "x"})).report["coins"] == 1
    assert replay(TOY, event("coin", [])).state == "Unlocked"


def test_a_faulty_timestamp_does_not_stop_a_move() -> None:
    """The time of the move is not known then."""
    replayed = replay(TOY, event("coin", {"value": 9}, timestamp="now"))
    assert (replayed.state, replayed.report["t_unlocked"]) == ("Unlocked", None)
    assert replayed.events[0].timestamp is None


def test_a_job_is_reported_as_the_facts_say() -> None:
    """A whole life: every time that of its event, and the result."""
    report = replay(JOB, lines(*LIFE)).report
    times = {f"t_{name}": 1700000000 + line / 4 for name, line in (
        ("submit", 0), ("depend", 1), ("priority", 2), ("sched", 3), ("run", 4), ("cleanup", 6),
        ("inactive", 9),
    )}  # fmt: skip
    assert {key: report[key] for key in times} == times
    assert (report["result"], report["returncode"], report["waitstatus"]) == ("COMPLETED", 0, 0)
    assert (report["userid"], report["urgency"], report["priority"]) == (1001, 16, 16)
    assert report["exception"] is None


def test_sets_and_bags_are_reported_as_lists() -> None:
    """In the order in which their members came."""
    machine = turnstile_machine(
        ("variables:\n", "variables:\n  names: bag of string\n"),
        (
            "effect: {coins: coins + 1}",
            'effect: {coins: coins + 1, names: names + (if .value > 5 then "big" else "small")}',
        ),
        ("report:\n", "report:\n  names: names\n"),
    )
    reporter = Machine(machine.specification, report=True)
    assert replay(reporter, coin(9) + coin(1) + coin(8)).report["names"] == ["big", "big", "small"]


def test_a_machine_without_a_final_state_is_never_incomplete() -> None:
    """A log of it ends anywhere."""
    assert judge(turnstile_machine(), coin()).verdict == "conforms"
    assert judge(turnstile_machine(), coin() + PUSH).verdict == "conforms"


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("t_run", None, "t_run is never in the source, 1700000005 in the log"),
        ("t_cleanup", 1.5, "t_cleanup is 1.5 in the source, never in the log"),
        ("state", "RUN", None),
        ("jobdata.state", "SCHED", "jobdata.state is SCHED in the source, RUN in the log"),
        ("t_run", 1700000005.0000005, None),
        ("annotations", "none of these", None),
        ("unheard", 7, None),
    ],
)
def test_what_a_source_says_otherwise_is_said_in_a_sentence(
    column: str, value: Any, says: str | None
) -> None:
    """A time may be given for what never was; an object is not compared."""
    memo = '{"timestamp":1700000005,"name":"memo","context":{"a":1}}'
    log = lines(*LIFE[:4], memo, '{"timestamp":1700000005,"name":"alloc"}')
    replayed = replay(JOB, log)
    assert replayed.state == "RUN"
    assert [each.says for each in differences(replayed, {column: value})] == (
        [says] if says else []
    )

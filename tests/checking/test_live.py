"""A log that is judged as it grows: the same findings, each when its line comes."""

import pickle
import random

import pytest

from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.machine.step import Machine
from random_logs import MUTATIONS, made
from toys import load_toy, turnstile

JOB = Machine(load("job"))


def grown(machine: Machine, log: bytes, options: Options):
    """The findings of a log line by line, and what is known at its end."""
    live, found = LiveLog(machine, options), []
    lines = log.split(b"\n")
    ended = lines[-1] == b""
    lines = lines[:-1] if ended else lines
    for number, line in enumerate(lines, 1):
        told = live.read(line, ended=ended or number < len(lines))
        assert {each.line for each in told} <= {number}
        found += told
    found += live.end()
    return tuple(found), (live.verdict, live.state, live.events)


@pytest.mark.parametrize("options", [Options(), Options(notes=True, strict=True)])
def test_a_growing_log_is_judged_as_the_whole(options: Options) -> None:
    """Verdict, state, and each finding with what it follows from."""
    choose = random.Random(11)
    violating = because = 0
    for _ in range(400):
        log = made(choose)
        if choose.random() < 0.3:
            log = choose.choice(list(MUTATIONS.values()))(log, choose)
        judgement = judge(JOB, log, options)
        found, known = grown(JOB, log, options)
        assert known == judgement[:3], log
        assert found == judgement.findings, log
        violating += judgement.verdict == "violates"
        because += any(each.because is not None for each in found)
    assert violating > 50
    assert because > 50


def test_a_machine_of_any_kind_is_followed() -> None:
    machine = Machine(load_toy(turnstile()))
    log = b'{"timestamp":1,"name":"push"}\n'
    assert grown(machine, log, Options())[0] == judge(machine, log, Options()).findings


def test_an_empty_log_is_told_of_at_its_end() -> None:
    found, _ = grown(JOB, b"", Options())
    assert [each.rule for each in found] == ["rfc18/not-empty"]


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(UnreadableLog, match="line 1"):
        LiveLog(JOB, Options()).read(b"[" * 300)


def test_a_growing_log_waits_at_each_event_for_what_the_log_so_far_waits_for() -> None:
    """And is stuck where that one is: each beginning of random logs, judged as a whole."""
    choose = random.Random(5)
    waiting = stuck = 0
    for number in range(30):
        log = made(choose)
        if number % 3 == 0:
            log = choose.choice(list(MUTATIONS.values()))(log, choose)
        live, whole = LiveLog(JOB), b""
        for each in log.splitlines():
            live.read(each)
            whole += each + b"\n"
            judgement = judge(JOB, whole)
            assert live.standing == (judgement.waits, judgement.stuck), whole
            waiting += len(judgement.waits)
            stuck += len(judgement.stuck)
    assert waiting > 100
    assert stuck > 0


def test_a_growing_log_keeps_few_of_its_events() -> None:
    """Those since which it waits: of thousands of notes it keeps none."""
    rows = [
        '{"timestamp":1,"name":"submit","context":{"urgency":16,"userid":1,"flags":0,"version":1}}',
        *(f'{{"timestamp":{time},"name":"memo","context":{{}}}}' for time in range(2, 1000)),
    ]
    live = LiveLog(JOB)
    for row in rows:
        live.read(row.encode())
    (wait,) = live.standing.waits
    assert (wait.event, wait.line, wait.since, wait.until) == ("submit", 1, 1, 999)
    assert len(pickle.dumps(live._waits._events)) < 5000

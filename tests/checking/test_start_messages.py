"""The execution service's messages about one job: flows, each rule broken once, and a second judge.

No instance records such logs, so the flows are written by hand from RFC 32.
"""

import json
import random
from collections import Counter
from typing import Any

import pytest

from checking.start_judge import judge as plain
from flux_conform import check
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.replay import replay
from flux_conform.language import load
from flux_conform.machine.step import Machine

START = Machine(load("start"))
REPORTING = Machine(load("start"), report=True)
STRICT = Options(notes=True, strict=True)

ID = 273804165120
R = {"version": 1, "execution": {"R_lite": [{"rank": "0-3", "children": {"core": "0-3"}}]}}
ASK = {"id": ID, "userid": 5588, "jobspec": {"version": 1}, "R": R, "reattach": False}

Message = tuple[str, dict[str, Any] | None]


def sent(name: str, **payload: Any) -> Message:
    return name, payload or None


HELLO, OTHER = sent("hello", service="job-exec"), sent("hello", service="sdexec")
ASKED, AGAIN = ("start", ASK), ("start", {**ASK, "reattach": True})
UP, FOUND, DOWN = sent("start-answer"), sent("reattached"), sent("finish", status=0)
ALL, PART = sent("release", ranks="0-3", final=True), sent("release", ranks="2", final=False)
REST = sent("release", ranks="0-1,3", final=True)


def exception(severity: int = 0, **further: Any) -> Message:
    return "exception", {"severity": severity, "type": "exec", **further}


def log_of(*messages: Message) -> bytes:
    lines = []
    for number, (name, payload) in enumerate(messages):
        line: dict[str, Any] = {"timestamp": 1700000000.0 + number / 8, "message": name}
        if payload is not None:
            line["payload"] = payload
        lines.append(json.dumps(line).encode() + b"\n")
    return b"".join(lines)


FLOWS: dict[str, list[Message]] = {
    "a job runs": [HELLO, ASKED, UP, DOWN, ALL],
    "released in parts": [HELLO, ASKED, UP, PART, DOWN, REST],
    "a part after the end": [HELLO, ASKED, UP, DOWN, PART, REST],
    "a task fails": [
        HELLO, ASKED, UP, exception(wait_status=256), exception(1), sent("finish", status=1), ALL,
    ],
    "and the status is that of wait": [
        HELLO, ASKED, UP, exception(wait_status=9), sent("finish", status=137 * 256), ALL,
    ],
    "shells do not start": [HELLO, ASKED, exception(note="no such shell"), ALL],
    "and the end of none is said": [HELLO, ASKED, exception(), sent("finish", status=256), ALL],
    "an exception without a finish": [HELLO, ASKED, UP, exception(), ALL],
    "a mild exception": [HELLO, ASKED, exception(3), UP, DOWN, ALL],
    "another service takes over": [HELLO, ASKED, UP, OTHER, AGAIN, FOUND, DOWN, ALL],
    "and says again what was said": [
        HELLO, ASKED, UP, PART, DOWN, OTHER, AGAIN, FOUND, PART, DOWN, ALL,
    ],
    "it comes before the shells have started": [HELLO, ASKED, OTHER, ASKED, UP, DOWN, ALL],
    "it finds no shells": [HELLO, ASKED, UP, OTHER, AGAIN, exception(), ALL],
    "the instance was restarted": [HELLO, AGAIN, FOUND, DOWN, ALL],
    "a service registers after the end": [HELLO, ASKED, UP, DOWN, ALL, OTHER],
    "a message of a site": [HELLO, ASKED, sent("ping", n=1), UP, DOWN, ALL],
}  # fmt: skip
UNFINISHED: dict[str, tuple[list[Message], str]] = {
    "nothing was asked": ([HELLO], "IDLE"),
    "asked": ([HELLO, ASKED], "STARTING"),
    "running": ([HELLO, ASKED, UP], "RUNNING"),
    "finished": ([HELLO, ASKED, UP, DOWN], "FINISHED"),
    "a part is free": ([HELLO, ASKED, UP, DOWN, PART], "FINISHED"),
    "given up": ([HELLO, ASKED, UP, OTHER], "LOST"),
}


@pytest.mark.parametrize("name", [*FLOWS, *UNFINISHED])
def test_what_job_manager_and_service_usually_do_conforms(name: str) -> None:
    """Without any finding, notes included, and to a machine that no option names."""
    messages, state = UNFINISHED[name] if name in UNFINISHED else (FLOWS[name], "RELEASED")
    log = log_of(*messages)
    judgement = judge(START, log, STRICT)
    assert (judgement.findings, judgement.state) == ((), state)
    assert judgement.verdict == ("conforms" if name in FLOWS else "incomplete")
    assert check(log, strict=True) == judge(START, log, Options(strict=True))
    assert plain(log)[:2] == (judgement.verdict, [])


BROKEN: dict[str, tuple[list[Message], str, int]] = {
    "nobody is there": ([ASKED, UP, DOWN, ALL], "start/registered", 1),
    "another job": ([HELLO, ASKED, OTHER, ("start", {**ASK, "id": 7})], "start/one-job", 4),
    "asked twice": ([HELLO, ASKED, ASKED], "start/one", 3),
    "asked while it runs": ([HELLO, ASKED, UP, AGAIN], "start/one", 4),
    "asked after the end": ([HELLO, ASKED, UP, DOWN, ALL, ASKED], "start/over", 6),
    "started a second time": ([HELLO, ASKED, UP, OTHER, ASKED], "start/reattach", 5),
    "shells that are not new": ([HELLO, AGAIN, UP], "start-answer/asked", 3),
    "shells that cannot be found": ([HELLO, ASKED, FOUND], "reattached/asked", 3),
    "two ends": ([HELLO, ASKED, UP, DOWN, DOWN], "finish/once", 5),
    "the end of no shell": ([HELLO, ASKED, DOWN], "finish/after-start", 3),
    "a mild exception excuses nothing": ([HELLO, ASKED, exception(1), DOWN], "finish/after-start", 4),
    "another status": ([HELLO, ASKED, UP, exception(wait_status=9), DOWN], "finish/wait-status", 5),
    "the first exception counts": (
        [HELLO, ASKED, UP, exception(wait_status=9), exception(wait_status=0), DOWN],
        "finish/wait-status", 6,
    ),
    "released before the start": ([HELLO, ASKED, PART], "release/after-start", 3),
    "the last before the end": ([HELLO, ASKED, UP, ALL], "release/after-finish", 4),
    "released twice": ([HELLO, ASKED, UP, DOWN, PART, ALL], "release/once", 6),
    "an end after the last": ([HELLO, ASKED, UP, DOWN, ALL, exception()], "release/last", 6),
    "two that are final": ([HELLO, ASKED, UP, DOWN, ALL, ALL], "release/last", 6),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_mistake_breaks_one_rule_where_it_is_made(name: str) -> None:
    messages, rule, line = BROKEN[name]
    found = judge(START, log_of(*messages), STRICT).findings
    assert [(each.rule, each.line) for each in found] == [(f"rfc32/{rule}", line)]


def test_each_rule_is_broken_by_a_mistake() -> None:
    named = {f"rfc32/{rule}" for _, rule, _ in BROKEN.values()}
    assert named >= {rule.id for rule in load("start").rules}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("hello", {}), ("hello", {"service": None}), ("start", {**ASK, "id": "ƒ1"}), ("start", {"id": ID}),
        ("start", {**ASK, "R": []}), ("start", {**ASK, "jobspec": "x"}), ("start", {**ASK, "reattach": 1}),
        ("exception", {"severity": 8, "type": "x"}), ("exception", {"severity": 0}),
        ("exception", {"severity": 0, "type": "x", "note": 1}),
        ("exception", {"severity": 0, "type": "x", "wait_status": "9"}),
        ("finish", {}), ("finish", {"status": 0.5}), ("release", {"ranks": "0"}),
        ("release", {"ranks": "3-1", "final": True}), ("release", {"ranks": 0, "final": True}),
        ("release", {"ranks": "0", "final": "yes"}),
    ],
)  # fmt: skip
def test_what_a_message_carries_has_its_type(name: str, wrong: dict[str, Any]) -> None:
    found = judge(START, log_of(HELLO, ASKED, (name, wrong)), STRICT).findings
    assert (f"rfc32/{name}/context", 3) in {(each.rule, each.line) for each in found}


WAITING: dict[str, list[Message]] = {
    "an execution service to register": [sent("ping")],
    "the start to be asked for": [HELLO],
    "its shells to start": [HELLO, ASKED],
    "its shells to be found": [HELLO, AGAIN],
    "the final release, as its shells cannot start": [HELLO, ASKED, exception()],
    "its shells to end": [HELLO, ASKED, UP],
    'the final release, with ranks 2 free of processes': [HELLO, ASKED, UP, DOWN, PART],
    "the new service to be asked for it": [HELLO, ASKED, UP, OTHER],
}  # fmt: skip


@pytest.mark.parametrize("says", WAITING)
def test_what_an_unfinished_log_waits_for_is_said(says: str) -> None:
    """Since the last message; a part that is free changes nothing."""
    messages = WAITING[says]
    (waits,) = check(log_of(*messages), machine="start").waits
    assert (waits.says, waits.line) == (says, len(messages) - (messages[-1] == PART))


def found_in(judgement: Judgement) -> list[tuple[str, int]]:
    return sorted((finding.rule, finding.line) for finding in judgement.findings)


KEYS = ["id", "reattach", "severity", "wait_status", "status", "ranks", "final", "service", "note"]
VALUES: list[Any] = [ID, 7, 0, None, True, False, "0", "2-3", "", "[]", "x", {}, {"a": 1}, 1.5]
FURTHER: list[Message] = [
    HELLO, OTHER, ASKED, AGAIN, UP, FOUND, DOWN, ALL, PART, REST, exception(), exception(5),
    exception(wait_status=9), ("start-answer", {"x": 1}), sent("ping"),
]  # fmt: skip


def drawn(draw: random.Random) -> list[Message]:
    """A flow or a mistake, with messages left out, doubled, swapped, moved, and keys changed."""
    flows = [*FLOWS.values(), *(messages for messages, _ in UNFINISHED.values())]
    mistakes = [messages for messages, _, _ in BROKEN.values()]
    messages = list(draw.choice(mistakes if draw.random() < 0.3 else flows))
    if draw.random() < 0.2:
        messages += draw.choice(flows)
    for _ in range(draw.choice([0, 0, 1, 1, 2, 4])):
        at, other = draw.randrange(len(messages)), draw.randrange(len(messages))
        match draw.randrange(6):
            case 0 if len(messages) > 1:
                del messages[at]
            case 1:
                messages.insert(other, messages[at])
            case 2:
                messages[at], messages[other] = messages[other], messages[at]
            case 3:
                messages.insert(at, draw.choice(FURTHER))
            case _:
                name, payload = messages[at]
                changed = dict(payload or {})
                key = draw.choice([*changed, *KEYS])
                changed[key] = draw.choice(VALUES)
                if draw.random() < 0.3:
                    del changed[key]
                messages[at] = name, changed
    return messages


@pytest.mark.parametrize("number", [1200, pytest.param(6000, marks=pytest.mark.slow)])
def test_the_plain_judge_agrees_on_logs_drawn_at_random(number: int) -> None:
    """On verdict, rules, lines, status and ranks; each rule is broken in some, and many conform."""
    draw = random.Random(number)
    counted: Counter[str] = Counter()
    for _ in range(number):
        log = log_of(*drawn(draw))
        verdict, found, status, free = plain(log)
        judgement = judge(START, log, Options(notes=True))
        assert found_in(judgement) == sorted(found), log.decode()
        assert judgement.verdict == verdict
        report = replay(REPORTING, log).report
        assert (report["status"], report["free_ranks"]) == (status, free), log.decode()
        counted.update([verdict, *{rule for rule, _ in found}])
    own = {rule.id for rule in START.specification.rules}
    assert min(counted[rule] for rule in own) > number // 400
    verdicts = [counted[verdict] for verdict in ("conforms", "violates", "incomplete")]
    assert min(verdicts) > number // 12

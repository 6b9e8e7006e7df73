"""The scheduler's messages about one job: recorded flows, each rule broken once, and a second judge.

No instance records such logs, so the flows are written by hand from RFC 27.
"""

import json
import random
from collections import Counter
from typing import Any

import pytest

from checking.alloc_judge import judge as plain
from checking.alloc_judge import merged
from flux_conform import check
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.replay import replay
from flux_conform.language import load
from flux_conform.machine.step import Machine

ALLOC = Machine(load("alloc"))
REPORTING = Machine(load("alloc"), report=True)
STRICT = Options(notes=True, strict=True)

ID = 273804165120
ASK = {"id": ID, "priority": 16, "userid": 5588, "jobspec": {"version": 1, "tasks": []}}
LISTED = {"id": ID, "priority": 16, "userid": 5588, "t_submit": 1700000000.25}
R = {"version": 1, "execution": {"R_lite": [{"rank": "0-1", "children": {"core": "0-3"}}]}}
SUMMARY = {"sched": {"resource_summary": "rank[0-1]/core[0-3]"}}

Message = tuple[str, dict[str, Any] | None]


def sent(name: str, **payload: Any) -> Message:
    """A message about the job; names of keys may have an underscore for a hyphen."""
    return name, payload or None


UP: list[Message] = [
    ("hello", {"partial-ok": True}), ("hello-end", {"errnum": 61}),
    sent("ready", mode="unlimited"), sent("ready-answer", count=0),
]  # fmt: skip
ALLOC_, SUCCESS, CANCEL = (
    ("alloc", ASK),
    sent("success", id=ID, annotations=SUMMARY),
    ("cancel", {"id": ID}),
)
FREE, PART = sent("free", id=ID, R=R, final=True), sent("free", id=ID, R=R)
CANCELLED, DENY = sent("cancelled", id=ID), sent("deny", id=ID, note="too many nodes")
DOWN, LISTING = ("disconnect", None), ("hello-answer", LISTED)
AGAIN: list[Message] = [("hello", {"partial-ok": True}), LISTING, *UP[1:]]


def log_of(*messages: Message) -> bytes:
    lines = []
    for number, (name, payload) in enumerate(messages):
        line: dict[str, Any] = {"timestamp": 1700000000.0 + number / 8, "message": name}
        if payload is not None:
            line["payload"] = payload
        lines.append(json.dumps(line).encode() + b"\n")
    return b"".join(lines)


FLOWS: dict[str, tuple[list[Message], str]] = {
    "a job runs": ([*UP, ALLOC_, SUCCESS, FREE], "FREED"),
    "in limited mode": (
        [*UP[:2], sent("ready", mode="limited", limit=1), UP[3], ALLOC_, SUCCESS, FREE], "FREED",
    ),
    "with estimates": (
        [*UP, ALLOC_, sent("annotate", id=ID, annotations={"sched": {"t_estimate": 9.5}}),
         sent("annotate", id=ID, annotations={"sched": {"t_estimate": None}}), SUCCESS, FREE], "FREED",
    ),
    "denied": ([*UP, ALLOC_, DENY], "DENIED"),
    "the note of a denial may be missing": ([*UP, ALLOC_, sent("deny", id=ID)], "DENIED"),
    "cancelled in the queue": ([*UP, ALLOC_, CANCEL, CANCELLED], "CANCELLED"),
    "held back, and asked for again": (
        [*UP, ALLOC_, CANCEL, CANCELLED, ALLOC_, SUCCESS, FREE], "FREED",
    ),
    "an answer crosses the cancel": ([*UP, ALLOC_, CANCEL, SUCCESS, FREE], "FREED"),
    "a denial crosses the cancel": ([*UP, ALLOC_, CANCEL, DENY], "DENIED"),
    "an estimate crosses the cancel": (
        [*UP, ALLOC_, CANCEL, sent("annotate", id=ID, annotations={}), CANCELLED], "CANCELLED",
    ),
    "a cancel that is too late": ([*UP, ALLOC_, SUCCESS, CANCEL, FREE], "FREED"),
    "two cancels": ([*UP, ALLOC_, CANCEL, CANCEL, CANCELLED], "CANCELLED"),
    "priorities of several jobs": (
        [*UP, ALLOC_, sent("prioritize", jobs=[[ID, 20], [7, 0]]), SUCCESS, FREE,
         sent("prioritize", jobs=[[7, 1]])], "FREED",
    ),
    "freed in parts": ([*UP, ALLOC_, SUCCESS, PART, sent("free", id=ID, R=R, final=False), FREE], "FREED"),
    "time is extended": (
        [*UP, ALLOC_, SUCCESS, sent("expiration", id=ID, expiration=1700003600.5),
         ("expiration-answer", None), sent("expiration", id=ID, expiration=0),
         sent("expiration-answer", errnum=38), FREE], "FREED",
    ),
    "the scheduler is replaced": ([*UP, ALLOC_, SUCCESS, DOWN, *AGAIN, FREE], "FREED"),
    "and a part was freed": (
        [*UP, ALLOC_, SUCCESS, PART, DOWN, AGAIN[0], ("hello-answer", {**LISTED, "free": "1"}),
         *AGAIN[2:], FREE], "FREED",
    ),
    "the scheduler goes while it is asked": ([*UP, ALLOC_, DOWN, *UP, ALLOC_, SUCCESS, FREE], "FREED"),
    "and is asked to give up": ([*UP, ALLOC_, CANCEL, DOWN, *UP, ALLOC_, DENY], "DENIED"),
    "the scheduler answers with an error": (
        [*UP, ALLOC_, sent("error", errnum=71), DOWN, *UP, ALLOC_, SUCCESS, FREE], "FREED",
    ),
    "the job manager was restarted": ([*AGAIN, FREE], "FREED"),
    "the hello fails": ([UP[0], sent("error", errnum=1, errstr="not the owner"), *AGAIN, FREE], "FREED"),
    "the job ends while nobody is there": ([*AGAIN, DOWN, *UP], "FREED"),
    "and a part was freed before": ([*UP, ALLOC_, SUCCESS, PART, DOWN, *UP], "FREED"),
    "nobody saw the scheduler go": ([*UP, ALLOC_, *UP, ALLOC_, SUCCESS, FREE], "FREED"),
}  # fmt: skip
UNFINISHED: dict[str, tuple[list[Message], str]] = {
    "nothing was asked": (UP, "IDLE"),
    "pending": ([*UP, ALLOC_], "PENDING"),
    "to be given up": ([*UP, ALLOC_, CANCEL], "CANCELLING"),
    "running": ([*UP, ALLOC_, SUCCESS], "HELD"),
    "freed in part": ([*UP, ALLOC_, SUCCESS, PART], "FREEING"),
    "suspended": ([*UP, ALLOC_, DOWN], "IDLE"),
}


@pytest.mark.parametrize("name", [*FLOWS, *UNFINISHED])
def test_what_job_manager_and_scheduler_usually_do_conforms(name: str) -> None:
    """Without any finding, notes included, and to a machine that no option names."""
    messages, state = (FLOWS | UNFINISHED)[name]
    log = log_of(*messages)
    judgement = judge(ALLOC, log, STRICT)
    assert (judgement.findings, judgement.state) == ((), state)
    assert judgement.verdict == ("conforms" if name in FLOWS else "incomplete")
    assert check(log, strict=True) == judge(ALLOC, log, Options(strict=True))
    assert plain(log)[:2] == (judgement.verdict, [])


BROKEN: dict[str, tuple[list[Message], str, int]] = {
    "two jobs": ([*UP, ALLOC_, sent("success", id=7)], "messages/one-job", 6),
    "a list that nobody asked for": ([LISTING], "hello-answer/asked", 1),
    "listed twice": ([UP[0], LISTING, LISTING, *UP[1:]], "hello-answer/once", 3),
    "listed with nothing": (
        [*UP, ALLOC_, CANCEL, DOWN, UP[0], LISTING, *UP[1:]], "hello-answer/holds", 9,
    ),
    "a part for a scheduler that takes none": (
        [("hello", None), ("hello-answer", {**LISTED, "free": "0"}), *UP[1:]], "hello-answer/free", 2,
    ),
    "an end of nothing": ([("hello-end", None)], "hello-end/asked", 1),
    "ready without a hello": ([UP[2]], "ready/after-hello", 1),
    "ready within a hello": ([UP[0], UP[2]], "ready/after-hello", 2),
    "no limit": ([*UP[:2], sent("ready", mode="limited")], "ready/limit", 3),
    "a limit too many": ([*UP[:2], sent("ready", mode="unlimited", limit=3)], "ready/limit", 3),
    "a count of nothing": ([*UP[:2], UP[3]], "ready-answer/asked", 3),
    "asked too early": ([*UP[:2], ALLOC_], "alloc/ready", 3),
    "asked while nobody is there": ([*UP, DOWN, ALLOC_], "alloc/ready", 6),
    "asked twice": ([*UP, ALLOC_, ALLOC_], "alloc/one", 6),
    "asked before the answer to a cancel": ([*UP, ALLOC_, CANCEL, ALLOC_], "alloc/one", 7),
    "asked for more": ([*UP, ALLOC_, SUCCESS, ALLOC_], "alloc/not-held", 7),
    "asked after a denial": ([*UP, ALLOC_, DENY, ALLOC_], "alloc/over", 7),
    "asked after the end": ([*UP, ALLOC_, SUCCESS, FREE, ALLOC_], "alloc/over", 8),
    "given up unasked": ([*UP, ALLOC_, CANCELLED], "cancelled/asked", 6),
    "given up with a note": (
        [*UP, ALLOC_, CANCEL, sent("cancelled", id=ID, note="x")], "cancelled/id-alone", 7,
    ),
    "given up with annotations": (
        [*UP, ALLOC_, CANCEL, sent("cancelled", id=ID, annotations={})], "cancelled/id-alone", 7,
    ),
    "freed while nobody is there": ([*UP, ALLOC_, SUCCESS, DOWN, FREE], "requests/ready", 8),
    "cancelled while nobody is there": ([CANCEL], "requests/ready", 1),
    "an answer too many": (
        [*AGAIN, sent("expiration", id=ID, expiration=1), ("expiration-answer", None),
         ("expiration-answer", None)], "expiration-answer/asked", 8,
    ),
    "an answer from an earlier scheduler": (
        [*AGAIN, sent("expiration", id=ID, expiration=1), DOWN, *AGAIN, ("expiration-answer", None)],
        "expiration-answer/asked", 13,
    ),
    "success of nothing": ([*UP, SUCCESS], "states/undefined", 5),
    "success after the answer": ([*UP, ALLOC_, CANCEL, CANCELLED, SUCCESS], "states/undefined", 8),
    "success from an earlier scheduler": ([*UP, ALLOC_, DOWN, *UP, SUCCESS], "states/undefined", 11),
    "annotated after the answer": (
        [*UP, ALLOC_, SUCCESS, sent("annotate", id=ID, annotations={})], "states/undefined", 7,
    ),
    "denied after success": ([*UP, ALLOC_, SUCCESS, DENY], "states/undefined", 7),
    "freed with nothing": ([*UP, FREE], "states/undefined", 5),
    "freed while asking": ([*UP, ALLOC_, FREE], "states/undefined", 6),
    "freed again": ([*UP, ALLOC_, SUCCESS, FREE, FREE], "states/undefined", 8),
    "freed after all was": ([*UP, ALLOC_, SUCCESS, FREE, PART], "states/undefined", 8),
    "listed after all was freed": ([*UP, ALLOC_, SUCCESS, FREE, DOWN, *AGAIN[:2]], "states/undefined", 10),
    "an expiration for nothing": ([*UP, sent("expiration", id=ID, expiration=1)], "states/silent", 5),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_mistake_breaks_one_rule_where_it_is_made(name: str) -> None:
    messages, rule, line = BROKEN[name]
    found = judge(ALLOC, log_of(*messages), STRICT).findings
    assert [(each.rule, each.line) for each in found] == [(f"rfc27/{rule}", line)]


def test_each_rule_is_broken_by_a_mistake() -> None:
    named = {f"rfc27/{rule}" for _, rule, _ in BROKEN.values()}
    assert named >= {rule.id for rule in load("alloc").rules}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("hello", {"partial-ok": 1}), ("hello-answer", {**LISTED, "t_submit": "now"}),
        ("hello-answer", {**LISTED, "priority": 4294967296}), ("hello-answer", {**LISTED, "userid": None}),
        ("ready", {}), ("ready", {"mode": "single"}), ("ready", {"mode": "limited", "limit": 0}),
        ("ready", {"mode": "limited", "limit": 2147483648}), ("ready-answer", {"count": 0.5}),
        ("alloc", {**ASK, "priority": -1}), ("alloc", {**ASK, "jobspec": "x"}), ("alloc", {"id": ID}),
        ("success", {"id": "ƒ1"}), ("success", {"id": ID, "annotations": []}), ("annotate", {"id": ID}),
        ("deny", {"id": ID, "note": 1}), ("cancelled", {}), ("cancel", {"id": True}),
        ("prioritize", {"jobs": [ID, 1]}), ("prioritize", {"jobs": [[ID, "high"]]}),
        ("expiration", {"id": ID}), ("expiration-answer", {"errnum": "ENOSYS"}),
        ("free", {"id": ID, "final": True}), ("free", {"id": ID, "R": R, "final": "yes"}),
        ("error", {}), ("error", {"errnum": 1, "errstr": 1}),
    ],
)  # fmt: skip
def test_what_a_message_carries_has_its_type(name: str, wrong: dict[str, Any]) -> None:
    found = judge(ALLOC, log_of(*UP, ALLOC_, (name, wrong)), STRICT).findings
    assert (f"rfc27/{name}/context", 6) in {(each.rule, each.line) for each in found}


def test_what_the_scheduler_says_is_merged_and_lapses_with_the_request() -> None:
    """At any depth; null removes; only a success makes it last."""
    said: list[dict[str, Any]] = [{"sched": {"t": 1, "q": "a"}}, {"sched": {"t": None}, "user": 2}]
    asked = [*UP, ALLOC_, *(sent("annotate", id=ID, annotations=each) for each in said)]
    left = {"sched": {"q": "a"}, "user": 2}
    for ending, annotations in (
        ([], left),
        ([SUCCESS], merged(left, SUMMARY)),
        ([SUCCESS, DOWN, *AGAIN, FREE], merged(left, SUMMARY)),
        ([DENY], {}), ([CANCEL], left), ([CANCEL, CANCELLED], {}), ([DOWN], {}),
        ([sent("error", errnum=5)], {}), ([UP[0]], {}),
    ):  # fmt: skip
        log = log_of(*asked, *ending)
        assert replay(REPORTING, log).report["annotations"] == annotations == plain(log)[2]


def found_in(judgement: Judgement) -> list[tuple[str, int]]:
    return sorted((finding.rule, finding.line) for finding in judgement.findings)


KEYS = ["id", "annotations", "final", "free", "limit", "mode", "note", "partial-ok", "R", "errnum"]
VALUES: list[Any] = [ID, 7, None, True, False, "limited", "", "0-1", {}, {"a": 1}, {"a": None}, 1.5]


FURTHER: list[Message] = [
    *AGAIN, *UP, DOWN, CANCEL, LISTING, ALLOC_, SUCCESS, FREE, ("retire", {"id": 3}), ("hello", None),
    ("hello-answer", {**LISTED, "free": "1"}), sent("ready", mode="limited"),
    sent("ready", mode="unlimited", limit=4), sent("cancelled", id=ID, note="x"), CANCELLED,
    sent("expiration", id=ID, expiration=1), ("expiration-answer", None), sent("error", errnum=2),
]  # fmt: skip


def drawn(draw: random.Random) -> list[Message]:
    """One or two flows, or one mistake, with messages left out, doubled, swapped, moved, and keys changed."""
    flows = [messages for messages, _ in (FLOWS | UNFINISHED).values()]
    mistakes = [messages for messages, _, _ in BROKEN.values()]
    messages = list(draw.choice(mistakes if draw.random() < 0.3 else flows))
    if draw.random() < 0.3:
        messages += draw.choice(flows)
    for _ in range(draw.choice([0, 0, 1, 1, 2, 4])):
        if not messages:
            break
        at, other = draw.randrange(len(messages)), draw.randrange(len(messages))
        match draw.randrange(6):
            case 0:
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
    """On verdict, rules, lines and annotations; each rule is broken in some, and many conform."""
    draw = random.Random(number)
    counted: Counter[str] = Counter()
    for _ in range(number):
        messages = drawn(draw)
        if not messages:
            continue
        log = log_of(*messages)
        verdict, found, said = plain(log)
        judgement = judge(ALLOC, log, Options(notes=True))
        assert found_in(judgement) == sorted(found), log.decode()
        assert judgement.verdict == verdict
        assert replay(REPORTING, log).report["annotations"] == said, log.decode()
        counted.update([verdict, *{rule for rule, _ in found}])
    own = {rule.id for rule in ALLOC.specification.rules}
    assert own <= counted.keys()
    assert min(counted[rule] for rule in own) > number // 400
    assert (
        min(counted[verdict] for verdict in ("conforms", "violates", "incomplete")) > number // 10
    )

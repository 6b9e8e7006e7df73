"""Logs with more faults than few changes mend: each is mended, and another judge finds it sound."""

import json
import random

import pytest

import oracle
from facts.cases import (
    CASES,
    LIFE,
    VIOLATES,
    added,
    began,
    ended,
    exception,
    finish,
    line,
    lines,
    removed,
    submit,
    urgency,
)
from flux_conform.checking.judge import Options
from flux_conform.checking.replay import replay
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.repair import (
    Bounds,
    Drop,
    DropCopies,
    Insert,
    Mender,
    Mending,
    Move,
    Set,
    in_words,
    mend,
)
from flux_conform.repair.copies import find_copies
from flux_conform.repair.log_lines import Line, lines_of
from flux_conform.repair.walker import Walker
from random_logs import made

JOB = Machine(load("job"))
EXEC = Machine(load("exec"))
JOBS = Mender(JOB)
HURRIED = Mender(JOB, bounds=Bounds(seconds=0.1))
RICH = (
    *LIFE[:2], added("a"), added("b"), removed("a"), removed("b"), *LIFE[2:4], urgency(20),
    LIFE[3], LIFE[4], began("prolog"), ended("prolog"), LIFE[5], *LIFE[6:],
)  # fmt: skip
"""A life with more in it, of which nothing is told twice but a priority."""


def sound(mending: Mending) -> bytes:
    """The mended log, which violates nothing for a judge that knows no specification."""
    assert mending.repairs
    for repair in mending.repairs:
        verdict = oracle.judge(repair.data)
        assert verdict.verdict != VIOLATES, (verdict, in_words(repair.changes))
    return mending.repairs[0].data


def told(log: bytes) -> list[tuple[str, object]]:
    """Names and contexts, whatever the times."""
    rows = [json.loads(each) for each in log.splitlines()]
    return [(row["name"], row.get("context") or None) for row in rows]


# Faults that have nothing to do with each other


def update(expiration: object) -> str:
    return line("resource-update", expiration=expiration)


def test_four_broken_contexts_are_four_changes_and_no_search() -> None:
    """Each keeps most of what stood there; no more than these lines are touched."""
    broken = [update(n + 0.25) for n in (1795348607, 0, 1795351607, 1795349807)]
    log = lines(*LIFE[:6], *broken, *LIFE[6:])
    mending = JOBS.mend(log)
    assert "1795351607" in in_words(mending.repairs[0].changes)
    assert [type(change) for change in mending.repairs[0].changes] == [Set] * 4
    assert (mending.cost and mending.cost.changes, mending.exact) == (4, True)
    kept = told(sound(mending))
    assert [context["expiration"] for name, context in kept if name == "resource-update"] == [
        *(1795348607, 0, 1795351607, 1795349807)
    ]
    assert [each for each in kept if each[0] != "resource-update"] == told(lines(*LIFE))


@pytest.mark.parametrize("count", [5, 10, 40])
def test_any_number_of_broken_lines_is_mended_at_the_price_of_each(count: int) -> None:
    """Beyond the changes that are tried together, and beside one fault that needs these."""
    broken = [update(n + 0.5) if n % 2 else line("memo", None) for n in range(count)]
    wrong = [each if "resource" in each else each.replace("}", ',"context":7}') for each in broken]
    log = lines(*LIFE[:6], *wrong, b"garbage", *LIFE[6:])
    mending = JOBS.mend(log)
    assert mending.cost is not None
    assert mending.cost.changes == count + 1
    sound(mending)
    without = lines(LIFE[0], *LIFE[2:6], *wrong, b"garbage", *LIFE[6:])
    mending = JOBS.mend(without)
    assert mending.cost is not None
    assert mending.cost.changes == count + 2
    assert ("validate", None) in told(sound(mending))


def test_of_broken_lines_alone_none_is_mended_in_vain() -> None:
    """A log of which no line is an event would be made up whole."""
    mending = JOBS.mend(b"[]\n" * 9)
    assert (mending.cost, mending.repairs, mending.tried) == (None, (), 4)


# Logs that were written twice


def later(log: bytes, seconds: float) -> bytes:
    rows = [json.loads(each) for each in log.splitlines()]
    return b"".join(
        json.dumps({**row, "timestamp": row["timestamp"] + seconds}).encode() + b"\n"
        for row in rows
    )


@pytest.mark.parametrize("seconds", [0, 0.125, 7200, -30])
@pytest.mark.parametrize("life", [LIFE, RICH, LIFE[:7]], ids=["life", "rich", "on its way"])
def test_a_log_that_was_appended_to_itself_loses_the_copies(
    life: tuple[str, ...], seconds: float
) -> None:
    """Once or five times, whatever the times of the copies are; as one change."""
    log = lines(*life)
    for times in (1, 5):
        doubled = log + b"".join(later(log, seconds * n) for n in range(1, times + 1))
        mending = JOBS.mend(doubled)
        ((change,),) = [repair.changes for repair in mending.repairs]
        assert isinstance(change, DropCopies)
        assert change.lines == tuple(range(len(life) + 1, (times + 1) * len(life) + 1))
        assert sound(mending) == log
        assert mending.cost == (1, 0, 0, 0)


def test_a_log_with_each_line_written_again_loses_the_copies() -> None:
    """Those that violate nothing too: a second start, or finish."""
    log = lines(*RICH).splitlines(keepends=True)
    for times in (2, 3):
        doubled = b"".join(each + later(each, 0.001) * (times - 1) for each in log)
        mending = JOBS.mend(doubled)
        assert sound(mending) == b"".join(log)
        says = in_words(mending.repairs[0].changes)
        assert says.endswith(", which repeat earlier lines")
        assert says.startswith("drop lines 2, 4, 6, " if times == 2 else "drop lines 2 to 3, 5 to")


def test_lines_that_come_again_after_a_pause_go() -> None:
    """All so far, or the last of them, as after a connection that broke; or a part at the end."""
    for begin, end in ((0, 8), (3, 8), (0, len(LIFE))):
        again = [*LIFE[:end], *LIFE[begin:end], *LIFE[end:]]
        assert told(sound(JOBS.mend(lines(*again)))) == told(lines(*LIFE))
    cut = [*LIFE, *LIFE[:4]]
    assert told(sound(JOBS.mend(lines(*cut)))) == told(lines(*LIFE))


def test_what_a_log_tells_twice_rightly_stays() -> None:
    """A fault elsewhere is no reason to drop it."""
    twice = [urgency(0), LIFE[3], urgency(16), LIFE[3], urgency(0), LIFE[3], urgency(16), LIFE[3]]
    log = lines(LIFE[0], *LIFE[2:4], *twice, *LIFE[4:])
    assert told(sound(JOBS.mend(log))) == told(lines(*LIFE[:4], *twice, *LIFE[4:]))


def test_copies_are_no_excuse_for_a_log_that_violates_without_them() -> None:
    """Then they go, and what is wrong is mended as well."""
    broken = (*LIFE[:6], update(1.25), *LIFE[6:])
    mended = told(sound(JOBS.mend(lines(*broken) + later(lines(*broken), 60))))
    assert mended == told(lines(*LIFE[:6], update(1), *LIFE[6:]))


def test_a_repair_without_the_copies_is_exact_where_as_many_changes_were_looked_through() -> None:
    """One that drops them and changes more is not known to be one of the smallest."""
    log = lines(*LIFE)
    assert JOBS.mend(log + later(log, 60)).exact
    broken = lines(*LIFE[:6], update(1.25), *LIFE[6:])
    assert not JOBS.mend(broken + later(broken, 60)).exact


# Ties


@pytest.mark.parametrize(
    ("wait_status", "forms", "reported"),
    [(139, (35584, 139), 139), (256, (256, 1), 1), (9, (35072, 137), 137), (512, (512, 2), 2)],
)
def test_two_forms_that_a_rule_accepts_are_a_tie(
    wait_status: int, forms: tuple[int, ...], reported: int
) -> None:
    """First stands the one from which a replay gives the return code that the shell gave."""
    log = lines(*LIFE[:6], exception(0, "exec", wait_status=wait_status), finish(77), *LIFE[7:])
    mending = JOBS.mend(log)
    sound(mending)
    changes = [repair.changes[0] for repair in mending.repairs]
    assert [change.value for change in changes if isinstance(change, Set)] == list(forms)
    told_by_replay = replay(Machine(load("job"), report=True), mending.repairs[0].data).report
    assert told_by_replay["returncode"] == reported


# Anything else


def test_lines_out_of_order_are_put_in_order_of_time() -> None:
    """With as many moves as are needed, however many these are."""
    stamped = lines(*RICH).splitlines(keepends=True)
    mending = HURRIED.mend(b"".join(stamped[::-1]))
    assert mending.cost is not None
    assert {type(change) for change in mending.repairs[0].changes} == {Move}
    assert mending.cost.changes == len(RICH) - 1
    assert sound(mending) == b"".join(stamped)
    assert not mending.exact


def test_a_second_log_behind_the_first_goes() -> None:
    """Nothing may follow the end, and all of it is another job's."""
    other = lines(submit(userid=7, urgency=3), *LIFE[1:4], exception(0, "cancel"), LIFE[9])
    mending = HURRIED.mend(lines(*LIFE) + later(other, 100))
    assert told(sound(mending))[: len(LIFE)] == told(lines(*LIFE))
    assert all(isinstance(change, Drop) for change in mending.repairs[0].changes)


def test_faults_that_are_mended_one_after_another_keep_the_lines_between_them() -> None:
    """Each lost event is put back where it was, and nothing that stands is dropped for it."""
    left = [*LIFE[:1], *LIFE[2:4], *LIFE[5:]]
    mending = Mender(JOB, bounds=Bounds(changes=1)).mend(lines(*left))
    assert [type(change) for change in mending.repairs[0].changes] == [Insert, Insert]
    names = [name for name, _ in told(sound(mending))]
    assert names == [name for name, _ in told(lines(*LIFE))]


def hand_made() -> list[bytes]:
    return [case.log for case in CASES if case.verdict == VIOLATES][::7]


def at_random(seed: int, count: int) -> list[bytes]:
    choose = random.Random(seed)
    logs = (made(choose) for _ in range(20 * count))
    return [log for log in logs if oracle.judge(log).verdict == VIOLATES][:count]


def scrambled(seed: int, count: int) -> list[bytes]:
    """Lives that suffered several things at once."""
    choose = random.Random(seed)
    found: list[bytes] = []
    while len(found) < count:
        parts: list[str | bytes] = list(choose.choice((LIFE, RICH)))
        for _ in range(choose.randint(2, 5)):
            n = choose.randrange(len(parts))
            match choose.randrange(7):
                case 0:
                    del parts[n]
                case 1:
                    parts.insert(n, choose.choice(LIFE))
                case 2:
                    parts.insert(n, choose.choice((b"", b"{}", b"\xff", b'{"timestamp":1,"na')))
                case 3:
                    choose.shuffle(parts)
                case 4:
                    parts += parts
                case 5:
                    parts.insert(n, update(choose.choice((0.5, "x", None))))
                case _:
                    parts = parts[n:] or parts
        log = lines(*parts)
        if oracle.judge(log).verdict == VIOLATES:
            found.append(log)
    return found


@pytest.mark.parametrize(
    "logs",
    [
        pytest.param(hand_made(), id="by hand"),
        pytest.param(at_random(5, 30), id="at random"),
        pytest.param(scrambled(8, 12), id="scrambled"),
    ],
)
def test_no_log_with_an_event_stays_unmended(logs: list[bytes]) -> None:
    """Whatever is wrong with it; with little time, so that what is dropped is seen too."""
    assert len(logs) >= 12
    for mender in (HURRIED, Mender(JOB, bounds=Bounds(changes=1, seconds=0.01))):
        for log in logs[:: 1 if mender is HURRIED else 3]:
            if any(each.happening is not None for each in lines_of(Walker(JOB, Options()), log)):
                sound(mender.mend(log))


def test_a_repair_that_does_not_mend_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a search says of it: each log is judged before it is handed out."""
    monkeypatch.setattr("flux_conform.repair.stages.count_findings", lambda *_: 0)
    broken = lines(*LIFE[:6], update(1.5), *LIFE[6:])
    for repair in mend(JOB, broken + later(broken, 60)).repairs:
        assert oracle.judge(repair.data).verdict != VIOLATES


def test_logs_of_another_machine_are_mended_the_same_way() -> None:
    """A log of an execution that was doubled."""
    log = b"".join(
        json.dumps({"timestamp": n + 1, "name": name}).encode() + b"\n"
        for n, name in enumerate(("init", "starting", "done"))
    )
    assert Mender(EXEC).mend(log).cost == (0, 0, 0, 0)
    mending = Mender(EXEC).mend(log + later(log, 10))
    assert mending.repairs[0].data == log


def contents(text: str) -> list[Line]:
    entry = lines_of(Walker(JOB, Options()), b'{"timestamp":1,"name":"x"}\n')[0]
    return [entry._replace(content=each) for each in text]


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("abcabc", "...abc"),
        ("abcabcab", "...abcab"),
        ("aabbcc", ".a.b.c"),
        ("aabbaa", ".a.b.a"),
        ("aabccbaa", "....cbaa"),
        ("abab", "..ab"),
        ("xababy", "...ab."),
        ("abcabd", None),
        ("abca", None),
        ("aab", None),
    ],
)
def test_copies_are_found_by_how_a_log_repeats_itself(text: str, gone: str | None) -> None:
    found = [
        "".join(each if n in lost else "." for n, each in enumerate(text))
        for lost in find_copies(contents(text))
    ]
    assert gone in found if gone is not None else found == []

"""The fast path says what the careful one says, or leaves the log to it."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from facts.cases import CASES, LIFE, START, added, line, lines, removed
from flux_conform.checking import fast as fast_path
from flux_conform.checking import sound_lines
from flux_conform.checking.fast import FastPath
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.judges import Judge
from flux_conform.checking.sound_lines import SoundLines
from flux_conform.language import load
from flux_conform.language.bag import Bag
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.machine.step import Machine
from random_logs import MUTATIONS, random_logs

SPECIFICATION = load("job")
MACHINE = Machine(SPECIFICATION)


def is_taken(fast: FastPath, log: bytes) -> bool:
    """Whether the fast path judges the log; then it says what the careful one does.

    What a log waits for, or that it is stuck, is added to its judgement later, as test_waits and
    test_dead_ends have it.
    """
    judgement = fast.judge(log)
    if judgement is None:
        return False
    assert judgement == judge(MACHINE, log)._replace(waits=(), stuck=()), log
    return True


def judged_in_batches(logs: Sequence[bytes], size: int = 40) -> list[Judgement | None]:
    """By a fast path of its own."""
    fast = FastPath(MACHINE)
    return [
        judgement
        for start in range(0, len(logs), size)
        for judgement in fast.judge_batch(logs[start : start + size])
    ]


@pytest.mark.parametrize("seed", [101, 102])
def test_the_two_paths_agree_on_random_logs(seed: int) -> None:
    """One fast path, which remembers what it learnt from all of them; and a batch at a time."""
    fast = FastPath(MACHINE)
    logs = list(random_logs(seed))
    taken = [is_taken(fast, log) for log in logs]
    assert sum(taken) > 30
    assert judged_in_batches(logs) == [fast.judge(log) for log in logs]
    sound = SoundLines(MACHINE, fast)
    for log in logs[::4]:
        assert judge(MACHINE, log, sound=sound) == judge(MACHINE, log), log


def test_a_log_is_judged_by_itself_whatever_stands_beside_it_in_a_batch() -> None:
    """Logs that are sound only together with their neighbours are left to the careful path."""
    one, two = lines(*LIFE[:2]).splitlines()
    deep = b'{"x":' + b"[" * 300 + b"]" * 300 + b"," + one[1:] + b"\n"
    broken = one.replace(b":", b":\n", 1)
    odd = [
        b"", one, b"\n" + one + b"\n", one + two + b"\n\n", one, b"\n\n" + one + two + b"\n",
        broken + two + b"\n", deep, b'{"x":"\xff",' + one[1:] + b"\n", b"\xef\xbb\xbf" + one + b"\n",
    ]  # fmt: skip
    alone = FastPath(MACHINE)
    assert [alone.judge(log) for log in odd] == [None] * len(odd)
    sound = one + b"\n" + two + b"\n"
    assert alone.judge(sound) is not None
    for size in (1, 2, 3, 40):
        for beside in ([], [sound], [sound, sound]):
            logs = [log for strange in odd for log in (strange, *beside)]
            assert judged_in_batches(logs, size) == [alone.judge(log) for log in logs]


def test_a_line_of_a_faulty_log_that_nests_too_deep_is_not_hastened_over() -> None:
    """The decoder of the fast path would skip it."""
    one, two = lines(*LIFE[:2]).splitlines()
    deep = b'{"timestamp":1,"name":"memo","context":{"a":' + b"[" * 300 + b"]" * 300 + b"}}"
    sound = SoundLines(MACHINE, FastPath(MACHINE))
    for log in (b"\n".join((one, one, deep, two, b"")), b"\n".join((one, deep, one, b""))):
        for given in (None, sound):
            with pytest.raises(UnreadableLog, match="nests deeper"):
                judge(MACHINE, log, sound=given)


def test_the_two_paths_agree_on_the_cases_and_their_mutations() -> None:
    """Twice, for what is remembered the second time; the fast path takes what is sound."""
    fast = FastPath(MACHINE)
    choose = random.Random(7)
    for case in CASES * 2:
        taken = is_taken(fast, case.log)
        assert not (taken and case.findings)
        if case.log:
            mutated = choose.choice(list(MUTATIONS.values()))(case.log, choose)
            try:
                is_taken(fast, mutated)
            except UnreadableLog:
                assert fast.judge(mutated) is None
    sound = [case for case in CASES if not case.findings and not case.notes]
    assert sum(is_taken(fast, case.log) for case in sound) > len(sound) / 2


def test_the_fast_path_takes_nearly_every_real_log_that_conforms(corpus: Path) -> None:
    """Else it would be no path."""
    fast = FastPath(MACHINE)
    logs = [path.read_bytes() for path in sorted((corpus / "job").rglob("*.eventlog"))]
    assert sum(is_taken(fast, log) for log in logs) > 0.95 * len(logs)


@pytest.mark.parametrize("options", [Options(), Options(strict=True), Options(notes=True)])
def test_a_judge_of_many_logs_says_what_the_judge_of_one_does(options: Options) -> None:
    """Before and after it is worth to build the fast path, whatever is asked for."""
    many = Judge(SPECIFICATION, options)
    cases = CASES[::3]
    expected = [judge(MACHINE, case.log, options) for case in cases]
    assert sum(len(case.log) for case in cases) > 1 << 17
    for case, careful in zip(cases * 2, expected * 2, strict=True):
        assert many.judge(case.log) == careful
    named = [(str(number), case.log) for number, case in enumerate(cases)]
    told = list(Judge(SPECIFICATION, options).judge_all(iter(named * 2)))
    assert (
        told
        == [(name, log, careful) for (name, log), careful in zip(named, expected, strict=True)] * 2
    )


def test_what_is_remembered_of_faulty_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though each leads elsewhere; and no large bag is compared with another."""

    def toggled(name: str) -> list[str]:
        steps = (added(name), removed(name))
        return [step.replace("@", '"x"') for step in steps]

    names = [f"{number}" for number in range(60)]
    few = lines(LIFE[0], *(step for name in names for step in toggled(name)))
    sound = SoundLines(MACHINE, FastPath(MACHINE))
    monkeypatch.setattr(sound_lines, "_MAX_MEMORY", 7)
    assert judge(MACHINE, few, sound=sound) == judge(MACHINE, few)
    assert len(sound._known) <= 7
    many = lines(LIFE[0], *map(added, names), *toggled("a") * 2)
    expected = judge(MACHINE, many)
    items, looked_at = Bag.items, []
    monkeypatch.setattr(Bag, "items", lambda self: (looked_at.append(len(self)), items(self))[1])
    assert judge(MACHINE, many, sound=sound) == expected
    assert max(looked_at) < 60


def test_members_are_told_in_the_order_of_the_log_itself() -> None:
    """Though another log, judged before, came to hold the same ones in another order."""
    sound = SoundLines(MACHINE, FastPath(MACHINE))
    a, b = (line("prolog-start", description=name) for name in "ab")
    for log in (lines(*LIFE[:5], *pair, START) for pair in ((a, b), (b, a))):
        assert judge(MACHINE, log, sound=sound) == judge(MACHINE, log)


def test_long_logs_are_forgotten_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of a log grows with its events, and that of all of them is bounded."""
    memo, restart = line("memo", a=1), line("flux-restart")
    logs = [
        lines(*LIFE[:2], *(restart if number >> bit & 1 else memo for bit in range(200)))
        for number in range(40)
    ]
    monkeypatch.setattr(fast_path, "_MAX_MEMORY", 100)
    fast = FastPath(MACHINE)
    careful = [judge(MACHINE, log)._replace(waits=(), stuck=()) for log in logs]
    assert [fast.judge(log) for log in logs] == careful
    assert 0 < len(fast._shapes) < 10


def test_a_log_that_is_unreadable_is_said_to_be_so_among_others() -> None:
    """Its neighbours are judged as ever."""
    sound = next(case.log for case in CASES if not case.findings and not case.notes)
    deep = b'{"a":' * 300 + b"1" + b"}" * 300 + b"\n"
    logs = [("a", sound), ("b", deep), ("c", sound)] * 100
    told = list(Judge(SPECIFICATION).judge_all(logs))
    assert [(name, log) for name, log, _ in told] == logs
    for name, log, judgement in told:
        if name == "b":
            assert isinstance(judgement, UnreadableLog)
        else:
            assert judgement == judge(MACHINE, log)

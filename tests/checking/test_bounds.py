"""What a hostile log costs is bounded, and costs no other log its judgement."""

from __future__ import annotations

import gzip
import json
import lzma
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from checking.test_robustness import MACHINE
from facts.cases import LIFE, lines
from flux_conform.checking import judges as judges_module
from flux_conform.checking import listing
from flux_conform.checking.finding import Judgement
from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.judges import Judge
from flux_conform.checking.window import judge_window
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.logs import eventlog
from flux_conform.logs.eventlog import UnreadableLog, read_entries
from flux_conform.logs.limits import within_limits
from flux_conform.logs.lines import Lines, blocks
from flux_conform.machine.memo import Memo

SOUND = lines(*LIFE)
COLLIDES = (1 << 61) - 1


def test_values_of_one_hash_are_not_remembered_beside_each_other() -> None:
    """The first is; what is looked up of the others is found out anew each time."""
    memo: Memo[object, int] = Memo()
    for number in range(1, 50):
        assert memo.remember((COLLIDES * number, "x"), number) == number
        assert memo.get((COLLIDES * number, "x")) == (1 if number == 1 else None)
    assert len(memo) == 1
    memo.clear()
    assert memo.remember((COLLIDES * 2, "x"), 2) == 2
    assert memo == {(COLLIDES * 2, "x"): 2}


def test_logs_whose_values_collide_are_judged_as_others() -> None:
    """A status of each multiple: the fast path says what the careful one says."""
    judging = Judge(load("job"))
    status = '{"timestamp":1,"name":"finish","context":{"status":%d}}\n'
    logs = [
        lines(*LIFE[:-4]) + (status % (COLLIDES * number)).encode() for number in range(1, 200)
    ] * 3
    told = [
        judgement
        for _, _, judgement in judging.judge_all((str(n), log) for n, log in enumerate(logs))
    ]
    assert told == [judge(MACHINE, log) for log in logs]


def test_keys_that_stand_twice_are_named_up_to_a_few() -> None:
    """Of two thousand ten are named, and the others counted."""
    keys = ",".join(f'"k{number}":1,"k{number}":2' for number in range(2_000))
    (entry,) = read_entries(('{"timestamp":1,"name":"x",' + keys + "}\n").encode())
    details = {fault.check: fault.detail for fault in entry.faults}
    assert details["duplicate-key"].endswith('"k9" and 1,990 more')
    assert details["keys"].endswith('"k9" and 1,990 more')


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("data", [b"", b"\n", b"a", b"a\n", b"\n\n\n", b"ab\nc\n\nlonger line\nx"])
def test_lines_come_whole_whatever_the_size_of_a_block(
    data: bytes, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block ends with a line, so that a long line makes a long block."""
    monkeypatch.setattr("flux_conform.logs.lines._BLOCK", size)
    found = [
        (line, place < ended) for some, ended in blocks(data) for place, line in enumerate(some)
    ]
    parts = data.split(b"\n")
    expected = [(line, True) for line in parts[:-1]]
    expected += [(parts[-1], False)] if parts[-1] else []
    assert found == expected
    line_of = Lines(data)
    for number in (*range(1, len(expected) + 1), *range(len(expected), 0, -1)):
        assert line_of(number) == expected[number - 1][0]


def test_a_log_of_too_many_lines_without_events_is_unreadable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many as the limit are read."""
    monkeypatch.setattr(eventlog, "MAX_LINES_WITHOUT_EVENT", 50)
    monkeypatch.setattr(listing, "MAX_LINES_WITHOUT_EVENT", 50)
    assert judge(MACHINE, b"\n" * 50).found == 50
    for text, number in ((b"\n", 51), (b"\n", 500), (b"x\n\n", 300)):
        with pytest.raises(UnreadableLog, match="more than 50 of its lines hold no event"):
            judge(MACHINE, text * number)


def test_a_line_that_changed_is_found_among_lines_that_are_alike() -> None:
    """Those before it are counted alone."""
    earlier = b"\n" * 300 + b"x\n" * 20
    later = b"\n" * 310 + b"x\n" * 20
    found = judge(MACHINE, later, earlier=earlier).findings
    assert [each.line for each in found if each.rule.endswith("append-only")] == [301]


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_what_exhausts_the_machine_makes_its_log_unreadable(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it arises: whole logs, windows, logs that grow."""

    def step(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("flux_conform.machine.step.Machine.step", step)
    with pytest.raises(UnreadableLog):
        judge(MACHINE, SOUND)
    with pytest.raises(UnreadableLog):
        judge_window(MACHINE, SOUND, Options())
    with pytest.raises(UnreadableLog):
        LiveLog(MACHINE, Options()).read(SOUND.splitlines()[0])


def test_the_error_keeps_nothing_of_what_exhausted_memory() -> None:
    """Its cause would hold the frames, and all that is in them."""

    @within_limits
    def fails() -> None:
        raise MemoryError

    with pytest.raises(UnreadableLog) as caught:
        fails()
    assert caught.value.__context__ is None


def test_a_batch_that_exhausts_memory_is_judged_log_by_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The good logs of it have their judgements."""
    judging = Judge(load("job"))
    monkeypatch.setattr(judges_module, "_WORTH_IT", 0)
    expected = judging.judge_batch([SOUND])

    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("flux_conform.checking.fast.FastPath.judge_batch", exhausted)
    told = judging.judge_batch([SOUND, b"\n", SOUND])
    assert [told[0], told[2]] == expected * 2
    assert isinstance(told[1], Judgement)


def test_a_report_that_exhausts_memory_leaves_the_other_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The log is unreadable, and the exit code is 2."""
    paths = [tmp_path / f"{name}.eventlog" for name in ("one", "two", "three")]
    for path in paths:
        path.write_bytes(SOUND)

    from flux_conform.reports.json_report import JsonReport

    judged = JsonReport.judged

    def fails(self: JsonReport, log: object) -> None:
        if log.name == str(paths[1]):  # type: ignore[attr-defined]
            raise MemoryError
        judged(self, log)  # type: ignore[arg-type]

    monkeypatch.setattr(JsonReport, "judged", fails)
    assert main(["check", "--format", "json", *map(str, paths)]) == 2
    verdicts = [json.loads(line)["verdict"] for line in capfd.readouterr().out.splitlines()]
    assert verdicts == ["conforms", "unreadable", "conforms"]


@pytest.mark.slow
def test_a_log_that_unpacks_to_newlines_alone_ends_no_run(tmp_path: Path) -> None:
    """64 MiB of them in a few hundred bytes, between two good logs, with little memory."""
    good, bomb = tmp_path / "good.eventlog", tmp_path / "bomb.eventlog.gz.xz"
    good.write_bytes(SOUND)
    bomb.write_bytes(lzma.compress(gzip.compress(b"\n" * (64 << 20))))
    limit = 600 << 20
    command = [sys.executable, "-m", "flux_conform", "check", "--format", "json"]
    done = subprocess.run(
        [*command, *map(str, (good, bomb, good))],
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    verdicts = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    assert verdicts == ["conforms", "unreadable", "conforms"], done.stderr
    assert done.returncode == 2

"""Processes that work for another one end with it, and their death is no riddle to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import pytest

from flux_conform.checking import spread, workers
from flux_conform.checking.judges import Judge
from flux_conform.checking.workers import Workers
from flux_conform.language import load

PARENT = """
import os, sys, time
from multiprocessing import get_context
from flux_conform.checking.workers import Workers
crew = Workers(2, get_context("fork"))
print(*{crew.submit(os.getpid).result() for _ in range(40)}, *(w.process.pid for w in crew._workers))
sys.stdout.flush()
crew.submit(time.sleep, 60)
time.sleep(60)
"""


def is_there(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    return False


def test_results_and_errors_come_back() -> None:
    """As with any executor."""
    with Workers(2, get_context("fork")) as crew:
        assert list(crew.map(abs, range(-50, 0))) == list(range(50, 0, -1))
        with pytest.raises(ZeroDivisionError):
            crew.submit(divmod, 1, 0).result()
        assert crew.submit(abs, -1).result() == 1


@pytest.mark.parametrize("killed", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_dies_breaks_all_that_was_asked(killed: signal.Signals) -> None:
    """At once, what waits in the queue included; nothing hangs at the end."""
    crew = Workers(2, get_context("fork"))
    waiting = [crew.submit(time.sleep, 60) for _ in range(6)]
    os.kill(crew._workers[0].process.pid, killed)
    for future in waiting:
        with pytest.raises(BrokenExecutor):
            future.result(timeout=30)
    with pytest.raises(BrokenExecutor):
        crew.submit(abs, 1)
    crew.shutdown()


def test_work_that_is_given_up_is_not_waited_for() -> None:
    """The processes are ended."""
    crew = Workers(1, get_context("fork"))
    process = crew._workers[0].process.pid
    crew.submit(time.sleep, 60)
    began = time.monotonic()
    crew.shutdown(cancel_futures=True)
    assert time.monotonic() - began < 30
    assert not is_there(process)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_workers_end_with_their_parent(end: signal.Signals) -> None:
    """Whatever ends it, with work to do and without; its standard error is closed then."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        processes = {int(each) for each in parent.stdout.readline().split()}
        assert len(processes) == 2
        parent.send_signal(end)
        parent.communicate(timeout=30)
    for _ in range(100):
        if not any(map(is_there, processes)):
            break
        time.sleep(0.05)
    assert not any(map(is_there, processes))


def test_where_no_process_can_be_started_the_work_is_done_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As under a low limit of open files."""

    def started(_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(workers, "_started", started)
    logs = [(str(number), b"{}\n" * number) for number in range(1, 5)]
    told = spread.judge_many(logs, load("job"), executor=spread.processes(2))
    expected = Judge(load("job")).judge_all(logs)
    assert [judgement for _, _, judgement in told] == [judgement for _, _, judgement in expected]

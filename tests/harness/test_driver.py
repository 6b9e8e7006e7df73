"""The driver: what a harness may do wrong costs one vector, and is told in plain words."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from flux_conform.suite.folder import load_suite
from flux_conform.suite.harness import Harness, HarnessFault, Limits
from flux_conform.suite.results import SuiteRun
from flux_conform.suite.run import Plan, Runner
from flux_conform.suite.smoke import NoHarness, Smoke, smoke

from .mini import PUPPET, PYTHON, Row, appears, ends, event, row, write_suite

QUICK = Limits(answer=1.5, ready=20.0)
SOUND = row("a/fine", event("fine"))
REFUSED = row("a/refused", event("bad"), "violates")


def played(folder: Path, rows: list[Row], *habits: str, **plan: object) -> SuiteRun:
    suite = load_suite(str(write_suite(folder, rows)))
    command = (*PUPPET, *habits)
    hello = smoke(suite, command, QUICK).hello
    return Runner(Plan(suite, suite.vectors, command, hello, QUICK, **plan)).run()  # type: ignore[arg-type]


def outcomes(run: SuiteRun) -> dict[str, str]:
    return {result.vector.id: result.outcome for result in run.results}


def smoked(folder: Path, *command: str) -> Smoke:
    suite = load_suite(str(write_suite(folder, [SOUND, REFUSED])))
    return smoke(suite, command, QUICK)


MISBEHAVIOUR = {
    "crash": "it ended with exit code 3 before it answered",
    "signal": "it was killed by SIGSEGV before it answered",
    "hang": "no answer within 1.5 s",
    "flood": "and no end of a line",
    "chatter": "printed text on its standard output in place of an answer: now I think",
    "seqless": "says seq 1",
    "statesless": 'the answer lacks "states", which hello promised',
    "errthis": "the harness says: no memory",
}


@pytest.mark.slow
def test_whatever_a_harness_does_wrong_is_an_error_that_costs_one_vector(tmp_path: Path) -> None:
    """And the vectors after it pass, for it is started anew."""
    rows = [SOUND, REFUSED]
    for word in MISBEHAVIOUR:
        rows += [row(f"bent/{word}", event(word)), row(f"good/after-{word}", event("fine"))]
    run = played(tmp_path, rows)
    errored = {r.vector.id.removeprefix("bent/"): r for r in run.of("errored")}
    assert set(errored) == set(MISBEHAVIOUR)
    for word, told in MISBEHAVIOUR.items():
        assert told in errored[word].why, word
    assert len(run.of("passed")) == len(rows) - len(MISBEHAVIOUR)
    assert errored["crash"].errors == "I give up"
    assert run.exit_code == 2


def test_a_second_line_nobody_asked_for_is_an_error_and_passes_for_nothing_else(
    tmp_path: Path,
) -> None:
    """It belongs to one vector or, where it comes late, to the next; never to an answer."""
    rows = [SOUND, REFUSED, row("w/twice", event("twice")), row("x/fine", event("ok")),
            row("y/fine", event("ok"))]  # fmt: skip
    run = played(tmp_path, rows)
    assert len(run.of("errored")) == 1
    assert run.of("errored")[0].vector.id in ("w/twice", "x/fine")
    assert outcomes(run)["y/fine"] == "passed"


def test_what_a_harness_started_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where it holds the harness's standard output open."""
    pid = tmp_path / "pid"
    monkeypatch.setenv("CHILD", str(pid))
    run = played(tmp_path / "suite", [SOUND, REFUSED, row("w/child", event("child"))])
    assert "exit code 0" in run.of("errored")[0].why
    assert ends(int(pid.read_text()))


def test_noise_on_standard_error_stops_nothing(tmp_path: Path) -> None:
    """More than a pipe holds is read and let go of."""
    run = played(tmp_path, [SOUND, REFUSED, row("w/noise", event("noise"))])
    assert run.exit_code == 0


def test_a_long_log_is_handed_over_whole(tmp_path: Path) -> None:
    """A log of more than a pipe holds, and no answer to wait for."""
    log = event(*["fine"] * 20_000)
    run = played(tmp_path, [SOUND, REFUSED, row("w/long", log)])
    assert run.exit_code == 0


def test_several_harnesses_at_once_give_the_results_in_the_suites_order(tmp_path: Path) -> None:
    """And every vector once."""
    rows = [SOUND, REFUSED, *(row(f"many/n{n:02}", event("fine")) for n in range(30))]
    run = played(tmp_path, rows, jobs=3)
    assert [r.vector.id for r in run.results] == [v.id for v in run.suite.vectors]
    assert run.exit_code == 0
    assert run.strange == ("pid",)


def test_a_harness_that_always_breaks_down_is_given_up(tmp_path: Path) -> None:
    """After twenty errors in a row; the rest is told as not run."""
    rows = [SOUND, REFUSED, *(row(f"s/n{n:02}", event("crash")) for n in range(24))]
    run = played(tmp_path, rows)
    whys = [result.why for result in run.of("errored")]
    assert len(whys) == 24
    assert sum(why.startswith("not run") for why in whys) == 4


def test_an_interrupt_ends_the_harnesses_and_leaves_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The results so far are there."""
    signal.siginterrupt(signal.SIGINT, True)  # Z3 may have been asked, and restarts waits
    hung = tmp_path / "hung"
    monkeypatch.setenv("HUNG", str(hung))
    rows = [SOUND, REFUSED, row("w/hang", event("hang"))]
    suite = load_suite(str(write_suite(tmp_path / "suite", rows)))
    hello = smoke(suite, PUPPET, QUICK).hello
    runner = Runner(Plan(suite, suite.vectors, PUPPET, hello, Limits(answer=60)))

    def interrupt() -> None:
        appears(hung)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        runner.run()
    thread.join()
    done = runner.so_far()
    assert outcomes(done) == {"a/fine": "passed", "a/refused": "passed"}
    assert (done.chosen, done.exit_code) == (3, 2)
    assert ends(int(hung.read_text()))


# What passes between the driver and one harness


def talked(script: str, request: bytes = b"{}\n", seconds: float = 20) -> bytes:
    """What a harness answers that is a few lines of Python."""
    harness = Harness([*PYTHON, "-c", f"import os, sys, time\n{script}"])
    try:
        return harness.ask(request, seconds)
    finally:
        harness.kill()


WHOLE = b"x" * 1_000_000 + b"\n"
"""More than a pipe holds."""


def test_an_answer_before_all_was_read_is_none() -> None:
    """It cannot be about what was asked."""
    with pytest.raises(HarnessFault, match="before it had read all: early") as error:
        talked("os.read(0, 1); print('early', flush=True); time.sleep(60)", WHOLE)
    assert error.value.kind == "unasked"
    assert talked("sys.stdin.readline(); print('late', flush=True)", WHOLE) == b"late\n"


def test_a_harness_that_reads_no_more_may_still_answer() -> None:
    """Where it closes its input; and where it ends in place of an answer, that is told."""
    assert talked("os.close(0); time.sleep(0.3); print('all', flush=True)", WHOLE) == b"all\n"
    with pytest.raises(HarnessFault, match="ended with exit code 7 before it answered"):
        talked("os._exit(7)", WHOLE)


def test_what_was_printed_before_the_question_is_no_answer() -> None:
    harness = Harness([*PYTHON, "-c", "print('hello', flush=True); input()"])
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until and not harness.answers_at_end_of_input(0.05):
            pass
        with pytest.raises(HarnessFault, match="before it was asked: hello") as error:
            harness.ask(b"", 1)
        assert error.value.kind == "unasked"
    finally:
        harness.kill()


def test_the_end_of_standard_error_is_kept_and_no_more() -> None:
    """The last 8 KiB of it."""
    noise = "sys.stderr.write('y' * 300_000 + 'the end'); sys.stderr.flush()"
    harness = Harness([*PYTHON, "-c", f"import sys\n{noise}\ninput(); print(1, flush=True)"])
    try:
        assert harness.ask(b"\n", 20) == b"1\n"
        assert harness.errors.endswith("the end")
        assert len(harness.errors) == 8 << 10
    finally:
        harness.kill()


# The smoke step


def test_a_harness_that_works_is_told_by_name(tmp_path: Path) -> None:
    """With what it reports, and without a remark."""
    found = smoked(tmp_path, *PUPPET)
    assert (found.hello.name, found.hello.version) == ("puppet", "1")
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("habit", "told"),
    [
        ("prints", "print such things to standard error instead"),
        ("dies", "it ended with exit code 1 before it answered\n  its standard error ends with:\n"
                 "    | no licence"),
        ("nameless", '"name" as a string that is not empty'),
        ("reportless", '"reports" what the harness tells'),
        ("odd", 'reports "verdicts", which is none of'),
        ("newer", "speaks version 2 of the protocol; this is 1"),
        ("counts", "the answer to seq 41 says seq 1; it must repeat it"),
        ("stays", "did not end within 1.5 s after stop"),
        ("fails", "after stop it ended with exit code 4, and must end with 0"),
    ],
)  # fmt: skip
def test_the_smoke_step_says_what_is_wrong_with_a_harness(
    tmp_path: Path, habit: str, told: str
) -> None:
    """And what to do about it."""
    with pytest.raises(NoHarness) as error:
        smoked(tmp_path, *PUPPET, habit)
    assert told in str(error.value)


def test_a_harness_that_does_not_flush_is_told_so(tmp_path: Path) -> None:
    """For its answer comes once its input is closed."""
    suite = load_suite(str(write_suite(tmp_path, [SOUND, REFUSED])))
    with pytest.raises(NoHarness, match="flush it after each line"):
        smoke(suite, (*PUPPET, "keeps"), Limits(answer=1.0, ready=1.0))


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (None, 0, "there is no program"),
        ("#!/bin/sh\n", 0o644, "chmod +x"),
        ("no program\n", 0o755, "does its first line name its interpreter"),
    ],
)
def test_a_command_that_cannot_be_run_is_told_with_the_way_out(
    tmp_path: Path, content: str | None, mode: int, told: str
) -> None:
    """Missing, not executable, or no program."""
    program = tmp_path / "program"
    if content is not None:
        program.write_text(content)
        program.chmod(mode)
    with pytest.raises(NoHarness, match=told.replace("+", r"\+")):
        smoked(tmp_path / "suite", str(program))


def test_a_wrong_answer_to_a_smoke_log_is_a_remark(tmp_path: Path) -> None:
    """It may be what is wrong with the implementation, so the run goes on."""
    rows = [row("a/fine", event("bad")), REFUSED]
    suite = load_suite(str(write_suite(tmp_path, rows)))
    (remark,) = smoke(suite, PUPPET, QUICK).remarks
    assert "a log that breaks nothing (a/fine) wrong: accepts" in remark

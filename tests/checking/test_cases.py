"""Logs of a running flux-core and logs made by hand, each with the outcome that the RFCs give it."""

from pathlib import Path
from typing import Any

import pytest

from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.replay import replay
from flux_conform.checking.waivers import Waivers, load_deviations
from flux_conform.language import load
from flux_conform.machine.step import Machine
from oracle import judge as oracle

CASES = Path(__file__).parents[1] / "cases"
JOB = Machine(load("job"))
REPORTING = Machine(load("job"), report=True)
EXEC = Machine(load("exec"))
FLUX_CORE = Options(strict=True, waivers=Waivers((load_deviations("flux-core"),)))


def log_of(name: str) -> bytes:
    return (CASES / f"{name}.eventlog").read_bytes()


# Verdict, state, and the findings with their lines; notes are left out
OUTCOMES: dict[str, tuple[str, str, list[tuple[str, int]]]] = {
    "priority-against-urgency": (
        *("incomplete", "RUN"),
        [
            ("rfc30/priority/held", 4),
            ("rfc30/priority/expedited", 6),
            ("rfc30/urgency/pending", 8),
        ],
    ),
    "start-after-finish": ("conforms", "INACTIVE", [("rfc21/start/after-finish", 8)]),
    "start-after-scheduler-restart": ("conforms", "INACTIVE", [("rfc21/start/held", 7)]),
    "start-in-priority-after-race": ("incomplete", "PRIORITY", [("rfc21/start/in-run", 5)]),
    "prolog-after-start": ("conforms", "INACTIVE", [("rfc21/prolog-start/before-start", 7)]),
    "epilog-after-free": ("conforms", "INACTIVE", [("rfc21/epilog-start/before-free", 10)]),
    "prolog-fails-epilog-uncounted": (
        *("violates", "INACTIVE"),
        [("rfc21/epilog-start/blocks-free", 10), ("rfc21/clean/perilog-done", 11)],
    ),
    "alloc-bypass-while-held": ("violates", "INACTIVE", [("rfc30/urgency/held", 6)]),
    "prolog-cancelled-epilog-counted": ("conforms", "INACTIVE", []),
    "exc-order": ("conforms", "INACTIVE", []),
    "memo-nested": ("conforms", "INACTIVE", []),
    "status-127": ("conforms", "INACTIVE", []),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_job_log_has_the_outcome_that_was_decided_for_it(name: str) -> None:
    """By the checker, and by the second judge, which shares nothing with it."""
    verdict, state, findings = OUTCOMES[name]
    judgement = judge(JOB, log_of(name))
    assert (judgement.verdict, judgement.state) == (verdict, state)
    assert [(found.rule, found.line) for found in judgement.findings] == findings
    second = oracle(log_of(name))
    assert (second.verdict, second.state) == (verdict, state)
    assert [(rule, line) for rule, line, _ in second.findings] == findings


def test_an_execution_that_is_lost_in_a_restart_conforms() -> None:
    """A reattach says nothing of success, and done can come without complete."""
    judgement = judge(EXEC, log_of("exec-reload-no-complete.exec"), Options(notes=True))
    assert (judgement.verdict, judgement.state) == ("conforms", "DONE")
    assert judgement.findings == ()


def test_memos_are_merged_at_any_depth() -> None:
    """As the instance had it when it allocated, where an annotation shows it."""
    reported = replay(REPORTING, log_of("memo-nested")).report["annotations"]
    assert reported == {"user": {"p": {"q": {"s": 2}, "t": 5}}}
    assert b'"annotations":{"user":{"p":{"q":{"s":2},"t":5}}' in log_of("memo-nested")


def finished(status: int) -> Any:
    data = log_of("status-127").replace(b'"status":127', f'"status":{status}'.encode())
    return replay(REPORTING, data).report


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (0, 0), (256, 1), (32512, 127), (65280, 255), (9, -9), (139, -11), (1, -1), (126, -126),
        (254, -126), (127, None), (255, None), (383, None), (32639, None), (-1, None),
    ],
)  # fmt: skip
def test_a_status_that_is_neither_exit_nor_signal_gives_no_return_code(
    status: int, code: int | None
) -> None:
    """Its low seven bits are all ones."""
    assert (finished(status)["returncode"], finished(status)["waitstatus"]) == (code, status)


def test_the_exception_that_came_first_is_the_one_that_is_reported() -> None:
    """A later one, fatal or not, changes nothing."""
    report = replay(REPORTING, log_of("exc-order")).report
    assert (report["result"], report["returncode"]) == ("CANCELED", 1)
    assert report["exception"] == {"type": "cancel", "severity": 0, "note": ""}


# Known faults of flux-core

KNOWN = ("prolog-fails-epilog-uncounted", "alloc-bypass-while-held")


@pytest.mark.parametrize("name", OUTCOMES)
def test_flux_core_is_excused_for_its_two_faults_and_for_nothing_else_here(name: str) -> None:
    """Strictly, so that an implied rule counts too."""
    judgement = judge(JOB, log_of(name), FLUX_CORE)
    left = [] if name in KNOWN else OUTCOMES[name][2]
    assert [(found.rule, found.line) for found in judgement.findings] == left


def without(log: bytes, *names: str) -> bytes:
    lines = log.splitlines(keepends=True)
    return b"".join(each for each in lines if not any(f'"{n}"'.encode() in each for n in names))


def moved(log: bytes, name: str, *, after: str) -> bytes:
    """The log with its one event of a name put after another."""
    line = next(each for each in log.splitlines(keepends=True) if f'"{name}"'.encode() in each)
    rest = log.replace(line, b"").splitlines(keepends=True)
    place = next(n for n, each in enumerate(rest) if f'"{after}"'.encode() in each) + 1
    return b"".join((*rest[:place], line, *rest[place:]))


PERILOG, BYPASS = map(log_of, KNOWN)
BLOCKS, DONE, HELD = (
    *("rfc21/epilog-start/blocks-free", "rfc21/clean/perilog-done"),
    "rfc30/urgency/held",
)
ALIKE = {
    # A like fault that is another one is not excused.
    "an epilog of a job that was cancelled": (
        PERILOG.replace(b'"type":"prolog"', b'"type":"cancel"'),
        [BLOCKS, DONE],
    ),
    "an epilog that begins after the exception": (
        moved(PERILOG, "epilog-start", after="exception"),
        [BLOCKS, DONE],
    ),
    "an epilog that begins when no prolog runs": (
        moved(moved(PERILOG, "epilog-start", after="prolog-finish"), "exception", after="alloc"),
        [BLOCKS, DONE],
    ),
    "another epilog, which was counted": (
        PERILOG.replace(
            b'{"timestamp":1796036959.1695771,"name":"free"}',
            b'{"timestamp":1796036959.17,"name":"epilog-start","context":{"description":"x"}}\n'
            b'{"timestamp":1796036959.18,"name":"free"}',
        ),
        [BLOCKS, DONE],
    ),
    "an exception that is not fatal": (
        PERILOG.replace(b'"severity":0', b'"severity":1').replace(
            b'{"timestamp":1796036959.1695771,"name":"free"}',
            b'{"timestamp":1796036959.17,"name":"start"}\n'
            b'{"timestamp":1796036959.18,"name":"finish","context":{"status":0}}\n'
            b'{"timestamp":1796036959.18,"name":"release",'
            b'"context":{"ranks":"all","final":true}}\n'
            b'{"timestamp":1796036959.18,"name":"free"}',
        ),
        [BLOCKS, DONE],
    ),
    "a prolog that runs at the end": (without(PERILOG, "prolog-finish"), [DONE]),
    "an alloc that does not tell of a bypass": (BYPASS.replace(b'{"bypass":true}', b"{}"), [HELD]),
    **{
        f"a bypass that is {value}": (
            BYPASS.replace(b'"bypass":true', f'"bypass":{value}'.encode()),
            [HELD],
        )
        for value in ("false", "1", "1.0", '"true"', "null", "{}")
    },
}


@pytest.mark.parametrize("name", ALIKE)
def test_what_is_only_like_a_known_fault_is_not_excused(name: str) -> None:
    """All that the RFCs say of it is found."""
    log, rules = ALIKE[name]
    judgement = judge(JOB, log, FLUX_CORE)
    assert [found.rule for found in judgement.findings] == rules
    assert {found.rule for found in judge(JOB, log).findings} >= set(rules)


@pytest.mark.parametrize("name", KNOWN)
def test_without_the_reading_that_a_deviation_needs_it_excuses_nothing(name: str) -> None:
    """Though another implementation that is allowed has a reading."""
    (core,) = FLUX_CORE.waivers.allowed
    bare = core._replace(name="bare", readings=())
    for allowed, by in (((bare,), set()), ((bare, core), {"flux-core"})):
        options = Options(notes=True, strict=True, waivers=Waivers(allowed))
        found = judge(JOB, log_of(name), options).findings
        assert {each.waived_by for each in found} - {None} == by


@pytest.mark.parametrize("name", KNOWN)
def test_a_log_that_grows_is_excused_alike(name: str) -> None:
    """Line by line, and what is waived is told with notes."""
    live = LiveLog(JOB, FLUX_CORE)
    assert [found for line in log_of(name).splitlines() for found in live.read(line)] == []
    assert live.verdict == "conforms"
    told = judge(JOB, log_of(name), FLUX_CORE._replace(notes=True)).findings
    assert {(f.rule, f.waived_by) for f in told} == {
        (rule, "flux-core") for rule, _ in OUTCOMES[name][2]
    }


def test_a_reading_is_about_one_specification() -> None:
    """Under another nobody can say whether what it does not find is a deviation."""
    older = Machine(load("job@2026-02"))
    assert [found.rule for found in judge(older, BYPASS, FLUX_CORE).findings] == [HELD]

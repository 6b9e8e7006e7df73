"""The command itself: help, version, unknown verbs; and the verbs `replay` and `model`."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facts.cases import LIFE, lines
from facts.transitions import STATES
from flux_conform import __version__
from flux_conform.cli.main import VERBS
from flux_conform.language.loading.file_schema import json_schema
from toys import PUSH, TURNSTILE, coin, turnstile

Run = Callable[..., tuple[int, str, str]]


def log_file(folder: Path, data: bytes) -> Path:
    path = folder / "job.eventlog"
    path.write_bytes(data)
    return path


# The command itself


@pytest.mark.parametrize("argument", ["-h", "--help", "help"])
def test_help_names_every_verb_and_the_exit_codes(run: Run, argument: str) -> None:
    """And says what to try."""
    code, out, err = run(argument)
    assert (code, err) == (0, "")
    for verb, summary in VERBS.items():
        assert f"{verb} " in out
        assert summary in out
    assert "Exit codes: 0" in out
    assert "flux-conform check" in out


@pytest.mark.parametrize("verb", ["check", "config", "suite"])
def test_help_of_a_verb_is_that_of_its_option(run: Run, verb: str) -> None:
    """And a verb that is none is told."""
    assert run("help", verb) == run(verb, "--help")
    code, _, err = run("help", "chek")
    assert (code, 'did you mean "check"?' in err) == (2, True)


def test_without_a_verb_help_is_shown_and_the_call_is_wrong(run: Run) -> None:
    """Exit code 2."""
    code, out, _ = run()
    assert code == 2
    assert out.startswith("usage: flux-conform")


def test_the_version_is_that_of_the_package(run: Run) -> None:
    """One line."""
    for option in ("--version", "-V"):
        assert run(option) == (0, f"flux-conform {__version__}\n", "")


@pytest.mark.parametrize(
    ("verb", "meant"),
    [("chek", "check"), ("Check", "check"), ("reply", "replay"), ("modle", "model"),
     ("generat", "generate"), ("porve", "prove")],
)  # fmt: skip
def test_an_unknown_verb_is_told_with_the_one_that_was_meant(
    run: Run, verb: str, meant: str
) -> None:
    """On standard error, exit code 2."""
    code, out, err = run(verb, "x")
    assert (code, out) == (2, "")
    assert err == f'flux-conform: unknown verb "{verb}"; did you mean "{meant}"?\n'


def test_a_verb_like_none_is_told_with_all_of_them(run: Run) -> None:
    """Where nothing is near."""
    code, _, err = run("xyzzy")
    assert code == 2
    assert err == f'flux-conform: unknown verb "xyzzy"; the verbs are {", ".join(VERBS)}\n'


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_own_help(run: Run, verb: str) -> None:
    """With its usage and what it is for."""
    code, out, err = run(verb, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: flux-conform {verb}")
    assert len(out.splitlines()) > 5


@pytest.mark.parametrize(
    ("verb", "below"),
    [("model", "matrix, check, schema"), ("rfc", "show, check, tie"),
     ("suite", "export, release, strength, run, harness")],
)  # fmt: skip
def test_a_verb_that_is_missing_below_another_is_told_with_those_there_are(
    run: Run, verb: str, below: str
) -> None:
    """In whatever order."""
    code, out, err = run(verb)
    assert (code, out) == (2, "")
    told = err.rpartition("a verb is missing: give one of ")[2].strip().split(", ")
    assert sorted(told) == sorted(below.split(", "))


def test_an_option_that_is_nearly_one_is_told_with_the_one_that_was_meant(run: Run) -> None:
    """Of a verb below another, too; what is like none is only told."""
    for words, says in (
        (("check", "--sumary", "x"), "--sumary; did you mean --summary?\n"),
        (("suite", "export", "--mashine=job", "x"), "--mashine=job; did you mean --machine?\n"),
        (("check", "--xyzzy", "x"), "unrecognized arguments: --xyzzy\n"),
    ):
        code, _, err = run(*words)
        assert (code, err.endswith(says)) == (2, True)


def test_help_is_no_wider_than_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its paragraphs are wrapped anew; an example in it stays as it is."""
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((70, 24)))
    _, out, _ = run("suite", "run", "--help")
    (example,) = (line for line in out.splitlines() if len(line) > 70)
    assert example.startswith("    flux-conform suite run")
    assert "A smoke step first tells whether the program works as a harness at\nall." in out


# replay


def test_a_replay_shows_the_state_after_each_event(run: Run, tmp_path: Path) -> None:
    """With its time, the seconds since the first, a mark where the state moved, the keys that the
    specification reads, the report, and the time in each state but the last.
    """
    code, out, err = run("replay", log_file(tmp_path, lines(*LIFE)))
    assert (code, err) == (0, "")
    rows = [" ".join(line.split()) for line in out.splitlines()]
    day = "2023-11-14"
    assert f"1 {day} 22:13:20.000 +0.000000 submit NEW urgency 16, userid 1001, version 1" in rows
    assert f"2 {day} 22:13:20.250 +0.250000 validate → DEPEND" in rows
    assert f"8 {day} 22:13:21.750 +1.750000 release CLEANUP final true" in rows
    assert f"10 {day} 22:13:22.250 +2.250000 clean → INACTIVE" in rows
    assert "result COMPLETED" in rows
    assert "returncode 0" in rows
    assert f"t_depend 1700000000.25 ({day} 22:13:20.250 UTC)" in rows
    times = rows[rows.index("time in each state:") + 1 :]
    assert times == [
        "NEW 250 ms", "DEPEND 250 ms", "PRIORITY 250 ms", "SCHED 250 ms", "RUN 500 ms",
        "CLEANUP 750 ms", "",
    ]  # fmt: skip


def test_a_replay_of_a_log_that_has_not_ended_says_what_it_waits_for(
    run: Run, tmp_path: Path
) -> None:
    """And how long it has been in its state so far; telling keys are cut where they are long."""
    memo = '{"timestamp":1700000060,"name":"memo","context":{"x":"%s"}}' % ("y" * 500)
    _, out, _ = run("replay", log_file(tmp_path, lines(*LIFE[:4], memo)))
    assert out.splitlines()[1] == (
        "  waits for resources since 2023-11-14 22:13:20 UTC (59.2 s by its last event)"
    )
    assert "  SCHED         59.2 s so far" in out.splitlines()
    (told,) = [line for line in out.splitlines() if " memo " in line]
    assert told.endswith("yyy…")
    assert len(told) < 180


def test_a_replay_marks_what_has_no_effect_and_lines_without_events(
    run: Run, tmp_path: Path
) -> None:
    """An undefined event, one that came too late, and a line that is none."""
    late = '{"timestamp":"x","name":"memo"}'
    code, out, _ = run("replay", log_file(tmp_path, lines(LIFE[0], LIFE[0], "x", *LIFE[1:], late)))
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0
    assert "13 ? ? memo ✗ INACTIVE (captive here, no effect)" in rows
    assert "no events in line 3" in rows
    code, out, _ = run("replay", log_file(tmp_path, lines(LIFE[0], LIFE[4])))
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "2 2023-11-14 22:13:20.250 +0.250000 alloc ✗ NEW (undefined here, no effect)" in rows


def test_a_replay_as_json(run: Run, tmp_path: Path) -> None:
    """One object a log: the events with outcomes and keys, unread lines, report and times."""
    path = log_file(tmp_path, coin() + b"x\n" + PUSH + PUSH)
    code, out, _ = run("replay", "--format", "json", "--machine", TURNSTILE, path)
    assert code == 0
    time = 1700000000.5
    assert json.loads(out) == {
        "log": str(path),
        "machine": "turnstile",
        "state": "Locked",
        "events": [
            {"line": 1, "timestamp": time, "event": "coin", "outcome": "moves",
             "state": "Unlocked", "keys": {"value": 10}},
            {"line": 3, "timestamp": time, "event": "push", "outcome": "moves",
             "state": "Locked", "keys": {}},
            {"line": 4, "timestamp": time, "event": "push", "outcome": "undefined",
             "state": "Locked", "keys": {}},
        ],
        "unread_lines": [2],
        "report": {"coins": 0, "t_unlocked": time},
        "waits": [],
        "stuck": [],
        "times": [
            {"state": "Locked", "visits": 2, "seconds": 0.0, "ends_here": True},
            {"state": "Unlocked", "visits": 1, "seconds": 0.0, "ends_here": False},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_log_that_cannot_be_replayed_is_told_and_the_next_is_replayed(
    run: Run, tmp_path: Path, form: str
) -> None:
    """Exit code 2."""
    deep = tmp_path / "deep"
    deep.write_bytes(b"[" * 999)
    code, out, _ = run(
        "replay", "--format", form, tmp_path / "missing", deep, log_file(tmp_path, lines(*LIFE))
    )
    assert code == 2
    assert out.count("unreadable") == 2
    assert "COMPLETED" in out


def test_a_replay_of_odd_timestamps(run: Run, tmp_path: Path) -> None:
    """Such as an integer that no floating-point number holds."""
    huge = '{"timestamp":' + "9" * 400 + ',"name":"memo","context":{}}'
    code, out, _ = run("replay", log_file(tmp_path, lines(*LIFE[:6], huge, *LIFE[6:])))
    assert code == 0
    assert "COMPLETED" in out


# model


def test_the_matrix_has_a_row_for_each_event_and_a_column_for_each_state(run: Run) -> None:
    """What each event does in each state, today."""
    code, out, err = run("model", "matrix")
    head, *rows = out.splitlines()
    assert (code, err) == (0, "")
    assert head.split() == list(STATES)
    table = {row.split("  ")[0]: row for row in rows}
    assert "→ DEPEND" in table["validate"]
    assert table["validate"].count("undefined") == 5
    assert all(row.endswith("captive") for row in rows)
    assert "exception [fatal]" in table
    assert table["exception [fatal]"].count("→ CLEANUP") == 5


def test_the_matrix_of_an_older_generation(run: Run) -> None:
    """There submit leads to DEPEND by itself."""
    _, out, _ = run("model", "matrix", "--generation", "v0")
    row = next(line for line in out.splitlines() if line.startswith("submit"))
    assert "→ DEPEND" in row
    code, _, err = run("model", "matrix", "--generation", "v7")
    assert code == 2
    assert 'no generation "v7"; there are v1, v0' in err


def test_the_matrix_as_json(run: Run) -> None:
    """One object for each case."""
    code, out, _ = run("model", "matrix", "--format", "json", "--machine", TURNSTILE)
    assert code == 0
    cells: list[dict[str, Any]] = json.loads(out)
    found = {(cell["state"], cell["event"]): (cell["outcome"], cell["target"]) for cell in cells}
    assert found == {
        ("Locked", "coin"): ("moves", "Unlocked"),
        ("Unlocked", "coin"): ("stays", None),
        ("Locked", "push"): ("undefined", None),
        ("Unlocked", "push"): ("moves", "Locked"),
        ("Locked", "unlisted"): ("stays", None),
        ("Unlocked", "unlisted"): ("stays", None),
    }


def test_a_sound_specification_is_told_so(run: Run) -> None:
    """With what is in it."""
    code, out, err = run("model", "check", TURNSTILE)
    assert (code, err) == (0, "")
    # Two rules of its own and the eleven of RFC 18.
    assert out == "turnstile: 2 states, 3 events, 2 transitions, 13 rules; no fault found\n"


def test_a_faulty_specification_is_told_with_every_fault(run: Run, tmp_path: Path) -> None:
    """On standard error, exit code 2."""
    path = tmp_path / "toy.yaml"
    path.write_text(
        turnstile(("require: not paid", "require: not piad"), ("to: Unlocked", "to: Unlockd"))
    )
    code, out, err = run("model", "check", path)
    assert (code, out) == (2, "")
    assert err.count(f"{path}:") == 2
    assert "2 faults; nothing was done" in err


def test_the_schema_is_printed_as_it_is(run: Run) -> None:
    """For editors."""
    code, out, _ = run("model", "schema")
    assert code == 0
    assert json.loads(out) == json_schema()

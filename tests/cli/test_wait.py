"""`flux-conform wait` as it is called: tables, JSON, exit codes, files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facts.transitions import STATES
from prove.machines import MODELS, shipped_text
from toys import TURNSTILE

Run = Callable[..., tuple[int, str, str]]

VIRTUAL = ("PENDING", "RUNNING", "ACTIVE")


def words(text: str) -> list[str]:
    """The lines with single blanks."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_a_table_says_from_which_states_and_below_it_what_is_known(run: Run) -> None:
    """Exit code 0 where all is answered, whatever the answers."""
    code, out, err = run("wait", "RUN")
    rows = words(out)
    assert (code, err) == (0, "")
    assert rows[0] == "job, logs of generation v1"
    assert "NEW avoidable submit, invalidate → REMOVED" in rows
    assert "DEPEND, PRIORITY, SCHED avoidable exception, clean → INACTIVE" in rows
    assert "RUN there" in rows
    assert any(row.startswith("CLEANUP, INACTIVE impossible some runs have passed") for row in rows)
    assert any(row.startswith("for ever round PRIORITY → SCHED → PRIORITY") for row in rows)
    assert "out of reach in PRIORITY already after submit, validate, depend, alloc" in rows
    assert "entered by alloc in SCHED" in rows
    assert "by then validate, depend, priority and alloc came" in rows
    assert '{"timestamp"' not in out
    assert "\x1b[" not in out


def test_without_a_set_every_waitable_and_every_virtual_state_is_asked(run: Run) -> None:
    """NEW cannot be waited for, but it can be named."""
    code, out, _ = run("wait", "--format", "json")
    value = json.loads(out)
    assert code == 0
    assert [item["name"] for item in value["sets"]] == [*STATES[1:], *VIRTUAL]
    code, out, _ = run("wait", "--format", "json", "NEW")
    assert [item["name"] for item in json.loads(out)["sets"]] == ["NEW"]


def test_a_set_may_mix_states_and_virtual_states(run: Run) -> None:
    """Each argument is a set; its states are told."""
    _, out, _ = run("wait", "PENDING,INACTIVE", "RUN, CLEANUP")
    rows = words(out)
    assert "PENDING,INACTIVE = DEPEND, PRIORITY, SCHED, INACTIVE" in rows
    assert "RUN, CLEANUP = RUN, CLEANUP" in rows


def test_json_has_what_a_program_needs(run: Run) -> None:
    """The answers, how each was decided, and the logs."""
    code, out, _ = run("wait", "--format", "json", "CLEANUP")
    value: dict[str, Any] = json.loads(out)
    assert code == 0
    assert (value["machine"], value["generation"]) == ("job", "v1")
    assert (value["assuming"], value["silent"], value["decided"]) == ("implied", True, True)
    assert value["barred"]["transitions"] == ["exception in NEW when fatal, to CLEANUP"]
    (item,) = value["sets"]
    starts = {start["state"]: start for start in item["starts"]}
    assert tuple(starts) == tuple(STATES)
    new, sched = starts["NEW"], starts["SCHED"]
    assert (new["answer"], new["how"]) == ("avoidable", "log")
    assert (new["avoiding"]["end"], new["avoiding"]["state"]) == ("removed", "REMOVED")
    assert new["avoiding"]["events"] == ["submit", "invalidate"]
    assert (sched["answer"], sched["how"]) == ("unavoidable", "graph and measure")
    assert sched["avoiding"] is None
    assert sched["entering"]["states"][-1] == "CLEANUP"
    assert sched["entering"]["waits_after"] == 4
    assert sched["rounds"]["answer"] == "sometimes"
    assert set(sched["rounds"]["circuits"][0]["round"]) == {"PRIORITY", "SCHED"}
    assert starts["INACTIVE"]["before"]["answer"] == "always"
    assert item["leaving"]["answer"] == "sometimes"
    assert item["leaving"]["onward"] == ["INACTIVE"]
    assert ["finish", "exception"] in item["entry"]["came"]
    assert {"fact": "seen(finish) or seen_fatal", "follows": False} in item["entry"]["facts"]
    doors = {door["event"]: door for door in item["entry"]["doors"]}
    assert doors["exception"]["guards"] == ["fatal"]
    assert doors["finish"]["from"] == ["RUN"]


def test_all_shows_every_log_and_every_fact(run: Run) -> None:
    """A star marks the events that come while somebody waits."""
    _, out, _ = run("wait", "INACTIVE", "--all")
    rows = words(out)
    assert any(row.startswith('2* REMOVED {"timestamp":') for row in rows)
    assert any("hence" in row for row in rows)


def test_logs_are_written_and_a_checker_finds_no_violation(run: Run, tmp_path: Path) -> None:
    """JSON names the files."""
    folder = tmp_path / "new" / "logs"
    code, out, _ = run("wait", "RUN,CLEANUP", "--witnesses", folder, "--format", "json")
    assert code == 0
    (item,) = json.loads(out)["sets"]
    named = {start["entering"]["file"] for start in item["starts"] if start["entering"]}
    files = {str(path) for path in folder.iterdir()}
    assert named < files
    assert str(folder / "avoid-RUN-CLEANUP-from-NEW.eventlog") in files
    code, out, _ = run("check", folder)
    assert code == 0


@pytest.mark.slow
def test_the_assumption_changes_the_answers(run: Run) -> None:
    """Where implied rules may be broken, fewer facts hold on entry."""
    rows = {}
    for level in ("implied", "MUST"):
        _, out, _ = run("wait", "INACTIVE", "--assuming", level, "--format", "json")
        value = json.loads(out)
        assert value["assuming"] == level
        rows[level] = {fact["fact"] for fact in value["sets"][0]["entry"]["facts"]}
    assert "not held" in rows["implied"] - rows["MUST"]


def test_silent_events_can_be_left_out(run: Run) -> None:
    """Then no alloc in flight puts RUN out of reach."""
    _, out, _ = run("wait", "RUN", "--no-silent")
    assert "without silent steps" in out
    assert "out of reach" not in out


@pytest.mark.parametrize(
    ("name", "hint"),
    [("CLENUP", 'did you mean "CLEANUP"?'), ("RUN,", "known are NEW, DEPEND"),
     ("PENDNG,RUN", 'did you mean "PENDING"?')],
)  # fmt: skip
def test_an_unknown_state_is_a_wrong_call_with_a_hint(run: Run, name: str, hint: str) -> None:
    """Exit code 2, and nothing is answered."""
    code, out, err = run("wait", name)
    assert (code, out) == (2, "")
    assert hint in err


def test_another_machine_is_asked_of_its_own_states(run: Run) -> None:
    """A turnstile goes round for ever; each of its states is unavoidable all the same."""
    code, out, _ = run("wait", "--machine", TURNSTILE, "Locked", "--format", "json")
    assert code == 0
    (item,) = json.loads(out)["sets"]
    starts = {start["state"]: start["answer"] for start in item["starts"]}
    assert starts == {"Locked": "there", "Unlocked": "unavoidable"}


def test_what_stays_undecided_is_told_and_exits_2(run: Run, tmp_path: Path) -> None:
    """With the reason."""
    text = shipped_text("exec")
    old = "  - id: rfc50/init/once\n"
    assert text.count(old) == 1
    rule = (
        "  - {id: rfc50/log/size, level: MUST, on: done, require: size(past) < 3, "
        "section: S, says: S., breach: b, repair: r}\n"
    )
    text = text.replace(old, rule + old)
    text = text.replace("events:\n", "variables: {past: object}\n\nevents:\n", 1)
    (tmp_path / "eventlog.yaml").write_text((MODELS / "eventlog.yaml").read_text())
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    code, out, _ = run("wait", "--machine", path, "DONE")
    assert code == 2
    assert "size(past) < 3 is any value to the proofs" in out
    assert "Not everything could be decided." in out

"""`check --follow --state`: a restart gives out what was not given out before, and counts all once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from cli.conftest import Run
from cli.test_check_metrics import Samples, entry, event, read, submit


def ended_job(job: int, at: float) -> list[str]:
    cancel = event("exception", at + 1, type="cancel", severity=0, note="")
    return [entry(job, submit(at)), entry(job, cancel), entry(job, event("clean", at + 2))]


def interleaved(jobs: int, choose: random.Random) -> list[str]:
    """Jobs that end, in any order between them; some have an event twice."""
    left = [ended_job(job, job) for job in range(1, jobs + 1)]
    for rows in left:
        if choose.random() < 0.3:
            rows.insert(1, rows[0])
    rows = [entry(-1)]
    while left:
        log = choose.choice(left)
        rows.append(log.pop(0))
        left = [each for each in left if each]
    return rows


def start(path: Path, out: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [*(sys.executable, "-m", "flux_conform", "check"), "--follow", "--format", "json"]
    state = path.with_suffix(".state")
    with out.open("a") as file:
        return subprocess.Popen(
            [*command, "--state", state, *arguments, path], stdout=file, stderr=-1, text=True
        )


def given(out: Path) -> list[str]:
    """What was given out while the journal was followed, without the verdicts on live jobs."""
    return [
        line
        for line in out.read_text().splitlines()
        if json.loads(line).get("verdict") != "incomplete"
    ]


def waited(out: Path, count: int) -> list[str]:
    deadline = time.monotonic() + 20
    while len(set(found := given(out))) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def whole(rows: list[str], path: Path) -> list[str]:
    """What is given out where nothing is interrupted."""
    command = [*(sys.executable, "-m", "flux_conform", "check"), "--follow", "--format", "json"]
    text = "".join(f"{row}\n" for row in rows)
    done = subprocess.run([*command, "-"], input=text, capture_output=True, text=True, check=False)
    return [line.replace('"-: ', f'"{path}: ') for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_or_counted_twice_wherever_it_is_killed(tmp_path: Path, seed: int) -> None:
    """Killed without warning while the journal grows, at odd places, amid lines too."""
    choose = random.Random(seed)
    rows = interleaved(30, choose)
    path, out = tmp_path / "journal.ndjson", tmp_path / "out"
    text = "".join(f"{row}\n" for row in rows).encode()
    cuts = sorted(choose.randrange(1, len(text)) for _ in range(2))
    path.write_bytes(text[: cuts[0]])
    for begin, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        process = start(path, out)
        time.sleep(choose.choice([0, 0.3, 0.6]))
        with path.open("ab") as file:
            file.write(text[begin:end])
        time.sleep(choose.choice([0, 0.2, 0.5]))
        process.kill()
        process.communicate()
    process = start(path, out, "--metrics", "0")
    expected = whole(rows, path)
    waited(out, len(set(expected)))
    time.sleep(0.3)
    samples = scraped(process)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert set(given(out)) == set(expected)
    assert samples["events_total"][frozenset()] == len(rows) - 1
    assert samples["logs_total"] == {
        frozenset({("verdict", verdict)}): count
        for verdict in ("conforms", "violates")
        if (count := sum(json.loads(each).get("verdict") == verdict for each in expected))
    }


def scraped(process: subprocess.Popen[str]) -> Samples:
    assert process.stderr is not None
    with urlopen(process.stderr.readline().split()[-1], timeout=10) as answer:
        return read(answer.read().decode())


@pytest.mark.slow
def test_after_a_quiet_restart_nothing_is_given_out_twice(tmp_path: Path) -> None:
    """Where there was time to save, each line stands once, and in its order."""
    rows = interleaved(12, random.Random(3))
    path, out = tmp_path / "journal.ndjson", tmp_path / "out"
    expected = whole(rows, path)
    path.write_text("")
    for part in (rows[:15], rows[15:]):
        with path.open("a") as file:
            file.write("".join(f"{row}\n" for row in part))
        process = start(path, out)
        if part[-1] == rows[-1]:
            waited(out, len(set(expected)))
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert given(out) == expected


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A log that has ended, which was followed with a state."""
    path = tmp_path / "a.eventlog"
    cancel = event("exception", 2, type="cancel", severity=0, note="")
    path.write_text("".join(f"{json.dumps(e)}\n" for e in (submit(1), cancel, event("clean", 3))))
    return path


def followed(run: Run, path: Path, *arguments: str) -> tuple[int, str, str]:
    state = str(path.with_suffix(".state"))
    return run("check", "--follow", "--notes", "--state", state, *arguments, path)


def test_a_restart_at_the_end_has_the_same_verdict(run: Run, saved: Path) -> None:
    """And says no finding again."""
    first = followed(run, saved)
    assert "rfc21/exception/new" in first[1]
    again = followed(run, saved)
    assert again[0] == first[0]
    assert again[1] == first[1].splitlines(keepends=True)[-1]


def test_a_journal_that_is_another_is_told(run: Run, saved: Path) -> None:
    """Cut, written anew, or of another call; then nothing is judged."""
    followed(run, saved)
    text = saved.read_text()
    for other, says in (
        (text[:-5], "it has fewer than"),
        (text.replace("16", "17", 1), "it begins otherwise"),
        ("", "it has fewer than"),
    ):
        saved.write_text(other)
        code, out, err = followed(run, saved)
        assert (code, out) == (2, "")
        assert says in err
        assert "remove the state to start over" in err
    saved.write_text(text)
    code, _, err = followed(run, saved, "--strict")
    assert (code, "it was saved with other options" in err) == (2, True)
    assert followed(run, saved, "--machine", "exec")[0] == 2


def test_a_state_that_is_damaged_is_told(run: Run, saved: Path) -> None:
    followed(run, saved)
    state = saved.with_suffix(".state")
    text = state.read_text()
    given = json.loads(text)["given"]
    for damaged in (
        *("", "{", "[]", "null", text[:-3], "[" * 100_000),
        text.replace(f'"given": {given}', f'"given": {given + 1}'),
    ):
        state.write_text(damaged)
        code, out, err = followed(run, saved)
        assert (code, out) == (2, ""), damaged[:20]
        assert "this is no file of this option" in err


def test_what_cannot_be_read_again_has_no_state(run: Run, tmp_path: Path) -> None:
    code, _, err = run("check", "--follow", "--state", tmp_path / "s", "-")
    assert (code, "--state needs a file" in err) == (2, True)
    code, _, err = run("check", "--state", tmp_path / "s", "-")
    assert (code, "add --follow" in err) == (2, True)
    assert os.listdir(tmp_path) == []


def test_the_state_does_not_overwrite_what_is_followed(run: Run, saved: Path) -> None:
    text = saved.read_text()
    code, _, err = run("check", "--follow", "--state", saved, saved)
    assert (code, saved.read_text()) == (2, text)
    assert "--state" in err

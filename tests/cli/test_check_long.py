"""Long work of `check`: how far it is, Ctrl-C, and going on from there."""

import json
import sys
from pathlib import Path

import pytest

from cli.conftest import Run
from flux_conform.checking import spread
from flux_conform.cli.progress import in_words, progress
from flux_conform.logs.meter import Meter, bytes_at
from flux_conform.logs.source_items import LogFilter
from flux_conform.logs.sources import read_sources
from flux_conform.session import delivery, session
from flux_conform.session.delivery import Report
from flux_conform.session.events import Finished, LogJudged, Progress

SUBMIT = (
    '{"timestamp":1,"name":"submit","context":{"userid":1,"urgency":16,"flags":0,"version":1}}\n'
)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Five logs; the second violates and the fourth cannot be read."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in "abcde":
        (folder / f"{name}.eventlog").write_text(SUBMIT)
    (folder / "b.eventlog").write_text('{"timestamp":1,"name":"validate"}\n')
    (folder / "d.eventlog").write_text("[" * 300)
    return folder


def interrupt_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Ctrl-C while the log of a name is told of."""
    deliver = delivery.deliver

    def interrupted(whole: session.Session, report: Report) -> Finished:
        judged = report.judged

        def until(log: LogJudged) -> None:
            if log.name.endswith(name):
                raise KeyboardInterrupt
            judged(log)

        report.judged = until  # type: ignore[method-assign]
        return deliver(whole, report)

    monkeypatch.setattr(delivery, "deliver", interrupted)


def test_ctrl_c_leaves_a_summary_of_what_was_done(
    run: Run, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(patch, "c.eventlog")
        code, out, err = run("check", logs)
    assert code == 130
    assert out.endswith("2 logs: 1 incomplete, 1 violate\n")
    assert err == (
        "flux-conform check: interrupted after 2 logs; "
        "--resume FILE would have kept how far it is\n"
    )


@pytest.mark.parametrize("option", [("-o", "made"), ("--table", "made.csv"), ("--format", "html")])
def test_ctrl_c_leaves_no_half_of_a_file(
    run: Run, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, str]
) -> None:
    """It could be taken for the whole."""
    monkeypatch.chdir(tmp_path)
    interrupt_at(monkeypatch, "c.eventlog")
    code, _, err = run("check", *option, logs)
    assert (code, err) == (130, "flux-conform check: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


@pytest.mark.parametrize("form", [(), ("--format", "json", "--summary")])
def test_the_same_call_goes_on_and_sums_up_the_whole(
    run: Run, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: tuple[str, ...]
) -> None:
    """With the exit code, the summary and the examples of work that was never interrupted."""
    whole = run("check", *form, logs)
    state = tmp_path / "state"
    call = ("check", *form, "--resume", state, logs)
    with monkeypatch.context() as patch:
        interrupt_at(patch, "c.eventlog")
        assert run(*call)[0] == 130
    with monkeypatch.context() as patch:
        interrupt_at(patch, "e.eventlog")
        code, _, err = run(*call)
        assert code == 130
        assert "interrupted after 2 logs; the same call goes on from here" in err
    code, out, _ = run(*call)
    assert code == whole[0] == 2
    assert not state.exists()
    if form:
        assert json.loads(out) == json.loads(whole[1])
    else:
        cut = whole[1].index("findings by ")
        assert out[out.index("findings by ") :] == whole[1][cut:]
        assert "b.eventlog: violates" not in out  # told before


def test_a_file_of_other_work_is_refused(
    run: Run, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    with monkeypatch.context() as patch:
        interrupt_at(patch, "c.eventlog")
        run("check", "--resume", state, logs)
    code, _, err = run("check", "--strict", "--resume", state, logs)
    assert code == 2
    assert "it was saved with other options; give the same as then, or remove" in err
    (logs / "0.eventlog").write_text(SUBMIT)
    code, _, err = run("check", "--resume", state, logs)
    assert code == 2
    assert "a.eventlog stands in the place of" in err
    for path in logs.iterdir():
        if path.name != "c.eventlog":
            path.unlink()
    code, _, err = run("check", "--resume", state, logs)
    assert code == 2
    assert "it tells of 2 logs that were judged, and there are 1" in err
    assert state.exists()
    state.write_text("{}")
    code, _, err = run("check", "--resume", state, logs)
    assert code == 2
    assert "this is no file that --resume wrote" in err
    table, file = ("--table", "x.csv"), ("-o", "x")
    for option in (("--format", "html"), table, file, ("--follow",), ("--partial",)):
        code, _, err = run("check", *option, "--resume", state, logs)
        assert code == 2
        assert "--resume" in err


def test_what_is_read_is_counted_as_it_lies_on_disk(tmp_path: Path) -> None:
    (tmp_path / "a.eventlog").write_text(SUBMIT)
    (tmp_path / "b.eventlog").write_text(SUBMIT * 5000)
    meter = Meter()
    reads = [meter.read for _ in read_sources([str(tmp_path)], LogFilter(meter=meter))]
    assert reads[0] == len(SUBMIT)
    assert meter.read == bytes_at([str(tmp_path)]) == len(SUBMIT) * 5001
    assert bytes_at(["-"]) is None


def test_progress_says_how_fast_and_how_long_still() -> None:
    meter = Meter()
    assert in_words(Progress(10, 100), meter, 2.0) == "10 logs, 100 events, 50 events/s"
    meter.total = 1000
    meter.count(250)
    assert in_words(Progress(1_000, 90_000), meter, 30.0) == (
        "1,000 logs, 90,000 events, 3,000 events/s, 25 % read, 1:30 left"
    )


def test_what_other_processes_read_counts_when_it_comes_back(
    monkeypatch: pytest.MonkeyPatch, logs: Path, run: Run
) -> None:
    """Not when it is found, which may be long before."""
    (logs / "d.eventlog").write_text("[]")
    meter = Meter()
    meter.is_watched = True
    monkeypatch.setattr(session, "Meter", lambda: meter)
    judged = spread.judge_many_lanes

    def all_found_first(sources, *rest):
        found = list(sources)
        assert (len(found), meter.read) == (5, 0)
        return judged(found, *rest)

    monkeypatch.setattr(spread, "judge_many_lanes", all_found_first)
    run("check", str(logs), "--jobs", "2")
    assert meter.read == bytes_at([str(logs)])


def test_progress_is_told_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """And it leaves the line clean."""
    monkeypatch.setattr("flux_conform.cli.progress._FIRST", 0.0)
    told = []

    def reached() -> Progress:
        told.append(1)
        return Progress(3, 4)

    with progress([str(tmp_path)], Meter(), reached):
        pass
    assert not told
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress([str(tmp_path)], Meter(), reached):
        while not told:
            pass
    err = capsys.readouterr().err
    assert "\r\x1b[K3 logs, 4 events, " in err
    assert err.endswith("\r\x1b[K")

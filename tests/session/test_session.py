"""A session gives out what becomes of logs, one event after another, and prints nothing."""

from collections import Counter
from pathlib import Path

import pytest

from flux_conform.checking.judge import Options
from flux_conform.checking.spread import processes
from flux_conform.language import load
from flux_conform.logs.limits import UnreadableLog, exhausted
from flux_conform.logs.source_items import Problem, Skipped
from flux_conform.session import SessionError
from flux_conform.session.delivery import deliver
from flux_conform.session.events import Finished, LogJudged, Progress
from flux_conform.session.live import FindingMade, Following, LogEnded
from flux_conform.session.machines import Machines
from flux_conform.session.mending import Files, Mending
from flux_conform.session.resume import Resume
from flux_conform.session.session import Session
from flux_conform.session.snapshot import snapshot
from flux_conform.session.summary import Resumed
from flux_conform.session.windows import WindowJudged, judged_windows

SUBMIT = (
    '{"timestamp":1,"name":"submit","context":{"userid":1,"urgency":16,"flags":0,"version":1}}\n'
)
VALIDATE = '{"timestamp":2,"name":"validate"}\n'


@pytest.fixture
def logs(tmp_path: Path) -> str:
    """Three logs, of which the second violates and the third cannot be read, and no log."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.eventlog").write_text(SUBMIT)
    (folder / "b.eventlog").write_text(VALIDATE)
    (folder / "c.eventlog").write_text("[" * 300)
    (folder / "note.txt").write_text("no log\n")
    return str(folder)


def shown(events: object) -> list[str]:
    """Each event in a word or two."""
    told = []
    for event in events:  # type: ignore[attr-defined]
        match event:
            case LogJudged():
                told.append(f"{Path(event.name).stem} {event.judgement.verdict}")
            case Problem(name, _):
                told.append(f"{Path(name).stem} unreadable")
            case _:
                told.append(type(event).__name__)
    return told


WHOLE = ["a incomplete", "b violates", "c unreadable", "Skipped", "Finished"]


def test_events_come_in_the_order_of_the_logs(logs: str, capfd: pytest.CaptureFixture[str]) -> None:
    session = Session([logs], Machines())
    *events, skipped, finished = session.events()
    assert shown([*events, skipped, finished]) == WHOLE
    assert isinstance(skipped, Skipped)
    assert (skipped.name, skipped.number) == (logs, 1)
    assert finished == Finished(Progress(3, 2), is_bad=True, has_errors=True)
    assert capfd.readouterr() == ("", "")


def test_events_are_the_same_from_several_processes(logs: str) -> None:
    alone = list(Session([logs], Machines()).events())
    spread = list(Session([logs], Machines(), crew=processes(2)).events())
    assert shown(spread) == WHOLE
    assert [event.judgement for event in spread if isinstance(event, LogJudged)] == [
        event.judgement for event in alone if isinstance(event, LogJudged)
    ]


class Broken:
    """A report that cannot deal with the log of a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[str] = []

    def judged(self, log: LogJudged) -> None:
        if Path(log.name).stem == self.name:
            raise MemoryError
        self.told.append(f"{Path(log.name).stem} {log.judgement.verdict}")

    def unreadable(self, name: str, error: str) -> None:
        self.told.append(f"{Path(name).stem} {error}")

    def skipped(self, skipped: Skipped) -> None:
        self.told.append(skipped.what)

    def close(self) -> None:
        self.told.append("closed")


def test_what_a_report_cannot_deal_with_is_unreadable(logs: str) -> None:
    """And does not count as violating."""
    report = Broken("b")
    finished = deliver(Session([logs], Machines()), report)
    assert report.told[:2] == ["a incomplete", f"b {exhausted(MemoryError())}"]
    assert finished == Finished(Progress(3, 1), is_bad=False, has_errors=True)
    assert "closed" not in report.told


def test_work_goes_on_behind_the_log_that_was_taken_last(logs: str, tmp_path: Path) -> None:
    """A log that was given out, and not dealt with yet, comes again."""
    kept = str(tmp_path / "kept")

    def session() -> Session:
        machines = Machines()
        return Session([logs], machines, resume=Resume(kept, [logs], {}, machines))

    first = session()
    events = first.events()
    assert shown([next(events), next(events), next(events)]) == ["Resumed", *WHOLE[:2]]
    events.close()
    first.interrupt()
    resumed, *rest = session().events()
    assert isinstance(resumed, Resumed)
    assert +resumed.summary.verdicts == Counter(incomplete=1)
    assert shown(rest) == WHOLE[1:]
    assert not Path(kept).exists()


def test_settings_are_called_what_the_user_calls_them(logs: str, tmp_path: Path) -> None:
    """A program gives no options of a command line."""
    (Path(logs) / "c.eventlog").unlink()
    with pytest.raises(SessionError, match=r"^previous takes one log.*name one by job$"):
        snapshot(logs, Machines())
    missing = str(tmp_path / "missing.eventlog")
    with pytest.raises(SessionError, match=r"^previous: .*missing.eventlog: No such file"):
        snapshot(missing, Machines())
    with pytest.raises(SessionError, match=r"^--previous: .*missing.eventlog: No such file"):
        snapshot(missing, Machines(named="--{}".format))


def test_mended_logs_are_kept_where_they_are_told_to_be(logs: str, tmp_path: Path) -> None:
    out = tmp_path / "mended"
    mending = Mending(Options(), Files(str(out), [logs], str))
    events = list(Session([logs], Machines(), mending=mending).events())
    (mended,) = (each.mended for each in events if isinstance(each, LogJudged) and each.mended)
    assert mended.path == str(out / "b.eventlog")
    assert (out / "b.eventlog").read_bytes() == mended.mending.repairs[0].data
    again = Session([logs], Machines(), mending=Mending(Options(), None))
    assert [e.mended.path for e in again.events() if isinstance(e, LogJudged) and e.mended] == ["-"]


def test_windows_are_given_out_like_whole_logs(logs: str) -> None:
    events = list(judged_windows([logs], Machines(), Options()))
    windows = [event for event in events if isinstance(event, WindowJudged)]
    assert [window.window and window.window.begins for window in windows] == [True, False]
    assert any(isinstance(event, Skipped) for event in events)


def test_a_growing_log_gives_findings_as_they_come(tmp_path: Path) -> None:
    """And what it is found to be when nobody wants to see more."""
    log = tmp_path / "growing.eventlog"
    log.write_text(SUBMIT + '{"timestamp":2,"name":"depend"}\n')
    following = Following(str(log), Machines(load("job")), Options())
    events = following.events()
    found = next(events)
    assert isinstance(found, FindingMade)
    assert (found.finding.rule, found.finding.line) == ("rfc21/states/undefined", 2)
    events.close()
    (ended,) = following.finish()
    assert isinstance(ended, LogEnded)
    assert (ended.judgement.verdict, ended.judgement.state, ended.found) == ("violates", "NEW", 1)
    assert (following.is_bad, following.has_errors) == (True, False)


def test_a_folder_is_not_followed(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="follow follows one file"):
        next(Following(str(tmp_path), Machines(), Options()).events())


def test_a_log_that_no_report_minds_is_refused_by_its_reader(logs: str) -> None:
    """A reader of events says that it cannot deal with one; the session counts it."""
    session = Session([logs], Machines())
    told = []
    for event in session.events():
        told += shown([event])
        if isinstance(event, LogJudged) and not event.is_bad:
            session.refuse(str(UnreadableLog("too much")))
    assert told == ["a incomplete", "a unreadable", *WHOLE[1:]]

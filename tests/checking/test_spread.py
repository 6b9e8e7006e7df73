"""Work that is spread gives what it gives in one place, whatever becomes of the workers."""

import gzip
import io
import os
import signal
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import fsspec
import pytest

from dumps import KEY, OTHER_KEY
from facts.cases import CASES
from flux_conform.checking import judges, spread
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.judges import Judge, Source
from flux_conform.checking.spread import Crew, judge_many, processes
from flux_conform.cli.check_output import FORMATS
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.remote import OtherForm
from flux_conform.logs.source_items import MAX_LOG_BYTES
from flux_conform.machine.step import Machine

SPECIFICATION = load("job")
MACHINE = Machine(SPECIFICATION)
LOGS = [case.log for case in CASES[::40]]
SOUND = next(case.log for case in CASES if not case.findings and not case.notes)
FAULTY = next(case.log for case in CASES if case.findings)


def named(count: int = len(LOGS)) -> list[Source]:
    return [(str(number), LOGS[number % len(LOGS)]) for number in range(count)]


@pytest.mark.parametrize("options", [Options(), Options(notes=True, strict=True)])
def test_judgements_come_in_the_order_of_the_logs_and_are_those_of_one_process(
    options: Options,
) -> None:
    """By processes of this machine, in chunks of a few logs."""
    expected = [judge(MACHINE, log, options) for log in LOGS]
    told = judge_many(named(), SPECIFICATION, options, processes(2), chunk_bytes=2000)
    assert list(told) == [
        (name, log, judgement) for (name, log), judgement in zip(named(), expected, strict=True)
    ]


def test_places_are_read_by_the_workers(tmp_path: Path) -> None:
    """The bytes come back where there are findings; what cannot be read is said in its place."""
    path = tmp_path / "faulty.eventlog"
    path.write_bytes(FAULTY)
    with fsspec.open("memory://sound.eventlog", "wb") as file:
        file.write(SOUND)
    sources: list[Source] = [
        ("path", str(path)), ("address", "memory://sound.eventlog"), ("bytes", SOUND),
        ("gone", str(tmp_path / "gone")), ("no address", "memory://gone"),
        ("unread", UnreadableLog("it was so before")),
    ]  # fmt: skip
    with ThreadPoolExecutor(2) as executor:
        told = {name: rest for name, *rest in judge_many(sources, SPECIFICATION, executor=executor)}
        assert executor.submit(len, "still open").result() == 10
    assert list(told) == [name for name, _ in sources]
    assert told["path"] == [FAULTY, judge(MACHINE, FAULTY)]
    assert told["address"] == [b"", judge(MACHINE, SOUND)]
    assert told["bytes"] == [SOUND, judge(MACHINE, SOUND)]
    reasons = [told[name][1] for name in ("gone", "no address", "unread")]
    assert all(isinstance(reason, UnreadableLog) for reason in reasons)
    assert "No such file" in str(reasons[0])
    assert "gone" in str(reasons[1])
    assert str(reasons[2]) == "it was so before"


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Crew:
    """Two processes that die of reading the place "deadly", and once of reading "once"."""

    def read(place: str, *_: object) -> bytes:
        once = tmp_path / "died"
        if place == "deadly" or (place == "once" and not once.exists()):
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return FAULTY if place == "faulty" else SOUND

    monkeypatch.setattr(judges, "read_log", read)
    # A fork, for what was set here to be so there.
    return Crew(lambda: ProcessPoolExecutor(2, mp_context=get_context("fork")), 2)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_dies_costs_another_try_and_not_the_result(crew: Crew) -> None:
    """Nor that of any other log that was at work."""
    sources = [*named(30), ("x", "once"), *named(30)]
    told = list(judge_many(sources, SPECIFICATION, executor=crew, chunk_bytes=2000))
    assert [name for name, _, _ in told] == [name for name, _ in sources]
    assert told[30] == ("x", b"", judge(MACHINE, SOUND))
    assert all(isinstance(judgement, Judgement) for _, _, judgement in told)
    assert told[31:] == told[:30]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_what_is_tried_again_may_come_back_in_parts_too(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a chunk that is not done to its end is not followed by the other half."""
    monkeypatch.setattr(spread, "_CHUNK_BYTES", 3 * len(FAULTY))
    monkeypatch.setattr(spread, "_SHARE", 1)
    sources: list[Source] = [*(("x", "faulty") for _ in range(40)), ("y", "deadly"), ("z", "sound")]
    *told, dead, last = judge_many(sources, SPECIFICATION, executor=crew)
    assert told == [("x", FAULTY, judge(MACHINE, FAULTY))] * 40
    assert "died" in str(dead[2])
    assert last == ("z", b"", judge(MACHINE, SOUND))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_log_that_ends_each_process_is_unreadable(crew: Crew) -> None:
    """It is found among those of its chunk, which are judged as ever."""
    sources = [*named(5), ("x", "deadly"), *named(5), ("y", "faulty")]
    told = list(judge_many(sources, SPECIFICATION, executor=crew))
    assert [name for name, _, _ in told] == [name for name, _ in sources]
    assert isinstance(told[5][2], UnreadableLog)
    assert "died" in str(told[5][2])
    assert told.pop() == ("y", FAULTY, judge(MACHINE, FAULTY))
    assert [told[:5], told[6:]] == [list(judge_many(named(5), SPECIFICATION, executor=crew))] * 2


class Broken(ThreadPoolExecutor):
    """An executor that is broken from its second task on."""

    tasks = 0

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        self.tasks += 1
        if self.tasks > 1:
            raise BrokenExecutor("no more")
        return super().submit(work, *given, **named)


def test_an_executor_of_the_caller_that_breaks_is_followed_by_processes() -> None:
    """And no result is lost."""
    with Broken(1) as executor:
        told = list(judge_many(named(9), SPECIFICATION, executor=executor, chunk_bytes=1))
        assert executor.tasks > 1
    assert told == list(judge_many(named(9), SPECIFICATION, executor=processes(1)))


def test_no_more_is_taken_than_a_few_chunks_ahead() -> None:
    """However many logs there are."""
    taken = 0

    def endless() -> Iterator[Source]:
        nonlocal taken
        while True:
            taken += 1
            yield str(taken), SOUND

    with ThreadPoolExecutor(2) as executor:
        told = judge_many(endless(), SPECIFICATION, executor=executor, chunk_bytes=10 * len(SOUND))
        for number in range(1, 200):
            assert next(told)[0] == str(number)
            assert taken - number < 100


def check(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["check", *arguments])
    return code, capsys.readouterr().out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, log in enumerate(LOGS):
        (tmp_path / f"{number:03}.eventlog").write_bytes(log)
    (tmp_path / "gone.eventlog").symlink_to(tmp_path / "nowhere")
    return tmp_path


_MEMOS = b'{"timestamp":1700000000,"name":"memo","context":{"n":1}}\n' * 2000
LONG = (b"\n" + _MEMOS).join(SOUND.split(b"\n", 1))
"""Longer than what tells the form of a file."""


@pytest.fixture
def odd(folder: Path) -> Path:
    """Files that are no eventlogs, or no small ones, whatever their names say."""
    (folder / "zipped.eventlog").write_bytes(gzip.compress(FAULTY))
    (folder / "zipped.eventlog.gz").write_bytes(gzip.compress(FAULTY))
    (folder / "journal.eventlog").write_bytes(
        b"".join(b'{"id":%d,"events":[%s]}\n' % (n, SOUND.split(b"\n")[0]) for n in (7, 8))
    )
    with tarfile.open(folder / "dump.eventlog", "w") as archive:
        for key in (KEY, OTHER_KEY):
            member = tarfile.TarInfo(f"{key}/eventlog")
            member.size = len(FAULTY)
            archive.addfile(member, io.BytesIO(FAULTY))
    with tarfile.open(folder / "other.eventlog", "w") as archive:
        archive.addfile(tarfile.TarInfo("else"))
    (folder / "long.eventlog").write_bytes(LONG)
    (folder / "faulty.eventlog").write_bytes(LONG + FAULTY)
    (folder / "empty.eventlog").touch()
    (folder / "text.eventlog").write_text("[Nov23 10:00] submit\n[  +1.000000] validate\n")
    (folder / "paper.eventlog").write_text("%PDF-1.7")
    (folder / "closed.eventlog").mkdir()
    (folder / "linked.eventlog").symlink_to(folder / "closed.eventlog")
    (folder / "circle.eventlog").symlink_to(folder / "circle.eventlog")
    os.mkfifo(folder / "pipe.eventlog")
    with (folder / "vast.eventlog").open("wb") as file:
        file.write(SOUND)
        file.truncate(MAX_LOG_BYTES + 1)
    return folder


@pytest.mark.parametrize(
    "options",
    [["--format", told] for told in FORMATS]
    + [["--summary"], ["--times"], ["--notes"], ["--job", "7"], ["--machine", "exec"],
       ["--format", "json", "--summary"]],
)  # fmt: skip
def test_check_says_the_same_in_several_processes(
    options: list[str], odd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Findings with their lines, and what could not be read, whoever reads the files."""
    alone = check(str(odd), *options, capsys=capsys)
    assert alone[0] == 2
    assert check(str(odd), *options, "--jobs", "2", capsys=capsys) == alone


def test_what_is_no_plain_eventlog_at_its_place_is_said(odd: Path) -> None:
    """It is not judged as if it were one."""
    for name, said in (("zipped", "gzip"), ("journal", "journal"), ("dump", "tar"),
                       ("paper", "a PDF"), ("vast", "more than")):  # fmt: skip
        ((_, data, told),) = judge_many(
            [(name, str(odd / f"{name}.eventlog"))], SPECIFICATION, executor=processes(1)
        )
        assert (data, type(told)) == (b"", OtherForm)
        assert said in str(told)
    places = [(name, str(odd / f"{name}.eventlog")) for name in ("long", "faulty")]
    told = judge_many(places, SPECIFICATION, executor=processes(1))
    assert list(told) == [
        ("long", b"", judge(MACHINE, LONG)), ("faulty", LONG + FAULTY, judge(MACHINE, LONG + FAULTY))
    ]  # fmt: skip


class Rounds(Executor):
    """Two workers that do a task each at a time; `tasks` are what the tasks gave."""

    def __init__(self) -> None:
        self._max_workers = 2
        self.queue: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.rounds = 0
        self.tasks: list[Any] = []

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future = Waited(self)
        self.queue.append((future, partial(work, *given, **named)))
        return future

    def round(self) -> None:
        self.rounds += 1
        for future, work in self.queue[:2]:
            self.tasks.append(work())
            future.set_result(self.tasks[-1])
        del self.queue[:2]


class Waited(Future[Any]):
    def __init__(self, executor: Rounds) -> None:
        super().__init__()
        self.executor = executor

    def result(self, timeout: float | None = None) -> Any:
        while not self.done():
            self.executor.round()
        return super().result(timeout)


@pytest.mark.parametrize("limit", ["_CHUNK_BYTES", "_READ_BYTES"])
def test_what_many_large_logs_give_comes_back_in_parts(
    limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task reads and gives back no more than so much; the rest is done by all workers."""
    path = tmp_path / "faulty.eventlog"
    path.write_bytes(FAULTY)
    monkeypatch.setattr(spread, limit, 5 * len(FAULTY))
    places: list[Source] = [(str(number), str(path)) for number in range(300)]
    executor = Rounds()
    told = list(judge_many(places, SPECIFICATION, executor=executor))
    judgement = judge(MACHINE, FAULTY)
    assert told == [(name, FAULTY, judgement) for name, _ in places]
    assert max(len(judgements) for judgements, _ in executor.tasks) == 5
    assert len(executor.tasks) > 60
    assert executor.rounds < 0.6 * len(executor.tasks)


@pytest.mark.parametrize(
    "options",
    [["--jobs", "-1"], ["--jobs", "2", "--dask", "x"], ["--jobs", "2", "--partial"],
     ["--dask", "nonsense://"]],
)  # fmt: skip
def test_calls_that_make_no_sense_are_refused(
    options: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a word about why."""
    assert main(["check", str(folder), *options]) == 2
    assert "--" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Dask's own affairs
def test_check_says_the_same_on_a_dask_cluster(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real scheduler with two worker processes, one of which dies."""
    from distributed import LocalCluster

    from flux_conform.checking.cluster import cluster as on_cluster

    alone = check(str(folder), capsys=capsys)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        assert check(str(folder), "--dask", address, capsys=capsys) == alone
        with on_cluster(address) as crew:
            logs = [(str(number), LOGS[number % len(LOGS)]) for number in range(400)]
            told = judge_many(logs, SPECIFICATION, executor=crew, chunk_bytes=4000)
            first = next(told)
            os.kill(cluster.workers[0].pid, signal.SIGKILL)
            assert [first, *told] == list(Judge(SPECIFICATION).judge_all(logs))

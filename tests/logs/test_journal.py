"""The journal of events: logs put together again, in bounded memory."""

import io
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from flux_conform.logs import followed, journal_entry
from flux_conform.logs.copied_lines import Line
from flux_conform.logs.jobid import JobId
from flux_conform.logs.journal import read_journal
from flux_conform.logs.source_items import ALL, LogFilter, Problem, SourcedLog, SourceItem
from flux_conform.logs.sources import read_sources
from flux_conform.logs.spool import Spool
from flux_conform.logs.stream import Stream


def events(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.splitlines()]


def logs_in(path: Path) -> dict[int, SourcedLog]:
    found = list(read_sources([str(path)]))
    assert all(isinstance(each, SourcedLog | Problem) for each in found)
    return {each.job.number: each for each in found if isinstance(each, SourcedLog) and each.job}


def read(data: bytes, wanted: LogFilter = ALL) -> list[SourceItem]:
    return list(read_journal(Stream(io.BytesIO(data)), "j", wanted))


def test_a_journal_gives_the_logs_that_the_instance_stored(corpus: Path) -> None:
    """But for a memo that is folded into an earlier event of a job of the past."""
    folder = corpus / "artefacts"
    stored = {
        log.job: log.data
        for log in read_sources([str(folder / "dump.tgz")], LogFilter("job".__eq__))
        if isinstance(log, SourcedLog)
    }
    logs = logs_in(folder / "journal.ndjson")
    assert {log.job for log in logs.values()} == set(stored)
    assert list(logs) == sorted(logs)
    differ = [n for n, log in logs.items() if events(log.data) != events(stored[JobId(n)])]
    assert differ == [43285217280]


def test_a_live_journal_gives_the_logs_as_far_as_it_was_followed(corpus: Path) -> None:
    """Without what is in the journal alone, each is a beginning of the stored log, or all of it."""
    logs = logs_in(corpus / "artefacts" / "journal-live.ndjson")
    unstored = []
    for number, log in logs.items():
        assert log.journal is not None
        assert log.lost == ()
        path = corpus / "job" / "A1-main" / f"{number}.eventlog"
        if not path.exists():
            unstored.append(number)
            continue
        lines = log.data.splitlines()
        mine = [line for line in lines if b'"name":"annotations"' not in line]
        kept = path.read_bytes().splitlines()
        assert [line for line in mine if line in kept] == kept[: len(mine)]
        assert all(b'"name":"memo"' in line for line in mine if line not in kept)
    assert len(logs) == 120
    assert len(unstored) == 4
    assert all(b'"name":"invalidate"' in logs[number].data for number in unstored)


def test_the_bytes_of_an_event_are_kept() -> None:
    """Numbers, keys given twice and what else the event holds are judged as they stand."""
    odd = b'{"timestamp":1.50,"name":"x","name":"y","context":{"a":1e2}, "b":0}'
    found = read(b'{"id":-1,"events":[]}\n{"R":{},"events":[' + odd + b',{}],"id":7}')
    (log,) = found
    assert isinstance(log, SourcedLog)
    assert log.journal is not None
    assert log[:5] == ("j: ƒ8 (7)", odd + b"\n{}\n", JobId(7), "job", ())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"not JSON", "not JSON from column 1"), (b'{"id":1}', "events"), (b'{"events":[]}', "id"),
        (b'{"id":"1","events":[]}', "int"), (b'{"id":-2,"events":[]}', "-2 is no job id"),
        (b'{"id":-1,"events":[{}]}', "-1 is no job id"), (b'{"id":1.5,"events":[]}', "int"),
        (b'{"id":99999999999999999999,"events":[{}]}', "is no job id"), (b"[1]", "object"),
        (b'{"id":1,"events":[\xff]}', ""), (b'{"id":1,"events":' + b"[" * 100_000, ""),
        (b'{"id":1,"events":[' + b" " * (16 << 20) + b"]}", "longer than"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_entry_costs_itself(line: bytes, why: str) -> None:
    """It is named with its number, and the others are read."""
    good = b'{"id":5,"events":[{"a":1}]}\n'
    problem, *others = read(good + line + b"\n" + good)
    assert isinstance(problem, Problem)
    (log,) = (each for each in others if isinstance(each, SourcedLog))
    assert problem.name == "j:2"
    assert why in problem.error
    assert log[1] == b'{"a":1}\n{"a":1}\n'
    assert log.lost[0] == (
        "the journal has no sentinel, so it may begin late, and logs may lack their beginning"
    )


def test_a_last_line_that_is_cut_off_is_told() -> None:
    """As where the writer is still at it, or was killed."""
    problem, log = read(b'{"id":5,"events":[{"a":1}]}\n{"id":5,"ev')
    assert isinstance(problem, Problem)
    assert "it is the last line, and cut off" in problem.error
    assert log[1] == b'{"a":1}\n'
    assert read(b'{"id":5,"events":[{"a":1}]}', LogFilter(job=JobId(6))) == []


def test_many_bad_lines_are_summed_up() -> None:
    """Twenty are named."""
    found = read(b"{\n" * 50)
    assert len(found) == 21
    assert found[-1] == Problem("j", "30 further lines are no entries of the journal")


def test_a_spool_holds_little_and_gives_all() -> None:
    """Logs come by number, lines in their order, and one that is too long is told."""
    chosen = [number * 7919 % 97 for number in range(20_000)]
    lines = [(number, b"%d:%d " % (number, place)) for place, number in enumerate(chosen)]
    lines += [(1000, b"x" * 40_000), (1000, b"y"), (1001, b"z" * 40_001)]
    expected: dict[int, bytes] = {}
    for number, line in lines:
        expected[number] = expected.get(number, b"") + line
    for limit in (1 << 30, 100_000):
        tracemalloc.start()
        try:
            spool = Spool(limit)
            for number, line in lines:
                spool.add(number, line)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 2 * limit + 100_000
        found = list(spool.logs(40_001))
        assert [number for number, _ in found] == sorted(expected)
        assert {n: data for n, data in found if data is not None} == {
            number: data for number, data in expected.items() if len(data) <= 40_001
        }
    assert {number for number, data in found if data is None} == set()
    assert [number for number, data in spool_of(lines).logs(40_000) if data is None] == [1000, 1001]


def test_a_disk_without_room_is_an_error_of_the_source() -> None:
    """As where the temporary file may not grow."""
    code = """
import resource
from flux_conform.logs.spool import Spool
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
spool = Spool(100_000)
for number in range(200_000):
    spool.add(number, b"x" * 100)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].startswith("OSError: the temporary file of the journal: ")


def spool_of(lines: list[tuple[int, bytes]]) -> Spool:
    spool = Spool(50_000)
    for number, line in lines:
        spool.add(number, line)
    return spool


def test_a_line_that_is_too_long_is_one_line_of_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told by its number, and what follows it is read."""
    for module in (followed, journal_entry):
        monkeypatch.setattr(module, "MAX_LINE_BYTES", 100)
    one, two = (b'{"id":1,"events":[{"name":"%s"}]}\n' % name for name in (b"x", b"y"))
    journal = io.BytesIO(one + b" " * 300 + one + two + b"?\n")
    told = list(followed.FollowedSource("j").lines(journal))
    assert told[:3:2] == [
        followed.JobLine(JobId(1), Line(b'{"name":"%s"}' % name, True)) for name in (b"x", b"y")
    ]
    assert [each.place for each in told if isinstance(each, followed.LostLine)] == ["j:2", "j:4"]
    assert "longer than 100 bytes" in str(told[1])

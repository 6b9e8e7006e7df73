"""Dumps of the key-value store: what is read of them, however they are packed, and no harm."""

import bz2
import gzip
import io
import lzma
import os
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import lz4.frame
import pytest

from dumps import END, JOB, KEY, OTHER_KEY, member, pax
from flux_conform.logs.archive import read_archive
from flux_conform.logs.jobid import JobId
from flux_conform.logs.source_items import (
    ALL,
    MAX_LOG_BYTES,
    LogFilter,
    Problem,
    Skipped,
    SourcedLog,
    SourceItem,
)
from flux_conform.logs.sources import read_sources
from flux_conform.logs.stream import Stream

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LOG = b'{"timestamp":1,"name":"x"}\n'
DUMP = (
    member(f"{KEY}/R", b"{}")
    + member(f"{KEY}/eventlog", LOG)
    + member(f"{KEY}/guest/exec/eventlog", LOG * 2)
    + member("resource/eventlog", LOG * 3)
    + END
)

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
    "gzip in zstd": lambda data: zstd.compress(gzip.compress(data)),
}


def found_in(path: Path, wanted: LogFilter = ALL) -> list[SourceItem]:
    return list(read_sources([str(path)], wanted))


def read(data: bytes) -> list[SourceItem]:
    return list(read_archive(Stream(io.BytesIO(data)), "dump", ALL))


def problems(found: list[SourceItem]) -> list[str]:
    return [f"{each.name}: {each.error}" for each in found if isinstance(each, Problem)]


@pytest.mark.parametrize("packing", PACKED)
def test_a_dump_is_read_however_it_is_packed(tmp_path: Path, packing: str) -> None:
    """The ending of its name may lie; keys tell the jobs and the kinds of its logs."""
    path = tmp_path / "dump.txt"
    packed = PACKED[packing](DUMP)
    path.write_bytes(packed)
    expected = [
        SourcedLog(f"{path}: {JOB}", LOG, JobId(11945377792), "job"),
        SourcedLog(f"{path}: {JOB} exec", LOG * 2, JobId(11945377792), "exec"),
        SourcedLog(f"{path}: resource/eventlog", LOG * 3, None, "resource"),
        Skipped(str(path), 1, "other keys than eventlogs"),
    ]
    assert found_in(path) == expected
    if packing == "plain":
        return
    # Cut off in the middle it says so; a log that was compressed by itself is not half a log.
    path.write_bytes(packed[: len(packed) // 2])
    (*_, last) = [each for each in found_in(path) if isinstance(each, Problem)]
    assert "cut off" in last.error
    alone = PACKED[packing](LOG)
    for data, logs in (
        (alone, [LOG]),
        (alone * 2, [LOG * 2]),
        (alone[:-3], []),
        (alone + b"x", []),
    ):
        path.write_bytes(data)
        found = found_in(path)
        assert [each.data for each in found if isinstance(each, SourcedLog)] == logs
        assert len(problems(found)) == 1 - len(logs)


@pytest.mark.parametrize(
    ("packing", "module"), [("zstd", zstd.__name__.partition(".")[0]), ("lz4", "lz4.frame")]
)
def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str, module: str
) -> None:
    """With the command that installs it."""
    path = tmp_path / "dump"
    path.write_bytes(PACKED[packing](DUMP))
    monkeypatch.setitem(sys.modules, module, None)
    (problem,) = problems(found_in(path))
    assert "pip install 'flux-conform[archives]'" in problem


def test_what_nobody_asked_for_is_counted_and_not_read(tmp_path: Path) -> None:
    """Other kinds are told; other jobs were not asked for."""
    path = tmp_path / "dump"
    path.write_bytes(DUMP[:-1024] + member(f"{OTHER_KEY}/eventlog", LOG) + END)
    wanted = LogFilter(lambda kind: kind == "job", JobId(11945377792))
    log, *skipped = found_in(path, wanted)
    assert isinstance(log, SourcedLog)
    assert log.kind == "job"
    assert skipped == [
        Skipped(str(path), 1, "exec eventlogs"),
        Skipped(str(path), 1, "other keys than eventlogs"),
    ]
    assert found_in(path, LogFilter(job=JobId(7)))[-1] == Problem(
        "ƒ8 (7)", "there is no log of this job"
    )
    assert problems(found_in(path, LogFilter(lambda kind: False)))


def test_names_do_no_harm_and_what_is_no_file_is_no_log(tmp_path: Path) -> None:
    """Nothing is written, links lead nowhere, and the count of what was left out is told."""
    hostile = [
        member(f"/{KEY}/eventlog", LOG), member(f"../{KEY}/eventlog", LOG),
        member(f"{KEY}/guest/../exec/eventlog", LOG), member(f"{KEY}//eventlog", LOG),
        member(f"{KEY}/eventlog", kind=b"2", link="/etc/passwd"),
        member(f"{KEY}/eventlog", kind=b"1", link="/etc/passwd"),
        member(f"{KEY}/eventlog", kind=b"3"), member(f"{KEY}/eventlog", kind=b"6"),
        member(f"{KEY}/eventlog", LOG, kind=b"S"), member("a" * 99, kind=b"5"),
    ]  # fmt: skip
    path = tmp_path / "dump"
    path.write_bytes(b"".join(hostile) + DUMP)
    before = sorted(os.listdir(tmp_path))
    found = found_in(path)
    assert [each.data for each in found if isinstance(each, SourcedLog)] == [LOG, LOG * 2, LOG * 3]
    skipped = {each.what: each.number for each in found if isinstance(each, Skipped)}
    assert skipped == {
        "members that are no plain files": 6,
        "members whose names are no keys": 4,
        "other keys than eventlogs": 1,
    }
    assert not problems(found)
    assert sorted(os.listdir(tmp_path)) == before


def test_long_names_are_read_and_endless_ones_are_not() -> None:
    """In both ways in which tar says them; what follows is read all the same."""
    name = f"{KEY}/guest/{'n' * 200}/eventlog"
    gnu = member("x", name.encode() + b"\0", b"L") + member("cut", LOG)
    endless = member("x", b"9" * (3 << 20), b"x") + member(f"{KEY}/eventlog", LOG)
    found = read(pax(name, LOG) + gnu + endless + DUMP)
    logs = [each for each in found if isinstance(each, SourcedLog)]
    assert [log.kind for log in logs] == ["n" * 200, "n" * 200, "job", "exec", "resource"]
    assert problems(found) == ["dump: a member's name is longer than is read"]


def sized(header: bytes, field: bytes) -> bytes:
    """A header with another size field, and its checksum made anew."""
    whole = bytearray(header)
    whole[124:136] = field
    whole[148:156] = b" " * 8
    whole[148:156] = b"%06o\0 " % sum(whole[:512])
    return bytes(whole)


def test_a_size_to_base_256_is_read() -> None:
    """As GNU tar writes those of 8 GiB and more, the highest byte first."""
    long = LOG * 30
    whole = member(f"{KEY}/eventlog", long)
    gnu = sized(whole, b"\x80" + len(long).to_bytes(11, "big"))
    found = read(gnu + member(f"{OTHER_KEY}/eventlog", LOG) + END)
    assert [each.data for each in found if isinstance(each, SourcedLog)] == [long, LOG]
    assert not problems(found)


def extended(*records: tuple[str, str]) -> bytes:
    """An extended header of POSIX tar, each record with its own length before it."""
    text = b""
    for key, value in records:
        rest = f" {key}={value}\n".encode()
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length = len(str(length)) + len(rest)
        text += str(length).encode() + rest
    return member("x", text, kind=b"x")


def test_a_size_in_an_extended_header_is_that_of_the_next_member_alone() -> None:
    """It is decimal, and stands above the one in the member's own header."""
    short = sized(member(f"{KEY}/eventlog", LOG), b"%011o\0" % 0)
    other = member(f"{OTHER_KEY}/eventlog", LOG * 3)
    found = read(extended(("size", str(len(LOG)))) + short + other + END)
    assert [each.data for each in found if isinstance(each, SourcedLog)] == [LOG, LOG * 3]
    assert not problems(found)


def test_an_extended_header_without_a_path_leaves_the_long_name() -> None:
    """Both may stand before one member; what a sparse file lacks is no log."""
    name = f"{KEY}/guest/{'n' * 120}/eventlog"
    gnu = member("x", name.encode() + b"\0", b"L") + extended(("mtime", "1.5")) + member("y", LOG)
    sparse = extended(("GNU.sparse.major", "1")) + member(f"{OTHER_KEY}/eventlog", LOG)
    found = read(gnu + sparse + member(f"./{KEY}/eventlog", LOG) + END)
    assert [each.kind for each in found if isinstance(each, SourcedLog)] == ["n" * 120, "job"]
    assert [each.what for each in found if isinstance(each, Skipped)] == [
        "members that are no plain files"
    ]


def test_the_map_of_a_sparse_file_is_passed_over() -> None:
    """It may go on for blocks behind the header, and each says whether another follows.

    A link has no bytes whatever size is said of it.
    """
    header = bytearray(member(f"{OTHER_KEY}/eventlog", size=512, kind=b"S"))
    header[482] = 1
    more, last = bytearray(512), bytes(512)
    more[504] = 1
    sparse = sized(bytes(header), bytes(header[124:136])) + more + last + LOG.ljust(512, b"\0")
    link = member(f"{OTHER_KEY}/eventlog", kind=b"1", link="x", size=512)
    found = read(sparse + link + DUMP)
    assert [each.data for each in found if isinstance(each, SourcedLog)] == [LOG, LOG * 2, LOG * 3]
    assert not problems(found)


def test_a_name_in_two_fields_is_one_where_the_header_is_of_posix() -> None:
    """Older headers have other things there."""
    name = f"{KEY}/guest/{'d' * 60}/{'e' * 60}/eventlog"
    header = member(name, LOG)
    (log,) = [each for each in read(header + END) if isinstance(each, SourcedLog)]
    assert (log.job, log.kind) == (JobId(11945377792), "e" * 60)
    old = bytearray(member(f"{KEY}/eventlog", LOG))
    old[257:263] = b"oldtar"
    old[345:350] = b"other"
    plain = sized(bytes(old), bytes(old[124:136]))
    (log,) = [each for each in read(plain + END) if isinstance(each, SourcedLog)]
    assert (log.job, log.kind) == (JobId(11945377792), "job")
    # Of a name that is no job's, all is told.
    beside = bytearray(member("resource/eventlog", LOG))
    beside[257:263] = b"oldtar"
    beside[345:350] = b"other"
    plain = sized(bytes(beside), bytes(beside[124:136]))
    (log,) = [each for each in read(plain + END) if isinstance(each, SourcedLog)]
    assert log.name == "dump: resource/eventlog"


def test_damage_costs_what_is_damaged() -> None:
    """The next member that can be told is read, and an archive that stops early is told."""
    damaged = bytearray(member(f"{OTHER_KEY}/eventlog", LOG))
    damaged[3] ^= 1
    found = read(DUMP[:1024] + damaged + DUMP[1024:])
    assert [each.data for each in found if isinstance(each, SourcedLog)] == [LOG, LOG * 2, LOG * 3]
    assert problems(found) == ["dump: damaged from byte 1,024 on to the next member"]
    long = bytearray(pax(f"{'l' * 120}/eventlog", LOG))
    long[-1024] ^= 1  # the header behind the extended one
    assert [each.name for each in read(long + DUMP) if isinstance(each, SourcedLog)] == [
        each.name for each in read(DUMP) if isinstance(each, SourcedLog)
    ]
    assert not problems(read(DUMP[:-512]))  # one block of zeros ends it, too
    for length in (len(DUMP) - 1024, 1024 + 512, 1024 + 100, 1024 + 520):
        (problem,) = problems(read(DUMP[:length]))
        assert "it may be cut off" in problem or "is cut off after" in problem


def blocks(*parts: tuple[bytes, int]) -> Iterator[bytes]:
    for part, times in parts:
        for _ in range(times):
            yield part


class Endless:
    """A file of parts that are made when they are read."""

    def __init__(self, *parts: tuple[bytes, int]) -> None:
        self.parts = blocks(*parts)

    def read(self, size: int) -> bytes:
        return next(self.parts, b"")


def test_memory_is_bounded_whatever_an_archive_says() -> None:
    """Of a log of 2 GiB, an extended header of 1 GiB, and ten thousand empty members."""
    mebibyte = bytes(1 << 20)
    source = Endless(
        (member(f"{KEY}/eventlog", size=1 << 31), 1), (mebibyte, 2048),
        (member("x", kind=b"x", size=1 << 30), 1), (mebibyte, 1024),
        (member("y"), 10_000), (DUMP, 1),
    )  # fmt: skip
    tracemalloc.start()
    try:
        found = list(read_archive(Stream(source), "dump", ALL))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len([each for each in found if isinstance(each, SourcedLog)]) == 3
    assert [text.partition("; ")[2] for text in problems(found)] == [
        f"{MAX_LOG_BYTES:,} are read of one log", "",
    ]  # fmt: skip
    assert peak < 20 << 20


def test_a_bomb_is_not_held_in_memory(tmp_path: Path) -> None:
    """A gigabyte that was pressed into a megabyte is read in pieces, and then given up.

    So is what was compressed over and over.
    """
    path = tmp_path / "bomb.eventlog.gz"
    packed = gzip.compress(b'{"timestamp"' + bytes(8 << 20), 9)
    path.write_bytes(packed * 128)
    tracemalloc.start()
    try:
        found = found_in(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert f"more than the {MAX_LOG_BYTES:,} bytes" in problems(found)[0]
    assert peak < 2 * MAX_LOG_BYTES
    path.write_bytes(gzip.compress(gzip.compress(gzip.compress(gzip.compress(LOG)))))
    assert problems(found_in(path)) == [f"{path}: it is compressed more than 3 times over"]

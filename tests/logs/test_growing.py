"""Sources that are read as they come: pipes, and files that grow, are cut or replaced."""

import bz2
import gzip
import io
import lzma
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flux_conform.logs.copied_lines import Line
from flux_conform.logs.followed import FollowedSource, JobLine
from flux_conform.logs.growing import POLL, FileChanged, GrowingFile, PipeReader, is_pipe
from flux_conform.logs.source_items import SourceError
from flux_conform.logs.stream import Stream

A, B = (b'{"timestamp":%d,"name":"x"}' % number for number in (1, 2))


def lines_of(
    path: Path, wait: Callable[[float], None], goes_on: Callable[[], bool]
) -> list[object]:
    source = FollowedSource(str(path))
    with path.open("rb", buffering=0) as file:
        growing = GrowingFile(str(path), file, goes_on, wait=wait, caught_up=source.caught_up)
        return list(source.lines(growing))


def test_lines_come_when_their_newline_does(tmp_path: Path) -> None:
    """Each look at the file sees what was added since; what never ended comes last."""
    path = tmp_path / "log"
    path.write_bytes(A + b"\n" + B[:5])
    additions = [B[5:] + b"\n", b"", A]

    def grow(seconds: float) -> None:
        assert seconds == POLL
        with path.open("ab") as file:
            file.write(additions.pop(0))

    lines = lines_of(path, grow, lambda: bool(additions))
    assert lines == [JobLine(None, Line(*each)) for each in ((A, True), (B, True), (A, False))]


OLD = b"".join(b'{"timestamp":%d,"name":"x"}\n' % number for number in range(1000, 2000))


def same_length(path: Path) -> None:
    path.write_bytes(OLD.replace(b"1000", b"3000"))


def longer(path: Path) -> None:
    path.write_bytes(b'{"timestamp":1,"name":"y"}\n' * 5000)


def last_lines_anew(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(len(OLD) - 100)
        file.write(b"x" * 200)


def cut(path: Path) -> None:
    path.write_bytes(OLD[:1000])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(OLD * 2)
    other.replace(path)


def rotated(path: Path) -> None:
    path.rename(path.with_name("log.1"))
    path.write_bytes(OLD)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (same_length, "written anew"), (longer, "written anew"), (last_lines_anew, "written anew"),
        (cut, "it was cut"), (emptied, "it was cut"), (replaced, "another file has taken its place"),
        (rotated, "another file has taken its place"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_only_grow_is_noticed(
    tmp_path: Path, change: Callable[[Path], None], says: str
) -> None:
    """Whatever its length is when it is looked at again."""
    path = tmp_path / "log"
    path.write_bytes(OLD)
    with pytest.raises(FileChanged, match=says):
        lines_of(path, lambda _: change(path), lambda: True)


def test_a_file_that_was_written_anew_just_before_the_end_is_noticed(tmp_path: Path) -> None:
    """The log may seem to be over because of what was not in it before."""
    path = tmp_path / "log"
    path.write_bytes(OLD)
    looks: list[float] = []

    def wait(seconds: float) -> None:
        looks.append(seconds)
        with path.open("ab") as file:
            file.write(A + b"\n")

    with path.open("rb", buffering=0) as file:
        lines = FollowedSource(str(path)).lines(
            GrowingFile(str(path), file, lambda: not looks, wait=wait)
        )
        for item in lines:
            if isinstance(item, JobLine) and item.line.text == A:
                break
        same_length(path)
        with pytest.raises(FileChanged):
            next(lines)


def test_a_file_that_is_removed_or_touched_can_grow_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(A + b"\n")
    writer = path.open("ab")
    changes = [path.touch, path.unlink, lambda: writer.write(B + b"\n"), writer.flush]

    def change(_: float) -> None:
        changes.pop(0)()

    lines = lines_of(path, change, lambda: bool(changes))
    assert lines == [JobLine(None, Line(A, True)), JobLine(None, Line(B, True))]
    writer.close()


class Dripping:
    """A source of which a few bytes come at a time; `given` counts them."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data = data
        self._step = step
        self.given = 0

    def read(self, size: int, /) -> bytes:
        start = self.given
        self.given = min(len(self._data), start + min(size, self._step))
        return self._data[start : self.given]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_however_the_bytes_come_the_lines_are_the_same(
    pack: Callable[[bytes], bytes], step: int
) -> None:
    data = (A + b"\n") * 200 + B
    found = list(FollowedSource("-").lines(Dripping(pack(data), step)))
    assert found == [JobLine(None, Line(A, True))] * 200 + [JobLine(None, Line(B, False))]


@pytest.mark.parametrize(
    ("first", "needs"), [(A + b"\n", len(A) + 1), (b"1.000000 x\n", 11), (b"$ a\n1.000000 x\n", 15)]
)
def test_the_first_event_does_not_wait_for_more_than_its_line(first: bytes, needs: int) -> None:
    """For in a pipe nothing more may come for hours."""
    source = Dripping(first + b"x" * 1000, 1)
    assert isinstance(next(FollowedSource("-").lines(source)), JobLine)
    assert source.given == needs


def test_a_pipe_is_read_as_far_as_it_is_filled() -> None:
    """A named one too, which ends when its writer closes it."""
    read, write = os.pipe()
    told: list[object] = []
    with os.fdopen(read, "rb") as file:
        assert is_pipe(file)
        os.write(write, A + b"\n" + B)
        lines = FollowedSource("-").lines(PipeReader(file))
        told.append(next(lines))
        timer = threading.Timer(0.05, lambda: (os.write(write, b"\n"), os.close(write)))
        timer.start()
        told += lines
        timer.join()
    assert told == [JobLine(None, Line(A, True)), JobLine(None, Line(B, True))]


def test_a_line_without_an_end_is_not_held(tmp_path: Path) -> None:
    """What is longer than any line is cut, and what comes after it is another line."""
    from flux_conform.logs.eventlog import MAX_LINE_BYTES

    class Long:
        def __init__(self) -> None:
            self.parts = self.chunks()

        def chunks(self) -> Iterator[bytes]:
            yield A[:-1] + b',"context":{"a":"'
            for _ in range(MAX_LINE_BYTES // (1 << 20) + 3):
                yield b"x" * (1 << 20)
            yield b'"}}\n' + B

        def read(self, _: int, /) -> bytes:
            return next(self.parts, b"")

    first, second = FollowedSource("-").lines(Long())
    assert isinstance(first, JobLine)
    assert isinstance(second, JobLine)
    assert len(first.line.text) == MAX_LINE_BYTES + 1
    assert second.line == Line(B, False)


def test_a_source_is_refused_before_anything_of_it_is_given() -> None:
    for data in (b"\0" * 600, gzip.compress(b"\0" * 600), b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"):
        with pytest.raises(SourceError):
            next(FollowedSource("-").lines(Dripping(data, 50)))


def test_a_look_ahead_takes_what_suffices() -> None:
    source = Dripping(b"abcdefgh", 1)
    stream = Stream(source)
    assert stream.begin(lambda head: len(head) >= 3) == b"abc"
    assert source.given == 3
    assert stream.read(2) == b"ab"
    assert Stream(io.BytesIO(b"ab")).begin(lambda _: False) == b"ab"

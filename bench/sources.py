"""Measures the reading of sources, and shows that hostile ones do no harm.

    python bench/sources.py [--jobs N] [--only NAME ...]

Each source is made in a temporary directory and judged by `flux-conform check` in a process of
its own, of which the seconds of work and the peak of memory are told. Nothing here asserts a
time.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from logs import make_logs

_GIB = 1 << 30
_CHECK = """
import sys, time
from flux_conform.cli.main import main
code = main(["check", "--format", "json", *sys.argv[1:]])
# getrusage would tell of the process that began this one, too.
with open("/proc/self/status") as file:
    (peak,) = (line.split()[1] for line in file if line.startswith("VmHWM:"))
print(code, time.process_time(), peak, file=sys.stderr)
"""


def main() -> None:
    """Make, judge and tell of each source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=50_000, help="in the ordinary sources")
    parser.add_argument("--only", nargs="+", choices=_SOURCES, default=list(_SOURCES))
    arguments = parser.parse_args()
    print(f"{'source':<22}{'bytes':>14}{'exit':>6}{'CPU s':>8}{'peak MiB':>10}  what came of it")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.only:
            path = Path(folder) / name
            _SOURCES[name](path, arguments.jobs)
            _judge(name, path)
            path.unlink()


def _judge(name: str, path: Path) -> None:
    command = [sys.executable, "-c", _CHECK, str(path)]
    verdicts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        for line in child.stdout:
            row = json.loads(line)
            verdicts[row["verdict"]] += 1
            if "error" in row:
                errors[row["error"]] += 1
        told = child.stderr.read().decode()
    code, seconds, peak = told.splitlines()[-1].split()
    what = ", ".join(f"{count:,} {verdict}" for verdict, count in verdicts.items())
    size = path.stat().st_size
    print(f"{name:<22}{size:>14,}{code:>6}{float(seconds):>8.1f}{int(peak) >> 10:>10}  {what}")
    for error, count in errors.most_common(3):
        print(f"{'':<24}{count:,}: {error}")


def _key(number: int) -> str:
    digits = f"{(number << 24) | 0x100:016x}"
    return "/".join(("job", *(digits[at : at + 4] for at in range(0, 16, 4))))


def _dump(path: Path, jobs: int, mode: str = "w|") -> None:
    _, logs = make_logs(jobs * 11)
    with tarfile.open(str(path), mode) as tar:
        for number, log in enumerate(logs):
            key = _key(number)
            others = (("J", 1400), ("R", 170), ("jobspec", 400), ("guest/output", 400))
            for member, data in (("eventlog", log), *((n, bytes(s)) for n, s in others)):
                header = tarfile.TarInfo(f"{key}/{member}")
                header.size = len(data)
                tar.addfile(header, io.BytesIO(data))


def _journal(path: Path, jobs: int) -> None:
    """The events of all jobs by their times, as when all ran at once."""
    _, logs = make_logs(jobs * 11)
    with path.open("wb") as file:
        file.write(b'{"id":-1,"events":[]}\n')
        for step in range(max(log.count(b"\n") for log in logs)):
            for number, log in enumerate(logs):
                lines = log.split(b"\n", step + 1)
                if step + 1 < len(lines):
                    file.write(b'{"id":%d,"events":[%b]}\n' % (number << 24, lines[step]))


def _bomb(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a gzip file of chunks; the same chunk is compressed once."""
    latest, packed = b"", b""
    with path.open("wb") as file:
        for chunk in chunks:
            if chunk is not latest:
                latest, packed = chunk, gzip.compress(chunk, 9)
            file.write(packed)


def _header(name: str, size: int, kind: bytes = b"0") -> bytes:
    header = tarfile.TarInfo(name)
    header.size, header.type = size, kind
    return header.tobuf(tarfile.GNU_FORMAT)


def _zeros(size: int) -> Iterator[bytes]:
    chunk = bytes(1 << 24)
    for _ in range(size // len(chunk)):
        yield chunk


def _gzip_bomb(path: Path, jobs: int) -> None:
    """One line of 10 GiB."""
    _bomb(path, iter((b'{"timestamp"', *_zeros(10 * _GIB))))


def _member_bomb(path: Path, jobs: int) -> None:
    """An archive with a log of 10 GiB, and one that can be read."""

    def chunks() -> Iterator[bytes]:
        yield _header(f"{_key(1)}/eventlog", 10 * _GIB)
        yield from _zeros(10 * _GIB)
        yield _header(f"{_key(2)}/eventlog", 0) + bytes(1024)

    _bomb(path, chunks())


def _header_bomb(path: Path, jobs: int) -> None:
    """An extended header of 10 GiB."""

    def chunks() -> Iterator[bytes]:
        yield _header("x", 10 * _GIB, tarfile.XHDTYPE)
        yield from _zeros(10 * _GIB)
        yield _header(f"{_key(1)}/eventlog", 0)
        yield _header(f"{_key(2)}/eventlog", 0) + bytes(1024)

    _bomb(path, chunks())


def _million(name: Callable[[int], str]) -> Callable[[Path, int], None]:
    def make(path: Path, jobs: int) -> None:
        headers = (_header(name(number), 0) for number in range(1_000_000))
        with gzip.open(path, "wb") as file:
            file.writelines(headers)
            file.write(bytes(1024))

    return make


def _line_bomb(path: Path, jobs: int) -> None:
    """A journal with a line of 10 GiB."""
    _bomb(path, iter((b'{"id":1,"events":[', *_zeros(10 * _GIB), b"]}\n")))


_SOURCES: dict[str, Callable[[Path, int], None]] = {
    "dump": _dump,
    "dump-gzip": lambda path, jobs: _dump(path, jobs, "w|gz"),
    "journal": _journal,
    "gzip-bomb": _gzip_bomb,
    "member-bomb": _member_bomb,
    "header-bomb": _header_bomb,
    "line-bomb": _line_bomb,
    "million-empty-logs": _million(lambda number: f"{_key(number)}/eventlog"),
    "million-empty-members": _million(lambda number: f"../../{number}"),
}


if __name__ == "__main__":
    started = time.monotonic()
    main()
    print(f"{os.cpu_count()} processors, {time.monotonic() - started:.0f} s in all")

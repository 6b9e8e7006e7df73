"""What a fuzz run attacks: each parser with its seeds, its mutations, and what must hold.

A parser gives whether it accepted an input. The exceptions that it declares are caught here; all
others, and everything that is asserted, are faults.
"""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple
from unittest import mock

from fuzz_mutations import mutate, mutated, mutated_pages, mutated_tar
from fuzz_seeds import SPLIT, Seeds, archive_of, known_failures, packed, replies, store_of

from flux_conform.cli import main as command_line
from flux_conform.conformance.finding import VIOLATES, Finding, Judgement
from flux_conform.conformance.judge import Options, judge
from flux_conform.conformance.judges import Judge
from flux_conform.conformance.live import LiveLog
from flux_conform.conformance.machine import Machine
from flux_conform.conformance.mending import Bounds, Mender
from flux_conform.conformance.replay import replay
from flux_conform.conformance.suite.compare import compare
from flux_conform.conformance.suite.folder import NoSuite, load_suite
from flux_conform.conformance.suite.known import read_known
from flux_conform.conformance.suite.protocol import (
    REPORTS,
    Garbled,
    log_of,
    read_answer,
    read_hello,
    read_reply,
    read_request,
)
from flux_conform.conformance.suite.results import clause_texts
from flux_conform.conformance.suite.select import Filters, choose
from flux_conform.conformance.waivers import load_deviations
from flux_conform.conformance.window import judge_window
from flux_conform.logs.eventlog import UnreadableLog, read_entries
from flux_conform.logs.found import Found, Problem, SourcedLog
from flux_conform.logs.sources import read_sources
from flux_conform.model import load
from flux_conform.model.faults import SpecificationFaults
from flux_conform.model.loader import load_file
from flux_conform.model.warnings import warnings_of

Parse = Callable[[bytes], bool]


class Target(NamedTuple):
    """A parser. `weight` is its share of the time; `prepare` is called once, with a folder.

    `prepare` gives what makes an input, and what parses one.
    """

    name: str
    weight: int
    prepare: Callable[[Seeds, Path], tuple[Callable[[Random], bytes], Parse]]


Prepared = tuple[Callable[[Random], bytes], Parse]


def _of(seeds: Sequence[bytes], parse: Parse) -> Prepared:
    return (lambda random: mutated(random, seeds)), parse


# Logs

_CAREFUL = Options(notes=True, strict=True)
_QUICK = Bounds(changes=3, seconds=0.15, repairs=4)


def _machines() -> dict[str, Machine]:
    return {name: Machine(load(name)) for name in ("job", "exec")}


def _name_for(data: bytes) -> str:
    """The machine that an input is judged by, by the input itself."""
    return "exec" if b'"init"' in data[:300] or zlib.crc32(data) % 8 == 0 else "job"


def _lines(seeds: Seeds, _: Path) -> Prepared:
    def parse(data: bytes) -> bool:
        try:
            entries = list(read_entries(data))
        except UnreadableLog:
            return False
        assert len(entries) == max(1, data.count(b"\n") + (data[-1:] not in (b"\n", b"")))
        for entry in entries:
            assert data[entry.offset : entry.offset + len(entry.text)] == entry.text
        return not any(entry.faults for entry in entries)

    return _of(seeds.logs, parse)


def _judging(seeds: Seeds, _: Path) -> Prepared:
    """The careful path, the fast one, and the one for many logs say the same."""
    machines = _machines()
    good = seeds.logs[0]
    judges = {name: Judge(machine.specification) for name, machine in machines.items()}
    for each in judges.values():  # until the fast path is there
        for log in seeds.logs * 2:
            _judged(each.judge, log)

    def parse(data: bytes) -> bool:
        name = _name_for(data)
        machine = machines[name]
        careful = _judged(lambda log: judge(machine, log), data)
        assert careful == _judged(judges[name].judge, data), "the fast path says otherwise"
        half = data[: len(data) // 2]
        batch = [("1", good), ("2", data), ("3", half), ("4", data)]
        many = [judgement for _, _, judgement in judges[name].judge_all(batch)]
        assert [_told(many[1]), _told(many[3])] == [careful] * 2, "many logs are judged otherwise"
        told = _judged(lambda log: judge(machine, log, _CAREFUL), data)
        assert isinstance(told, str) == isinstance(careful, str)
        return isinstance(careful, Judgement) and careful.verdict != VIOLATES

    return _of(seeds.logs, parse)


def _judged(judged: Callable[[bytes], Judgement], data: bytes) -> Judgement | str:
    try:
        return judged(data)
    except UnreadableLog as error:
        return str(error)


def _told(judgement: Judgement | UnreadableLog) -> Judgement | str:
    return judgement if isinstance(judgement, Judgement) else str(judgement)


def _growing(seeds: Seeds, _: Path) -> Prepared:
    """A log that grows is judged as the whole."""
    machines = _machines()

    def parse(data: bytes) -> bool:
        machine = machines[_name_for(data)]
        live = LiveLog(machine, _CAREFUL)
        found: list[Finding] = []
        lines = data.split(b"\n")
        ended = lines[-1] == b""
        try:
            for number, line in enumerate(lines[:-1] if ended else lines, 1):
                found += live.read(line, ended=ended or number < len(lines))
            found += live.end()
        except UnreadableLog:
            assert isinstance(_judged(lambda log: judge(machine, log), data), str)
            return False
        whole = judge(machine, data, _CAREFUL)
        assert (live.verdict, live.state, live.events) == whole[:3]
        assert [_bare(each) for each in found] == [_bare(each) for each in whole.findings]
        return live.verdict != VIOLATES

    return _of(seeds.logs, parse)


def _bare(finding: Finding) -> Finding:
    """Without what it follows from, which a growing log knows of a few faults alone."""
    return finding._replace(because=None)


def _windows(seeds: Seeds, _: Path) -> Prepared:
    machines = _machines()

    def make(random: Random) -> bytes:
        data = random.choice(seeds.logs)
        start = random.randint(0, len(data))
        return mutate(random, data[start : random.randint(start, len(data))], seeds.logs)

    def parse(data: bytes) -> bool:
        try:
            return judge_window(machines[_name_for(data)], data, _CAREFUL).verdict != VIOLATES
        except UnreadableLog:
            return False

    return make, parse


def _mending(seeds: Seeds, _: Path) -> Prepared:
    """What is mended violates nothing."""
    menders = {name: Mender(machine, bounds=_QUICK) for name, machine in _machines().items()}

    def parse(data: bytes) -> bool:
        mender = menders[_name_for(data)]
        try:
            mending = mender.mend(data)
        except UnreadableLog:
            return False
        for repair in mending.repairs:
            assert judge(mender.machine, repair.data).verdict != VIOLATES
        return bool(mending.repairs)

    return _of([log for log in seeds.logs if len(log) < 8000], parse)


def _replaying(seeds: Seeds, _: Path) -> Prepared:
    machines = {name: Machine(load(name), report=True) for name in ("job", "exec")}

    def parse(data: bytes) -> bool:
        try:
            return not replay(machines[_name_for(data)], data).unread
        except UnreadableLog:
            return False

    return _of(seeds.logs, parse)


# Sources


class _Pipe(io.RawIOBase):
    """Bytes as they come through a pipe: in pieces, without a way back."""

    def __init__(self, data: bytes, piece: int) -> None:
        self._data = data
        self._piece = piece
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._data[self._at : self._at + min(len(buffer), self._piece)]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class _Input(NamedTuple):
    """What `sys.stdin` needs to have here."""

    buffer: io.BufferedReader

    def isatty(self) -> bool:
        return False


def _piped(data: bytes) -> _Input:
    return _Input(io.BufferedReader(_Pipe(data, 1 + zlib.crc32(data) % 5000)))


def _reading(path: Path) -> Parse:
    """Reads a source from its path and from a pipe, which must give the same logs."""

    def parse(data: bytes) -> bool:
        path.write_bytes(data)
        named = list(read_sources([str(path)]))
        with mock.patch.object(sys, "stdin", _piped(data)):
            piped = list(read_sources(["-"]))
        assert _logs_in(named) == _logs_in(piped), "a path and a pipe give different logs"
        return not any(isinstance(found, Problem) for found in named)

    return parse


def _logs_in(found: list[Found]) -> list[tuple[object, ...]]:
    return [
        (each.job, each.kind, each.data, each.lost, dict(each.told))
        for each in found
        if isinstance(each, SourcedLog)
    ]


def _source(seeds: Callable[[Seeds], Sequence[bytes]]) -> Callable[[Seeds, Path], Prepared]:
    return lambda all_, folder: _of(seeds(all_), _reading(folder / "source"))


def _tars(seeds: Seeds, folder: Path) -> Prepared:
    own = seeds.tars()
    return (lambda random: packed(random, mutated_tar(random, own))), _reading(folder / "source")


def _pages(seeds: Seeds, folder: Path) -> Prepared:
    own = seeds.databases(folder)
    return (lambda random: mutated_pages(random, own)), _reading(folder / "source")


def _stores(seeds: Seeds, folder: Path) -> Prepared:
    """Content stores whose objects bear the right hash, whatever stands in them."""
    own, blob, path = seeds.stores(), seeds.logs[0], folder / "made"

    def make(random: Random) -> bytes:
        store_of(path, mutated(random, own), blob)
        return path.read_bytes()

    return make, _reading(folder / "source")


def _job_archives(seeds: Seeds, folder: Path) -> Prepared:
    ids: tuple[object, ...] = (
        *("11945377792", "ƒKCaBeX", "fKCaBeX", "", "x", "-1", str(2**64), "9" * 5000, None),
        *(0, -1, 2**63 - 1, 1.5, float("inf"), b"\xff", b"12", "0x10", "\ud7ff\x00", "1e5"),
    )
    path = folder / "made"

    def make(random: Random) -> bytes:
        rows = [
            (random.choice(ids), random.choice((mutated(random, seeds.logs), None, 1, 1.5, "text")))
            for _ in range(random.randint(0, 6))
        ]
        archive_of(path, rows)
        return path.read_bytes()

    return make, _reading(folder / "source")


# Files in YAML and JSON, and text


def _refused(error: Exception) -> bool:
    """False, for a parser that refuses an input, which must say why."""
    assert str(error)
    return False


def _specifications(seeds: Seeds, folder: Path) -> Prepared:
    path = folder / "machine.yaml"
    log = seeds.logs[0]

    def parse(data: bytes) -> bool:
        path.write_bytes(data)
        try:
            specification = load_file(str(path))
        except SpecificationFaults as faults:
            return _refused(faults)
        warnings_of(specification)
        judge(Machine(specification), log, _CAREFUL)
        return True

    return _of(seeds.specifications(), parse)


def _protocol(_: Seeds, __: Path) -> Prepared:
    def parse(data: bytes) -> bool:
        accepted = False
        readers: tuple[Callable[[bytes], object], ...] = (
            read_hello,
            lambda line: read_reply(line, 7, tuple(REPORTS)),
            lambda line: read_reply(line, 7, ()),
            lambda line: log_of(read_request(line)),
        )
        for read in readers:
            try:
                read(data)
                accepted = True
            except Garbled as error:
                _refused(error)
        return accepted

    return _of(replies(), parse)


def _suites(seeds: Seeds, folder: Path) -> Prepared:
    (folder / "vectors").mkdir()
    everything = Filters(group=("*",), id=("*",), purpose=("*",))
    told = {"verdict": "conforms", "states": ["A"], "job": {"state": 1}}
    answer = read_answer(told, tuple(told))
    known_file = folder / "known.yaml"
    known_file.write_bytes(known_failures()[0])
    failures = read_known(str(known_file))

    def parse(data: bytes) -> bool:
        manifest, _, vectors = data.partition(SPLIT)
        (folder / "manifest.json").write_bytes(manifest)
        (folder / "vectors" / "some.json").write_bytes(vectors)
        try:
            suite = load_suite(str(folder))
        except NoSuite as error:
            return _refused(error)
        choose(suite.vectors, everything)
        clause_texts(suite)
        for vector in suite.vectors:
            with suppress(NoSuite):
                compare(vector, answer, suite.job_fields)
            for known in failures:
                known.excuses(vector)
        return bool((suite.machine, suite.version, suite.digest))

    return _of(seeds.suites(), parse)


def _rfcs(seeds: Seeds, folder: Path) -> Prepared:
    from fuzz_seeds import ROOT

    from flux_conform.rfc.check import CannotRead, check, to_json

    kettle = load_file(str(ROOT / "tests/rfc/kettle.yaml"))
    text, diagram = folder / "text.rst", folder / "text.dot"

    def parse(data: bytes) -> bool:
        first, _, second = data.partition(SPLIT)
        text.write_bytes(first)
        diagram.write_bytes(second)
        try:
            report = check(str(text), kettle, "kettle", diagram_file=str(diagram))
        except CannotRead as error:
            return _refused(error)
        return bool(to_json(report))

    return _of(seeds.rfcs(), parse)


def _yaml(
    read: Callable[[str], object], seeds: Callable[[], Sequence[bytes]]
) -> Callable[[Seeds, Path], Prepared]:
    def prepare(_: Seeds, folder: Path) -> Prepared:
        path = folder / "file.yaml"

        def parse(data: bytes) -> bool:
            path.write_bytes(data)
            try:
                read(str(path))
            except SpecificationFaults as faults:
                return _refused(faults)
            return True

        return _of(seeds(), parse)

    return prepare


def _deviations() -> Sequence[bytes]:
    from fuzz_seeds import ROOT

    return [path.read_bytes() for path in sorted((ROOT / "model/deviations").glob("*.yaml"))]


# The command line

_FORMATS = ("text", "json", "html", "sarif", "junit", "github")


def _options(data: bytes, folder: Path, source: Path) -> list[str]:
    """A call that reads the source, chosen by what is in it."""
    random = Random(zlib.crc32(data))
    path = random.choice((str(source), str(source), "-"))
    out = str(folder / "out")
    call = ["check", path, "--format", random.choice(_FORMATS)]
    for option in ("--notes", "--strict", "--all"):
        call += [option] * random.choice((0, 0, 1))
    match random.randrange(12):
        case 0 | 1:
            return [*call, "--repair", str(folder / "mended")]
        case 2 | 3:
            return [*call, "--table", f"{out}.csv"]
        case 4:
            return [*call, "-o", out]
        case 5:
            return ["check", path, "--partial", "--format", random.choice(("text", "json"))]
        case 6:
            return ["check", "-", "--follow", "--format", random.choice(("text", "json"))]
        case 7:
            return ["check", path, "--summary", "--times"]
        case 8:
            return ["replay", path, "--format", random.choice(("text", "json"))]
        case 9:
            return ["certify", path, "--format", random.choice(("text", "json", "junit", "html"))]
        case 10:
            return ["draw", "trace", path, "-o", f"{out}.svg"]
        case _:
            return call


def run_command(call: Sequence[str], data: bytes) -> int:
    """The exit code of a call in this process, with the data at its standard input."""
    outputs = [io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2)]
    with (
        redirect_stdout(outputs[0]),
        redirect_stderr(outputs[1]),
        mock.patch.object(sys, "stdin", _piped(data)),
        # Of an archive each faulty log is given its seconds, which are not hung in.
        mock.patch("flux_conform.conformance.mending.Mender", partial(Mender, bounds=_QUICK)),
    ):
        try:
            code = command_line.main(call)
        except SystemExit as error:
            raise AssertionError(f"{call} is a wrong call") from error
    assert code in (0, 1, 2), f"{call} gave {code}"
    if code == 2:
        outputs[1].flush()
        told = [output.buffer.getvalue() for output in outputs]
        assert any(told) or "-o" in call, f"{call} gave 2 and said nothing"
    return code


def _commands(seeds: Seeds, folder: Path) -> Prepared:
    sources = [*seeds.texts()[:8], *seeds.journals()[:2], *seeds.logs[:80]]
    tars, databases, source = seeds.tars(), seeds.databases(folder), folder / "source"

    def make(random: Random) -> bytes:
        match random.randrange(5):
            case 0 | 1:
                return packed(random, mutated_tar(random, tars))
            case 2:
                return mutated_pages(random, databases)
            case _:
                return packed(random, mutated(random, sources))

    def parse(data: bytes) -> bool:
        source.write_bytes(data)
        call = _options(data, folder, source)
        os.environ["FUZZ_CALL"] = " ".join(call)
        return run_command(call, data) != 2

    return make, parse


def _certificates(seeds: Seeds, folder: Path) -> Prepared:
    path = folder / "certificate.json"

    def parse(data: bytes) -> bool:
        path.write_bytes(data)
        return run_command(["verify", str(path), "--format", "json"], b"") == 0

    return _of(seeds.certificates(), parse)


TARGETS = (
    Target("lines of logs", 2, _lines),
    Target("judging", 5, _judging),
    Target("growing logs", 4, _growing),
    Target("windows", 4, _windows),
    Target("mending", 5, _mending),
    Target("replay", 2, _replaying),
    Target("text forms", 2, _source(Seeds.texts)),
    Target("journals", 2, _source(Seeds.journals)),
    Target("archives", 4, _tars),
    Target("compressed", 2, _source(Seeds.archives)),
    Target("pages of databases", 3, _pages),
    Target("content stores", 2, _stores),
    Target("job archives", 2, _job_archives),
    Target("specifications", 5, _specifications),
    Target("protocol", 1, _protocol),
    Target("certificates", 4, _certificates),
    Target("suites", 2, _suites),
    Target("sources of RFCs", 3, _rfcs),
    Target("known failures", 1, _yaml(read_known, known_failures)),
    Target("deviations", 1, _yaml(load_deviations, _deviations)),
    Target("commands", 10, _commands),
)

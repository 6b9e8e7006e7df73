"""Attacks on what reads files in YAML and JSON, answers of harnesses, and text of RFCs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from fuzz_seeds import ROOT, SPLIT, Seeds, known_failures, replies
from fuzz_target import CAREFUL, Prepared, of

from flux_conform.checking.judge import judge
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loader import load_file
from flux_conform.language.warnings import warnings_of
from flux_conform.machine.step import Machine
from flux_conform.suite.compare import compare
from flux_conform.suite.folder import NoSuite, load_suite
from flux_conform.suite.known import read_known
from flux_conform.suite.protocol import (
    REPORTS,
    Garbled,
    log_of,
    read_answer,
    read_hello,
    read_reply,
    read_request,
)
from flux_conform.suite.results import clause_texts
from flux_conform.suite.select import Filters, choose


def _refused(error: Exception) -> bool:
    """False, for a parser that refuses an input, which must say why."""
    assert str(error)
    return False


def specifications(seeds: Seeds, folder: Path) -> Prepared:
    path = folder / "machine.yaml"
    log = seeds.logs[0]

    def parse(data: bytes) -> bool:
        path.write_bytes(data)
        try:
            specification = load_file(str(path))
        except SpecificationFaults as faults:
            return _refused(faults)
        warnings_of(specification)
        judge(Machine(specification), log, CAREFUL)
        return True

    return of(seeds.specifications(), parse)


def protocol(_: Seeds, __: Path) -> Prepared:
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

    return of(replies(), parse)


def suites(seeds: Seeds, folder: Path) -> Prepared:
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

    return of(seeds.suites(), parse)


def rfcs(seeds: Seeds, folder: Path) -> Prepared:
    from flux_conform.rfc.source_check import CannotRead, check, to_json

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

    return of(seeds.rfcs(), parse)


def yaml(
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

        return of(seeds(), parse)

    return prepare


def deviations() -> Sequence[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "model/deviations").glob("*.yaml"))]

"""Attacks on what reads and judges logs: two ways to a judgement must agree."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

from fuzz_mutations import mutate
from fuzz_seeds import Seeds
from fuzz_target import CAREFUL, QUICK, Prepared, of

from flux_conform.checking.finding import VIOLATES, Finding, Judgement
from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import judge
from flux_conform.checking.judges import Judge
from flux_conform.checking.replay import replay
from flux_conform.checking.window import judge_window
from flux_conform.language import load
from flux_conform.logs.eventlog import UnreadableLog, read_entries
from flux_conform.machine.step import Machine
from flux_conform.repair import Mender


def _machines() -> dict[str, Machine]:
    return {name: Machine(load(name)) for name in ("job", "exec")}


def _name_for(data: bytes) -> str:
    """The machine that an input is judged by, by the input itself."""
    return "exec" if b'"init"' in data[:300] or zlib.crc32(data) % 8 == 0 else "job"


def lines(seeds: Seeds, _: Path) -> Prepared:
    def parse(data: bytes) -> bool:
        try:
            entries = list(read_entries(data))
        except UnreadableLog:
            return False
        assert len(entries) == max(1, data.count(b"\n") + (data[-1:] not in (b"\n", b"")))
        for entry in entries:
            assert data[entry.offset : entry.offset + len(entry.text)] == entry.text
        return not any(entry.faults for entry in entries)

    return of(seeds.logs, parse)


def judging(seeds: Seeds, _: Path) -> Prepared:
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
        told = _judged(lambda log: judge(machine, log, CAREFUL), data)
        assert isinstance(told, str) == isinstance(careful, str)
        return isinstance(careful, Judgement) and careful.verdict != VIOLATES

    return of(seeds.logs, parse)


def _judged(judged: Callable[[bytes], Judgement], data: bytes) -> Judgement | str:
    try:
        return judged(data)
    except UnreadableLog as error:
        return str(error)


def _told(judgement: Judgement | UnreadableLog) -> Judgement | str:
    return judgement if isinstance(judgement, Judgement) else str(judgement)


def growing(seeds: Seeds, _: Path) -> Prepared:
    """A log that grows is judged as the whole."""
    machines = _machines()

    def parse(data: bytes) -> bool:
        machine = machines[_name_for(data)]
        live = LiveLog(machine, CAREFUL)
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
        whole = judge(machine, data, CAREFUL)
        assert (live.verdict, live.state, live.events) == whole[:3]
        assert [_bare(each) for each in found] == [_bare(each) for each in whole.findings]
        return live.verdict != VIOLATES

    return of(seeds.logs, parse)


def _bare(finding: Finding) -> Finding:
    """Without what it follows from, which a growing log knows of a few faults alone."""
    return finding._replace(because=None)


def windows(seeds: Seeds, _: Path) -> Prepared:
    machines = _machines()

    def make(random: Random) -> bytes:
        data = random.choice(seeds.logs)
        start = random.randint(0, len(data))
        return mutate(random, data[start : random.randint(start, len(data))], seeds.logs)

    def parse(data: bytes) -> bool:
        try:
            return judge_window(machines[_name_for(data)], data, CAREFUL).verdict != VIOLATES
        except UnreadableLog:
            return False

    return make, parse


def mending(seeds: Seeds, _: Path) -> Prepared:
    """What is mended violates nothing."""
    menders = {name: Mender(machine, bounds=QUICK) for name, machine in _machines().items()}

    def parse(data: bytes) -> bool:
        mender = menders[_name_for(data)]
        try:
            mending = mender.mend(data)
        except UnreadableLog:
            return False
        for repair in mending.repairs:
            assert judge(mender.machine, repair.data).verdict != VIOLATES
        return bool(mending.repairs)

    return of([log for log in seeds.logs if len(log) < 8000], parse)


def replaying(seeds: Seeds, _: Path) -> Prepared:
    machines = {name: Machine(load(name), report=True) for name in ("job", "exec")}

    def parse(data: bytes) -> bool:
        try:
            return not replay(machines[_name_for(data)], data).unread
        except UnreadableLog:
            return False

    return of(seeds.logs, parse)

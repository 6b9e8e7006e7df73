"""Attacks every parser of what comes from outside with mutated inputs, and tells how each fared.

    python bench/fuzz.py --seconds 600 [--seed N] [--corpus DIR] [--only PARSER ...] [--faults DIR]
    python bench/fuzz.py --only PARSER --inputs 17 18          these inputs again
    python bench/fuzz.py --only PARSER --file FILE             an input that was kept

Seeds are the files of this repository and, with --corpus (or FLUX_CONFORM_CORPUS), those of a
corpus of real ones: logs, dumps, databases, journals, what `flux job eventlog` prints. A parser
may refuse an input only as it declares, may not take longer than --limit seconds, and may not
need ever more memory; where two ways lead to the same judgement, both must say the same. An input
is made from the seed of the run and its own number, so it can be made again by these.

A faulty input is written into the folder of --faults, with the traceback and the command that
repeats it. Each parser runs in a process of its own, one after the other. The table tells of each:
inputs, how many of them it accepted, the slowest (seconds of processor time) and its number, and
the memory after the first third of its time, at its end, and at its highest. The exit code is 1
where there is a fault.

--costs looks for the input of a megabyte that costs each verb the most time, memory and output
(fuzz_costs.py).

--atheris PARSER attacks one parser guided by the lines that it covers, where that package is.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import mmap
import os
import shlex
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fuzz_costs import searched
from fuzz_seeds import Seeds
from fuzz_target import Target
from fuzz_targets import TARGETS

_GROWTH = 96 << 20
"""More bytes than this after the first third are growth. What mends logs remembers so many."""

_KEPT = 3
"""So many inputs are kept of one fault."""

_STATE = struct.Struct("<qd")
"""What a child tells all the time: the number of its input, and when it began with it."""


class Hang(BaseException):
    """An input takes too long. No parser may catch it, so it is no Exception."""


class Told(NamedTuple):
    """How a parser fared. Memory is in bytes, `slowest` in seconds of processor time."""

    inputs: int = 0
    accepted: int = 0
    slowest: float = 0.0
    slowest_input: int = -1
    warm: int = 0
    end: int = 0
    peak: int = 0
    faults: dict[str, int] = {}  # noqa: RUF012 - never changed


def main() -> int:
    """Run, print the table, and give the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [target.name for target in TARGETS]
    parser.add_argument("--seconds", type=float, default=60, help="for all parsers together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--corpus", type=Path, default=os.environ.get("FLUX_CONFORM_CORPUS") or None
    )
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="PARSER")
    parser.add_argument("--limit", type=float, default=10, help="seconds for one input")
    parser.add_argument("--faults", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-faults")
    parser.add_argument("--inputs", type=int, nargs="+", help="the numbers of inputs, made again")
    parser.add_argument("--file", type=Path, help="an input that was kept")
    parser.add_argument("--atheris", choices=names, metavar="PARSER")
    parser.add_argument("--costs", nargs="*", metavar="CALL", help="look for what costs the most")
    arguments = parser.parse_args()
    if arguments.costs is not None:
        return searched(arguments.seconds, arguments.seed, arguments.costs)
    if arguments.corpus is not None and not arguments.corpus.is_dir():
        parser.error(f"{arguments.corpus}: no such folder (--corpus or FLUX_CONFORM_CORPUS)")
    targets = [target for target in TARGETS if target.name in arguments.only]
    seeds = Seeds(arguments.corpus)
    if arguments.inputs is not None or arguments.file is not None:
        return _again(targets, seeds, arguments)
    if arguments.atheris is not None:
        (target,) = (each for each in TARGETS if each.name == arguments.atheris)
        return _guided(target, seeds, arguments)
    began = time.monotonic()
    weights = sum(target.weight for target in targets)
    form = "{:<20}{:>9}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}"
    head = ("parser", "inputs", "accepted", "slowest", "number")
    print(form.format(*head, "MiB", "at end", "peak", "faults"))
    bad = False
    for target in targets:
        told = _Run(target, seeds, arguments).run(arguments.seconds * target.weight / weights)
        memory = [f"{size >> 20:,}" for size in (told.warm, told.end, told.peak)]
        count = sum(told.faults.values())
        row = (target.name, f"{told.inputs:,}", f"{told.accepted:,}", f"{told.slowest:.2f}")
        print(form.format(*row, told.slowest_input, *memory, count), flush=True)
        for fault, times in told.faults.items():
            print(f"    {times} times: {fault}", flush=True)
        bad |= count > 0
    print(
        f"{time.monotonic() - began:.0f} s, seed {arguments.seed}, {len(seeds.logs)} logs as seeds"
    )
    if bad:
        print(f"the inputs are in {arguments.faults}")
    return int(bad)


class _Run:
    """One parser under attack, in processes of its own."""

    def __init__(self, target: Target, seeds: Seeds, arguments: argparse.Namespace) -> None:
        self._target = target
        self._seeds = seeds
        self._arguments = arguments
        self._state = mmap.mmap(-1, _STATE.size)

    def run(self, seconds: float) -> Told:
        """Attack for so long. A child that dies or hangs is a fault, and the rest goes on."""
        until = time.monotonic() + seconds
        first, parts, died = 0, [], Counter[str]()
        while first == 0 or (time.monotonic() < until and sum(died.values()) < 10):
            told, how = self._child(first, until)
            parts.append(told)
            if how is None:
                break
            number, _ = _STATE.unpack(self._state[:])
            died[how] += 1
            with tempfile.TemporaryDirectory() as folder:
                make, _ = self._target.prepare(self._seeds, Path(folder))
                data = make(self._random(number))
            self._keep(number, data, how)
            first = number + 1
        return _sum(parts, died)

    def _random(self, number: int) -> Random:
        return Random(f"{self._arguments.seed}/{self._target.name}/{number}")

    def _child(self, first: int, until: float) -> tuple[Told, str | None]:
        """What a child tells of the inputs from a number on, and how it died, if it did."""
        self._state[:] = _STATE.pack(first, time.monotonic())
        with tempfile.TemporaryFile() as answer, tempfile.TemporaryDirectory() as folder:
            child = os.fork()
            if not child:
                try:
                    told = self._attack(first, until, Path(folder))
                    os.write(answer.fileno(), json.dumps(told._asdict()).encode())
                except BaseException:
                    traceback.print_exc()
                    os._exit(3)
                os._exit(0)
            status = self._wait(child)
            answer.seek(0)
            text = answer.read()
        if text:
            return Told(**json.loads(text)), None
        number, _ = _STATE.unpack(self._state[:])
        how = "it hangs outside of Python" if status == -9 else f"its process ends with {status}"
        return Told(inputs=number - first), how

    def _wait(self, child: int) -> int:
        """The exit code of a child, or minus the signal; it is killed where it hangs."""
        while True:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            _, began = _STATE.unpack(self._state[:])
            if time.monotonic() - began > self._arguments.limit * 3 + 20:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.2)

    def _attack(self, first: int, until: float, folder: Path) -> Told:
        signal.signal(signal.SIGALRM, _hangs)
        make, parse = self._target.prepare(self._seeds, folder)
        gc.collect()
        warm_from = time.monotonic() + (until - time.monotonic()) / 3
        warm = accepted = 0
        slowest, slowest_input = 0.0, -1
        faults: Counter[str] = Counter()
        number = first
        while number == first or time.monotonic() < until:
            data = make(self._random(number))
            self._state[:] = _STATE.pack(number, time.monotonic())
            start = time.process_time()
            try:
                accepted += self._parsed(parse, data)
            except (Exception, Hang) as error:
                fault = _name_of(error)
                faults[fault] += 1
                if faults[fault] <= _KEPT:
                    self._keep(number, data, traceback.format_exc())
            took = time.process_time() - start
            if took > slowest:
                slowest, slowest_input = took, number
            number += 1
            if not warm and time.monotonic() > warm_from:
                warm = _memory()
        end = _memory()
        if end - (warm or end) > _GROWTH:
            faults[f"memory grew by {(end - warm) >> 20} MiB"] += 1
        count = number - first
        return Told(count, accepted, slowest, slowest_input, warm, end, _peak(), dict(faults))

    def _parsed(self, parse: Any, data: bytes) -> bool:
        signal.setitimer(signal.ITIMER_REAL, self._arguments.limit)
        try:
            return bool(parse(data))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _keep(self, number: int, data: bytes, what: str) -> None:
        folder: Path = self._arguments.faults
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self._target.name.replace(' ', '-')}-{self._arguments.seed}-{number}"
        file = folder / name
        file.write_bytes(data)
        command = [sys.executable, sys.argv[0], "--only", self._target.name, "--file", str(file)]
        call = os.environ.get("FUZZ_CALL", "")
        (folder / f"{name}.txt").write_text(f"{shlex.join(command)}\n{call}\n\n{what}\n", "utf-8")


def _hangs(_: int, __: FrameType | None) -> None:
    raise Hang


def _name_of(error: BaseException) -> str:
    """An error and where it comes from, so that the same fault has the same name."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "flux_conform" in frame.filename] or frames
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}"
    return f"{type(error).__name__} at {place}: {str(error)[:80]}"


def _memory() -> int:
    """Bytes of this process that are in memory now, without what it could give back."""
    gc.collect()
    with suppress(AttributeError):  # a C library other than GNU's
        ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * mmap.PAGESIZE


def _peak() -> int:
    # getrusage would tell of the process that began this one, too.
    with open("/proc/self/status") as file:
        (peak,) = (line.split()[1] for line in file if line.startswith("VmHWM:"))
    return int(peak) << 10


def _sum(parts: list[Told], died: Counter[str]) -> Told:
    faults = Counter(died)
    for part in parts:
        faults.update(part.faults)
    slowest = max(parts, key=lambda part: part.slowest)
    return Told(
        inputs=sum(part.inputs for part in parts),
        accepted=sum(part.accepted for part in parts),
        slowest=slowest.slowest,
        slowest_input=slowest.slowest_input,
        warm=parts[-1].warm,
        end=parts[-1].end,
        peak=max(part.peak for part in parts),
        faults=dict(faults),
    )


def _guided(target: Target, seeds: Seeds, arguments: argparse.Namespace) -> int:
    """One parser, by atheris, for all the seconds; it does not come back where it finds a fault."""
    atheris: Any = import_module("atheris")

    with atheris.instrument_imports(include=["flux_conform"]):
        # What was imported before is not instrumented, so each module is read once more.
        for name in [name for name in sys.modules if name.startswith(("flux_conform", "fuzz_"))]:
            del sys.modules[name]
        from fuzz_targets import TARGETS as instrumented

        (target,) = (each for each in instrumented if each.name == target.name)
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        for part in ("work", "seeds"):
            (folder / part).mkdir()
        make, parse = target.prepare(seeds, folder / "work")
        for number in range(200):
            data = make(Random(f"{arguments.seed}/{number}"))
            (folder / "seeds" / str(number)).write_bytes(data)
            parse(data)  # some modules are imported only now
    options = [
        f"-max_total_time={arguments.seconds:.0f}",
        f"-seed={arguments.seed}",
        f"-timeout={arguments.limit:.0f}",
        f"-artifact_prefix={folder}/",
        "-max_len=20000",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder / "seeds")], lambda data: parse(data) and None)
    atheris.Fuzz()
    return 0


def _again(targets: list[Target], seeds: Seeds, arguments: argparse.Namespace) -> int:
    """Inputs of one parser once more, without a net."""
    if len(targets) != 1:
        raise SystemExit("name the one parser, with --only")
    with tempfile.TemporaryDirectory() as folder:
        make, parse = targets[0].prepare(seeds, Path(folder))
        if arguments.file is not None:
            inputs = {str(arguments.file): arguments.file.read_bytes()}
        else:
            named = f"{arguments.seed}/{targets[0].name}"
            inputs = {str(each): make(Random(f"{named}/{each}")) for each in arguments.inputs}
        for name, data in inputs.items():
            start = time.process_time()
            print(f"{name}: {len(data):,} bytes: {data[:70]!r}")
            said = "accepted" if parse(data) else "refused as declared"
            print(f"{name}: {said}, {time.process_time() - start:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

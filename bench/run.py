"""Measures a full check beside plain decoding of the same bytes in memory, in one run.

    python bench/run.py [--events N] [--rounds N] [--format json]

Machines differ and drift, so what counts is the ratios: all take turns, and the medians of the
rounds are told. Where time goes is said in docs/speed.md.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from flux_conform.checking.fast import FastPath
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judges import Judge
from flux_conform.checking.spread import judge_many, processes
from flux_conform.language import load
from flux_conform.machine.step import Machine
from logs import make_logs


def main() -> None:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    arguments = parser.parse_args()
    source, logs = make_logs(arguments.events)
    named = [(str(number), log) for number, log in enumerate(logs)]
    events = sum(log.count(b"\n") for log in logs)
    specification = load("job")
    verdicts = Counter(
        judgement.verdict if isinstance(judgement, Judgement) else "unreadable"
        for _, _, judgement in Judge(specification).judge_all(named)
    )
    fast = FastPath(Machine(specification))
    # Those that msgspec can decode, with structs for all names in them.
    decodable = [log for log in logs if fast.decodes(log)]
    share = sum(map(len, decodable)) / sum(map(len, logs))

    # Nothing is kept of what any of them gives.
    def check() -> None:
        deque(Judge(specification).judge_all(named), maxlen=0)

    def check_each() -> None:
        judge = Judge(specification)
        for log in logs:
            judge.judge(log)

    def decode_json() -> None:
        for log in logs:
            for line in log.splitlines():
                json.loads(line)

    def decode_structs() -> None:
        decode = fast.decoder.decode_lines
        for log in decodable:
            decode(log)

    works = {
        "check": check,
        "check, log by log": check_each,
        "json.loads": decode_json,
        "msgspec, bare": decode_structs,
    }

    def spread(count: int) -> Callable[[], object]:
        return lambda: deque(judge_many(named, specification, executor=processes(count)), maxlen=0)

    def halves() -> None:
        """The most that a second processor gives here: two forks that share nothing."""
        children = []
        for part in (named[: len(named) // 2], named[len(named) // 2 :]):
            child = os.fork()
            if not child:
                gc.freeze()
                deque(Judge(specification).judge_all(part), maxlen=0)
                os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)

    rounds = [
        {name: _seconds(work) for name, work in works.items()} for _ in range(arguments.rounds)
    ]
    # Not in between: after a fork, whoever is first to touch the logs pays for unsharing them.
    for each in rounds:
        each["msgspec, bare"] /= share
        # What several processes do is seen on the clock alone.
        each["one process, clock"] = _seconds(check, time.perf_counter)
        each["two processes, clock"] = _seconds(spread(2), time.perf_counter)
        each["two halves, clock"] = _seconds(halves, time.perf_counter)
    medians = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    to_json = [each["json.loads"] / each["check"] for each in rounds]
    to_structs = [each["msgspec, bare"] / each["check"] for each in rounds]
    to_one = [each["one process, clock"] / each["two processes, clock"] for each in rounds]
    at_most = [each["one process, clock"] / each["two halves, clock"] for each in rounds]
    result: dict[str, Any] = {
        "events": events,
        "logs": len(logs),
        "bytes": sum(map(len, logs)),
        "mix": source,
        "verdicts": dict(verdicts),
        "events_per_second": {name: round(events / time) for name, time in medians.items()},
        "check_to_json": round(statistics.median(to_json), 2),
        "check_to_msgspec": round(statistics.median(to_structs), 2),
        "two_processes_to_one": round(statistics.median(to_one), 2),
        "two_halves_to_one": round(statistics.median(at_most), 2),
        "load": [round(load, 1) for load in os.getloadavg()],
        "rounds": [{name: round(time, 3) for name, time in each.items()} for each in rounds],
    }
    if arguments.format == "json":
        print(json.dumps(result, indent=1))
        return
    print(f"{events:,} events in {len(logs):,} logs, the mix of {source}: {result['verdicts']}")
    for name, speed in result["events_per_second"].items():
        print(f"  {name:<22}{speed:>12,} events/s")
    print(f"  check to json.loads   {_shown(to_json)}")
    print(f"  check to msgspec      {_shown(to_structs)}")
    print(f"  two processes to one  {_shown(to_one)}")
    print(f"  two halves to one     {_shown(at_most)}")
    print(f"load of the machine: {result['load']}")


def _shown(ratios: list[float]) -> str:
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    return f"{statistics.median(ratios):.2f}   (rounds: {each})"


def _seconds(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    start = clock()
    work()
    return clock() - start


if __name__ == "__main__":
    main()

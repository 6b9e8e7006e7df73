"""Measures a full check beside plain JSON decoding of the same bytes in memory, in one run.

    python bench/run.py [--events N] [--rounds N] [--format json]

Machines differ and drift, so what counts is the ratio: the two take turns, and the median of the
rounds is told.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from flux_conform.conformance.judges import Judge
from flux_conform.model import load
from logs import make_logs


def main() -> None:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    arguments = parser.parse_args()
    source, logs = make_logs(arguments.events)
    events = sum(log.count(b"\n") for log in logs)
    specification = load("job")
    verdicts: Counter[str] = Counter()

    def check() -> None:
        judge = Judge(specification)
        verdicts.clear()
        verdicts.update(judge.judge(log).verdict for log in logs)

    def decode() -> None:
        for log in logs:
            for line in log.splitlines():
                json.loads(line)

    rounds = [(_seconds(check), _seconds(decode)) for _ in range(arguments.rounds)]
    checked = statistics.median(check for check, _ in rounds)
    decoded = statistics.median(decode for _, decode in rounds)
    result = {
        "events": events,
        "logs": len(logs),
        "bytes": sum(map(len, logs)),
        "mix": source,
        "verdicts": dict(verdicts),
        "check_events_per_second": round(events / checked),
        "json_events_per_second": round(events / decoded),
        "ratio": round(statistics.median(d / c for c, d in rounds), 2),
        "ratios": [round(d / c, 2) for c, d in rounds],
    }
    if arguments.format == "json":
        print(json.dumps(result, indent=1))
        return
    print(f"{events:,} events in {len(logs):,} logs, the mix of {source}: {result['verdicts']}")
    print(f"  check       {events / checked:>12,.0f} events/s")
    print(f"  json.loads  {events / decoded:>12,.0f} events/s")
    print(f"  ratio       {result['ratio']:>12.2f}   (rounds: {result['ratios']})")


def _seconds(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()

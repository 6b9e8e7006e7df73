"""Kills workers and parents of `check --jobs` at random, and counts what hangs or is left over.

    python bench/kills.py [--number N] [--seed N] [--jobs N]

A run ends well where the command ends in time, with the exit code that its logs ask for if it was
not itself killed; where none of its processes is there soon after; and where its standard error,
a pipe, is closed. A log can be unreadable where both processes that judged it were killed. Every
tenth run has few open files instead.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LONGEST = 60
_SOON = 5
_ENDS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def children(parent: int) -> list[int]:
    """The processes that a process has started, by Linux."""
    with suppress(OSError):
        text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        return [int(each) for each in text.split()]
    return []


def is_there(process: int) -> bool:
    """Whether a process runs; one that is dead and not yet waited for does not."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    return False


def run(choose: random.Random, folder: str, jobs: int, number: int) -> str:
    """How one run ends, in words."""
    few = number % 10 == 9

    def limited() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if few:
            files = choose.randrange(8, 24)
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    command = [sys.executable, "-m", "flux_conform", "check", "--jobs", str(jobs), "--summary"]
    process = subprocess.Popen(
        [*command, folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=limited,
        start_new_session=True,
    )
    end = choose.choice((None, None, *_ENDS))
    time.sleep(choose.uniform(0.1, 0.8))
    workers = set(children(process.pid))
    if not few and end is None:
        for _ in range(choose.randrange(1, 4)):
            if workers:
                with suppress(OSError):
                    os.kill(choose.choice(sorted(workers)), signal.SIGKILL)
            time.sleep(choose.uniform(0, 0.2))
            workers |= set(children(process.pid))
    elif not few and end is not None:
        process.send_signal(end)
    try:
        # It comes back when no process holds the pipe any more.
        process.communicate(timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "hangs" if process.returncode == -signal.SIGKILL else "holds standard error"
    for _ in range(_SOON * 20):
        left = [each for each in workers if is_there(each)]
        if not left:
            break
        time.sleep(0.05)
    else:
        return f"leaves {len(left)} processes"
    code = process.returncode
    if end is None or few:
        return "well" if code in (1, 2) else f"exit {code}"
    return "well" if code in (1, 2, 130, -end) else f"exit {code} after {end.name}"


def main() -> int:
    """Run and kill; 0 where all ended well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=3)
    arguments = parser.parse_args()
    choose = random.Random(arguments.seed)
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        # Enough work for half a second, half of it of faulty logs.
        line = b'{"timestamp":1,"name":"start"}\n'
        for number in range(30):
            Path(folder, f"{number}.eventlog").write_bytes(line * 200)
        real = sorted((ROOT / "examples" / "real").glob("*.eventlog"))
        for number in range(200):
            path = Path(folder, f"real-{number}.eventlog")
            path.write_bytes(real[number % len(real)].read_bytes())
        for number in range(arguments.number):
            end = run(choose, folder, arguments.jobs, number)
            ends[end] += 1
            if end != "well":
                print(f"run {number}: {end}", flush=True)
    print(", ".join(f"{end}: {count}" for end, count in ends.most_common()))
    return 0 if set(ends) == {"well"} else 1


if __name__ == "__main__":
    sys.exit(main())

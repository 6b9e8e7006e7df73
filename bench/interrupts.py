"""Interrupts the command at random moments, and counts how it ends; 130 is right.

    python bench/interrupts.py [--number N] [--seed N]

Each call is a verb at work for long enough, or one that ends by itself: then its own exit code is
right as well, but only where it had ended before the signal came. Every fourth call is interrupted
twice. A traceback is wrong however a call ends.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LONGEST = 120
"""Seconds after an interrupt at which a call is taken to hang."""

_EXITING = 0x4  # of the flags in /proc, see proc(5)

_PROGRAM = """
import os, sys
from flux_conform.cli import main
begin = main.INTERRUPTS.begin
main.INTERRUPTS.begin = lambda: [begin(), os.close({})]
sys.exit(main.main())
"""
# Who interrupts Python while it starts is answered by Python, so the pipe tells when it has.


def calls(folder: Path) -> list[list[str]]:
    """A call of each verb, most of them long."""
    log = folder / "long.eventlog"
    log.write_bytes(b'{"timestamp":1,"name":"start"}\n' * 30_000)
    real, broken = str(ROOT / "examples" / "real"), str(ROOT / "examples" / "broken")
    source = str(ROOT / "rfc" / "job-states.rst")
    return [
        ["prove"],
        ["prove", "--format", "json", "--quick"],
        ["prove", "--machine", "exec", "--certificates", str(folder / "certificates")],
        ["wait"],
        ["questions"],
        ["verify"],
        ["diff", "--history"],
        ["diff", "job@2022-07", "job"],
        ["check", str(log)],
        ["check", "--format", "sarif", str(log), broken],
        ["check", "--jobs", "2", str(log), real, broken],
        ["check", "--partial", str(log)],
        ["check", "--repair", str(folder / "mended") + "/", str(log), broken],
        ["check", "--table", str(folder / "table.csv"), str(log), real],
        ["check", "--format", "html", "-o", str(folder / "page.html"), str(log), broken],
        ["replay", str(log)],
        ["certify", real, broken],
        ["draw", "-o", str(folder / "job.svg")],
        ["draw", "trace", str(log), "-o", str(folder / "trace.svg")],
        ["rfc", "check", source],
        ["model", "matrix"],
        ["generate", "--check"],
        ["suite", "run", "--", sys.executable, str(ROOT / "examples" / "harness" / "reader.py")],
        ["suite", "strength", "--machine", "exec"],
    ]


def interrupted(call: Sequence[str], delay: float, *, twice: bool) -> tuple[str, str]:
    """How a call ends that gets Ctrl-C after so many seconds, and what it says of it."""
    begun, begins = os.pipe()
    command = [sys.executable, "-c", _PROGRAM.format(begins), *call]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            start_new_session=True,
            pass_fds=(begins,),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
        )
        os.close(begins)
        os.read(begun, 1)
        os.close(begun)
        time.sleep(delay)
        was_over = is_over(process)
        for number in range(2 if twice else 1):
            time.sleep(0.3 * number)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        try:
            code = process.wait(_LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return "hangs", ""
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace")
    if "Traceback" in said or "Exception ignored" in said:
        return "traceback", said
    if was_over:
        return "was over", ""
    return f"exit {code}", said


def is_over(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process has ended, or is taken apart by the system."""
    if process.poll() is not None:
        return True
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()
    return bool(int(fields[6]) & _EXITING)


def main() -> int:
    """Interrupt calls and print how they ended; 0 where all ended with 130."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    choose = random.Random(arguments.seed)
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        table = calls(Path(name))
        while ends.total() - ends["was over"] < arguments.number:
            call = table[ends.total() % len(table)]
            delay = choose.random() ** 2 * 4
            end, said = interrupted(call, delay, twice=ends.total() % 4 == 3)
            ends[end] += 1
            if end not in ("exit 130", "was over"):
                print(f"{end} after {delay:.2f} s: {' '.join(call)}\n{said}", flush=True)
    print(", ".join(f"{end}: {count}" for end, count in ends.most_common()))
    return 0 if set(ends) <= {"exit 130", "was over"} else 1


if __name__ == "__main__":
    sys.exit(main())

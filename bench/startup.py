"""Measures `check` of one small log beside starting Python alone, in processor time.

    python bench/startup.py [--rounds N]

The two take turns. Run it where the package is installed, so that its modules are compiled.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
from pathlib import Path

_LOG = Path(__file__).resolve().parent.parent / "examples" / "real" / "succeeded.eventlog"
_CHECK = "import sys; from flux_conform.cli.main import main; sys.exit(main())"


def main() -> None:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    arguments = parser.parse_args()
    python = [sys.executable, "-c", "pass"]
    check = [sys.executable, "-c", _CHECK, "check", str(_LOG)]
    _seconds(check)
    rounds = [(_seconds(python), _seconds(check)) for _ in range(arguments.rounds)]
    bare = statistics.median(bare for bare, _ in rounds)
    whole = statistics.median(whole for _, whole in rounds)
    ratio = statistics.median(whole / bare for bare, whole in rounds)
    print(f"python alone {bare * 1000:.1f} ms, check {whole * 1000:.1f} ms: {ratio:.2f} times")


def _seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()

"""Measures whole commands beside starting Python alone, in processor time.

    python bench/commands.py [--rounds N]

They take turns. Run it where the package is installed, so that its modules are compiled.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
from pathlib import Path

_LOG = Path(__file__).resolve().parent.parent / "examples" / "real" / "succeeded.eventlog"
_MAIN = "import sys; from flux_conform.cli.main import main; sys.exit(main())"


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    commands = {
        "python alone": [sys.executable, "-c", "pass"],
        "check LOG": [sys.executable, "-c", _MAIN, "check", str(_LOG)],
        "prove --quick": [sys.executable, "-c", _MAIN, "prove", "--quick"],
        "prove": [sys.executable, "-c", _MAIN, "prove"],
        "verify": [sys.executable, "-c", _MAIN, "verify"],
        "wait": [sys.executable, "-c", _MAIN, "wait"],
        "diff --history": [sys.executable, "-c", _MAIN, "diff", "--history"],
        "questions": [sys.executable, "-c", _MAIN, "questions"],
    }
    for command in commands.values():
        _seconds(command)
    rounds = [
        {name: _seconds(command) for name, command in commands.items()}
        for _ in range(arguments.rounds)
    ]
    for name in commands:
        seconds = statistics.median(each[name] for each in rounds)
        ratio = statistics.median(each[name] / each["python alone"] for each in rounds)
        print(f"{name:<16}{seconds * 1000:>9.1f} ms  {ratio:>7.2f} times python alone")


def _seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()

"""How long `flux-conform model check` takes on a generated file of some lines.

Processor time, beside that of a bare start of Python, of which the ratio tells more than seconds:

    python bench/model_check.py [LINES]
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 5

HEAD = """\
machine: chain
title: Stations in a row
source: {name: chain}
lines: eventlog
findings:
  undefined:
    id: chain/states/undefined
    level: MUST
    section: States
    says: An event comes only where it is defined.
  silent: {id: chain/states/silent, level: note, section: States, says: Something is said.}
  context: {id: "chain/{event}/context", level: MUST, says: "The context is {context}."}
  no-context: {id: "chain/{event}/no-context", level: implied, says: There is no context.}
"""
STATE = """\
  S{n}:{initial}
    says: the thing is at station {n}
"""
VARIABLE = """\
  v{n}:
    type: integer 0..
    says: how often it came to station {n}
"""
EVENT = """\
  go-{n}:
    by: a cart
    says: the thing goes on to station {next}
    context:
      load: integer 0..{n}
      note: optional string
    example: {{load: 0}}
    elsewhere: undefined
    effect:
      v{n}: v{n} + 1
"""
ROW = """\
  - {{on: go-{n}, from: S{n}, when: .load <= {n}, to: S{next}}}
  - {{on: go-{n}, from: S{next}, stays: true}}
"""
RULE = """\
  - id: chain/go-{n}/light
    level: SHOULD
    on: go-{n}
    require: .load > 0 and has(.note) implies v{n} < 9 or not seen(go-0)
    says: A load with a note comes to station {n} nine times at most.
    breach: "it came {{v{n}}} times"
    repair: leave it out
"""
CLAIM = """\
  - id: counted-{n}
    on: go-{n}
    then: v{n} == old(v{n}) + 1
    says: Each visit of station {n} is counted.
"""
PARTS = {
    "states": STATE,
    "variables": VARIABLE,
    "events": EVENT,
    "transitions": ROW,
    "rules": RULE,
    "properties": CLAIM,
}


def specification(lines: int) -> str:
    """A specification of about so many lines, in the proportions of the shipped ones."""
    each = sum(part.count("\n") for part in PARTS.values())
    stations = max(2, (lines - HEAD.count("\n")) // each)
    text = HEAD
    for key, part in PARTS.items():
        text += f"{key}:\n"
        for n in range(stations):
            initial = "\n    initial: true" if n == 0 else ""
            text += part.format(n=n, next=(n + 1) % stations, initial=initial)
        if key == "events":
            text += "  unlisted: {context: any, elsewhere: stays}\n"
    return text


def seconds(compiled: str, *command: str) -> float:
    """The least processor time of a few runs of a program, once its modules are compiled."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    found = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.yaml"
        path.write_text(specification(lines), encoding="utf-8")
        bare = seconds(folder, sys.executable, "-c", "pass")
        taken = seconds(folder, sys.executable, "-m", "flux_conform", "model", "check", str(path))
    counted = len(specification(lines).splitlines())
    print(
        f"model check on {counted} lines: {taken:.2f} s, {taken / bare:.0f} bare starts of Python"
    )


if __name__ == "__main__":
    main()

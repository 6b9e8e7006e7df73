"""How prove, wait, suite export and check grow with states, flags, sets and lanes.

    python bench/growth.py [--timeout SECONDS] [--only KIND]

Machines of each kind are made in three sizes. Each verb is called as a command on each, and its
processor time (that of a bare start of Python taken off) is put beside that of the smallest
machine of the kind. Only the ratios within one run say something.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

MODEL = Path(__file__).parents[1] / "model"

HEAD = """\
machine: grown
title: A machine of some size
source: {name: grown}
lines: eventlog
findings:
  undefined:  {id: grown/states/undefined, level: MUST, says: Undefined.}
  silent:     {id: grown/states/silent, level: note, says: Silent.}
  captive:    {id: grown/states/captive, level: MUST, says: Captive.}
  removed:    {id: grown/states/removed, level: MUST, says: Removed.}
  context:    {id: "grown/{event}/context", level: MUST, says: Context.}
  no-context: {id: "grown/{event}/no-context", level: implied, says: No context.}
"""
CLAIMS = """\
properties:
- {id: states, reachable: each state, says: Each state is reached.}
- {id: rows, taken: each transition, says: Each transition is taken.}
- {id: guards, disjoint: each pair, says: One transition matches at most.}
- {id: captive, closed: final, says: Nothing follows the end.}
- {id: leave, leavable: every other state, says: The state can change.}
- {id: end, recoverable: state == "Z", says: The end can be reached.}
"""
END = "end: {context: empty, elsewhere: undefined}"
UNLISTED = "unlisted: {context: any, elsewhere: stays}"
TWO = ["A: {initial: true}", "Z: {final: true}"]


def grown(**parts: list[str]) -> str:
    """A machine's text; each part is a list of lines of YAML."""
    parts["events"] = [*parts["events"], "note: {context: any, elsewhere: stays}", UNLISTED]
    texts = [
        f"{name}:\n" + "".join(f"  {line}\n" for line in lines) for name, lines in parts.items()
    ]
    return HEAD + "".join(texts) + CLAIMS


def rule(event: str, require: str) -> str:
    """A rule of an event."""
    return (
        f"- {{id: grown/{event}/asked, level: MUST, on: {event}, require: '{require}', says: S., "
        "breach: b, repair: r}"
    )


def states(size: int) -> str:
    """A chain of so many states."""
    names = [f"S{n}" for n in range(size)]
    pairs = pairwise(names)
    return grown(
        states=[f"{name}: {{initial: {str(name == 'S0').lower()}}}" for name in names]
        + ["Z: {final: true}"],
        events=["go: {context: empty, elsewhere: undefined}", END],
        transitions=[f"- {{on: go, from: {one}, to: {two}}}" for one, two in pairs]
        + [f"- {{on: end, from: {names[-1]}, to: Z}}"],
    )


def flags(size: int) -> str:
    """So many flags, each set by an event of its own, and one rule that reads them all."""
    names = [f"f{n}" for n in range(size)]
    return grown(
        states=TWO,
        variables=[f"{name}: boolean" for name in names],
        events=[
            f"set-{name}: {{context: empty, elsewhere: stays, effect: {{{name}: 'true'}}}}"
            for name in names
        ]
        + [END],
        transitions=["- {on: end, from: A, to: Z}"],
        rules=[rule(f"set-{name}", f"not {name}") for name in names]
        + [rule("end", " and ".join(names))],
    )


def sets(size: int) -> str:
    """So many sets, each with an event that adds a member and one that takes it away."""
    names = [f"s{n}" for n in range(size)]
    return grown(
        states=TWO,
        variables=[f"{name}: set of string" for name in names],
        events=[
            f"{verb}-{name}: {{context: {{id: string}}, elsewhere: stays, "
            f"effect: {{{name}: {name} {sign} .id}}}}"
            for name in names
            for verb, sign in (("add", "+"), ("take", "-"))
        ]
        + [END],
        transitions=["- {on: end, from: A, to: Z}"],
        rules=[
            line
            for name in names
            for line in (
                rule(f"add-{name}", f"not .id in {name}"),
                rule(f"take-{name}", f".id in {name}"),
            )
        ]
        + [rule("end", " and ".join(f"empty({name})" for name in names))],
    )


def lanes(size: int) -> str:
    """So many lanes, each opened and closed by events of its own."""
    names = [f"l{n}" for n in range(size)]
    return grown(
        states=TWO,
        lanes=[
            f"{name}: {{key: .id, says: one, states: "
            "{NEW: {initial: true}, UP: {}, OFF: {}}}"
            for name in names
        ],
        events=[
            f"{verb}-{name}: {{context: {{id: string}}, elsewhere: stays}}"
            for name in names
            for verb in ("open", "close")
        ]
        + [END],
        transitions=[
            line
            for name in names
            for line in (
                f"- {{on: open-{name}, lane: {name}, from: NEW, to: UP}}",
                f"- {{on: close-{name}, lane: {name}, from: UP, to: OFF}}",
            )
        ]
        + ["- {on: end, from: A, to: Z}"],
    )


KINDS: dict[str, tuple[Callable[[int], str], tuple[int, ...]]] = {
    "states": (states, (30, 100, 300)),
    "flags": (flags, (5, 10, 20)),
    "sets": (sets, (3, 6, 12)),
    "lanes": (lanes, (1, 2, 4)),
}


def verbs(machine: Path, log: Path, room: Path) -> Iterator[tuple[str, list[str]]]:
    """Each verb with its call."""
    yield "prove", ["prove", "--machine", str(machine), "--quick"]
    yield "wait", ["wait", "--machine", str(machine), "Z"]
    yield "suite export", ["suite", "export", "--machine", str(machine), str(room / machine.stem)]
    yield "check", ["check", "--machine", str(machine), str(log)]


def spent(arguments: list[str], timeout: float) -> tuple[float, int | None]:
    """The processor time of a call of Python, in seconds, and its exit code; None out of time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, timeout=timeout, check=False
        )
        code: int | None = done.returncode
    except subprocess.TimeoutExpired:
        code = None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, code


def main() -> None:
    """Make the machines, call the verbs, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one call")
    parser.add_argument("--only", choices=KINDS, help="this kind alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        (room / "eventlog.yaml").write_text((MODEL / "eventlog.yaml").read_text("utf-8"), "utf-8")
        log = room / "some.eventlog"
        lines = [f'{{"timestamp":{n}.5,"name":"note"}}\n' for n in range(1, 10_000)]
        log.write_text("".join(lines), "utf-8")
        bare, _ = spent(["-c", "pass"], options.timeout)
        print("| | | prove | wait | suite export | check |\n|---|---|---|---|---|---|", flush=True)
        for kind, (make, sizes) in KINDS.items():
            if options.only in (None, kind):
                first: dict[str, float] = {}
                for size in sizes:
                    machine = room / f"{kind}{size}.yaml"
                    machine.write_text(make(size), "utf-8")
                    cells = []
                    for verb, call in verbs(machine, log, room):
                        taken, code = spent(["-m", "flux_conform", *call], options.timeout)
                        taken = max(taken - bare, 0.01)
                        ratio = taken / first.setdefault(verb, taken)
                        how = {None: ", out of time", 2: ", not decided"}.get(code, "")
                        cells.append(f"{taken:.1f} s ({ratio:.1f}{how})")
                    print(f"| {kind} | {size} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

"""Looks for the input of a megabyte that costs a verb the most time, memory and output.

    python bench/fuzz.py --costs [--seconds N] [--seed N]

An input is made of a few pieces, repeated until it has its size: lines that are sound, faulty or
none, with and without a name, a key or a number that is new in each. Those that cost the most so
far are varied. Each call is a process of its own, held against the same call with a sound log of
that size; time is that of the processor.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SIZE = 1 << 20
MOST_TIMES, MOST_MEMORY = 10, 200 << 20
"""A call that takes more, of time and of bytes, fails."""

_LIMIT = 60
_COLLIDES = (1 << 61) - 1


class Cost(NamedTuple):
    """What a call took: seconds of the processor, bytes of memory and of output."""

    seconds: float
    memory: int
    output: int
    code: int


class Recipe(NamedTuple):
    """An input: how it begins, and the pieces that are repeated, with a number put in for @."""

    head: tuple[bytes, ...]
    pieces: tuple[bytes, ...]

    def made(self, size: int) -> bytes:
        """The input, of about so many bytes."""
        parts, length, number = [b"".join(self.head)], 0, 0
        while length < size and any(self.pieces):
            for piece in self.pieces:
                number += 1
                made = piece.replace(b"@@", b"%d" % (number * _COLLIDES))
                made = made.replace(b"@", b"%d" % number)
                parts.append(made)
                length += len(made)
        return b"".join(parts)[:size]


def calls(verbs: Sequence[str]) -> dict[str, list[str]]:
    """The calls by their names; IN is the input, OUT a place to write to."""
    found = {f"check {form}": ["check", "--format", form, "IN"] for form in _FORMATS}
    found |= {
        "check notes": ["check", "--notes", "--strict", "--all", "--format", "json", "IN"],
        "check --table": ["check", "--table", "OUT.csv", "IN"],
        "check --times": ["check", "--times", "--summary", "IN"],
        "check --repair": ["check", "--repair", "OUT", "IN"],
        "check --partial": ["check", "--partial", "--format", "json", "IN"],
        "check --partial text": ["check", "--partial", "IN"],
        "check --follow": ["check", "--follow", "--format", "json", "-"],
        "replay": ["replay", "--format", "json", "IN"],
        "replay text": ["replay", "IN"],
        "draw trace": ["draw", "trace", "IN", "-o", "OUT.svg"],
        "draw cover": ["draw", "cover", "IN", "-o", "OUT.svg"],
        "certify": ["certify", "--format", "json", "IN"],
        "model check": ["model", "check", "IN.yaml"],
        "check --machine": ["check", "--machine", "IN.yaml", "-"],
        "verify": ["verify", "IN"],
        "rfc check": ["rfc", "check", "IN"],
    }
    return {name: call for name, call in found.items() if not verbs or name in verbs}


_FORMATS = ("text", "json", "junit", "sarif", "github", "html")


def pieces() -> list[bytes]:
    """Lines and fragments to put together."""
    real = (ROOT / "examples" / "real" / "prologs-and-epilog.eventlog").read_bytes()
    events = [
        {"name": name, "context": context} if context is not None else {"name": name}
        for name, context in (
            ("start", None),
            ("clean", None),
            ("x@", None),
            ("memo", {"k@": "@"}),
            ("finish", {"status": "@@"}),
            ("priority", {"priority": "@@"}),
            ("dependency-add", {"description": "d@"}),
            ("dependency-remove", {"description": "d@"}),
            ("prolog-start", {"description": "p@"}),
            ("epilog-start", {"description": "p@"}),
            ("exception", {"type": "t@", "severity": 0, "note": ""}),
            ("exception", {"type": "t@", "severity": 1, "note": "", "userid": 1}),
            ("annotations", {"annotations": {"a@": None}}),
            ("resource-update", {"expiration": "soon@"}),
            ("jobspec-update", {"attributes.system.duration@": 1}),
        )
    ]
    lines = [
        json.dumps({"timestamp": 1, **event}, separators=(",", ":")).replace('"@@"', "@@").encode()
        + b"\n"
        for event in events
    ]
    keys = b",".join(b'"k%d":1' % number for number in range(2_000))
    odd = [
        *(
            b"\n",
            b"{}\n",
            b"[]\n",
            b" \n",
            b"\xff\n",
            b"x\n",
            b"{\n",
            b'{"timestamp":@,"name":"a"}\n',
        ),
        b'{"timestamp":@,"name":"start"} trailing\n',
        b'{"timestamp":1,"name":"' + b"n" * 2_000 + b'@"}\n',
        b'{"timestamp":1,"name":"start","context":{' + keys + b"}}\n",
        b'{"timestamp":1,"name":"start",' + keys + b"}\n",
        b'{"timestamp":1,"name":"start","a":1,"a":1}\n',
        b'{"timestamp":1,"name":"memo","context":' + b'{"a":' * 90 + b"1" + b"}" * 90 + b"}\n",
        b"1795347168.4 start\n",
        b"transitions ",
        b"- a@: [b, {c: d}]\n",
        b"[",
        b"a" * 500,
    ]
    return [*real.splitlines(keepends=True), *lines, *odd]


def sound() -> bytes:
    """A log of the size that breaks no rule."""
    real = (ROOT / "examples" / "real" / "succeeded.eventlog").read_bytes()
    head = real.splitlines(keepends=True)
    memo = b'{"timestamp":%d,"name":"memo","context":{"k":%d}}\n'
    begin = json.loads(head[0])["timestamp"]
    parts, length, number = [head[0]], 0, int(begin)
    while length < SIZE:
        number += 1
        parts.append(memo % (number, number))
        length += len(parts[-1])
    return b"".join(parts)


def cost(call: Sequence[str], data: bytes, folder: Path) -> Cost:
    """What a call takes with an input."""
    path = folder / "in"
    path.write_bytes(data)
    (folder / "in.yaml").write_bytes(data)
    given = [part.replace("IN", str(path)).replace("OUT", str(folder / "out")) for part in call]
    command = [sys.executable, "-m", "flux_conform", *given]
    with path.open("rb") as source, tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=source,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (_LIMIT, _LIMIT)),
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        size = output.seek(0, os.SEEK_END)
    for left in folder.glob("out*"):
        size += left.stat().st_size if left.is_file() else 0
        left.unlink() if left.is_file() else None
    seconds = used.ru_utime + used.ru_stime
    return Cost(seconds, used.ru_maxrss << 10, size, process.returncode)


def searched(seconds: float, seed: int, verbs: Sequence[str]) -> int:
    """Search for so long, print the worst finds of each call, and say whether all are good."""
    choose = Random(seed)
    table = calls(verbs)
    stock = pieces()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = sound()
        base = {name: cost(call, log, folder) for name, call in table.items()}
        worst: dict[str, list[tuple[float, Recipe, Cost]]] = {name: [] for name in table}
        # Each piece by itself first, over calls in turn; then mixtures of the worst.
        single = [Recipe((), (piece,)) for piece in stock]
        choose.shuffle(single)
        end = time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            name = list(table)[number % len(table)]
            known = worst[name]
            recipe = (
                single[number // len(table)]
                if number // len(table) < len(single)
                else _varied(known, stock, choose)
            )
            found = cost(table[name], recipe.made(SIZE), folder)
            badness = _badness(found, base[name])
            if badness > 1:
                print(_line(name, base[name], recipe, found), flush=True)
            known.append((badness, recipe, found))
            known.sort(key=lambda item: -item[0])
            del known[8:]
            number += 1
    return _print(worst, base, number)


def _varied(
    known: Sequence[tuple[float, Recipe, Cost]], stock: Sequence[bytes], choose: Random
) -> Recipe:
    chosen = list(choose.choice(known)[1].pieces) if known else []
    change: Callable[[bytes], None] = choose.choice((chosen.append, lambda piece: None))
    change(choose.choice(stock))
    if len(chosen) > 1 and choose.random() < 0.4:
        chosen.pop(choose.randrange(len(chosen)))
    head = tuple(choose.sample(stock[:6], choose.randrange(3)))
    return Recipe(head, tuple(chosen[-6:]) or (choose.choice(stock),))


def _badness(found: Cost, base: Cost) -> float:
    return max(
        found.seconds / max(base.seconds, 0.1) / MOST_TIMES,
        found.memory / MOST_MEMORY,
        found.output / (10 * SIZE),
    )


def _line(name: str, base: Cost, recipe: Recipe, found: Cost) -> str:
    shown = b" + ".join(piece[:40] for piece in recipe.pieces)
    return (
        f"{name:20} {base.seconds:6.2f} s {base.memory >> 20:4} MB | {found.seconds:6.2f} s "
        f"({found.seconds / max(base.seconds, 0.1):4.1f} x) {found.memory >> 20:4} MB, "
        f"output {found.output / 1e6:6.2f} MB, exit {found.code}  {shown!r:.110}"
    )


def _print(
    worst: dict[str, list[tuple[float, Recipe, Cost]]], base: dict[str, Cost], number: int
) -> int:
    print(f"{number} inputs of {SIZE:,} bytes; beside each call, a sound log and the worst input")
    bad = False
    for name, known in worst.items():
        if not known:
            continue
        badness, recipe, found = known[0]
        bad |= badness > 1 or found.code not in (0, 1, 2)
        print(_line(name, base[name], recipe, found))
    return 1 if bad else 0

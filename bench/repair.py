"""Plants single faults in the real job logs of the corpus, mends them, and counts the undone ones.

    FLUX_CONFORM_CORPUS=… python bench/repair.py [--faults N] [--seed N] [--cold] [--show KIND]
    FLUX_CONFORM_CORPUS=… python bench/repair.py --broken N [--seed N]

Faults that break no MUST are left out. A repair is right where the mended log is the log before
the fault, but for times, and for the values of an event that was lost or of the key that was
changed: there any legal value will do. Of k repairs of the same cost with the right one among
them each counts 1/k. Times are of the processor.

With `--broken` logs are broken in ways that no few changes mend (`repair_kinds.py`), N of each kind
and machine, and it is counted how many stay unmended. A kind in which no line is an event is told
apart: such a log would be made up whole.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from repair_kinds import BROKEN, line

from flux_conform.checking.finding import VIOLATES
from flux_conform.checking.judge import judge
from flux_conform.language import load
from flux_conform.language import types as t
from flux_conform.language.specification import Specification, TypedContext
from flux_conform.machine.step import Machine
from flux_conform.repair import Mender, in_words

Event = dict[str, Any]


class Planted(NamedTuple):
    """A log with a fault, and where in the log before it any value will do.

    `anything` is the index of an event, and its key; None is the whole context.
    """

    log: list[Event]
    anything: tuple[int, str | None] | None


Plant = Callable[[list[Event], random.Random, Specification], Planted | None]


def lost(log: list[Event], chance: random.Random, _: Specification) -> Planted | None:
    """An event is dropped."""
    index = chance.randrange(len(log))
    return Planted(log[:index] + log[index + 1 :], (index, None))


def doubled(log: list[Event], chance: random.Random, _: Specification) -> Planted | None:
    """An event is logged twice, the second time half-way to the next."""
    index = chance.randrange(len(log))
    after = log[index + 1]["timestamp"] if index + 1 < len(log) else log[index]["timestamp"] + 1
    middle = log[index]["timestamp"] + (after - log[index]["timestamp"]) / 2
    again = {**log[index], "timestamp": middle}
    return Planted([*log[: index + 1], again, *log[index + 1 :]], None)


def swapped(log: list[Event], chance: random.Random, _: Specification) -> Planted | None:
    """Two neighbours change places; the times stay in order."""
    if len(log) < 2:
        return None
    index = chance.randrange(len(log) - 1)
    one, other = log[index], log[index + 1]
    first = {**other, "timestamp": one["timestamp"]}
    second = {**one, "timestamp": other["timestamp"]}
    return Planted([*log[:index], first, second, *log[index + 2 :]], None)


def swapped_lines(log: list[Event], chance: random.Random, _: Specification) -> Planted | None:
    """Two neighbouring lines change places, times and all."""
    if len(log) < 2:
        return None
    index = chance.randrange(len(log) - 1)
    return Planted([*log[:index], log[index + 1], log[index], *log[index + 2 :]], None)


def out_of_range(log: list[Event], chance: random.Random, of: Specification) -> Planted | None:
    """A value is none of its type."""
    return _valued(log, chance, of, _beyond)


def wrong(log: list[Event], chance: random.Random, of: Specification) -> Planted | None:
    """A value is another of its type."""
    return _valued(log, chance, of, _another)


def repeated(log: list[Event], chance: random.Random, _: Specification) -> Planted | None:
    """An event is logged again, some lines later."""
    if len(log) < 3:
        return None
    index = chance.randrange(len(log) - 2)
    place = chance.randrange(index + 2, len(log) + 1)
    again = {**log[index], "timestamp": log[place - 1]["timestamp"]}
    return Planted([*log[:place], again, *log[place:]], None)


def displaced(log: list[Event], chance: random.Random, _: Specification) -> Planted | None:
    """An event is logged two to five lines too late; the times are in order."""
    if len(log) < 3:
        return None
    index = chance.randrange(len(log) - 2)
    place = min(len(log), index + 1 + chance.randrange(2, 6))
    late = {**log[index], "timestamp": log[place - 1]["timestamp"]}
    return Planted([*log[:index], *log[index + 1 : place], late, *log[place:]], None)


KINDS: dict[str, Plant] = {
    "lost": lost,
    "doubled": doubled,
    "swapped": swapped,
    "swapped lines": swapped_lines,
    "out of range": out_of_range,
    "wrong": wrong,
}
FURTHER: dict[str, Plant] = {"repeated": repeated, "displaced": displaced}
"""Harder ones, which are told apart from the others."""


def _valued(
    log: list[Event],
    chance: random.Random,
    specification: Specification,
    change: Callable[[t.Type, Any, random.Random], Any],
) -> Planted | None:
    places = []
    for index, event in enumerate(log):
        context = specification.event(event["name"]).context
        types = dict(context.keys) if isinstance(context, TypedContext) else {}
        places += [(index, key, of) for key, of in types.items() if key in event.get("context", {})]
    if not places:
        return None
    index, key, of = chance.choice(places)
    changed = copy.deepcopy(log)
    value = change(of.of if isinstance(of, t.Optional) else of, log[index]["context"][key], chance)
    changed[index]["context"][key] = value
    return Planted(changed, (index, key))


def _beyond(of: t.Type, value: Any, chance: random.Random) -> Any:
    """A value that is none of the type."""
    choices: list[Any] = ["x", -1, 4294967296, 1.5, None, True, [], {}, "3-1"]
    return chance.choice([choice for choice in choices if not t.accepts(of, choice)])


def _another(of: t.Type, value: Any, chance: random.Random) -> Any:
    """Another value of the type."""
    match of:
        case t.Integer(low=low, high=high):
            low = 0 if low is None else low
            high = low + 300 if high is None else high
            return chance.choice([n for n in (low, 1, chance.randint(low, high)) if n != value])
        case t.Boolean():
            return not value
        case t.String():
            return chance.choice([f"{value}-other", "other"])
        case t.Object():
            return {"other": 1}
        case _:
            return "0" if value != "0" else "1"


def main() -> None:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=200, help="of each kind that break a MUST")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--cold", action="store_true", help="remember nothing between the logs")
    parser.add_argument("--show", metavar="KIND", help="tell of the repairs of a kind that miss")
    parser.add_argument("--broken", metavar="N", type=int, help="count what stays unmended instead")
    arguments = parser.parse_args()
    folder = os.environ.get("FLUX_CONFORM_CORPUS")
    if not folder:
        sys.exit("set FLUX_CONFORM_CORPUS to the corpus of real eventlogs")
    if arguments.broken is not None:
        _broken(Path(folder), arguments.broken, arguments.seed)
        return
    specification = load("job")
    machine = Machine(specification)
    mender = Mender(machine)
    logs = [log for log in _logs(Path(folder) / "job") if not _violates(machine, log)]
    print(f"{len(logs)} logs of the corpus break no MUST; faults are planted in them")
    print(f"{'kind':<15}{'faults':>7}{'score':>8}{'median':>11}{'95%':>10}{'max':>10}")
    scores: list[float] = []
    seconds: list[float] = []
    for kind, plant in (KINDS | FURTHER).items():
        chance = random.Random(f"{arguments.seed} {kind}")
        ours: list[float] = []
        took: list[float] = []
        for log, planted in _faults(machine, logs, plant, chance, specification, arguments.faults):
            data = _bytes(planted.log)
            if arguments.cold:
                mender = Mender(Machine(specification))
            begin = time.process_time()
            mending = mender.mend(data)
            took.append(time.process_time() - begin)
            right = [_is_undone(repair.data, log, planted) for repair in mending.repairs]
            count = len(right) + mending.more
            ours.append(1 / count if any(right) else 0.0)
            if kind == arguments.show and ours[-1] < 1:
                print(f"\n{data.decode()}score {ours[-1]:.2f}, {mending.cost}")
                for repair in mending.repairs:
                    print(f"  {in_words(repair.changes)}")
        _tell(kind, ours, took)
        if kind in KINDS:
            scores += ours
            seconds += took
        if kind == list(KINDS)[-1]:
            _tell("all of these", scores, seconds)


def _broken(folder: Path, count: int, seed: int) -> None:
    print(f"{'kind':<24}{'logs':>6}{'unmended':>9}{'changes':>9}{'median':>11}{'max':>11}")
    total = left = 0
    for name in ("job", "exec"):
        machine = Machine(load(name))
        mender = Mender(machine)
        logs = [log for log in _logs(folder / name) if log and not _violates(machine, log)]
        for kind, plant in BROKEN.items():
            chance = random.Random(f"{seed} {kind} {name}")
            changes: list[int] = []
            took: list[float] = []
            unmended = tries = 0
            while len(took) < count and tries < 50 * count:
                tries += 1
                lines = plant(chance.choice(logs), chance.choice(logs), chance)
                data = b"".join(lines or ())
                if lines is None or judge(machine, data).verdict != VIOLATES:
                    continue
                begin = time.process_time()
                mending = mender.mend(data)
                took.append(1000 * (time.process_time() - begin))
                if mending.cost is None:
                    unmended += 1
                else:
                    assert judge(machine, mending.repairs[0].data).verdict != VIOLATES
                    changes.append(mending.cost.changes)
            total, left = total + len(took), left + unmended
            if took:
                print(
                    f"{name + ' ' + kind:<24}{len(took):>6}{unmended:>9}"
                    f"{statistics.median(changes) if changes else 0:>9g}"
                    f"{statistics.median(took):>8.1f} ms{max(took):>8.1f} ms"
                )
    print(f"{'all':<24}{total:>6}{left:>9}")


def _faults(
    machine: Machine,
    logs: list[list[Event]],
    plant: Plant,
    chance: random.Random,
    specification: Specification,
    faults: int,
) -> Iterator[tuple[list[Event], Planted]]:
    """So many planted faults that break a MUST, each in a log taken at random."""
    found = tries = 0
    while found < faults and tries < 200 * faults:
        tries += 1
        log = chance.choice(logs)
        planted = plant(log, chance, specification)
        if planted is not None and _violates(machine, planted.log):
            found += 1
            yield log, planted


def _tell(kind: str, scores: list[float], seconds: list[float]) -> None:
    if not scores:
        print(f"{kind:<15}{0:>7}")
        return
    ms = sorted(1000 * each for each in seconds)
    share = 100 * statistics.mean(scores)
    late = ms[int(0.95 * (len(ms) - 1))]
    print(
        f"{kind:<15}{len(scores):>7}{share:>8.1f}{statistics.median(ms):>8.1f} ms"
        f"{late:>7.1f} ms{ms[-1]:>7.1f} ms"
    )


def _is_undone(mended: bytes, log: list[Event], planted: Planted) -> bool:
    rows = [json.loads(line) for line in mended.splitlines()]
    if len(rows) != len(log):
        return False
    for index, (row, event) in enumerate(zip(rows, log, strict=True)):
        one, other = row.get("context"), event.get("context")
        if planted.anything is not None and planted.anything[0] == index:
            key = planted.anything[1]
            if key is None:
                one = other
            elif one is not None and key in one:
                one = {**one, key: other[key]} if other else one
        if row["name"] != event["name"] or (one or None) != (other or None):
            return False
    return True


def _logs(folder: Path) -> Iterator[list[Event]]:
    for path in sorted(folder.rglob("*.eventlog")):
        yield [json.loads(line) for line in path.read_bytes().splitlines()]


def _violates(machine: Machine, log: list[Event]) -> bool:
    return judge(machine, _bytes(log)).verdict == VIOLATES


def _bytes(log: list[Event]) -> bytes:
    return b"".join(map(line, log))


if __name__ == "__main__":
    main()

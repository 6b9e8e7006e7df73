"""Ways to break a log so badly that no few changes mend it, for `repair.py`.

Each takes a sound log, as its events, and gives the lines of a broken one; None where it cannot.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

Event = dict[str, Any]
Break = Callable[[list[Event], list[Event], random.Random], list[bytes] | None]
"""The log, another one, and chance."""


def line(event: Event) -> bytes:
    """An event as a line of a log."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _lines(events: Sequence[Event]) -> list[bytes]:
    return [line(event) for event in events]


def several_lost(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """Two to five events are lost."""
    count = min(len(log) - 1, chance.randint(2, 5))
    if count < 2:
        return None
    gone = set(chance.sample(range(len(log)), count))
    return _lines([event for n, event in enumerate(log) if n not in gone])


def driver_lost(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """All events of one name are lost, wherever they stand: each start, each alloc."""
    name = chance.choice(log)["name"]
    return _lines([event for event in log if event["name"] != name])


def stretch_lost(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """The middle is cut out, through the lines at its ends."""
    if len(log) < 5:
        return None
    text = b"".join(_lines(log))
    begin = chance.randrange(1, len(text) // 2)
    end = chance.randrange(begin, len(text))
    return [text[:begin] + text[end:]]


def head_lost(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """The first lines are lost."""
    return _lines(log[chance.randrange(1, len(log)) :]) if len(log) > 1 else None


def beside(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """Each line is written two to four times, at other times."""
    times = chance.randint(2, 4)
    return _lines(
        [
            {**event, "timestamp": event["timestamp"] + n / 1000}
            for event in log
            for n in range(times)
        ]
    )


def appended(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """The log is appended to itself one to five times, at other times."""
    later = chance.choice([0.0, 1.5, 3600.0])
    copies = range(chance.choice([1, 1, 2, 5]) + 1)
    return _lines([{**e, "timestamp": e["timestamp"] + n * later} for n in copies for e in log])


def reconnected(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """In the middle all lines so far come again, or the last ones of them."""
    if len(log) < 4:
        return None
    place = chance.randrange(3, len(log))
    again = chance.choice([0, chance.randrange(place - 1)])
    return _lines([*log[:place], *log[again:place], *log[place:]])


def shuffled(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """The lines stand in any order, with their own times or with times in order."""
    order = chance.sample(log, len(log))
    if chance.random() < 0.5:
        stamps = sorted(event["timestamp"] for event in log)
        order = [{**e, "timestamp": stamp} for e, stamp in zip(order, stamps, strict=True)]
    return _lines(order)


def backwards(log: list[Event], _: list[Event], __: random.Random) -> list[bytes] | None:
    """The last line stands first."""
    return _lines(log[::-1])


_VALUES: list[Any] = ["x", -1, 1.5, None, True, [], {}, 10**20]


def contexts(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """One to ten values are wrong, or whole contexts."""
    changed = copy.deepcopy(log)
    places = [(e, key) for e in changed for key in e.get("context", {})]
    places += [(event, None) for event in changed]
    for event, key in chance.sample(places, min(len(places), chance.randint(1, 10))):
        if key is None or not isinstance(event.get("context"), dict):
            event["context"] = chance.choice([*_VALUES[:-1], {"a": {"b": 1}}])
        else:
            event["context"][key] = chance.choice(_VALUES)
    return _lines(changed)


def floats(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """Every number in a context is a floating-point one, as of a script that knows no others."""
    changed = copy.deepcopy(log)
    for event in changed:
        for key, value in event.get("context", {}).items():
            if type(value) is int and chance.random() < 0.8:
                event["context"][key] = value + 0.0
    return _lines(changed)


def two_jobs(log: list[Event], other: list[Event], _: random.Random) -> list[bytes] | None:
    """The logs of two jobs in one, by time from where each began."""
    begun, since = log[0]["timestamp"], other[0]["timestamp"]
    moved = [{**event, "timestamp": event["timestamp"] - since + begun} for event in other]
    return _lines(sorted([*log, *moved], key=lambda event: float(event["timestamp"])))


def two_logs(log: list[Event], other: list[Event], _: random.Random) -> list[bytes] | None:
    """One job's log behind that of another."""
    return _lines([*log, *other])


_GARBAGE = [
    *(
        b"\n",
        b"[]\n",
        b"null\n",
        b"{}\n",
        b'{"timestamp":1,"na\n',
        b"\xff\xfe\n",
        b"x" * 300 + b"\n",
    ),
    *(b'{"timestamp":"x","name":"memo","context":{}}\n', b'{"timestamp":1}\n', b"\0" * 40 + b"\n"),
    b'{"timestamp":1,"name":7}\n',
]


def garbage(log: list[Event], _: list[Event], chance: random.Random) -> list[bytes] | None:
    """One to ten lines between the others are no events, or broken ones."""
    lines = _lines(log)
    for _n in range(chance.randint(1, 10)):
        lines.insert(chance.randrange(len(lines) + 1), chance.choice(_GARBAGE))
    return lines


def all_garbage(_: list[Event], __: list[Event], chance: random.Random) -> list[bytes] | None:
    """No line is an event."""
    return chance.choices(_GARBAGE[:4], k=chance.randint(1, 12))


def strange(log: list[Event], other: list[Event], chance: random.Random) -> list[bytes] | None:
    """Events of another job are strewn in."""
    events = list(log)
    for event in chance.choices(other, k=chance.randint(2, 8)):
        events.insert(chance.randrange(len(events) + 1), event)
    return _lines(events)


def mixed(log: list[Event], other: list[Event], chance: random.Random) -> list[bytes] | None:
    """Two or three of these after another."""
    kinds = [several_lost, beside, appended, shuffled, contexts, floats, two_jobs, strange]
    lines: list[bytes] | None = None
    events = log
    for kind in chance.sample(kinds, chance.randint(2, 3)):
        lines = kind(events, other, chance)
        if lines is None:
            return None
        events = [json.loads(each) for each in lines]
        if not all(isinstance(event.get("context", {}), dict) for event in events):
            return lines
    return lines


BROKEN: dict[str, Break] = {
    "several lost": several_lost,
    "a name lost": driver_lost,
    "middle cut out": stretch_lost,
    "head lost": head_lost,
    "each line again": beside,
    "appended": appended,
    "lines come again": reconnected,
    "shuffled": shuffled,
    "backwards": backwards,
    "contexts": contexts,
    "floats": floats,
    "two jobs in one": two_jobs,
    "two logs in one": two_logs,
    "garbage lines": garbage,
    "no event at all": all_garbage,
    "events strewn in": strange,
    "several of these": mixed,
}

#!/usr/bin/env python3
"""Two readers that trust the writer, built as those of Flux are. docs/suite.md says what to expect.

    trusting.py manager            as a job manager that replays logs when it starts
    trusting.py listing            as a module that lists jobs
    trusting.py manager accepts    the same, asked for its verdict too

Both decode a log as a whole, in 64 bits, and refuse it as a whole. They take the keys that they
need, and ask neither whether an event may come where it does nor what came before it.
"""

import json
import math
import sys
from base64 import b64decode

MOVES = {
    ("depend", "DEPEND"): "PRIORITY",
    ("priority", "PRIORITY"): "SCHED",
    ("alloc", "SCHED"): "RUN",
    ("urgency", "SCHED"): "PRIORITY",
    ("jobspec-update", "SCHED"): "PRIORITY",
    ("flux-restart", "SCHED"): "PRIORITY",
    ("finish", "RUN"): "CLEANUP",
    ("clean", "CLEANUP"): "INACTIVE",
}
ANNOUNCED = {"depend": "PRIORITY", "clean": "INACTIVE"}


class Refused(ValueError):
    """The log is refused as a whole."""


def integer(digits):
    value = int(digits)
    if not -(2**63) <= value < 2**63:
        raise Refused
    return value


def real(text):
    value = float(text)
    if math.isinf(value):
        raise Refused
    return value


def no_constant(text):
    raise Refused


def decoded(log):
    """The events of a log; what stands after the last newline is dropped."""
    if log and b"\n" not in log:
        raise Refused
    for line in log.split(b"\n")[:-1]:
        row = json.loads(
            line.decode(), parse_int=integer, parse_float=real, parse_constant=no_constant
        )
        if not isinstance(row, dict):
            raise Refused
        json.dumps(row, ensure_ascii=False).encode()  # no half of a surrogate pair
        context = row.get("context", {})
        if type(row.get("name")) is not str or type(row.get("timestamp")) not in (int, float):
            raise Refused
        if not isinstance(context, dict):
            raise Refused
        yield row["timestamp"], row["name"], context


def take(context, key, *kinds):
    if type(context.get(key)) not in kinds:
        raise Refused
    return context[key]


class Manager:
    """Moves a job where the event means something in its state, and passes over it elsewhere."""

    def __init__(self):
        self.state = "NEW"
        self.job = {}

    def event(self, time, name, context):
        if name == "submit":
            if self.state != "NEW":
                raise Refused
            self.job = {key: take(context, key, int) for key in ("urgency", "userid")}
            take(context, "flags", int)
            self.job["t_submit"] = time
        elif name == "validate":
            self.state = "DEPEND"
        elif name == "urgency":
            self.job["urgency"] = take(context, "urgency", int)
        elif name == "priority" and self.state in ("PRIORITY", "SCHED"):
            self.job["priority"] = take(context, "priority", int)
        elif name == "exception":
            severity = take(context, "severity", int)
            take(context, "type", str)
            if severity == 0 and self.state == "NEW":
                raise Refused
            if severity == 0 and self.state != "INACTIVE":
                self.state = "CLEANUP"
        elif name == "release":
            take(context, "final", bool)
        elif name in ("dependency-add", "dependency-remove") and self.state in ("NEW", "DEPEND"):
            take(context, "description", str)
        self.state = MOVES.get((name, self.state), self.state)


class Listing(Manager):
    """Takes each event for what it announces, in whatever state it comes."""

    def event(self, time, name, context):
        if name == "finish":
            self.job["waitstatus"] = take(context, "status", int)
        if name == "exception":
            take(context, "note", str)
        super().event(time, name, context)
        self.state = ANNOUNCED.get(name, self.state)


def answer(log, kind):
    reader, states = kind(), []
    try:
        for event in list(decoded(log)):
            reader.event(*event)
            states.append(reader.state)
    except (ValueError, RecursionError):
        return {"accepts": False, "states": [], "job": None}
    return {"accepts": True, "states": states, "job": reader.job}


KIND = {"manager": Manager, "listing": Listing}[sys.argv[1]]
for request in map(json.loads, sys.stdin):
    if request["op"] == "stop":
        break
    row = {"op": "hello", "name": sys.argv[1], "version": "1"}
    row["reports"] = ["states", "job", *sys.argv[2:]]
    if request["op"] == "replay":
        given = (
            b64decode(request["log_base64"]) if "log" not in request else request["log"].encode()
        )
        row = {"seq": request["seq"], **answer(given, KIND)}
    print(json.dumps(row), flush=True)

#!/usr/bin/env python3
"""A reader of job eventlogs behind the harness protocol: somebody's implementation, written from
RFC 18, RFC 21 and the exported suite. It tells the verdict, the state after each event, the job.
"""

import json
import re
import sys
from base64 import b64decode

ROWS = """validate NEW DEPEND, invalidate NEW REMOVED, depend DEPEND PRIORITY, alloc SCHED RUN,
    priority PRIORITY SCHED, priority SCHED SCHED, alloc PRIORITY PRIORITY, alloc CLEANUP CLEANUP,
    urgency SCHED PRIORITY, jobspec-update SCHED PRIORITY, flux-restart SCHED PRIORITY,
    finish RUN CLEANUP, finish CLEANUP CLEANUP, clean CLEANUP INACTIVE"""
MOVES = {(event, state): after for event, state, after in map(str.split, ROWS.split(","))}
V0 = {("submit", "NEW"): "DEPEND", ("validate", "DEPEND"): "DEPEND"}
DRIVES = {"validate", "invalidate", "depend", "priority", "alloc", "finish", "clean"}
FIELDS = """t_submit t_depend t_priority t_sched t_run t_cleanup t_inactive
    userid urgency priority exception waitstatus annotations"""
REPORTS = ["verdict", "states", "job"]
EMPTY = {"start", "free", "clean"}
BARS = {"depend": "dependency", "start": "prolog", "free": "epilog"}


def ranks(value):
    if type(value) is not str or value == "all":
        return value == "all"
    ids = value[1:-1] if value[:1] + value[-1:] == "[]" else value
    numbers = [int(number) for number in re.findall("[0-9]+", ids)]
    shape = r"((0|[1-9][0-9]*)(-(0|[1-9][0-9]*))?(,(?!\Z)|\Z))*"
    return bool(re.fullmatch(shape, ids)) and numbers == sorted(set(numbers))


TEXT, STATUS = {"description": str}, {"status": int}
CONTEXTS = {  # the keys of an event's context; those that end in ? may be absent
    "submit": {"urgency": range(32), "userid": int, "flags": int, "version?": int},
    "set-flags": {"flags": lambda flags: type(flags) is list and {str} >= set(map(type, flags))},
    "dependency-add": TEXT, "dependency-remove": TEXT, "prolog-start": TEXT, "epilog-start": TEXT,
    "prolog-finish": TEXT | STATUS, "epilog-finish": TEXT | STATUS, "finish": STATUS,
    "priority": {"priority": range(2**32)}, "urgency": {"urgency": range(32), "userid": int},
    "alloc": {"annotations?": dict}, "release": {"ranks": ranks, "final": bool},
    "exception": {"type": str, "severity": range(8), "note": str, "userid?": int,
                  "wait_status?": int}, "resource-update": {"expiration": int},
}  # fmt: skip


def demand(condition):
    if not condition:
        raise ValueError


def fits(kind, value):
    if isinstance(kind, range):
        return type(value) is int and value in kind
    return type(value) is kind if isinstance(kind, type) else kind(value)


def merged(old, new):
    if type(new) is not dict:
        return new
    old = old if type(old) is dict else {}
    both = old | {key: merged(old.get(key), value) for key, value in new.items()}
    return {key: value for key, value in both.items() if value is not None}


class Job:
    def __init__(self):
        self.state, self.v0, self.root, self.clean_finish, self.user = "NEW", False, None, False, {}
        self.open, self.added = {"dependency": [], "prolog": [], "epilog": []}, set()
        self.told = dict.fromkeys(FIELDS.split())

    def event(self, time, name, context):
        first, found = self.told["t_submit"] is None, context or {}
        demand(self.state not in ("INACTIVE", "REMOVED") and (name == "submit" or not first))
        demand(not found if name in EMPTY else name != "memo" or context is not None)
        demand(name != "jobspec-update" or (found and all(all(key.split(".")) for key in found)))
        for key, kind in CONTEXTS.get(name, {}).items():
            bare = key.rstrip("?")
            demand(fits(kind, found[bare]) if bare in found else bare != key)
        if first:
            self.told["t_submit"], self.v0 = time, "version" not in found
        moves = MOVES | V0 if self.v0 else MOVES
        demand(name not in DRIVES or (name, self.state) in moves)
        fatal = name == "exception" and found["severity"] == 0
        after = "CLEANUP" if fatal else moves.get((name, self.state), self.state)
        self.heed(name, found, first)
        if after != self.state and self.told.get(f"t_{after.lower()}", time) is None:
            self.told[f"t_{after.lower()}"] = time
        self.state = after

    def heed(self, name, context, first):
        told, what, kind = self.told, context.get("description"), name.partition("-")[0]
        demand(not self.open.get(BARS.get(name)))
        if name in ("dependency-add", "prolog-start", "epilog-start"):
            if kind != "dependency" or what not in self.open[kind]:
                self.open[kind].append(what)
            self.added.add((kind, what))
        elif name in ("dependency-remove", "prolog-finish", "epilog-finish"):
            demand(kind != "dependency" or (kind, what) in self.added)
            if what in self.open[kind]:
                self.open[kind].remove(what)
        elif name in ("urgency", "priority"):
            told[name] = context[name]
        elif name == "submit" and first:
            demand(context.get("version", 1) == 1)
            told.update(userid=context["userid"], urgency=context["urgency"])
        elif name == "alloc":
            demand(told["urgency"] != 0)
        elif name == "finish":
            status, root = context["status"], (self.root or {}).get("wait_status")
            shell = root and (128 + root % 128 if root % 128 else root // 256)
            demand(root is None or status in (shell, shell * 256))
            told["waitstatus"], self.clean_finish = status, self.root is None
        elif name == "exception":
            demand("wait_status" not in context or context["type"] == "exec")
            if context["severity"] == 0 and self.root is None:
                self.root = context
            if not told["exception"] or context["severity"] < told["exception"]["severity"]:
                told["exception"] = {key: context[key] for key in ("type", "severity", "note")}
        elif name == "memo":
            self.user = merged(self.user, context)
            told["annotations"] = {"user": self.user} if self.user else None

    def report(self):
        ends = {"cancel": ("CANCELED", -128), "timeout": ("TIMEOUT", None)}
        result, code = ends.get((self.told["exception"] or {}).get("type"), ("FAILED", 1))
        if (status := self.told["waitstatus"]) is not None:
            signal = status % 128  # 127 tells neither an exit nor a signal
            code = None if signal == 127 else -signal if signal else status // 256 % 256
            result = "COMPLETED" if status == 0 and self.clean_finish else result
        result, code = (result, code) if self.state == "INACTIVE" else (None, None)
        return {**self.told, "result": result, "returncode": code}


def judge(log):
    job, states = Job(), []
    try:
        for line in log.removesuffix(b"\n").split(b"\n"):
            row = json.loads(line.decode(), parse_constant=int)  # int takes no NaN
            demand(isinstance(row, dict) and isinstance(row.get("context", {}), dict))
            time, name = row.get("timestamp"), row.get("name")
            demand(type(name) is str and type(time) in (int, float) and 0 < time < float("inf"))
            job.event(time, name, row.get("context"))
            states.append(job.state)
    except ValueError:  # nobody asks what comes after it
        return {"verdict": "violates", "states": states, "job": None}
    verdict = "conforms" if job.state in ("INACTIVE", "REMOVED") else "incomplete"
    return {"verdict": verdict, "states": states, "job": job.report()}


for request in map(json.loads, sys.stdin):
    if request["op"] == "stop":
        break
    answer = {"op": "hello", "name": "reader.py", "version": "1", "reports": REPORTS}
    if request["op"] == "replay":
        log = b64decode(request["log_base64"]) if "log" not in request else request["log"].encode()
        answer = {"seq": request["seq"], **judge(log)}
    print(json.dumps(answer), flush=True)

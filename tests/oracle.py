"""A second judge of job eventlogs: straight Python, written from the facts of the RFCs alone.

It knows nothing of the specification language, of `model/job.yaml` or of the machine that reads
it; what it shares with them is the hand table of rules, for their levels. Two judges that were
made apart and agree on every log are hard to make wrong in the same way.

The rules are those of RFC 21 (job states and events), RFC 18 (lines), RFC 22 (idsets) and RFC 30
(urgency). How judging goes on after a fault: an event that is undefined where it stands has no
effect at all and only its context is judged; a key that is missing or faulty is one finding for
the event, and what would read it is left out; after the end each event gets one finding.
"""

import copy
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from facts.rules import JOB

LEVELS = {rule.id: rule.level for rule in JOB}

Found = tuple[str, int]
"""A rule and a line."""


class Verdict(NamedTuple):
    """What the oracle says of a log; `because` counts among the findings, as a checker's does."""

    findings: tuple[tuple[str, int, int | None], ...]
    notes: tuple[Found, ...]
    verdict: str
    state: str


class Mend(NamedTuple):
    """A finding to judge on with as if it had been mended."""

    rule: str
    line: int


SUPPLIED = {
    "rfc21/start/after-alloc": "alloc",
    "rfc21/finish/after-start": "start",
    "rfc21/release/after-start": "start",
    "rfc21/free/in-cleanup": "finish",
    "rfc21/free/after-release": "release",
    "rfc21/clean/resources-freed": "free",
}
"""For each rule the event that is missing where it is broken."""

MENDABLE = ("rfc21/states/undefined", "rfc21/submit/first", *SUPPLIED)


def judge(log: bytes) -> Verdict:
    """The verdict on a log, with everything that is found in it."""
    found, state = Judge(log).run()
    notes = tuple(item for item in found if LEVELS[item[0]] == "note")
    graver = [item for item in found if LEVELS[item[0]] != "note"]
    findings = tuple(
        (rule, line, because)
        for (rule, line), because in zip(graver, _causes(log, graver), strict=True)
    )
    if any(LEVELS[rule] == "MUST" for rule, _ in graver):
        return Verdict(findings, notes, "violates", state)
    return Verdict(findings, notes, "conforms" if state in ENDS else "incomplete", state)


def _causes(log: bytes, found: list[Found]) -> list[int | None]:
    """For each finding the earliest one without which it is not found."""
    without: dict[int, set[Found]] = {}
    for place, (rule, line) in enumerate(found):
        if rule in MENDABLE and place + 1 < len(found):
            without[place] = set(Judge(log, Mend(rule, line)).run()[0])
    return [
        next((root for root, left in without.items() if root < place and item not in left), None)
        for place, item in enumerate(found)
    ]


# Contexts: for each event its keys, what they hold, and which may be left out

Check = Callable[[Any], bool]


def _integer(low: float = -math.inf, high: float = math.inf) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def _string(value: Any) -> bool:
    return type(value) is str


def _strings(value: Any) -> bool:
    return type(value) is list and all(map(_string, value))


def _object(value: Any) -> bool:
    return type(value) is dict


def _ranks(value: Any) -> bool:
    """`all`, or an idset of RFC 22."""
    if type(value) is not str:
        return False
    inner = re.fullmatch(r"\[(.*)\]", value, re.DOTALL)
    text = inner[1] if inner else value
    if value == "all" or not text:
        return True
    last = -1
    for part in text.split(","):
        ids = re.fullmatch("(0|[1-9][0-9]*)(?:-(0|[1-9][0-9]*))?", part, re.ASCII)
        if ids is None:
            return False
        low, high = int(ids[1]), int(ids[2] or ids[1])
        if low <= last or (ids[2] is not None and high <= low):
            return False
        last = high
    return True


_DESCRIBED: dict[str, Check] = {"description": _string}
_ENDED: dict[str, Check] = {**_DESCRIBED, "status": _integer()}
_KEYS: dict[str, dict[str, Check]] = {
    "submit": {"urgency": _integer(0, 31), "userid": _integer(), "flags": _integer(),
               "version": _integer()},
    "resource-update": {"expiration": _integer()},
    "set-flags": {"flags": _strings},
    "dependency-add": _DESCRIBED,
    "dependency-remove": _DESCRIBED,
    "priority": {"priority": _integer(0, 4294967295)},
    "urgency": {"urgency": _integer(0, 31), "userid": _integer()},
    "alloc": {"annotations": _object},
    "prolog-start": _DESCRIBED,
    "epilog-start": _DESCRIBED,
    "prolog-finish": _ENDED,
    "epilog-finish": _ENDED,
    "release": {"ranks": _ranks, "final": lambda value: type(value) is bool},
    "finish": {"status": _integer()},
    "exception": {"type": _string, "severity": _integer(0, 7), "note": _string,
                  "userid": _integer(), "wait_status": _integer()},
}  # fmt: skip
_OPTIONAL = {("submit", "version"), ("alloc", "annotations"), ("exception", "userid"),
             ("exception", "wait_status")}  # fmt: skip
_EMPTY = ("start", "free", "clean")
_NONE = ("validate", "invalidate", "depend", "flux-restart")

# Where an event that drives the state leads

_MOVES = {
    "validate": ("NEW", "DEPEND"),
    "invalidate": ("NEW", "REMOVED"),
    "depend": ("DEPEND", "PRIORITY"),
    "priority": ("PRIORITY", "SCHED"),
    "alloc": ("SCHED", "RUN"),
    "finish": ("RUN", "CLEANUP"),
    "clean": ("CLEANUP", "INACTIVE"),
}
_STAYS = {("SCHED", "priority"), ("CLEANUP", "finish")}
_SILENT = {("PRIORITY", "alloc"), ("CLEANUP", "alloc")}
_BACK = ("urgency", "jobspec-update", "flux-restart")
ENDS = {"INACTIVE": "rfc21/inactive/captive", "REMOVED": "rfc21/invalidate/last"}


@lru_cache(maxsize=10_000)
def read_object(text: bytes) -> tuple[dict[str, Any] | None, bool]:
    """The object in a line, None where there is none, and whether any of its keys stands twice.

    Logs share lines, and are read again to find what follows from what. Nobody changes the object.
    """
    repeated = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        repeated |= len(dict(items)) < len(items)
        return dict(items)

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        row = json.loads(text.decode(), object_pairs_hook=pairs, parse_constant=refuse)
    except ValueError:
        return None, repeated
    return (row if type(row) is dict else None), repeated


class Judge:
    """One walk over one log."""

    def __init__(self, log: bytes, mend: Mend | None = None) -> None:
        self.log = log
        self.mend = mend
        self.found: list[Found] = []
        self.line = 0
        self.latest: float | None = None
        # What the log so far comes down to
        self.state = "NEW"
        self.is_v0 = False
        self.seen: set[str] = set()
        self.is_first = True
        self.urgency: int | None = None
        self.outstanding: set[str] = set()
        self.added: set[str] = set()
        self.running: dict[str, Counter[str]] = {"prolog": Counter(), "epilog": Counter()}
        self.held = False
        self.unfreed = False
        self.released = False
        self.fatal = False
        self.root_status: int | None = None
        if mend is not None and mend.rule == "rfc21/submit/first":
            self.is_first = False
            self.seen.add("submit")

    def run(self) -> tuple[list[Found], str]:
        """What is found, in order, and the state at the end."""
        if not self.log:
            return [("rfc18/not-empty", 1)], self.state
        *whole, rest = self.log.split(b"\n")
        for self.line, text in enumerate([*whole, rest] if rest else whole, 1):
            self.read(text, ended=self.line <= len(whole))
        return self.found, self.state

    def add(self, rules: list[str]) -> None:
        self.found += [(rule, self.line) for rule in rules]

    # Lines

    def read(self, text: bytes, *, ended: bool) -> None:
        """Judge a line, and the event in it."""
        row, repeated = read_object(text)
        if row is None:
            self.add(["rfc18/lines"])
            return
        form = ([] if ended else ["last-newline"]) + (["duplicate-key"] if repeated else [])
        name = row.get("name")
        if type(name) is not str:
            self.add([f"rfc18/{rule}" for rule in (*form, "name")])
            return
        form += self.judge_time(row.get("timestamp"))
        form += ["name-empty"] if name == "" else []
        context = row.get("context")
        no_object = "context" in row and type(context) is not dict
        form += ["context"] if no_object else []
        form += ["keys"] if set(row) - {"timestamp", "name", "context"} else []
        order = ["last-newline", "duplicate-key", "timestamp", "name-empty", "context", "keys",
                 "time-order"]  # fmt: skip
        self.add([f"rfc18/{rule}" for rule in order if rule in form])
        self.judge_event(name, None if no_object else context, told=no_object)

    def judge_time(self, time: Any) -> list[str]:
        if type(time) not in (int, float) or not math.isfinite(time) or time <= 0:
            return ["timestamp"]
        before, self.latest = self.latest, time
        return ["time-order"] if before is not None and time < before else []

    # Events

    def judge_event(self, name: str, context: dict[str, Any] | None, *, told: bool) -> None:
        if self.state in ENDS:
            self.add([ENDS[self.state]])
            return
        if self.mend is not None and self.mend.line == self.line and self.mend.rule in SUPPLIED:
            self.supply(SUPPLIED[self.mend.rule])
        keys, faulty = self.judge_context(name, context)
        self.add([faulty] if faulty is not None and not told else [])
        others = self.judge_first(name, context or {}, keys)
        before = self.state
        outcome = self.move(name, keys)
        self.add([f"rfc21/states/{outcome}"] if outcome in ("undefined", "silent") else [])
        if outcome != "undefined":
            others += [f"rfc21/{rule}" for rule in self.judge_order(name, keys, before)]
            others += [f"rfc30/{rule}" for rule in self.judge_urgency(name, keys)]
            self.take(name, keys)
        self.add(sorted(others))

    def supply(self, name: str) -> None:
        """Take a missing event, if it breaks no MUST itself."""
        tried = copy.deepcopy(self)
        tried.mend, tried.found = None, []
        tried.judge_event(name, None, told=True)
        if all(LEVELS[rule] != "MUST" for rule, _ in tried.found):
            self.__dict__.update(tried.__dict__ | {"found": self.found, "mend": self.mend})

    def judge_context(
        self, name: str, context: dict[str, Any] | None
    ) -> tuple[dict[str, Any], str | None]:
        """The keys that can be read, and the rule that the context breaks."""
        given = context or {}
        if name in _KEYS:
            sound = {key: given[key] for key, fits in _KEYS[name].items()
                     if key in given and fits(given[key])}  # fmt: skip
            faulty = any(
                key in given or (name, key) not in _OPTIONAL
                for key in _KEYS[name]
                if key not in sound
            )
            return sound, f"rfc21/{name}/context" if faulty else None
        if name == "jobspec-update":
            faulty = not given or any("" in key.split(".") for key in given)
        elif name == "memo":
            faulty = context is None
        elif name in _EMPTY:
            faulty = bool(given)
        elif name in _NONE:
            return {}, f"rfc21/{name}/no-context" if context is not None else None
        else:
            faulty = False
        return {}, f"rfc21/{name}/context" if faulty else None

    def judge_first(self, name: str, given: dict[str, Any], keys: dict[str, Any]) -> list[str]:
        """The first event tells the form of the log, the first submit its version."""
        broken = []
        if name == "submit" and "submit" not in self.seen and keys.get("version", 1) != 1:
            broken.append("rfc21/submit/version")
        if self.is_first:
            self.is_first = False
            if name != "submit":
                broken.append("rfc21/submit/first")
            elif "version" not in given:
                self.is_v0 = True
                broken.append("rfc21/submit/v0")
        return broken

    def move(self, name: str, keys: dict[str, Any]) -> str:
        """Change the state; moves, stays, silent or undefined."""
        state = self.state
        if name == "exception" and keys.get("severity") == 0:
            self.state = "CLEANUP"
        elif name in _BACK and state == "SCHED":
            self.state = "PRIORITY"
        elif name == "flux-restart":
            return "silent"
        elif name == "submit" and self.is_v0 and "submit" not in self.seen:
            self.state = "DEPEND"
        elif (
            name not in _MOVES
            or (state, name) in _STAYS
            or (self.is_v0 and (state, name) == ("DEPEND", "validate"))
        ):
            return "stays"
        elif (state, name) in _SILENT:
            return "silent"
        elif state == _MOVES[name][0] or self.mend == Mend("rfc21/states/undefined", self.line):
            self.state = _MOVES[name][1]
        else:
            return "undefined"
        return "moves"

    def judge_order(self, name: str, keys: dict[str, Any], state: str) -> list[str]:
        """What the values before the event forbid; `state` is the one before it."""
        what = keys.get("description")
        ran = "start" in self.seen
        broken = {
            "submit/once": name == "submit" and "submit" in self.seen,
            "validate/once": name == "validate" and "validate" in self.seen,
            "depend/outstanding": name == "depend" and bool(self.outstanding),
            "dependency-add/before-depend": name == "dependency-add" and "depend" in self.seen,
            "resource-update/after-alloc": (name == "resource-update" and "alloc" not in self.seen),
            "alloc/once": name == "alloc" and self.held,
            "prolog-start/blocks-start": name == "start" and bool(+self.running["prolog"]),
            "start/after-alloc": name == "start" and "alloc" not in self.seen,
            "start/once": name == "start" and ran,
            "start/held": name == "start" and not self.held,
            "start/in-run": name == "start" and state not in ("RUN", "CLEANUP"),
            "start/after-finish": name == "start" and "finish" in self.seen,
            "prolog-start/before-start": name == "prolog-start" and ran,
            "epilog-start/before-free": name == "epilog-start" and "free" in self.seen,
            "finish/after-start": name == "finish" and not ran and not self.fatal,
            "finish/once": name == "finish" and "finish" in self.seen,
            "finish/wait-status": name == "finish" and self.wrong_status(keys.get("status")),
            "release/after-start": name == "release" and not ran and not self.fatal,
            "release/final-last": name in ("start", "finish", "release") and self.released,
            "free/after-alloc": name == "free" and not self.unfreed,
            "free/in-cleanup": name == "free" and state != "CLEANUP",
            "free/after-release": name == "free" and ran and not self.released,
            "epilog-start/blocks-free": name == "free" and bool(+self.running["epilog"]),
            "clean/resources-freed": name == "clean" and self.held,
            "clean/perilog-done": (
                name == "clean" and any(+counter for counter in self.running.values())
            ),
            "exception/new": (name == "exception" and keys.get("severity") == 0 and state == "NEW"),
            "exception/wait-status-type": (
                name == "exception" and "wait_status" in keys and keys.get("type", "exec") != "exec"
            ),
            "exception/wait-status-nonzero": name == "exception" and keys.get("wait_status") == 0,
        }
        if what is not None:
            kind = name.removesuffix("-finish")
            if name == "dependency-remove":
                broken["dependency-remove/matches"] = what not in self.added
                broken["dependency-remove/outstanding"] = what in self.added - self.outstanding
            elif kind in self.running and name != kind:
                broken[f"{name}/matches"] = self.running[kind][what] == 0
        return [rule for rule, is_broken in broken.items() if is_broken]

    def judge_urgency(self, name: str, keys: dict[str, Any]) -> list[str]:
        """What the urgency before the event forbids; a priority that cannot be read is left out."""
        given = keys.get("priority") if name == "priority" else None
        broken = {
            "urgency/held": name == "alloc" and self.urgency == 0,
            "urgency/pending": name == "urgency" and "alloc" in self.seen,
            "priority/held": given is not None and self.urgency == 0 and given > 0,
            "priority/expedited": (given is not None and self.urgency == 31 and given < 4294967295),
        }
        return [rule for rule, is_broken in broken.items() if is_broken]

    def wrong_status(self, status: int | None) -> bool:
        """Whether finish tells another status than the first fatal exception."""
        if status is None or self.root_status is None:
            return False
        signal, code = self.root_status % 128, self.root_status // 256
        shell = 128 + signal if signal else code
        return status not in (shell, shell * 256)

    def take(self, name: str, keys: dict[str, Any]) -> None:
        """The event's effects on all but the state."""
        what = keys.get("description")
        if name == "urgency" or (name == "submit" and "submit" not in self.seen):
            self.urgency = keys.get("urgency", self.urgency)
        elif name == "dependency-add" and what is not None:
            self.outstanding.add(what)
            self.added.add(what)
        elif name == "dependency-remove":
            self.outstanding -= {what}
        elif name in ("prolog-start", "epilog-start") and what is not None:
            self.running[name.removesuffix("-start")][what] += 1
        elif name in ("prolog-finish", "epilog-finish") and what is not None:
            running = self.running[name.removesuffix("-finish")]
            running[what] = max(0, running[what] - 1)
        elif name == "alloc":
            self.held = self.unfreed = True
        elif name == "free":
            self.held = self.unfreed = False
        elif name == "release":
            self.released |= keys.get("final") is True
        elif name == "exception" and keys.get("severity") == 0:
            if not self.fatal:
                self.root_status = keys.get("wait_status")
            self.fatal = True
            if keys.get("type") == "scheduler-restart":
                self.held = False
        self.seen.add(name)

"""Readers with one slip each, such as implementers make: what the shipped suite must notice.

Most are the second judge of tests/oracle.py with one thing wrong: it shares no code with the kit.
Those that get the reported job wrong are changes of the specification, since the second judge
reports none.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

import oracle
from oracle import LEVELS, Judge

Keys = dict[str, Any]


class Slip(NamedTuple):
    """A reader's slip: what it gets wrong, and where it goes another way than the right reader.

    `log` changes the bytes before they are read, `event` the name and the context of an event.
    `outcome` gives another outcome of an event, having set the state; None leaves it right. `skips`
    says which events have no effect, `after` does something once an event has had its effect.
    `spares` names the rules that are not asked, `refuses` says which events are called undefined.
    `change` is a change of the specification, in place of all of these.
    """

    name: str
    log: Callable[[bytes], bytes] | None = None
    event: Callable[[Judge, str, Any], tuple[str, Any]] | None = None
    outcome: Callable[[Judge, str, Keys], str | None] | None = None
    skips: Callable[[Judge, str, Keys], object] | None = None
    after: Callable[[Judge, str, Keys, str], object] | None = None
    spares: Callable[[Judge, str, Keys, str], Collection[str]] | None = None
    refuses: Callable[[Judge, str, Keys], object] | None = None
    change: str | None = None


class Read(NamedTuple):
    """What a reader says of a log."""

    verdict: str
    strict: str
    states: tuple[str, ...]


class Reader(Judge):
    """The second judge with a slip, or without one."""

    def __init__(self, log: bytes, slip: Slip) -> None:
        super().__init__(slip.log(log) if slip.log else log)
        self.slip = slip
        self.states: list[str] = []
        self.before = self.state
        self.count: Counter[str] = Counter()

    def judge_event(self, name: str, context: Any, *, told: bool) -> None:
        if self.slip.event:
            name, context = self.slip.event(self, name, context)
        self.before = self.state
        self.count[name] += 1
        super().judge_event(name, context, told=told)
        self.states.append(self.state)

    def move(self, name: str, keys: Keys) -> str:
        if self.slip.refuses and self.slip.refuses(self, name, keys):
            return "undefined"
        other = self.slip.outcome(self, name, keys) if self.slip.outcome else None
        return other or super().move(name, keys)

    def judge_order(self, name: str, keys: Keys, state: str) -> list[str]:
        spared = self.slip.spares(self, name, keys, state) if self.slip.spares else ()
        return [rule for rule in super().judge_order(name, keys, state) if rule not in spared]

    def judge_urgency(self, name: str, keys: Keys) -> list[str]:
        spared = self.slip.spares(self, name, keys, self.before) if self.slip.spares else ()
        return [rule for rule in super().judge_urgency(name, keys) if rule not in spared]

    def take(self, name: str, keys: Keys) -> None:
        if self.slip.skips and self.slip.skips(self, name, keys):
            self.seen.add(name)
            return
        super().take(name, keys)
        if self.slip.after:
            self.slip.after(self, name, keys, self.before)


def read(slip: Slip, log: bytes) -> Read:
    """What the second judge says of a log with this slip; a crash is no verdict."""
    reader = Reader(log, slip)
    found, state = reader.run()
    levels = {LEVELS[rule] for rule, _ in found}
    verdict = (
        "violates" if "MUST" in levels else "conforms" if state in oracle.ENDS else "incomplete"
    )
    strict = "violates" if levels - {"note"} else verdict
    return Read(verdict, strict, tuple(reader.states))


RIGHT = Slip("nothing")


def slips() -> Iterator[Slip]:
    """All of them."""
    yield from _too_much()
    yield from _too_little()
    yield from _depends()
    yield from _capacity()
    yield from _order()
    yield from _texts()
    yield from _mixed_up()
    yield from _lines()
    yield from _values()
    yield from _reported()


def _forgets(judge: Judge, what: str) -> None:
    """Give a part of the judge the value that it has before the first event."""
    fresh = Judge(b"")
    if what in ("prolog", "epilog"):
        judge.running[what].clear()
    else:
        setattr(judge, what, getattr(fresh, what))


PARTS = ("prolog", "epilog", "outstanding", "added", "fatal", "held", "unfreed", "released",
         "root_status", "urgency", "seen")  # fmt: skip


def _too_much() -> Iterator[Slip]:
    for part in PARTS:
        yield Slip(
            f"flux-restart forgets {part}",
            after=lambda j, e, k, s, part=part: e == "flux-restart" and _forgets(j, part),
        )
    fatal = [*PARTS[:4], "held", "released", "urgency"]
    for part in fatal:
        yield Slip(
            f"a fatal exception forgets {part}",
            after=lambda j, e, k, s, part=part: (
                e == "exception" and k.get("severity") == 0 and _forgets(j, part)
            ),
        )
    for event, part in (
        ("urgency", "outstanding"), ("urgency", "held"), ("urgency", "prolog"),
        ("jobspec-update", "outstanding"), ("jobspec-update", "urgency"), ("jobspec-update", "prolog"),
        ("priority", "urgency"), ("priority", "added"), ("alloc", "prolog"), ("alloc", "urgency"),
        ("alloc", "released"), ("start", "epilog"), ("finish", "prolog"), ("finish", "epilog"),
        ("finish", "held"), ("finish", "root_status"), ("release", "held"), ("release", "epilog"),
        ("free", "released"), ("free", "epilog"), ("validate", "outstanding"), ("validate", "urgency"),
        ("validate", "added"), ("depend", "added"), ("memo", "urgency"), ("memo", "outstanding"),
        ("set-flags", "outstanding"), ("resource-update", "held"), ("prolog-finish", "epilog"),
        ("epilog-finish", "prolog"), ("submit", "outstanding"), ("debug.x", "held"),
    ):  # fmt: skip
        yield Slip(
            f"{event} forgets {part}",
            after=lambda j, e, k, s, event=event, part=part: (
                (e == event or (event == "debug.x" and e.startswith("debug.")))
                and _forgets(j, part)
            ),
        )
    yield Slip(
        "a mild exception is fatal for rules",
        after=lambda j, e, k, s: e == "exception" and setattr(j, "fatal", True),
    )
    yield Slip(
        "release frees",
        after=lambda j, e, k, s: e == "release" and k.get("final") and setattr(j, "unfreed", False),
    )
    yield Slip(
        "finish is a final release",
        after=lambda j, e, k, s: e == "finish" and setattr(j, "released", True),
    )
    yield Slip(
        "dependency-remove clears all",
        after=lambda j, e, k, s: e == "dependency-remove" and j.outstanding.clear(),
    )
    yield Slip(
        "prolog-finish ends all",
        after=lambda j, e, k, s: e == "prolog-finish" and j.running["prolog"].clear(),
    )
    yield Slip(
        "dependency-remove forgets that it was added",
        after=lambda j, e, k, s: e == "dependency-remove" and j.added.discard(k.get("description")),
    )


def _too_little() -> Iterator[Slip]:
    for event, state in (
        ("dependency-add", "NEW"), ("dependency-remove", "NEW"), ("urgency", "NEW"),
        ("urgency", "DEPEND"), ("urgency", "PRIORITY"), ("urgency", "SCHED"),
        ("prolog-start", "SCHED"), ("prolog-start", "RUN"), ("prolog-finish", "CLEANUP"),
        ("epilog-start", "RUN"), ("epilog-start", "CLEANUP"), ("epilog-finish", "CLEANUP"),
        ("release", "RUN"), ("release", "CLEANUP"), ("exception", "CLEANUP"),
        ("dependency-remove", "DEPEND"),
    ):  # fmt: skip
        yield Slip(
            f"{event} has no effect in {state}",
            skips=lambda j, e, k, event=event, state=state: e == event and j.before == state,
        )
    yield Slip("a scheduler restart keeps the resources in CLEANUP",
               after=lambda j, e, k, s: s == "CLEANUP" and e == "exception" and k.get("type") == "scheduler-restart" and "alloc" in j.seen and "free" not in j.seen and setattr(j, "held", True))  # fmt: skip
    yield Slip("a scheduler restart takes nothing from a started job",
               after=lambda j, e, k, s: e == "exception" and k.get("type") == "scheduler-restart" and "start" in j.seen and "free" not in j.seen and setattr(j, "held", True))  # fmt: skip


def _stays_if(
    when: Callable[[Judge, str, Keys], object],
) -> Callable[[Judge, str, Keys], str | None]:
    return lambda j, e, k: "stays" if when(j, e, k) else None


def _not_asked(
    rule: str, when: Callable[[Judge, Keys, str], object]
) -> Callable[[Judge, str, Keys, str], Collection[str]]:
    return lambda j, e, k, s: [rule] if when(j, k, s) else []


def _depends() -> Iterator[Slip]:
    for number in (0, 31, 16, 1):
        yield Slip(f"urgency {number} does not leave SCHED",
                   outcome=_stays_if(lambda j, e, k, n=number: e == "urgency" and k.get("urgency") == n))  # fmt: skip
    yield Slip("an unchanged urgency does not leave SCHED",
               outcome=_stays_if(lambda j, e, k: e == "urgency" and k.get("urgency") == j.urgency))  # fmt: skip
    yield Slip("a held job does not leave SCHED on urgency",
               outcome=_stays_if(lambda j, e, k: e == "urgency" and j.urgency == 0))  # fmt: skip
    yield Slip("a second urgency does not leave SCHED",
               outcome=_stays_if(lambda j, e, k: e == "urgency" and "urgency" in j.seen))  # fmt: skip
    yield Slip("a second jobspec-update does not leave SCHED",
               outcome=_stays_if(lambda j, e, k: e == "jobspec-update" and "jobspec-update" in j.seen))  # fmt: skip
    yield Slip("a job with memos does not leave SCHED on flux-restart",
               outcome=_stays_if(lambda j, e, k: e == "flux-restart" and "memo" in j.seen))  # fmt: skip
    yield Slip("a held job stays in PRIORITY",
               outcome=_stays_if(lambda j, e, k: e == "priority" and j.urgency == 0))  # fmt: skip
    yield Slip("priority 0 stays in PRIORITY",
               outcome=_stays_if(lambda j, e, k: e == "priority" and k.get("priority") == 0))  # fmt: skip
    yield Slip("the highest priority stays in PRIORITY",
               outcome=_stays_if(lambda j, e, k: e == "priority" and k.get("priority") == 4294967295))  # fmt: skip
    yield Slip("a second fatal exception does not move",
               outcome=_stays_if(lambda j, e, k: e == "exception" and j.fatal and j.state != "CLEANUP"))  # fmt: skip
    for kind in ("cancel", "exec", "timeout", "scheduler-restart", "dependency"):
        yield Slip(f"a fatal exception of type {kind} does not move",
                   outcome=_stays_if(lambda j, e, k, t=kind: e == "exception" and k.get("type") == t and j.state != "CLEANUP"))  # fmt: skip
    yield Slip("a fatal exception with a wait status does not move",
               outcome=_stays_if(lambda j, e, k: e == "exception" and "wait_status" in k and j.state != "CLEANUP"))  # fmt: skip
    yield Slip("a fatal exception without userid does not move",
               outcome=_stays_if(lambda j, e, k: e == "exception" and "userid" not in k and j.state != "CLEANUP"))  # fmt: skip
    for state in ("DEPEND", "PRIORITY", "SCHED", "RUN"):
        yield Slip(f"after a mild exception a fatal one does not move {state}",
                   outcome=_stays_if(lambda j, e, k, s=state: e == "exception" and k.get("severity") == 0 and j.state == s and "exception" in j.seen))  # fmt: skip
    yield Slip(
        "depend waits for prologs", refuses=lambda j, e, k: e == "depend" and +j.running["prolog"]
    )
    yield Slip(
        "finish with a nonzero status is undefined in RUN",
        refuses=lambda j, e, k: e == "finish" and k.get("status") and j.state == "RUN",
    )
    yield Slip(
        "finish with a negative status is undefined",
        refuses=lambda j, e, k: e == "finish" and k.get("status", 0) < 0,
    )
    yield Slip(
        "finish of a job that never started stays",
        outcome=_stays_if(lambda j, e, k: e == "finish" and "start" not in j.seen),
    )
    yield Slip(
        "finish after a mild exception stays",
        outcome=_stays_if(lambda j, e, k: e == "finish" and "exception" in j.seen),
    )
    yield Slip(
        "clean before finish stays",
        outcome=_stays_if(
            lambda j, e, k: (
                e == "clean"
                and j.state == "CLEANUP"
                and "start" in j.seen
                and "finish" not in j.seen
            )
        ),
    )
    yield Slip(
        "clean after a mild exception stays",
        outcome=_stays_if(
            lambda j, e, k: (
                e == "clean" and j.state == "CLEANUP" and "exception" in j.seen and not j.fatal
            )
        ),
    )
    yield Slip(
        "alloc in a job with a dependency once added stays",
        outcome=_stays_if(lambda j, e, k: e == "alloc" and j.state == "SCHED" and j.added),
    )
    yield Slip(
        "an expedited job is not stopped by urgency",
        outcome=_stays_if(lambda j, e, k: e == "urgency" and j.urgency == 31),
    )
    for event in (
        "memo",
        "set-flags",
        "jobspec-update",
        "debug.x",
        "urgency",
        "exception",
        "dependency-add",
        "resource-update",
        "epilog-start",
        "prolog-start",
    ):
        for state in ("NEW", "CLEANUP") if event not in ("urgency", "exception") else ("DEPEND",):
            yield Slip(f"{event} is undefined in {state}",
                       refuses=lambda j, e, k, event=event, state=state: (e == event or (event[:6] == "debug." == e[:6])) and j.state == state)  # fmt: skip
    yield Slip(
        "a job without flags may not be updated",
        refuses=lambda j, e, k: (
            e == "jobspec-update" and "set-flags" not in j.seen and "memo" in j.seen
        ),
    )
    yield Slip(
        "memo is undefined after a fatal exception", refuses=lambda j, e, k: e == "memo" and j.fatal
    )
    yield Slip(
        "release with ranks other than all is not final",
        event=lambda j, e, c: (
            (e, {**c, "final": False})
            if e == "release"
            and isinstance(c, dict)
            and c.get("ranks") != "all"
            and c.get("final") is True
            else (e, c)
        ),
    )
    yield Slip(
        "depend/outstanding is not asked after an urgency",
        spares=_not_asked("depend/outstanding", lambda j, k, s: "urgency" in j.seen),
    )
    yield Slip(
        "prologs do not block a restarted job",
        spares=_not_asked("prolog-start/blocks-start", lambda j, k, s: "flux-restart" in j.seen),
    )
    yield Slip(
        "prologs do not block in CLEANUP",
        spares=_not_asked("prolog-start/blocks-start", lambda j, k, s: s == "CLEANUP"),
    )
    yield Slip(
        "epilogs do not block a job with a fatal exception",
        spares=_not_asked("epilog-start/blocks-free", lambda j, k, s: j.fatal),
    )
    yield Slip(
        "epilogs do not block a job that never started",
        spares=_not_asked("epilog-start/blocks-free", lambda j, k, s: "start" not in j.seen),
    )
    yield Slip(
        "clean may leave prologs after a fatal exception",
        spares=_not_asked("clean/perilog-done", lambda j, k, s: j.fatal),
    )
    yield Slip(
        "a held job may be allocated after a restart",
        spares=_not_asked("urgency/held", lambda j, k, s: "flux-restart" in j.seen),
    )
    yield Slip(
        "a held job may be allocated with the lowest priority",
        spares=_not_asked(
            "urgency/held", lambda j, k, s: "priority" in j.seen and "urgency" not in j.seen
        ),
    )
    yield Slip(
        "wait_status is not compared when a mild exception came first",
        spares=_not_asked("finish/wait-status", lambda j, k, s: j.count["exception"] > 1),
    )
    yield Slip(
        "wait_status is not compared in RUN",
        spares=_not_asked("finish/wait-status", lambda j, k, s: s == "RUN"),
    )
    yield Slip(
        "a dependency may be removed unadded in NEW",
        spares=_not_asked("dependency-remove/matches", lambda j, k, s: s == "NEW"),
    )
    yield Slip(
        "a dependency may be removed unadded after depend",
        spares=_not_asked("dependency-remove/matches", lambda j, k, s: "depend" in j.seen),
    )
    yield Slip(
        "wait_status 0 needs no type exec",
        spares=_not_asked("exception/wait-status-type", lambda j, k, s: k.get("wait_status") == 0),
    )
    yield Slip(
        "a mild exception may carry a wait status",
        spares=_not_asked("exception/wait-status-type", lambda j, k, s: k.get("severity") != 0),
    )


def _capacity() -> Iterator[Slip]:
    def bounded(kind: str, most: int) -> Callable[[Judge, str, Keys], object]:
        return lambda j, e, k: e == f"{kind}-start" and sum(j.running[kind].values()) >= most

    for kind in ("prolog", "epilog"):
        for most, says in ((1, "once"), (2, "twice at most")):
            yield Slip(
                f"equal {kind}s count {says}",
                skips=lambda j, e, k, kind=kind, most=most: (
                    e == f"{kind}-start" and j.running[kind][k.get("description")] >= most
                ),
            )
        for most in (1, 2, 3, 8):
            yield Slip(f"at most {most} {kind}s are open", skips=bounded(kind, most))
    for most in (1, 2, 3, 8):
        yield Slip(
            f"at most {most} dependencies are open",
            skips=lambda j, e, k, m=most: e == "dependency-add" and len(j.outstanding) >= m,
        )
    for most in (1, 2, 3, 5, 9):
        for event, says in (
            ("urgency", "rounds through SCHED"),
            ("jobspec-update", "jobspec-updates leave SCHED"),
            ("flux-restart", "restarts leave SCHED"),
        ):
            yield Slip(
                f"only {most} {says}",
                outcome=_stays_if(
                    lambda j, e, k, event=event, most=most: (
                        e == event and j.state == "SCHED" and j.count[event] > most
                    )
                ),
            )


def _order() -> Iterator[Slip]:
    def last_status(j: Judge, e: str, k: Keys, s: str) -> None:
        if e == "exception" and k.get("severity") == 0:
            j.root_status = k.get("wait_status")

    def given_status(j: Judge, e: str, k: Keys, s: str) -> None:
        if (
            e == "exception"
            and k.get("severity") == 0
            and "wait_status" in k
            and j.root_status is None
        ):
            j.root_status = k["wait_status"]

    def largest_status(j: Judge, e: str, k: Keys, s: str) -> None:
        if e == "exception" and k.get("severity") == 0 and j.root_status is not None:
            j.root_status = max(j.root_status, k.get("wait_status", j.root_status))

    def largest_urgency(j: Judge, e: str, k: Keys, s: str) -> None:
        if e in ("submit", "urgency") and "urgency" in k:
            j.peak = max(getattr(j, "peak", 0), k["urgency"])  # type: ignore[attr-defined]
            j.urgency = j.peak  # type: ignore[attr-defined]

    yield Slip("the last wait status counts", after=last_status)
    yield Slip("the first exception that has a wait status gives it", after=given_status)
    yield Slip("the largest wait status counts", after=largest_status)
    yield Slip(
        "the first urgency counts", skips=lambda j, e, k: e == "urgency" and "urgency" in j.seen
    )
    yield Slip("the urgency of submit counts", skips=lambda j, e, k: e == "urgency")
    yield Slip("the largest urgency counts", after=largest_urgency)
    yield Slip(
        "a second submit gives the urgency",
        after=lambda j, e, k, s: (
            e == "submit" and "urgency" in k and setattr(j, "urgency", k["urgency"])
        ),
    )

    def newest(j: Judge, e: str, k: Keys, s: str) -> None:
        if e == "prolog-start":
            j.newest = k.get("description")  # type: ignore[attr-defined]
            j.running["prolog"].clear()
            j.running["prolog"][j.newest] = 1  # type: ignore[attr-defined]

    yield Slip("only the newest prolog is remembered", after=newest)
    yield Slip(
        "a later release that is not final takes the final one back",
        after=lambda j, e, k, s: (
            e == "release" and k.get("final") is False and setattr(j, "released", False)
        ),
    )


def _typed(change: Callable[[Keys], Keys]) -> Callable[[Judge, str, Any], tuple[str, Any]]:
    """Other keys of each event, but those whose keys may be any."""
    anything = ("memo", "jobspec-update")
    return lambda j, e, c: (e, change(c) if isinstance(c, dict) and e not in anything else c)


def _each_text(
    change: Callable[[str], str], *keys: str
) -> Callable[[Judge, str, Any], tuple[str, Any]]:
    def changed(j: Judge, e: str, c: Any) -> tuple[str, Any]:
        if isinstance(c, dict):
            c = {k: change(v) if k in keys and isinstance(v, str) else v for k, v in c.items()}
        return e, c

    return changed


CHANGES: dict[str, Callable[[str], str]] = {
    "in lower case": str.lower,
    "without blanks at the end": str.rstrip,
    "without blanks at the beginning": str.lstrip,
    "in NFC": lambda text: unicodedata.normalize("NFC", text),
    "in NFKC": lambda text: unicodedata.normalize("NFKC", text),
    "up to a NUL": lambda text: text.split("\0")[0],
    "of 16 characters": lambda text: text[:16],
    "of 32 characters": lambda text: text[:32],
    "of 64 characters": lambda text: text[:64],
    "of 255 characters": lambda text: text[:255],
    "without what is no ASCII": lambda text: text.encode("ascii", "ignore").decode(),
    "up to a blank": lambda text: text.split(" ")[0],
    "up to an equals sign": lambda text: text.split("=")[0],
}


def _texts() -> Iterator[Slip]:
    for says, change in CHANGES.items():
        yield Slip(f"descriptions are compared {says}", event=_each_text(change, "description"))
    for says in ("in lower case", "without blanks at the end", "up to a NUL"):
        yield Slip(f"exception types are compared {says}", event=_each_text(CHANGES[says], "type"))
        yield Slip(
            f"names of events are compared {says}", event=lambda j, e, c, f=CHANGES[says]: (f(e), c)
        )
    yield Slip(
        "exception types are compared by their first four letters",
        event=_each_text(lambda text: "exec" if text[:4] == "exec" else text, "type"),
    )
    yield Slip(
        "a type that holds scheduler-restart is one",
        event=_each_text(
            lambda text: "scheduler-restart" if "scheduler-restart" in text else text, "type"
        ),
    )
    yield Slip(
        "names of events are compared by their beginning",
        event=lambda j, e, c: (
            next(
                (
                    n
                    for n in (
                        "validate",
                        "depend",
                        "priority",
                        "alloc",
                        "start",
                        "finish",
                        "free",
                        "clean",
                    )
                    if e.startswith(n) and e not in ("dependency-add", "dependency-remove")
                ),
                e,
            ),
            c,
        ),
    )
    yield Slip("underscores in names are hyphens", event=lambda j, e, c: (e.replace("_", "-"), c))
    yield Slip("debug without a period is a debug event", refuses=lambda j, e, k: e == "debug")
    yield Slip(
        "only the keys in lower case are read",
        event=_typed(lambda keys: {k.lower(): v for k, v in keys.items()}),
    )


def _ends(one: str, other: str) -> Callable[[Judge, str, Keys, str], None]:
    """The finish of one kind takes away one of that name from the other kind, too."""

    def ends(j: Judge, e: str, k: Keys, s: str) -> None:
        if e == f"{one}-finish":
            name = k.get("description")
            j.running[other].update({name: -min(1, j.running[other][name])})

    return ends


def _mixed_up() -> Iterator[Slip]:
    def both(j: Judge, e: str, k: Keys, s: str) -> None:
        j.running["epilog"] = j.running["prolog"]

    yield Slip("prologs and epilogs are one collection", after=both)
    yield Slip(
        "a dependency may be removed that is a prolog",
        spares=_not_asked(
            "dependency-remove/matches",
            lambda j, k, s: j.running["prolog"][k.get("description", "")],
        ),
    )
    for one, other in (("prolog", "an epilog"), ("epilog", "a prolog")):
        yield Slip(f"{one}-finish ends {other} of that name", after=_ends(one, other.split()[1]))
    yield Slip(
        "start waits for epilogs", refuses=lambda j, e, k: e == "start" and +j.running["epilog"]
    )
    yield Slip(
        "free waits for prologs", refuses=lambda j, e, k: e == "free" and +j.running["prolog"]
    )
    yield Slip(
        "depend asks for those ever added", refuses=lambda j, e, k: e == "depend" and j.added
    )
    yield Slip(
        "dependency-remove asks for those outstanding",
        refuses=lambda j, e, k: (
            e == "dependency-remove" and k.get("description") not in j.outstanding
        ),
    )
    yield Slip(
        "clean asks what is not freed",
        refuses=lambda j, e, k: e == "clean" and j.state == "CLEANUP" and j.unfreed,
    )
    yield Slip("prologs are only counted", event=_each_text(lambda text: "x", "description"))


def _by_line(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda log: b"\n".join(map(change, log.split(b"\n")))


def _nesting(text: bytes) -> int:
    depth = most = 0
    for byte in re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text):
        depth += (byte in b"[{") - (byte in b"]}")
        most = max(most, depth)
    return most


def _lines() -> Iterator[Slip]:
    for size in (1024, 4096, 65536):
        yield Slip(
            f"lines over {size} bytes are no JSON",
            log=_by_line(lambda line, n=size: b"?" if len(line) >= n else line),
        )
        yield Slip(
            f"lines are read in pieces of {size} bytes",
            log=lambda log, n=size: b"\n".join(
                piece
                for line in log.split(b"\n")
                for piece in (line[a : a + n] for a in range(0, max(1, len(line)), n))
            ),
        )
    yield Slip(
        "a lone carriage return ends a line",
        log=lambda log: log.replace(b"\r\n", b"\n").replace(b"\r", b"\n"),
    )
    for says, code in (
        ("U+2028", "\u2028"),
        ("U+2029", "\u2029"),
        ("U+0085", "\x85"),
        ("a form feed", "\f"),
        ("U+001C", "\x1c"),
    ):
        yield Slip(f"{says} ends a line", log=lambda log, c=code: log.replace(c.encode(), b"\n"))
    yield Slip("text is split as Python splits lines", log=lambda log: _split(log))
    yield Slip(
        "blank lines are passed over",
        log=lambda log: (
            b"\n".join(line for line in log.split(b"\n") if line.strip())
            + (b"\n" if log.endswith(b"\n") else b"")
        ),
    )
    yield Slip(
        "a byte order mark is passed over", log=lambda log: log.removeprefix(b"\xef\xbb\xbf")
    )
    yield Slip("a log ends at a NUL", log=lambda log: log.split(b"\0")[0] or b"\n")
    yield Slip(
        "bytes that are no UTF-8 are replaced",
        log=lambda log: log.decode("utf-8", "replace").encode(),
    )
    yield Slip(
        "a line begins at its brace",
        log=_by_line(lambda line: line[line.find(b"{") :] if b"{" in line else line),
    )
    yield Slip(
        "escapes are not undone in names",
        event=None,
        log=lambda log: re.sub(rb'("name":")(\\u)', rb"\1\\\\u", log),
    )
    yield Slip(
        "surrogate pairs are refused",
        log=_by_line(lambda line: b"?" if re.search(rb"\\u[dD][89abAB]", line) else line),
    )
    yield Slip(
        "characters beyond the first plane are refused",
        log=_by_line(lambda line: b"?" if any(byte >= 0xF0 for byte in line) else line),
    )
    for depth in (8, 16, 32):
        yield Slip(
            f"JSON nests {depth} deep at most",
            log=_by_line(lambda line, d=depth: b"?" if _nesting(line) > d else line),
        )
    yield Slip(
        "keys come in the order of RFC 18",
        log=_by_line(lambda line: b"?" if line.startswith(b'{"name"') else line),
    )
    yield Slip(
        "lines with blanks between keys are refused",
        log=_by_line(lambda line: b"?" if line.startswith((b"{ ", b" {")) else line),
    )
    yield Slip(
        "a timestamp needs a period",
        log=_by_line(lambda line: b"?" if re.match(rb'\{"timestamp":\d+,', line) else line),
    )
    yield Slip(
        "a timestamp has no exponent",
        log=_by_line(lambda line: b"?" if re.search(rb'"timestamp":[\d.]+[eE]', line) else line),
    )
    yield Slip(
        "an escaped slash is refused", log=_by_line(lambda line: b"?" if b"\\/" in line else line)
    )


def _split(log: bytes) -> bytes:
    try:
        text = log.decode()
    except UnicodeDecodeError:
        return log
    return "\n".join(text.splitlines()).encode() + (b"\n" if text.endswith("\n") else b"")


def _values() -> Iterator[Slip]:
    def ranks(change: Callable[[str], str]) -> Callable[[Judge, str, Any], tuple[str, Any]]:
        changed = _each_text(change, "ranks")
        return lambda j, e, c: changed(j, e, c) if e == "release" else (e, c)

    def digits(text: str) -> str:
        return "".join(
            str(unicodedata.digit(char)) if unicodedata.digit(char, None) is not None else char
            for char in text
        )

    def integers(change: Callable[[int], Any]) -> Callable[[Judge, str, Any], tuple[str, Any]]:
        def changed(j: Judge, e: str, c: Any) -> tuple[str, Any]:
            if isinstance(c, dict):
                c = {k: change(v) if type(v) is int else v for k, v in c.items()}
            return e, c

        return changed

    yield Slip("digits of idsets need be no ASCII", event=ranks(digits))
    yield Slip("blanks about idsets are passed over", event=ranks(str.strip))
    yield Slip(
        "idsets have no brackets", event=ranks(lambda text: "x" if text[:1] == "[" else text)
    )
    for bits in (31, 32, 53, 63):
        yield Slip(
            f"integers have {bits} bits",
            event=integers(lambda n, b=bits: n if -(2**b) <= n < 2**b else "?"),
        )
        yield Slip(
            f"integers wrap at {bits} bits",
            event=integers(lambda n, b=bits: (n + 2**b) % 2 ** (b + 1) - 2**b),
        )
    yield Slip(
        "integers are doubles", event=integers(lambda n: int(float(n)) if abs(n) < 2**1000 else n)
    )
    yield Slip("integers are not negative", event=integers(lambda n: "?" if n < 0 else n))
    yield Slip(
        "true is an integer",
        event=_typed(
            lambda keys: {
                k: int(v) if type(v) is bool and k != "final" else v for k, v in keys.items()
            }
        ),
    )
    yield Slip(
        "a whole number with a point is an integer",
        event=_typed(
            lambda keys: {
                k: int(v) if type(v) is float and v.is_integer() else v for k, v in keys.items()
            }
        ),
    )
    yield Slip(
        "null is a key that is left out",
        event=_typed(lambda keys: {k: v for k, v in keys.items() if v is not None}),
    )

    def wrong_remainder(j: Judge, e: str, k: Keys, s: str) -> Collection[str]:
        if e != "finish" or j.root_status is None or j.root_status >= 0:
            return ()
        whole, rest = divmod(-j.root_status, 128)
        shell = 128 - rest if rest else -(whole // 2)
        return ["finish/wait-status"] if k.get("status") in (shell, shell * 256) else ()

    yield Slip("remainders have the sign of what is divided", spares=wrong_remainder)
    yield Slip(
        "a wait status is a byte and a byte",
        after=lambda j, e, k, s: (
            e == "exception"
            and j.root_status is not None
            and setattr(j, "root_status", j.root_status & 0xFFFF)
        ),
    )


def _report(**fields: str) -> str:
    lines = "".join(f"  {name}: >-\n    {value}\n" for name, value in fields.items())
    return f"report:\n{lines}"


def _effect(event: str, **effects: str) -> str:
    lines = "".join(f"      {name}: >-\n        {value}\n" for name, value in effects.items())
    return f"events:\n  {event}:\n    effect:\n{lines}"


_RESULT = (
    'if state != "INACTIVE" then none else if {good} then "COMPLETED" else if {cancel} then "CANCELED"'
    ' else if {timeout} then "TIMEOUT" else "FAILED"'
)
_CODE = (
    "if status % {signal} == 0 then {byte} else if status % 128 == 127 then none"
    " else 0 - status % {signal}"
)
_RETURN_CODE = (
    'if state != "INACTIVE" then none else if has(status) then ({code})'
    ' else if result == "CANCELED" then -128 else if result == "FAILED" then 1 else none'
)
_TIMES = {"cancel": 'worst.type == "cancel"', "timeout": 'worst.type == "timeout"'}
_GOOD = "status == 0 and clean_finish"
_WORST = "{type: .type, severity: .severity, note: .note}"


def _reported() -> Iterator[Slip]:
    def result(says: str, good: str = _GOOD, **other: str) -> Slip:
        return Slip(says, change=_report(result=_RESULT.format(good=good, **{**_TIMES, **other})))

    yield result("a mild exception spoils the result", f"{_GOOD} and not has(worst)")
    yield result(
        "a severe but mild exception spoils the result",
        f"{_GOOD} and not (has(worst) and worst.severity < 4)",
    )
    yield result(
        "a fatal exception after finish spoils the result", "status == 0 and not seen_fatal"
    )
    yield result("a restart spoils the result", f"{_GOOD} and not seen(flux-restart)")
    yield result("a memo spoils the result", f"{_GOOD} and not seen(memo)")
    yield result("a job that was never released failed", f"{_GOOD} and released")
    yield result("a job that never started failed", f"{_GOOD} and seen(start)")
    yield result("a job whose resources were not freed failed", f"{_GOOD} and not unfreed")
    yield result("any finish completes", "has(status) and clean_finish")
    yield result(
        "only a fatal cancel cancels", cancel='worst.type == "cancel" and worst.severity == 0'
    )
    yield result(
        "only a fatal timeout times out", timeout='worst.type == "timeout" and worst.severity == 0'
    )
    yield result(
        "a canceled job that never ran failed", cancel='worst.type == "cancel" and seen(alloc)'
    )
    yield result(
        "a started job is not canceled", cancel='worst.type == "cancel" and not seen(start)'
    )
    yield Slip("the last exception is reported", change=_effect("exception", worst=_WORST))
    yield Slip(
        "the first exception is reported",
        change=_effect("exception", worst=f"if has(worst) then worst else {_WORST}"),
    )
    yield Slip(
        "of equally severe exceptions the last is reported",
        change=_effect(
            "exception",
            worst=f"if not has(worst) or .severity <= worst.severity then {_WORST} else worst",
        ),
    )
    yield Slip(
        "the mildest exception is reported",
        change=_effect(
            "exception",
            worst=f"if not has(worst) or .severity > worst.severity then {_WORST} else worst",
        ),
    )
    yield Slip(
        "only a fatal exception is reported",
        change=_effect("exception", worst=f"if fatal and not seen_fatal then {_WORST} else worst"),
    )
    yield Slip(
        "exceptions after finish are not reported",
        change=_effect(
            "exception",
            worst=f"if not seen(finish) and (not has(worst) or .severity < worst.severity) then {_WORST} else worst",
        ),
    )
    yield Slip(
        "exceptions in NEW are not reported",
        change=_effect(
            "exception",
            worst=f'if state != "NEW" and (not has(worst) or .severity < worst.severity) then {_WORST} else worst',
        ),
    )
    yield Slip(
        "the first finish is reported",
        change=_effect("finish", status="if has(status) then status else .status"),
    )
    yield Slip(
        "the largest finish is reported",
        change=_effect(
            "finish", status="if has(status) and status > .status then status else .status"
        ),
    )
    yield Slip(
        "the first priority is reported",
        change=_effect("priority", priority="if has(priority) then priority else .priority"),
    )
    yield Slip(
        "the largest priority is reported",
        change=_effect(
            "priority",
            priority="if has(priority) and priority > .priority then priority else .priority",
        ),
    )
    yield Slip(
        "the first urgency is reported",
        change=_effect("urgency", urgency="if seen(urgency) then urgency else .urgency"),
    )
    yield Slip(
        "an urgency after alloc is not reported",
        change=_effect("urgency", urgency="if seen(alloc) then urgency else .urgency"),
    )
    yield Slip(
        "whoever changes the urgency is the user", change=_effect("urgency", userid=".userid")
    )
    yield Slip(
        "whoever raises an exception is the user",
        change=_effect("exception", userid="if has(.userid) then .userid else userid"),
    )
    yield Slip("a restart forgets the priority", change=_effect("flux-restart", priority="none"))
    yield Slip(
        "a restart forgets a key of memos",
        change=_effect("flux-restart", user="update(user, {example: none})"),
    )
    yield Slip("a restart forgets the exception", change=_effect("flux-restart", worst="none"))
    yield Slip("a restart forgets who submitted", change=_effect("flux-restart", userid="none"))
    yield Slip("an update forgets the priority", change=_effect("jobspec-update", priority="none"))
    yield Slip("an urgency forgets the priority", change=_effect("urgency", priority="none"))
    yield Slip(
        "a fatal exception forgets the priority",
        change=_effect("exception", priority="if fatal then none else priority"),
    )
    yield Slip("alloc forgets the priority", change=_effect("alloc", priority="none"))
    yield Slip("alloc forgets the exception", change=_effect("alloc", worst="none"))
    yield Slip(
        "memos after finish are not kept",
        change=_effect("memo", user="if seen(finish) then user else merge(user, .)"),
    )
    yield Slip(
        "memos in NEW are not kept",
        change=_effect("memo", user='if state == "NEW" then user else merge(user, .)'),
    )
    for says, code in (
        (
            "the return code of a negative status is that of C",
            f"if status < 0 then none else {_CODE.format(byte='status / 256 % 256', signal=128)}",
        ),
        ("the return code is not of one byte", _CODE.format(byte="status / 256", signal=128)),
        ("a core dump is another signal", _CODE.format(byte="status / 256 % 256", signal=256)),
    ):
        yield Slip(says, change=_report(returncode=_RETURN_CODE.format(code=code)))


ALL: Sequence[Slip] = tuple(slips())

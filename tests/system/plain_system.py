"""A second explorer of model/system.yaml, which shares no code with the first.

The YAML is read as it is; the job's log is kept by hand, and conditions on it are the functions
below. Fairness is decided by a fixed point over sets, where the first explorer has components.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from yaml12 import load_yaml


class Log(NamedTuple):
    """What matters of the job's log."""

    state: str = "NEW"
    urgency: int | None = None
    seen: frozenset[str] = frozenset()
    dependencies: int = 0
    prologs: int = 0
    epilogs: int = 0
    held: bool = False
    unfreed: bool = False
    fatal: bool = False
    added: bool = False
    begun: bool = False


PENDING = ("DEPEND", "PRIORITY", "SCHED")
UNIONS: dict[str, tuple[str, ...]] = {"PENDING": PENDING}
CONDITIONS: dict[str, Callable[[Log], bool]] = {
    "seen(validate)": lambda log: "validate" in log.seen,
    "urgency != 0": lambda log: log.urgency != 0,
    "urgency == 0": lambda log: log.urgency == 0,
    "held": lambda log: log.held,
    "not held": lambda log: not log.held,
    "empty(dependencies)": lambda log: not log.dependencies,
    "not seen(alloc)": lambda log: "alloc" not in log.seen,
    "not (state in PENDING) or seen(alloc)": lambda log: (
        log.state not in PENDING or "alloc" in log.seen
    ),
    "urgency != 0 and not unfreed": lambda log: log.urgency != 0 and not log.unfreed,
    "held and empty(epilogs)": lambda log: log.held and not log.epilogs,
    "held and empty(prologs)": lambda log: log.held and not log.prologs,
    "seen_fatal": lambda log: log.fatal,
    "not seen(finish)": lambda log: "finish" not in log.seen,
    "seen(finish)": lambda log: "finish" in log.seen,
    "not held and empty(prologs) and empty(epilogs)": lambda log: (
        not log.held and not log.prologs and not log.epilogs
    ),
    'state != "SCHED" or urgency == 0': lambda log: log.state != "SCHED" or log.urgency == 0,
    "seen(start) or not held": lambda log: "start" in log.seen or not log.held,
    "not seen(start) and held": lambda log: "start" not in log.seen and log.held,
}
MOVES = {
    ("NEW", "validate"): "DEPEND",
    ("NEW", "invalidate"): "REMOVED",
    ("DEPEND", "depend"): "PRIORITY",
    ("PRIORITY", "priority"): "SCHED",
    ("SCHED", "alloc"): "RUN",
    ("SCHED", "urgency"): "PRIORITY",
    ("SCHED", "flux-restart"): "PRIORITY",
    ("RUN", "finish"): "CLEANUP",
    ("CLEANUP", "clean"): "INACTIVE",
}


ASKED = {"submit", "validate", "depend", "alloc", "start", "finish", "release", "free"}
"""The events of which rules and conditions ask whether they came."""


def post(log: Log, name: str, context: Mapping[str, Any]) -> tuple[Log, set[str]]:
    """The log after an event that the system may post, and the rules that it breaks."""
    breaks = set()
    pairs = {
        "rfc30/urgency/held": name == "alloc" and log.urgency == 0,
        "rfc21/alloc/once": name == "alloc" and log.held,
        "rfc21/start/held": name == "start" and not log.held,
        "rfc21/start/once": name == "start" and "start" in log.seen,
        "rfc21/finish/once": name == "finish" and "finish" in log.seen,
        "rfc21/finish/after-start": (
            name == "finish" and "start" not in log.seen and not log.fatal
        ),
        "rfc21/release/after-start": (
            name == "release" and "start" not in log.seen and not log.fatal
        ),
        "rfc21/release/final-last": (
            name in ("start", "finish", "release") and "release" in log.seen
        ),
        "rfc21/clean/resources-freed": name == "clean" and log.held,
    }
    breaks.update(rule for rule, is_broken in pairs.items() if is_broken)
    state = MOVES.get((log.state, name), log.state)
    if name == "exception":
        state = "CLEANUP"
    silent = (name == "alloc" and log.state in ("PRIORITY", "CLEANUP")) or (
        name == "flux-restart" and log.state != "SCHED"
    )
    if silent:
        breaks.add("rfc21/states/silent")
    lost = name == "exception" and context["type"] == "scheduler-restart"
    return (
        Log(
            state,
            context.get("urgency", log.urgency),
            log.seen | {name} & ASKED,
            log.dependencies + (name == "dependency-add") - (name == "dependency-remove"),
            log.prologs + (name == "prolog-start") - (name == "prolog-finish"),
            log.epilogs + (name == "epilog-start") - (name == "epilog-finish"),
            name == "alloc" or (log.held and name != "free" and not lost),
            name == "alloc" or (log.unfreed and name != "free"),
            log.fatal or name == "exception",
            log.added or name == "dependency-add",
            True,
        ),
        breaks,
    )


Variables = tuple[tuple[str, str], ...]
Queues = tuple[tuple[tuple[str, str], tuple[str, ...]], ...]
Node = tuple[Variables, Queues, tuple[tuple[str, int], ...], Log]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def merged(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = load_yaml(path)
    if "based on" not in document:
        return document
    whole = merged(path.parent / document["based on"])
    for member, part in document["participants"].items():
        whole["participants"][member]["steps"].update(part["steps"])
    return whole


class Plain:
    """All that a run can reach."""

    def __init__(self, document: dict[str, Any], budgets: Mapping[str, int]) -> None:
        self.document = document
        self.messages = {name: (of["from"], of["to"]) for name, of in document["messages"].items()}
        self.members = document["participants"]
        self.takers = {
            name: [(who, step) for who, step in self.steps() if step.get("gets") == name]
            for name in self.messages
        }
        variables = {
            f"{member}.{name}": str(values[0])
            for member, of in self.members.items()
            for name, values in of.get("has", {}).items()
        }
        start: Node = (
            tuple(sorted(variables.items())), (), tuple(sorted(budgets.items())), Log()
        )  # fmt: skip
        self.edges: dict[Node, list[tuple[str, bool, Node]]] = {}
        self.broken: set[tuple[str, str, str]] = set()
        ahead = [start]
        while ahead:
            node = ahead.pop()
            if node not in self.edges:
                self.edges[node] = list(self.leave(node))
                ahead += [after for _, _, after in self.edges[node]]

    def fits(self, member: str, step: Mapping[str, Any], node: Node) -> bool:
        values, log = dict(node[0]), node[3]
        for key, fit in step.get("when", {}).items():
            full = key if "." in key else f"{member}.{key}"
            if values[full] not in listed(fit):
                return False
        if "in" in step:
            states = [state for name in listed(step["in"]) for state in UNIONS.get(name, (name,))]
            if log.state not in states:
                return False
        return "if" not in step or CONDITIONS[step["if"]](log)

    def steps(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for member, of in self.members.items():
            for step in of["steps"].values():
                yield member, step

    def leave(self, node: Node) -> Iterator[tuple[str, bool, Node]]:
        for member, step in self.steps():
            queues, budgets, log = dict(node[1]), dict(node[2]), node[3]
            uses, gets = step.get("uses"), step.get("gets")
            if uses and not budgets[uses]:
                continue
            if gets and queues.get(self.messages[gets], ())[:1] != (gets,):
                continue
            if not self.fits(member, step, node):
                continue
            if uses:
                budgets[uses] -= 1
            if gets:
                queues[self.messages[gets]] = queues[self.messages[gets]][1:]
            for one, other in step.get("clears", []):
                queues.pop((one, other), None)
                queues.pop((other, one), None)
            for name in listed(step.get("sends")):
                pair = self.messages[name]
                queues[pair] = (*queues.get(pair, ()), name)
            values = dict(node[0])
            for key, value in step.get("set", {}).items():
                values[key if "." in key else f"{member}.{key}"] = value
            for posted in listed(step.get("posts")):
                name, context = (
                    (posted, {}) if isinstance(posted, str) else next(iter(posted.items()))
                )
                after, breaks = post(log, name, context)
                self.broken.update((rule, name, log.state) for rule in breaks)
                log = after
            left = tuple(sorted((pair, queue) for pair, queue in queues.items() if queue))
            yield (
                member,
                step.get("fair", True),
                (tuple(sorted(values.items())), left, tuple(sorted(budgets.items())), log),
            )

    def is_surprised(self, node: Node) -> bool:
        """Whether a message has no place."""
        return any(
            not any(self.fits(member, step, node) for member, step in self.takers[queue[0]])
            for _, queue in node[1]
        )

    def ready(self, node: Node) -> set[str]:
        return {member for member, fair, _ in self.edges[node] if fair}

    def never_ends(self) -> bool:
        """Whether a fair run never ends: the largest set in which each has its share, again."""
        numbers = {node: number for number, node in enumerate(self.edges)}
        stay = {n for node, n in numbers.items() if node[3].state not in ("INACTIVE", "REMOVED")}
        ready = [self.ready(node) for node in self.edges]
        edges = [
            [(member if fair else "", numbers[after]) for member, fair, after in found]
            for found in self.edges.values()
        ]
        while stay:
            size = len(stay)
            for member in self.members:
                into: dict[int, list[int]] = {}
                goals = []
                for node in stay:
                    inside = [edge for edge in edges[node] if edge[1] in stay]
                    for _, after in inside:
                        into.setdefault(after, []).append(node)
                    if member not in ready[node] or any(who == member for who, _ in inside):
                        goals.append(node)
                stay = set(goals)
                while goals:
                    for before in into.get(goals.pop(), ()):
                        if before not in stay:
                            stay.add(before)
                            goals.append(before)
            if len(stay) == size:
                return True
        return False

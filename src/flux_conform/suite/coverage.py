"""What logs exercise of a specification: states, transitions, pairs of them, events and rules.

Only logs that do not violate count: what comes after a breach shows nothing. Logs are read one by
one, and only numbers are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple, TypeAlias

from flux_conform.language.expressions import Binary, Node
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    UNDEFINED,
    Event,
    Specification,
    Transition,
    TypedContext,
    UndefinedContext,
)
from flux_conform.logs.eventlog import Entry, LoggedEvent, read_entries
from flux_conform.machine.configuration import Configuration, Step
from flux_conform.machine.contexts import context_faults
from flux_conform.machine.evaluate import Evaluator, Moment, Unreadable, compile_expression
from flux_conform.machine.step import Machine
from flux_conform.suite.making.testable import TWO_LOGS, clauses_of, sentence

STATES, EVENTS, TRANSITIONS, PAIRS, RULES = "states", "events", "transitions", "pairs", "rules"

PARTS = (STATES, EVENTS, TRANSITIONS, PAIRS, RULES)
"""What can be exercised. A pair is two transitions in a row; events that stay may lie between."""


Counts: TypeAlias = tuple[dict[str, Counter[str]], Counter[str]]
"""How many logs exercised each thing, by part, and how many broke each rule."""


class Item(NamedTuple):
    """Something that logs can exercise: its name, its sentence, and how many logs did.

    `level` is that of a rule; `broken` how many logs broke it, counting those that violate.
    """

    name: str
    says: str
    logs: int
    level: str = ""
    broken: int = 0


class Coverage:
    """Counts how many logs exercise each item."""

    def __init__(self, machine: Machine) -> None:
        specification = machine.specification
        self._machine = machine
        self._specification = specification
        self._logs: dict[str, Counter[str]] = {part: Counter() for part in PARTS}
        self._broken: Counter[str] = Counter()
        self._premises: dict[str, list[tuple[str, Evaluator | None]]] = {}
        self._names = {
            row: transition_name(specification, row)
            for row in specification.transitions
            if row.outcome != UNDEFINED
        }
        self._ends = [(s.name, "captive" if s.final else "removed") for s in specification.states
                      if s.final or s.removed]  # fmt: skip
        self._findings = {finding.kind: finding.id for finding in specification.findings}

    def add(self, log: bytes) -> None:
        """Count what a log exercises. Raises UnreadableLog."""
        found: dict[str, set[str]] = {part: set() for part in PARTS}
        configuration = self._machine.initial
        found[STATES].add(configuration.state)
        last: Transition | None = None
        times = 0
        for entry in read_entries(log):
            event = entry.event
            found[RULES] |= self._of_line(entry, times)
            if event is None:
                continue
            times += event.timestamp is not None
            step = self._machine.step(configuration, event.name, event.context)
            found[EVENTS].add(self._machine.event(event.name).name)
            found[RULES].update(self._judged(configuration, event, step))
            if step.transition is not None:
                found[TRANSITIONS].add(self._names[step.transition])
                if step.outcome == MOVES:
                    if last is not None:
                        found[PAIRS].add(self._pair(last, step.transition))
                    last = step.transition
            configuration = step.after
            found[STATES].add(configuration.state)
        for state, kind in self._ends:
            if configuration.state == state:
                found[RULES].add(self._findings[kind])
        for part, names in found.items():
            self._logs[part].update(names)

    def breaks(self, rules: set[str]) -> None:
        """Count a log that breaks these rules."""
        self._broken.update(rules)

    def counted(self) -> Counts:
        """The numbers, for `merge` in another process."""
        return self._logs, self._broken

    def merge(self, counted: Counts) -> None:
        """Add the numbers of another coverage of the same specification."""
        logs, broken = counted
        for part in PARTS:
            self._logs[part].update(logs[part])
        self._broken.update(broken)

    def items(self, part: str) -> list[Item]:
        """All items of a part, in the order of the specification."""
        logs = self._logs[part]
        if part == RULES:
            return [
                Item(c.id, sentence(c.says), logs[c.id], c.level, self._broken[c.id])
                for c in clauses_of(self._specification)
                if c.untestable != TWO_LOGS
            ]
        named = {
            STATES: [(state.name, state.says) for state in self._specification.states],
            EVENTS: [(event.name, event.says) for event in self._specification.events],
            TRANSITIONS: [(name, "") for name in self._names.values()],
            PAIRS: [(name, "") for name in self._pairs()],
        }[part]
        return [Item(name, says, logs[name]) for name, says in named]

    def _pairs(self) -> Iterator[str]:
        moves = [row for row in self._names if row.outcome == MOVES]
        for one, two in product(moves, repeat=2):
            alike = one.generation is None or two.generation in (None, one.generation)
            if one.target == two.source and alike:
                yield self._pair(one, two)

    def _pair(self, one: Transition, two: Transition) -> str:
        return f"{self._names[one]}, then {self._names[two]}"

    def _of_line(self, entry: Entry, times: int) -> set[str]:
        """The rules of lines that this line exercises."""
        return {
            rule.id
            for rule in self._specification.lines
            if rule.check in NEEDS and NEEDS[rule.check](entry, times)
        }

    def _judged(self, before: Configuration, event: LoggedEvent, step: Step) -> Iterator[str]:
        """The rules that this event exercises: they apply to it, and their premises hold."""
        governs = self._machine.event(event.name)
        for kind in ("undefined", "silent"):
            yield self._findings[kind]
        if isinstance(governs.context, UndefinedContext):
            yield self._findings["no-context"].replace("{event}", event.name)
        elif governs.context.kind != ANY_EVENT:
            yield self._findings["context"].replace("{event}", event.name)
        if step.outcome == UNDEFINED:
            return
        unreadable: frozenset[str] = frozenset()
        if isinstance(governs.context, TypedContext):
            faults = context_faults(governs.context, event.context)
            unreadable = frozenset(fault.key for fault in faults)
        moment = before.moment(event.name, event.context, unreadable)
        for rule, premise in self._premises_of(governs):
            if premise is None or _holds(premise, moment):
                yield rule

    def _premises_of(self, event: Event) -> list[tuple[str, Evaluator | None]]:
        """The rules that apply to an event, each with its premise."""
        if event.name not in self._premises:
            definitions = self._machine.specification.definition_table
            self._premises[event.name] = [
                (rule.id, None if tree is None else compile_expression(tree, definitions))
                for rule in self._specification.rules
                if event.name in rule.on or ANY_EVENT in rule.on
                for tree in (_premise(rule.require.tree),)
            ]
        return self._premises[event.name]


def transition_name(specification: Specification, row: Transition) -> str:
    """A transition in a few words: source, event, guard and target."""
    when = f" where {row.when.text}" if row.when is not None else ""
    today = specification.today.name
    of = "" if row.generation in (None, today) else f" ({row.generation})"
    leads = f"→ {row.target}" if row.outcome == MOVES else row.outcome
    return f"{row.source} {row.event}{when} {leads}{of}"


def _premise(tree: Node) -> Node | None:
    """The premise of a rule: all that stands left of its `implies`, None if there is none."""
    if isinstance(tree, Binary) and tree.operator == "implies":
        inner = _premise(tree.right)
        return tree.left if inner is None else Binary("and", tree.left, inner)
    return None


def _holds(premise: Evaluator, moment: Moment) -> bool:
    try:
        return bool(premise(moment))
    except Unreadable:
        return False


def _has_event(entry: Entry, times: int) -> bool:
    return entry.event is not None


NEEDS: dict[str, Callable[[Entry, int], bool]] = {
    **dict.fromkeys(("not-empty", "lines", "last-newline"), lambda entry, times: True),
    **dict.fromkeys(("duplicate-key", "timestamp", "name", "name-empty", "keys"), _has_event),
    "context": lambda entry, times: entry.event is not None and entry.event.context is not None,
    "time-order": lambda entry, times: (
        times > 0 and entry.event is not None and entry.event.timestamp is not None
    ),
}
"""Whether a line gives a check something to judge, after so many events with a timestamp.

No single log can show that a log only grew, so `append-only` is missing.
"""

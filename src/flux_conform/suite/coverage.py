"""What logs exercise of a specification: states, transitions, pairs of them, events and rules.

Only logs that do not violate count: what comes after a breach shows nothing. Logs are read one
after the other, and no more is kept of them than numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

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
from flux_conform.suite.making.testable import TWO_LOGS, clauses_of

STATES, EVENTS, TRANSITIONS, PAIRS, RULES = "states", "events", "transitions", "pairs", "rules"

PARTS = (STATES, EVENTS, TRANSITIONS, PAIRS, RULES)
"""What can be exercised. A pair is of two moves, one after the other, whatever stays between."""


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
    """Counts, log by log, what is exercised."""

    def __init__(self, machine: Machine) -> None:
        specification = machine.specification
        self._machine = machine
        self._specification = specification
        self._logs: dict[str, Counter[str]] = {part: Counter() for part in PARTS}
        self._broken: Counter[str] = Counter()
        self._premises: dict[str, list[tuple[str, Evaluator | None]]] = {}
        self._names = {row: transition_name(specification, row) for row in _rows(specification)}
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

    def counted(self) -> dict[str, Any]:
        """The numbers as JSON values, for `merge` in another process."""
        return {
            "logs": {part: dict(self._logs[part]) for part in PARTS},
            "broken": dict(self._broken),
        }

    def merge(self, counted: Mapping[str, Any]) -> None:
        """Add what another counted of the same specification."""
        for part in PARTS:
            self._logs[part].update(counted["logs"][part])
        self._broken.update(counted["broken"])

    def items(self, part: str) -> list[Item]:
        """All that there is of a part, in the specification's order."""
        logs = self._logs[part]
        if part == RULES:
            return [
                Item(clause.id, _plain(clause.says), logs[clause.id], clause.level, broken)
                for clause in clauses_of(self._specification)
                if clause.untestable != TWO_LOGS
                for broken in (self._broken[clause.id],)
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
        for one in moves:
            for two in moves:
                alike = one.generation is None or two.generation in (None, one.generation)
                if one.target == two.source and alike:
                    yield self._pair(one, two)

    def _pair(self, one: Transition, two: Transition) -> str:
        return f"{self._names[one]}, then {self._names[two]}"

    def _of_line(self, entry: Entry, times: int) -> set[str]:
        """The rules of lines that a line gives something to judge."""
        found = set()
        for rule in self._specification.lines:
            if rule.check in NEEDS and NEEDS[rule.check](entry, times):
                found.add(rule.id)
        return found

    def _judged(self, before: Configuration, event: LoggedEvent, step: Step) -> Iterator[str]:
        """The rules that an event is judged by, and that ask something of it here."""
        governs = self._machine.event(event.name)
        for kind in ("undefined", "silent"):
            yield self._findings[kind]
        context = _context_kind(governs)
        if context is not None:
            yield self._findings[context].replace("{event}", event.name)
        if step.outcome == UNDEFINED:
            return
        unreadable: frozenset[str] = frozenset()
        if isinstance(governs.context, TypedContext):
            faults = context_faults(governs.context, event.context)
            unreadable = frozenset(fault.key for fault in faults)
        moment = Moment(
            values=before.values,
            state=before.state,
            seen=before.seen,
            event=event.name,
            context=event.context,
            unreadable=unreadable,
            first=before.generation is None,
        )
        for rule, premise in self._premises_of(governs):
            if premise is None or _holds(premise, moment):
                yield rule

    def _premises_of(self, event: Event) -> list[tuple[str, Evaluator | None]]:
        """The rules of an event, each with what must hold for it to ask something."""
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
    """A transition in a few words: where from, by what event, where to."""
    when = f" where {row.when.text}" if row.when is not None else ""
    today = specification.today.name
    of = "" if row.generation in (None, today) else f" ({row.generation})"
    leads = f"→ {row.target}" if row.outcome == MOVES else row.outcome
    return f"{row.source} {row.event}{when} {leads}{of}"


def _rows(specification: Specification) -> list[Transition]:
    return [row for row in specification.transitions if row.outcome != UNDEFINED]


def _plain(says: str) -> str:
    """The sentence; that on contexts speaks of each event's own, and says nothing here."""
    return "" if "{context}" in says else says


def _context_kind(event: Event) -> str | None:
    """The finding that judges the event's context, None where nothing is asked of it."""
    if isinstance(event.context, UndefinedContext):
        return "no-context"
    return None if event.context.kind == ANY_EVENT else "context"


def _premise(tree: Node) -> Node | None:
    """What must hold for a rule to ask something: all that stands left of its `implies`."""
    if isinstance(tree, Binary) and tree.operator == "implies":
        inner = _premise(tree.right)
        return tree.left if inner is None else Binary("and", tree.left, inner)
    return None


def _holds(premise: Evaluator, moment: Moment) -> bool:
    try:
        return bool(premise(moment))
    except Unreadable:
        return False


def _any_line(entry: Entry, times: int) -> bool:
    return True


def _any_event(entry: Entry, times: int) -> bool:
    return entry.event is not None


def _with_context(entry: Entry, times: int) -> bool:
    return entry.event is not None and entry.event.context is not None


def _second_time(entry: Entry, times: int) -> bool:
    return entry.event is not None and entry.event.timestamp is not None and times > 0


NEEDS: dict[str, Callable[[Entry, int], bool]] = {
    "not-empty": _any_line,
    "lines": _any_line,
    "last-newline": _any_line,
    "duplicate-key": _any_event,
    "timestamp": _any_event,
    "name": _any_event,
    "name-empty": _any_event,
    "context": _with_context,
    "keys": _any_event,
    "time-order": _second_time,
}
"""What a line must hold for each check to say something of it.

That a log only grew is not among them: no single log can show it.
"""

"""What logs exercise of a specification: states, transitions, pairs of them, events and rules.

A log exercises a rule where the rule's case came about in it (`premise`), and it obeys it. Logs are
read one by one, and of each only a digest and what it shows is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from flux_conform.checking.consequences import step_of
from flux_conform.language.expressions import Node, show
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    SILENT,
    UNDEFINED,
    Transition,
    TypedContext,
    UndefinedContext,
)
from flux_conform.logs.eventlog import Entry, LoggedEvent, read_entries
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Configuration
from flux_conform.machine.contexts import context_faults
from flux_conform.machine.evaluate import Evaluator, Moment, Unreadable, compile_expression
from flux_conform.machine.step import Machine
from flux_conform.suite.exercisable import EVENTS, PAIRS, RULES, STATES, TRANSITIONS, Exercisable

Mark: TypeAlias = tuple[str, str, int]
"""A part and a name; of a rule also which of its obligations, from 0."""


class Shown(NamedTuple):
    """What one log shows.

    `marks` is what it exercises. `judged` are the rules that were judged in it, exercised or not,
    and `broken` those that it breaks, allowed or not. `generation` is None for a log without an
    event.
    """

    generation: str | None
    marks: frozenset[Mark]
    judged: frozenset[str]
    broken: frozenset[str]


class Item(NamedTuple):
    """Something that logs can exercise: its name, its sentence, and how many logs did.

    `level` is that of a rule, `judged` how many logs have an event that it is about, and `asks`
    when it asks something; "" for a rule that does at each such event. `broken` is how many logs
    broke it, counting those that violate, and `tolerated` how many of those that do not violate.
    """

    name: str
    says: str
    logs: int
    level: str = ""
    judged: int = 0
    asks: str = ""
    broken: int = 0
    tolerated: int = 0


class _Asked(NamedTuple):
    """One obligation of a rule, ready to be tried."""

    rule: str
    number: int
    now: Evaluator | None
    ever: str


class Coverage:
    """Says what a log exercises."""

    def __init__(self, machine: Machine, scope: Exercisable) -> None:
        self._machine = machine
        self._scope = scope
        self._asked: dict[str, tuple[_Asked, ...]] = {}
        self._lasting: dict[str, Evaluator] = {}
        """What obligations want at some time of the log, by its text."""
        specification = machine.specification
        for each in scope.obligations.values():
            for obligation in each:
                if obligation.ever is not None:
                    self._lasting[_key(obligation.ever)] = compile_expression(obligation.ever, {})
        self._ends = [(s.name, CAPTIVE if s.captive else REMOVED) for s in specification.states
                      if s.captive or s.removed]  # fmt: skip
        self._findings = {finding.kind: finding.id for finding in specification.findings}
        self._outcomes = {event.name: scope.outcomes(event) for event in specification.events}

    def shown(self, log: bytes) -> Shown:
        """What a log exercises. Raises UnreadableLog."""
        form = self._machine.specification.fields
        log = log if form is None else form.plain_log(log)
        configuration = self._machine.initial
        marks: set[Mark] = {(STATES, configuration.state, 0)}
        judged: set[str] = set()
        broken: set[str] = set()
        met: set[_Asked] = set()
        pending = dict(self._lasting)
        last: Transition | None = None
        times = 0
        _take_those_that_hold(pending, configuration)
        for entry in read_entries(log):
            event = entry.event
            marks.update((RULES, rule, 0) for rule in self._of_line(entry, times))
            rules = (self._machine.line_rules.get(fault.check) for fault in entry.faults)
            broken.update(rule.id for rule in rules if rule is not None)
            if event is None:
                continue
            times += event.timestamp is not None
            step = step_of(self._machine, configuration, entry)
            broken.update(b.rule.id.replace("{event}", event.name) for b in step.breaches)
            marks.add((EVENTS, self._machine.event(event.name).name, 0))
            marks.update((RULES, rule, 0) for rule in self._of_outcome(event))
            asked = self._asked_at(event, step.outcome)
            judged.update(each.rule for each in asked)
            moment = self._moment(configuration, event)
            met.update(each for each in asked if each.now is None or _holds(each.now, moment))
            if step.transition in self._scope.rows:
                marks.add((TRANSITIONS, self._scope.rows[step.transition], 0))
                if step.outcome == MOVES:
                    if last is not None:
                        marks.add((PAIRS, self._scope.pair_name(last, step.transition), 0))
                    last = step.transition
            configuration = step.after
            marks.add((STATES, configuration.state, 0))
            _take_those_that_hold(pending, configuration)
        for state, kind in self._ends:
            if configuration.state == state:
                marks.add((RULES, self._findings[kind], 0))
        marks.update((RULES, each.rule, each.number) for each in met if each.ever not in pending)
        obeyed = frozenset(mark for mark in marks if mark[0] != RULES or mark[1] not in broken)
        return Shown(configuration.generation, obeyed, frozenset(judged), frozenset(broken))

    def items(self, part: str, logs: Iterable[Shown], broken: Counter[str]) -> list[Item]:
        """How many of the logs exercise each thing of a part that counts."""
        marks: Counter[Mark] = Counter()
        judged: Counter[str] = Counter()
        tolerated: Counter[str] = Counter()
        for shown in logs:
            tolerated.update(shown.broken)
            marks.update(mark for mark in shown.marks if mark[0] == part)
            judged.update(shown.judged)
        found = []
        for target in self._scope.parts[part]:
            name = target.name
            wanted = max(len(self._scope.obligations.get(name, ())), 1) if part == RULES else 1
            number = min(marks[part, name, place] for place in range(wanted))
            item = Item(name, target.says, number, target.level)
            if part == RULES:
                item = item._replace(
                    judged=judged[name],
                    asks=target.asks,
                    broken=broken[name],
                    tolerated=tolerated[name],
                )
            found.append(item)
        return found

    def _of_line(self, entry: Entry, times: int) -> set[str]:
        """The rules of lines that this line exercises."""
        return {
            rule.id
            for rule in self._machine.specification.lines
            if rule.check in NEEDS and NEEDS[rule.check](entry, times)
        }

    def _of_outcome(self, event: LoggedEvent) -> Iterator[str]:
        """The rules on outcomes and contexts that an event exercises: it may break them."""
        governs = self._machine.event(event.name)
        for kind in (UNDEFINED, SILENT):
            if kind in self._outcomes[governs.name]:
                yield self._findings[kind]
        if isinstance(governs.context, UndefinedContext):
            yield self._findings["no-context"].replace("{event}", event.name)
        elif governs.context.kind != ANY_EVENT:
            yield self._findings["context"].replace("{event}", event.name)

    def _moment(self, before: Configuration, event: LoggedEvent) -> Moment:
        governs = self._machine.event(event.name)
        unreadable: frozenset[str] = frozenset()
        if isinstance(governs.context, TypedContext):
            faults = context_faults(governs.context, event.context)
            unreadable = frozenset(fault.key for fault in faults)
        context = self._machine.read_context(governs, event.context)
        return before.moment(event.name, context, unreadable)

    def _asked_at(self, event: LoggedEvent, outcome: str) -> tuple[_Asked, ...]:
        """What is asked of an event; where it is undefined, or comes after the end, nothing is."""
        if outcome in (UNDEFINED, CAPTIVE, REMOVED):
            return ()
        name = self._machine.event(event.name).name
        if name not in self._asked:
            self._asked[name] = tuple(
                _Asked(rule.id, number, _compiled(each.now), _key(each.ever))
                for rule in self._machine.specification.rules
                if name in rule.on or ANY_EVENT in rule.on
                for number, each in enumerate(self._scope.obligations[rule.id])
            )
        return self._asked[name]


def _key(ever: Node | None) -> str:
    return "" if ever is None else show(ever)


def _compiled(tree: Node | None) -> Evaluator | None:
    return None if tree is None else compile_expression(tree, {})


def _take_those_that_hold(pending: dict[str, Evaluator], configuration: Configuration) -> None:
    """Remove the conditions that hold here."""
    if pending:
        moment = configuration.moment()
        for key in [key for key, holds in pending.items() if _holds(holds, moment)]:
            del pending[key]


def _holds(condition: Evaluator, moment: Moment) -> bool:
    try:
        return bool(condition(moment))
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

"""The specifications that readings of the open questions make of a specification.

An assignment gives questions a reading each; those that it does not name are read as the
specification reads them. The readings of an assignment are changes, put in one after the other. Two
that give something else in the other order contradict each other, and are left out. What two
readings change that have no event in common is put together without loading anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from flux_conform.language.changes.tree import Neighbour
from flux_conform.language.expressions import Name, walk
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loader import change_neighbour, load_neighbour, load_neighbouring
from flux_conform.language.open_questions import Question, Reading
from flux_conform.language.specification import ANY_EVENT, Event, Rule, Specification, Transition
from flux_conform.machine.judged import expressions
from flux_conform.suite.making.observe import Observer

SLIP = "slip"

Assignment = tuple[tuple[str, str], ...]
"""Questions with a reading each that is not the specification's, in the specification's order."""


class Reader(NamedTuple):
    """A specification under an assignment.

    `entries` are the events that it reads otherwise than the specification; None means all.
    """

    specification: Specification
    observer: Observer
    entries: frozenset[str] | None


class Entries(NamedTuple):
    """A specification by its entries of events: the rows of each, and all that is said of it."""

    specification: Specification
    events: Mapping[str, Event]
    rows: Mapping[str, Sequence[Transition]]
    said: Mapping[str, object]


class Readings:
    """The specifications that the readings of a specification's open questions make of it."""

    def __init__(self, specification: Specification, path: str) -> None:
        """`path` is the file of the specification; the readings are changes of it."""
        self.questions: Mapping[str, Question] = {
            question.id: question for question in specification.questions if question.kind != SLIP
        }
        self._own = entries_of(specification)
        self._neighbours: dict[Assignment, Neighbour] = {(): load_neighbour(path)}
        self._made: dict[Assignment, Entries | None] = {(): self._own}
        self._readers: dict[Assignment, Reader] = {}
        self._loads: dict[Assignment, Entries | None] = {}
        """What was loaded, by the readings in the order in which they were put in."""
        self._pairs: dict[Assignment, bool] = {}
        self._apart: dict[Assignment, bool] = {}

    def sayable(self, question: str) -> tuple[Reading, ...]:
        """The other readings of a question that are changes, and fit the specification."""
        others = self.questions[question].others
        return tuple(each for each in others if each.change and self.fits(((question, each.by),)))

    def fits(self, assignment: Assignment) -> bool:
        """Whether the changes of an assignment fit each other."""
        return self._specified(assignment) is not None

    def reader(self, assignment: Assignment) -> Reader | None:
        """The reader of an assignment; None if its changes do not fit each other."""
        if assignment not in self._readers:
            made = self._specified(assignment)
            if made is None:
                return None
            observer = Observer(made.specification)
            entries = changed_entries(self._own, made)
            self._readers[assignment] = Reader(made.specification, observer, entries)
        return self._readers[assignment]

    def with_reading(self, assignment: Assignment, question: str, by: str) -> Assignment:
        """The assignment with a question read so, in the specification's order."""
        readings = {**dict(assignment), question: by}
        return tuple((name, readings[name]) for name in self.questions if name in readings)

    def _specified(self, assignment: Assignment) -> Entries | None:
        if assignment not in self._made:
            self._made[assignment] = self._make(assignment)
        return self._made[assignment]

    def _make(self, assignment: Assignment) -> Entries | None:
        before, last = assignment[:-1], assignment[-1]
        if not self.fits(before) or any(not self._fit((one, last)) for one in before):
            return None
        return self._put_together(assignment) or self._changed(before, last)

    def _put_together(self, assignment: Assignment) -> Entries | None:
        """What is made without loading; None where all readings have something in common."""
        for one, two in combinations(assignment, 2):
            shared = tuple(each for each in assignment if each not in (one, two))
            if shared and not self._are_apart(one, two):
                continue
            first = tuple(each for each in assignment if each != two)
            second = tuple(each for each in assignment if each != one)
            found = self._both(shared, first, second)
            if found is not None:
                return found
        return None

    def _both(self, shared: Assignment, first: Assignment, second: Assignment) -> Entries | None:
        """What two assignments change that share readings; None if they change the same."""
        made = [self._specified(each) for each in (shared, first, second)]
        base, one, two = made
        if base is None or one is None or two is None:
            return None
        return put_together(base, one, two)

    def _changed(self, before: Assignment, last: tuple[str, str]) -> Entries | None:
        """The specification under one reading more. One alone may not fit an older text."""
        order = (*before, last)
        if order not in self._loads:
            self._loads[order] = self._load(before, last)
        return self._loads[order]

    def _load(self, before: Assignment, last: tuple[str, str]) -> Entries | None:
        name, by = last
        change = next(each.change for each in self.questions[name].readings if each.by == by)
        assert change is not None
        try:
            neighbour = change_neighbour(self._neighbour(before), change)
            other = load_neighbouring(neighbour, claims=False)
        except SpecificationFaults:
            return None
        self._neighbours[(*before, last)] = neighbour
        return entries_of(other)

    def _neighbour(self, assignment: Assignment) -> Neighbour:
        """The tree under readings that fit each other."""
        if assignment not in self._neighbours:
            self._changed(assignment[:-1], assignment[-1])
        return self._neighbours[assignment]

    def _fit(self, pair: Assignment) -> bool:
        """Whether two readings make the same specification in either order."""
        if pair not in self._pairs:
            one, two = pair
            self._pairs[pair] = self._are_apart(one, two) or self._commute(one, two)
        return self._pairs[pair]

    def _are_apart(self, one: tuple[str, str], two: tuple[str, str]) -> bool:
        """Whether two readings have nothing in common."""
        if (one, two) not in self._apart:
            self._apart[one, two] = self._both((), (one,), (two,)) is not None
        return self._apart[one, two]

    def _commute(self, one: tuple[str, str], two: tuple[str, str]) -> bool:
        both = self._changed((two,), one) if self.fits((two,)) else None
        other = self._changed((one,), two)
        return both is not None and other is not None and are_alike(both, other)

    @property
    def left_out(self) -> tuple[Assignment, ...]:
        """The pairs of readings that were asked for and do not fit each other."""
        return tuple(pair for pair, fits in self._pairs.items() if not fits)


def entries_of(specification: Specification) -> Entries:
    """A specification with what it says of each entry: its own fields, its rows and its rules."""
    events = {event.name: event for event in specification.events}
    rows: dict[str, list[Transition]] = {name: [] for name in events}
    for row in specification.transitions:
        rows[row.event].append(row)
    rules: dict[str, list[object]] = {name: [] for name in events}
    for rule in specification.rules:
        for name in events if ANY_EVENT in rule.on else dict.fromkeys(rule.on):
            rules[name].append((rule.id, rule.level, rule.require))
    said = {
        name: (
            *(event.context, event.effects, event.elsewhere),
            [(r.source, r.when, r.outcome, r.target, r.generation) for r in rows[name]],
            rules[name],
        )
        for name, event in events.items()
    }
    return Entries(specification, events, rows, said)


def are_alike(one: Entries, two: Entries) -> bool:
    """Whether two specifications read all logs alike, as far as their texts show."""
    return changed_entries(one, two) == frozenset()


def changed_entries(one: Entries, two: Entries) -> frozenset[str] | None:
    """The entries of events on which two specifications differ; None means all entries.

    A log without such an event is read alike by both.
    """
    if one.specification.report != two.specification.report:
        return None
    return _changed_events(one, two)


_WHOLE = ("generations", "states", "definitions", "variables", "findings", "lines")
"""What bears on all entries."""


def _changed_events(one: Entries, two: Entries) -> frozenset[str] | None:
    """The entries on which two specifications differ, whatever they report; None means all."""
    first, second = one.specification, two.specification
    if any(getattr(first, part) != getattr(second, part) for part in _WHOLE):
        return None
    if list(one.said) != list(two.said) or _differ_in_unions(first, second):
        return None
    return frozenset(name for name, said in one.said.items() if said != two.said[name])


def _differ_in_unions(one: Specification, two: Specification) -> bool:
    """Whether an expression reads a virtual state that is another one in the other."""
    if one.virtual_states == two.virtual_states:
        return False
    names = {state.name for state in {*one.virtual_states} ^ {*two.virtual_states}}
    return any(
        isinstance(node, Name) and node.name in names
        for specification in (one, two)
        for expression in expressions(specification)
        for node in walk(expression.tree)
    )


def put_together(base: Entries, one: Entries, two: Entries) -> Entries | None:
    """What two specifications change of a third; None where both change the same.

    They do not where no event is read otherwise by both, and only one reports otherwise.
    """
    first, second = _changed_events(base, one), _changed_events(base, two)
    if first is None or second is None or first & second:
        return None
    own, other, another = (each.specification for each in (base, one, two))
    if own.report not in (other.report, another.report):
        return None
    some, more = _changed_rules(own, other), _changed_rules(own, another)
    if some.keys() & more.keys():
        return None
    of = {name: one if name in first else two if name in second else base for name in base.said}
    rules = {rule.id: rule for rule in own.rules} | some | more
    specification = own._replace(
        events=tuple(source.events[name] for name, source in of.items()),
        transitions=tuple(row for name, source in of.items() for row in source.rows[name]),
        rules=tuple(rule for rule in rules.values() if rule is not None),
        report=another.report if own.report == other.report else other.report,
    )
    return Entries(
        specification,
        {name: source.events[name] for name, source in of.items()},
        {name: source.rows[name] for name, source in of.items()},
        {name: source.said[name] for name, source in of.items()},
    )


def _changed_rules(own: Specification, other: Specification) -> dict[str, Rule | None]:
    """The rules that differ, as the other has them; None for one that it has not."""
    ours, theirs = ({rule.id: rule for rule in each.rules} for each in (own, other))
    return {
        name: theirs.get(name)
        for name in ours | theirs
        if name not in ours or name not in theirs or _differ(ours[name], theirs[name])
    }


def _differ(one: Rule, two: Rule) -> bool:
    return (one.level, one.on, one.require) != (two.level, two.on, two.require)

"""Times as expressions read them: of events in policies, and of a whole log in reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from flux_conform.language.expressions import (
    SINCE,
    TIME,
    TIMES,
    About,
    Definition,
    Expression,
    Name,
    Node,
    expand,
    walk,
)
from flux_conform.language.levels import POLICY
from flux_conform.language.specification import ANY_EVENT, Specification
from flux_conform.machine.moment import Moment, Times, Unreadable, Value

NO_TIMES: Times = {}


def event_time(moment: Moment) -> Value:
    """The time of the event; a field of the report may have the same name."""
    if TIME in moment.report:
        return moment.report[TIME]
    return _now(moment)


def time_of(event: str, place: int) -> Callable[[Moment], Value]:
    """The time of the first (0) or last (1) event of a name; none before the first."""

    def read(moment: Moment) -> Value:
        times = getattr(moment, "times", None)
        if times is None:  # of a whole log, as its lines have it
            return (moment.last_times if place else moment.first_times).get(event)
        return _known(times, event, place)

    return read


def duration_since(event: str) -> Callable[[Moment], Value]:
    """How long the last event of a name is ago; none before the first."""

    def read(moment: Moment) -> Value:
        last = _known(getattr(moment, "times", NO_TIMES), event, 1)
        return None if last is None else _now(moment) - last

    return read


def _now(moment: Moment) -> Fraction:
    now: Fraction | None = getattr(moment, "time", None)
    if now is None:
        raise Unreadable
    return now


def _known(times: Times, event: str, place: int) -> Fraction | None:
    pair = times.get(event)
    if pair is None:
        return None
    if pair[place] is None:
        raise Unreadable
    return pair[place]


def only_timed(holds: Callable[[Moment], Value]) -> Callable[[Moment], Value]:
    """What is asked only where the time of the event is known."""

    def read(moment: Moment) -> Value:
        _now(moment)
        return holds(moment)

    return read


class TimedParts(NamedTuple):
    """What of a specification asks for times.

    `rules` are the ids of the rules that do, and are judged only where the time of the event is
    known. `asked` are the events of whose times they, or the messages of a rule, ask; `at` the
    events at which some rule or message does.
    """

    rules: frozenset[str]
    asked: frozenset[str]
    at: frozenset[str]

    def needs_time_of(self, event: str) -> bool:
        """Whether the time of an event of a name (of `events`) matters."""
        return event in self.asked or event in self.at or ANY_EVENT in self.at


def timed_parts(specification: Specification) -> TimedParts | None:
    """What of a specification asks for times; None where nothing does, as the source never does."""
    definitions: dict[str, Definition] | None = None
    rules, asked, at = set(), set[str](), set[str]()
    for rule in specification.rules:
        if rule.level != POLICY:
            continue
        definitions = specification.definition_table if definitions is None else definitions
        told = [part.tree for part in (*rule.breach, *rule.repair) if isinstance(part, Expression)]
        required, *others = [_asked(tree, definitions) for tree in (rule.require.tree, *told)]
        if required is not None:
            rules.add(rule.id)
        for names in (required, *others):
            if names is not None:
                asked |= names
                at |= {*rule.on}
    return TimedParts(frozenset(rules), frozenset(asked), frozenset(at)) if at else None


def timed_rules(specification: Specification) -> frozenset[str]:
    """The ids of the rules that ask for times."""
    timed = timed_parts(specification)
    return frozenset() if timed is None else timed.rules


def _asked(tree: Node, definitions: Mapping[str, Definition]) -> frozenset[str] | None:
    """The events of whose times an expression asks; None where it asks for no time at all."""
    parts = [*walk(expand(tree, definitions))]
    named = [part for part in parts if isinstance(part, About) and part.function in (SINCE, *TIMES)]
    return frozenset(part.name for part in named) if named or Name(TIME) in parts else None


def after_event(times: Times, event: str, time: Fraction | None) -> Times:
    """The times after an event of a name; its time is None where it is not known."""
    first = times[event][0] if event in times else time
    return {**times, event: (first, time)}

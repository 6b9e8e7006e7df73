"""Times as expressions read them: of events in policies, and of a whole log in reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from flux_conform.language.expressions import (
    SINCE,
    TIME,
    TIMES,
    About,
    Definition,
    Expression,
    Key,
    List,
    Name,
    Node,
    expand,
    walk,
)
from flux_conform.language.levels import POLICY
from flux_conform.language.specification import ANY_EVENT, Specification
from flux_conform.machine.moment import Moment, Times, Unreadable, Value

NO_TIMES: Times = {}

OF_TIMES = ("never",)
"""Kinds of properties that may ask for times."""


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


def timed_claims(specification: Specification) -> frozenset[str]:
    """The ids of the properties that ask for times."""
    table = specification.definition_table
    return frozenset(
        claim.id
        for claim in specification.properties
        if claim.kind in OF_TIMES
        for said in (claim.when, claim.claim)
        if said is not None and asks_time(expand(said.tree, table))
    )


def asks_time(tree: Node) -> bool:
    """Whether a tree, definitions put in, asks for the time of an event."""
    return any(map(_is_time, walk(tree)))


def asked_times(tree: Node) -> frozenset[str]:
    """The events of whose times a tree, definitions put in, asks."""
    return _asked(tree, {}) or frozenset()


def asked_beside(trees: Iterable[Node]) -> List:
    """What trees with times read besides, and which events they ask for, as one tree of no sense.

    What has it in its place knows all but the times.
    """
    found: dict[Node, None] = {}
    for part in (part for tree in trees for part in walk(tree)):
        if isinstance(part, About):
            found[About("seen", part.name) if _is_time(part) else part] = None
        elif isinstance(part, Key) or (isinstance(part, Name) and part.name != TIME):
            found[part] = None
    return List(tuple(found))


def _is_time(part: Node) -> bool:
    return part == Name(TIME) or (isinstance(part, About) and part.function in (SINCE, *TIMES))


def _asked(tree: Node, definitions: Mapping[str, Definition]) -> frozenset[str] | None:
    """The events of whose times an expression asks; None where it asks for no time at all."""
    times = [part for part in walk(expand(tree, definitions)) if _is_time(part)]
    return frozenset(part.name for part in times if isinstance(part, About)) if times else None


def after_event(times: Times, event: str, time: Fraction | None) -> Times:
    """The times after an event of a name; its time is None where it is not known."""
    first = times[event][0] if event in times else time
    return {**times, event: (first, time)}

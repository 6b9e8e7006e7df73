"""Strategies for whole logs: logs that conform, that break a rule, or that end in a state.

The reach of a specification takes up to a second to build, so it is built with the strategy. At the
first draw it would count as slow data generation and fail a health check.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from flux_conform.checking.finding import CONFORMS, INCOMPLETE, VIOLATES
from flux_conform.language.levels import LEVELS, NOTE, counting
from flux_conform.language.specification import Specification
from flux_conform.strategies.arguments import Model, check_positive, specification_of, unknown
from flux_conform.strategies.drawn_log import Eventlog
from flux_conform.strategies.goals import breaking, clean, ending_in, incomplete
from flux_conform.strategies.reachability import Reachability, reachability_of
from flux_conform.strategies.rule_breaks import faults_of
from flux_conform.suite.making.testable import TWO_LOGS, Clause, clauses_of

Verdict = Literal["conforms", "incomplete", "violates"]

VERDICTS = (CONFORMS, INCOMPLETE, VIOLATES)

MAX_EVENTS = 32
"""Default maximum number of events of a log."""


def eventlogs(
    model: Model = "job",
    *,
    verdict: Verdict | None = None,
    rule: str | None = None,
    strict: bool | None = None,
    generation: str | None = None,
    max_events: int = MAX_EVENTS,
) -> SearchStrategy[Eventlog]:
    """Draw logs with a given verdict; by default logs that conform.

    First an event in a state is drawn, each with the same probability, then a path to it and a
    continuation. So rare states are drawn as often as others.

    `verdict` is "conforms" (to the end), "incomplete" (a conforming log that has not ended) or
    "violates"; with a `rule` it defaults to the verdict that the rule's level gives. `rule` is the
    id of a rule that each log breaks, perhaps together with others (`broken_by` breaks no other).
    `strict` is as in `check --strict`: whether warnings count. With None the verdict holds either
    way: conforming logs have no warnings, and violating logs break a MUST. With False, conforming
    logs may have a warning. `generation` is the generation of the logs; None is today's. A log has
    at most `max_events` events. Raises InvalidArgument.
    """
    given = specification_of(model)
    specification = given.plain
    _check(specification, generation, max_events)
    if verdict is not None and verdict not in VERDICTS:
        unknown("verdict", verdict, VERDICTS)
    if verdict == INCOMPLETE and specification.final is None:
        raise InvalidArgument(
            f"no log of {specification.name} is incomplete, for its machine has no final state; "
            f"ask for verdict={CONFORMS!r}"
        )
    ends = {CONFORMS: True, INCOMPLETE: False}.get(verdict or "")
    if rule is not None:
        _check_rule(specification, rule, verdict, strict)
        found = _breaking(specification, rule, generation, max_events, ends=ends, alone=False)
        return _in_form(given, found)
    reach = reachability_of(specification, generation or specification.today.name)
    if verdict == VIOLATES:
        found = _any_of(reach, counting(strict=bool(strict)), max_events, ends=None)
        return _in_form(given, found)
    make = incomplete if verdict == INCOMPLETE else clean
    if strict is not False:
        return _in_form(given, make(reach, max_events))
    lesser = set(LEVELS) - set(counting(strict=False))
    others = _any_of(reach, lesser, max_events, ends=verdict != INCOMPLETE)
    return _in_form(given, make(reach, max_events) | others)


def broken_by(
    rule: str,
    model: Model = "job",
    *,
    generation: str | None = None,
    max_events: int = MAX_EVENTS,
) -> SearchStrategy[Eventlog]:
    """Draw logs that break a rule, and no other rule above the level note.

    `rule` is the id of a rule of the machine, of a finding of the machine itself, or of a rule of
    lines. The log may continue after the breach. Findings that are consequences of the breach do
    not count. If `generation` is None, it is today's, or else one in which the rule can be broken.
    Raises InvalidArgument, also if no log can break the rule alone.
    """
    given = specification_of(model)
    specification = given.plain
    _check(specification, generation, max_events)
    clause = _clause(specification, rule)
    if clause.untestable:
        raise InvalidArgument(f"nothing breaks {rule} and no other rule: {clause.untestable}")
    found = _breaking(specification, rule, generation, max_events, ends=None, alone=True)
    return _in_form(given, found)


def runs(
    model: Model = "job",
    to: str | None = None,
    *,
    generation: str | None = None,
    max_events: int = MAX_EVENTS,
) -> SearchStrategy[Eventlog]:
    """Draw logs that break no rule and end in a state: `to`, or any state.

    A virtual state stands for its members, each equally likely. Raises InvalidArgument, also if no
    log reaches the state.
    """
    given = specification_of(model)
    specification = given.plain
    _check(specification, generation, max_events)
    members: dict[str, tuple[str, ...]] = {s.name: (s.name,) for s in specification.states}
    members.update((state.name, state.members) for state in specification.virtual_states)
    if to is not None and to not in members:
        unknown("state", to, members)
    states = tuple(state.name for state in specification.states) if to is None else members[to]
    name = generation or specification.today.name
    return _in_form(given, ending_in(reachability_of(specification, name), states, max_events))


# Arguments


def _check(specification: Specification, generation: str | None, max_events: int) -> None:
    known = [each.name for each in specification.generations]
    if generation is not None and generation not in known:
        unknown("generation", generation, known)
    check_positive("max_events", max_events)


def _check_rule(
    specification: Specification, rule: str, verdict: str | None, strict: bool | None
) -> None:
    """Raise InvalidArgument if a log that breaks the rule cannot have the verdict."""
    clause = _clause(specification, rule)
    violates = clause.level in counting(strict=bool(strict))
    if verdict == VIOLATES and not violates:
        hint = ", or strict=True" if clause.level != NOTE else ""
        raise InvalidArgument(
            f"a log that breaks {rule} does not violate for that: its level is {clause.level}; "
            f"leave the verdict out{hint}"
        )
    if verdict in (CONFORMS, INCOMPLETE) and violates:
        raise InvalidArgument(
            f"no log that breaks {rule} is {verdict}: its level is {clause.level}; "
            "leave the verdict out"
        )


def _clause(specification: Specification, rule: str) -> Clause:
    clauses = {clause.id: clause for clause in clauses_of(specification)}
    if rule not in clauses:
        unknown("rule", rule, clauses)
    if clauses[rule].untestable == TWO_LOGS:
        raise InvalidArgument(f"no log alone breaks {rule}: it compares two snapshots of one log")
    return clauses[rule]


# Strategies


def _in_form(
    specification: Specification, logs: SearchStrategy[Eventlog]
) -> SearchStrategy[Eventlog]:
    """Draw logs in the form of the specification's lines."""
    form = specification.fields
    if form is None:
        return logs
    writable = logs.filter(lambda log: form.can_write(log.data))
    return writable.map(lambda log: Eventlog(form.log(log.data)))


def _any_of(
    reach: Reachability, levels: Collection[str], most: int, *, ends: bool | None
) -> SearchStrategy[Eventlog]:
    """Draw logs that break some rule of these levels, each rule equally likely."""
    faults = faults_of(reach.specification, reach.generation)
    found = [
        breaking(faults, clause.id, most, ends=ends, alone=ends is not None)
        for clause in faults.clauses.values()
        if clause.level in levels
    ]
    known = [each for each in found if each is not None]
    if not known:
        raise InvalidArgument(
            f"no log of {reach.specification.name} of {most} events at most breaks a rule"
        )
    return st.one_of(known)


def _breaking(
    specification: Specification,
    rule: str,
    generation: str | None,
    most: int,
    *,
    ends: bool | None,
    alone: bool,
) -> SearchStrategy[Eventlog]:
    """Draw logs that break a rule, of the first generation in which it can be broken."""
    today = specification.today.name
    others = [each.name for each in specification.generations if each.name != today]
    generations = [generation] if generation is not None else [today, *others]
    # Some rules can be broken alone only after a silent event, which causes a note.
    for silent in (False, True):
        for name in generations:
            faults = faults_of(specification, name, silent=silent)
            found = breaking(faults, rule, most, ends=ends, alone=alone)
            if found is not None:
                return found
    what = "breaks nothing but" if alone else "breaks"
    raise InvalidArgument(
        f"no log of {' or '.join(generations)}, and of {most} events at most, was found "
        f"that {what} {rule}"
    )

"""Vectors for rules: each is broken alone by a shortest log, and obeyed by a log near to it.

A near log differs by one change: another context, an event more or less, or two events swapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flux_conform.language.expressions import Binary
from flux_conform.language.specification import ANY_EVENT, MOVES, SILENT, STAYS, Rule
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.evaluate import Unreadable, compile_expression
from flux_conform.machine.step import Machine
from flux_conform.suite.making.clean_graph import CleanGraph, taken
from flux_conform.suite.making.step_vectors import Trial, after, plainest, slug
from flux_conform.suite.making.telling_events import Letter, Logged, log_of
from flux_conform.suite.making.vector import Draft


def broken_alone(trials: Iterable[Trial], rules: Iterable[Rule]) -> dict[tuple[Rule, str], Trial]:
    """For each rule and event, the plainest trial that breaks it and no other above a note.

    A rule of any event has one trial, under the event "".
    """
    return plainest(_broken_alone(trials, {rule.id: rule for rule in rules}))


def _broken_alone(
    trials: Iterable[Trial], rules: Mapping[str, Rule]
) -> Iterator[tuple[tuple[Rule, str], Trial]]:
    for trial in trials:
        broken = {breach.rule.id for breach in trial.broken or trial.done.breaches}
        rule = rules.get(min(broken)) if len(broken) == 1 else None
        if rule is not None and trial.done.outcome in (MOVES, STAYS, SILENT):
            yield (rule, "" if ANY_EVENT in rule.on else trial.letter.event), trial


def broken_rules(
    graph: CleanGraph,
    letters: Sequence[Letter],
    best: Mapping[tuple[Rule, str], Trial],
    mark: str = "",
) -> Iterator[Draft]:
    """Each rule, for each of its events: broken alone, and obeyed in a near miss."""
    for (rule, event), trial in best.items():
        name = mark + slug(rule.id) + (f"-{slug(event)}" if len(rule.on) > 1 else "")
        draft = Draft(
            "rules",
            f"{name}-broken",
            "rule-broken",
            f"breaks nothing but this: {rule.says}",
            log_of(trial.events),
            (rule.id,),
            trial.about,
        )
        yield draft
        near = _nearest(graph, letters, rule, trial)
        if near is None:
            continue
        obeyed = draft._replace(
            name=f"{name}-obeyed",
            purpose="rule-obeyed",
            says=f"a near miss that obeys it: {rule.says}",
            log=log_of(near),
            about=None,
        )
        yield obeyed
        ending = graph.ending(after(graph.machine, near))
        if ending:
            yield obeyed._replace(
                name=f"{name}-obeyed-to-the-end",
                says=f"a near miss that obeys it, and goes on to its end: {rule.says}",
                log=log_of((*near, *ending)),
            )


def _nearest(
    graph: CleanGraph, letters: Sequence[Letter], rule: Rule, trial: Trial
) -> tuple[Logged, ...] | None:
    """The nearest clean log to a trial in which the rule applies."""
    last = trial.logged
    fixed = [Logged(one.name, one.context) for one in letters if not one.terms]
    terms = [one.at(trial.place.configuration) for one in letters if one.terms]
    offered = list(dict.fromkeys([*fixed, *(one for one in terms if one is not None)]))
    for events in _changes(trial.events, offered):
        if _obeys(graph, rule, last.name, events):
            return events
    # No single change helps: the nearest clean log that ends with such an event.
    for place in graph.places:
        for other in offered:
            if other.name == last.name and _obeys(graph, rule, last.name, (*place.log, other)):
                return (*place.log, other)
    return None


def _changes(events: tuple[Logged, ...], offered: Sequence[Logged]) -> Iterator[tuple[Logged, ...]]:
    last = len(events) - 1
    for place in range(last, -1, -1):
        for other in offered:
            if other.name == events[place].name and other != events[place]:
                yield (*events[:place], other, *events[place + 1 :])
    for place in range(last, -1, -1):
        for other in offered:
            yield (*events[:place], other, *events[place:])
    for place in range(last - 1, -1, -1):
        yield (*events[:place], *events[place + 1 :])
    for place in range(last - 1, -1, -1):
        yield (*events[:place], *events[place + 1 :], events[place])


def _obeys(graph: CleanGraph, rule: Rule, event: str, events: Sequence[Logged]) -> bool:
    """Whether a log is clean and the rule applies in it to an event of that name."""
    machine, configuration, judged = graph.machine, graph.machine.initial, False
    for logged in events:
        step = taken(machine, configuration, logged)
        if not graph.is_clean(step):
            return False
        if ANY_EVENT in rule.on or logged.name == event:
            judged = judged or _speaks(machine, rule, configuration, logged)
        configuration = step.after
    return judged


def _speaks(machine: Machine, rule: Rule, before: Configuration, logged: Logged) -> bool:
    """Whether the condition of a rule of the form `A implies B` holds; True for other rules."""
    tree = rule.require.tree
    if not (isinstance(tree, Binary) and tree.operator == "implies"):
        return True
    moment = before.moment(logged.name, logged.value)
    try:
        return bool(compile_expression(tree.left, machine.specification.definition_table)(moment))
    except Unreadable:
        return False

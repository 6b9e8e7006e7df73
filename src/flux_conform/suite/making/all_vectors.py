"""All vectors of a specification, made from it alone and always the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, count
from types import MappingProxyType
from typing import NamedTuple

from flux_conform.language.line_form import LineForm
from flux_conform.language.specification import ANY_EVENT, Rule, Specification, Transition
from flux_conform.machine.step import Machine
from flux_conform.suite.making.assignments import Assignment, Readings
from flux_conform.suite.making.choice import ALL, Choice
from flux_conform.suite.making.clean_graph import BOUNDS, CleanGraph
from flux_conform.suite.making.contested import Contests
from flux_conform.suite.making.context_vectors import contexts
from flux_conform.suite.making.control_vectors import (
    CONTROL,
    CompleteSet,
    TooLarge,
    control_set,
)
from flux_conform.suite.making.data_vectors import NEAREST, judged_on_data, rule_data_of
from flux_conform.suite.making.further_letters import extend_to_all, is_core
from flux_conform.suite.making.history_vectors import histories
from flux_conform.suite.making.interposed_vectors import of_reports, of_rules
from flux_conform.suite.making.lane_vectors import of_lanes
from flux_conform.suite.making.length_vectors import long_logs, longest_place, prefixes
from flux_conform.suite.making.line_vectors import carrier_of, line_faults
from flux_conform.suite.making.member_vectors import several
from flux_conform.suite.making.observe import Observer, ReadLog, is_beyond_64_bits, read_log
from flux_conform.suite.making.question_vectors import of_questions
from flux_conform.suite.making.report_vectors import reported
from flux_conform.suite.making.rule_vectors import broken_alone, broken_rules
from flux_conform.suite.making.step_vectors import pairs, plainest, sequences, trials
from flux_conform.suite.making.strengthen import FAULTS
from flux_conform.suite.making.telling_events import Letter, Logged, letters_of
from flux_conform.suite.making.text_vectors import texts
from flux_conform.suite.making.time_vectors import of_times
from flux_conform.suite.making.vector import Draft, Vector, expected

SHORTEST_WHOLE = 3
"""Number of lines of a log in which one is garbled, so that lines stand before and after it."""


class Suite(NamedTuple):
    """The vectors of a specification; `control` is the complete set of its control machine.

    `lacks` is what is left out of it, "" if nothing is. `smoke` are the ids of the vectors of the
    smoke tier, `choice` says which vectors of the specification the suite holds.
    `questions` are the open questions that vectors rest on, each with the names of its readings,
    the specification's first. `left_out` are the pairs of readings that do not fit each other.
    """

    specification: Specification
    vectors: tuple[Vector, ...]
    control: CompleteSet | None
    lacks: str = ""
    smoke: frozenset[str] = frozenset()
    choice: Choice = ALL
    questions: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    left_out: tuple[Assignment, ...] = ()


def generate(
    specification: Specification,
    path: str,
    added: Iterable[Draft] = (),
    groups: Collection[str] | None = None,
) -> Suite:
    """Make the suite.

    `path` is the file of the specification; readings of its open questions are changes of it.
    `added` are further logs, such as those that kill mutants. `groups` are those to make, all if
    None; a control set that is asked for there is the whole one, whatever its size. What the
    specification claims, and its scenarios, make no difference.
    """
    specification = specification.without_claims
    form = specification.fields
    machine = Machine(specification.plain)
    letters = letters_of(specification)
    unchecked = frozenset() if form is None else form.unchecked
    control, lacks = _control(machine, letters, groups)
    drafts: dict[bytes, Draft] = {}
    names: set[str] = set()
    # A log that several groups make gets its purpose from the first, so the most specific is first.
    made = [
        *(_generation(machine, letters, g.name, unchecked) for g in specification.generations),
        control.drafts() if control is not None else iter(()),
    ]
    logs = chain.from_iterable(made)
    written = logs if form is None else _in_form(form, logs)
    for draft in chain(written, of_questions(specification), added):
        if groups is not None and draft.group not in groups:
            continue
        # One log is one vector, for the first purpose that made it and the clauses of all.
        known = drafts.get(draft.log)
        if known is not None:
            clauses = tuple(dict.fromkeys((*known.clauses, *draft.clauses)))
            drafts[draft.log] = known._replace(clauses=clauses)
            continue
        drafts[draft.log] = _named_apart(draft, names)
    readings = Readings(specification, path)
    contests = Contests(readings)
    vectors = tuple(_expected(specification, contests, drafts.values()))
    questions = contests.named(vectors)
    pairs = tuple(pair for pair in readings.left_out if questions.keys() >= dict(pair).keys())
    choice = ALL if groups is None else Choice(tuple(groups))
    return Suite(
        specification,
        vectors,
        control,
        lacks,
        choice=choice,
        questions=questions,
        left_out=pairs,
    )


def _in_form(form: LineForm, drafts: Iterable[Draft]) -> Iterator[Draft]:
    """The drafts with their logs in another form, without those that have none in it."""
    for draft in drafts:
        if form.can_write(draft.log):
            yield draft._replace(log=form.log(draft.log))


def with_more(suite: Suite, path: str, added: Iterable[Draft]) -> Suite:
    """The suite with further logs, none of which it has, behind the others; faults come last."""
    readings = Readings(suite.specification, path)
    contests = Contests(readings)
    names = {vector.draft.id for vector in suite.vectors}
    named = (_named_apart(draft, names) for draft in added)
    more = _expected(suite.specification, contests, named)
    vectors = sorted((*suite.vectors, *more), key=lambda vector: vector.draft.group == FAULTS)
    questions = contests.named(vectors)
    pairs = dict.fromkeys((*suite.left_out, *readings.left_out))
    left_out = tuple(pair for pair in pairs if questions.keys() >= dict(pair).keys())
    return suite._replace(vectors=tuple(vectors), questions=questions, left_out=left_out)


def _control(
    machine: Machine, letters: tuple[Letter, ...], groups: Collection[str] | None
) -> tuple[CompleteSet | None, str]:
    """The complete set of the control machine, and what is left out of it."""
    if groups is not None and CONTROL not in groups:
        return None, ""
    try:
        control = control_set(machine, letters, asked=groups is not None)
    except TooLarge as error:
        return None, f"all of it: {error}"
    return control, control.lacks


def _named_apart(draft: Draft, names: set[str]) -> Draft:
    """The draft under a free name, which joins the names.

    Rows that differ only in their guards give the same one, and so do logs that join a suite which
    has lost others of their group.
    """
    numbers = chain([""], (f"-{number}" for number in count(2)))
    offered = (draft._replace(name=draft.name + number) for number in numbers)
    free = next(each for each in offered if each.id not in names)
    names.add(free.id)
    return free


def _expected(
    specification: Specification, contests: Contests, drafts: Iterable[Draft]
) -> Iterator[Vector]:
    machine, observer = Machine(specification), Observer(specification)
    for draft in drafts:
        log = read_log(draft.log, specification)
        own = observer.observe(log)
        walked = _walked(machine, log, len(own.states))
        contest = contests.of(draft.log, log, own)
        if own.job is not None and not contest.questions and any(map(is_beyond_64_bits, log)):
            # No question says that a reader may refuse it, and nearly every reader does.
            continue
        yield Vector(draft, expected(machine, draft.log, own), *walked, *contest)


def _walked(machine: Machine, log: ReadLog, events: int) -> tuple[str, tuple[Transition, ...]]:
    """The generation of a log, and the transitions of that many events and the one after them."""
    configuration = machine.initial
    taken: dict[Transition, None] = {}
    for number, line in enumerate(line for line in log if line.name is not None):
        assert line.name is not None
        step = machine.step(
            configuration, line.name, line.context, context_is_object=line.is_object
        )
        configuration = step.after
        if step.transition is not None and number <= events:
            taken[step.transition] = None
    return configuration.generation or machine.specification.today.name, tuple(taken)


def _generation(
    machine: Machine, letters: tuple[Letter, ...], generation: str, unchecked: Collection[str]
) -> Iterator[Draft]:
    """The vectors of one generation of logs; the names of older ones have a prefix."""
    specification = machine.specification
    today = generation == specification.today.name
    mark = "" if today else f"{generation}-"
    # The first event of an older log may get a note that it is old, and with it every such log.
    bounds = BOUNDS if today else NEAREST
    core = list(filter(is_core, letters))
    graph = CleanGraph(machine, core, generation=generation, bounds=bounds, notes=not today)
    extend_to_all(graph, letters)
    rules = _rules_of(specification, generation)
    rule_data_sets = [
        rule_data_of(machine, rule, letters, graph, notes=not today)
        for rule in rules
        if ANY_EVENT not in rule.on  # trials below cover it: every place and letter exercises it
    ]
    tried = trials(graph, letters)
    alone = [broken_alone(tried, rules)]
    alone += [broken_alone(each.trials, [each.rule]) for each in rule_data_sets]
    best = plainest(chain.from_iterable(found.items() for found in alone))
    ruled = list(broken_rules(graph, letters, best, mark))
    yield from ruled
    yield from sequences(graph, mark)
    yield from pairs(graph, tried, mark)
    for rule_data in rule_data_sets:
        yield from judged_on_data(rule_data, mark)
    if today:
        yield from several(graph, letters)
        yield from of_lanes(graph, letters)
        yield from reported(Machine(specification, report=True), letters, graph, generation)
        yield from contexts(graph, graph.letters)
        yield from prefixes(graph)
        whole = _whole(graph)
        ids = {line.check: line.id for line in specification.lines}
        yield from line_faults(whole, ids, carrier_of(machine, whole), unchecked)
        yield from long_logs(graph, graph.letters)
        yield from texts(graph, letters)
        yield from histories(specification, graph, letters)
        yield from of_rules(graph, letters, ruled)
        yield from of_reports(graph, letters)
        yield from of_times(graph, letters)


def _rules_of(specification: Specification, generation: str) -> tuple[Rule, ...]:
    """The rules to try in a generation: all in today's, in others those of events with own rows."""
    if generation == specification.today.name:
        return specification.rules
    rows = [row for row in specification.transitions if row.generation == generation]
    events = {row.event for row in rows}
    return tuple(rule for rule in specification.rules if events & set(rule.on))


def _whole(graph: CleanGraph) -> tuple[Logged, ...]:
    """The longest of the shortest logs to the final state; of three events or more if possible."""
    number = longest_place(graph)
    events = list(graph.places[number].log)
    while len(events) < SHORTEST_WHOLE and number < len(graph.ways) and graph.ways[number]:
        way = graph.ways[number][0]
        events.append(way.logged)
        number = way.target
    return tuple(events)

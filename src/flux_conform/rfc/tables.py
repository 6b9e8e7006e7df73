"""The tables that a text takes from a specification: states, events, transitions, rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flux_conform.language import types as t
from flux_conform.language.expressions import Constant, show
from flux_conform.language.lane_meaning import as_written
from flux_conform.language.names import Revision
from flux_conform.language.specification import (
    MOVES,
    UNLISTED,
    AnyContext,
    EmptyContext,
    Event,
    Specification,
    State,
    Transition,
    TypedContext,
    UndefinedContext,
    Variable,
)
from flux_conform.language.type_text import words_of_type
from flux_conform.machine.outcome_table import matrix
from flux_conform.machine.outcome_table import show as shown_outcome
from flux_conform.rfc.clauses import clauses
from flux_conform.rfc.guards import guard_words
from flux_conform.rfc.table import Cell, Code, Column, Link, Row, Span, Table, codes, joined

Maker = Callable[[Specification], Table]


def states(specification: Specification) -> Table:
    """The states with letter and meaning, and the events that enter and leave them today."""
    rows = []
    moves = [
        row
        for row in specification.transitions
        if row.outcome == MOVES and row.generation in (None, specification.today.name)
    ]
    for state in specification.machine_states:
        into = [row.event for row in moves if row.target == state.name]
        out = [row.event for row in moves if row.source == state.name]
        rows.append(
            _row(
                Code(state.name),
                Code(state.letter),
                (_sentence(state.says), *_mark(state)),
                codes(dict.fromkeys(into)),
                codes(dict.fromkeys(out)),
            )
        )
    columns = ("State", 3), ("Letter", 2), ("Meaning", 9), ("Entered by", 5), ("Left by", 6)
    return _table("states", "States", columns, rows)


def virtual_states(specification: Specification) -> Table:
    """The virtual states and their members."""
    rows = [_row(Code(each.name), codes(each.members)) for each in specification.virtual_states]
    return _table("virtual-states", "Virtual states", (("Name", 1), ("Stands for", 3)), rows)


def generations(specification: Specification) -> Table:
    """The generations of logs, how the first event identifies them, and what they are."""
    rows = []
    for generation in specification.generations:
        marks: Cell = ("every other log",)
        if generation.on is not None:
            marks = (Code(generation.on), " comes first")
            if generation.when is not None:
                marks = (*marks, ", and ", *guard_words(specification, generation.when))
        rows.append(_row(Code(generation.name), marks, _sentence(generation.says)))
    columns = ("Generation", 1), ("Told by", 3), ("What it is", 4)
    return _table("generations", "Generations of the log", columns, rows)


def events(specification: Specification) -> Table:
    """The events with meaning, posters and context."""
    rows = [
        _row(
            event_name(event),
            _sentence(event.says),
            ", ".join(event.by),
            _context_in_short(event),
        )
        for event in specification.events
    ]
    columns = ("Event", 5), ("Tells that", 6), ("Posted by", 4), ("Context", 5)
    return _table("events", "Events", columns, rows)


def event_name(event: Event) -> Span:
    """Return the name of an event or a family of events in a text."""
    return "any other event" if event.name == UNLISTED else Code(event.name)


def event_context(specification: Specification, name: str) -> Table | None:
    """Return the keys of an event's context; None if it has no keys of its own.

    Raises KeyError if the specification has no event of that name.
    """
    event = next((each for each in specification.events if each.name == name), None)
    if event is None:
        raise KeyError(name)
    if not isinstance(event.context, TypedContext) or not event.context.keys:
        return None
    rows = []
    for key, type_ in event.context.keys:
        optional = isinstance(type_, t.Optional)
        of = type_.of if isinstance(type_, t.Optional) else type_
        rows.append(_row(Code(key), words_of_type(of), "optional" if optional else "required"))
    columns = ("Key", 2), ("Value", 4), ("Presence", 1)
    return _table(f"context-{name}", f"Context of {name}", columns, rows)


def transitions(specification: Specification) -> Table:
    """The transitions that change the state, with guard, generation and basis."""
    together: dict[Transition, list[str]] = {}
    for row in specification.transitions:
        if row.outcome == MOVES:
            together.setdefault(row._replace(source=""), []).append(row.source)
    rows = []
    for row, sources in together.items():
        guard: Cell = guard_words(specification, row.when) if row.when is not None else ()
        if row.generation is not None:
            guard = (*guard, *(("; ",) if guard else ()), "in logs of ", Code(row.generation))
        target = _target(specification, row.target or "")
        rows.append(_row(codes(sources), Code(row.event), guard, target, " and ".join(row.basis)))
    rows += _rows_of_lanes(specification)
    columns = ("From", 4), ("Event", 3), ("Where", 3), ("To", 3), ("Source", 3)
    return _table("transitions", "Transitions", columns, rows)


def _rows_of_lanes(specification: Specification) -> Iterator[Row]:
    """The transitions of lanes that change a lane's state."""
    for lane in specification.lanes:
        for row in lane.rows:
            if row.target is not None:
                where = guard_words(specification, row.when) if row.when is not None else ()
                sources = (Code(lane.name), " in ", *codes(row.sources))
                basis = " and ".join(row.basis)
                yield _row(sources, Code(row.event), where, Code(row.target), basis)


def outcomes(specification: Specification, generation: str | None = None) -> Table:
    """The outcome of each event in each state: moves, stays, silent, undefined, captive.

    `generation` is the name of a generation; the default is today's.
    """
    name = specification.today.name if generation is None else generation
    specification = as_written(specification)
    columns = [("Event", 5), *((state.name, 3) for state in specification.machine_states)]
    by_case: dict[tuple[str, str], dict[str, Cell]] = {}
    for cell in matrix(specification, name):
        outcome = ("→ ", Code(cell.target)) if cell.target else (shown_outcome(cell),)
        by_case.setdefault((cell.event, cell.guard), {})[cell.state] = outcome
    whole = {event for event, guard in by_case if guard}
    rows = []
    for (event, guard), row in by_case.items():
        if event in whole and not guard:
            continue
        # A state without this guard has the same outcome for every context.
        plain = by_case.get((event, ""), {})
        label = event_name(specification.event(event))
        states = [state.name for state in specification.machine_states]
        cells = (row.get(state, plain.get(state, ())) for state in states)
        rows.append(_row((label, *_case(specification, event, guard)), *cells))
    return _table("outcomes", "What each event does in each state", tuple(columns), rows)


def posters(specification: Specification) -> Table:
    """The participants with the events they post."""
    by: dict[str, list[Span]] = {}
    for event in specification.events:
        for poster in event.by:
            by.setdefault(poster, []).append(event_name(event))
    rows = [_row(poster, joined(found)) for poster, found in by.items()]
    return _table("posters", "Who posts what", (("Who", 1), ("Events", 3)), rows)


def participants(specification: Specification) -> Table:
    """The participants, and the names under which they post events."""
    rows = [
        _row(each.name, _sentence(each.says), ", ".join((each.name, *each.roles)))
        for each in specification.participants
    ]
    columns = ("Who", 2), ("What it does", 5), ("Posts events as", 4)
    return _table("participants", "Who takes part", columns, rows)


def variables(specification: Specification) -> Table:
    """The variables and lanes, and the events that change them."""
    lanes, specification = specification.lanes, as_written(specification)
    changed: dict[str, list[str]] = {}
    for event in specification.events:
        for name, _ in event.effects:
            changed.setdefault(name, []).append(event.name)
    rows = [
        _row(
            Code(variable.name),
            _sentence(variable.says),
            _type_of(variable),
            codes(changed.get(variable.name, ())),
        )
        for variable in specification.variables
    ]
    for lane in lanes:
        states = ("lane: ", *codes(state.name for state in lane.states))
        moving = codes(dict.fromkeys(row.event for row in lane.rows))
        rows.append(_row(Code(lane.name), _sentence(lane.says), states, moving))
    columns = ("Name", 3), ("What it is", 6), ("Type", 5), ("Changed by", 5)
    return _table("variables", "What a reader remembers", columns, rows)


def _type_of(variable: Variable) -> Cell:
    of = Code(t.show(variable.type))
    if variable.start is None:
        return (of,)
    start = variable.start
    first = str(start) if isinstance(start, float) else show(Constant(start))
    return (of, ", at first ", Code(first))


def effects(specification: Specification) -> Table:
    """The effects of events on variables."""
    rows = [
        _row(Code(event.name), Code(name), Code(show(value.tree)))
        for event in as_written(specification).events
        for name, value in event.effects
    ]
    columns = ("Event", 5), ("Changes", 4), ("To", 13)
    return _table("effects", "What events change", columns, rows)


def report(specification: Specification) -> Table:
    """The fields of the report, and their expressions."""
    rows = [_row(Code(name), Code(show(value.tree))) for name, value in specification.report]
    return _table("report", "What is reported", (("Field", 2), ("Value", 7)), rows)


def awaited(specification: Specification) -> Table:
    """What a log waits for that stops in a state, and while what holds."""
    rows = []
    for row in as_written(specification).waits:
        while_: list[Span] = ["in ", *joined(map(Code, row.states), " or ")]
        if row.when is not None:
            while_ += [", where ", Code(show(row.when.tree))]
        if row.each is not None:
            while_ += [", for each of ", Code(show(row.each.tree))]
        rows.append(_row(Code(row.name), row.noun, tuple(while_)))
    columns = ("Name", 3), ("What a log waits for", 6), ("While it is", 11)
    return _table("awaited", "What a log waits for", columns, rows)


def rules(specification: Specification) -> Table:
    """The clauses, each with its id as a target: the clause index."""
    rows = [
        _row(
            Code(clause.id),
            clause.level,
            clause.says,
            clause.authority + (f", {clause.section}" if clause.section else ""),
            target=clause.id,
        )
        for clause in clauses(specification)
    ]
    columns = ("Rule", 13), ("Level", 5), ("What it asks", 16), ("RFC and section", 8)
    return _table("rules", "Clause index", columns, rows)


def claims(specification: Specification) -> Table:
    """The claims about every run, with their verdicts; see `flux-conform prove`."""
    rows = [
        _row(Code(claim.id), claim.says, claim.assuming, claim.expect)
        for claim in specification.properties
    ]
    columns = ("Claim", 7), ("What it says of every run", 8), ("Assuming", 2), ("Verdict", 2)
    return _table("claims", "Claims", columns, rows)


def questions(specification: Specification) -> Table:
    """The open questions, their readings, and the choice made."""
    rows = []
    for question in specification.questions:
        readings = joined((f"{each.by}: {each.says}" for each in question.readings), "; ")
        rows.append(
            _row(
                (Code(question.id), f" ({question.kind})"),
                readings,
                f"{question.chosen}, because {question.why}",
                target=f"question/{question.id}",
            )
        )
    columns = ("Question", 4), ("Readings", 7), ("Chosen", 6)
    return _table("questions", "Open questions", columns, rows)


def history(revisions: tuple[Revision, ...]) -> Table:
    """The revisions of a specification, with their dates."""
    rows = [_row(each.date, _sentence(each.title)) for each in revisions]
    return _table("history", "History", (("Date", 1), ("What it brought", 5)), rows)


TABLES: dict[str, Maker] = {
    "states": states,
    "virtual-states": virtual_states,
    "generations": generations,
    "events": events,
    "transitions": transitions,
    "outcomes": outcomes,
    "posters": posters,
    "participants": participants,
    "variables": variables,
    "effects": effects,
    "report": report,
    "awaited": awaited,
    "rules": rules,
    "claims": claims,
    "questions": questions,
}
"""The tables that only need a specification, by name."""


# Parts


def _table(name: str, title: str, columns: tuple[tuple[str, int], ...], rows: list[Row]) -> Table:
    return Table(name, title, tuple(Column(*column) for column in columns), tuple(rows))


def _row(*cells: Cell | Span, target: str | None = None) -> Row:
    return Row(tuple((c,) if isinstance(c, str | Code | Link) else c for c in cells), target)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _mark(state: State) -> Cell:
    if state.initial:
        return (" (initial)",)
    if state.open:
        return (" (final, not captive)",)
    return (" (final)",) if state.final else ()


def _target(specification: Specification, name: str) -> Cell:
    removed = specification.removed
    if removed is not None and removed.name == name:
        return (Code(name), " (no state: the log is deleted)")
    return (Code(name),)


def _context_in_short(event: Event) -> Cell:
    match event.context:
        case EmptyContext():
            return ("empty",)
        case UndefinedContext():
            return ("none",)
        case AnyContext():
            return ("any",)
        case TypedContext(type=t.Record(fields=fields)):
            spans: list[Span] = []
            for key, of in fields:
                spans += [", "] if spans else []
                spans.append(Code(key))
                spans += ["?"] if isinstance(of, t.Optional) else []
            return tuple(spans)
        case TypedContext(type=type_):
            return (words_of_type(type_),)


def _case(specification: Specification, event: str, guard: str) -> Cell:
    """Return the guard of a row of outcomes, in words."""
    if not guard:
        return ()
    if guard == "else":
        return (" otherwise",)
    rows = (row for row in specification.transitions if row.event == event)
    when = next(row.when for row in rows if row.when is not None and row.when.text == guard)
    return (" where ", *guard_words(specification, when))

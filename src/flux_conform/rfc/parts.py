"""The parts of a text that are generated from a specification, by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property

from flux_conform.checking.finding import VIOLATES
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.replay import replay
from flux_conform.language.lanes import Lane, LaneRow
from flux_conform.language.line_form import written
from flux_conform.language.names import Revision
from flux_conform.language.scenarios import log_line, scenario_lines, scenario_log
from flux_conform.language.specification import (
    MOVES,
    UNDEFINED,
    AnyContext,
    EmptyContext,
    Event,
    Specification,
    Transition,
    UndefinedContext,
)
from flux_conform.language.type_text import words_of_context
from flux_conform.machine.step import Machine
from flux_conform.rfc.breaches import find_breaking_log
from flux_conform.rfc.clauses import clauses
from flux_conform.rfc.guards import guard_words
from flux_conform.rfc.marked import UnknownPart
from flux_conform.rfc.rst import code_block, escaped, field_list, inline, list_table, reference
from flux_conform.rfc.table import Cell, Code, Column, Row, Span, Table, codes
from flux_conform.rfc.tables import TABLES, event_context, history
from flux_conform.rfc.waits import wait_tables

_STRICT = Options(notes=True, strict=True)


class Parts:
    """Generates the parts of a text about one specification.

    `revisions` are those of its history. Call the object with a part's name and argument.
    """

    def __init__(self, specification: Specification, revisions: tuple[Revision, ...] = ()) -> None:
        self.specification = specification
        self.revisions = revisions
        self.targets = {clause.id for clause in clauses(specification)}
        self._with_argument: dict[str, tuple[tuple[str, ...], Callable[[str], str]]] = {
            "event": (tuple(event.name for event in specification.events), self._event),
            "scenario": (tuple(each.name for each in specification.scenarios), self._scenario),
            "reported": (tuple(each.name for each in specification.scenarios), self._reported),
            "breach": (tuple(sorted(self.targets)), self._breach),
        }
        self._alone: dict[str, Callable[[], str]] = {
            "source": self._source,
            "history": lambda: self._table(history(self.revisions)),
            "waits": lambda: self._table(self._waits[0]),
            "known-on-entry": lambda: self._table(self._waits[1]),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parts."""
        return (*TABLES, *self._alone, *self._with_argument)

    def __call__(self, name: str, argument: str) -> str:
        """Return the part's text. Raises UnknownPart."""
        if name in self._with_argument:
            known, make = self._with_argument[name]
            if argument not in known:
                what = f'unknown {name} "{argument}"' if argument else f'"{name}" of what?'
                raise UnknownPart(what, argument, known)
            return make(argument)
        if name not in self.names:
            raise UnknownPart(f'unknown part "{name}"', name, self.names)
        if argument:
            raise UnknownPart(f'"{name}" takes no argument, and "{argument}" is one', "", ())
        if name in self._alone:
            return self._alone[name]()
        return self._table(TABLES[name](self.specification))

    def _table(self, table: Table) -> str:
        return list_table(table, self.targets)

    @cached_property
    def _waits(self) -> tuple[Table, Table]:
        return wait_tables(self.specification)

    def _source(self) -> str:
        source = self.specification.source
        version = "" if source.version is None else f", version {source.version} of the log format"
        date = "" if source.date is None else f", as its text stood on {source.date}"
        return f"This text describes what {source.label} describes{version}{date}.\n"

    # Events

    def _event(self, name: str) -> str:
        event = next(each for each in self.specification.events if each.name == name)
        table = event_context(self.specification, name)
        fields: list[tuple[str, Cell]] = [
            ("Posted by", (", ".join(event.by),)),
            ("State", self._state_words(event)),
            ("Context", _context_words(event, table is not None)),
        ]
        parts = [field_list(fields)]
        if table is not None:
            parts.append(self._table(table))
        if not event.is_family:
            parts.append("Example:\n")
            parts.append(code_block(self._lines([log_line(event.name, event.example)])))
        return "\n".join(parts)

    def _state_words(self, event: Event) -> Cell:
        """Describe the effect of the event on the state."""
        groups: dict[Transition, list[str]] = {}
        for row in self.specification.transitions:
            if row.event == event.name and not row.lane:
                bare = row._replace(source="", basis=(), question=None, row=0)
                groups.setdefault(bare, []).append(row.source)
        order = [state.name for state in self.specification.states]
        phrases: list[Cell] = []
        for row, sources in groups.items():
            names = codes(sorted(sources, key=order.index))
            phrases.append((*self._outcome_words(row, names), *self._condition(row)))
        for lane in self.specification.lanes:
            phrases += [self._words_of(lane, of) for of in lane.rows_of(event.name)]
        last = {"stays": "stays", "silent": "nothing is said", "undefined": "undefined"}
        shown: list[Span] = [f"{last[event.elsewhere]} {'elsewhere' if phrases else 'everywhere'}"]
        captive = self.specification.captive
        if captive and event.elsewhere != "undefined":
            shown += [" but in ", *codes(captive)]
        cell: list[Span] = []
        for part in (*phrases, tuple(shown)):
            cell += ["; "] if cell else []
            cell += part
        return (*cell, ".")

    def _words_of(self, lane: Lane, row: LaneRow) -> Cell:
        where: Cell = ()
        if row.when is not None:
            where = (" where ", *guard_words(self.specification, row.when))
        place = (Code(lane.name), " in ", *codes(row.sources))
        if row.target is not None:
            return ("moves ", *place, " to ", Code(row.target), *where)
        return ("leaves " if row.outcome != UNDEFINED else "undefined with ", *place, *where)

    def _outcome_words(self, row: Transition, sources: Cell) -> Cell:
        if row.outcome == MOVES:
            return ("moves from ", *sources, " to ", Code(row.target or ""))
        words = {"stays": "stays in ", "silent": "nothing is said in "}
        return (words.get(row.outcome, "undefined in "), *sources)

    def _condition(self, row: Transition) -> Cell:
        where: Cell = ()
        if row.when is not None:
            where = (" where ", *guard_words(self.specification, row.when))
        if row.generation is not None:
            where = (*where, " in logs of ", Code(row.generation))
        return where

    # Logs

    def _scenario(self, name: str) -> str:
        scenario = self.specification.scenario(name)
        return (
            f"{escaped(scenario.says)}\n\n{code_block(self._lines(scenario_lines(scenario)))}\n"
            f"{self._verdict(scenario_log(scenario))}"
        )

    def _lines(self, lines: list[str] | tuple[str, ...]) -> tuple[str, ...]:
        return written(self.specification.fields, lines)

    def _verdict(self, log: bytes) -> str:
        """Describe the checker's verdict on a log, in a paragraph that a test can parse."""
        judgement = judge(Machine(self.specification.plain), log, _STRICT)
        ends = f"the log ends in {inline((Code(judgement.state),))}"
        roots = [each for each in judgement.findings if each.because is None]
        broken = [f"{reference(each.rule)} in line {each.line}" for each in roots]
        if judgement.verdict == VIOLATES:
            return f"Verdict: violates {', '.join(broken)}; {ends}.\n"
        verdict = f"Verdict: {judgement.verdict}; {ends}"
        return f"{verdict}, and no rule is broken.\n" if not broken else f"{verdict}.\n"

    def _reported(self, name: str) -> str:
        """Return the report on a scenario's log: each field that has a value."""
        scenario = self.specification.scenario(name)
        replayed = replay(Machine(self.specification.plain, report=True), scenario_log(scenario))
        fields = [(key, value) for key, value in replayed.report.items() if value is not None]
        rows = tuple(
            Row(((Code(key),), (Code(json.dumps(value, ensure_ascii=False)),)))
            for key, value in fields
        )
        columns = (Column("Field", 2), Column("Value", 5))
        title = f"What is reported: {scenario.title}"
        return self._table(Table(f"reported-{name}", title, columns, rows))

    def _breach(self, rule: str) -> str:
        found = find_breaking_log(self.specification, rule)
        if found is None:
            raise UnknownPart(f"no scenario can be changed so that it breaks {rule}", "", ())
        what = inline((f"The log of “{found.scenario.title}” with ", *found.how, "."))
        lines = self._lines(found.log.decode().splitlines())
        return f"{what}\n\n{code_block(lines)}\n{self._verdict(found.log)}"


def _context_words(event: Event, has_table: bool) -> Cell:
    if has_table:
        return ("an object with these keys; others are allowed.",)
    match event.context:
        case UndefinedContext():
            return ("none is defined.",)
        case AnyContext():
            return ("anything.",)
        case EmptyContext():
            return ("an empty object, or left out.",)
        case _:
            return (f"{words_of_context(event.context)}.",)

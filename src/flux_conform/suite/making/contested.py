"""Which expectations rest on an open question: those that another reading of it would change."""

from __future__ import annotations

from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loader import load_changed, load_neighbour
from flux_conform.language.open_questions import Question
from flux_conform.language.specification import ANY_EVENT, SILENT, Specification
from flux_conform.machine.step import Machine
from flux_conform.suite.making.observe import Observation, Observer, ReadLog

TERM, SLIP = "term", "slip"


class Contests:
    """The other readings of the open questions of a specification.

    A vector is contested by a question if a reading of it gives another observation. For questions
    of kind `term` (what a word means) only the verdicts count; those of kind `slip` (an obvious
    mistake in the text) contest nothing. If the language cannot express the readings of a question
    about a rule of lines, the question contests every log that breaks the rule.
    """

    def __init__(self, specification: Specification, path: str) -> None:
        """`path` is the file of the specification; the readings are changes of it."""
        self._machine = Machine(specification)
        self._readings: list[tuple[Question, Observer, frozenset[str] | None]] = []
        neighbour = load_neighbour(path)
        self._of_lines = [
            (question.id, line.check)
            for question in specification.questions
            if question.kind != SLIP and not any(each.change for each in question.readings)
            for line in specification.lines
            if line.id in question.about
        ]
        for question in specification.questions:
            for reading in question.readings:
                if reading.change is None or question.kind == SLIP:
                    continue
                try:
                    other = load_changed(neighbour, reading.change)
                except SpecificationFaults:
                    # A reading may not fit an older text; `questions` reports that.
                    continue
                entries = changed_entries(specification, other)
                self._readings.append((question, Observer(other), entries))

    def of(self, log: ReadLog, own: Observation) -> tuple[str, ...]:
        """The ids of the questions that contest what is observed of a log."""
        found = dict.fromkeys(self._silent(log, own))
        checks = {check for line in log for check in line.checks}
        found.update((name, None) for name, check in self._of_lines if check in checks)
        events = {self._machine.event(line.name).name for line in log if line.name is not None}
        for question, observer, entries in self._readings:
            if question.id in found or (entries is not None and entries.isdisjoint(events)):
                continue
            other = observer.observe(log)
            if other[:2] != own[:2] or (question.kind != TERM and other != own):
                found[question.id] = None
        return tuple(found)

    def _silent(self, log: ReadLog, own: Observation) -> list[str]:
        """The questions about silent steps, up to the first breach of a MUST."""
        questions = []
        configuration = self._machine.initial
        events = [line for line in log if line.name is not None]
        for event in events[: len(own.states)]:
            assert event.name is not None
            step = self._machine.step(configuration, event.name, event.context)
            if step.outcome == SILENT:
                row, entry = step.transition, self._machine.event(event.name)
                questions.append((row.question if row is not None else None) or entry.question)
            configuration = step.after
        return [question for question in questions if question is not None]


def changed_entries(one: Specification, two: Specification) -> frozenset[str] | None:
    """The entries of events on which two specifications differ; None means all entries.

    A log without such an event is read alike by both.
    """
    whole = ("generations", "states", "definitions", "variables", "findings", "lines", "report")
    if any(getattr(one, part) != getattr(two, part) for part in whole):
        return None
    names = [event.name for event in one.events]
    if names != [event.name for event in two.events]:
        return None
    return frozenset(name for name in names if _said_of(one, name) != _said_of(two, name))


def _said_of(specification: Specification, name: str) -> object:
    event = specification.event(name)
    rows = [
        (row.source, row.when, row.outcome, row.target, row.generation)
        for row in specification.transitions
        if row.event == name
    ]
    rules = [
        (rule.id, rule.level, rule.require)
        for rule in specification.rules
        if {name, ANY_EVENT} & set(rule.on)
    ]
    return event.context, event.effects, event.elsewhere, rows, rules

"""What other readings of the open questions expect of a log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

from flux_conform.language.specification import SILENT
from flux_conform.machine.step import Machine
from flux_conform.suite.making.assignments import Assignment, Readings
from flux_conform.suite.making.observe import Observation, ReadLog
from flux_conform.suite.making.vector import Alternative, Vector, expected

TERM = "term"


class Contest(NamedTuple):
    """The questions that an expectation rests on, and what their other readings expect."""

    questions: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


class Contests:
    """Which expectations rest on open questions, and what the other readings expect.

    A log rests on a question if a reading of it gives another observation, be it beside other
    readings of the questions that the log rests on. For questions of kind `term` (what a word
    means) only the verdicts count; those of kind `slip` (an obvious mistake in the text) contest
    nothing. Readings that the language cannot express contest a log from the point where it breaks
    a rule of lines that the question is about, or takes a silent step that names it.
    """

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._own = readings.reader(())
        assert self._own is not None
        self._machine = Machine(self._own.specification)
        self._sayable = {name: readings.sayable(name) for name in readings.questions}
        self._unsaid = {
            question.id: [reading.by for reading in question.others if reading.change is None]
            for question in readings.questions.values()
            if question.kind != TERM
        }
        self._of_lines = [
            (question.id, line.check)
            for question in readings.questions.values()
            for line in self._own.specification.lines
            if line.id in question.about and self._unsaid.get(question.id)
        ]
        self._judges: dict[Assignment, Machine] = {}

    def of(self, data: bytes, log: ReadLog, own: Observation) -> Contest:
        """What is contested of a log, of which the specification observes this."""
        free = self._free(log, own)
        seen: dict[Assignment, Observation] = {(): own}
        relevant = [name for name in self._sayable if name in free]
        ahead = True
        while ahead:
            ahead = False
            for base in list(self._assignments(relevant)):
                for name in self._sayable:
                    if name not in relevant and self._matters(name, base, log, seen):
                        relevant.append(name)
                        ahead = True
        if not relevant:
            return Contest()
        names = [name for name in self._sayable if name in relevant]
        found: list[Alternative] = []
        for choice in product(*(self._choices(name, is_free=name in free) for name in names)):
            found += self._alternative(dict(zip(names, choice, strict=True)), data, log, seen, free)
        return Contest(tuple(names), tuple(found)) if found else Contest()

    def named(self, vectors: Iterable[Vector]) -> dict[str, tuple[str, ...]]:
        """The questions that vectors rest on, with the names of their readings.

        The specification's reading is the first. One that nobody can say counts where a vector
        leaves it free what to expect.
        """
        met: set[tuple[str, str]] = set()
        rest: set[str] = set()
        for vector in vectors:
            rest.update(vector.contested)
            met.update(pair for each in vector.readings for pair in each.reading)
        return {
            name: tuple(
                by
                for by in self._choices(name, is_free=True)
                if by not in self._unsaid.get(name, ()) or (name, by) in met
            )
            for name in self._sayable
            if name in rest
        }

    def _choices(self, name: str, *, is_free: bool) -> list[str]:
        """The names of the readings of a question, the specification's first."""
        unsaid = self._unsaid.get(name, []) if is_free else []
        others = (reading.by for reading in self._sayable[name])
        return [self._readings.questions[name].own, *others, *unsaid]

    def _assignments(self, names: Iterable[str]) -> Iterator[Assignment]:
        """The assignments of some questions that are changes and can be loaded."""
        ordered = [name for name in self._sayable if name in set(names)]
        options = [[None, *(reading.by for reading in self._sayable[name])] for name in ordered]
        for choice in product(*options):
            pairs = zip(ordered, choice, strict=True)
            assignment = tuple((name, by) for name, by in pairs if by is not None)
            if self._readings.fits(assignment):
                yield assignment

    def _matters(
        self, name: str, base: Assignment, log: ReadLog, seen: dict[Assignment, Observation]
    ) -> bool:
        """Whether some reading of a question changes what is observed beside these readings."""
        before = self._observed(base, log, seen)
        # Events after the first breach of a MUST are not read.
        events = {
            self._machine.event(line.name).name
            for line in _up_to(log, len(before.states) + 1)
            if line.name is not None
        }
        is_term = self._readings.questions[name].kind == TERM
        for reading in self._sayable[name]:
            alone = self._readings.reader(((name, reading.by),))
            assert alone is not None
            if alone.entries is not None and alone.entries.isdisjoint(events):
                continue
            assignment = self._readings.with_reading(base, name, reading.by)
            if not self._readings.fits(assignment):
                continue
            after = self._observed(assignment, log, seen)
            if after[:2] != before[:2] or (not is_term and after != before):
                return True
        return False

    def _observed(
        self, assignment: Assignment, log: ReadLog, seen: dict[Assignment, Observation]
    ) -> Observation:
        if assignment not in seen:
            reader = self._readings.reader(assignment)
            assert reader is not None
            seen[assignment] = reader.observer.observe(log)
        return seen[assignment]

    def _alternative(
        self,
        chosen: Mapping[str, str],
        data: bytes,
        log: ReadLog,
        seen: dict[Assignment, Observation],
        free: Mapping[str, int],
    ) -> Iterator[Alternative]:
        """What these readings expect, unless it is what the specification does."""
        said = {name: by for name, by in chosen.items() if by not in self._unsaid.get(name, ())}
        assignment = tuple(
            (name, by) for name, by in said.items() if by != self._readings.questions[name].own
        )
        reader = self._readings.reader(assignment)
        if reader is None:
            return
        observed = self._observed(assignment, log, seen)
        reading = tuple(chosen.items())
        if len(said) < len(chosen):
            point = min(free[name] for name in chosen if name not in said)
            if point < len(observed.states) or not _breaks(observed):
                # What comes from there on, nobody can say.
                yield Alternative(reading, None, None, (), observed.states[:point], None)
                return
        if observed != seen[()]:
            machine = self._judges.setdefault(assignment, Machine(reader.specification))
            told = expected(machine, data, observed)
            yield Alternative(reading, *told[1:])

    def _free(self, log: ReadLog, own: Observation) -> dict[str, int]:
        """The questions with readings that nobody can say; and before which event they matter."""
        found: dict[str, int] = {}
        for name, check in self._of_lines:
            for number, line in enumerate(log):
                if check in line.checks:
                    before = sum(each.name is not None for each in log[:number])
                    found.setdefault(name, min(before, len(own.states)))
        for number, name in self._silent(log, own):
            if self._unsaid.get(name):
                found[name] = min(number, found.get(name, number))
        return found

    def _silent(self, log: ReadLog, own: Observation) -> Iterator[tuple[int, str]]:
        """The questions about silent steps, up to the first breach of a MUST."""
        configuration = self._machine.initial
        events = [line for line in log if line.name is not None]
        for number, event in enumerate(events[: len(own.states)]):
            assert event.name is not None
            step = self._machine.step(configuration, event.name, event.context)
            if step.outcome == SILENT:
                row, entry = step.transition, self._machine.event(event.name)
                question = (row.question if row is not None else None) or entry.question
                if question is not None:
                    yield number, question
            configuration = step.after


def _up_to(log: ReadLog, events: int) -> ReadLog:
    """The lines of a log up to that many events."""
    for number, line in enumerate(log, 1):
        events -= line.name is not None
        if not events:
            return log[:number]
    return log


def _breaks(observed: Observation) -> bool:
    """Whether a MUST is broken, so that nothing is read after it."""
    return observed.job is None

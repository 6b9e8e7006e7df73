"""The answers about open questions, as immutable values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flux_conform.diff.meaning import Misjudged
from flux_conform.language.line_form import LineForm, read_back
from flux_conform.language.open_questions import Question
from flux_conform.language.specification import Specification
from flux_conform.prove.witnesses import Run

MODEL, SEARCH = "model", "search"
"""Where a log comes from: the specification, or a search."""

VERDICT, STATE, VIRTUAL, FINDINGS, REPORT = "verdict", "state", "virtual", "findings", "report"
"""What two readings can disagree on; a field of the report is `report.NAME`."""


class CheckFinding(NamedTuple):
    """A finding of the checker, notes included: rule, level, line from 1, and message."""

    rule: str
    level: str
    line: int
    message: str


class CheckResult(NamedTuple):
    """The checker's result for a log: verdict, final state, findings and report."""

    verdict: str
    state: str
    findings: tuple[CheckFinding, ...]
    report: Mapping[str, Any]


Judge = Callable[[Specification, bytes], CheckResult]
"""The checker. Its result includes notes."""


class Log(NamedTuple):
    """An eventlog, as lines without newlines."""

    lines: tuple[str, ...]
    form: LineForm | None = None

    @classmethod
    def of(cls, run: Run, form: LineForm | None = None) -> Log:
        """Return the log of a run, whose lines are in that form."""
        return cls(tuple(event.line for event in run.events), form)

    @property
    def plain_lines(self) -> tuple[str, ...]:
        """The lines in the form of eventlogs."""
        return read_back(self.form, self.lines)

    @property
    def data(self) -> bytes:
        """The content of the log's file."""
        return "".join(f"{line}\n" for line in self.lines).encode()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its events."""
        return tuple(str(json.loads(line)["name"]) for line in self.plain_lines)


class ReadingResult(NamedTuple):
    """The result for a log under one reading.

    `by` is who holds the reading, or the choice made if no source holds it. `virtual` are the
    virtual states that contain the final state.
    """

    by: str
    checked: CheckResult
    virtual: tuple[str, ...]

    def part(self, name: str) -> Any:
        """Return one of the parts that can differ."""
        parts = {
            VERDICT: self.checked.verdict,
            STATE: self.checked.state,
            VIRTUAL: self.virtual,
            FINDINGS: {found._replace(message="") for found in self.checked.findings},
        }
        return parts.get(name, self.checked.report.get(name.removeprefix(f"{REPORT}.")))


class Refutation(NamedTuple):
    """A log that refutes a claim: a descriptive name, what it shows, and its final state."""

    name: str
    purpose: str
    log: Log
    state: str


class RelatedClaim(NamedTuple):
    """A claim that names open questions: its verdict, and the logs that refute it."""

    claim: str
    says: str
    verdict: str
    questions: tuple[str, ...]
    refutations: tuple[Refutation, ...]

    def of(self, question: Question) -> RelatedClaim:
        """Return the claim with only the logs that end with an event of the question, if any do."""
        own = tuple(each for each in self.refutations if each.log.names[-1] in question.about)
        return self._replace(refutations=own or self.refutations)


class OpenQuestion(NamedTuple):
    """An open question, with a log that shows its consequences, or with its fault.

    `results` are those of the readings that are written as changes, the chosen one first.
    """

    question: Question
    origin: str | None = None
    log: Log | None = None
    results: tuple[ReadingResult, ...] = ()
    fault: str | None = None
    claims: tuple[RelatedClaim, ...] = ()

    @property
    def differing(self) -> tuple[str, ...]:
        """The parts of the result in which the readings differ, in a fixed order."""
        results = self.results
        fields = dict.fromkeys(field for result in results for field in result.checked.report)
        parts = [VERDICT, STATE, VIRTUAL, FINDINGS, *(f"{REPORT}.{field}" for field in fields)]
        return tuple(
            part
            for part in parts
            if any(result.part(part) != results[0].part(part) for result in results)
        )


class SilentPair(NamedTuple):
    """A state and an event that the source does not mention there, in logs of one generation.

    `questions` own it; `owned` means that they own it under every guard. `log` is a shortest log
    that ends with it; without one, `complete` means that the explicit instance was searched
    completely.
    """

    state: str
    event: str
    generation: str
    questions: tuple[str, ...]
    owned: bool
    log: Log | None
    complete: bool

    @property
    def fault(self) -> str | None:
        """The fault of the pair, or None."""
        if self.owned:
            return None
        return f"nothing is said of {self.event} in {self.state}, and no question asks about it"


class Answers(NamedTuple):
    """What is open in a specification."""

    machine: str
    questions: tuple[OpenQuestion, ...]
    pairs: tuple[SilentPair, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults of the list itself."""
        of_questions = (
            f"{each.question.id}: {each.fault}" for each in self.questions if each.fault
        )
        return (*of_questions, *(pair.fault for pair in self.pairs if pair.fault))


def confirm(result: CheckResult, log: Log, state: str, levels: tuple[str, ...]) -> None:
    """Check that a log ends in the state that a search found, and breaks no rule of the levels.

    Raises Misjudged if the checker disagrees.
    """
    broken = [found for found in result.findings if found.level in levels]
    if result.state != state or broken:
        seen = f"{result.state} {[found.rule for found in broken]}"
        raise Misjudged(f"expected {state}, and the checker says {seen}", log.data)

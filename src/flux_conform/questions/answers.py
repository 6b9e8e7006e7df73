"""What is found out about open questions, as immutable values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flux_conform.diff.meaning import Misjudged
from flux_conform.language.open_questions import Question
from flux_conform.language.specification import Specification

MODEL, SEARCH = "model", "search"
"""Where a log comes from: the specification gives it, or it was looked for."""

VERDICT, STATE, VIRTUAL, FINDINGS, REPORT = "verdict", "state", "virtual", "findings", "report"
"""What readings can make differently of a log; a field of the report is `report.NAME`."""


class Found(NamedTuple):
    """A finding of the checker, notes too: the rule, its level, the line from 1, and in words."""

    rule: str
    level: str
    line: int
    message: str


class CheckResult(NamedTuple):
    """What the checker makes of a log: the verdict, the state at its end, findings, the report."""

    verdict: str
    state: str
    findings: tuple[Found, ...]
    report: Mapping[str, Any]


Judge = Callable[[Specification, bytes], CheckResult]
"""The checker. It tells of everything, notes too."""


class Log(NamedTuple):
    """An eventlog, as its lines without their ends."""

    lines: tuple[str, ...]

    @property
    def data(self) -> bytes:
        """The log as a file holds it."""
        return "".join(f"{line}\n" for line in self.lines).encode()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its events."""
        return tuple(str(json.loads(line)["name"]) for line in self.lines)


class Result(NamedTuple):
    """What one reading makes of a log.

    `by` is who reads so, or what is chosen where no source reads so. `virtual` are the virtual
    states that hold the state at the end.
    """

    by: str
    told: CheckResult
    virtual: tuple[str, ...]

    def part(self, name: str) -> Any:
        """One of the parts that can differ."""
        if name == VERDICT:
            return self.told.verdict
        if name == STATE:
            return self.told.state
        if name == VIRTUAL:
            return self.virtual
        if name == FINDINGS:
            return {found._replace(message="") for found in self.told.findings}
        return self.told.report.get(name.removeprefix(f"{REPORT}."))


class End(NamedTuple):
    """A log that refutes a claim: a telling name, what it shows, and the state it ends in."""

    name: str
    purpose: str
    log: Log
    state: str


class Bearing(NamedTuple):
    """A claim that bears on open questions: the verdict on it, and the logs that refute it."""

    claim: str
    says: str
    verdict: str
    questions: tuple[str, ...]
    ends: tuple[End, ...]

    def of(self, question: Question) -> Bearing:
        """The same with the logs that end with what the question is about; all where none does."""
        own = tuple(end for end in self.ends if end.log.names[-1] in question.about)
        return self._replace(ends=own or self.ends)


class Opened(NamedTuple):
    """An open question, with the log that shows what hangs on it, or the fault that it has.

    `results` are the readings that can be said, the chosen one first.
    """

    question: Question
    origin: str | None = None
    log: Log | None = None
    results: tuple[Result, ...] = ()
    fault: str | None = None
    bearings: tuple[Bearing, ...] = ()

    @property
    def differing(self) -> tuple[str, ...]:
        """The parts that the readings make differently of the log."""
        return differing(self.results)


def differing(results: tuple[Result, ...]) -> tuple[str, ...]:
    """The parts in which results differ, in a fixed order."""
    fields = dict.fromkeys(field for result in results for field in result.told.report)
    parts = [VERDICT, STATE, VIRTUAL, FINDINGS, *(f"{REPORT}.{field}" for field in fields)]
    return tuple(
        part
        for part in parts
        if any(result.part(part) != results[0].part(part) for result in results)
    )


class SilentPair(NamedTuple):
    """A state and an event of which nothing is said there, in logs of one generation.

    `questions` own it; `owned` tells that they own it under every guard. The log is a shortest one
    that ends with it; without one, `complete` tells that the whole explicit instance has none.
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
        """What is wrong with it."""
        if self.owned:
            return None
        return f"nothing is said of {self.event} in {self.state}, and no question asks about it"


class Answers(NamedTuple):
    """What is open in a specification."""

    machine: str
    questions: tuple[Opened, ...]
    pairs: tuple[SilentPair, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the list itself."""
        of_questions = (
            f"{each.question.id}: {each.fault}" for each in self.questions if each.fault
        )
        return (*of_questions, *(pair.fault for pair in self.pairs if pair.fault))


def confirmed(told: CheckResult, log: Log, state: str, levels: tuple[str, ...]) -> None:
    """See to it that a log ends where a search says, and breaks no rule of the levels.

    Raises Misjudged.
    """
    broken = [found for found in told.findings if found.level in levels]
    if told.state != state or broken:
        seen = f"{told.state} {[found.rule for found in broken]}"
        raise Misjudged(f"expected {state}, and the checker says {seen}", log.data)

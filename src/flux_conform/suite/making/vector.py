"""A vector: a log, its purpose, and what a specification expects of a reader of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flux_conform.checking.finding import VIOLATES
from flux_conform.checking.judge import Options, judge
from flux_conform.language.levels import WEIGHTY
from flux_conform.language.specification import Transition
from flux_conform.machine.step import Machine
from flux_conform.suite.making.observe import Observation


class About(NamedTuple):
    """The step that a vector tests: the event in a state, its outcome, and the state after."""

    state: str
    event: str
    outcome: str
    to: str


class Draft(NamedTuple):
    """A vector without its expectation.

    `name` is the name of the file in the group; `clauses` are the ids of the rules that it tests.
    """

    group: str
    name: str
    purpose: str
    says: str
    log: bytes
    clauses: tuple[str, ...] = ()
    about: About | None = None

    @property
    def id(self) -> str:
        """The id of the vector in the suite."""
        return f"{self.group}/{self.name}"


class Found(NamedTuple):
    """A finding: the rule, its level, the line from 1."""

    rule: str
    level: str
    line: int


class Expected(NamedTuple):
    """What a reader should report of a log.

    `states` are the states after each event up to the first that breaks a MUST; nothing is required
    from there on. `job` is the reported job, None if the log violates.
    """

    events: int
    verdict: str
    strict: str
    findings: tuple[Found, ...]
    states: tuple[str, ...]
    job: Mapping[str, Any] | None


class Alternative(NamedTuple):
    """What other readings of the open questions expect of a log: question and reading, in pairs.

    Where the language cannot say a reading, `verdict` and `strict` are None: the states are those
    before the point that the question is about, and all that comes after is free.
    """

    reading: tuple[tuple[str, str], ...]
    verdict: str | None
    strict: str | None
    findings: tuple[Found, ...]
    states: tuple[str, ...]
    job: Mapping[str, Any] | None


class Vector(NamedTuple):
    """A draft with its expectation; `contested` are the open questions that this rests on.

    `generation` is that of the log; `taken` are the transitions that it takes, up to
    the first breach of a MUST. `readings` are the other expectations; a combination of readings
    that none of them names expects what the specification does.
    """

    draft: Draft
    expected: Expected
    generation: str
    taken: tuple[Transition, ...] = ()
    contested: tuple[str, ...] = ()
    readings: tuple[Alternative, ...] = ()


def expected(machine: Machine, log: bytes, own: Observation) -> Expected:
    """The expectation for a log: what is observed, and what the checker finds.

    Raises UnreadableLog, and AssertionError if the checker's verdicts are not those observed.
    """
    judged = judge(machine, log, Options(notes=True))
    levels = {finding.level for finding in judged.findings}
    strict = VIOLATES if levels & set(WEIGHTY) else judged.verdict
    if (judged.verdict, strict) != (own.verdict, own.strict):
        raise AssertionError("the checker and what is observed differ", log)
    found = tuple(Found(f.rule, f.level, f.line) for f in judged.findings)
    return Expected(judged.events, own.verdict, own.strict, found, own.states, own.job)

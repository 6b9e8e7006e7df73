"""Readers with one slip each fail the shipped suite, but those that no log tells."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from flux_conform.artefacts import artefact
from flux_conform.language import load, sources_of
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loader import load_changed, load_neighbour
from flux_conform.suite.compare import same
from flux_conform.suite.folder import load_suite
from flux_conform.suite.making.observe import Observation, Observer, ReadLog, read_log
from suite.slips import ALL, RIGHT, Read, Slip, read

NO_LOG = {
    "free forgets epilog": "free breaks a MUST while an epilog is open",
    "urgency forgets held": "after alloc an urgency is a finding by itself, and no MUST reads held",
    "a second fatal exception does not move": "after the first the state is CLEANUP",
    "wait_status is not compared in RUN": "the exception that gives one leads out of RUN",
    "a later release that is not final takes the final one back": (
        "it is a finding by itself, and no MUST reads what is released"
    ),
    "a form feed ends a line": "no JSON holds one, so the line is at fault either way",
    "U+001C ends a line": "no JSON holds one, so the line is at fault either way",
}
AS_A_READING = {
    "flux-restart forgets added": "restart-elsewhere, where it refuses the event itself",
    "depend forgets added": "removed-twice: the reference refuses the second removal",
    "dependency-remove forgets that it was added": "removed-twice",
    "dependency-remove asks for those outstanding": "removed-twice",
    "a second submit gives the urgency": "second-submit",
    "submit forgets outstanding": "second-submit and dependency-must together",
    "release has no effect in RUN": "early-release: a release before finish is a finding anyway",
    "only a fatal cancel cancels": "result-severity: the text",
    "only a fatal timeout times out": "result-severity: the text",
}
NOT_SHOWN = {
    "a restart forgets a key of memos": "no log reports a memo that came before a restart",
}
"""Slips that pass: no log tells them, their answers to each log are those of some reading, or the
suite lacks a log that would show them."""
PASSING = {*NO_LOG, *AS_A_READING, *NOT_SHOWN}


class Right(NamedTuple):
    """A log of the suite, and what right readers say of it under the readings of the questions."""

    log: bytes
    lines: ReadLog
    answers: Sequence[Observation]


@pytest.fixture(scope="module")
def rights() -> list[Right]:
    path = sources_of("job")[0]
    specification, neighbour = load("job"), load_neighbour(path)
    own, others = Observer(specification), []
    for question in specification.questions:
        for reading in question.readings if question.kind != "slip" else ():
            try:
                others.append(Observer(load_changed(neighbour, reading.change or "{}")))
            except SpecificationFaults:
                continue
    found = []
    for vector in load_suite(artefact("conformance") + "/job").vectors:
        log = vector.read_log()
        lines = read_log(log, specification)
        answers = [own.observe(lines)]
        answers += [other.observe(lines) for other in others if vector.contested]
        found.append(Right(log, lines, answers))
    return sorted(found, key=lambda each: len(each.log))


def fits(answer: Read | Observation, right: Observation) -> bool:
    told = (answer.verdict, answer.strict, answer.states[: len(right.states)])
    job: Any = getattr(answer, "job", None)
    if told != (right.verdict, right.strict, right.states):
        return False
    return right.job is None or job is None or all(same(right.job[f], job[f]) for f in job)


def passes(slip: Slip, rights: Sequence[Right]) -> bool:
    """Whether a reader with the slip gives every log an answer that a right reader may give."""
    other = (
        None if slip.change is None else Observer(load_changed(sources_of("job")[0], slip.change))
    )
    for right in rights:
        answer = read(slip, right.log) if other is None else other.observe(right.lines)
        if not any(fits(answer, each) for each in right.answers):
            return False
    return True


def test_the_list_is_long_and_no_slip_stands_in_it_twice() -> None:
    names = [slip.name for slip in ALL]
    assert len(names) > 100
    assert len(set(names)) == len(names)
    assert set(names) >= PASSING


@pytest.mark.slow
def test_a_reader_without_a_slip_passes(rights: list[Right]) -> None:
    """The second judge is right; so what fails below fails for its slip."""
    assert passes(RIGHT, rights)


@pytest.mark.slow
def test_every_slip_is_noticed_but_those_that_say_why_not(rights: list[Right]) -> None:
    """And none is excused that the suite notices."""
    passed = {slip.name for slip in ALL if passes(slip, rights)}
    assert passed == PASSING

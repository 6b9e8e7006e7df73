"""Evaluation of an open question: its readings, and a log that separates them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flux_conform.diff.meaning import DIFFERENT, NONE, Answer, Judged, Reason, glance, meaning
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.levels import counting
from flux_conform.language.open_questions import Question
from flux_conform.language.specification import Specification
from flux_conform.questions.answers import MODEL, SEARCH, Judge, Log, OpenQuestion, ReadingResult
from flux_conform.questions.shorthand import InvalidShorthand, expanded

Changed = Callable[[str, str], Specification]


def evaluated(
    specification: Specification, question: Question, changed: Changed, judge: Judge
) -> OpenQuestion:
    """Return the question with its log and the result of each reading, or with its fault."""
    answer = OpenQuestion(question)
    chosen = question.chosen_reading
    if chosen is not None and chosen.change is not None:
        return answer._replace(
            fault=f'the reading chosen, "{chosen.by}", is written as a change; make the change in '
            "the specification, and write the reading as a text"
        )
    others: dict[str, Specification] = {}
    for reading in question.readings:
        if reading.change is not None:
            try:
                name = f"question {question.id}, reading {reading.by}"
                others[reading.by] = changed(reading.change, name)
            except SpecificationFaults as error:
                return answer._replace(fault=f'"{reading.by}" does not fit: {error.faults[0]}')
    if not others:
        without = "no reading is written as a change, and no reason is given why no log tells them"
        return answer if question.no_log else answer._replace(fault=without)
    if question.log:
        try:
            log, origin = expanded(specification, question.log), MODEL
        except InvalidShorthand as error:
            return answer._replace(fault=str(error))
    else:
        found = _shortest(specification, others, judge)
        if isinstance(found, str):
            return answer if question.no_log else answer._replace(fault=found)
        log, origin = found, SEARCH
    own = chosen.by if chosen is not None else question.chosen
    results = tuple(
        _result(by, reading, log, judge) for by, reading in ((own, specification), *others.items())
    )
    answer = answer._replace(origin=origin, log=log, results=results)
    if not answer.differing:
        return answer._replace(fault="its readings make the same of its log")
    if question.no_log:
        return answer._replace(fault="no log is said to tell its readings apart, and this one does")
    return answer


def _result(by: str, specification: Specification, log: Log, judge: Judge) -> ReadingResult:
    checked = judge(specification, log.data)
    virtual = (each.name for each in specification.virtual_states if checked.state in each.members)
    return ReadingResult(by, checked, tuple(virtual))


# Search for a log


def _shortest(
    specification: Specification, others: Mapping[str, Specification], judge: Judge
) -> Log | str:
    """Return the shortest log on which some reading differs, or why there is none.

    Rules of the level "implied" count only if the binding rules show no difference.
    """
    for strict in (False, True):
        seen = (
            glance(specification, other, judge=_judge_at(judge, strict), strict=strict)
            for other in others.values()
        )
        logs = [_log(specification, answer) for answer in seen if answer is not None]
        if logs:
            return min(logs, key=lambda log: len(log.lines))
    verdicts: set[str] = set()
    for strict in (False, True):
        answers = [
            answer
            for other in others.values()
            for answer in meaning(
                specification, other, judge=_judge_at(judge, strict), strict=strict
            ).answers
        ]
        logs = [_log(specification, answer) for answer in answers if answer.verdict == DIFFERENT]
        if logs:
            return min(logs, key=lambda log: len(log.lines))
        verdicts |= {answer.verdict for answer in answers}
    if verdicts == {NONE}:
        return "its readings accept the same logs and find the same states, which is proved"
    return "no log was found on which its readings differ, and no proof that there is none"


def _log(specification: Specification, answer: Answer) -> Log:
    assert answer.witness is not None
    return Log.of(answer.witness.run, specification.fields)


def _judge_at(judge: Judge, strict: bool) -> Callable[[Specification, bytes], Judged]:
    """Adapt the checker to the interface of comparisons; `strict` includes weaker levels."""
    levels = counting(strict=strict)

    def judged(specification: Specification, log: bytes) -> Judged:
        checked = judge(specification, log)
        reasons = tuple(Reason(*found) for found in checked.findings if found.level in levels)
        return Judged(not reasons, checked.state, reasons)

    return judged

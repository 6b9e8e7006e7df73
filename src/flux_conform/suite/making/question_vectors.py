"""Vectors for open questions: the log on which the readings of each differ."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language.specification import Specification
from flux_conform.questions.shorthand import InvalidShorthand, expanded
from flux_conform.suite.making.vector import Draft


def of_questions(specification: Specification) -> Iterator[Draft]:
    """The log of each question that gives one, in full."""
    for question in specification.questions:
        try:
            log = expanded(specification, question.log)
        except InvalidShorthand:
            continue  # `questions` says what is wrong with it
        if log.lines:
            says = f"the log of the open question {question.id}"
            yield Draft("questions", question.id, "question", says, log.data)

"""The editor's list: what a source leaves open, and the logs that show what hangs on it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from flux_conform.language.specification import Specification
from flux_conform.questions.answers import Answers, Judge

__all__ = ["Answers", "Judge", "answers"]


def answers(
    specification: Specification,
    *,
    changed: Callable[[str, str], Specification],
    judge: Judge,
    among: Collection[str] | None = None,
) -> Answers:
    """What is open in a specification: its questions, its silent pairs and its dead ends.

    `changed` makes the specification that a change describes (a text of JSON; the second text
    names it in faults) and raises SpecificationFaults. `judge` is the checker, which has the last
    word on every log. `among` are the ids of the questions to look at, by default all. Raises
    Misjudged where the checker does not see what a search saw.
    """
    from flux_conform.questions.bearings import bearings
    from flux_conform.questions.open import opened
    from flux_conform.questions.silence import silent_pairs

    asked = [
        question for question in specification.questions if among is None or question.id in among
    ]
    ids = [question.id for question in asked]
    pairs = [
        pair
        for pair in silent_pairs(specification, judge, None if among is None else ids)
        if among is None or set(pair.questions) & set(ids)
    ]
    claims = bearings(specification, ids, judge)
    return Answers(
        specification.name,
        tuple(
            opened(specification, question, changed, judge)._replace(
                bearings=tuple(
                    bearing.of(question) for bearing in claims if question.id in bearing.questions
                )
            )
            for question in asked
        ),
        tuple(pairs),
    )

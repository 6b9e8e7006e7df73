"""The open questions of a specification, with logs that show their consequences."""

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
    """Return what is open in a specification: questions, silent pairs and dead ends.

    `changed` applies a change (a JSON text; its second argument names it in faults) to the
    specification, and raises SpecificationFaults. `judge` is the checker, which confirms every log.
    `among` selects questions by id; the default is all. Raises Misjudged if the checker contradicts
    a search.
    """
    from flux_conform.questions.open_question import evaluated
    from flux_conform.questions.related_claims import related_claims
    from flux_conform.questions.silence import silent_pairs

    asked = [each for each in specification.questions if among is None or each.id in among]
    ids = [question.id for question in asked]
    pairs = silent_pairs(specification, judge, None if among is None else ids)
    claims = related_claims(specification, ids, judge)
    found = []
    for question in asked:
        own = tuple(claim.of(question) for claim in claims if question.id in claim.questions)
        found.append(evaluated(specification, question, changed, judge)._replace(claims=own))
    return Answers(specification.name, tuple(found), tuple(pairs))

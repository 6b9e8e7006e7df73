"""The claims that name open questions, and the logs that refute them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flux_conform.language.specification import Specification
from flux_conform.questions.answers import Judge, Log, Refutation, RelatedClaim, confirm


def related_claims(
    specification: Specification, questions: Collection[str], judge: Judge
) -> tuple[RelatedClaim, ...]:
    """Prove or refute each claim that names one of the questions. Raises Misjudged."""
    names = [each.id for each in specification.properties if set(each.questions) & set(questions)]
    if not names:
        return ()
    from flux_conform.machine.slice import assumed
    from flux_conform.prove import prove
    from flux_conform.prove.outcomes import Outcome
    from flux_conform.prove.witnesses import Run

    def refutation(outcome: Outcome, name: str, purpose: str, run: Run) -> Refutation:
        log = Log.of(run, specification.fields)
        state = run.events[-1].state
        confirm(judge(specification, log.data), log, state, assumed(outcome.assuming))
        return Refutation(name, purpose, log, state)

    def refutations(outcome: Outcome) -> Iterator[Refutation]:
        seen = {each.run for each in outcome.witnesses}
        for each in outcome.witnesses:
            yield refutation(outcome, each.name, each.purpose, each.run)
        if outcome.counterexample is not None and outcome.counterexample not in seen:
            yield refutation(outcome, "counterexample", outcome.summary, outcome.counterexample)

    proofs = prove(specification, properties=names, quick=True)
    return tuple(
        RelatedClaim(
            outcome.id,
            outcome.says,
            outcome.verdict,
            outcome.questions,
            tuple(refutations(outcome)) if outcome.verdict == "refuted" else (),
        )
        for outcome in proofs.outcomes
    )

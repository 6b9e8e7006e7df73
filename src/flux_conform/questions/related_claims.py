"""The claims that bear on open questions, and the logs that refute them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flux_conform.language.specification import Specification
from flux_conform.questions.answers import Bearing, End, Judge, Log, confirmed


def bearings(
    specification: Specification, questions: Collection[str], judge: Judge
) -> tuple[Bearing, ...]:
    """Each claim that names one of the questions, proved or refuted. Raises Misjudged."""
    names = [
        claim.id for claim in specification.properties if set(claim.questions) & set(questions)
    ]
    if not names:
        return ()
    from flux_conform.machine.slice import assumed
    from flux_conform.prove import prove
    from flux_conform.prove.outcomes import Outcome
    from flux_conform.prove.witnesses import Run

    def end(outcome: Outcome, name: str, purpose: str, run: Run) -> End:
        log = Log(tuple(event.line for event in run.events))
        state = run.events[-1].state
        confirmed(judge(specification, log.data), log, state, assumed(outcome.assuming))
        return End(name, purpose, log, state)

    def ends(outcome: Outcome) -> Iterator[End]:
        told = {each.run for each in outcome.witnesses}
        for each in outcome.witnesses:
            yield end(outcome, each.name, each.purpose, each.run)
        if outcome.counterexample is not None and outcome.counterexample not in told:
            yield end(outcome, "counterexample", outcome.summary, outcome.counterexample)

    proofs = prove(specification, properties=names, quick=True)
    return tuple(
        Bearing(
            outcome.id,
            outcome.says,
            outcome.verdict,
            outcome.questions,
            tuple(ends(outcome)) if outcome.verdict == "refuted" else (),
        )
        for outcome in proofs.outcomes
    )

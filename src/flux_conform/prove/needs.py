"""What a proof owes to rules: each rule that it uses is taken away, and the claim refuted."""

from __future__ import annotations

from collections.abc import Sequence

from flux_conform.language.specification import Property
from flux_conform.prove.claims import counterexample
from flux_conform.prove.outcomes import Need, Shown
from flux_conform.prove.workbench import Bench


def needs(bench: Bench, claim: Property, uses: Sequence[str]) -> tuple[Need, ...]:
    """For each rule used a shortest run that goes against the claim once the rule is gone."""
    return tuple(Need(rule, counterexample(bench, claim, frozenset([rule]))) for rule in uses)


def restated(claim: Property, shown: Shown, uses: Sequence[str]) -> str:
    """The rule that the claim only says again, or "".

    It does where it speaks of an event, and one rule of that event, with no lemma, implies it.
    """
    alone = claim.kind in ("then", "never") and len(uses) == 1 and not shown.invariant
    return uses[0] if alone else ""

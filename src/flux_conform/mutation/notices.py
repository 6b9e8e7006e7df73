"""What in a specification notices a mutant of it: an example, a scenario, or a claim.

An event's example notices a mutant whose types it does not fit. A scenario notices one that reads
its log otherwise than it says. A claim notices one in which it is decided otherwise, or claims
nothing any more. That each rule asks something of its own is such a claim, too: `prove` reports a
rule that follows from others, or that others never let apply. The cheapest is asked first: the
steps that the mutant changes, at the ends of the specification's own runs (`screen`); then, if no
proof shows the mutant to be equivalent, a few runs of its own; then more of them; then the proof of
every claim, and last whether claims and rules are empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from flux_conform.language.specification import (
    ANY_EVENT,
    Event,
    Property,
    Specification,
)
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.event_times import timed_claims
from flux_conform.machine.rehearsal import rehearse
from flux_conform.machine.slice import read_alone
from flux_conform.machine.step import Machine
from flux_conform.mutation.equivalence import decide
from flux_conform.mutation.mutants import Mutant
from flux_conform.mutation.out_of_reach import is_out_of_reach
from flux_conform.mutation.powers import STATES
from flux_conform.mutation.screen import Screen
from flux_conform.prove import claims, deciders, prove, uncollected
from flux_conform.prove.outcomes import PROVED
from flux_conform.prove.prover import Prover

CLAIM, SCENARIO, EXAMPLE = "claim", "scenario", "example"
EQUIVALENT, UNNOTICED = "equivalent", "unnoticed"
FATES = (CLAIM, SCENARIO, EXAMPLE, EQUIVALENT, UNNOTICED)
"""What becomes of a mutant: something notices it; it is proved equivalent; neither."""

NEAR, FAR = 300, 4_000
"""Numbers of configurations explored to find a run that refutes a claim, before any proof."""


class Fate(NamedTuple):
    """What becomes of a mutant; `by` is the id or name of what notices it, or ""."""

    operator: str
    mutant: str
    fate: str
    by: str = ""


class Notices:
    """Says what notices the mutants of one specification."""

    def __init__(self, specification: Specification) -> None:
        """Decide the claims of the specification itself, without which nothing can change."""
        self.specification = specification
        proofs = prove(specification, quick=True)
        self.wrong = tuple(outcome.id for outcome in proofs.outcomes if not outcome.is_right)
        self.seconds = sum(outcome.seconds for outcome in proofs.outcomes)
        self._verdicts = {outcome.id: outcome.verdict for outcome in proofs.outcomes}
        self._misfits = frozenset(rehearse(specification))  # which a change may inherit
        self._searched = {
            kind for kind, decide_kind in deciders().items() if decide_kind is claims.decide
        }
        self._timed = timed_claims(specification)
        self._screens = tuple(self._each_screen())

    def fate(self, mutant: Mutant) -> Fate:
        """What becomes of a mutant."""
        with uncollected():
            return Fate(mutant.operator, mutant.id, *self._found(mutant))

    def _found(self, mutant: Mutant) -> tuple[str, str]:
        other = mutant.specification
        machine = Machine(other)
        for event in other.events:
            if not _fits(machine, event):
                return EXAMPLE, event.name
        for misfit in rehearse(other):
            if misfit not in self._misfits:
                return SCENARIO, misfit.scenario
        for screen in self._screens:
            if by := screen.noticed(mutant):
                return CLAIM, by
        if is_out_of_reach(self.specification, mutant):
            return EQUIVALENT, ""
        if STATES in decide(self.specification, mutant).equivalent:
            return EQUIVALENT, ""
        for most in (NEAR, FAR):
            prover = _NearProver(other, most)
            for claim in self._claims_about(mutant):
                if claims.counterexample(prover, claim) is not None:
                    return CLAIM, claim.id
        for outcome in prove(other, quick=True).outcomes:
            if outcome.verdict != self._verdicts[outcome.id]:
                return CLAIM, outcome.id
        for name in _empty(other):
            if name not in self._empty:
                return CLAIM, name
        return UNNOTICED, ""

    @cached_property
    def _empty(self) -> tuple[str, ...]:
        return _empty(self.specification)

    def _each_screen(self) -> Iterator[Screen]:
        """A screen for the claims that read nothing of their own, and one for those that do."""
        alone = read_alone(self.specification)
        proved = [
            claim
            for claim in self.specification.properties
            if claim.kind in {*self._searched, "accepts"} and self._verdicts[claim.id] == PROVED
            if claim.id not in self._timed
        ]
        every = frozenset().union(*alone.values())
        for also in (frozenset[str](), every):
            asked = [claim for claim in proved if bool(alone[claim.id]) == bool(also)]
            if asked:
                name = self.specification.today.name
                with uncollected():
                    yield Screen(Prover(self.specification, name, also=also), asked)

    def _claims_about(self, mutant: Mutant) -> Iterator[Property]:
        """The claims that a single run can refute, each of an event that the mutant changes.

        Those that name the event come first, and those of any event are asked of it alone.
        """
        alone = read_alone(self.specification)  # by claim: what its prover must explore besides
        proved = [
            claim
            for claim in self.specification.properties
            if claim.kind in self._searched
            and claim.id not in self._timed
            and self._verdicts[claim.id] == PROVED
            and not alone[claim.id]
        ]
        if mutant.events is None:
            yield from proved
            return
        events = sorted(mutant.events)
        yield from (claim for claim in proved if claim.on in events)
        for claim in proved:
            if claim.on in (None, ANY_EVENT):
                kind = "then" if claim.kind == "always" else claim.kind
                yield from (claim._replace(kind=kind, on=event) for event in events)


class _NearProver(Prover):
    """A prover that searches no farther than some number of configurations."""

    def __init__(self, specification: Specification, most: int) -> None:
        super().__init__(specification, specification.today.name)
        self._most = most

    @property
    def bounds(self) -> Bounds:
        return super().bounds._replace(configurations=self._most)


def _empty(specification: Specification) -> tuple[str, ...]:
    """The claims of nothing, and the rules that `prove` finds to be redundant or never to apply."""
    proofs = prove(specification)
    rules = () if proofs.exercise is None else proofs.exercise.rules
    return (
        *(outcome.id for outcome in proofs.outcomes if outcome.vacuous),
        *(rule.id for rule in rules if not rule.is_good and rule.verdict != "unknown"),
    )


def _fits(machine: Machine, event: Event) -> bool:
    """Whether an event's example fits the event."""
    if event.example is None:
        return True
    _, misfit = machine.judge_context(event, json.loads(event.example), True)
    return misfit is None

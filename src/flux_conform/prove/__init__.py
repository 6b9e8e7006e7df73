"""Proofs: Z3 and explicit search, over what a specification says of every run."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flux_conform.language.specification import Property, Specification
    from flux_conform.prove.certificate import Certificate
    from flux_conform.prove.outcomes import Exercise, Need, Outcome, Proofs, Shown
    from flux_conform.prove.prover import Prover

MOST_EFFORT = 2


def prove(
    specification: Specification,
    *,
    properties: Collection[str] | None = None,
    generation: str | None = None,
    quick: bool = False,
    certified: bool = False,
    timeout: float | None = None,
    limit: int | None = None,
    depth: int | None = None,
) -> Proofs:
    """The verdict on each property of a machine, for runs of any length.

    `properties` chooses some by their ids; `generation` the logs that the proofs are about, by
    default today's. `quick` leaves out whether premises can come to pass, and whether each rule
    asks something of its own; where some properties are chosen, rules are left out too.
    `certified` gives the certificates of proofs by induction. What is not decided within `timeout`
    seconds, for each property, is unknown. A search meets `limit` configurations at most (60,000),
    and where nothing else decides, runs of at most `depth` events are sought in symbols (25).
    Z3 is loaded here and not before.
    """
    from flux_conform.machine.slice import read_alone
    from flux_conform.prove.outcomes import Proofs
    from flux_conform.prove.prover import Limits, Prover

    default = Limits()
    limits = Limits(
        default.configurations if limit is None else limit,
        default.depth if depth is None else depth,
    )
    name = specification.today.name if generation is None else generation
    alone, asked = read_alone(specification), read_alone(specification, premises=True)
    # Claims that read the same share what is explored.
    shared = {
        also: [Prover(specification, name, also=also, limits=limits)]
        for also in (*alone.values(), *asked.values())
    }
    provers = shared.setdefault(frozenset(), [Prover(specification, name, limits=limits)])
    with uncollected():
        outcomes = [
            _judged(
                shared[alone[claim.id]],
                claim,
                shared[asked[claim.id]][0],
                quick=quick,
                certified=certified,
                timeout=timeout,
            )
            for claim in specification.properties
            if properties is None or claim.id in properties
        ]
        used = None if quick or properties is not None else _exercised(provers, timeout)
    return Proofs(specification.name, name, tuple(outcomes), used)


def _exercised(provers: list[Prover], timeout: float | None) -> Exercise:
    """What runs make of the rules, with as much effort as that needs."""
    from flux_conform.machine.deadline import OutOfTime, limited
    from flux_conform.prove.exercise import exercise
    from flux_conform.prove.outcomes import Exercise

    found = Exercise((), (), False)
    try:
        with limited(timeout):
            for effort in range(MOST_EFFORT + 1):
                found = exercise(_prover(provers, effort))
                if found.verdict != "unknown":
                    break
    except OutOfTime:
        pass  # What was found with less effort stands: it says what is unknown.
    return found


def _prover(provers: list[Prover], effort: int) -> Prover:
    """The prover of an effort, made when it is first needed."""
    while effort >= len(provers):
        provers.append(provers[-1].harder())
    return provers[effort]


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for cyclic garbage: hundreds of thousands of edges hold none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _judged(
    provers: list[Prover],
    claim: Property,
    premises: Prover,
    *,
    quick: bool,
    certified: bool,
    timeout: float | None,
) -> Outcome:
    """The outcome of one property, with as much effort as it needs, within the time limit.

    `premises` is the prover that knows enough to tell what the property speaks of.
    """
    from flux_conform.machine.deadline import OutOfTime, limited
    from flux_conform.prove.outcomes import UNKNOWN, Outcome

    started = perf_counter()
    try:
        with limited(timeout):
            found = _decided(provers, claim, premises, quick=quick, certified=certified)
    except OutOfTime:
        why = f"the time limit of {timeout:g} s was over"
        found = Outcome(
            claim.id, UNKNOWN, summary=f"not decided within {timeout:g} s", because=(why,)
        )
    return found._replace(
        says=claim.says,
        section=claim.section,
        assuming=claim.assuming,
        silent=claim.silent,
        seconds=perf_counter() - started,
        expect=claim.expect,
        questions=claim.questions,
    )


SPARED = ("always", "then", "never", "keeps", "reports", "recoverable", "leavable")
"""The kinds that a search decides which leaves out what only rules notice, if no other does."""

Decider = Callable[["Prover", "Property"], "Shown"]


def deciders() -> dict[str, Decider]:
    """What decides a property, by its kind."""
    from flux_conform.prove import (
        acceptance,
        claims,
        cycles,
        reaching,
        readings,
        table_properties,
        ways_out,
    )

    return {
        "single": table_properties.single,
        "reachable": reaching.reachable,
        "taken": reaching.taken,
        "disjoint": table_properties.disjoint,
        "closed": table_properties.closed,
        "functional": readings.functional,
        "separate": readings.separate,
        "cycles": cycles.cycles,
        "recoverable": ways_out.recoverable,
        "leavable": ways_out.leavable,
        "always": claims.decide,
        "then": claims.decide,
        "never": claims.decide,
        "keeps": claims.decide,
        "accepts": acceptance.accepts,
        "reports": claims.decide,
    }


def _decided(
    provers: list[Prover], claim: Property, premises: Prover, *, quick: bool, certified: bool
) -> Outcome:
    from flux_conform.machine.event_times import timed_claims
    from flux_conform.prove import acceptance, claims
    from flux_conform.prove import timed_claims as timed
    from flux_conform.prove.outcomes import PROVED, UNKNOWN, Outcome
    from flux_conform.prove.undecided import reasons

    is_timed = claim.id in timed_claims(provers[0].specification)
    decide = timed.decide if is_timed else deciders()[claim.kind]
    for effort in range(MOST_EFFORT + 1):
        prover = _prover(provers, effort)
        shown = decide(prover, claim)
        if shown.verdict == UNKNOWN and effort == 0 and claim.kind in SPARED:
            clipped = prover.search(claim.assuming).clipped
            spare = prover.sparing(claim) if clipped else None
            shown = shown if spare is None else decide(spare, claim)
        if shown.verdict != UNKNOWN:
            break
    uses, certificate, lacking = _certified(prover, claim, shown, certified and not is_timed)
    premise, never = None, False
    needed: tuple[Need, ...] = ()
    again = ""
    if decide is claims.decide and shown.verdict == PROVED:
        again = claims.restated(claim, shown, uses)
        needed = () if quick else claims.needs(prover, claim, uses)
    if decide is claims.decide and not quick:
        asked = premises if premises is not provers[0] else prover
        premise, never = claims.premise(asked, claim)
    if decide is acceptance.accepts and not quick:
        needed = acceptance.needs(prover, claim, uses)
        premise, empty = acceptance.premises(prover, claim)
        never, lacking = bool(empty), (*lacking, *empty)
    fields = shown._asdict()
    del fields["arguments"], fields["runs"]
    fields["detail"] += lacking
    fields["vacuous"] |= never
    return Outcome(
        claim.id,
        **fields,
        premise=premise,
        uses=uses,
        needs=needed,
        restates=again,
        certificate=certificate,
        because=reasons(prover, claim) if shown.verdict == UNKNOWN else (),
    )


def _certified(
    prover: Prover, claim: Property, shown: Shown, wanted: bool
) -> tuple[tuple[str, ...], Certificate | None, tuple[str, ...]]:
    """The rules that the proof uses, its certificate where it is wanted, and why there is none."""
    from flux_conform.machine.symbolic.groups import Untranslatable
    from flux_conform.prove.argument import used
    from flux_conform.prove.certificate import certify
    from flux_conform.prove.outcomes import REFUTED, UNKNOWN

    specification = prover.specification
    uses = used(specification, shown.arguments)
    if not wanted or shown.verdict == UNKNOWN:
        return uses, None, ()
    runs = [] if shown.counterexample is None else [shown.counterexample]
    runs += shown.runs
    if shown.verdict != REFUTED:
        runs += [witness.run for witness in shown.witnesses]
    elif not runs and not shown.arguments and claim.kind != "single":
        return uses, None, ("no certificate: neither a log nor an induction shows it",)
    try:
        certificate = certify(
            *(specification, prover.generation, claim, shown.verdict, shown.arguments, runs)
        )
        return uses, certificate, ()
    except Untranslatable as error:
        return uses, None, (f"no certificate: {error}",)

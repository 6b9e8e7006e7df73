"""Proofs: Z3 and explicit search, over what a specification says of every run."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flux_conform.model.prove.bench import Bench
    from flux_conform.model.prove.certificate import Certificate
    from flux_conform.model.prove.outcomes import Exercise, Outcome, Proofs, Shown
    from flux_conform.model.specification import Property, Specification

MOST_EFFORT = 2


def prove(
    specification: Specification,
    *,
    properties: Collection[str] | None = None,
    generation: str | None = None,
    quick: bool = False,
) -> Proofs:
    """The verdict on each property of a machine, for runs of any length.

    `properties` chooses some by their ids; `generation` the logs that the proofs are about, by
    default today's. `quick` leaves out whether premises can come to pass, and whether each rule
    asks something of its own; where some properties are chosen, rules are left out too. Z3 is
    loaded here and not before.
    """
    from flux_conform.model.prove.bench import Bench
    from flux_conform.model.prove.outcomes import Proofs

    name = specification.today.name if generation is None else generation
    benches = [Bench(specification, name)]
    with uncollected():
        outcomes = [
            _judged(benches, index, quick)
            for index, claim in enumerate(specification.properties)
            if properties is None or claim.id in properties
        ]
        used = None if quick or properties is not None else _exercised(benches)
    return Proofs(specification.name, name, tuple(outcomes), used)


def _exercised(benches: list[Bench]) -> Exercise:
    """What runs make of the rules, with as much effort as that needs."""
    from flux_conform.model.prove.exercise import exercise

    effort = 0
    while True:
        found = exercise(_bench(benches, effort))
        if found.verdict != "unknown" or effort == MOST_EFFORT:
            return found
        effort += 1


def _bench(benches: list[Bench], effort: int) -> Bench:
    """The bench of an effort, made when it is first needed."""
    while effort >= len(benches):
        benches.append(benches[-1].harder())
    return benches[effort]


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


def _judged(benches: list[Bench], index: int, quick: bool) -> Outcome:
    """The outcome of one property, with as much effort as it needs."""
    from flux_conform.model.prove import claims, cycles, reaching, readings, structure, ways_out
    from flux_conform.model.prove.outcomes import UNKNOWN, Outcome

    kinds: dict[str, Callable[[Bench, Property], Shown]] = {
        "single": structure.single,
        "reachable": reaching.reachable,
        "taken": reaching.taken,
        "disjoint": structure.disjoint,
        "closed": structure.closed,
        "functional": readings.functional,
        "separate": readings.separate,
        "cycles": cycles.cycles,
        "recoverable": ways_out.recoverable,
        "leavable": ways_out.leavable,
        "always": claims.decide,
        "then": claims.decide,
        "never": claims.decide,
    }
    started = perf_counter()
    effort = 0
    while True:
        bench = _bench(benches, effort)
        claim = bench.specification.properties[index]
        shown = kinds[claim.kind](bench, claim)
        if shown.verdict != UNKNOWN or effort == MOST_EFFORT:
            break
        effort += 1
    uses, certificate, lacking = _certified(bench, claim, shown)
    premise = None
    if not quick and claim.kind in ("always", "then", "never"):
        premise = claims.premise(bench, claim)
    return Outcome(
        claim.id,
        shown.verdict,
        claim.says,
        claim.section,
        claim.assuming,
        claim.silent,
        shown.summary,
        (*shown.detail, *lacking),
        shown.witnesses,
        shown.counterexample,
        shown.invariant,
        shown.measure,
        perf_counter() - started,
        claim.expect,
        None if premise is None else premise.run,
        shown.vacuous or (premise is not None and premise.never),
        claim.questions,
        uses,
        certificate,
    )


def _certified(
    bench: Bench, claim: Property, shown: Shown
) -> tuple[tuple[str, ...], Certificate | None, tuple[str, ...]]:
    """The rules that the proof uses, its certificate, and why there is none."""
    from flux_conform.model.prove.argument import used
    from flux_conform.model.prove.certificate import certify
    from flux_conform.model.prove.groups import Untranslatable

    if not shown.arguments:
        return (), None, ()
    specification = bench.specification
    uses = used(specification, shown.arguments)
    try:
        certificate = certify(
            specification, bench.generation, claim, shown.verdict, shown.arguments
        )
        return uses, certificate, ()
    except Untranslatable as error:
        return uses, None, (f"no certificate: {error}",)

"""Fault domains: slips that implementers make, as specifications that say the same wrong thing.

A first-order mutant changes what a specification says. A slip is more often something that it does
not say: an event that changes a variable too many, an outcome that also depends on an earlier
event. Each domain is one kind of slip, made from the specification alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from flux_conform.language.specification import Specification
from flux_conform.mutation.capacities import counted, ordered
from flux_conform.mutation.confusions import confused
from flux_conform.mutation.dependence import (
    dependent_effects,
    dependent_fields,
    dependent_outcomes,
    dependent_refusals,
    dependent_rules,
)
from flux_conform.mutation.further_effects import effects_missing, effects_too_many
from flux_conform.mutation.mutants import Mutant
from flux_conform.mutation.normal_texts import normalised

DOMAINS = {
    "effect too many": "an event also changes a variable, in one state or under one guard",
    "effect missing": "an event leaves a variable as it was, in one state",
    "dependence": "an outcome, a rule, an effect or a field also depends on something else",
    "confusion": "one variable or event is taken for another, a set for a bag",
    "order": "of several values the first, the largest or the smallest counts",
    "capacity": "from some number on, members are dropped and events are refused",
    "texts": "texts that differ are taken for one",
}
"""The domains, and what goes wrong in each."""

MOST = 40
"""The number of faults of a domain that are tried; of more a sample is drawn, always the same."""


class Sample(NamedTuple):
    """The faults of a domain that are tried, and how many it has."""

    domain: str
    faults: tuple[Mutant, ...]
    of: int


def faults(specification: Specification) -> Iterator[Mutant]:
    """The faults of all domains, in a fixed order; the operator of each is its domain."""
    makers = (
        (effects_too_many,),
        (effects_missing,),
        (
            dependent_effects,
            dependent_refusals,
            dependent_outcomes,
            dependent_rules,
            dependent_fields,
        ),
        (confused,),
        (ordered,),
        (counted,),
        (normalised,),
    )
    known: set[str] = set()
    for domain, of_domain in zip(DOMAINS, makers, strict=True):
        for fault in chain.from_iterable(make(specification) for make in of_domain):
            named = fault._replace(operator=domain)
            if named.id not in known:
                known.add(named.id)
                yield named


def samples(specification: Specification, seed: int = 0) -> tuple[Sample, ...]:
    """The faults of each domain that are tried: all, or as many as MOST drawn by the seed."""
    found: dict[str, list[Mutant]] = {domain: [] for domain in DOMAINS}
    for fault in faults(specification):
        found[fault.operator].append(fault)
    return tuple(
        Sample(domain, _drawn(held, f"{domain} {seed}"), len(held))
        for domain, held in found.items()
    )


def _drawn(held: list[Mutant], seed: str) -> tuple[Mutant, ...]:
    if len(held) <= MOST:
        return tuple(held)
    places = random.Random(seed).sample(range(len(held)), MOST)
    return tuple(held[place] for place in sorted(places))

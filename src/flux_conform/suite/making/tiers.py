"""The smoke tier of a suite: few vectors that together kill each mutant that all of them kill.

Vectors that rest on open questions are no part of it: what they kill depends on a reading.

They are chosen greedily: the vector that kills the most mutants that none chosen before it kills,
of several the shortest, then the first. The power is `states`: verdicts, states and the job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from functools import lru_cache, partial
from typing import NamedTuple

from flux_conform.language.specification import Specification
from flux_conform.mutation.mutants import Mutant, mutants
from flux_conform.suite.making.observe import Observer
from flux_conform.suite.making.strength import Probes, Trial, Tried

SMOKE, FULL = "smoke", "full"

TIERS = {
    SMOKE: (
        "few vectors that kill each mutant that all kill together which rest on no open question"
    ),
    FULL: "all vectors",
}
"""The tiers of a suite, and what each is."""

_CHUNK = 50


class Chosen(NamedTuple):
    """The ids of the vectors of the smoke tier, and how many mutants they kill."""

    ids: tuple[str, ...]
    killed: int


Logs = tuple[tuple[str, bytes], ...]
"""The ids of vectors with their logs."""


def smoke_tier(
    specification: Specification,
    logs: Sequence[tuple[str, bytes]],
    *,
    executor: Executor | None = None,
    told: Callable[[int, int], None] | None = None,
) -> Chosen:
    """Choose the smoke tier of some vectors.

    Args:
        specification: What is mutated.
        logs: The ids of the vectors with their logs.
        executor: Runs the work; None runs it in this process.
        told: Called with the number of mutants that are done, and of all.
    """
    specification = specification.without_claims
    count = len(_mutants_of(specification))
    chunks = [range(start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK)]
    spread = map if executor is None else executor.map
    killers: list[frozenset[str]] = []
    for found in spread(partial(_killers, specification, tuple(logs)), chunks):
        killers += found
        if told is not None:
            told(len(killers), count)
    lengths = {name: log.count(b"\n") for name, log in logs}
    return _greedy([each for each in killers if each], lengths)


def _greedy(killers: Collection[frozenset[str]], lengths: dict[str, int]) -> Chosen:
    """The fewest vectors that greed finds so that each set holds one of them."""
    order = {name: number for number, name in enumerate(lengths)}
    left, chosen = list(killers), []
    while left:
        counts = Counter(name for each in left for name in each)
        best = min(counts, key=lambda name: (-counts[name], lengths[name], order[name]))
        chosen.append(best)
        left = [each for each in left if best not in each]
    return Chosen(tuple(sorted(chosen, key=order.__getitem__)), len(killers))


@lru_cache(maxsize=2)
def _mutants_of(specification: Specification) -> tuple[Mutant, ...]:
    return tuple(mutants(specification))


@lru_cache(maxsize=2)
def _probes_of(specification: Specification, logs: Logs) -> Probes:
    return Probes(specification, Trial(tuple(Tried(name, log) for name, log in logs)))


def _killers(
    specification: Specification, logs: Logs, numbers: Sequence[int]
) -> list[frozenset[str]]:
    """For each of some mutants the vectors that kill it."""
    probes = _probes_of(specification, logs)
    found = []
    for number in numbers:
        mutant = _mutants_of(specification)[number]
        observer = Observer(mutant.specification)
        found.append(
            frozenset(
                probe.id
                for probe in probes.bearing_on(mutant)
                if observer.observe(probe.log) != probe.own
            )
        )
    return found

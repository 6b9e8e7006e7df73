"""How many mutants of a specification its examples, scenarios and claims notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import lru_cache, partial
from typing import Any, NamedTuple

from flux_conform.language.specification import Specification
from flux_conform.mutation.mutants import Mutant, mutants
from flux_conform.mutation.notices import EQUIVALENT, FATES, UNNOTICED, Fate, Notices

CHUNK = 10

EACH = 0.02
"""Seconds for a mutant, as a fraction of those in which all claims are decided once."""


class Score(NamedTuple):
    """The fates of the mutants of a machine; `lines` mutants of the format of lines are left out.

    Claims speak of events, and no claim can speak of the text of a line.
    """

    machine: str
    fates: tuple[Fate, ...]
    lines: int

    def number(self, fate: str, operator: str | None = None) -> int:
        """The number of mutants with a fate, of one operator or of all."""
        return sum(each.fate == fate and operator in (None, each.operator) for each in self.fates)

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators, in the order of their mutants."""
        return tuple(dict.fromkeys(each.operator for each in self.fates))

    @property
    def equivalent(self) -> tuple[Fate, ...]:
        """The mutants that are proved equivalent."""
        return tuple(each for each in self.fates if each.fate == EQUIVALENT)

    @property
    def unnoticed(self) -> tuple[Fate, ...]:
        """The mutants that nothing notices and that are not proved equivalent."""
        return tuple(each for each in self.fates if each.fate == UNNOTICED)

    def as_json(self) -> dict[str, Any]:
        """The score as a JSON value."""
        return {
            "machine": self.machine,
            "mutants": len(self.fates),
            "fates": {fate: self.number(fate) for fate in FATES},
            "operators": {
                operator: {fate: self.number(fate, operator) for fate in FATES}
                for operator in self.operators
            },
            "equivalent": [each.mutant for each in self.equivalent],
            "unnoticed": [each.mutant for each in self.unnoticed],
            "lines": self.lines,
        }


class WrongClaims(ValueError):
    """A claim is not decided as expected, so that what a mutant changes cannot be told."""


class Plan(NamedTuple):
    """What is to be measured: the mutants, and the seconds that one processor needs, roughly."""

    specification: Specification
    places: tuple[int, ...]
    lines: int
    seconds: float


def plan(specification: Specification) -> Plan:
    """What there is to measure. Raises WrongClaims."""
    every = _mutants_of(specification)
    places = tuple(n for n, mutant in enumerate(every) if _is_behaviour(specification, mutant))
    notices = _notices_of(specification)
    if notices.wrong:
        raise WrongClaims(", ".join(notices.wrong))
    seconds = len(places) * notices.seconds * EACH
    return Plan(specification, places, len(every) - len(places), seconds)


def score(
    planned: Plan,
    *,
    executor: Executor | None = None,
    done: Callable[[int, int], None] | None = None,
) -> Score:
    """Find what notices each mutant.

    `executor` runs the work, by default this process; `done` is called with the number of mutants
    that are done, and of all.
    """
    specification, places = planned.specification, planned.places
    chunks = [places[start : start + CHUNK] for start in range(0, len(places), CHUNK)]
    spread = map if executor is None else executor.map
    fates: list[Fate] = []
    for found in spread(partial(_fates, specification), chunks):
        fates += found
        if done is not None:
            done(len(fates), len(places))
    return Score(specification.name, tuple(fates), planned.lines)


def _is_behaviour(specification: Specification, mutant: Mutant) -> bool:
    return mutant.specification.lines == specification.lines


# In each process


@lru_cache(maxsize=1)
def _mutants_of(specification: Specification) -> tuple[Mutant, ...]:
    return tuple(mutants(specification))


@lru_cache(maxsize=1)
def _notices_of(specification: Specification) -> Notices:
    return Notices(specification)


def _fates(specification: Specification, places: tuple[int, ...]) -> list[Fate]:
    every, notices = _mutants_of(specification), _notices_of(specification)
    return [notices.fate(every[place]) for place in places]


def lines_of(found: Score) -> Iterator[str]:
    """The score as lines of text."""
    width = max((len(operator) for operator in found.operators), default=0)
    yield f"{len(found.fates)} mutants of {found.machine}, and what notices them"
    yield ""
    yield f"  {'':{width}}  " + "  ".join(f"{fate:>10}" for fate in FATES)
    for operator in (*found.operators, None):
        counts = "  ".join(f"{found.number(fate, operator):>10}" for fate in FATES)
        yield f"  {operator or 'all':{width}}  {counts}"
    if found.unnoticed:
        yield ""
        yield "not noticed by any claim, scenario or example, and not proved equivalent:"
        yield from (f"  {each.mutant}" for each in found.unnoticed)
    if found.lines:
        yield ""
        yield f"{found.lines} mutants of the format of lines are left out: no claim speaks of it"

"""What no vector of a suite covers: clauses, transitions, states, and parts of the control set."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from flux_conform.language.specification import Specification, Transition
from flux_conform.suite.making.testable import clauses_of
from flux_conform.suite.making.vector import Vector

NO_VECTOR = "no vector breaks it"


class Gaps(NamedTuple):
    """What is not covered: clauses with the reason, transitions, states, and of the control set."""

    clauses: tuple[tuple[str, str], ...]
    transitions: tuple[str, ...]
    states: tuple[str, ...]
    control: str

    def lines(self) -> list[str]:
        """A line for each."""
        found = [f"clause {id}: {why}" for id, why in self.clauses]
        found += [f"transition {name}" for name in self.transitions]
        found += [f"state {name}" for name in self.states]
        return found + ([f"control set: {self.control}"] if self.control else [])

    def value(self) -> dict[str, Any]:
        """The gaps as the manifest holds them."""
        return {
            "clauses": [{"id": id, "why": why} for id, why in self.clauses],
            "transitions": list(self.transitions),
            "states": list(self.states),
            "control": self.control,
        }


def gaps_of(specification: Specification, vectors: Collection[Vector], lacks: str) -> Gaps:
    """The gaps of some vectors; `lacks` is what is left out of the control set."""
    taken = {row for vector in vectors for row in vector.taken}
    broken = {found.rule for vector in vectors for found in vector.expected.findings}
    met = {state for vector in vectors for state in vector.expected.states}
    met.add(specification.initial.name)
    states = (state.name for state in specification.machine_states)
    return Gaps(
        tuple(
            (clause.id, clause.untestable or NO_VECTOR)
            for clause in clauses_of(specification)
            if clause.id not in broken
        ),
        tuple(_names(row for row in specification.transitions if row not in taken)),
        tuple(name for name in states if name not in met),
        lacks,
    )


def _names(rows: Iterable[Transition]) -> dict[str, None]:
    return dict.fromkeys(
        f"{row.event} in {row.source}"
        + (f" to {row.target}" if row.target else f", {row.outcome}")
        + (f" when {row.when.text}" if row.when is not None else "")
        + (f", in generation {row.generation}" if row.generation else "")
        for row in rows
    )

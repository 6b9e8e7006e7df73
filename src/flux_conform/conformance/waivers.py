"""Known differences of implementations: findings that are expected and excused.

They are data (`model/deviations/NAME.yaml`): which rule, in which form, why, and where to read
about it. A waived finding keeps its level, becomes as quiet as a note, and bears the name of
what waives it.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from flux_conform.artefacts import artefact
from flux_conform.conformance.machine import Breach, context_faults
from flux_conform.model.specification import TypedContext
from flux_conform.model.types import Record, Type


class Deviation(NamedTuple):
    """One known difference. `context` narrows it to contexts that are of this type."""

    rule: str
    reason: str
    link: str
    context: Type | None


class Deviations(NamedTuple):
    """The known differences of one implementation."""

    name: str
    title: str
    deviations: tuple[Deviation, ...]


class Waivers(NamedTuple):
    """The deviations that a caller allows."""

    allowed: tuple[Deviations, ...] = ()

    def waives(self, rule: str, breach: Breach | None) -> str | None:
        """The name of the deviations that excuse a breach of the rule, or None."""
        for deviations in self.allowed:
            if any(
                deviation.rule == rule and _fits(deviation, breach)
                for deviation in deviations.deviations
            ):
                return deviations.name
        return None


class UnknownDeviations(LookupError):
    """No deviations of that name come with the package, and no file has the name."""


def load_deviations(name: str) -> Deviations:
    """The deviations of that name, or in that file (told by a path separator or `.yaml`).

    Raises UnknownDeviations, or SpecificationFaults with every mistake in the file.
    """
    if os.sep in name or name.endswith((".yaml", ".yml")) or os.path.isfile(name):
        path = name
    else:
        folder = artefact("model", "deviations")
        path = os.path.join(folder, f"{name}.yaml")
        if not os.path.exists(path):
            known = sorted(item.removesuffix(".yaml") for item in os.listdir(folder))
            raise UnknownDeviations(
                f'no deviations "{name}": they are neither one of {", ".join(known)} nor a file'
            )
    from flux_conform.model.deviations import read_deviations

    short, title, rows = read_deviations(path)
    return Deviations(short, title, tuple(Deviation(*row) for row in rows))


def _fits(deviation: Deviation, breach: Breach | None) -> bool:
    if deviation.context is None:
        return True
    if breach is None or not isinstance(deviation.context, Record):
        return False
    return not context_faults(TypedContext(deviation.context), breach.moment.context)

"""Known differences of implementations: findings that are expected and excused.

They are data (`model/deviations/NAME.yaml`): which rule, in which form, why, and where to read
about it. A waived finding keeps its level, becomes as quiet as a note, and bears the name of
what waives it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from flux_conform.artefacts import artefact
from flux_conform.language.specification import TypedContext
from flux_conform.language.types import Record, Type
from flux_conform.machine.configuration import Breach
from flux_conform.machine.contexts import context_faults

Finds: TypeAlias = Callable[[str, str], bool]
"""Whether the reading of the deviations of a name finds a rule broken at some event too."""


class Deviation(NamedTuple):
    """One known difference. `context` narrows it to contexts that are of this type.

    `by_reading` narrows it to what the reading of the implementation does not find.
    """

    rule: str
    reason: str
    link: str
    context: Type | None
    by_reading: bool = False


class Deviations(NamedTuple):
    """The known differences of one implementation.

    `readings` are changes (texts of JSON) on specifications, by name: how it reads a log itself.
    """

    name: str
    title: str
    deviations: tuple[Deviation, ...]
    readings: tuple[tuple[str, str], ...] = ()


class Waivers(NamedTuple):
    """The deviations that a caller allows."""

    allowed: tuple[Deviations, ...] = ()

    def waives(self, rule: str, breach: Breach | None, finds: Finds | None = None) -> str | None:
        """The name of the deviations that excuse a breach of the rule, or None.

        Without `finds`, which takes the whole log, no deviation applies that is told by a reading.
        """
        for deviations in self.allowed:
            for deviation in deviations.deviations:
                if deviation.rule != rule or not _fits(deviation, breach):
                    continue
                if not deviation.by_reading or (
                    finds is not None and not finds(deviations.name, rule)
                ):
                    return deviations.name
        return None

    @property
    def read(self) -> frozenset[str]:
        """The rules whose deviations are told by a reading of the log."""
        return frozenset(
            deviation.rule
            for deviations in self.allowed
            for deviation in deviations.deviations
            if deviation.by_reading
        )


class UnknownDeviations(LookupError):
    """No deviations of that name come with the package, and no file has the name."""


def load_deviations(name: str) -> Deviations:
    """The deviations of that name, or in that file (told by a path separator or `.yaml`).

    Raises UnknownDeviations, or SpecificationFaults with every mistake in the file.
    """
    is_own = bool(os.sep in name or name.endswith((".yaml", ".yml")) or os.path.isfile(name))
    if is_own:
        path = name
    else:
        folder = artefact("model", "deviations")
        path = os.path.join(folder, f"{name}.yaml")
        if not os.path.exists(path):
            known = sorted(item.removesuffix(".yaml") for item in os.listdir(folder))
            raise UnknownDeviations(
                f'no deviations "{name}": they are neither one of {", ".join(known)} nor a file'
            )
    from flux_conform.language.deviations import read_deviations

    short, title, rows, readings = read_deviations(path, check=is_own)
    return Deviations(short, title, tuple(Deviation(*row) for row in rows), readings)


def _fits(deviation: Deviation, breach: Breach | None) -> bool:
    if deviation.context is None:
        return True
    if breach is None or not isinstance(deviation.context, Record):
        return False
    return not context_faults(TypedContext(deviation.context), breach.moment.context)
